//! Conditions that a user entry asks for: services that requests must come through, and an encryption context.

use std::collections::{BTreeMap, BTreeSet};

use super::actions::Access;
use crate::diag::Diagnostic;
use crate::iam::{Part, Statement, Text, Variable};
use crate::kms::limits::is_policy_character;
use crate::kms::service::{Grants, Service};
use crate::kms::services::{self, ViaEndpoint};
use crate::spec::Qualifiers;

/// The conditions of one entry.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Wanted {
    /// Values of `kms:ViaService`; empty when requests may come directly.
    pub(super) via: Vec<Text>,
    /// The same for services that make grants on the caller's behalf, by the fence that AWS documents.
    pub(super) grants: BTreeMap<Fence, Vec<Text>>,
    /// Encryption context: condition key to value.
    pub(super) context: BTreeMap<String, Text>,
    /// The services in words, for the Sid.
    pub(super) words: String,
}

/// What `kms:CreateGrant` is held to beside the service that makes the grant.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Fence {
    grants: Grants,
    more: Vec<(&'static str, &'static str, Vec<Text>)>,
}

impl Fence {
    /// The fence of a service; `None` where its callers need no grants.
    fn of(endpoint: &ViaEndpoint) -> Option<Self> {
        if !matches!(endpoint.grants, Grants::AwsResource | Grants::ViaService) {
            return None;
        }
        let more = endpoint.service.map(|service| &service.grants_when);
        let more = more.into_iter().flatten().flat_map(|(operator, keys)| {
            keys.iter().map(|(key, values)| {
                let values = values.0.iter().map(super::services::text).collect();
                (operator.as_str(), key.as_str(), values)
            })
        });
        Some(Self {
            grants: endpoint.grants,
            more: more.collect(),
        })
    }

    /// What may be granted, in words for the Sid.
    pub(super) fn words(&self) -> &'static str {
        match self.grants {
            Grants::AwsResource => "grants for resources",
            Grants::ViaService | Grants::None | Grants::Unknown => "grants",
        }
    }

    fn apply(&self, mut statement: Statement) -> Statement {
        if self.grants == Grants::AwsResource {
            let set = [Text::literal("true")];
            statement = statement.when("Bool", "kms:GrantIsForAWSResource", set);
        }
        let more = self.more.iter();
        more.fold(statement, |statement, (operator, key, values)| {
            statement.when(operator, key, values.iter().cloned())
        })
    }
}

const VIA_SERVICE: &str = "kms:ViaService";

impl Wanted {
    /// What an entry asks for, for an environment; problems with its encryption context are reported.
    pub(super) fn of(
        qualifiers: &Qualifiers,
        environment: &str,
        diagnostics: &mut Vec<Diagnostic>,
    ) -> Self {
        let via = qualifiers.via.iter().flatten();
        let mut wanted = Self::through(via.map(|name| name.value.as_str()));
        let mut seen: BTreeMap<String, crate::source::Span> = BTreeMap::new();
        for (key, value) in qualifiers.context.iter().flat_map(|context| &context.0) {
            let filled = value.0.fill(environment);
            let texts = [key.value.0.as_str()].into_iter().chain(filled.literals());
            let foreign = texts
                .flat_map(str::chars)
                .find(|c| !is_policy_character(*c));
            if let Some(character) = foreign {
                diagnostics.push(
                    Diagnostic::error(
                        "not-in-policies",
                        format!("`{character}` cannot stand in a key policy"),
                    )
                    .at(key.span, "in this encryption context")
                    .help("KMS takes tab, line ends and U+0020 to U+00FF"),
                );
            }
            // KMS compares the keys of an encryption context without regard to case.
            if let Some(first) = seen.insert(key.value.0.to_lowercase(), key.span) {
                diagnostics.push(
                    Diagnostic::error(
                        "duplicate-context",
                        format!(
                            "`{}` is already a key of this encryption context",
                            key.value.0
                        ),
                    )
                    .at(key.span, "")
                    .also(first, "first here")
                    .help("KMS's conditions do not tell upper from lower case in these keys"),
                );
            }
            let condition_key = format!("kms:EncryptionContext:{}", key.value.0);
            wanted.context.insert(condition_key, exactly(&filled));
        }
        wanted
    }

    /// Requests that come through these services.
    fn through<'n>(names: impl Iterator<Item = &'n str>) -> Self {
        let mut wanted = Self::default();
        let mut words: Vec<&str> = Vec::new();
        for name in names {
            let Some(endpoint) = services::via_endpoint(name) else {
                continue;
            };
            words.push(name);
            let values: Vec<_> = endpoint
                .names
                .iter()
                .map(|name| endpoint_name(name))
                .collect();
            if let Some(fence) = Fence::of(&endpoint) {
                let through = wanted.grants.entry(fence).or_default();
                through.extend(values.iter().cloned());
            }
            wanted.via.extend(values);
        }
        words.sort_unstable();
        words.dedup();
        wanted.words = super::sid::join(&words);
        wanted
    }

    /// The same, through fewer services.
    pub(super) fn only_through(&self, names: &[&str]) -> Self {
        Self {
            context: self.context.clone(),
            ..Self::through(names.iter().copied())
        }
    }

    /// Whether anything is asked for.
    pub(super) fn is_empty(&self) -> bool {
        self.via.is_empty() && self.context.is_empty()
    }

    /// Adds the conditions to a statement of cryptographic actions.
    pub(super) fn apply(&self, statement: Statement) -> Statement {
        let statement = self.apply_context(statement);
        self.apply_via(statement)
    }

    /// Adds only what does not void `kms:DescribeKey`, which carries no encryption context.
    pub(super) fn apply_via(&self, statement: Statement) -> Statement {
        if self.via.is_empty() {
            return statement;
        }
        statement.when("StringEquals", VIA_SERVICE, self.via.iter().cloned())
    }

    /// Adds the encryption context.
    pub(super) fn apply_context(&self, statement: Statement) -> Statement {
        self.context
            .iter()
            .fold(statement, |statement, (key, value)| {
                statement.when("StringEquals", key, [value.clone()])
            })
    }

    /// Fences `kms:CreateGrant` to these services.
    pub(super) fn fence_grants(
        &self,
        statement: Statement,
        fence: &Fence,
        through: &[Text],
    ) -> Statement {
        fence.apply(self.apply_context(statement)).when(
            "StringEquals",
            VIA_SERVICE,
            through.iter().cloned(),
        )
    }
}

/// What the services under `via` need for the terms under `access`, as their documentation lists it: each different
/// set of actions with the services that it is for, so that none gets what only another needs.
pub(super) fn service_terms<'q>(
    qualifiers: &'q Qualifiers,
    diagnostics: &mut Vec<Diagnostic>,
) -> Vec<(Access, Vec<&'q str>)> {
    // The key's own capabilities beside them are reported elsewhere.
    let terms = qualifiers.access.iter().flatten();
    let terms: Vec<_> = terms
        .filter_map(|word| Some((word.value.service_term()?, word.span)))
        .collect();
    let words: BTreeSet<_> = terms.iter().map(|(term, _)| in_words(term)).collect();
    let words: Vec<_> = words.iter().map(String::as_str).collect();
    let words = super::sid::join(&words);
    let mut services_by_use: BTreeMap<(BTreeSet<&'static str>, bool), Vec<&str>> = BTreeMap::new();
    for name in qualifiers.via.iter().flatten() {
        let service = name.value.as_str();
        let endpoint = services::via_endpoint(service).and_then(|endpoint| endpoint.service);
        let (mut actions, mut grants) = (BTreeSet::new(), false);
        for (word, span) in &terms {
            let Some(term) = endpoint.and_then(|service| service.terms.get(*word)) else {
                let message =
                    format!("what `{service}` needs for `{word}` is not in the catalogue");
                diagnostics.push(
                    Diagnostic::error("unknown-term", message)
                        .at(*span, "")
                        .also(name.span, "this service")
                        .help(terms_of(service, endpoint))
                        .help("leave `access` out, or name the key's own capabilities"),
                );
                continue;
            };
            actions.extend(term.actions.iter().map(String::as_str));
            grants |= term.grants;
        }
        let services = services_by_use.entry((actions, grants)).or_default();
        services.push(service);
    }
    services_by_use
        .into_iter()
        .map(|((actions, grants), names)| (Access::through(actions, grants, words.clone()), names))
        .collect()
}

/// A term as a Sid tells of it: `multipart writing`, `use of volumes`.
fn in_words(term: &str) -> String {
    let mut is_verb = false;
    let mut words = Vec::new();
    for word in term.split('-') {
        let verb = match word {
            "create" => Some("creating"),
            "query" => Some("querying"),
            "read" => Some("reading"),
            "write" => Some("writing"),
            _ => None,
        };
        is_verb |= verb.is_some();
        words.push(verb.unwrap_or(word));
    }
    let words = words.join(" ");
    if is_verb {
        words
    } else {
        format!("use of {words}")
    }
}

/// What can be said of a service under `access`.
fn terms_of(name: &str, service: Option<&Service>) -> String {
    let terms = service.into_iter().flat_map(|service| &service.terms);
    let terms: Vec<_> = terms
        .map(|(term, needed)| format!("{term} ({needed})"))
        .collect();
    if terms.is_empty() {
        format!("AWS lists no actions for users of `{name}`")
    } else {
        format!("AWS lists for `{name}`: {}", terms.join("; "))
    }
}

/// `NAME.<Region>.amazonaws.com`, with that suffix in every partition.
/// Source: KMS developer guide, "kms:ViaService".
fn endpoint_name(name: &str) -> Text {
    let mut endpoint = Text::literal(format!("{name}."));
    endpoint.push_variable(Variable::Region);
    endpoint.push_str(".amazonaws.com");
    endpoint
}

/// A text as a condition value that stands for exactly that text: IAM reads `${…}` as a policy variable, and
/// `${$}` as a dollar sign. Source: IAM user guide, "IAM policy elements: Variables and tags".
fn exactly(text: &Text) -> Text {
    let mut exact = Text::new();
    for part in text.parts() {
        match part {
            Part::Literal(literal) => exact.push_str(&literal.replace("${", "${$}{")),
            Part::Variable(_) | Part::Unknown(_) => exact.push_part(part.clone()),
        }
    }
    exact
}
