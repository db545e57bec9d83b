//! The shortest text that some patterns match and others do not.
//!
//! A search over the product of all patterns, of which only the states that are reached are ever made. Of the patterns
//! that must match, a state holds one place each: which one is guessed, so that a wildcard with many single characters
//! behind it costs no more than its length. Of those that must not match it holds every place that the text may have
//! led to. That can be exponentially many, so the search has a budget.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashSet};
use std::rc::Rc;

use super::budget::{Budget, Exhausted};
use super::pattern_set::{Class, PatternId, PatternSet, Place, Step};

/// What is asked of a text.
#[derive(Debug, Default)]
pub(super) struct Wanted<'p> {
    /// Of each list one pattern at least must match.
    pub(super) within: Vec<&'p [PatternId]>,
    /// None of these may match.
    pub(super) without: Vec<PatternId>,
}

impl Wanted<'_> {
    /// Whether a text is one.
    pub(super) fn accepts(&self, patterns: &PatternSet, text: &str) -> bool {
        let matches = |pattern: &PatternId| patterns.matches(*pattern, text);
        self.within.iter().all(|list| list.iter().any(matches)) && !self.without.iter().any(matches)
    }

    /// A text that is asked for, if there is one: an obvious one, else the shortest.
    ///
    /// # Errors
    /// When the search takes too many steps.
    pub(super) fn find(
        &self,
        patterns: &PatternSet,
        budget: &mut Budget,
    ) -> Result<Option<String>, Exhausted> {
        budget.spend(1)?;
        if self.contradicts_itself() {
            return Ok(None);
        }
        let only_texts = self.within.iter().find_map(|list| {
            let texts = list.iter().map(|pattern| patterns.only_text(*pattern));
            texts.collect::<Option<Vec<_>>>()
        });
        if let Some(texts) = only_texts {
            budget.spend(texts.len())?;
            let mut texts = texts.into_iter();
            return Ok(texts.find(|text| self.accepts(patterns, text)));
        }
        if let Some(sample) = self.sample(patterns, budget)? {
            return Ok(Some(sample));
        }
        self.search(patterns, budget)
    }

    /// Whether all patterns of which one must match are among those that must not.
    fn contradicts_itself(&self) -> bool {
        let forbidden = |pattern: &PatternId| self.without.contains(pattern);
        self.within.iter().any(|list| list.iter().all(forbidden))
    }

    /// A text that one of the patterns suggests, which reads better than the shortest one.
    fn sample(
        &self,
        patterns: &PatternSet,
        budget: &mut Budget,
    ) -> Result<Option<String>, Exhausted> {
        const ENOUGH: usize = 32;
        let suggestions = self.within.iter().rev().flat_map(|list| list.iter());
        for pattern in suggestions.take(ENOUGH) {
            for text in patterns.samples(*pattern) {
                budget.spend(1)?;
                if self.accepts(patterns, &text) {
                    return Ok(Some(text));
                }
            }
        }
        Ok(None)
    }

    /// One pattern of each list, in every combination that beginnings and ends leave possible.
    fn combinations(
        &self,
        patterns: &PatternSet,
        budget: &mut Budget,
    ) -> Result<Vec<Vec<Place>>, Exhausted> {
        let mut partial: Vec<Vec<PatternId>> = vec![Vec::new()];
        for list in &self.within {
            let mut longer = Vec::new();
            for chosen in &partial {
                budget.spend(list.len() / 16 + 1)?;
                for pattern in *list {
                    let fits = |other: &PatternId| patterns.may_meet(*pattern, *other);
                    if chosen.iter().all(fits) {
                        let mut chosen = chosen.clone();
                        chosen.push(*pattern);
                        longer.push(chosen);
                    }
                }
            }
            budget.spend(longer.len())?;
            partial = longer;
        }
        let places = |mut chosen: Vec<PatternId>| {
            chosen.sort_unstable();
            chosen.dedup();
            let follows = |one: &PatternId| {
                let mut others = chosen.iter().filter(|other| *other != one);
                others.any(|other| patterns.begins_with(*other, *one))
            };
            let needed = chosen.iter().copied().filter(|one| !follows(one));
            needed.map(Place::from).collect()
        };
        Ok(partial.into_iter().map(places).collect())
    }

    fn search(
        &self,
        patterns: &PatternSet,
        budget: &mut Budget,
    ) -> Result<Option<String>, Exhausted> {
        let mut search = Search::new(patterns);
        let mut without: Vec<Place> = self.without.iter().copied().map(Place::from).collect();
        without.sort_unstable();
        without.dedup();
        for within in self.combinations(patterns, budget)? {
            let start = State {
                within,
                without: without.clone(),
            };
            search.reach(start, None, String::new(), budget)?;
        }
        while let Some(found) = search.nearest() {
            if search.is_accepted(found) {
                return Ok(Some(search.text(found)));
            }
            search.expand(found, budget)?;
        }
        Ok(None)
    }
}

/// Where a text has led to.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct State {
    within: Vec<Place>,
    /// In order.
    without: Vec<Place>,
}

/// A state with the way to it.
struct Reached {
    state: Rc<State>,
    /// The state before; `None` at the beginning.
    last: Option<usize>,
    /// The characters from there.
    way: String,
    length: u32,
}

/// Places after a character, one for each place before.
enum Only {
    /// One place leads nowhere.
    None,
    /// Each leads to one.
    One(Vec<Place>),
    /// Some lead to several.
    Several,
}

struct Search<'p> {
    patterns: &'p PatternSet,
    reached: Vec<Reached>,
    known: HashSet<Rc<State>>,
    /// The least length of a whole text, the way that is left, the state.
    open: BinaryHeap<Reverse<(u32, u32, usize)>>,
}

impl<'p> Search<'p> {
    fn new(patterns: &'p PatternSet) -> Self {
        Self {
            patterns,
            reached: Vec::new(),
            known: HashSet::new(),
            open: BinaryHeap::new(),
        }
    }

    fn nearest(&mut self) -> Option<usize> {
        self.open.pop().map(|Reverse((_, _, index))| index)
    }

    fn reach(
        &mut self,
        mut state: State,
        last: Option<usize>,
        mut way: String,
        budget: &mut Budget,
    ) -> Result<(), Exhausted> {
        // Where there is one way only, nothing else need be remembered.
        loop {
            let hopeless = |place: &Place| self.patterns.accepts_all(*place);
            if state.without.iter().any(hopeless) {
                return Ok(());
            }
            let Some(c) = self.forced(&state) else { break };
            match self.only_after(&state.within, c) {
                Only::None => return Ok(()),
                Only::One(within) => state.within = within,
                Only::Several => break,
            }
            if !state.without.is_empty() {
                state.without = self.without_covered(self.places_after(&state.without, c));
            }
            budget.spend(1 + state.without.len() / 16)?;
            way.push(c);
        }
        let state = Rc::new(state);
        if !self.known.insert(Rc::clone(&state)) {
            return Ok(());
        }
        // A state costs by its size, so that time and memory are bounded, not only the count.
        budget.spend(1 + state.without.len() / 16)?;
        let before = last.and_then(|index| self.reached.get(index));
        let steps = u32::try_from(way.chars().count()).unwrap_or(u32::MAX);
        let length = before
            .map_or(0, |before| before.length)
            .saturating_add(steps);
        let rest = state.within.iter().map(|place| self.patterns.least(*place));
        let rest = rest.max().unwrap_or_default();
        let index = self.reached.len();
        self.open
            .push(Reverse((length.saturating_add(rest), rest, index)));
        self.reached.push(Reached {
            state,
            last,
            way,
            length,
        });
        Ok(())
    }

    /// The only character that one of the patterns that must match goes on with. Such a state accepts nothing yet.
    fn forced(&self, state: &State) -> Option<char> {
        let mut steps = state.within.iter().map(|place| self.patterns.step(*place));
        steps.find_map(|step| match step {
            Step::Char(c) => Some(c),
            _ => None,
        })
    }

    /// The places after a character where each place leads to one.
    fn only_after(&self, places: &[Place], c: char) -> Only {
        let mut next = Vec::with_capacity(places.len());
        for place in places {
            let step = self.patterns.step(*place);
            if let Step::Many(_) = step {
                let mut after = self.places_after(&[*place], c);
                if after.len() > 1 {
                    after = self.without_covered(after);
                }
                match after.as_slice() {
                    [] => return Only::None,
                    [one] => next.push(*one),
                    _ => return Only::Several,
                }
            } else if step.takes(c) {
                next.push(place.next());
            } else {
                return Only::None;
            }
        }
        Only::One(next)
    }

    fn is_accepted(&self, index: usize) -> bool {
        self.reached.get(index).is_some_and(|reached| {
            let accepts = |place: &Place| self.patterns.accepts(*place);
            reached.state.within.iter().all(accepts) && !reached.state.without.iter().any(accepts)
        })
    }

    fn text(&self, index: usize) -> String {
        let way = std::iter::successors(self.reached.get(index), |reached| {
            reached.last.and_then(|before| self.reached.get(before))
        });
        let mut ways: Vec<&str> = way.map(|reached| reached.way.as_str()).collect();
        ways.reverse();
        ways.concat()
    }

    fn expand(&mut self, index: usize, budget: &mut Budget) -> Result<(), Exhausted> {
        let Some(reached) = self.reached.get(index) else {
            return Ok(());
        };
        let state = Rc::clone(&reached.state);
        for c in self.characters(&state) {
            let all = match self.only_after(&state.within, c) {
                Only::None => continue,
                Only::One(within) => vec![within],
                Only::Several => self.combined_after(&state.within, c, budget)?,
            };
            let without = self.without_covered(self.places_after(&state.without, c));
            for within in all {
                let without = without.clone();
                let state = State { within, without };
                self.reach(state, Some(index), c.to_string(), budget)?;
            }
        }
        Ok(())
    }

    /// One place after a character for each place, in every combination.
    fn combined_after(
        &self,
        places: &[Place],
        c: char,
        budget: &mut Budget,
    ) -> Result<Vec<Vec<Place>>, Exhausted> {
        let mut partial: Vec<Vec<Place>> = vec![Vec::with_capacity(places.len())];
        for place in places {
            let mut longer = Vec::new();
            for next in self.without_covered(self.places_after(&[*place], c)) {
                for before in &partial {
                    let mut places = before.clone();
                    places.push(next);
                    longer.push(places);
                }
            }
            budget.spend(longer.len() / 8)?;
            partial = longer;
        }
        Ok(partial)
    }

    fn places_after(&self, places: &[Place], c: char) -> Vec<Place> {
        let mut next = Vec::with_capacity(places.len());
        for place in places {
            self.patterns.after(*place, c, |reached| next.push(reached));
        }
        next.sort_unstable();
        next.dedup();
        next
    }

    /// Leaves out places of which a later one in the same pattern allows as much: from a run of any characters on,
    /// whatever an earlier place leads to is matched too.
    fn without_covered(&self, places: Vec<Place>) -> Vec<Place> {
        let mut kept: Vec<Place> = Vec::with_capacity(places.len());
        for place in places.into_iter().rev() {
            let covered = kept.last().is_some_and(|later| {
                self.patterns.step(*later) == Step::Many(Class::Any)
                    && self.patterns.are_of_one(place, *later)
            });
            if !covered {
                kept.push(place);
            }
        }
        kept.reverse();
        kept
    }

    /// The characters that make a difference: those that a pattern names here, and one of each kind that none names.
    fn characters(&self, state: &State) -> Vec<char> {
        let mut near = Steps::default();
        for place in &state.within {
            near.gather(self.patterns, *place);
        }
        // Where one place only goes on with certain characters, no other ones need be tried.
        let forced = state.within.iter().find_map(|place| {
            let mut own = Steps::default();
            own.gather(self.patterns, *place);
            own.classes.is_empty().then_some(own.named)
        });
        if let Some(mut named) = forced {
            named.sort_unstable();
            named.dedup();
            return named;
        }
        for place in &state.without {
            near.gather(self.patterns, *place);
        }
        if state.within.is_empty() {
            near.classes.push(Class::Any);
        }
        near.representatives()
    }
}

/// The steps that are possible next.
#[derive(Default)]
struct Steps {
    /// Characters that are named, in both cases where case does not count.
    named: Vec<char>,
    classes: Vec<Class>,
}

impl Steps {
    fn gather(&mut self, patterns: &PatternSet, mut place: Place) {
        loop {
            match patterns.step(place) {
                Step::Char(c) => self.named.push(c),
                Step::Folded(c) => {
                    self.named.push(c);
                    let upper = c
                        .to_uppercase()
                        .filter(|upper| Step::Folded(c).takes(*upper));
                    self.named.extend(upper);
                }
                Step::One(class) | Step::Many(class) => {
                    if !self.classes.contains(&class) {
                        self.classes.push(class);
                    }
                }
                Step::End => {}
            }
            if !matches!(patterns.step(place), Step::Many(_)) {
                return;
            }
            place = place.next();
        }
    }

    fn representatives(mut self) -> Vec<char> {
        // Kinds of characters that no class tells apart, each in an order that reads well.
        const LETTERS: &str = "xyzabcdefghijklmnopqrstuvwXYZABCDEFGHIJKLMNOPQRSTUVW-_=+,.@";
        const DIGITS: &str = "9876543210";
        const GRAPHIC: &str = "!#$%&'()*;<>?[]^`{|}~\"\\";
        self.named.sort_unstable();
        self.named.dedup();
        let mut chars = self.named;
        let named = chars.len();
        let kinds = [LETTERS, DIGITS, ":", "/", GRAPHIC];
        let kinds = kinds.map(|kind| -> Box<dyn Iterator<Item = char>> { Box::new(kind.chars()) });
        let rest: Box<dyn Iterator<Item = char>> = Box::new(" ".chars().chain('\u{a1}'..));
        let mut tried: Vec<Vec<bool>> = Vec::new();
        for mut kind in kinds.into_iter().chain([rest]) {
            let is_named = |c: &char| chars.get(..named).unwrap_or_default().contains(c);
            let Some(one) = kind.find(|c| !is_named(c)) else {
                continue;
            };
            // What the same classes take leads to the same places.
            let taken = self.classes.iter().map(|class| class.takes(one));
            let taken: Vec<_> = taken.collect();
            if taken.contains(&true) && !tried.contains(&taken) {
                chars.push(one);
                tried.push(taken);
            }
        }
        chars
    }
}
