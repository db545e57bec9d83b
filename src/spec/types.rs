//! The types of values that fields have: what each accepts, and how it is said.

use serde_json::{Value, json};
use unicode_normalization::{IsNormalized, is_nfc_quick};

use super::field::{Decoder, FieldType, Spanned};
use crate::diag::Diagnostic;
use crate::iam::{AccountId, ExpandProblem, Part, Text, Variable};
use crate::kms::limits;
use crate::yaml::{Node, NodeKind, Resolved, Scalar};

/// The scalar of a node that is text as every YAML reader understands it.
fn text<'n>(node: &'n Node, expected: &str, decoder: &mut Decoder) -> Option<&'n str> {
    let NodeKind::Scalar(scalar) = &node.kind else {
        decoder.wrong_type(node, expected);
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
                .at(node.span, ""),
        );
        return None;
    }
    if length > longest {
        decoder.report(
            Diagnostic::error(
                "too-long",
                format!("{expected} is {length} characters long, {longest} are allowed"),
            )
            .at(node.span, ""),
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
        if let Some((_, character)) = offending {
            decoder.report(
                Diagnostic::error(
                    "invalid-name",
                    format!(
                        "`{name}` is no {}: `{}`",
                        self.called,
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

name_type!(
    /// An IAM role or user by name, or by path and name: `team/FooBar`.
    /// Source: IAM service model (`roleNameType`: 1 to 64 of `[\w+=,.@-]`; `pathType`: up to 512).
    IamName,
    "a name, or path/name",
    NameRule {
        called: "IAM name",
        first: is_name_character,
        rest: |character| is_name_character(character) || "/:".contains(character),
        characters: "a name, or a path and a name: `FooBar`, `team/FooBar`; a whole ARN stands under `arn`",
        pattern: "^[A-Za-z0-9_+=,.@-][A-Za-z0-9_+=,.@/:-]*$",
        longest: 574,
    }
);

impl IamName {
    /// The last part, without the path.
    #[must_use]
    pub fn name(&self) -> &str {
        self.0.rsplit('/').next().unwrap_or_default()
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
        // Decoding has checked the placeholders, so the text as written stands in for what cannot happen.
        Text::expand(&self.raw, |name| placeholder(name, environment))
            .unwrap_or_else(|_| Text::literal(self.raw.as_str()))
    }
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
        let problem = if let Some(name) = raw.strip_prefix("alias/") {
            Some((
                format!("`alias/` is added by keywright: `{raw}` would become `alias/{raw}`"),
                format!("write `{name}`"),
            ))
        } else if raw.is_empty() {
            Some((
                "an alias must not be empty".to_owned(),
                "write a name such as `account-cloudtrail`".to_owned(),
            ))
        } else if raw.starts_with("aws/") {
            Some((
                "aliases that begin with `alias/aws/` are reserved for AWS managed keys".to_owned(),
                format!(
                    "write another name, such as `{}`",
                    raw.replacen('/', "-", 1)
                ),
            ))
        } else if let Some(bad) = raw
            .chars()
            .find(|c| !(c.is_ascii_alphanumeric() || "/_-{}".contains(*c)))
        {
            Some((
                format!("`{}` cannot stand in an alias", bad.escape_debug()),
                "use letters, digits, `/`, `_` and `-`".to_owned(),
            ))
        } else {
            None
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
                .at(node.span, ""),
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
        decoder.wrong_type(node, "`true` or `false`");
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
        if let NodeKind::Scalar(scalar) = &node.kind
            && is_plain_number(scalar)
        {
            if let Ok(days) = scalar.text.parse()
                && (LEAST..=MOST).contains(&days)
            {
                return Some(Self(days));
            }
            decoder.report(
                Diagnostic::error(
                    "out-of-range",
                    format!("`{}` is not from {LEAST} to {MOST} days", scalar.text),
                )
                .at(node.span, ""),
            );
            return None;
        }
        decoder.wrong_type(node, &Self::describe());
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

fn account_id(node: &Node, decoder: &mut Decoder) -> Option<Result<AccountId, String>> {
    let NodeKind::Scalar(scalar) = &node.kind else {
        decoder.wrong_type(node, "an account id");
        return None;
    };
    // The digits as written: as a number, YAML readers make 012345670123 eleven digits or an octal.
    if let Some(id) = AccountId::parse(&scalar.text) {
        return Some(Ok(id));
    }
    let digits = scalar.text.bytes().filter(u8::is_ascii_digit).count();
    if digits == scalar.text.len() || scalar.resolved() != Resolved::Text {
        decoder.report(
            Diagnostic::error(
                "invalid-account",
                format!("`{}` is no account id: {digits} digits", scalar.text),
            )
            .at(node.span, "")
            .help("an account id has twelve digits, leading zeros included"),
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
                        .help("an account id has twelve digits"),
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

    fn decode(node: &Node, decoder: &mut Decoder) -> Option<Self> {
        let NodeKind::Mapping(entries) = &node.kind else {
            decoder.wrong_type(node, &Self::describe());
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
        json!({"type": "string", "minLength": 1, "maxLength": limits::TAG_KEY_LENGTH})
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
