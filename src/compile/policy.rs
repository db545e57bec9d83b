//! The key policy: account, administrators, users, grants, and the Deny of deletion, in this order.

use super::actions::Access;
use super::conditions::Wanted;
use super::principal::CompiledPrincipal;
use super::users::User;
use super::{administrators, limits, services, sid, users};
use crate::diag::Diagnostic;
use crate::iam::{
    Arn, Clause, Conditions, Effect, PolicyDocument, PrincipalKind, Principals, Statement, Text,
    Variable,
};
use crate::source::Span;
use crate::spec::config::{Config, Environment};
use crate::spec::{KeyDefinition, Who};

/// Compiles the policy of a key; everything wrong with it is reported.
pub(super) fn policy(
    key: &KeyDefinition,
    environment: &Environment,
    config: &Config,
    diagnostics: &mut Vec<Diagnostic>,
) -> PolicyDocument {
    let administrators = compile_administrators(key, environment, config, diagnostics);
    let mut users: Vec<(User, Span)> = Vec::new();
    let mut service_statements = Vec::new();
    for entry in key.users.iter().flatten() {
        if let Who::Service(service) = &entry.who.value {
            match services::statements(service, entry.who.span, &environment.name) {
                Ok(statements) => service_statements.extend(statements),
                Err(problems) => diagnostics.extend(problems),
            }
            continue;
        }
        let principal = CompiledPrincipal::of(&entry.who, &entry.qualifiers, environment, config);
        match principal {
            Ok(Some(principal)) => {
                let wanted = Wanted::of(&entry.qualifiers, &environment.name, diagnostics);
                let capabilities = entry.qualifiers.access.iter().flatten();
                let access = Access::of(capabilities.map(|capability| capability.value));
                let user = User {
                    principal,
                    access,
                    wanted,
                };
                users.push((user, entry.who.span));
            }
            Ok(None) => {}
            Err(diagnostic) => diagnostics.push(diagnostic),
        }
    }
    check_separation(key, &administrators, &users, diagnostics);
    check_duplicates("user", &users, diagnostics);
    // The workspace's own list is not this key's to mend.
    if key.administrators.is_some() {
        check_duplicates("administrator", &administrators, diagnostics);
    }

    let administrators: Vec<_> = administrators.into_iter().map(|(who, _)| who).collect();
    let mut statements = vec![account()];
    statements.extend(administrators::statements(&administrators));
    let users: Vec<_> = users.into_iter().map(|(user, _)| user).collect();
    let user_statements = users::statements(&users);
    statements.extend(user_statements.r#use);
    let (grants, service_use): (Vec<_>, Vec<_>) =
        service_statements.into_iter().partition(creates_grants);
    statements.extend(service_use);
    statements.extend(user_statements.grants);
    statements.extend(grants);
    if environment.deny_deletion {
        statements.push(deny_deletion());
    }
    let canonical = PolicyDocument::canonical(None, statements);
    let mut statements = canonical.statements;
    sid::make_unique(&mut statements);
    let policy = PolicyDocument::canonical(None, statements);
    diagnostics.extend(limits::policy_size(&policy, &users, key.alias.span));
    policy
}

fn creates_grants(statement: &Statement) -> bool {
    statement
        .action
        .iter()
        .flat_map(|clause| &clause.value)
        .any(|action| action == "kms:CreateGrant")
}

type Placed = (CompiledPrincipal, Span);

fn compile_administrators(
    key: &KeyDefinition,
    environment: &Environment,
    config: &Config,
    diagnostics: &mut Vec<Diagnostic>,
) -> Vec<Placed> {
    let declared = key.administrators.as_ref();
    let entries = declared.unwrap_or(&config.administrators);
    let mut administrators: Vec<Placed> = Vec::new();
    for entry in entries {
        match CompiledPrincipal::of(&entry.who, &entry.qualifiers, environment, config) {
            Ok(Some(principal)) => administrators.push((principal, entry.who.span)),
            Ok(None) => {}
            // What the workspace's own administrators have wrong is reported with the workspace file.
            Err(diagnostic) if declared.is_some() => diagnostics.push(diagnostic),
            Err(_) => {}
        }
    }
    administrators
}

/// The key policy never names one principal as both administrator and user.
fn check_separation(
    key: &KeyDefinition,
    administrators: &[Placed],
    users: &[(User, Span)],
    diagnostics: &mut Vec<Diagnostic>,
) {
    for (user, span) in users {
        let administrator = administrators
            .iter()
            .find(|(administrator, _)| administrator.identity == user.principal.identity);
        if let Some((administrator, place)) = administrator {
            let diagnostic = Diagnostic::error(
                "administrator-and-user",
                format!("{} is both administrator and user of this key", user.principal.words),
            )
            .at(*span, "a user here")
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

/// Deleting takes a deliberate policy change first. Source: the procedure, section 5.3; Security Hub KMS.3.
fn deny_deletion() -> Statement {
    Statement {
        sid: Some("Deny deletion of the key".to_owned()),
        effect: Effect::Deny,
        principal: Some(Clause::is(Principals::everyone())),
        action: Some(Clause::is(vec!["kms:ScheduleKeyDeletion".to_owned()])),
        resource: Some(Clause::is(vec![Text::literal("*")])),
        conditions: Conditions::new(),
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
