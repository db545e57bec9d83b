//! What every compiled policy keeps to.

use std::collections::BTreeSet;

use keywright::iam::{Effect, Principals, Statement, Tree};
use keywright::kms::actions::{self, Class};
use keywright::kms::{Key, Origin};
use serde_json::Value as Json;

fn listed(statement: &Statement) -> &[String] {
    let action = statement.action.as_ref().unwrap();
    assert!(!action.negated);
    &action.value
}

fn is_sorted_set<T: Ord>(items: &[T]) -> bool {
    !items.is_empty() && items.is_sorted_by(|one, next| one < next)
}

pub(crate) fn check(key: &Key, protected: bool) {
    let policy = &key.policy;
    let mut sids = BTreeSet::new();
    for statement in &policy.statements {
        let sid = statement.sid.as_deref().unwrap();
        assert!(sids.insert(sid), "`{sid}` twice");
        assert!(
            sid.chars().all(|c| c.is_ascii_alphanumeric() || c == ' '),
            "{sid}"
        );
        assert_eq!(sid.trim(), sid);
        check_statement(statement, key.multi_region);
    }
    let deny = policy
        .statements
        .iter()
        .filter(|statement| statement.effect == Effect::Deny);
    let deny: Vec<_> = deny.map(|statement| listed(statement).concat()).collect();
    let wanted: &[&str] = match (protected, key.origin) {
        (false, _) => &[],
        (true, Origin::External) => &["kms:DeleteImportedKeyMaterialkms:ScheduleKeyDeletion"],
        (true, _) => &["kms:ScheduleKeyDeletion"],
    };
    assert_eq!(deny, wanted);
    check_json(&Tree::from(policy).to_json(&ToString::to_string));
}

fn check_statement(statement: &Statement, multi_region: bool) {
    let sid = statement.sid.as_deref().unwrap();
    let principal = statement.principal.as_ref().unwrap();
    assert!(!principal.negated);
    let Principals::Listed(kinds) = &principal.value else {
        panic!("a bare `*` in {sid}")
    };
    assert!(!kinds.is_empty() && kinds.values().all(|names| is_sorted_set(names)));
    assert!(is_sorted_set(listed(statement)));
    assert!(is_sorted_set(&statement.resource.as_ref().unwrap().value));
    let conditions = || statement.conditions.values().flatten();
    assert!(conditions().all(|(_, values)| is_sorted_set(values)));
    // Everyone is always fenced in, save from being denied.
    let everyone = principal.value.includes_everyone();
    assert!(
        !everyone
            || statement.effect == Effect::Deny
            || statement.conditions.get("StringEquals").is_some()
    );
    for pattern in listed(statement) {
        assert!(pattern.starts_with("kms:"));
        let matched: Vec<_> = actions::matching(pattern).collect();
        assert!(!matched.is_empty(), "`{pattern}` matches nothing");
        if sid.starts_with("Allow KMS key administrator access") {
            let fine = |action: &&actions::Action| {
                action.class != Class::Use && (multi_region || action.class != Class::Replica)
            };
            assert!(matched.iter().all(fine), "{pattern} for administrators");
            assert!(matched.iter().all(|action| action.name != "CreateGrant"));
        }
        if pattern == "kms:CreateGrant" {
            let fenced = conditions().any(|(key, _)| {
                matches!(
                    key.as_str(),
                    "kms:ViaService" | "kms:GrantIsForAWSResource" | "kms:GrantOperations"
                )
            });
            assert!(fenced, "{sid}");
        }
        if matched
            .iter()
            .any(|action| !action.takes_encryption_context)
            && pattern != "kms:*"
        {
            let voided = conditions().any(|(key, _)| key.starts_with("kms:EncryptionContext"));
            assert!(!voided, "{pattern} under an encryption context in {sid}");
        }
    }
}

/// As it is printed: no empty list, no list of one value.
fn check_json(value: &Json) {
    match value {
        Json::Array(items) => {
            let statements = items.iter().any(Json::is_object);
            assert!(items.len() > 1 || statements, "{items:?}");
            items.iter().for_each(check_json);
        }
        Json::Object(members) => {
            assert!(!members.is_empty());
            members.values().for_each(check_json);
        }
        Json::String(_) => {}
        other => panic!("{other} in a policy"),
    }
}
