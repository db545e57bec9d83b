//! Companion policies: what users in other accounts need from their own account beside the key policy.
//!
//! Source: KMS developer guide, "Allowing users in other accounts to use a KMS key". One policy for each principal, over
//! all keys of the stack: that is what somebody attaches to a role.

use std::collections::BTreeMap;

use heck::ToSnakeCase as _;

use super::kind::{self, Kind};
use super::principal::{Holder, Identity};
use super::stack::CompiledStack;
use super::users::{self, User};
use super::{policy, sid};
use crate::diag::Diagnostic;
use crate::iam::{
    AccountId, Clause, Effect, Part, PolicyDocument, PrincipalArn, SortedMap, Statement, Text,
    Tree, Variable,
};
use crate::kms::companion::{Companion, CompanionPolicy, ConsumedKey, Consumer};
use crate::kms::{Key, limits};
use crate::source::Span;
use crate::spec::config::{Config, Environment};
use crate::spec::{KeyDefinition, PrincipalEntry, Who};
use crate::target::names::pascal_case;

/// What one principal of a consumer may do, key by key.
struct Use<'k> {
    words: String,
    keys: Vec<(&'k Key, Vec<Statement>, Span)>,
}

type Consumers<'k> = BTreeMap<Consumer, BTreeMap<Identity, Use<'k>>>;

/// The companion policies of a stack, by consumer; policies that are too large are reported. What is wrong with users is
/// told where key policies are compiled.
pub(super) fn companions(
    compiled: &CompiledStack<'_>,
    config: &Config,
    diagnostics: &mut Vec<Diagnostic>,
) -> Vec<Companion> {
    if !config.companion_policies {
        return Vec::new();
    }
    let environment = compiled.definition.environment;
    let (regions, targets) = (compiled.definition.regions(), compiled.targets(config));
    let mut consumers = Consumers::new();
    for (key, declared) in compiled.entries() {
        // Told already.
        let mut told = Vec::new();
        let Some(kind) = kind::of(declared, &regions, &targets, &mut told) else {
            continue;
        };
        for user in foreign_users(declared, kind, environment, config) {
            let (consumer, user, span) = user;
            let identity = user.principal.identity.clone();
            let policies = consumers.entry(consumer).or_default();
            let used = policies.entry(identity).or_insert_with(|| Use {
                words: user.principal.words.clone(),
                keys: Vec::new(),
            });
            let statements = statements(&user, key);
            match used.keys.last_mut() {
                Some((last, known, _)) if std::ptr::eq(*last, key) => known.extend(statements),
                _ => used.keys.push((key, statements, span)),
            }
        }
    }
    let stack = &compiled.stack;
    let owner = (environment.accounts.len() == 1).then(|| environment.accounts.first());
    consumers
        .into_iter()
        .map(|(consumer, uses)| {
            let used = |key: &&Key| {
                let mut keys = uses.values().flat_map(|used| &used.keys);
                keys.any(|(other, ..)| std::ptr::eq(*other, *key))
            };
            Companion {
                stack: stack.place(),
                environment: stack.environment.clone(),
                owner: owner.flatten().cloned(),
                keys: stack.keys.iter().filter(used).map(consumed).collect(),
                policies: policies(&uses, compiled, diagnostics),
                consumer,
            }
        })
        .collect()
}

fn consumed(key: &Key) -> ConsumedKey {
    let alias = key.aliases.first().map(|alias| alias.name.to_string());
    ConsumedKey {
        name: key.name.clone(),
        was: key.was.first().cloned(),
        alias: alias.unwrap_or_default(),
    }
}

/// The users of a key who are in another account, or may be.
fn foreign_users(
    declared: &KeyDefinition,
    kind: Kind,
    environment: &Environment,
    config: &Config,
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
        for user in policy::users_of(entry, kind, environment, config, &mut told) {
            if let Some(consumer) = consumer(&user.principal.identity, environment) {
                foreign.push((consumer, user, span));
            }
        }
    }
    foreign
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
        let own = environment.accounts.len() == 1 && environment.accounts.contains(id);
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
        Identity::Organization(path) => {
            let id = path.split('/').next().unwrap_or_default();
            Some(Consumer::Organization(id.to_owned()))
        }
        Identity::OrganizationRole(id, _) => Some(Consumer::Organization(id.clone())),
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
    diagnostics: &mut Vec<Diagnostic>,
) -> Vec<CompanionPolicy> {
    let mut names: BTreeMap<String, usize> = BTreeMap::new();
    for used in uses.values() {
        *names.entry(label(&used.words).to_snake_case()).or_default() += 1;
    }
    let mut policies = Vec::new();
    for (identity, used) in uses {
        let mut name = label(&used.words);
        if names
            .get(&name.to_snake_case())
            .is_some_and(|count| *count > 1)
        {
            name.push_str(&pascal_case(&sid::mark_of(&used.words)));
        }
        for (number, document) in documents(used, diagnostics).into_iter().enumerate() {
            let part = |text: &str| match number {
                0 => String::new(),
                number => format!("{text}{}", number + 1),
            };
            let policy_name = match identity {
                Identity::PermissionSet(_, set) => {
                    let stack = &compiled.stack;
                    let name = format!("{}-{}-{set}{}", stack.name, stack.environment, part("-"));
                    // What tells policies apart stands at the end.
                    let surplus = name.len().saturating_sub(limits::MANAGED_POLICY_NAME);
                    Some(name.chars().skip(surplus).collect())
                }
                _ => None,
            };
            policies.push(CompanionPolicy {
                name: format!("{name}{}", part("Part")),
                who: used.words.clone(),
                policy_name,
                document,
            });
        }
    }
    policies.sort_by(|one, other| one.name.cmp(&other.name));
    policies
}

/// The logical name of a principal's policy: its kind and name, without path and account, which every name in the file
/// would share.
fn label(words: &str) -> String {
    let words = words.split(" in ").next().unwrap_or_default();
    let words = words.strip_prefix("session of ").unwrap_or(words);
    let last = |text: &str| text.rsplit('/').next().unwrap_or_default().to_owned();
    match words.rsplit_once(' ') {
        Some(("account", _)) => "Account".to_owned(),
        Some(("organization", _)) => "Organization".to_owned(),
        Some((kind, name)) => pascal_case(&format!("{kind} {}", last(name))),
        None => pascal_case(&format!("federated user {}", last(words))),
    }
}

/// As few documents as the keys fit into.
fn documents(used: &Use<'_>, diagnostics: &mut Vec<Diagnostic>) -> Vec<PolicyDocument> {
    let mut documents = Vec::new();
    let mut current: Vec<&[Statement]> = Vec::new();
    let mut fitting = None;
    for (key, statements, span) in &used.keys {
        current.push(statements);
        let document = document(&current);
        if size(&document) <= limits::MANAGED_POLICY_CHARACTERS {
            fitting = Some(document);
            continue;
        }
        documents.extend(fitting.take());
        current = vec![statements];
        let alone = self::document(&current);
        let characters = size(&alone);
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

/// One document of the statements of some keys; those that differ in the key alone are one.
fn document(keys: &[&[Statement]]) -> PolicyDocument {
    let mut statements: Vec<Statement> = Vec::new();
    for statement in keys.iter().copied().flatten() {
        let same = statements.iter_mut().find(|known| {
            !depends_on_key(statement)
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

/// The size of a document as IAM counts it, with the longest ARNs that keys can have.
fn size(document: &PolicyDocument) -> usize {
    let longest = |text: &Text| match text.is_unknown() {
        false => text.resolve(limits::longest),
        true => {
            let [partition, region, account] =
                [Variable::Partition, Variable::Region, Variable::Account].map(limits::longest);
            format!(
                "arn:{partition}:kms:{region}:{account}:key/{}",
                limits::LONGEST_KEY_ID
            )
        }
    };
    let text = Tree::from(document).to_json(&longest).to_string();
    text.chars().filter(|c| !c.is_whitespace()).count()
}
