//! Policy statements that a spec adds in AWS's own words.

use serde_json::{Value as Json, json};

use super::field::{Decoder, FieldType, Spanned};
use super::types::{Date, template};
use crate::diag::{Diagnostic, nearest};
use crate::iam::value::{Member, Value, ValueKind};
use crate::iam::{
    Conditions, Effect, PrincipalArn, PrincipalKind, Principals, Statement, Text,
    contains_wildcard, read,
};
use crate::kms::actions;
use crate::kms::limits::is_policy_character;
use crate::source::Span;
use crate::yaml::{Entry, Node, NodeKind, Resolved};

/// The elements that a statement of a key policy may have, beside `reason`. `NotPrincipal` and `NotAction` are left
/// out: what they allow grows with every new principal and action.
const ELEMENTS: [&str; 6] = [
    "Sid",
    "Effect",
    "Principal",
    "Action",
    "Resource",
    "Condition",
];

/// What a statement must have, and what to write.
const REQUIRED: [(&str, &str); 5] = [
    (REASON, "say why keywright's own statements do not suffice"),
    ("Sid", "add `Sid: NAME`, of letters, digits and spaces"),
    ("Effect", "add `Effect: Allow` or `Effect: Deny`"),
    (
        "Principal",
        "add `Principal: {AWS: ARN}` or another principal",
    ),
    ("Action", "add `Action: kms:NAME` or a list of actions"),
];

/// Elements that say what is left out.
const NEGATED: [&str; 3] = ["NotPrincipal", "NotAction", "NotResource"];

/// Condition keys that say who asks. `kms:ViaService` is none: everyone's requests come through a service.
const FENCE_KEYS: [&str; 7] = [
    "kms:CallerAccount",
    "aws:PrincipalAccount",
    "aws:PrincipalArn",
    "aws:PrincipalOrgID",
    "aws:SourceAccount",
    "aws:SourceArn",
    "aws:SourceOrgID",
];

/// Operators that a request without the key does not meet.
const FENCE_OPERATORS: [&str; 5] = [
    "StringEquals",
    "StringEqualsIgnoreCase",
    "StringLike",
    "ArnEquals",
    "ArnLike",
];

const REASON: &str = "reason";
const EXPIRES: &str = "expires";
/// What a statement has beside the elements that AWS knows.
const OWN: [&str; 2] = [REASON, EXPIRES];

/// A statement in AWS's words, with the reason why keywright's own do not suffice.
#[derive(Debug, Clone)]
pub struct RawStatement {
    /// Where it stands.
    pub span: Span,
    /// The last day on which it may stand here.
    pub expires: Option<Spanned<Date>>,
    elements: Vec<Entry>,
}

impl FieldType for RawStatement {
    fn describe() -> String {
        "a policy statement with a reason".to_owned()
    }

    fn schema() -> Json {
        let words = json!({"type": ["string", "array"]});
        json!({
            "type": "object",
            "properties": {
                REASON: {"type": "string", "minLength": 1},
                EXPIRES: Date::schema(),
                "Sid": {"type": "string", "pattern": "^[A-Za-z0-9 ]+$"},
                "Effect": {"enum": ["Allow", "Deny"]},
                "Principal": {"type": ["string", "object"]},
                "Action": words,
                "Resource": words,
                "Condition": {"type": "object"},
            },
            "required": REQUIRED.map(|(name, _)| name),
            "additionalProperties": false,
        })
    }

    fn decode(node: &Node, decoder: &mut Decoder) -> Option<Self> {
        let NodeKind::Mapping(entries) = &node.kind else {
            decoder.wrong_type(
                node,
                &Self::describe(),
                "write a mapping with `reason` and the elements of a policy statement",
            );
            return None;
        };
        let before = decoder.count();
        // An element that is there under a misspelt name, or negated, is not missing as well.
        let meant: Vec<_> = entries
            .iter()
            .filter(|entry| !ELEMENTS.contains(&entry.name()) && !OWN.contains(&entry.name()))
            .filter_map(|entry| nearest(entry.name(), ELEMENTS.into_iter().chain(OWN)))
            .collect();
        for (required, help) in REQUIRED {
            let given = entries.iter().any(|entry| entry.name() == required);
            if !given && !meant.contains(&required) {
                let place = entries.first().map_or(node.span, |entry| entry.key.span);
                decoder.report(
                    Diagnostic::error(
                        "missing-field",
                        format!("this statement has no `{required}`"),
                    )
                    .at(place, "")
                    .help(help),
                );
            }
        }
        let mut expires = None;
        for entry in entries {
            let name = entry.name();
            if name == REASON {
                super::file::Reason::decode(&entry.value, decoder);
            } else if name == EXPIRES {
                expires = Spanned::decode(&entry.value, decoder);
            } else if !ELEMENTS.contains(&name) {
                decoder.report(unknown_element(entry));
            } else {
                check_templates(&entry.value, decoder);
            }
        }
        if decoder.count() > before {
            return None;
        }
        let raw = Self {
            span: node.span,
            expires,
            elements: entries
                .iter()
                .filter(|entry| !OWN.contains(&entry.name()))
                .cloned()
                .collect(),
        };
        match raw.compile("environment") {
            Ok(_) => Some(raw),
            Err(diagnostic) => {
                decoder.report(diagnostic);
                None
            }
        }
    }
}

fn unknown_element(entry: &Entry) -> Diagnostic {
    let name = entry.name();
    if NEGATED.contains(&name) {
        let positive = name.trim_start_matches("Not");
        return Diagnostic::error("unknown-field", format!("`{name}` is not allowed"))
            .at(entry.key.span, "")
            .help(format!(
                "write `{positive}`: what `{name}` leaves over grows with everything that AWS adds"
            ));
    }
    Diagnostic::error(
        "unknown-field",
        format!("unknown element `{name}` of a statement"),
    )
    .at(entry.key.span, "")
    .did_you_mean(name, ELEMENTS.into_iter().chain(OWN))
    .help(format!(
        "known: {}, {}",
        OWN.join(", "),
        ELEMENTS.join(", ")
    ))
}

fn check_characters(node: &Node, decoder: &mut Decoder) {
    let text = node.as_text().unwrap_or_default();
    if let Some(character) = text.chars().find(|c| !is_policy_character(*c)) {
        decoder.report(
            Diagnostic::error(
                "not-in-policies",
                format!(
                    "`{}` cannot stand in a key policy",
                    character.escape_debug()
                ),
            )
            .at(node.span, "")
            .help("KMS takes tab, line ends and U+0020 to U+00FF"),
        );
    }
}

fn check_templates(node: &Node, decoder: &mut Decoder) {
    match &node.kind {
        NodeKind::Scalar(scalar) => {
            check_characters(node, decoder);
            template(node, scalar.text.to_string(), decoder);
        }
        NodeKind::Sequence(items) => items.iter().for_each(|item| check_templates(item, decoder)),
        NodeKind::Mapping(entries) => {
            for entry in entries {
                check_characters(&entry.key, decoder);
                check_templates(&entry.value, decoder);
            }
        }
    }
}

impl RawStatement {
    /// The statement for an environment.
    ///
    /// # Errors
    /// The first element that a key policy cannot have.
    pub fn compile(&self, environment: &str) -> Result<Statement, Diagnostic> {
        let value = Value {
            span: self.span,
            kind: ValueKind::Object(members(&self.elements, environment)),
        };
        let mut statement = read::statement(value)?;
        if statement.resource.is_none() {
            statement.resource = Some(crate::iam::Clause::is(vec![Text::literal("*")]));
        }
        let place = |name: &str| {
            let element = self.elements.iter().find(|entry| entry.name() == name);
            element.map_or(self.span, |entry| entry.value.span)
        };
        check_principals(&mut statement, place("Principal"))?;
        check_actions(&statement, place("Action"))?;
        let sid = statement.sid.as_deref().unwrap_or_default();
        let plain = !sid.is_empty() && sid.chars().all(|c| c.is_ascii_alphanumeric() || c == ' ');
        if !plain {
            return Err(
                Diagnostic::error("invalid-sid", format!("`{sid}` is no Sid"))
                    .at(place("Sid"), "")
                    .help("use letters, digits and spaces"),
            );
        }
        Ok(statement)
    }
}

/// Actions that KMS has, and `kms:CreateGrant` only behind conditions: its holder could give itself any use of the key.
fn check_actions(statement: &Statement, place: Span) -> Result<(), Diagnostic> {
    for action in statement.action.iter().flat_map(|clause| &clause.value) {
        let in_kms = action == "*"
            || action
                .split_once(':')
                .is_some_and(|(service, _)| service.eq_ignore_ascii_case("kms"));
        let mut matched = actions::matching(action).peekable();
        if !in_kms || matched.peek().is_none() {
            let name = action.split(':').next_back().unwrap_or_default();
            let diagnostic = Diagnostic::error(
                "unknown-action",
                format!("`{action}` matches no action of KMS"),
            )
            .at(place, "")
            .did_you_mean(name, actions::ACTIONS.iter().map(|action| action.name));
            return Err(diagnostic.help("write `kms:` and an action's name, such as `kms:Decrypt`"));
        }
        let grants = matched.any(|action| action.name == "CreateGrant");
        if grants && statement.effect == Effect::Allow && statement.conditions.is_empty() {
            return Err(Diagnostic::error(
                "bare-grant",
                format!("`{action}` without a condition lets its holder give itself any use of the key"),
            )
            .at(place, "")
            .help(
                "add a `Condition` such as `{Bool: {kms:GrantIsForAWSResource: true}}`, or name the actions without \
                 `kms:CreateGrant`",
            ));
        }
    }
    Ok(())
}

/// Principals as KMS takes them; the bare `"*"` becomes `{"AWS": "*"}`, an account id its root ARN.
fn check_principals(statement: &mut Statement, place: Span) -> Result<(), Diagnostic> {
    let open = statement.effect == Effect::Allow && !is_fenced(&statement.conditions);
    let Some(clause) = &mut statement.principal else {
        return Ok(());
    };
    if clause.value == Principals::Anyone {
        clause.value = Principals::everyone();
    }
    if open && clause.value.includes_everyone() {
        return Err(
            Diagnostic::error("open-to-everyone", "this statement lets everyone in")
                .at(place, "")
                .help(
                    "name the principals, or add a `Condition` that says who asks, without wildcards: `kms:CallerAccount`, \
                     `aws:PrincipalOrgID` or `aws:PrincipalArn`",
                ),
        );
    }
    let Principals::Listed(kinds) = &mut clause.value else {
        return Ok(());
    };
    for (kind, names) in kinds.iter_mut() {
        for name in names {
            if name.as_literal() == Some("*") && *kind == PrincipalKind::Aws {
                continue;
            }
            if let Some(id) = name.as_literal().and_then(crate::iam::AccountId::parse) {
                *name = crate::iam::Arn::iam(&Text::literal(id.as_str()), "root");
                continue;
            }
            let refused = contains_wildcard(name)
                || (*kind == PrincipalKind::Aws && PrincipalArn::parse(name).is_err());
            if refused {
                return Err(Diagnostic::error(
                    "invalid-principal",
                    format!("`{name}` is no principal that KMS takes"),
                )
                .at(place, "")
                .help("name roles, users and accounts by their full ARN, without wildcards"));
            }
        }
    }
    Ok(())
}

/// Whether conditions leave a fixed set of accounts, organizations, principals or resources. Values with wildcards or
/// policy variables do not count, as they do not for Security Hub's KMS.5: each of them could be met by everyone.
fn is_fenced(conditions: &Conditions) -> bool {
    let fixed = |value: &Text| {
        !contains_wildcard(value) && !value.literals().any(|literal| literal.contains("${"))
    };
    conditions
        .iter()
        .filter(|(operator, _)| {
            let single = operator.strip_prefix("ForAnyValue:").unwrap_or(operator);
            FENCE_OPERATORS.contains(&single)
        })
        .flat_map(|(_, keys)| keys)
        .any(|(key, values)| {
            let known = FENCE_KEYS
                .iter()
                .any(|fence| fence.eq_ignore_ascii_case(key));
            known && !values.is_empty() && values.iter().all(fixed)
        })
}

fn members(entries: &[Entry], environment: &str) -> Vec<Member> {
    entries
        .iter()
        .map(|entry| Member {
            name: entry.name().to_owned(),
            span: entry.key.span,
            value: value(&entry.value, environment),
        })
        .collect()
}

fn value(node: &Node, environment: &str) -> Value {
    let kind = match &node.kind {
        NodeKind::Scalar(scalar) => match scalar.resolved() {
            Resolved::Bool(value) => ValueKind::Bool(value),
            Resolved::Integer | Resolved::Float => ValueKind::Number(scalar.text.to_string()),
            Resolved::Null | Resolved::Text => {
                let filled = super::types::fill(&scalar.text, environment);
                ValueKind::Text(filled)
            }
        },
        NodeKind::Sequence(items) => {
            ValueKind::List(items.iter().map(|item| value(item, environment)).collect())
        }
        NodeKind::Mapping(entries) => ValueKind::Object(members(entries, environment)),
    };
    Value {
        span: node.span,
        kind,
    }
}
