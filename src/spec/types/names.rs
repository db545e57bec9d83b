//! Names: of keys, stacks, roles, users and permission sets.

use serde_json::{Value, json};

use super::text::{SHORTEN, bounded_text};
use crate::diag::Diagnostic;
use crate::kms::limits;
use crate::spec::field::{Decoder, FieldType};
use crate::yaml::Node;

/// What characters a kind of name is made of.
struct NameRule {
    /// The name in words, without an article.
    called: &'static str,
    first: fn(char) -> bool,
    rest: fn(char) -> bool,
    /// The allowed characters in words.
    characters: &'static str,
    pattern: &'static str,
    longest: usize,
}

impl NameRule {
    fn check(&self, node: &Node, decoder: &mut Decoder) -> Option<String> {
        let name = bounded_text(node, self.called, (1, self.longest), decoder)?;
        let offending = name.char_indices().find(|(index, character)| {
            let allowed = if *index == 0 { self.first } else { self.rest };
            !allowed(*character)
        });
        if let Some((index, character)) = offending {
            decoder.report(
                Diagnostic::error(
                    "invalid-name",
                    format!(
                        "`{name}` is no {}: it {} `{character}`",
                        self.called,
                        if index == 0 { "begins with" } else { "holds" },
                    ),
                )
                .at(node.span, "")
                .help(format!("use {}", self.characters)),
            );
            return None;
        }
        Some(name)
    }

    fn schema(&self) -> Value {
        json!({"type": "string", "pattern": self.pattern, "maxLength": self.longest})
    }
}

/// Declares a type of name: a text of its own with a rule.
macro_rules! name_type {
    ($(#[doc = $doc:literal])+ $name:ident, $described:literal, $rule:expr) => {
        $(#[doc = $doc])+
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
        pub struct $name(String);

        impl $name {
            /// The name as written.
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
                const RULE: NameRule = $rule;
                RULE.schema()
            }

            fn decode(node: &Node, decoder: &mut Decoder) -> Option<Self> {
                const RULE: NameRule = $rule;
                RULE.check(node, decoder).map(Self)
            }
        }
    };
}

fn is_name_character(character: char) -> bool {
    character.is_ascii_alphanumeric() || "_+=,.@-".contains(character)
}

name_type!(
    /// A logical name: letters and digits, as CloudFormation's logical ids.
    LogicalName,
    "a logical name",
    NameRule {
        called: "logical name",
        first: |character| character.is_ascii_alphabetic(),
        rest: |character| character.is_ascii_alphanumeric(),
        characters: "letters and digits, beginning with a letter",
        pattern: "^[A-Za-z][A-Za-z0-9]*$",
        // Room for the longest ending that a resource or an output of the key gets.
        longest: limits::LOGICAL_ID_LENGTH - 16,
    }
);

name_type!(
    /// The name of a stack or an environment: a folder or file name everywhere.
    PlainName,
    "a name",
    NameRule {
        called: "name",
        first: |character| character.is_ascii_alphanumeric(),
        rest: |character| character.is_ascii_alphanumeric() || "_-".contains(character),
        characters: "letters, digits, `-` and `_`, beginning with a letter or digit",
        pattern: "^[A-Za-z0-9][A-Za-z0-9_-]*$",
        longest: 128,
    }
);

name_type!(
    /// The name of an IAM Identity Center permission set. Source: `sso-admin` service model
    /// (`PermissionSetName`: 1 to 32 of `[\w+=,.@-]`).
    PermissionSetName,
    "the name of a permission set",
    NameRule {
        called: "permission set name",
        first: is_name_character,
        rest: is_name_character,
        characters: "letters, digits and `_+=,.@-`",
        pattern: "^[A-Za-z0-9_+=,.@-]+$",
        longest: 32,
    }
);

/// An IAM role or user by name, or by path and name: `team/FooBar`.
/// Source: IAM service model (`roleNameType`: 1 to 64 of `[\w+=,.@-]`; `pathType`: up to 512).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct IamName(String);

impl IamName {
    const RULE: NameRule = NameRule {
        called: "IAM name",
        first: is_name_character,
        rest: |character| is_name_character(character) || "/:".contains(character),
        characters: "a name, or a path and a name: `FooBar`, `team/FooBar`; a whole ARN stands under `arn`",
        pattern: "^(?!arn:|role/|user/)([A-Za-z0-9_+=,.@-][A-Za-z0-9_+=,.@/:-]*/)?[A-Za-z0-9_+=,.@-]{1,64}$",
        longest: 574,
    };
    const LONGEST_NAME: usize = 64;

    /// What is wrong with a name of allowed characters, and what to do about it.
    pub(in crate::spec) fn problem(written: &str) -> Option<(String, String)> {
        let name = written.rsplit('/').next().unwrap_or_default();
        if written.starts_with("arn:") {
            return Some((
                format!("`{written}` is a whole ARN"),
                format!("write `arn: {written}`, or the name alone"),
            ));
        }
        let prefix = written.split_inclusive('/').next();
        if let Some(prefix @ ("role/" | "user/")) = prefix {
            return Some((
                format!("`{prefix}` is no part of a name"),
                format!(
                    "write `{}`; if that is its path, write its ARN under `arn`",
                    written.trim_start_matches(prefix)
                ),
            ));
        }
        if name.is_empty() {
            return Some((
                format!("`{written}` is a path without a name"),
                "write the name behind the path: `team/FooBar`".to_owned(),
            ));
        }
        if name.contains(':') {
            return Some((
                format!("`{name}` is no IAM name: it holds `:`"),
                format!("use {}", Self::RULE.characters),
            ));
        }
        let length = name.chars().count();
        (length > Self::LONGEST_NAME).then(|| {
            (
                format!(
                    "the name `{name}` is {length} characters long, {} are allowed",
                    Self::LONGEST_NAME
                ),
                SHORTEN.to_owned(),
            )
        })
    }

    /// The name as written, with its path.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The last part, without the path.
    #[must_use]
    pub fn name(&self) -> &str {
        self.0.rsplit('/').next().unwrap_or_default()
    }
}

impl FieldType for IamName {
    fn describe() -> String {
        "a name, or path/name".to_owned()
    }

    fn schema() -> Value {
        Self::RULE.schema()
    }

    fn decode(node: &Node, decoder: &mut Decoder) -> Option<Self> {
        let written = Self::RULE.check(node, decoder)?;
        let Some((message, help)) = Self::problem(&written) else {
            return Some(Self(written));
        };
        decoder.report(
            Diagnostic::error("invalid-name", message)
                .at(node.span, "")
                .help(help),
        );
        None
    }
}
