//! Patterns laid out as steps in one list, so that a place in any of them is one number.

use std::collections::HashMap;

use crate::iam::pattern::{Case, Pattern, Token};

/// Characters that a wildcard takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Class {
    /// All.
    Any,
    /// All but the colon, which parts an ARN.
    NoColon,
    /// U+0021 to U+007E, of which paths of IAM are made, but for `*` and `?`: no request can be told to come from such a
    /// path, because an ARN with one is taken for a pattern.
    Graphic,
    /// The same but for the slash.
    PathStart,
    /// Letters, digits and `_+=,.@-`, of which names of IAM are made.
    Name,
    /// The digits of an account id.
    Digit,
}

impl Class {
    /// Whether a character is one of these.
    pub(super) fn takes(self, c: char) -> bool {
        match self {
            Self::Any => true,
            Self::NoColon => c != ':',
            Self::Graphic => c.is_ascii_graphic() && !matches!(c, '*' | '?'),
            Self::PathStart => Self::Graphic.takes(c) && c != '/',
            Self::Name => c.is_ascii_alphanumeric() || "_+=,.@-".contains(c),
            Self::Digit => c.is_ascii_digit(),
        }
    }

    /// A character of the class for people to read.
    fn sample(self) -> char {
        if self == Self::Digit { '9' } else { 'x' }
    }
}

/// One step of a pattern.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Step {
    /// This character.
    Char(char),
    /// This character in either case; it is folded.
    Folded(char),
    /// One character of a class.
    One(Class),
    /// Characters of a class, or none.
    Many(Class),
    /// The pattern is over.
    End,
}

impl Step {
    /// Whether the step takes this one character. A run takes it and stays.
    pub(super) fn takes(self, c: char) -> bool {
        match self {
            Self::Char(own) => own == c,
            Self::Folded(own) => own == Case::Insensitive.fold(c),
            Self::One(class) | Self::Many(class) => class.takes(c),
            Self::End => false,
        }
    }

    /// Whether a character exists that two steps take. All classes have the digits in common.
    fn meets(self, other: Self) -> bool {
        match (self, other) {
            (Self::Char(c) | Self::Folded(c), Self::One(class))
            | (Self::One(class), Self::Char(c) | Self::Folded(c)) => {
                class.takes(c) || class.takes(c.to_ascii_uppercase())
            }
            (Self::Char(c), step) | (step, Self::Char(c)) => step.takes(c),
            (Self::Folded(a), Self::Folded(b)) => a == b,
            (Self::End, _) | (_, Self::End) => false,
            _ => true,
        }
    }
}

/// A pattern of a [`PatternSet`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct PatternId(u32);

/// A place in one of the patterns.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Place(pub(super) u32);

impl Place {
    /// The place behind this one.
    pub(super) fn next(self) -> Self {
        Self(self.0 + 1)
    }
}

impl From<PatternId> for Place {
    fn from(pattern: PatternId) -> Self {
        Self(pattern.0)
    }
}

/// All patterns that a question is about, each once.
#[derive(Debug, Default)]
pub(super) struct PatternSet {
    steps: Vec<Step>,
    /// For each step, how many characters the rest of its pattern takes at least.
    least: Vec<u32>,
    /// For each step, the pattern that it belongs to.
    owner: Vec<PatternId>,
    known: HashMap<Vec<Step>, PatternId>,
}

impl PatternSet {
    /// Takes in a pattern of a policy; `None` where it matches nothing.
    pub(super) fn add(&mut self, pattern: &Pattern) -> Option<PatternId> {
        let step = |token: &Token| match (*token, pattern.case()) {
            (Token::Literal(c), Case::Insensitive) => Step::Folded(c),
            (Token::Literal(c), Case::Sensitive) => Step::Char(c),
            (Token::AnyChar { colon: true }, _) => Step::One(Class::Any),
            (Token::AnyChar { colon: false }, _) => Step::One(Class::NoColon),
            (Token::AnyRun { colon: true }, _) => Step::Many(Class::Any),
            (Token::AnyRun { colon: false }, _) => Step::Many(Class::NoColon),
        };
        let steps = pattern.tokens()?.iter().map(step).collect();
        Some(self.add_steps(steps))
    }

    /// Takes in a pattern that is one text.
    pub(super) fn add_text(&mut self, text: &str) -> PatternId {
        self.add_steps(text.chars().map(Step::Char).collect())
    }

    /// Takes in steps without their [`Step::End`].
    pub(super) fn add_steps(&mut self, steps: Vec<Step>) -> PatternId {
        if let Some(known) = self.known.get(&steps) {
            return *known;
        }
        let at = u32::try_from(self.steps.len()).unwrap_or(u32::MAX);
        let mut least = vec![0];
        for step in steps.iter().rev() {
            let rest = least.last().copied().unwrap_or_default();
            least.push(rest + u32::from(!matches!(step, Step::Many(_))));
        }
        least.reverse();
        self.owner
            .extend(std::iter::repeat_n(PatternId(at), least.len()));
        self.least.extend(least);
        self.steps.extend(&steps);
        self.steps.push(Step::End);
        self.known.insert(steps, PatternId(at));
        PatternId(at)
    }

    /// The step at a place.
    pub(super) fn step(&self, place: Place) -> Step {
        let at = usize::try_from(place.0).unwrap_or(usize::MAX);
        self.steps.get(at).copied().unwrap_or(Step::End)
    }

    /// How many characters the rest of the pattern takes at least.
    pub(super) fn least(&self, place: Place) -> u32 {
        let at = usize::try_from(place.0).unwrap_or(usize::MAX);
        self.least.get(at).copied().unwrap_or_default()
    }

    /// Whether two places are in the same pattern.
    pub(super) fn are_of_one(&self, place: Place, other: Place) -> bool {
        let owner = |place: Place| {
            self.owner
                .get(usize::try_from(place.0).unwrap_or(usize::MAX))
        };
        owner(place) == owner(other)
    }

    /// The steps of a pattern.
    pub(super) fn steps(&self, pattern: PatternId) -> &[Step] {
        let at = usize::try_from(pattern.0).unwrap_or(usize::MAX);
        let rest = self.steps.get(at..).unwrap_or_default();
        let end = rest.iter().position(|step| *step == Step::End);
        rest.get(..end.unwrap_or_default()).unwrap_or_default()
    }

    /// Whether nothing more is needed from a place on.
    pub(super) fn accepts(&self, mut place: Place) -> bool {
        while let Step::Many(_) = self.step(place) {
            place = place.next();
        }
        self.step(place) == Step::End
    }

    /// Whether from a place on every text matches.
    pub(super) fn accepts_all(&self, place: Place) -> bool {
        self.step(place) == Step::Many(Class::Any) && self.step(place.next()) == Step::End
    }

    /// The places after one character, in order.
    pub(super) fn after(&self, mut place: Place, c: char, mut reached: impl FnMut(Place)) {
        loop {
            let step = self.step(place);
            let run = matches!(step, Step::Many(_));
            if step.takes(c) {
                reached(if run { place } else { place.next() });
            }
            if !run {
                return;
            }
            place = place.next();
        }
    }

    /// Whether a pattern matches a text.
    pub(super) fn matches(&self, pattern: PatternId, text: &str) -> bool {
        let mut first = Place::from(pattern);
        let mut chars = text.chars();
        // Up to the first run there is one place only.
        while !matches!(self.step(first), Step::Many(_) | Step::End) {
            match chars.next() {
                Some(c) if self.step(first).takes(c) => first = first.next(),
                _ => return false,
            }
        }
        if self.accepts_all(first) {
            return true;
        }
        let mut places = vec![first];
        let mut next = Vec::new();
        for c in chars {
            for place in &places {
                self.after(*place, c, |reached| next.push(reached));
            }
            next.sort_unstable();
            next.dedup();
            std::mem::swap(&mut places, &mut next);
            next.clear();
            if places.is_empty() {
                return false;
            }
        }
        places.iter().any(|place| self.accepts(*place))
    }

    /// The one text that a pattern matches, if it is one in one spelling.
    pub(super) fn only_text(&self, pattern: PatternId) -> Option<String> {
        let steps = self.steps(pattern).iter();
        let char = |step: &Step| match step {
            Step::Char(c) => Some(*c),
            _ => None,
        };
        steps.map(char).collect()
    }

    /// Texts that a pattern matches, for people to read: every run one word, and every run empty.
    pub(super) fn samples(&self, pattern: PatternId) -> [String; 2] {
        ["example", ""].map(|word| {
            let mut text = String::new();
            let mut steps = self.steps(pattern).iter().peekable();
            while let Some(step) = steps.next() {
                match (step, steps.peek()) {
                    // The run behind it brings the word.
                    (Step::One(class), Some(Step::Many(run)))
                        if class == run && !word.is_empty() => {}
                    (Step::Char(c) | Step::Folded(c), _) => text.push(*c),
                    (Step::One(class), _) => text.push(class.sample()),
                    (Step::Many(Class::Digit) | Step::End, _) => {}
                    (Step::Many(_), _) => text.push_str(word),
                }
            }
            text
        })
    }

    /// Whether a pattern begins with all of another one, of which nothing but any characters is left then: whatever the
    /// first matches, the other one does too.
    pub(super) fn begins_with(&self, pattern: PatternId, beginning: PatternId) -> bool {
        const ANY: Step = Step::Many(Class::Any);
        let (steps, beginning) = (self.steps(pattern), self.steps(beginning));
        match beginning.split_last() {
            // Of two that differ in nothing but a second run at the end, neither would be left.
            Some((&ANY, beginning)) if beginning.last() != Some(&ANY) => {
                steps.starts_with(beginning)
            }
            _ => false,
        }
    }

    /// Whether beginnings and ends of two patterns leave room for a text that both match. `true` decides nothing.
    pub(super) fn may_meet(&self, one: PatternId, other: PatternId) -> bool {
        fn fits<'s>(
            one: impl Iterator<Item = &'s Step>,
            other: impl Iterator<Item = &'s Step>,
        ) -> bool {
            for (a, b) in one.zip(other) {
                if let (Step::Many(_), _) | (_, Step::Many(_)) = (a, b) {
                    return true;
                }
                if !a.meets(*b) {
                    return false;
                }
            }
            // One may still go on with a run, which takes nothing.
            true
        }
        let (one, other) = (self.steps(one), self.steps(other));
        fits(one.iter(), other.iter()) && fits(one.iter().rev(), other.iter().rev())
    }
}
