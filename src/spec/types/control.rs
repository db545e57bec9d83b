//! Controls by name, and the dates on which exceptions from them end.

use serde_json::{Value, json};

use super::text::text;
use crate::diag::Diagnostic;
use crate::spec::field::{Decoder, FieldType};
use crate::yaml::{Node, NodeKind};

/// Every control, in the order of the catalogue; a test holds the list against it.
pub const CONTROLS: [&str; 36] = [
    "public-access",
    "reported-public",
    "rotation-off",
    "separation-of-duties",
    "unfenced-grants",
    "lockout",
    "lockout-check-bypassed",
    "confused-deputy",
    "untrusted-account",
    "foreign-full-control",
    "organization-wide-access",
    "unknown-action",
    "unknown-condition-key",
    "wildcard-in-exact-value",
    "impossible-value",
    "impossible-action",
    "foreign-resource",
    "dead-statement",
    "void-condition",
    "principal-wildcard",
    "identity-center-pattern",
    "deletion-not-retained",
    "deletion-not-denied",
    "short-deletion-window",
    "key-disabled",
    "invalid-policy",
    "invalid-key",
    "default-policy",
    "decrypt-on-all-keys",
    "no-description",
    "no-alias",
    "duplicate-alias",
    "missing-tags",
    "redundant-statement",
    "expired",
    "unused-waiver",
];

/// The name of a control.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct ControlId(&'static str);

impl ControlId {
    /// The control of that name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        CONTROLS.iter().find(|id| **id == name).map(|id| Self(id))
    }

    /// The name.
    #[must_use]
    pub fn as_str(&self) -> &'static str {
        self.0
    }
}

impl FieldType for ControlId {
    fn describe() -> String {
        "the name of a control".to_owned()
    }

    fn schema() -> Value {
        json!({"enum": CONTROLS.as_slice()})
    }

    fn decode(node: &Node, decoder: &mut Decoder) -> Option<Self> {
        let written = text(node, &Self::describe(), decoder)?;
        let found = Self::named(written);
        if found.is_none() {
            let message = format!("there is no control `{written}`");
            decoder.report(
                Diagnostic::error("unknown-control", message)
                    .at(node.span, "")
                    .did_you_mean(written, CONTROLS)
                    .help("`keywright controls` lists them"),
            );
        }
        found
    }
}

/// A day of the calendar.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Date(pub jiff::civil::Date);

impl Date {
    /// The day written as `YYYY-MM-DD`.
    #[must_use]
    pub fn parse(written: &str) -> Option<Self> {
        let shaped = written.len() == 10
            && written.bytes().enumerate().all(|(at, byte)| {
                if matches!(at, 4 | 7) {
                    byte == b'-'
                } else {
                    byte.is_ascii_digit()
                }
            });
        let date = written.parse().ok().filter(|_| shaped)?;
        Some(Self(date))
    }

    /// The day that is so many days after 1970-01-01; `None` where the calendar has no such day.
    #[must_use]
    pub fn after_1970(days: i64) -> Option<Self> {
        let days = jiff::Span::new().try_days(days).ok()?;
        let date = jiff::civil::date(1970, 1, 1).checked_add(days).ok()?;
        Some(Self(date))
    }
}

impl std::fmt::Display for Date {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(formatter)
    }
}

impl FieldType for Date {
    fn describe() -> String {
        "a date such as `2027-01-31`".to_owned()
    }

    fn schema() -> Value {
        json!({"type": "string", "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}$"})
    }

    fn decode(node: &Node, decoder: &mut Decoder) -> Option<Self> {
        // With or without quotes: YAML 1.1 calls the plain form a timestamp, and both mean the day.
        let NodeKind::Scalar(scalar) = &node.kind else {
            decoder.wrong_type(node, &Self::describe(), "write `YYYY-MM-DD`");
            return None;
        };
        let date = Self::parse(&scalar.text);
        if date.is_none() {
            let message = format!("`{}` is no date", scalar.text);
            decoder.report(
                Diagnostic::error("invalid-date", message)
                    .at(node.span, "")
                    .help("write `YYYY-MM-DD`, a day that there is"),
            );
        }
        date
    }
}
