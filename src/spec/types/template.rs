//! Texts with placeholders, and aliases made of them.

use serde_json::{Value, json};
use unicode_normalization::{IsNormalized, is_nfc_quick};

use super::text::{SHORTEN, bounded_text, text};
use crate::diag::Diagnostic;
use crate::iam::{ExpandProblem, Part, Text, Variable};
use crate::kms::limits;
use crate::spec::field::{Decoder, FieldType};
use crate::yaml::Node;

/// Text with placeholders, still to be filled in for an environment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Template {
    raw: String,
}

/// The placeholder that generation itself fills in.
pub const ENVIRONMENT_PLACEHOLDER: &str = "environment";

impl Template {
    /// The text as written.
    #[must_use]
    pub fn raw(&self) -> &str {
        &self.raw
    }

    /// The text for an environment.
    #[must_use]
    pub fn fill(&self, environment: &str) -> Text {
        fill(&self.raw, environment)
    }
}

/// A text whose placeholders decoding has checked, filled in for an environment.
pub(in crate::spec) fn fill(raw: &str, environment: &str) -> Text {
    // What was checked can be expanded; the text as written stands in for what cannot happen.
    Text::expand(raw, |name| placeholder(name, environment)).unwrap_or_else(|_| Text::literal(raw))
}

fn placeholder(name: &str, environment: &str) -> Option<Text> {
    if name == ENVIRONMENT_PLACEHOLDER {
        return Some(Text::literal(environment));
    }
    Variable::named(name).map(Text::variable)
}

/// Whether what a placeholder stands for would end in a letter that the text goes on to change, such as `{partition}`
/// and U+0301: only after filling in is such a text not in Unicode NFC.
fn joins_placeholder(raw: &str) -> bool {
    // Any deployment-time part will do: nothing may merge with the text around it.
    let text = Text::expand(raw, |_| Some(Text::variable(Variable::Account)));
    let Ok(text) = text else { return false };
    let mut after_placeholder = false;
    text.parts().iter().any(|part| match part {
        Part::Variable(_) | Part::Unknown(_) => {
            after_placeholder = true;
            false
        }
        Part::Literal(literal) => {
            let joins = |c: char| is_nfc_quick(std::iter::once(c)) != IsNormalized::Yes;
            std::mem::take(&mut after_placeholder) && literal.starts_with(joins)
        }
    })
}

/// Checks the placeholders of a text.
pub(in crate::spec) fn template(
    node: &Node,
    raw: String,
    decoder: &mut Decoder,
) -> Option<Template> {
    let Err(problem) = Text::expand(&raw, |name| placeholder(name, "")) else {
        if joins_placeholder(&raw) {
            decoder.report(
                Diagnostic::error(
                    "joining-character",
                    "a character that joins the one before it stands behind a placeholder",
                )
                .at(node.span, "")
                .help("put another character between: Terraform would make one letter of both, CloudFormation would not"),
            );
            return None;
        }
        return Some(Template { raw });
    };
    let names = Variable::ALL
        .map(Variable::name)
        .into_iter()
        .chain([ENVIRONMENT_PLACEHOLDER]);
    let list = names
        .clone()
        .map(|name| format!("{{{name}}}"))
        .collect::<Vec<_>>()
        .join(", ");
    let diagnostic = match &problem {
        ExpandProblem::Unknown(name, _) => Diagnostic::error(
            "unknown-placeholder",
            format!("unknown placeholder `{{{name}}}`"),
        )
        .did_you_mean(name, names),
        ExpandProblem::Unclosed(_) => Diagnostic::error(
            "unclosed-placeholder",
            "`{` begins a placeholder without an end",
        ),
        ExpandProblem::Stray(_) => Diagnostic::error(
            "unclosed-placeholder",
            "`}` ends a placeholder without a beginning",
        ),
    };
    decoder.report(diagnostic.at(node.span, "").help(format!(
        "placeholders are {list}; write `{{{{` and `}}}}` for braces"
    )));
    None
}

/// A [`Template`] of limited length, for tags and values of an encryption context.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Value256(pub Template);

impl FieldType for Value256 {
    fn describe() -> String {
        "text with placeholders".to_owned()
    }

    fn schema() -> Value {
        json!({"type": "string"})
    }

    fn decode(node: &Node, decoder: &mut Decoder) -> Option<Self> {
        let raw = bounded_text(node, "text", (0, 4 * limits::TAG_VALUE_LENGTH), decoder)?;
        template(node, raw, decoder).map(Self)
    }
}

impl FieldType for Template {
    fn describe() -> String {
        "text with placeholders".to_owned()
    }

    fn schema() -> Value {
        json!({"type": "string", "minLength": 1})
    }

    fn decode(node: &Node, decoder: &mut Decoder) -> Option<Self> {
        let raw = bounded_text(node, "text", (1, limits::DESCRIPTION_LENGTH), decoder)?;
        template(node, raw, decoder)
    }
}

/// An alias without `alias/`, possibly with placeholders.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AliasName(pub Template);

impl FieldType for AliasName {
    fn describe() -> String {
        "an alias without `alias/`".to_owned()
    }

    fn schema() -> Value {
        json!({
            "type": "string",
            "pattern": r"^(?!alias/|aws/)[A-Za-z0-9/_{}-]+$",
        })
    }

    /// Characters after KMS's documentation of aliases; a colon passes the API's pattern but is not documented.
    /// Source: KMS developer guide, "Create aliases"; `CreateAlias` in the API reference.
    fn decode(node: &Node, decoder: &mut Decoder) -> Option<Self> {
        let raw = text(node, "an alias", decoder)?;
        let bare = raw.strip_prefix("alias/");
        let problem = if let Some(name) = bare.filter(|name| !name.starts_with("aws/")) {
            Some((
                format!("`alias/` is added by keywright: `{raw}` would become `alias/{raw}`"),
                format!("write `{name}`"),
            ))
        } else if raw.is_empty() {
            Some((
                "an alias must not be empty".to_owned(),
                "write a name such as `account-cloudtrail`".to_owned(),
            ))
        } else if let Some(rest) = bare.unwrap_or(raw).strip_prefix("aws/") {
            Some((
                "aliases that begin with `alias/aws/` are reserved for AWS managed keys".to_owned(),
                format!("write another name, such as `aws-{rest}`"),
            ))
        } else {
            let allowed = |c: char| c.is_ascii_alphanumeric() || "/_-{}".contains(c);
            raw.chars().find(|c| !allowed(*c)).map(|bad| {
                (
                    format!("`{bad}` cannot stand in an alias"),
                    "use letters, digits, `/`, `_` and `-`".to_owned(),
                )
            })
        };
        if let Some((message, help)) = problem {
            decoder.report(
                Diagnostic::error("invalid-alias", message)
                    .at(node.span, "")
                    .help(help),
            );
            return None;
        }
        let longest = raw.chars().count();
        let template = template(node, raw.to_owned(), decoder)?;
        if template
            .fill("")
            .literals()
            .any(|literal| literal.contains(['{', '}']))
        {
            decoder.report(
                Diagnostic::error("invalid-alias", "a brace cannot stand in an alias")
                    .at(node.span, "")
                    .help("single braces are for placeholders, such as `{environment}`"),
            );
            return None;
        }
        if template.fill("").resolve(limits::longest).chars().count() > limits::ALIAS_LENGTH {
            decoder.report(
                Diagnostic::error(
                    "too-long",
                    format!(
                        "this alias is {longest} characters long, {} are allowed after `alias/`",
                        limits::ALIAS_LENGTH
                    ),
                )
                .at(node.span, "")
                .help(SHORTEN),
            );
            return None;
        }
        Some(Self(template))
    }
}
