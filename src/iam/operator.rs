//! Condition operators.
//!
//! Source: IAM user guide, "IAM JSON policy elements: Condition operators" and "Set operators for multi-valued context
//! keys".

use std::fmt;

use super::pattern::{Case, PatternKind};
use crate::diag::nearest;

/// How the values of a request are gathered, in front of the operator: `ForAllValues:`, `ForAnyValue:`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ValueSet {
    /// Every value of the request has to match; true where there is none.
    ForAllValues,
    /// One value of the request has to match; false where there is none.
    ForAnyValue,
}

impl ValueSet {
    const ALL: [Self; 2] = [Self::ForAllValues, Self::ForAnyValue];

    /// The spelling in a policy, without the colon.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::ForAllValues => "ForAllValues",
            Self::ForAnyValue => "ForAnyValue",
        }
    }
}

/// How numbers and dates are compared. Of the request's value and the policy's, in this order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Comparison {
    /// The same.
    Equals,
    /// Less, earlier.
    LessThan,
    /// Less or the same.
    LessThanEquals,
    /// More, later.
    GreaterThan,
    /// More or the same.
    GreaterThanEquals,
}

impl Comparison {
    /// Whether two values in this order satisfy it.
    #[must_use]
    pub fn holds(self, order: std::cmp::Ordering) -> bool {
        match self {
            Self::Equals => order.is_eq(),
            Self::LessThan => order.is_lt(),
            Self::LessThanEquals => order.is_le(),
            Self::GreaterThan => order.is_gt(),
            Self::GreaterThanEquals => order.is_ge(),
        }
    }
}

/// What an operator tests, before it is negated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Test {
    /// `StringEquals`.
    StringEquals,
    /// `StringEqualsIgnoreCase`.
    StringEqualsIgnoreCase,
    /// `StringLike`.
    StringLike,
    /// `ArnLike`, and `ArnEquals`, which "behave identically".
    ArnLike,
    /// `NumericEquals` and its like.
    Numeric(Comparison),
    /// `DateEquals` and its like.
    Date(Comparison),
    /// `Bool`.
    Bool,
    /// `BinaryEquals`.
    BinaryEquals,
    /// `IpAddress`.
    IpAddress,
    /// `Null`: whether the request has the key.
    Null,
}

impl Test {
    /// How values are read as patterns; `None` where they are numbers, dates, addresses and the like.
    #[must_use]
    pub fn pattern(self) -> Option<(PatternKind, Case)> {
        match self {
            Self::StringEquals => Some((PatternKind::Exact, Case::Sensitive)),
            Self::StringEqualsIgnoreCase => Some((PatternKind::Exact, Case::Insensitive)),
            Self::StringLike => Some((PatternKind::Glob, Case::Sensitive)),
            Self::ArnLike => Some((PatternKind::Arn, Case::Sensitive)),
            _ => None,
        }
    }
}

/// A condition operator.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Operator {
    /// The set operator in front.
    pub set: Option<ValueSet>,
    /// What is tested.
    pub test: Test,
    /// Whether the test must fail for every value of the policy: `StringNotEquals` and its like.
    pub negated: bool,
    /// Whether it also holds where the request has no such key: `…IfExists`.
    pub if_exists: bool,
}

/// The operators without set operator and suffix.
const NAMES: &[(&str, Test, bool)] = {
    use Comparison::{Equals, GreaterThan, GreaterThanEquals, LessThan, LessThanEquals};
    &[
        ("StringEquals", Test::StringEquals, false),
        ("StringNotEquals", Test::StringEquals, true),
        (
            "StringEqualsIgnoreCase",
            Test::StringEqualsIgnoreCase,
            false,
        ),
        (
            "StringNotEqualsIgnoreCase",
            Test::StringEqualsIgnoreCase,
            true,
        ),
        ("StringLike", Test::StringLike, false),
        ("StringNotLike", Test::StringLike, true),
        ("ArnLike", Test::ArnLike, false),
        ("ArnNotLike", Test::ArnLike, true),
        ("ArnEquals", Test::ArnLike, false),
        ("ArnNotEquals", Test::ArnLike, true),
        ("NumericEquals", Test::Numeric(Equals), false),
        ("NumericNotEquals", Test::Numeric(Equals), true),
        ("NumericLessThan", Test::Numeric(LessThan), false),
        (
            "NumericLessThanEquals",
            Test::Numeric(LessThanEquals),
            false,
        ),
        ("NumericGreaterThan", Test::Numeric(GreaterThan), false),
        (
            "NumericGreaterThanEquals",
            Test::Numeric(GreaterThanEquals),
            false,
        ),
        ("DateEquals", Test::Date(Equals), false),
        ("DateNotEquals", Test::Date(Equals), true),
        ("DateLessThan", Test::Date(LessThan), false),
        ("DateLessThanEquals", Test::Date(LessThanEquals), false),
        ("DateGreaterThan", Test::Date(GreaterThan), false),
        (
            "DateGreaterThanEquals",
            Test::Date(GreaterThanEquals),
            false,
        ),
        ("Bool", Test::Bool, false),
        ("BinaryEquals", Test::BinaryEquals, false),
        ("IpAddress", Test::IpAddress, false),
        ("NotIpAddress", Test::IpAddress, true),
        ("Null", Test::Null, false),
    ]
};

/// A name that is no condition operator.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnknownOperator {
    /// As written.
    pub name: String,
    /// The operator that was probably meant.
    pub nearest: Option<String>,
}

impl Operator {
    /// Reads the name of an operator.
    ///
    /// Case does not count: AWS either takes another case for the same operator or refuses the whole policy, so no
    /// policy that is in force means anything else. [`Self::name`] gives the documented spelling.
    ///
    /// # Errors
    /// Any other name. `Null` takes neither a suffix nor a set operator: the user guide has "IfExists" for every
    /// operator but this one, and set operators compare values, of which `Null` asks for none.
    pub fn parse(name: &str) -> Result<Self, UnknownOperator> {
        Self::find(name).ok_or_else(|| UnknownOperator {
            name: name.to_owned(),
            nearest: Self::suggestion(name),
        })
    }

    fn find(name: &str) -> Option<Self> {
        let (set, rest) = match name.split_once(':') {
            Some((set, rest)) => (Some(find_set(set)?), rest),
            None => (None, name),
        };
        let (base, if_exists) = split_if_exists(rest);
        let (_, test, negated) = NAMES
            .iter()
            .find(|(known, _, _)| known.eq_ignore_ascii_case(base))?;
        let bare = set.is_none() && !if_exists;
        (*test != Test::Null || bare).then_some(Self {
            set,
            test: *test,
            negated: *negated,
            if_exists,
        })
    }

    fn suggestion(name: &str) -> Option<String> {
        let (set, rest) = match name.split_once(':') {
            Some((set, rest)) => (Some(set), rest),
            None => (None, name),
        };
        let set = match set {
            Some(written) => find_set(written)
                .map(ValueSet::as_str)
                .or_else(|| nearest(written, ValueSet::ALL.map(ValueSet::as_str))),
            None => None,
        };
        let (base, if_exists) = split_if_exists(rest);
        let known = || NAMES.iter().map(|(known, _, _)| *known);
        let base = known()
            .find(|known| known.eq_ignore_ascii_case(base))
            .or_else(|| nearest(base, known()))?;
        let mut meant = String::new();
        if let Some(set) = set.filter(|_| base != "Null") {
            meant.push_str(set);
            meant.push(':');
        }
        meant.push_str(base);
        if if_exists && base != "Null" {
            meant.push_str("IfExists");
        }
        Some(meant)
    }

    /// The spelling of AWS's documentation; `ArnLike` also for `ArnEquals`.
    #[must_use]
    pub fn name(self) -> String {
        self.to_string()
    }
}

impl fmt::Display for Operator {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(set) = self.set {
            write!(formatter, "{}:", set.as_str())?;
        }
        let base = NAMES
            .iter()
            .find(|(_, test, negated)| (*test, *negated) == (self.test, self.negated))
            .map_or("", |(name, _, _)| *name);
        formatter.write_str(base)?;
        formatter.write_str(if self.if_exists { "IfExists" } else { "" })
    }
}

fn find_set(name: &str) -> Option<ValueSet> {
    ValueSet::ALL
        .into_iter()
        .find(|set| set.as_str().eq_ignore_ascii_case(name))
}

fn split_if_exists(name: &str) -> (&str, bool) {
    const SUFFIX: &str = "IfExists";
    let at = name.len().saturating_sub(SUFFIX.len());
    match (name.get(..at), name.get(at..)) {
        (Some(base), Some(suffix)) if suffix.eq_ignore_ascii_case(SUFFIX) => (base, true),
        _ => (name, false),
    }
}
