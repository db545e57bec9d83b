//! What one part of a request may be: a condition key's values, the caller's ARN, the name of its session.

use std::collections::HashMap;

use super::budget::{Budget, Exhausted};
use super::caller::CallerKind;
use super::critical::{Comparable, critical_values};
use super::keys::Presence;
use super::pattern_set::{PatternId, PatternSet};
use super::product::Wanted;
use super::region::{Domain, Part};

/// Which of the values must pass a test.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Quantifier {
    /// The only one.
    One,
    /// Each one.
    All,
    /// At least one.
    Any,
}

/// What a value is tested for, before it is negated.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) enum Test {
    /// One of these patterns matches it.
    Texts(Vec<PatternId>),
    /// A number, date or address compares so with one of these values.
    Compares(Comparable),
}

/// One thing that is asked of a dimension. The opposite of one is one again.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Constraint {
    /// Which of the values.
    pub(super) quantifier: Quantifier,
    /// What they are tested for.
    pub(super) test: Test,
    /// Whether they must fail the test.
    pub(super) negated: bool,
    /// Whether it holds where the request has nothing here.
    pub(super) absent: bool,
}

impl Constraint {
    /// Something is there.
    pub(super) fn present() -> Self {
        Self {
            quantifier: Quantifier::Any,
            test: Test::Texts(Vec::new()),
            negated: true,
            absent: false,
        }
    }

    /// Nothing is there.
    pub(super) fn absent() -> Self {
        Self::present().opposite()
    }

    /// The only value matches one of some patterns.
    pub(super) fn matches(patterns: Vec<PatternId>) -> Self {
        Self {
            quantifier: Quantifier::One,
            test: Test::Texts(patterns),
            negated: false,
            absent: false,
        }
    }

    /// What holds exactly where this does not.
    pub(super) fn opposite(&self) -> Self {
        Self {
            quantifier: match self.quantifier {
                Quantifier::One => Quantifier::One,
                Quantifier::All => Quantifier::Any,
                Quantifier::Any => Quantifier::All,
            },
            test: self.test.clone(),
            negated: !self.negated,
            absent: !self.absent,
        }
    }

    /// Whether one value passes.
    fn passes(&self, patterns: &PatternSet, value: &str) -> bool {
        let passes = match &self.test {
            Test::Texts(texts) => texts.iter().any(|text| patterns.matches(*text, value)),
            Test::Compares(comparable) => comparable.holds(value),
        };
        passes != self.negated
    }

    /// Whether it holds of values.
    pub(super) fn holds(&self, patterns: &PatternSet, values: &Values) -> bool {
        match values.as_slice() {
            [] => self.absent,
            values => {
                let passes = |value: &String| self.passes(patterns, value);
                match self.quantifier {
                    Quantifier::One => values.len() == 1 && values.iter().all(passes),
                    Quantifier::All => values.iter().all(passes),
                    Quantifier::Any => values.iter().any(passes),
                }
            }
        }
    }
}

/// The values of a dimension; none where the request has nothing there.
pub(super) type Values = Vec<String>;

/// A [`Constraint`] of [`Constraints`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct ConstraintId(u32);

/// All constraints that a question is about, each once, with what was found out about them together.
#[derive(Debug, Default)]
pub(super) struct Constraints {
    /// The patterns in them.
    pub(super) patterns: PatternSet,
    list: Vec<Constraint>,
    known: HashMap<Constraint, ConstraintId>,
    /// What dimensions can be, by kind of caller.
    pub(super) domains: HashMap<(Part, CallerKind, Presence), Domain>,
    solved: HashMap<(bool, Vec<ConstraintId>), Result<Option<Values>, Doubt>>,
}

/// Why it is not known whether there are such values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Doubt {
    /// It takes too many steps.
    Exhausted,
    /// Text and numbers, or numbers and dates, are asked of the same values.
    Mixed,
}

impl From<Exhausted> for Doubt {
    fn from(_: Exhausted) -> Self {
        Self::Exhausted
    }
}

impl Constraints {
    /// Takes in a constraint.
    pub(super) fn add(&mut self, constraint: Constraint) -> ConstraintId {
        if let Some(known) = self.known.get(&constraint) {
            return *known;
        }
        let id = ConstraintId(u32::try_from(self.list.len()).unwrap_or(u32::MAX));
        self.list.push(constraint.clone());
        self.known.insert(constraint, id);
        id
    }

    fn get(&self, id: ConstraintId) -> Option<&Constraint> {
        usize::try_from(id.0).ok().and_then(|at| self.list.get(at))
    }

    /// The opposite of a constraint.
    pub(super) fn opposite(&mut self, id: ConstraintId) -> ConstraintId {
        match self.get(id).map(Constraint::opposite) {
            Some(opposite) => self.add(opposite),
            None => id,
        }
    }

    /// Whether a constraint holds of values.
    pub(super) fn holds(&self, id: ConstraintId, values: &Values) -> bool {
        self.get(id)
            .is_some_and(|constraint| constraint.holds(&self.patterns, values))
    }

    /// Values for which all constraints hold, if there are any; none at all where that will do.
    ///
    /// `several`: whether there may be more than one value.
    ///
    /// # Errors
    /// When nobody can tell within the budget.
    pub(super) fn solve(
        &mut self,
        several: bool,
        mut ids: Vec<ConstraintId>,
        budget: &mut Budget,
    ) -> Result<Option<Values>, Doubt> {
        ids.sort_unstable();
        ids.dedup();
        let key = (several, ids);
        if let Some(known) = self.solved.get(&key) {
            return known.clone();
        }
        let constraints: Vec<_> = key.1.iter().filter_map(|id| self.get(*id)).collect();
        let found = solve(&self.patterns, several, &constraints, budget);
        // Another question has another budget.
        if found != Err(Doubt::Exhausted) {
            self.solved.insert(key, found.clone());
        }
        found
    }
}

fn solve(
    patterns: &PatternSet,
    several: bool,
    constraints: &[&Constraint],
    budget: &mut Budget,
) -> Result<Option<Values>, Doubt> {
    budget.spend(1)?;
    if constraints.iter().all(|constraint| constraint.absent) {
        return Ok(Some(Values::new()));
    }
    let single = |constraint: &&&Constraint| constraint.quantifier == Quantifier::One;
    if !several || constraints.iter().any(|constraint| single(&constraint)) {
        let value = solve_one(patterns, constraints, budget)?;
        return Ok(value.map(|value| vec![value]));
    }
    let is_any = |constraint: &&Constraint| constraint.quantifier == Quantifier::Any;
    let (some, each): (Vec<_>, Vec<_>) = constraints.iter().copied().partition(is_any);
    if some.is_empty() {
        let value = solve_one(patterns, &each, budget)?;
        return Ok(value.map(|value| vec![value]));
    }
    let mut values = Values::new();
    for one in some {
        let mut both = each.clone();
        both.push(one);
        match solve_one(patterns, &both, budget)? {
            Some(value) => values.push(value),
            None => return Ok(None),
        }
    }
    values.sort_unstable();
    values.dedup();
    Ok(Some(values))
}

/// One value that passes all tests.
fn solve_one(
    patterns: &PatternSet,
    constraints: &[&Constraint],
    budget: &mut Budget,
) -> Result<Option<String>, Doubt> {
    let mut wanted = Wanted::default();
    let mut comparables = Vec::new();
    for constraint in constraints {
        match (&constraint.test, constraint.negated) {
            (Test::Texts(texts), false) => wanted.within.push(texts),
            (Test::Texts(texts), true) => wanted.without.extend(texts),
            (Test::Compares(comparable), _) => comparables.push(comparable),
        }
    }
    if comparables.is_empty() {
        return Ok(wanted.find(patterns, budget)?);
    }
    let Some(candidates) = critical_values(&comparables) else {
        return Err(Doubt::Mixed);
    };
    budget.spend(candidates.len())?;
    let passes = |value: &String| {
        let all = constraints.iter();
        all.copied().all(|one| one.passes(patterns, value))
    };
    let found = candidates.into_iter().find(passes);
    let restricted = !wanted.within.is_empty() || !wanted.without.is_empty();
    if found.is_none() && restricted {
        return Err(Doubt::Mixed);
    }
    Ok(found)
}
