//! Statements for key users: one for each entry, shared by entries that need no conditions.

use std::collections::BTreeMap;

use super::actions::{Access, CREATE_GRANT};
use super::conditions::Wanted;
use super::principal::{CompiledPrincipal, Matching};
use super::sid;
use crate::iam::{PrincipalKind, Principals, Statement, Text};

/// A user entry, compiled as far as it stands alone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct User {
    pub(super) principal: CompiledPrincipal,
    pub(super) access: Access,
    pub(super) wanted: Wanted,
}

/// Statements of use and statements of grants, which stand behind all use.
#[derive(Debug, Default)]
pub(super) struct UserStatements {
    pub(super) r#use: Vec<Statement>,
    pub(super) grants: Vec<Statement>,
}

/// The statements for all users but services.
pub(super) fn statements(users: &[User]) -> UserStatements {
    let mut statements = UserStatements::default();
    let mut shared: BTreeMap<&Access, Vec<Text>> = BTreeMap::new();
    for user in users {
        if let (Matching::Listed(arn), true) = (&user.principal.matching, user.wanted.is_empty()) {
            shared.entry(&user.access).or_default().push(arn.clone());
        }
    }
    for (access, principals) in shared {
        statements.r#use.push(Statement::allow(
            format!("Allow {}", access.words),
            Principals::of(PrincipalKind::Aws, principals),
            access.actions(),
        ));
    }
    for user in users {
        let listed = matches!(user.principal.matching, Matching::Listed(_));
        if !(listed && user.wanted.is_empty()) {
            own_statements(user, &mut statements);
        }
    }
    statements
}

fn own_statements(user: &User, statements: &mut UserStatements) {
    let name = sid::tidy(&user.principal.words);
    let through = through(user);
    let of_user = statements_of(user, |what, actions| {
        let sid = format!("Allow {what} for {name}{through}");
        user.principal.allow(&sid, actions)
    });
    statements.r#use.extend(of_user.r#use);
    statements.grants.extend(of_user.grants);
}

/// The services that a user's requests come through, as a Sid tells of them.
pub(super) fn through(user: &User) -> String {
    match user.wanted.words.as_str() {
        "" => String::new(),
        words => format!(" through {}", sid::tidy(words)),
    }
}

/// The statements of one user under all its conditions. `allow` makes an Allow of what it is about, in words for its
/// Sid, and of its actions.
pub(super) fn statements_of(
    user: &User,
    allow: impl Fn(&str, Vec<&'static str>) -> Statement,
) -> UserStatements {
    let User {
        principal: _,
        access,
        wanted,
    } = user;
    let mut statements = UserStatements::default();
    if wanted.context.is_empty() {
        let statement = allow(&access.words, access.actions().collect());
        statements.r#use.push(wanted.apply_via(statement));
    } else {
        // Some services need no more than to describe the key and to make grants.
        if !access.cryptography.is_empty() {
            let cryptography = access.cryptography.iter().copied();
            let statement = allow(&access.words, cryptography.collect());
            statements.r#use.push(wanted.apply(statement));
        }
        let description = access.description.iter().copied();
        let statement = allow("description of the key", description.collect());
        statements.r#use.push(wanted.apply_via(statement));
    }
    if !access.passes_on {
        return statements;
    }
    for (fence, through) in &wanted.grants {
        let statement = allow(fence.words(), vec![CREATE_GRANT]);
        let statement = wanted.fence_grants(statement, fence, through);
        statements.grants.push(statement);
    }
    statements
}
