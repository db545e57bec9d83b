//! Whether the conditions of a statement hold.
//!
//! Sources: IAM user guide, "IAM JSON policy elements: Condition operators", "Conditions with multiple context keys or
//! values", "Set operators for multivalued context keys". All operators and keys must hold; one of the values suffices,
//! for a negated operator none may match.

use super::compare;
use super::context::{Reading, Seen};
use super::truth::Truth;
use crate::iam::operator::{Test, ValueSet};
use crate::iam::pattern::{Case, PatternKind};
use crate::iam::placeholder::{Lookup, Symbol, resolve_variables};
use crate::iam::{Operator, Pattern, Text, Variable};

/// What stands behind the values of a policy.
pub(super) struct Values<'r> {
    pub(super) reading: &'r Reading,
    pub(super) deployed: &'r dyn Fn(Variable) -> Option<&'r str>,
    /// Whether `${…}` is a variable.
    pub(super) has_variables: bool,
}

impl Values<'_> {
    /// The characters of a value; `None` for one that matches nothing.
    pub(super) fn symbols(&self, text: &Text) -> Option<Vec<Symbol>> {
        let lookup = |key: &str| match self.reading.see(key) {
            Seen::Missing => Lookup::Missing,
            Seen::Values([value]) => Lookup::Value(value.clone()),
            // "You can use any single-valued context key as a policy variable."
            Seen::Values(_) | Seen::Unknown => Lookup::Unknown,
        };
        let variables: Option<&dyn Fn(&str) -> Lookup> = self.has_variables.then_some(&lookup);
        resolve_variables(text, self.deployed, variables)
    }

    /// Whether one key satisfies its operator.
    pub(super) fn condition(&self, operator: &str, key: &str, values: &[Text]) -> Truth {
        let Ok(operator) = Operator::parse(operator) else {
            // AWS refuses such a policy.
            return Truth::Maybe;
        };
        let seen = self.reading.see(key);
        if operator.test == Test::Null {
            return self.null(seen, values);
        }
        let actual = match seen {
            Seen::Missing => return missing(operator),
            Seen::Unknown => return Truth::Maybe,
            Seen::Values(actual) => actual,
        };
        // "resolve to an empty data set, for example, an empty string"
        if operator.set.is_some() && actual.iter().all(String::is_empty) {
            return missing(operator);
        }
        let resolved = values
            .iter()
            .map(|value| self.expected(operator.test, value));
        let expected: Option<Vec<Expected>> = resolved.clone().collect();
        // "If AWS cannot resolve a variable, this might cause the entire statement to be invalid."
        let has_unresolved = expected.is_none();
        let expected = expected.unwrap_or_else(|| resolved.flatten().collect());
        let matches = actual.iter().map(|actual| {
            let one = Truth::any(expected.iter().map(|expected| expected.matches(actual)));
            // What is no ARN matches no pattern of ARNs; whether it then is what such a pattern is not, is not said.
            let is_arn = operator.test != Test::ArnLike
                || (is_arn(actual) && expected.iter().all(Expected::is_possible));
            let one = one.negate_if(operator.negated);
            one.at_most_maybe_if(operator.negated && !is_arn)
        });
        let holds = match operator.set {
            Some(ValueSet::ForAllValues) => Truth::all(matches),
            Some(ValueSet::ForAnyValue) => Truth::any(matches),
            None if actual.len() == 1 && !is_multivalued(key) => Truth::all(matches),
            // "Multivalued context keys require a condition set operator": what happens without is not documented.
            None if operator.negated => Truth::all(matches).min(Truth::Maybe),
            None => Truth::any(matches).min(Truth::Maybe),
        };
        holds.at_most_maybe_if(has_unresolved)
    }

    /// "`true` (the key doesn't exist, it is null) or `false` (the key exists and its value is not null)". Whether an
    /// empty value is null is not documented.
    fn null(&self, seen: Seen<'_>, values: &[Text]) -> Truth {
        let is_null = match seen {
            Seen::Missing => Truth::Yes,
            Seen::Values(actual) if actual.iter().all(String::is_empty) => Truth::Maybe,
            Seen::Values(_) | Seen::Unknown => Truth::No,
        };
        Truth::any(values.iter().filter_map(|value| {
            let wanted = plain(&self.symbols(value)?);
            let wanted = wanted.as_deref().and_then(compare::boolean);
            Some(wanted.map_or(Truth::Maybe, |wanted| is_null.negate_if(!wanted)))
        }))
    }

    fn expected(&self, test: Test, value: &Text) -> Option<Expected> {
        let Some((kind, case)) = test.pattern() else {
            // "You can't use a policy variable with other operators."
            let has_variable = value.literals().any(|literal| literal.contains("${"));
            if has_variable && self.has_variables {
                return Some(Expected::Unknown);
            }
            let text = plain(&self.symbols(value)?);
            return Some(text.map_or(Expected::Unknown, |text| Expected::Typed(test, text)));
        };
        if let Some(text) = value.as_literal() {
            let special: &[char] = match kind {
                PatternKind::Exact => &['$'],
                _ => &['$', '*', '?'],
            };
            let simple = !text.contains(special) && kind != PatternKind::Arn;
            if simple && case == Case::Sensitive {
                return Some(Expected::Same(text.to_owned()));
            }
        }
        let symbols = self.symbols(value)?;
        Some(Expected::Pattern(Pattern::of_symbols(&symbols, kind, case)))
    }
}

/// Keys that may have several values.
/// Sources: IAM user guide, "AWS global condition context keys"; service authorization reference of AWS KMS
/// (`ArrayOf…`).
const MULTIVALUED: [&str; 10] = [
    "aws:CalledVia",
    "aws:PrincipalOrgPaths",
    "aws:PrincipalServiceNamesList",
    "aws:ResourceOrgPaths",
    "aws:SourceOrgPaths",
    "aws:TagKeys",
    "aws:VpceOrgPaths",
    "kms:EncryptionContextKeys",
    "kms:GrantOperations",
    "kms:ResourceAliases",
];

fn is_multivalued(key: &str) -> bool {
    MULTIVALUED
        .iter()
        .any(|known| known.eq_ignore_ascii_case(key))
}

/// Whether a text has the six parts of an ARN.
fn is_arn(text: &str) -> bool {
    text.starts_with("arn:") && text.matches(':').count() >= 5
}

/// What a key that the request does not have makes of an operator.
///
/// "If the key that you specify in a policy condition is not present in the request context, the values do not match and
/// the condition is false. If the policy condition requires that the key is not matched […] the condition is true." With
/// `…IfExists` it is true, and so it is with `ForAllValues`; with `ForAnyValue` it is false. Which of `ForAnyValue` and
/// `…IfExists` prevails is not documented.
fn missing(operator: Operator) -> Truth {
    match (operator.set, operator.if_exists) {
        (Some(ValueSet::ForAllValues), _) | (None, true) => Truth::Yes,
        (Some(ValueSet::ForAnyValue), true) => Truth::Maybe,
        (Some(ValueSet::ForAnyValue), false) => Truth::No,
        (None, false) => Truth::from(operator.negated),
    }
}

/// The text, unless something in it is unknown.
fn plain(symbols: &[Symbol]) -> Option<String> {
    symbols
        .iter()
        .map(|symbol| match symbol {
            Symbol::Written(c) | Symbol::Fixed(c) => Some(*c),
            Symbol::Unknown => None,
        })
        .collect()
}

/// A value of the policy, ready to be compared.
enum Expected {
    Same(String),
    Pattern(Pattern),
    Typed(Test, String),
    Unknown,
}

impl Expected {
    /// Whether any text can match.
    fn is_possible(&self) -> bool {
        !matches!(self, Self::Pattern(pattern) if pattern.tokens().is_none())
    }

    fn matches(&self, actual: &str) -> Truth {
        match self {
            Self::Same(text) => Truth::from(text == actual),
            Self::Pattern(pattern) => {
                Truth::from(pattern.matches(actual)).at_most_maybe_if(!pattern.is_certain())
            }
            Self::Typed(test, text) => {
                let holds = match test {
                    Test::Numeric(comparison) => {
                        compare::numbers(actual, text).map(|order| comparison.holds(order))
                    }
                    Test::Date(comparison) => {
                        compare::dates(actual, text).map(|order| comparison.holds(order))
                    }
                    Test::Bool => compare::booleans(actual, text),
                    Test::IpAddress => compare::in_range(actual, text),
                    _ => Some(actual == text),
                };
                holds.map_or(Truth::Maybe, Truth::from)
            }
            Self::Unknown => Truth::Maybe,
        }
    }
}
