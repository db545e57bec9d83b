//! Entries of `users` and `administrators`: exactly one kind of principal each, with its qualifiers.

use serde_json::{Map, Value, json};

use super::field::{
    Decoder, Field, FieldType, Presence, Record, Spanned, as_aside, decode_field, record,
};
use super::types::{
    AccountRef, Capability, ContextKey, IamName, Match, Named, OrganizationId, OrganizationPath,
    PermissionSetName, PermissionSets, PlainName, Template, Value256,
};
use crate::diag::{Diagnostic, nearest};
use crate::iam::{ArnProblem, PrincipalArn};
use crate::kms::service::{Parameter, Service};
use crate::kms::services;
use crate::source::Span;
use crate::yaml::{Entry, Node, NodeKind};

record! {
    /// What may stand beside the kind of principal.
    pub struct Qualifiers("principal entry") {
        /// The account that the role, user or permission set is in; default: the key's own.
        optional "account" => account: Spanned<AccountRef>, example "log-archive";
        /// The organization, in every account of which the role of that name is meant.
        optional "organization" => organization: Spanned<OrganizationId>, example "o-a1b2c3d4e5";
        /// Whether the key policy alone lets the permission set in (`direct`), or its role's own IAM policy must
        /// allow too (`delegated`); default: the workspace's.
        optional "permission_sets" => permission_sets: Spanned<PermissionSets>, example "delegated";
        /// How the role or user is named in the policy: by its ARN, which must exist, or by a condition on
        /// `aws:PrincipalArn`, which survives its re-creation.
        optional "match" => matching: Spanned<Match>, example "condition";
        /// What the principal may do; default: everything that a user of this kind of key can.
        optional "access" => access: Vec<Spanned<Capability>>, example "[decrypt]";
        /// Only through these services (`kms:ViaService`).
        optional "via" => via: Vec<Spanned<ViaName>>, example "[s3, secretsmanager]";
        /// Only with this encryption context, exactly; symmetric keys only.
        optional "context" => context: Named<ContextKey, Value256>, example "{department: finance}";
    }
}

/// The name of a service in `kms:ViaService`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct ViaName(String);

impl ViaName {
    /// The name as written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FieldType for ViaName {
    fn describe() -> String {
        "the name of a service that passes requests on".to_owned()
    }

    fn schema() -> Value {
        json!({"enum": services::via_names().collect::<Vec<_>>()})
    }

    fn decode(node: &Node, decoder: &mut Decoder) -> Option<Self> {
        let Some(name) = node.as_text() else {
            decoder.wrong_type(node, &Self::describe(), "write a name such as `s3`");
            return None;
        };
        if services::via_endpoint(name).is_some() {
            return Some(Self(name.to_owned()));
        }
        let known = services::find(name).is_some();
        let message = if known {
            format!("`{name}` does not pass on its caller's requests to KMS")
        } else {
            format!("unknown service `{name}`")
        };
        decoder.report(
            Diagnostic::error("unknown-service", message)
                .at(node.span, "")
                .did_you_mean(
                    // `s3.eu-central-1.amazonaws.com` means `s3`.
                    name.split('.').next().unwrap_or_default(),
                    services::via_names(),
                )
                .help(
                    "`via` takes the names that AWS documents for `kms:ViaService`, such as `s3`",
                ),
        );
        None
    }
}

/// Whom an entry names.
#[derive(Debug, Clone)]
pub enum Who {
    /// An AWS service that calls KMS itself.
    Service(ServiceUse),
    /// An IAM role.
    Role(IamName),
    /// An IAM user.
    User(IamName),
    /// A permission set of IAM Identity Center.
    PermissionSet(PermissionSetName),
    /// A principal by its ARN.
    Arn(PrincipalArnTemplate),
    /// Everyone in an account whom its IAM policies allow.
    Account(AccountRef),
    /// Everyone in the other accounts of an organization whom their IAM policies allow.
    Organization(OrganizationId),
    /// The same for an organizational unit and those below it.
    OrganizationalUnit(OrganizationPath),
    /// The principals of a set that the workspace names.
    Set(PlainName),
}

/// A service with the parameters of its recipe.
#[derive(Debug, Clone)]
pub struct ServiceUse {
    /// The service.
    pub service: &'static Service,
    /// The values of each parameter, in the order of the spec.
    pub parameters: Vec<(Spanned<String>, Vec<Spanned<Template>>)>,
}

/// An ARN that names a principal.
#[derive(Debug, Clone)]
pub struct PrincipalArnTemplate(pub Template);

impl FieldType for PrincipalArnTemplate {
    fn describe() -> String {
        "the ARN of a role, user, account root or session".to_owned()
    }

    fn schema() -> Value {
        json!({"type": "string", "pattern": "^arn:[^*?]+$"})
    }

    fn decode(node: &Node, decoder: &mut Decoder) -> Option<Self> {
        let template = Template::decode(node, decoder)?;
        // The environment's name stands for itself: it cannot make an ARN out of what is none.
        let Err(problem) = PrincipalArn::parse(&template.fill("environment")) else {
            return Some(Self(template));
        };
        decoder.report(arn_diagnostic(template.raw(), problem).at(node.span, ""));
        None
    }
}

fn arn_diagnostic(written: &str, problem: ArnProblem) -> Diagnostic {
    let (message, help) = match problem {
        ArnProblem::Wildcard => (
            "KMS refuses wildcards in the ARN of a principal".to_owned(),
            "name a permission set with `permission_set`, or a role that is re-created with \
             `role` and `match: condition`",
        ),
        ArnProblem::Group => (
            "an IAM group cannot be a principal".to_owned(),
            "name the users, or the role or permission set that the group's members use",
        ),
        ArnProblem::NotAnArn => (
            format!("`{written}` is no ARN"),
            "an ARN looks like `arn:aws:iam::210987654321:role/Reader`; a bare name stands under `role` or `user`",
        ),
        ArnProblem::Partition => (
            "the partition of this ARN has no principals that a key policy can name".to_owned(),
            "use `aws`, `aws-cn`, `aws-us-gov` or `{partition}`",
        ),
        ArnProblem::Service => (
            "this ARN names no principal: only `iam` and `sts` have some".to_owned(),
            "for an AWS service write `service: NAME`",
        ),
        ArnProblem::Region => (
            "the ARN of a principal has no Region".to_owned(),
            "leave the Region empty, as in `arn:aws:iam::210987654321:role/Reader`",
        ),
        ArnProblem::Account => (
            "the account in this ARN is neither twelve digits nor `{account}`".to_owned(),
            "an account id has twelve digits, leading zeros included",
        ),
        ArnProblem::Resource => (
            "this ARN names nothing that a key policy can have as a principal".to_owned(),
            "name a role, a user, `root`, or an assumed-role session",
        ),
    };
    Diagnostic::error("invalid-arn", message).help(help)
}

/// One kind of principal: a row of the table of kinds.
struct Kind {
    field: Field,
    /// Which [`Qualifiers`] a user entry of this kind takes.
    users: &'static [&'static str],
    /// Which an administrator entry takes; `None` where it cannot be one.
    administrators: Option<&'static [&'static str]>,
    decode: fn(&Entry, &mut Decoder) -> Option<Who>,
}

const fn kind<T: FieldType>(
    name: &'static str,
    meaning: &'static [&'static str],
    example: &'static str,
    users: &'static [&'static str],
    administrators: Option<&'static [&'static str]>,
    decode: fn(&Entry, &mut Decoder) -> Option<Who>,
) -> Kind {
    Kind {
        field: Field {
            name,
            meaning,
            example,
            presence: Presence::Required,
            describe: T::describe,
            schema: T::schema,
            record: T::record,
        },
        users,
        administrators,
        decode,
    }
}

static KINDS: [Kind; 8] = [
    kind::<IamName>(
        "role",
        &["An IAM role, by name or path and name."],
        "team/FooBar",
        &[
            "account",
            "organization",
            "match",
            "access",
            "via",
            "context",
        ],
        Some(&["account", "match"]),
        |entry, decoder| IamName::decode(&entry.value, decoder).map(Who::Role),
    ),
    kind::<PermissionSetName>(
        "permission_set",
        &["A permission set of IAM Identity Center."],
        "AuditReader",
        &["account", "permission_sets", "access", "via", "context"],
        Some(&["account", "permission_sets"]),
        |entry, decoder| PermissionSetName::decode(&entry.value, decoder).map(Who::PermissionSet),
    ),
    kind::<IamName>(
        "user",
        &["An IAM user, by name or path and name."],
        "alice",
        &["account", "match", "access", "via", "context"],
        Some(&["account", "match"]),
        |entry, decoder| IamName::decode(&entry.value, decoder).map(Who::User),
    ),
    kind::<PrincipalArnTemplate>(
        "arn",
        &["A principal anywhere, literally by its ARN."],
        "arn:aws:iam::210987654321:role/Reader",
        &["access", "via", "context"],
        Some(&[]),
        |entry, decoder| PrincipalArnTemplate::decode(&entry.value, decoder).map(Who::Arn),
    ),
    kind::<AccountRef>(
        "account",
        &["Another account: delegates to its IAM policies."],
        "\"210987654321\"",
        &["access", "via", "context"],
        None,
        |entry, decoder| AccountRef::decode(&entry.value, decoder).map(Who::Account),
    ),
    kind::<OrganizationId>(
        "organization",
        &[
            "Everyone in the organization but this account: delegates to the other accounts' IAM policies.",
        ],
        "o-a1b2c3d4e5",
        &["access", "via", "context"],
        None,
        |entry, decoder| OrganizationId::decode(&entry.value, decoder).map(Who::Organization),
    ),
    kind::<OrganizationPath>(
        "organizational_unit",
        &["The same for an organizational unit, by its path, and the units below it."],
        "o-a1b2c3d4e5/r-ab12/ou-ab12-11111111",
        &["access", "via", "context"],
        None,
        |entry, decoder| {
            OrganizationPath::decode(&entry.value, decoder).map(Who::OrganizationalUnit)
        },
    ),
    kind::<PlainName>(
        "set",
        &["The principals of a set that the workspace file names under `principal_sets`."],
        "readers",
        &[],
        Some(&[]),
        |entry, decoder| PlainName::decode(&entry.value, decoder).map(Who::Set),
    ),
];

/// A kind of principal, for the reference.
#[derive(Debug, Clone, Copy)]
pub struct PrincipalKindRow {
    /// The field that names it.
    pub field: &'static Field,
    /// What may stand beside it among users.
    pub users: &'static [&'static str],
    /// What may stand beside it among administrators; `None` where it cannot be one.
    pub administrators: Option<&'static [&'static str]>,
}

/// The kinds of principal but services, which take the parameters of their recipes.
pub fn principal_kinds() -> impl Iterator<Item = PrincipalKindRow> {
    KINDS.iter().map(|kind| PrincipalKindRow {
        field: &kind.field,
        users: kind.users,
        administrators: kind.administrators,
    })
}

const SERVICE: &str = "service";
/// Kinds that say, beside another one, where that is.
const WHERE: [&str; 2] = ["account", "organization"];

/// An entry of a list of principals.
#[derive(Debug, Clone)]
pub struct PrincipalEntry {
    /// Whom it names, and where that is written.
    pub who: Spanned<Who>,
    /// What stands beside it.
    pub qualifiers: Qualifiers,
}

/// An entry of `users`.
#[derive(Debug, Clone)]
pub struct UserEntry(pub PrincipalEntry);

/// An entry of `administrators`.
#[derive(Debug, Clone)]
pub struct AdministratorEntry(pub PrincipalEntry);

impl PrincipalEntry {
    /// Whether the entry, found in a set, can stand among administrators.
    #[must_use]
    pub fn can_administer(&self) -> bool {
        let Qualifiers {
            organization,
            access,
            via,
            context,
            ..
        } = &self.qualifiers;
        let plain =
            organization.is_none() && access.is_none() && via.is_none() && context.is_none();
        let kind = matches!(
            self.who.value,
            Who::Role(_) | Who::User(_) | Who::PermissionSet(_) | Who::Arn(_) | Who::Set(_)
        );
        plain && kind
    }
}

/// In which list an entry stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum List {
    Users,
    Administrators,
}

impl List {
    fn qualifiers(self, kind: &Kind) -> Option<&'static [&'static str]> {
        match self {
            Self::Users => Some(kind.users),
            Self::Administrators => kind.administrators,
        }
    }

    fn kinds(self) -> impl Iterator<Item = &'static Kind> {
        KINDS
            .iter()
            .filter(move |kind| self.qualifiers(kind).is_some())
    }

    fn names(self) -> Vec<&'static str> {
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
        }
    }

    fn schema(self) -> Value {
        let mut alternatives: Vec<_> = self.kinds().map(|kind| self.kind_schema(kind)).collect();
        if self == Self::Users {
            alternatives.extend(service_schemas());
        }
        json!({"type": "object", "anyOf": alternatives})
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

    fn decode(self, node: &Node, decoder: &mut Decoder) -> Option<PrincipalEntry> {
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
                qualifiers: no_qualifiers(node.span),
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
                        "not-an-administrator",
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

fn no_qualifiers(span: Span) -> Qualifiers {
    Qualifiers {
        account: None,
        organization: None,
        permission_sets: None,
        matching: None,
        access: None,
        via: None,
        context: None,
        span,
    }
}

fn service_use(entry: &Entry, entries: &[Entry], decoder: &mut Decoder) -> Option<ServiceUse> {
    let Some(slug) = entry.value.as_text() else {
        let help = "write a name such as `cloudtrail`";
        decoder.wrong_type(&entry.value, "the name of a service", help);
        return None;
    };
    let with_recipe = || services::slugs().filter(|slug| has_recipe(slug));
    let Some(service) = services::find(slug) else {
        decoder.report(
            Diagnostic::error("unknown-service", format!("unknown service `{slug}`"))
                .at(entry.value.span, "")
                .did_you_mean(slug.trim_end_matches(".amazonaws.com"), services::slugs())
                .help(format!(
                    "known: {}",
                    with_recipe().collect::<Vec<_>>().join(", ")
                )),
        );
        return None;
    };
    let Some(recipe) = &service.service else {
        let diagnostic = Diagnostic::error(
            "no-service-principal",
            format!("`{slug}` ({}) cannot stand under `service`", service.title),
        )
        .at(entry.value.span, "");
        decoder.report(match &service.advice {
            Some(advice) => diagnostic.help(advice.clone()),
            None => diagnostic,
        });
        return None;
    };
    let mut parameters = Vec::new();
    let mut meant = Vec::new();
    for other in entries.iter().filter(|other| other.name() != SERVICE) {
        let name = other.name();
        if recipe.parameters.contains_key(name) {
            let values = parameter_values(&other.value, decoder)?;
            let name = Spanned {
                value: name.to_owned(),
                span: other.key.span,
            };
            parameters.push((name, values));
        } else {
            decoder.report(unknown_parameter(slug, &recipe.parameters, other));
            meant.extend(nearest(name, recipe.parameters.keys().map(String::as_str)));
        }
    }
    let mut complete = true;
    for (name, parameter) in &recipe.parameters {
        if parameter.required && !entries.iter().any(|entry| entry.name() == name) {
            complete = false;
            if meant.contains(&name.as_str()) {
                continue;
            }
            decoder.report(
                Diagnostic::error("missing-field", format!("`service: {slug}` needs `{name}`"))
                    .at(entry.value.span, "")
                    .help(format!(
                        "add `{name}: {}` ({}); without it any customer of the service could make it use this key",
                        parameter.example,
                        as_aside(&parameter.meaning)
                    )),
            );
        }
    }
    complete.then_some(ServiceUse {
        service,
        parameters,
    })
}

/// Whether specs can name the service as a user.
fn has_recipe(slug: &str) -> bool {
    services::find(slug).is_some_and(|service| service.service.is_some())
}

fn unknown_parameter<'a>(
    slug: &str,
    parameters: impl IntoIterator<Item = (&'a String, &'a Parameter)>,
    other: &Entry,
) -> Diagnostic {
    let name = other.name();
    let known: Vec<_> = parameters
        .into_iter()
        .map(|(name, _)| name.as_str())
        .collect();
    let qualifier = Qualifiers::FIELDS.iter().any(|field| field.name == name);
    let diagnostic = if qualifier {
        Diagnostic::error(
            "misplaced-field",
            format!("`{name}` does not apply to a service: its recipe says what it may do"),
        )
    } else {
        Diagnostic::error(
            "unknown-field",
            format!("unknown field `{name}` beside `service: {slug}`"),
        )
        .did_you_mean(name, known.iter().copied())
    };
    let help = if known.is_empty() {
        format!("remove it: `service: {slug}` takes no parameters")
    } else {
        format!("parameters of `{slug}`: {}", known.join(", "))
    };
    diagnostic.at(other.key.span, "").help(help)
}

/// One value, or a list of them.
fn parameter_values(node: &Node, decoder: &mut Decoder) -> Option<Vec<Spanned<Template>>> {
    if matches!(node.kind, NodeKind::Sequence(_)) {
        return Vec::decode(node, decoder);
    }
    Spanned::decode(node, decoder).map(|value| vec![value])
}

fn service_schemas() -> Vec<Value> {
    let mut schemas = Vec::new();
    for slug in services::slugs() {
        let Some(service) = services::find(slug) else {
            continue;
        };
        let Some(recipe) = &service.service else {
            continue;
        };
        let mut properties = Map::new();
        properties.insert(
            SERVICE.into(),
            json!({"const": slug, "description": service.title}),
        );
        for (name, parameter) in &recipe.parameters {
            let text = json!({"type": "string", "minLength": 1});
            properties.insert(
                name.clone(),
                json!({
                    "description": parameter.meaning,
                    "anyOf": [text, {"type": "array", "minItems": 1, "items": text}],
                }),
            );
        }
        let required = [SERVICE].into_iter().chain(
            recipe
                .parameters
                .iter()
                .filter(|(_, parameter)| parameter.required)
                .map(|(name, _)| name.as_str()),
        );
        schemas.push(json!({
            "properties": properties,
            "required": required.collect::<Vec<_>>(),
            "additionalProperties": false,
        }));
    }
    schemas
}

impl FieldType for UserEntry {
    fn describe() -> String {
        "a user of the key".to_owned()
    }

    fn schema() -> Value {
        List::Users.schema()
    }

    fn decode(node: &Node, decoder: &mut Decoder) -> Option<Self> {
        List::Users.decode(node, decoder).map(Self)
    }
}

impl FieldType for AdministratorEntry {
    fn describe() -> String {
        "an administrator of the key".to_owned()
    }

    fn schema() -> Value {
        List::Administrators.schema()
    }

    fn decode(node: &Node, decoder: &mut Decoder) -> Option<Self> {
        List::Administrators.decode(node, decoder).map(Self)
    }
}
