//! What actions come to.

use super::scope::Scope;
use crate::access::exact::Capability;
use crate::controls::reading;
use crate::iam::Statement;
use crate::kms::actions::{ACTIONS, Action};

/// As many actions are written out.
const FEW: usize = 6;

/// The actions of a statement that matter for the key.
pub(super) fn of(statement: &Statement, scope: &Scope) -> Vec<&'static Action> {
    let mut actions = reading::effective(statement);
    actions.retain(|action| scope.works(action));
    actions
}

/// What somebody may do by a statement.
pub(super) fn words(statement: &Statement, scope: &Scope) -> String {
    let Some(clause) = &statement.action else {
        return "nothing: the statement names no action".to_owned();
    };
    let actions = of(statement, scope);
    let written = written(&clause.value);
    let all = ACTIONS
        .iter()
        .filter(|action| action.effective_in_key_policy != Some(false) && scope.works(action));
    if clause.negated {
        return format!("everything but {written}");
    }
    if actions.is_empty() {
        return format!("nothing that this key can do ({written})");
    }
    if actions.len() == all.count() {
        return format!("everything ({written})");
    }
    format!("{} ({written})", phrases(&actions, scope))
}

fn written(patterns: &[String]) -> String {
    if patterns.len() > FEW {
        return format!("{} actions", patterns.len());
    }
    let quoted: Vec<String> = patterns.iter().map(|one| format!("`{one}`")).collect();
    quoted.join(", ")
}

/// Actions by what they are good for.
fn phrases(actions: &[&'static Action], scope: &Scope) -> String {
    let mut words = Vec::new();
    for capability in Capability::ALL {
        let of = actions
            .iter()
            .filter(|action| Capability::of(action) == Some(capability));
        let names: Vec<&str> = of.map(|action| action.name).collect();
        if names.is_empty() {
            continue;
        }
        let only_data_keys = names.iter().all(|name| name.starts_with("GenerateDataKey"));
        words.push(match capability {
            Capability::ChangePolicy => "change this policy",
            Capability::Delete if names == ["DeleteImportedKeyMaterial"] => {
                "delete its key material"
            }
            Capability::Delete => "schedule its deletion",
            Capability::Administer if names == ["CancelKeyDeletion"] => "cancel its deletion",
            Capability::Administer if names == ["RevokeGrant"] => "revoke grants",
            Capability::Administer if names.iter().all(|name| name.ends_with("Grant")) => {
                "end grants"
            }
            Capability::Administer => "administer it",
            Capability::Grant => "create grants",
            Capability::Encrypt if only_data_keys => "encrypt with data keys",
            Capability::Encrypt => "encrypt",
            Capability::Decrypt => "decrypt",
            Capability::Sign if scope.makes_macs() => "make MACs",
            Capability::Sign => "sign",
            Capability::Verify if scope.makes_macs() => "verify MACs",
            Capability::Verify => "verify",
            Capability::Agree => "derive shared secrets",
            Capability::Read => "look at its properties",
        });
    }
    join(&words)
}

/// `a, b and c`.
pub(super) fn join<T: AsRef<str>>(words: &[T]) -> String {
    let words: Vec<&str> = words.iter().map(AsRef::as_ref).collect();
    match words.split_last() {
        None => String::new(),
        Some((only, [])) => (*only).to_owned(),
        Some((last, others)) => format!("{} and {last}", others.join(", ")),
    }
}

/// Elements that name no action of KMS.
pub(super) fn strangers(statement: &Statement) -> Vec<String> {
    let clause = statement.action.iter().filter(|clause| !clause.negated);
    let patterns = clause.flat_map(|clause| &clause.value);
    let none = patterns.filter(|pattern| reading::matched(pattern).is_empty());
    none.map(|pattern| format!("`{pattern}`")).collect()
}
