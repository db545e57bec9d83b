//! Decoding an entry of a list, by the table of kinds.

use super::kinds::{EXPIRES, KINDS, Kind, SERVICE, WHERE};
use super::qualifiers::{Qualifiers, no_qualifiers};
use super::service::{service_schemas, service_use};
use super::{PrincipalEntry, Who};
use serde_json::{Map, Value, json};

use crate::diag::Diagnostic;
use crate::spec::field::{Decoder, Record, Spanned, decode_field};
use crate::yaml::{Entry, Node, NodeKind};

/// In which list an entry stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum List {
    Users,
    Administrators,
    Deployers,
}

impl List {
    pub(super) fn qualifiers(self, kind: &Kind) -> Option<&'static [&'static str]> {
        match self {
            Self::Users => kind.users,
            Self::Administrators => kind.administrators,
            Self::Deployers => kind.deployers,
        }
    }

    fn kinds(self) -> impl Iterator<Item = &'static Kind> {
        KINDS
            .iter()
            .filter(move |kind| self.qualifiers(kind).is_some())
    }

    pub(super) fn names(self) -> Vec<&'static str> {
        let service = (self == Self::Users).then_some(SERVICE);
        service
            .into_iter()
            .chain(self.kinds().map(|kind| kind.field.name))
            .collect()
    }

    fn called(self) -> &'static str {
        match self {
            Self::Users => "a user",
            Self::Administrators => "an administrator",
            Self::Deployers => "a deployer",
        }
    }

    /// The code of the diagnostic about a kind that cannot stand in the list.
    fn refusal(self) -> &'static str {
        match self {
            Self::Users => "not-a-user",
            Self::Administrators => "not-an-administrator",
            Self::Deployers => "not-a-deployer",
        }
    }

    pub(super) fn schema(self) -> Value {
        let mut alternatives: Vec<_> = self.kinds().map(|kind| self.kind_schema(kind)).collect();
        if self == Self::Users {
            alternatives.extend(service_schemas());
        }
        json!({"type": "object", "title": self.called(), "anyOf": alternatives})
    }

    fn kind_schema(self, kind: &Kind) -> Value {
        let fields = Qualifiers::FIELDS.iter().filter(|field| {
            self.qualifiers(kind)
                .is_some_and(|allowed| allowed.contains(&field.name))
        });
        let properties: Map<_, _> = [&kind.field]
            .into_iter()
            .chain(fields)
            .map(|field| {
                let mut schema = (field.schema)();
                if let Value::Object(members) = &mut schema {
                    members.insert("description".into(), json!(field.meaning_text()));
                }
                (field.name.to_owned(), schema)
            })
            .collect();
        json!({
            "properties": properties,
            "required": [kind.field.name],
            "additionalProperties": false,
        })
    }

    pub(super) fn decode(self, node: &Node, decoder: &mut Decoder) -> Option<PrincipalEntry> {
        let NodeKind::Mapping(entries) = &node.kind else {
            decoder.wrong_type(
                node,
                &format!("{} such as `role: FooBar`", self.called()),
                format!(
                    "write `KIND: NAME`, where KIND is one of: {}",
                    self.names().join(", ")
                ),
            );
            return None;
        };
        let entry = self.kind_entry(node, entries, decoder)?;
        if entry.name() == SERVICE {
            let service = service_use(entry, entries, decoder)?;
            return Some(PrincipalEntry {
                who: Spanned {
                    value: Who::Service(service),
                    span: entry.value.span,
                },
                qualifiers: Qualifiers {
                    expires: decode_field(entries, EXPIRES, decoder),
                    ..no_qualifiers(node.span)
                },
            });
        }
        let kind = self.kinds().find(|kind| kind.field.name == entry.name())?;
        let allowed = self.qualifiers(kind).unwrap_or_default();
        for other in entries.iter().filter(|other| other.name() != entry.name()) {
            if !allowed.contains(&other.name()) {
                decoder.report(self.misplaced(kind, allowed, other));
            }
        }
        // What does not apply is reported, and then as good as absent.
        let fits = |entry: &&Entry| allowed.contains(&entry.name());
        let entries: Vec<_> = entries.iter().filter(fits).cloned().collect();
        let qualifiers = Qualifiers {
            account: decode_field(&entries, "account", decoder),
            organization: decode_field(&entries, "organization", decoder),
            permission_sets: decode_field(&entries, "permission_sets", decoder),
            matching: decode_field(&entries, "match", decoder),
            access: decode_field(&entries, "access", decoder),
            via: decode_field(&entries, "via", decoder),
            context: decode_field(&entries, "context", decoder),
            expires: decode_field(&entries, EXPIRES, decoder),
            span: node.span,
        };
        let who = Spanned {
            value: (kind.decode)(entry, decoder)?,
            span: entry.value.span,
        };
        if let Some(organization) = &qualifiers.organization {
            let clash = qualifiers
                .account
                .as_ref()
                .map(|account| ("account", account.span));
            let matching = qualifiers
                .matching
                .as_ref()
                .map(|matching| ("match", matching.span));
            for (name, span) in clash.into_iter().chain(matching) {
                decoder.report(
                    Diagnostic::error(
                        "misplaced-field",
                        format!(
                            "`{name}` does not apply to a role in every account of an organization"
                        ),
                    )
                    .at(span, "")
                    .also(organization.span, "the organization")
                    .help(format!("remove `{name}`, or `organization`")),
                );
            }
        }
        Some(PrincipalEntry { who, qualifiers })
    }

    /// The one entry that says which kind of principal this is.
    fn kind_entry<'n>(
        self,
        node: &Node,
        entries: &'n [Entry],
        decoder: &mut Decoder,
    ) -> Option<&'n Entry> {
        let is_kind = |entry: &&Entry| {
            entry.name() == SERVICE || KINDS.iter().any(|kind| kind.field.name == entry.name())
        };
        let mut given: Vec<_> = entries.iter().filter(is_kind).collect();
        if given.iter().any(|entry| !WHERE.contains(&entry.name())) {
            given.retain(|entry| !WHERE.contains(&entry.name()));
        }
        let list = || self.names().join(", ");
        match given.as_slice() {
            [] => {
                let diagnostic = match entries.first() {
                    None => {
                        Diagnostic::error("missing-field", "this entry is empty").at(node.span, "")
                    }
                    Some(first) => Diagnostic::error(
                        "unknown-field",
                        format!("`{}` is no kind of principal", first.name()),
                    )
                    .at(first.key.span, "")
                    .did_you_mean(first.name(), self.names()),
                };
                decoder.report(diagnostic.help(format!("an entry names one of: {}", list())));
                None
            }
            [entry] if !self.names().contains(&entry.name()) => {
                decoder.report(
                    Diagnostic::error(
                        self.refusal(),
                        format!("`{}` cannot be {}", entry.name(), self.called()),
                    )
                    .at(entry.key.span, "")
                    .help(format!("an entry names one of: {}", list())),
                );
                None
            }
            [entry] => Some(entry),
            [first, second, ..] => {
                decoder.report(
                    Diagnostic::error(
                        "several-kinds",
                        format!(
                            "an entry names one principal, this one has `{}` and `{}`",
                            first.name(),
                            second.name()
                        ),
                    )
                    .at(second.key.span, "")
                    .also(first.key.span, "the first kind")
                    .help("write an entry for each"),
                );
                None
            }
        }
    }

    fn misplaced(self, kind: &Kind, allowed: &[&str], other: &Entry) -> Diagnostic {
        let (name, kind) = (other.name(), kind.field.name);
        let known = Qualifiers::FIELDS.iter().any(|field| field.name == name);
        let diagnostic = if known {
            Diagnostic::error(
                "misplaced-field",
                format!(
                    "`{name}` does not apply to {} that is given by `{kind}`",
                    self.called()
                ),
            )
            .at(other.key.span, "")
        } else {
            Diagnostic::error(
                "unknown-field",
                format!("unknown field `{name}` beside `{kind}`"),
            )
            .at(other.key.span, "")
            .did_you_mean(name, allowed.iter().copied())
        };
        match (name, kind) {
            ("match", "arn") => {
                diagnostic.help("write `role: NAME` with `account:` and `match: condition`")
            }
            ("account" | "organization", _) if self == Self::Deployers => {
                diagnostic.help("remove it: KMS lets nobody of another account change a key policy")
            }
            ("match", "permission_set") => {
                diagnostic.help("a permission set is always matched by a condition")
            }
            _ if allowed.is_empty() => {
                diagnostic.help(format!("nothing can stand beside `{kind}`"))
            }
            _ => diagnostic.help(format!("beside `{kind}` can stand: {}", allowed.join(", "))),
        }
    }
}
