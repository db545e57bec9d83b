//! The key policy: account, deployers, administrators, users, grants, and the Deny of deletion, in this order.

use std::collections::BTreeMap;

use super::actions::{Access, CREATE_GRANT};
use super::conditions::{self, Wanted};
use super::deployers::Deployers;
use super::kind::Kind;
use super::principal::{CompiledPrincipal, Holder};
use super::users::User;
use super::{administrators, catalogue, limits, services, sid, users};
use crate::diag::Diagnostic;
use crate::iam::{
    Arn, Clause, Conditions, Effect, PolicyDocument, PrincipalKind, Principals, Statement, Text,
    Variable,
};
use crate::kms::service::{Availability, Service};
use crate::kms::{Origin, Region};
use crate::source::Span;
use crate::spec::config::{Config, Environment};
use crate::spec::field::Spanned;
use crate::spec::{AccessWord, KeyDefinition, PrincipalEntry, Who};

/// Compiles the policy of a key; everything wrong with it is reported.
pub(super) fn policy(
    key: &KeyDefinition,
    kind: Kind,
    (environment, regions): (&Environment, &[&Region]),
    config: &Config,
    diagnostics: &mut Vec<Diagnostic>,
) -> PolicyDocument {
    let deployers = Deployers::of(key, environment, config, diagnostics);
    let administrators = compile_administrators(key, environment, config, diagnostics);
    let mut users: Vec<(User, Span)> = Vec::new();
    let mut service_statements = Vec::new();
    let mut roles: Vec<Placed> = Vec::new();
    let entries = key.users.iter().flatten().map(|entry| &entry.0);
    for (entry, place) in config.expand(entries, diagnostics) {
        if let Who::Service(service) = &entry.who.value {
            kind.check_service(service.service, place, diagnostics);
            diagnostics.extend(unavailable(service.service, regions, place));
            diagnostics.extend(catalogue::unverified(service.service, entry.who.span));
            match services::statements(service, entry.who.span, (&environment.name, regions)) {
                Ok(statements) => {
                    let own = services::roles(&statements);
                    let own = own.map(|role| CompiledPrincipal::literal(role, environment));
                    roles.extend(own.map(|role| (role, place)));
                    service_statements.extend(statements);
                }
                Err(problems) => diagnostics.extend(problems),
            }
            continue;
        }
        let compiled = users_of(entry, kind, environment, config, diagnostics);
        users.extend(compiled.into_iter().map(|user| (user, place)));
    }
    check_roles(&mut roles, &users, diagnostics);
    let named = users.iter().map(|(user, place)| (&user.principal, *place));
    let named = named.chain(roles.iter().map(|(role, place)| (role, *place)));
    check_separation(key, &administrators, named.clone(), diagnostics);
    if let Some(deployers) = &deployers {
        check_deployers(deployers, named, diagnostics);
        let users = users.iter().map(|(user, place)| (&user.principal, *place));
        let administrators = administrators.iter().map(|(who, place)| (who, *place));
        for (principal, place) in users.chain(administrators.clone()) {
            deployers.check_delegation(principal, place, diagnostics);
        }
        for (principal, place) in administrators {
            deployers.check_administrator(principal, place, diagnostics);
        }
    }
    check_duplicates("user", &users, diagnostics);
    // The workspace's own list is not this key's to mend.
    if key.administrators.is_some() {
        check_duplicates("administrator", &administrators, diagnostics);
    }

    let administrators: Vec<_> = administrators.into_iter().map(|(who, _)| who).collect();
    let mut statements = match &deployers {
        None => vec![account()],
        Some(deployers) => [vec![root_user()], deployers.statements(kind)].concat(),
    };
    statements.extend(administrators::statements(
        &administrators,
        config.administration,
        kind,
    ));
    let users: Vec<_> = users.into_iter().map(|(user, _)| user).collect();
    let user_statements = users::statements(&users);
    statements.extend(user_statements.r#use);
    let (grants, service_use): (Vec<_>, Vec<_>) =
        service_statements.into_iter().partition(creates_grants);
    statements.extend(service_use);
    statements.extend(user_statements.grants);
    statements.extend(grants);
    for raw in config.statements_of(environment, key) {
        match raw.compile(&environment.name) {
            Ok(statement) => {
                if let Some(deployers) = &deployers {
                    deployers.check_statement(&statement, environment, raw.span, diagnostics);
                }
                statements.push(statement);
            }
            Err(diagnostic) => diagnostics.push(diagnostic),
        }
    }
    if environment.deny_deletion && key.retire.is_none() {
        statements.push(deny_deletion(kind));
    }
    let mut policy = PolicyDocument::canonical(None, statements);
    sid::make_unique(&mut policy.statements);
    if let Some(deployers) = &deployers {
        deployers.prove(&policy, key, (environment, regions), config, diagnostics);
    }
    diagnostics.extend(limits::policy_size(&policy, &users, key.alias.span));
    policy
}

/// What an entry comes to that is no service; everything wrong with it is reported.
pub(super) fn users_of(
    entry: &PrincipalEntry,
    kind: Kind,
    environment: &Environment,
    config: &Config,
    diagnostics: &mut Vec<Diagnostic>,
) -> Vec<User> {
    match CompiledPrincipal::of(&entry.who, &entry.qualifiers, environment, config) {
        Ok(Some(principal)) => user(entry, principal, kind, environment, diagnostics),
        Ok(None) => Vec::new(),
        Err(diagnostic) => {
            diagnostics.push(diagnostic);
            Vec::new()
        }
    }
}

/// A service that does not use keys in a Region that the stack is deployed in.
fn unavailable(service: &Service, regions: &[&Region], place: Span) -> Option<Diagnostic> {
    let mut regions = regions.iter();
    let (region, places) = regions.find_map(|region| match service.available_in(region) {
        Availability::Elsewhere(places) => Some((region, places)),
        Availability::Available => None,
    })?;
    let message = format!(
        "`{}` does not use keys in `{}`",
        service.slug,
        region.name()
    );
    let diagnostic = Diagnostic::error("service-elsewhere", message).at(place, "");
    Some(
        diagnostic.help(places.because.as_str()).help(
            "deploy this stack elsewhere, or give the replica in this Region `users` of its own",
        ),
    )
}

/// A user entry, one for each set of actions that it comes to, compiled and held against the kind of key.
fn user(
    entry: &PrincipalEntry,
    principal: CompiledPrincipal,
    kind: Kind,
    environment: &Environment,
    diagnostics: &mut Vec<Diagnostic>,
) -> Vec<User> {
    let qualifiers = &entry.qualifiers;
    let wanted = Wanted::of(qualifiers, &environment.name, diagnostics);
    if let Some((first, _)) = qualifiers
        .context
        .iter()
        .flat_map(|context| &context.0)
        .next()
    {
        kind.check_symmetric("context", first.span, diagnostics);
    }
    if let Some(first) = qualifiers.via.iter().flatten().next() {
        kind.check_symmetric("via", first.span, diagnostics);
    }
    for through in qualifiers.via.iter().flatten() {
        diagnostics.extend(catalogue::unverified_endpoint(through));
        diagnostics.extend(catalogue::forbidden_context(through, qualifiers));
    }
    let access = qualifiers.access.as_deref().unwrap_or_default();
    kind.check_access(qualifiers, diagnostics);
    let words = |access: &Spanned<AccessWord>| (access.value.as_str(), access.span);
    check_repeated(access.iter().map(words), diagnostics);
    let via = qualifiers.via.iter().flatten();
    check_repeated(via.map(|via| (via.value.as_str(), via.span)), diagnostics);
    if access.iter().any(|one| one.value.service_term().is_some()) {
        return conditions::service_terms(qualifiers, diagnostics)
            .into_iter()
            .map(|(access, names)| User {
                principal: principal.clone(),
                access,
                wanted: wanted.only_through(&names),
            })
            .collect();
    }
    let capabilities: Vec<_> = access
        .iter()
        .filter_map(|word| word.value.capability())
        .collect();
    let access = Access::of(kind.spec, kind.usage, &capabilities);
    let access = if principal.identity.is_elsewhere(environment) {
        access.across_accounts()
    } else {
        access
    };
    vec![User {
        principal,
        access,
        wanted,
    }]
}

/// A word that stands in a list twice.
fn check_repeated<'w>(
    words: impl Iterator<Item = (&'w str, Span)>,
    diagnostics: &mut Vec<Diagnostic>,
) {
    let mut seen = BTreeMap::new();
    for (word, span) in words {
        if let Some(first) = seen.insert(word, span) {
            diagnostics.push(
                Diagnostic::error("duplicate-value", format!("`{word}` is listed twice"))
                    .at(span, "second time")
                    .also(first, "first time")
                    .help("remove one of them"),
            );
        }
    }
}

fn creates_grants(statement: &Statement) -> bool {
    statement
        .action
        .iter()
        .flat_map(|clause| &clause.value)
        .any(|action| action == CREATE_GRANT)
}

type Placed = (CompiledPrincipal, Span);

fn compile_administrators(
    key: &KeyDefinition,
    environment: &Environment,
    config: &Config,
    diagnostics: &mut Vec<Diagnostic>,
) -> Vec<Placed> {
    let own = key.administrators.as_ref();
    let entries = own
        .unwrap_or(&config.administrators)
        .iter()
        .map(|entry| &entry.0);
    let mut administrators: Vec<Placed> = Vec::new();
    // What the workspace's own administrators have wrong is reported with the workspace file.
    let mut ignored = Vec::new();
    let diagnostics = if own.is_some() {
        diagnostics
    } else {
        &mut ignored
    };
    for (entry, place) in config.expand_administrators(entries, diagnostics) {
        match CompiledPrincipal::of(&entry.who, &entry.qualifiers, environment, config) {
            Ok(Some(principal)) => {
                diagnostics.extend(administrator_elsewhere(&principal, environment, place));
                administrators.push((principal, place));
            }
            Ok(None) => {}
            Err(diagnostic) => diagnostics.push(diagnostic),
        }
    }
    administrators
}

/// An administrator whom KMS lets look at the key at most. Which account is another can be told where the environment names its own.
/// Source: KMS API reference, `PutKeyPolicy`, `ScheduleKeyDeletion` and their like: "Cross-account use: No".
fn administrator_elsewhere(
    principal: &CompiledPrincipal,
    environment: &Environment,
    place: Span,
) -> Option<Diagnostic> {
    let elsewhere = matches!(principal.holder(), Some(Holder::Other(_)));
    let are_known = !environment.accounts.is_empty() || environment.anywhere_but.is_some();
    (elsewhere && are_known).then(|| {
        let message = format!(
            "{} can hardly administer this key: KMS lets nobody of another account change one",
            principal.words
        );
        Diagnostic::warning("administrator-elsewhere", message)
            .at(place, "")
            .help("leave `account` out, or name a principal of an account in which the key is")
    })
}

/// A role by which a service uses the key is a user already. One that several services name counts once.
fn check_roles(roles: &mut Vec<Placed>, users: &[(User, Span)], diagnostics: &mut Vec<Diagnostic>) {
    let mut known = Vec::new();
    roles.retain(|(role, _)| {
        let new = !known.contains(role);
        known.push(role.clone());
        new
    });
    for (role, place) in roles {
        let mut users = users.iter();
        let again = users.find(|(user, _)| user.principal.identity.may_be(&role.identity));
        if let Some((_, again)) = again {
            let message = format!("{} is a user by its service already", role.words);
            diagnostics.push(
                Diagnostic::error("duplicate-principal", message)
                    .at(*again, "second time")
                    .also(*place, "the service uses the key as this role")
                    .help("remove one of the entries"),
            );
        }
    }
}

/// The key policy never names one principal as both administrator and user.
fn check_separation<'u>(
    key: &KeyDefinition,
    administrators: &[Placed],
    users: impl Iterator<Item = (&'u CompiledPrincipal, Span)>,
    diagnostics: &mut Vec<Diagnostic>,
) {
    for (user, span) in users {
        let administrator = administrators
            .iter()
            .find(|(administrator, _)| administrator.identity.may_be(&user.identity));
        if let Some((administrator, place)) = administrator {
            let diagnostic = Diagnostic::error(
                "administrator-and-user",
                format!("{} is both administrator and user of this key", user.words),
            )
            .at(span, "a user here")
            .also(*place, format!("{} administers the key", administrator.words))
            .help(
                "name another principal in one of the lists: who changes the policy should not be able to \
                 decrypt",
            );
            diagnostics.push(if key.administrators.is_some() {
                diagnostic
            } else {
                diagnostic.help(
                    "this key names no administrators, so the workspace's hold: give it `administrators` of its own",
                )
            });
        }
    }
}

/// Nor one as both deployer and user.
fn check_deployers<'u>(
    deployers: &Deployers,
    users: impl Iterator<Item = (&'u CompiledPrincipal, Span)>,
    diagnostics: &mut Vec<Diagnostic>,
) {
    for (user, span) in users {
        let mut keepers = deployers.all();
        let keeper = keepers.find(|(keeper, ..)| keeper.identity.may_be(&user.identity));
        if let Some((keeper, does, place)) = keeper {
            let message = format!("{} is a user of this key and {does}", user.words);
            diagnostics.push(
                Diagnostic::error("deployer-and-user", message)
                    .at(span, "a user here")
                    .also(place, format!("{} {does}", keeper.words))
                    .help(
                        "name another principal in one of the lists: who changes the policy should not be able to \
                         decrypt",
                    ),
            );
        }
    }
}

/// Delegation to the account's IAM policies, which also keeps the key recoverable.
/// Source: the procedure, section 4.2, first statement, kept as it is.
fn account() -> Statement {
    let root = Arn::iam(&Text::variable(Variable::Account), "root");
    Statement::allow(
        "Allow full access for users in the same account",
        Principals::of(PrincipalKind::Aws, [root]),
        ["kms:*"],
    )
}

/// The account's root user alone. As a principal the root of an account is everyone there whom IAM policies allow; the
/// type `Account` is the root user's own.
/// Source: IAM user guide, "IAM policy elements: Variables and tags", table of principal key values, and "AWS JSON policy
/// elements: Principal", on account principals.
fn root_user() -> Statement {
    let root = Arn::iam(&Text::variable(Variable::Account), "root");
    Statement::allow(
        "Allow full access for the root user of the account",
        Principals::of(PrincipalKind::Aws, [root]),
        ["kms:*"],
    )
    .when(
        "StringEquals",
        "aws:PrincipalType",
        [Text::literal("Account")],
    )
}

/// Deleting takes a deliberate policy change first, and so does deleting imported material, without which a key is as
/// good as deleted. Source: the procedure, section 5.3; Security Hub KMS.3.
fn deny_deletion(kind: Kind) -> Statement {
    let mut actions = vec!["kms:ScheduleKeyDeletion".to_owned()];
    if kind.origin == Origin::External {
        actions.push("kms:DeleteImportedKeyMaterial".to_owned());
    }
    Statement {
        sid: Some("Deny deletion of the key".to_owned()),
        effect: Effect::Deny,
        principal: Some(Clause::is(Principals::everyone())),
        action: Some(Clause::is(actions)),
        resource: Some(Clause::is(vec![Text::literal("*")])),
        conditions: Conditions::new(),
        uncertain: false,
    }
}

/// An entry that says nothing new.
fn check_duplicates<T: PartialEq>(
    called: &str,
    entries: &[(T, Span)],
    diagnostics: &mut Vec<Diagnostic>,
) {
    for (index, (entry, span)) in entries.iter().enumerate() {
        let before = entries.iter().take(index);
        if let Some((_, first)) = before.into_iter().find(|(other, _)| other == entry) {
            let message = format!("this {called} is listed twice");
            diagnostics.push(
                Diagnostic::error("duplicate-principal", message)
                    .at(*span, "second time")
                    .also(*first, "first time")
                    .help("remove one of the entries"),
            );
        }
    }
}
