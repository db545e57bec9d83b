//! The ways in which a file can be read when it leaves a choice: conditions, and parameters with several values.
//!
//! A reader asks [`Choices::choose`] whenever it comes to a choice; [`each`] reads again for every combination that it
//! comes to, so choices that do not meet cost nothing.

use std::cell::RefCell;

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

#[derive(Debug)]
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

    /// What was chosen, in words.
    fn words(&self) -> Vec<String> {
        let made = self.made.borrow();
        made.iter().map(|made| made.words.clone()).collect()
    }

    /// The path to the next combination.
    fn next(self) -> Option<Vec<usize>> {
        let mut made = self.made.into_inner();
        while let Some(last) = made.pop() {
            if last.option + 1 < last.options {
                let before = made.iter().map(|made| made.option);
                return Some(before.chain([last.option + 1]).collect());
            }
        }
        None
    }
}

/// Reads once for every combination of choices, with what was chosen in words; `None` where there are too many.
pub(super) fn each<T>(mut read: impl FnMut(&Choices) -> T) -> Option<Vec<(Vec<String>, T)>> {
    let mut variants = Vec::new();
    let mut path = Some(Vec::new());
    while let Some(taken) = path {
        if variants.len() == MAX_VARIANTS {
            return None;
        }
        let choices = Choices {
            path: taken,
            ..Choices::default()
        };
        let value = read(&choices);
        variants.push((choices.words(), value));
        path = choices.next();
    }
    Some(variants)
}
