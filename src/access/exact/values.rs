//! What the values of a condition match.

use super::critical::Comparable;
use super::dimension::{Constraint, Constraints, Quantifier, Test};
use super::meaning::Bound;
use super::pattern_set::{Class, PatternId, Step};
use crate::access::compare;
use crate::iam::Pattern;
use crate::iam::operator::Test as Tested;
use crate::iam::placeholder::Symbol;

/// What a test of values comes to.
pub(super) struct Reading {
    /// The test.
    pub(super) test: Test,
    /// Whether the test stands for its opposite.
    pub(super) negated: bool,
}

impl Reading {
    /// One of these patterns matches.
    pub(super) fn texts(texts: Vec<PatternId>) -> Self {
        Self {
            test: Test::Texts(texts),
            negated: false,
        }
    }

    /// Every value.
    fn everything() -> Self {
        Self {
            negated: true,
            ..Self::texts(Vec::new())
        }
    }
}

/// The values of requests that match one of those of a policy.
pub(super) fn reading(
    test: Tested,
    values: &[Vec<Symbol>],
    bound: Bound,
    constraints: &mut Constraints,
) -> Reading {
    if let Some((kind, case)) = test.pattern() {
        let read = values
            .iter()
            .map(|symbols| Pattern::of_symbols(symbols, kind, case));
        let kept = read.filter(|pattern| bound == Bound::Most || pattern.is_certain());
        let texts = kept.filter_map(|pattern| constraints.patterns.add(&pattern));
        return Reading::texts(texts.collect());
    }
    let plain: Vec<Option<String>> = values.iter().map(|symbols| plain(symbols)).collect();
    let mut all = plain.iter().all(Option::is_some);
    let known = plain.into_iter().flatten();
    let reading = match test {
        Tested::Numeric(_) | Tested::Date(_) | Tested::IpAddress => {
            let (comparable, comparable_all) = Comparable::new(test, known);
            all &= comparable_all;
            Reading {
                test: Test::Compares(comparable),
                negated: false,
            }
        }
        Tested::Bool => {
            let known: Vec<_> = known.map(|value| compare::boolean(&value)).collect();
            all &= known.iter().all(Option::is_some);
            // What is neither `true` nor `false` may match or not.
            let texts = |wanted: bool, constraints: &mut Constraints| {
                let words = [(true, "true"), (false, "false")].into_iter();
                let words = words.filter(|(word, _)| known.contains(&Some(*word)) == wanted);
                let texts = words.map(|(_, word)| constraints.patterns.add_text(word));
                Reading::texts(texts.collect())
            };
            match bound {
                Bound::Least => texts(true, constraints),
                Bound::Most => Reading {
                    negated: true,
                    ..texts(false, constraints)
                },
            }
        }
        _ => {
            let texts = known.map(|value| constraints.patterns.add_text(&value));
            Reading::texts(texts.collect())
        }
    };
    if all || bound == Bound::Least {
        reading
    } else {
        Reading::everything()
    }
}

/// What `Null` asks for.
pub(super) fn null(values: &[Vec<Symbol>], bound: Bound) -> Constraint {
    let wanted = values.iter().map(|symbols| {
        let text = plain(symbols);
        text.as_deref().and_then(compare::boolean)
    });
    let (mut absent, mut present) = (false, false);
    for wanted in wanted {
        match wanted {
            Some(true) => absent = true,
            Some(false) => present = true,
            None if bound == Bound::Most => (absent, present) = (true, true),
            None => {}
        }
    }
    Constraint {
        negated: present,
        absent,
        ..Constraint::present()
    }
}

/// Whether a value matches nothing, because it has not the parts of an ARN.
pub(super) fn is_no_arn(test: Tested, symbols: &[Symbol]) -> bool {
    test.pattern().is_some_and(|(kind, case)| {
        let pattern = Pattern::of_symbols(symbols, kind, case);
        test == Tested::ArnLike && pattern.tokens().is_none()
    })
}

/// The text, unless something in it is unknown.
fn plain(symbols: &[Symbol]) -> Option<String> {
    let char = |symbol: &Symbol| match symbol {
        Symbol::Written(c) | Symbol::Fixed(c) => Some(*c),
        Symbol::Unknown => None,
    };
    symbols.iter().map(char).collect()
}

/// Every text but the empty one.
pub(super) fn not_empty(constraints: &mut Constraints) -> Constraint {
    let steps = vec![Step::One(Class::Any), Step::Many(Class::Any)];
    let pattern = constraints.patterns.add_steps(steps);
    Constraint {
        quantifier: Quantifier::All,
        absent: true,
        ..Constraint::matches(vec![pattern])
    }
}

/// Texts with the six parts of an ARN.
pub(super) fn arn(constraints: &mut Constraints) -> Constraint {
    let mut steps = vec![Step::Char('a'), Step::Char('r'), Step::Char('n')];
    for _ in 0..5 {
        steps.extend([Step::Char(':'), Step::Many(Class::Any)]);
    }
    Constraint {
        quantifier: Quantifier::All,
        absent: true,
        ..Constraint::matches(vec![constraints.patterns.add_steps(steps)])
    }
}

/// `true` and `false`.
pub(super) fn boolean(constraints: &mut Constraints) -> Constraint {
    let words = ["true", "false"].map(|word| constraints.patterns.add_text(word));
    Constraint {
        absent: true,
        ..Constraint::matches(words.into())
    }
}
