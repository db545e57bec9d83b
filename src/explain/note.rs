//! What follows from the table.

use super::Explanation;
use super::access::AccessRow;
use super::action::join;
use super::name::{NameKind, Whose};
use super::scope::USE;
use crate::access::exact::{Access, Analysis, Capability};
use crate::iam::{Effect, PolicyDocument};
use crate::readback::found::{FoundKey, Property};

/// Adds what readers should know, the gravest first.
pub(super) fn notes(
    explained: &Explanation,
    (key, document): (&FoundKey, &PolicyDocument),
    analysis: &mut Analysis<'_>,
    notes: &mut Vec<String>,
) {
    let mut own = Vec::new();
    let mut by = Vec::new();
    if explained.is_open() {
        let places = key.policy.known().map(|read| &read.places);
        for index in 0..document.statements.len() {
            if !analysis.strangers(Some(index), |_| true).is_no() {
                let place = places.and_then(|places| places.get(index));
                let number = place.map_or(index, |place| place.number) + 1;
                by.push(number.to_string());
            }
        }
        by.dedup();
    }
    own.extend(open(explained, &by));
    if analysis.can_change_policy().is_no() {
        own.push("Nobody can change this policy any more. Only AWS Support can help.".to_owned());
    }
    own.extend(outsiders(explained));
    own.extend(permission_sets(explained));
    own.extend(changers(explained));
    own.extend(through_iam(explained));
    own.extend(root_user(explained));
    own.extend(grants(explained));
    own.extend(deletion(explained));
    if key.policy == Property::Absent {
        own.push(
            "The key has no policy here. This explains the default policy that AWS gives to it."
                .to_owned(),
        );
    }
    for (assumed, _) in &key.assumptions {
        own.push(format!("This holds as long as {assumed}."));
    }
    own.append(notes);
    *notes = own;
}

fn names<'e>(rows: impl Iterator<Item = &'e AccessRow>) -> Vec<String> {
    rows.map(|row| row.name.words()).collect()
}

fn rest(explained: &Explanation) -> Option<&AccessRow> {
    let mut rows = explained.rows.iter();
    rows.find(|row| row.name.kind == NameKind::Rest && row.name.whose == Whose::Own)
}

fn open(explained: &Explanation, by: &[String]) -> Option<String> {
    let mut rows = explained.rows.iter();
    let anyone = rows.find(|row| row.name.kind == NameKind::Anyone);
    let Some(anyone) = anyone else {
        let foreign = explained.outsiders().next().is_some();
        return (!foreign && !explained.rows.is_empty())
            .then(|| "Nobody of other accounts has access.".to_owned());
    };
    let known = anyone
        .cells
        .iter()
        .any(|cell| !matches!(cell, Access::No | Access::Unknown));
    let conditional = anyone
        .cells
        .iter()
        .all(|cell| !matches!(cell, Access::Direct | Access::ThroughIam));
    let by = match by {
        [] => String::new(),
        [one] => format!(" See statement {one}."),
        several => format!(" See statements {}.", join(several)),
    };
    let said = if !known {
        "Whether this key is public cannot be told.".to_owned()
    } else if conditional {
        "PUBLIC: under conditions that anyone may fulfil, everyone in the world with an AWS account can get at \
         this key."
            .to_owned()
    } else {
        "PUBLIC: everyone in the world with an AWS account can get at this key.".to_owned()
    };
    Some(said + &by)
}

fn outsiders(explained: &Explanation) -> Option<String> {
    let outsiders = explained
        .outsiders()
        .filter(|row| row.name.kind != NameKind::Anyone);
    let names = names(outsiders);
    (!names.is_empty()).then(|| {
        format!(
            "Other accounts have access: {}. They need an IAM policy there as well, which their administrators give.",
            join(&names)
        )
    })
}

fn permission_sets(explained: &Explanation) -> Option<String> {
    let names = explained.statements.iter().flat_map(|one| &one.who);
    let mut sets: Vec<String> = Vec::new();
    for name in names.filter(|name| name.kind == NameKind::PermissionSet) {
        let shown = format!("`{}`", name.name);
        if !sets.contains(&shown) {
            sets.push(shown);
        }
    }
    let (sets, are) = match sets.as_slice() {
        [] => return None,
        [_] => (join(&sets), "is a permission set"),
        _ => (join(&sets), "are permission sets"),
    };
    Some(format!(
        "{sets} {are} of IAM Identity Center, which makes and removes the roles of a set itself. So the policy knows \
         them by the names of these roles."
    ))
}

fn changers(explained: &Explanation) -> Option<String> {
    let changers = explained.who_can(&[Capability::ChangePolicy]);
    let names = names(changers);
    let through_iam = rest(explained)
        .is_some_and(|row| row.cell(&explained.columns, Capability::ChangePolicy) != Access::No);
    let who = match (names.is_empty(), through_iam) {
        (true, false) => return None,
        (true, true) => "Whoever may change the key policy by an IAM policy".to_owned(),
        (false, true) => format!(
            "{}, and whoever may change the key policy by an IAM policy,",
            capitalised(&join(&names))
        ),
        (false, false) => capitalised(&join(&names)),
    };
    Some(format!(
        "{who} can have everything else, too: who can change the key policy (`kms:PutKeyPolicy`) can put in a \
         statement that allows it."
    ))
}

fn through_iam(explained: &Explanation) -> Option<String> {
    let row = rest(explained)?;
    let uses = USE
        .iter()
        .any(|capability| row.cell(&explained.columns, *capability) == Access::ThroughIam);
    uses.then(|| {
        "IAM policies of this account can give the use of the key to anyone there, also to those who manage it: \
         the key policy alone keeps no two duties apart."
            .to_owned()
    })
}

/// The root user has no row of its own: usually what it may do others of the account may be given, too.
fn root_user(explained: &Explanation) -> Option<String> {
    let mut allowing = explained.statements.iter();
    let allowing = allowing.find(|statement| {
        let root = statement
            .who
            .iter()
            .any(|name| name.kind == NameKind::RootUser);
        statement.effect == Some(Effect::Allow) && root
    })?;
    Some(format!(
        "The root user of this account can do what statement {} says, and the table leaves it out.",
        allowing.number
    ))
}

fn grants(explained: &Explanation) -> Option<String> {
    let holders: Vec<String> = explained
        .who_can(&[Capability::Grant])
        .map(|row| {
            let cell = row.cell(&explained.columns, Capability::Grant);
            let limited = matches!(
                cell,
                Access::DirectUnderCondition | Access::ThroughIamUnderCondition
            );
            let words = row.name.words();
            if limited {
                format!("{words} (under conditions)")
            } else {
                words
            }
        })
        .collect();
    (!holders.is_empty()).then(|| {
        format!(
            "Can create grants: {}. A grant (`kms:CreateGrant`) gives others the use of the key without a change of \
             any policy.",
            join(&holders)
        )
    })
}

fn deletion(explained: &Explanation) -> Option<String> {
    let denies = explained.statements.iter().find(|statement| {
        let denied = statement.actions.contains(&"ScheduleKeyDeletion");
        statement.effect == Some(Effect::Deny) && denied
    })?;
    let mut actions = explained.rows.iter().flat_map(|row| &row.actions);
    let possible = actions.any(|(action, _)| *action == "ScheduleKeyDeletion");
    (!possible).then(|| {
        format!(
            "Nobody can schedule the deletion of the key while statement {} stands. Who can change the key policy \
             can take it out first.",
            denies.number
        )
    })
}

fn capitalised(text: &str) -> String {
    let mut chars = text.chars();
    let first = chars.next().map(|first| first.to_uppercase().to_string());
    first.unwrap_or_default() + chars.as_str()
}
