//! Organizations and their units.

use serde_json::{Value, json};

use super::text::text;
use crate::diag::Diagnostic;
use crate::spec::field::{Decoder, FieldType};
use crate::yaml::Node;

fn is_lower_alphanumeric(text: &str, lengths: std::ops::RangeInclusive<usize>) -> bool {
    let allowed = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    lengths.contains(&text.len()) && text.bytes().all(allowed)
}

/// Source: Organizations service model (`OrganizationId`: `^o-[a-z0-9]{10,32}$`).
fn is_organization(text: &str) -> bool {
    text.strip_prefix("o-")
        .is_some_and(|rest| is_lower_alphanumeric(rest, 10..=32))
}

/// A name that the workspace gives to an organization: one that is not taken for an id.
fn is_organization_name(text: &str) -> bool {
    let start = text.to_ascii_lowercase();
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"_-".contains(&byte);
    !["o-", "r-", "ou-"].iter().any(|id| start.starts_with(id))
        && start.starts_with(|first: char| first.is_ascii_alphanumeric())
        && text.bytes().all(allowed)
}

/// Source: Organizations service model (`RootId`: `^r-[0-9a-z]{4,32}$`; `OrganizationalUnitId`:
/// `^ou-[0-9a-z]{4,32}-[a-z0-9]{8,32}$`).
fn is_organization_path(text: &str) -> bool {
    let mut parts = text.split('/');
    let organization = parts.next().is_some_and(is_organization_or_name);
    let root = parts.next().and_then(|root| root.strip_prefix("r-"));
    let root = root.is_some_and(|rest| is_lower_alphanumeric(rest, 4..=32));
    let unit = |part: &str| {
        let ids = part
            .strip_prefix("ou-")
            .and_then(|rest| rest.split_once('-'));
        ids.is_some_and(|(root, unit)| {
            is_lower_alphanumeric(root, 4..=32) && is_lower_alphanumeric(unit, 8..=32)
        })
    };
    let units: Vec<_> = parts.map(unit).collect();
    organization && root && !units.is_empty() && units.into_iter().all(|fits| fits)
}

fn is_organization_or_name(text: &str) -> bool {
    is_organization(text) || is_organization_name(text)
}

/// Source: as [`is_organization_path`]; CloudFormation's schema of `AWS::CloudFormation::StackSet`.
fn is_target_unit(text: &str) -> bool {
    let root = text.strip_prefix("r-");
    let unit = text
        .strip_prefix("ou-")
        .and_then(|rest| rest.split_once('-'));
    root.is_some_and(|rest| is_lower_alphanumeric(rest, 4..=32))
        || unit.is_some_and(|(root, unit)| {
            is_lower_alphanumeric(root, 4..=32) && is_lower_alphanumeric(unit, 8..=32)
        })
}

/// Declares a type of text with a shape of its own.
macro_rules! shaped_type {
    ($(#[doc = $doc:literal])+ $name:ident, $described:literal, $pattern:literal, $fits:expr, $example:literal) => {
        $(#[doc = $doc])+
        #[derive(Debug, Clone, PartialEq, Eq)]
        pub struct $name(String);

        impl $name {
            /// The text as written.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl FieldType for $name {
            fn describe() -> String {
                $described.to_owned()
            }

            fn schema() -> Value {
                json!({"type": "string", "pattern": $pattern})
            }

            fn decode(node: &Node, decoder: &mut Decoder) -> Option<Self> {
                let written = text(node, $described, decoder)?;
                if $fits(written) {
                    return Some(Self(written.to_owned()));
                }
                decoder.report(
                    Diagnostic::error("invalid-name", format!("`{written}` is not {}", $described))
                        .at(node.span, "")
                        .help(concat!("it looks like `", $example, "`")),
                );
                None
            }
        }
    };
}

shaped_type!(
    /// The id of an organization.
    OrganizationId,
    "the id of an organization",
    "^o-[a-z0-9]{10,32}$",
    is_organization,
    "o-a1b2c3d4e5"
);

shaped_type!(
    /// An organization: its id, or a name from the workspace's `organizations`.
    OrganizationRef,
    "the id of an organization or its name in `organizations`",
    "^(o-[a-z0-9]{10,32}|(?![OoRr]-|[Oo][Uu]-)[A-Za-z0-9][A-Za-z0-9_-]*)$",
    is_organization_or_name,
    "o-a1b2c3d4e5"
);

shaped_type!(
    /// The path of an organizational unit, from the organization over the root.
    OrganizationPath,
    "the path of an organizational unit",
    "^(o-[a-z0-9]{10,32}|(?![OoRr]-|[Oo][Uu]-)[A-Za-z0-9][A-Za-z0-9_-]*)/r-[0-9a-z]{4,32}(/ou-[0-9a-z]{4,32}-[a-z0-9]{8,32})+$",
    is_organization_path,
    "o-a1b2c3d4e5/r-ab12/ou-ab12-11111111"
);

shaped_type!(
    /// The id of an organizational unit, or of the root above all of them.
    TargetUnit,
    "the id of an organizational unit or a root",
    "^(ou-[0-9a-z]{4,32}-[a-z0-9]{8,32}|r-[0-9a-z]{4,32})$",
    is_target_unit,
    "ou-ab12-11111111` or `r-ab12"
);

impl OrganizationRef {
    /// Whether a name can stand for an organization: one that looks like an id cannot.
    #[must_use]
    pub fn can_be_named(name: &str) -> bool {
        is_organization_name(name)
    }
}

impl OrganizationPath {
    /// The organization that the path begins with, by id or name, and the units below it.
    #[must_use]
    pub fn split(&self) -> (OrganizationRef, &str) {
        let (organization, units) = self.0.split_once('/').unwrap_or((&self.0, ""));
        (OrganizationRef(organization.to_owned()), units)
    }
}
