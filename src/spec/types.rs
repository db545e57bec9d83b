//! The types of values that fields have: what each accepts, and how it is said.

use serde_json::{Value, json};
use unicode_normalization::{IsNormalized, is_nfc_quick};

use super::field::{Decoder, FieldType, RecordTable, Spanned};
use crate::diag::Diagnostic;
use crate::iam::{AccountId, ExpandProblem, Part, Text, Variable};
use crate::kms::limits;
use crate::yaml::{Node, NodeKind, Resolved, Scalar};

/// What to do about something that is no text: a placeholder without quotes is a mapping in YAML.
fn text_help(node: &Node) -> String {
    let placeholder = match node.as_mapping() {
        Some([entry]) if entry.value.is_null() => Some(entry.name()),
        _ => None,
    };
    match placeholder {
        Some(name) => format!("put a placeholder in quotes: \"{{{name}}}\""),
        None => "write one text, in quotes if it starts with `[` or `{`".to_owned(),
    }
}

/// The scalar of a node that is text as every YAML reader understands it.
fn text<'n>(node: &'n Node, expected: &str, decoder: &mut Decoder) -> Option<&'n str> {
    let NodeKind::Scalar(scalar) = &node.kind else {
        decoder.wrong_type(node, expected, text_help(node));
        return None;
    };
    if scalar.resolved() == Resolved::Text {
        return Some(&scalar.text);
    }
    let diagnostic = Diagnostic::error(
        "wrong-type",
        format!("expected {expected}, found {}", node.describe()),
    )
    .at(node.span, "");
    decoder.report(if scalar.text.is_empty() {
        diagnostic.help("write the value after the colon")
    } else {
        diagnostic.help(format!("quote it to make it text: \"{}\"", scalar.text))
    });
    None
}

/// What to do about a text that is too long.
const SHORTEN: &str = "shorten it";

/// Text, with length limits in characters and no control characters but tab and line ends.
fn bounded_text(
    node: &Node,
    expected: &str,
    (shortest, longest): (usize, usize),
    decoder: &mut Decoder,
) -> Option<String> {
    let text = text(node, expected, decoder)?;
    let length = text.chars().count();
    if length < shortest || (shortest > 0 && text.trim().is_empty()) {
        decoder.report(
            Diagnostic::error("empty-text", format!("{expected} must not be empty"))
                .at(node.span, "")
                .help("write it between the quotes, or remove the field if it may be left out"),
        );
        return None;
    }
    if length > longest {
        decoder.report(
            Diagnostic::error(
                "too-long",
                format!("{expected} is {length} characters long, {longest} are allowed"),
            )
            .at(node.span, "")
            .help(SHORTEN),
        );
        return None;
    }
    if let Some(control) = text
        .chars()
        .find(|character| character.is_control() && !matches!(character, '\t' | '\n' | '\r'))
    {
        decoder.report(
            Diagnostic::error(
                "control-character",
                format!(
                    "{expected} holds the control character U+{:04X}",
                    u32::from(control)
                ),
            )
            .at(node.span, "")
            .help("remove it: AWS would store it, and nobody would see it"),
        );
        return None;
    }
    Some(text.to_owned())
}

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
                        "`{name}` is no {}: it {} `{}`",
                        self.called,
                        if index == 0 { "begins with" } else { "holds" },
                        character.escape_debug()
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
    fn problem(written: &str) -> Option<(String, String)> {
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

/// Free text: a purpose, a reason.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Literal<const LONGEST: usize>(pub String);

impl<const LONGEST: usize> FieldType for Literal<LONGEST> {
    fn describe() -> String {
        "text".to_owned()
    }

    fn schema() -> Value {
        json!({"type": "string", "minLength": 1, "maxLength": LONGEST})
    }

    fn decode(node: &Node, decoder: &mut Decoder) -> Option<Self> {
        bounded_text(node, "text", (1, LONGEST), decoder).map(Self)
    }
}

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
pub(super) fn fill(raw: &str, environment: &str) -> Text {
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
        Part::Variable(_) => {
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
pub(super) fn template(node: &Node, raw: String, decoder: &mut Decoder) -> Option<Template> {
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
                    format!("`{}` cannot stand in an alias", bad.escape_debug()),
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

impl FieldType for bool {
    fn describe() -> String {
        "`true` or `false`".to_owned()
    }

    fn schema() -> Value {
        json!({"type": "boolean"})
    }

    fn decode(node: &Node, decoder: &mut Decoder) -> Option<Self> {
        if let NodeKind::Scalar(scalar) = &node.kind {
            if let Resolved::Bool(value) = scalar.resolved() {
                return Some(value);
            }
            let meant = match scalar.text.to_ascii_lowercase().as_str() {
                "yes" | "on" | "y" | "true" => Some("true"),
                "no" | "off" | "n" | "false" => Some("false"),
                _ => None,
            };
            if let Some(meant) = meant {
                decoder.report(
                    Diagnostic::error(
                        "wrong-type",
                        format!("expected `true` or `false`, found `{}`", scalar.text),
                    )
                    .at(node.span, "")
                    .help(format!("write `{meant}`, without quotes")),
                );
                return None;
            }
        }
        decoder.wrong_type(node, "`true` or `false`", "write `true` or `false`");
        None
    }
}

/// A whole number of days within limits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Days<const LEAST: u64, const MOST: u64>(pub u64);

impl<const LEAST: u64, const MOST: u64> FieldType for Days<LEAST, MOST> {
    fn describe() -> String {
        format!("a number of days from {LEAST} to {MOST}")
    }

    fn schema() -> Value {
        json!({"type": "integer", "minimum": LEAST, "maximum": MOST})
    }

    fn decode(node: &Node, decoder: &mut Decoder) -> Option<Self> {
        let help = format!("write a whole number from {LEAST} to {MOST}");
        if let NodeKind::Scalar(scalar) = &node.kind {
            if is_plain_number(scalar)
                && let Ok(days) = scalar.text.parse()
                && (LEAST..=MOST).contains(&days)
            {
                return Some(Self(days));
            }
            if matches!(scalar.resolved(), Resolved::Integer | Resolved::Float) {
                decoder.report(
                    Diagnostic::error(
                        "out-of-range",
                        format!("`{}` is not a number of days that KMS takes", scalar.text),
                    )
                    .at(node.span, "")
                    .help(help),
                );
                return None;
            }
        }
        let help = format!("{help}, without quotes or a unit");
        decoder.wrong_type(node, &Self::describe(), help);
        None
    }
}

/// A decimal number that every YAML reader takes for the same one: no sign, no leading zero.
fn is_plain_number(scalar: &Scalar) -> bool {
    scalar.plain
        && scalar.text.bytes().all(|byte| byte.is_ascii_digit())
        && (scalar.text.len() == 1 || !scalar.text.starts_with('0'))
        && !scalar.text.is_empty()
}

/// `version: 1` of a file format.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FormatVersion;

impl FieldType for FormatVersion {
    fn describe() -> String {
        "`1`".to_owned()
    }

    fn schema() -> Value {
        json!({"const": 1})
    }

    fn decode(node: &Node, decoder: &mut Decoder) -> Option<Self> {
        if let NodeKind::Scalar(scalar) = &node.kind
            && scalar.plain
            && &*scalar.text == "1"
        {
            return Some(Self);
        }
        decoder.report(
            Diagnostic::error("unknown-version", "this version of the format is not known")
                .at(node.span, "")
                .help("write `version: 1`"),
        );
        None
    }
}

/// An account: twelve digits, or a name from the workspace's `accounts`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AccountRef {
    /// The id itself.
    Id(AccountId),
    /// A name to be looked up.
    Named(String),
}

/// What an account id looks like.
const TWELVE_DIGITS: &str =
    "an account id is twelve digits without anything between them, leading zeros included";

fn account_id(node: &Node, decoder: &mut Decoder) -> Option<Result<AccountId, String>> {
    let NodeKind::Scalar(scalar) = &node.kind else {
        decoder.wrong_type(node, "an account id", TWELVE_DIGITS);
        return None;
    };
    // The digits as written: as a number, YAML readers make 012345670123 eleven digits or an octal.
    if let Some(id) = AccountId::parse(&scalar.text) {
        return Some(Ok(id));
    }
    let digits = scalar.text.bytes().filter(u8::is_ascii_digit).count();
    let grouped = digits == 12 && !scalar.text.contains(|c: char| c.is_ascii_alphabetic());
    if digits == scalar.text.len() || grouped || scalar.resolved() != Resolved::Text {
        decoder.report(
            Diagnostic::error(
                "invalid-account",
                if grouped {
                    format!("`{}` is no account id: it is not digits alone", scalar.text)
                } else {
                    format!("`{}` is no account id: {digits} digits", scalar.text)
                },
            )
            .at(node.span, "")
            .help(TWELVE_DIGITS),
        );
        return None;
    }
    Some(Err(scalar.text.to_string()))
}

impl FieldType for AccountRef {
    fn describe() -> String {
        "an account id of twelve digits, or a name from the workspace's `accounts`".to_owned()
    }

    fn schema() -> Value {
        json!({"type": ["string", "integer"]})
    }

    fn decode(node: &Node, decoder: &mut Decoder) -> Option<Self> {
        Some(match account_id(node, decoder)? {
            Ok(id) => Self::Id(id),
            Err(name) => Self::Named(name),
        })
    }
}

impl FieldType for AccountId {
    fn describe() -> String {
        "an account id of twelve digits".to_owned()
    }

    fn schema() -> Value {
        json!({"type": ["string", "integer"], "pattern": "^[0-9]{12}$"})
    }

    fn decode(node: &Node, decoder: &mut Decoder) -> Option<Self> {
        match account_id(node, decoder)? {
            Ok(id) => Some(id),
            Err(name) => {
                decoder.report(
                    Diagnostic::error("invalid-account", format!("`{name}` is no account id"))
                        .at(node.span, "")
                        .help(TWELVE_DIGITS),
                );
                None
            }
        }
    }
}

/// A mapping from names that the user chooses to values.
#[derive(Debug, Clone)]
pub struct Named<K, V>(pub Vec<(Spanned<K>, V)>);

impl<K, V> Default for Named<K, V> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<K: FieldType, V: FieldType> FieldType for Named<K, V> {
    fn describe() -> String {
        format!("a mapping from {} to {}", K::describe(), V::describe())
    }

    fn schema() -> Value {
        json!({
            "type": "object",
            "minProperties": 1,
            "propertyNames": K::schema(),
            "additionalProperties": V::schema(),
        })
    }

    fn record() -> Option<RecordTable> {
        V::record()
    }

    fn decode(node: &Node, decoder: &mut Decoder) -> Option<Self> {
        let NodeKind::Mapping(entries) = &node.kind else {
            let help = "write `{NAME: VALUE}`, or one `NAME: VALUE` in a line, indented";
            decoder.wrong_type(node, &Self::describe(), help);
            return None;
        };
        if entries.is_empty() {
            decoder.report(
                Diagnostic::error("empty-mapping", "this mapping is empty")
                    .at(node.span, "")
                    .help("add an entry, or remove the field"),
            );
            return None;
        }
        let decoded = entries
            .iter()
            .filter_map(|entry| {
                let name = Spanned::<K>::decode(&entry.key, decoder);
                let value = V::decode(&entry.value, decoder);
                Some((name?, value?))
            })
            .collect();
        Some(Self(decoded))
    }
}

/// The key of a tag. `aws:` is AWS's own.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct TagKey(pub String);

/// Tag keys that keywright sets itself begin with this.
pub const OWN_TAG_PREFIX: &str = "keywright:";

impl FieldType for TagKey {
    fn describe() -> String {
        "the key of a tag".to_owned()
    }

    fn schema() -> Value {
        json!({
            "type": "string",
            "minLength": 1,
            "maxLength": limits::TAG_KEY_LENGTH,
            "pattern": "^(?!aws:|keywright:)",
        })
    }

    fn decode(node: &Node, decoder: &mut Decoder) -> Option<Self> {
        let limits = (1, limits::TAG_KEY_LENGTH);
        let key = bounded_text(node, "the key of a tag", limits, decoder)?;
        // CloudFormation checks keys of tags line by line: `^(?!aws:).+$` (its resource schema, after cfn-lint E3024).
        if key.contains(['\n', '\r', '\t']) {
            decoder.report(
                Diagnostic::error(
                    "invalid-tag",
                    "the key of a tag stands on one line, without tabs",
                )
                .at(node.span, "")
                .help(
                    "AWS services agree on letters, digits, spaces and `_.:/=+-@` in keys of tags",
                ),
            );
            return None;
        }
        let reserved = [("aws:", "AWS"), (OWN_TAG_PREFIX, "keywright")]
            .into_iter()
            .find(|(prefix, _)| {
                key.get(..prefix.len())
                    .is_some_and(|start| start.eq_ignore_ascii_case(prefix))
            });
        if let Some((prefix, owner)) = reserved {
            decoder.report(
                Diagnostic::error(
                    "reserved-tag",
                    format!("tags that begin with `{prefix}` are reserved for {owner}"),
                )
                .at(node.span, "")
                .help("choose another key"),
            );
            return None;
        }
        Some(Self(key))
    }
}

/// The key of an encryption context.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct ContextKey(pub String);

impl FieldType for ContextKey {
    fn describe() -> String {
        "the key of an encryption context".to_owned()
    }

    fn schema() -> Value {
        json!({"type": "string", "minLength": 1})
    }

    fn decode(node: &Node, decoder: &mut Decoder) -> Option<Self> {
        bounded_text(node, "the key of an encryption context", (1, 1024), decoder).map(Self)
    }
}

/// Declares a type with a fixed list of words.
macro_rules! word_type {
    (
        $(#[doc = $doc:literal])+
        $name:ident, $described:literal {
            $($(#[doc = $word_doc:literal])+ $variant:ident = $word:literal,)+
        }
    ) => {
        $(#[doc = $doc])+
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum $name {
            $($(#[doc = $word_doc])+ $variant,)+
        }

        impl $name {
            /// Every word, in order.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The word in a spec.
            #[must_use]
            pub fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $word,)+
                }
            }
        }

        impl FieldType for $name {
            fn describe() -> String {
                let words: Vec<_> = Self::ALL
                    .iter()
                    .map(|word| format!("`{}`", word.as_str()))
                    .collect();
                format!("{}: {}", $described, words.join(" or "))
            }

            fn schema() -> Value {
                json!({"enum": [$($word),+]})
            }

            fn decode(node: &Node, decoder: &mut Decoder) -> Option<Self> {
                let written = text(node, &Self::describe(), decoder)?;
                let found = Self::ALL.iter().find(|word| word.as_str() == written);
                if found.is_none() {
                    let words = || Self::ALL.iter().map(|word| word.as_str());
                    decoder.report(
                        Diagnostic::error("unknown-value", format!("unknown value `{written}`"))
                            .at(node.span, "")
                            .did_you_mean(written, words())
                            .help(format!("known: {}", words().collect::<Vec<_>>().join(", "))),
                    );
                }
                found.copied()
            }
        }
    };
}

word_type!(
    /// What a user may do, in words that fit the kind of key.
    Capability, "a capability" {
        /// Encrypt, make data keys, be the destination of a re-encryption.
        Encrypt = "encrypt",
        /// Decrypt.
        Decrypt = "decrypt",
        /// Sign.
        Sign = "sign",
        /// Verify signatures.
        Verify = "verify",
        /// Make message authentication codes.
        GenerateMac = "generate-mac",
        /// Verify message authentication codes.
        VerifyMac = "verify-mac",
        /// Derive shared secrets.
        Derive = "derive",
        /// What the services under `via` need to read.
        Read = "read",
        /// What the services under `via` need to write.
        Write = "write",
    }
);

word_type!(
    /// How a role or user is named in the policy.
    Match, "how the principal is matched" {
        /// By its ARN in the Principal element: it must exist, and its re-creation breaks the access.
        Principal = "principal",
        /// By `aws:PrincipalArn` in a condition: the access survives re-creation.
        Condition = "condition",
    }
);

word_type!(
    /// A kind of output.
    Target, "a target" {
        /// CloudFormation templates.
        CloudFormation = "cloudformation",
        /// Terraform modules.
        Terraform = "terraform",
    }
);

impl Capability {
    /// Whether it is said in the terms of the services under `via`.
    #[must_use]
    pub fn is_service_term(self) -> bool {
        matches!(self, Self::Read | Self::Write)
    }
}

/// Declares a type whose words are AWS's own names of something.
macro_rules! aws_type {
    ($(#[doc = $doc:literal])+ $name:ident($of:ty), $described:literal) => {
        $(#[doc = $doc])+
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub struct $name(pub $of);

        impl FieldType for $name {
            fn describe() -> String {
                $described.to_owned()
            }

            fn schema() -> Value {
                let names: Vec<_> = <$of>::ALL.iter().map(|one| one.as_str()).collect();
                json!({"enum": names})
            }

            fn decode(node: &Node, decoder: &mut Decoder) -> Option<Self> {
                let written = text(node, $described, decoder)?;
                let found = <$of>::named(written);
                if found.is_none() {
                    let names = || <$of>::ALL.iter().map(|one| one.as_str());
                    decoder.report(
                        Diagnostic::error("unknown-value", format!("unknown value `{written}`"))
                            .at(node.span, "")
                            .did_you_mean(written, names())
                            .help(format!("known: {}", names().collect::<Vec<_>>().join(", "))),
                    );
                }
                found.map(Self)
            }
        }
    };
}

aws_type!(
    /// A `KeySpec` of AWS.
    KeySpecName(crate::kms::KeySpec),
    "a key spec"
);

aws_type!(
    /// A `KeyUsage` of AWS.
    KeyUsageName(crate::kms::KeyUsage),
    "a key usage"
);

word_type!(
    /// How administrators' access is written.
    Administration, "a list of actions" {
        /// An explicit list without any use of the key.
        Separated = "separated",
        /// The procedure's own wildcard list.
        Sop = "sop",
    }
);

word_type!(
    /// How permission sets are let in.
    PermissionSets, "a way to let permission sets in" {
        /// By the key policy alone.
        Direct = "direct",
        /// By the key policy and the role's own IAM policy together.
        Delegated = "delegated",
    }
);

fn is_lower_alphanumeric(text: &str, lengths: std::ops::RangeInclusive<usize>) -> bool {
    let allowed = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    lengths.contains(&text.len()) && text.bytes().all(allowed)
}

/// Source: Organizations service model (`OrganizationId`: `^o-[a-z0-9]{10,32}$`).
fn is_organization(text: &str) -> bool {
    text.strip_prefix("o-")
        .is_some_and(|rest| is_lower_alphanumeric(rest, 10..=32))
}

/// Source: Organizations service model (`RootId`: `^r-[0-9a-z]{4,32}$`; `OrganizationalUnitId`:
/// `^ou-[0-9a-z]{4,32}-[a-z0-9]{8,32}$`).
fn is_organization_path(text: &str) -> bool {
    let mut parts = text.split('/');
    let organization = parts.next().is_some_and(is_organization);
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
    /// The path of an organizational unit, from the organization over the root.
    OrganizationPath,
    "the path of an organizational unit",
    "^o-[a-z0-9]{10,32}/r-[0-9a-z]{4,32}(/ou-[0-9a-z]{4,32}-[a-z0-9]{8,32})+$",
    is_organization_path,
    "o-a1b2c3d4e5/r-ab12/ou-ab12-11111111"
);

impl OrganizationPath {
    /// The organization that the path begins with.
    #[must_use]
    pub fn organization(&self) -> &str {
        self.0.split('/').next().unwrap_or_default()
    }
}
