//! The ways in which a file can be read when it leaves a choice: conditions, and parameters with several values.
//!
//! A reader asks [`Choices::choose`] whenever it comes to a choice; [`each`] reads again for every combination that it
//! comes to, so choices that do not meet cost nothing.

use std::cell::RefCell;
use std::collections::BTreeMap;

/// Most combinations of choices for one resource. Six conditions that do not depend on each other; what has more is
/// unknown, never slow.
pub(super) const MAX_VARIANTS: usize = 64;

/// The choices made in one reading.
#[derive(Debug, Default)]
pub(super) struct Choices {
    /// Options to take, in the order in which choices come up; the first where it ends.
    path: Vec<usize>,
    made: RefCell<Vec<Made>>,
}

#[derive(Debug, Clone)]
struct Made {
    what: String,
    option: usize,
    options: usize,
    words: String,
}

impl Choices {
    /// The option to take, from 0; the same one whenever `what` comes up again. `words` says what taking it means,
    /// such as "`IsProduction` is false".
    pub(super) fn choose(
        &self,
        what: &str,
        options: usize,
        words: impl FnOnce(usize) -> String,
    ) -> usize {
        let mut made = self.made.borrow_mut();
        if let Some(known) = made.iter().find(|known| known.what == what) {
            return known.option;
        }
        let option = self.path.get(made.len()).copied().unwrap_or(0);
        made.push(Made {
            what: what.to_owned(),
            option,
            options,
            words: words(option),
        });
        option
    }

    /// The path to the combination after this one.
    fn next(mut made: Vec<Made>) -> Option<Vec<usize>> {
        while let Some(last) = made.pop() {
            if last.option + 1 < last.options {
                let before = made.iter().map(|made| made.option);
                return Some(before.chain([last.option + 1]).collect());
            }
        }
        None
    }
}

/// Reads once for every combination of choices; `None` where there are too many. Combinations that come to the same are
/// one, with the fewest words that tell it from the others: none where nothing that was chosen matters.
pub(super) fn each<T: PartialEq>(
    mut read: impl FnMut(&Choices) -> T,
) -> Option<Vec<(Vec<String>, T)>> {
    let mut combinations = Vec::new();
    // What came out, each with the combinations that came to it.
    let mut outcomes: Vec<(T, Vec<usize>)> = Vec::new();
    let mut path = Some(Vec::new());
    while let Some(taken) = path {
        if combinations.len() == MAX_VARIANTS {
            return None;
        }
        let choices = Choices {
            path: taken,
            ..Choices::default()
        };
        let value = read(&choices);
        let made = choices.made.into_inner();
        // Every choice has another option, so there is a combination for each and this one.
        if made.len() >= MAX_VARIANTS {
            return None;
        }
        let number = combinations.len();
        match outcomes.iter_mut().find(|(known, _)| *known == value) {
            Some((_, numbers)) => numbers.push(number),
            None => outcomes.push((value, vec![number])),
        }
        combinations.push(made.clone());
        path = Choices::next(made);
    }
    if outcomes.len() == 1 {
        let only = outcomes.into_iter();
        return Some(only.map(|(value, _)| (Vec::new(), value)).collect());
    }
    let named = outcomes.into_iter().map(|(value, numbers)| {
        let (inside, outside): (Vec<_>, Vec<_>) = combinations
            .iter()
            .enumerate()
            .partition(|(number, _)| numbers.contains(number));
        let outside: Vec<_> = outside.into_iter().map(|(_, made)| options(made)).collect();
        let inside = inside.into_iter().map(|(_, made)| made);
        (words(inside, &outside), value)
    });
    Some(named.collect())
}

/// The option taken of each choice.
fn options(made: &[Made]) -> BTreeMap<&str, usize> {
    let made = made.iter();
    made.map(|made| (made.what.as_str(), made.option)).collect()
}

/// What is common to some combinations and to none of the others, in words.
fn words<'m>(
    inside: impl Iterator<Item = &'m Vec<Made>>,
    outside: &[BTreeMap<&str, usize>],
) -> Vec<String> {
    let mut terms: Vec<Vec<&str>> = Vec::new();
    for made in inside {
        let term = shortest(made, outside);
        if !terms.contains(&term) {
            terms.push(term);
        }
    }
    let implied = |term: &Vec<&str>, by: &Vec<&str>| {
        by.len() < term.len() && by.iter().all(|words| term.contains(words))
    };
    let terms: Vec<_> = terms
        .iter()
        .filter(|term| !terms.iter().any(|other| implied(term, other)))
        .collect();
    let Some((first, others)) = terms.split_first() else {
        return Vec::new();
    };
    let is_common = |words: &&&str| others.iter().all(|term| term.contains(*words));
    let common: Vec<&str> = first.iter().filter(is_common).copied().collect();
    let mut all: Vec<String> = common.iter().map(|words| (*words).to_owned()).collect();
    if !others.is_empty() {
        let rest = terms.iter().map(|term| {
            let rest = term.iter().filter(|words| !common.contains(words)).copied();
            rest.collect::<Vec<_>>().join(" and ")
        });
        all.push(rest.collect::<Vec<_>>().join(", or "));
    }
    all
}

/// The words of a combination without those that no other combination needs to be told from it.
fn shortest<'m>(made: &'m [Made], outside: &[BTreeMap<&str, usize>]) -> Vec<&'m str> {
    let differs = |made: &Made, other: &BTreeMap<&str, usize>| {
        let option = other.get(made.what.as_str());
        option.is_some_and(|option| *option != made.option)
    };
    // How many choices tell this combination from each of the others.
    let mut differences: Vec<usize> = outside
        .iter()
        .map(|other| made.iter().filter(|made| differs(made, other)).count())
        .collect();
    let mut kept = Vec::new();
    // Later choices come up only because of earlier ones, so they are the first to go.
    for made in made.iter().rev() {
        let needed = outside
            .iter()
            .zip(&differences)
            .any(|(other, count)| *count == 1 && differs(made, other));
        if needed {
            kept.push(made.words.as_str());
            continue;
        }
        for (other, count) in outside.iter().zip(&mut differences) {
            *count -= usize::from(differs(made, other));
        }
    }
    kept.reverse();
    kept
}
