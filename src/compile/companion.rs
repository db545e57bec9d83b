//! Companion policies: what users in other accounts need from their own account beside the key policy.
//!
//! Source: KMS developer guide, "Allowing users in other accounts to use a KMS key". One policy for each principal, over
//! all keys of the stack: that is what somebody attaches to a role.

use std::collections::BTreeMap;

use heck::ToSnakeCase as _;

use super::kind::{self, Kind};
use super::many::Many;
use super::principal::{CompiledPrincipal, Holder, Identity};
use super::stack::CompiledStack;
use super::users::{self, User};
use super::{policy, sid};
use crate::diag::Diagnostic;
use crate::iam::{
    AccountId, Clause, Effect, Part, PolicyDocument, PrincipalArn, SortedMap, Statement, Text, Tree,
};
use crate::kms::companion::{Companion, CompanionPolicy, ConsumedKey, Consumer, KeyPlace};
use crate::kms::{Key, limits};
use crate::source::Span;
use crate::spec::config::{Config, Environment};
use crate::spec::{KeyDefinition, PrincipalEntry, Target, Who};
use crate::target::names::pascal_case;

/// What one principal of a consumer may do, key by key.
struct Use<'k> {
    words: String,
    label: String,
    keys: Vec<(&'k Key, Vec<Statement>, Span)>,
}

type Consumers<'k> = BTreeMap<Consumer, BTreeMap<Identity, Use<'k>>>;

/// The companion policies of a stack, by consumer; policies that are too large are reported. What is wrong with users is
/// told where key policies are compiled.
pub(super) fn companions(
    compiled: &CompiledStack<'_>,
    environment: &Environment,
    config: &Config,
    diagnostics: &mut Vec<Diagnostic>,
) -> Vec<Companion> {
    let many = Many::of(compiled);
    let (regions, targets) = (compiled.definition.regions(), compiled.targets(config));
    let mut consumers = Consumers::new();
    for (key, declared) in compiled.entries() {
        // Told already.
        let mut told = Vec::new();
        let Some(kind) = kind::of(declared, &regions, &targets, &mut told) else {
            continue;
        };
        for user in foreign_users(declared, kind, environment, config, diagnostics) {
            let (consumer, user, span) = user;
            if !config.companion_policies {
                continue;
            }
            let mut statements = statements(&user, key);
            if let Some(many) = &many {
                let listed = statements.into_iter().map(|it| many.listed(it));
                let Some(listed) = listed.collect::<Option<Vec<_>>>() else {
                    diagnostics.push(of_many_accounts(&user.principal, key, span));
                    continue;
                };
                statements = listed;
            }
            let identity = user.principal.identity.clone();
            let policies = consumers.entry(consumer).or_default();
            let used = policies.entry(identity).or_insert_with(|| Use {
                words: user.principal.words.clone(),
                label: user.principal.label.clone(),
                keys: Vec::new(),
            });
            match used.keys.last_mut() {
                Some((last, known, _)) if std::ptr::eq(*last, key) => known.extend(statements),
                _ => used.keys.push((key, statements, span)),
            }
        }
    }
    let stack = &compiled.stack;
    let place = KeyPlace {
        account: environment.only_account().cloned(),
        regions: regions.iter().map(|region| (*region).clone()).collect(),
    };
    consumers
        .into_iter()
        .map(|(consumer, uses)| {
            let used = |key: &&Key| {
                let mut keys = uses.values().flat_map(|used| &used.keys);
                keys.any(|(other, ..)| std::ptr::eq(*other, *key))
            };
            let keys = stack.keys.iter().filter(used);
            let companion = Companion {
                stack: stack.place(),
                environment: stack.environment.clone(),
                place: place.clone(),
                keys: keys.map(|key| consumed(key, many.is_some())).collect(),
                policies: policies(&uses, compiled, many.as_ref(), diagnostics),
                consumer,
            };
            if targets.contains(&Target::CloudFormation) {
                diagnostics.extend(too_many(&companion, &uses));
            }
            companion
        })
        .collect()
}

fn of_many_accounts(principal: &CompiledPrincipal, key: &Key, span: Span) -> Diagnostic {
    Diagnostic::error(
        "companion-of-many-accounts",
        format!(
            "the IAM policy that {} needs for the key `{}` would name the account of the key, and a stack set makes one \
             in every account",
            principal.words, key.name
        ),
    )
    .at(span, "")
    .help("take `{account}` out of its `context`, or list the `accounts` of the stack set")
    .help("or write this policy yourself and set `companion_policies: false`")
}

/// A template with more outputs or parameters than CloudFormation takes.
fn too_many(companion: &Companion, uses: &BTreeMap<Identity, Use<'_>>) -> Option<Diagnostic> {
    let policies = companion.policies.len();
    let named = companion.policies.iter();
    let named = named.filter(|policy| policy.policy_name.is_some());
    let parameters = companion.keys.len() + named.count();
    let (number, called, most) = if policies > limits::OUTPUTS_PER_TEMPLATE {
        (policies, "outputs", limits::OUTPUTS_PER_TEMPLATE)
    } else if parameters > limits::PARAMETERS_PER_TEMPLATE {
        (parameters, "parameters", limits::PARAMETERS_PER_TEMPLATE)
    } else {
        return None;
    };
    let last = uses.values().take(most.saturating_add(1)).next_back()?;
    let (.., span) = last.keys.first()?;
    let message = format!(
        "the template for {} would have {number} {called}, CloudFormation takes {most}",
        companion.consumer.id()
    );
    Some(
        Diagnostic::error("companion-too-large", message)
            .at(*span, "")
            .help("let the whole account in with `account`, or put some of the keys into a spec file of their own"),
    )
}

fn consumed(key: &Key, many: bool) -> ConsumedKey {
    let alias = key.aliases.first().map(|alias| alias.name.to_string());
    ConsumedKey {
        name: key.name.clone(),
        was: key.was.first().cloned(),
        alias: alias.unwrap_or_default(),
        multi_region: key.multi_region,
        many,
    }
}

/// The users of a key who are in another account, or may be. Service-linked roles are none of them: nobody can give them
/// a policy, which is told.
fn foreign_users(
    declared: &KeyDefinition,
    kind: Kind,
    environment: &Environment,
    config: &Config,
    diagnostics: &mut Vec<Diagnostic>,
) -> Vec<(Consumer, User, Span)> {
    let mut told = Vec::new();
    let entries = declared.users.iter().flatten().map(|entry| &entry.0);
    let expanded = config.expand(entries, &mut told);
    // Most users are of the key's own account: they are not compiled once more.
    let candidates = expanded
        .into_iter()
        .filter(|(entry, _)| may_be_foreign(entry));
    let mut foreign = Vec::new();
    for (entry, span) in candidates {
        let mut linked = None;
        for user in policy::users_of(entry, kind, environment, config, &mut told) {
            match consumer(&user.principal.identity, environment) {
                Some(_) if user.principal.is_service_linked() => linked = Some(user.principal),
                Some(consumer) => foreign.push((consumer, user, span)),
                None => {}
            }
        }
        diagnostics.extend(linked.map(|principal| service_linked(&principal, span)));
    }
    foreign
}

/// Source: IAM API reference, `CreateServiceLinkedRole`: the service controls the policies of such a role; EC2 Auto
/// Scaling user guide, "Required AWS KMS key policy for use with encrypted volumes": for a key of another account,
/// somebody in the role's account makes a grant for it.
fn service_linked(principal: &CompiledPrincipal, span: Span) -> Diagnostic {
    let message = format!(
        "{} cannot use a key of another account: it is service-linked, and nobody can give it the IAM policy for that",
        principal.words
    );
    Diagnostic::warning("service-linked-role-elsewhere", message)
        .at(span, "")
        .help("let somebody in its account make a grant with this role as the grantee")
        .help(
            "allow that account `kms:CreateGrant` under `statements`, with `kms:GranteePrincipal` in the condition",
        )
}

fn may_be_foreign(entry: &PrincipalEntry) -> bool {
    match entry.who.value {
        Who::Service(_) | Who::Set(_) | Who::StackSets(_) => false,
        Who::Role(_) | Who::User(_) | Who::PermissionSet(_) => {
            entry.qualifiers.account.is_some() || entry.qualifiers.organization.is_some()
        }
        Who::Arn(_) | Who::Account(_) | Who::Organization(_) | Who::OrganizationalUnit(_) => true,
    }
}

/// Whose half a principal needs; `None` where it can only be of the key's own account.
fn consumer(identity: &Identity, environment: &Environment) -> Option<Consumer> {
    let of_account = |id: &AccountId| {
        // The environment's only account is the key's. Of several, the key is in one and not in the others.
        let own = environment.only_account() == Some(id);
        (!own).then(|| Consumer::Account(id.clone()))
    };
    match identity {
        Identity::StackSets => None,
        Identity::Role(holder, _)
        | Identity::User(holder, _)
        | Identity::PermissionSet(holder, _)
        | Identity::Account(holder) => match holder {
            Holder::Own => None,
            Holder::Environment(id) | Holder::Other(id) => of_account(id),
        },
        Identity::FederatedUser(arn) => {
            let principal = PrincipalArn::parse(&Text::literal(arn.as_str())).ok()?;
            of_account(&AccountId::parse(principal.account.as_literal()?)?)
        }
        Identity::Organization(id)
        | Identity::OrganizationalUnit(id, _)
        | Identity::OrganizationRole(id, _) => Some(Consumer::Organization(id.clone())),
    }
}

/// What the key policy gives a user, on the caller's side: the same actions under the same conditions, but for whom it is.
fn statements(user: &User, key: &Key) -> Vec<Statement> {
    let through = users::through(user);
    let made = users::statements_of(user, |what, actions| {
        // IAM takes letters and digits alone. Source: IAM user guide, "IAM JSON policy elements: Sid".
        let sid = pascal_case(&format!("Allow {what}{through}"));
        Statement {
            sid: Some(sid),
            effect: Effect::Allow,
            principal: None,
            action: Some(Clause::is(actions.into_iter().map(str::to_owned).collect())),
            resource: Some(Clause::is(vec![Text::unknown(key.name.as_str())])),
            conditions: SortedMap::new(),
            uncertain: false,
        }
    });
    made.r#use.into_iter().chain(made.grants).collect()
}

/// The policies of a consumer, sorted by name.
fn policies(
    uses: &BTreeMap<Identity, Use<'_>>,
    compiled: &CompiledStack<'_>,
    many: Option<&Many<'_>>,
    diagnostics: &mut Vec<Diagnostic>,
) -> Vec<CompanionPolicy> {
    let uses: Vec<_> = uses
        .iter()
        .map(|(identity, used)| (identity, used, documents(used, many, diagnostics)))
        .collect();
    // Terraform's names are all in lower case.
    let mut names: BTreeMap<String, usize> = BTreeMap::new();
    for (_, used, documents) in &uses {
        for number in 0..documents.len() {
            let name = part_name(&pascal_case(&used.label), number);
            *names.entry(name.to_snake_case()).or_default() += 1;
        }
    }
    let mut policies = Vec::new();
    for (identity, used, documents) in uses {
        let mut name = pascal_case(&used.label);
        let mut parts = (0..documents.len()).map(|number| part_name(&name, number).to_snake_case());
        if parts.any(|part| names.get(&part).is_some_and(|count| *count > 1)) {
            name.push_str(&pascal_case(&sid::mark_of(&used.words)));
        }
        for (number, document) in documents.into_iter().enumerate() {
            policies.push(CompanionPolicy {
                name: part_name(&name, number),
                who: used.words.clone(),
                policy_name: match identity {
                    Identity::PermissionSet(_, set) => Some(name_in_aws(compiled, set, number)),
                    _ => None,
                },
                document,
            });
        }
    }
    policies.sort_by(|one, other| one.name.cmp(&other.name));
    policies
}

/// The logical name of one of the policies into which a principal's is split.
fn part_name(name: &str, number: usize) -> String {
    match number {
        0 => name.to_owned(),
        number => format!("{name}Part{}", number + 1),
    }
}

/// The name by which Identity Center attaches the policy of a permission set. Names are unique in an account, whatever
/// the Region: a replica's has the Region in it.
fn name_in_aws(compiled: &CompiledStack<'_>, set: &str, number: usize) -> String {
    let stack = &compiled.stack;
    let part = match number {
        0 => String::new(),
        number => format!("-{}", number + 1),
    };
    let name = format!("{}-{}-{set}{part}", stack.place(), stack.environment);
    if name.len() <= limits::MANAGED_POLICY_NAME {
        return name;
    }
    // What tells policies apart stands at the end, nearly always; the mark stands for what is cut off.
    let mark = format!("{}-", sid::mark_of(&name));
    let surplus = name.len() + mark.len() - limits::MANAGED_POLICY_NAME;
    mark.chars().chain(name.chars().skip(surplus)).collect()
}

/// What no two policies of one account may share: the name by which they are attached.
/// Source: IAM user guide, "IAM and AWS STS quotas": names are unique in an account, whatever their case.
pub(super) fn across(stacks: &[CompiledStack<'_>], diagnostics: &mut Vec<Diagnostic>) {
    let mut seen: BTreeMap<(&Consumer, String), (String, Span)> = BTreeMap::new();
    for compiled in stacks {
        let place = compiled.definition.spec.stack.span;
        for companion in &compiled.companions {
            for policy in &companion.policies {
                let Some(name) = &policy.policy_name else {
                    continue;
                };
                let named = (&companion.consumer, name.to_lowercase());
                let whose = format!("{}/{}", companion.environment, companion.stack);
                let Some((other, first)) = seen.insert(named, (whose.clone(), place)) else {
                    continue;
                };
                diagnostics.push(
                    Diagnostic::error(
                        "duplicate-policy-name",
                        format!(
                            "two IAM policies of {} would have the name `{name}`",
                            companion.consumer.id()
                        ),
                    )
                    .at(place, format!("one is of {whose}"))
                    .also(first, format!("the other is of {other}"))
                    .help("give one of the stacks another name with `stack:`"),
                );
            }
        }
    }
}

/// As few documents as the keys fit into.
fn documents(
    used: &Use<'_>,
    many: Option<&Many<'_>>,
    diagnostics: &mut Vec<Diagnostic>,
) -> Vec<PolicyDocument> {
    let arns = many.map_or(1, Many::count);
    let document = |keys: &[&[Statement]]| document(keys, many.is_some());
    let mut documents = Vec::new();
    let mut current: Vec<&[Statement]> = Vec::new();
    let mut fitting = None;
    for (key, statements, span) in &used.keys {
        current.push(statements);
        let document = document(&current);
        if size(&document, arns) <= limits::MANAGED_POLICY_CHARACTERS {
            fitting = Some(document);
            continue;
        }
        documents.extend(fitting.take());
        current = vec![statements];
        let alone = self::document(&current, many.is_some());
        let characters = size(&alone, arns);
        if characters > limits::MANAGED_POLICY_CHARACTERS {
            diagnostics.push(
                Diagnostic::error(
                    "companion-policy-too-large",
                    format!(
                        "the IAM policy that {} needs for the key `{}` is up to {characters} characters long, IAM takes {}",
                        used.words,
                        key.name,
                        limits::MANAGED_POLICY_CHARACTERS
                    ),
                )
                .at(*span, "")
                .help("shorten its `context`, or write this policy yourself and set `companion_policies: false`"),
            );
            current.clear();
        } else {
            fitting = Some(alone);
        }
    }
    documents.extend(fitting);
    documents
}

/// One document of the statements of some keys; those that differ in the key alone are one, unless each is about a list of
/// keys.
fn document(keys: &[&[Statement]], many: bool) -> PolicyDocument {
    let mut statements: Vec<Statement> = Vec::new();
    for statement in keys.iter().copied().flatten() {
        let same = statements.iter_mut().find(|known| {
            !many
                && !depends_on_key(statement)
                && known.sid == statement.sid
                && known.action == statement.action
                && known.conditions == statement.conditions
        });
        match same.and_then(|known| known.resource.as_mut()) {
            Some(resource) => {
                let more = statement.resource.iter().flat_map(|clause| &clause.value);
                resource.value.extend(more.cloned());
            }
            None => statements.push(statement.clone()),
        }
    }
    let mut document = PolicyDocument::canonical(None, statements);
    sid::make_unique(&mut document.statements);
    for statement in &mut document.statements {
        statement.sid = statement.sid.as_deref().map(pascal_case);
    }
    document
}

/// Whether conditions have parts of the key's ARN in them.
fn depends_on_key(statement: &Statement) -> bool {
    let values = statement.conditions.values().flat_map(SortedMap::values);
    let mut parts = values.flatten().flat_map(Text::parts);
    parts.any(|part| !matches!(part, Part::Literal(_)))
}

/// The size of a document as IAM counts it, with so many of the longest ARNs that keys can have for each key.
fn size(document: &PolicyDocument, arns: usize) -> usize {
    let longest = |text: &Text| match text.is_unknown() {
        false => text.resolve(limits::longest),
        true => {
            let arn = limits::longest_arn("kms", &format!("key/{}", limits::LONGEST_KEY_ID));
            // Two quotes and a comma stand between those of a list.
            vec![arn.as_str(); arns].join("...")
        }
    };
    let text = Tree::from(document).to_json(&longest).to_string();
    text.chars().filter(|c| !c.is_whitespace()).count()
}
