//! The access table, in names that people use.

use super::name::{self, Name, NameKind, Whose};
use super::scope::{Scope, USE};
use crate::access::exact::{Access, Analysis, Capability, Row, Subject};
use crate::controls::reading::{self, Who};
use crate::iam::{Effect, PolicyDocument, PrincipalKind};
use crate::kms::actions::Action;

/// A column: something that can be done with the key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Column {
    /// What.
    pub capability: Capability,
    /// In a word.
    pub title: &'static str,
    /// In some words.
    pub meaning: &'static str,
}

/// A row: who, and what of the columns.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccessRow {
    /// Who.
    pub name: Name,
    /// What they can do, column by column: the most by one of its actions.
    pub cells: Vec<Access>,
    /// What they can do, action by action; what they cannot is left out.
    pub actions: Vec<(&'static str, Access)>,
}

impl AccessRow {
    /// Whether they can do anything, or nobody can tell.
    #[must_use]
    pub fn has_access(&self) -> bool {
        !self.actions.is_empty()
    }

    /// What they can do of a column.
    #[must_use]
    pub fn cell(&self, columns: &[Column], capability: Capability) -> Access {
        let index = columns
            .iter()
            .position(|column| column.capability == capability);
        let cell = index.and_then(|index| self.cells.get(index));
        cell.copied().unwrap_or(Access::No)
    }
}

fn column(capability: Capability, scope: &Scope) -> Column {
    let macs = scope.makes_macs();
    let (title, meaning) = match capability {
        Capability::ChangePolicy => ("policy", "change the key policy"),
        Capability::Delete => ("delete", "schedule the deletion of the key or its material"),
        Capability::Administer => ("manage", "enable, disable, rotate, tag, rename, …"),
        Capability::Grant => ("grants", "create grants"),
        Capability::Encrypt => ("encrypt", "encrypt, generate data keys"),
        Capability::Decrypt => ("decrypt", "decrypt"),
        Capability::Sign if macs => ("make MAC", "generate message authentication codes"),
        Capability::Sign => ("sign", "sign"),
        Capability::Verify if macs => ("verify", "verify message authentication codes"),
        Capability::Verify => ("verify", "verify signatures"),
        Capability::Agree => ("agree", "derive shared secrets"),
        Capability::Read => ("look", "look at properties"),
    };
    Column {
        capability,
        title,
        meaning,
    }
}

/// The columns that the key has and somebody can do, and a row for everyone who matters.
pub(super) fn table(
    document: &PolicyDocument,
    scope: &Scope,
    analysis: &mut Analysis<'_>,
) -> (Vec<Column>, Vec<AccessRow>) {
    let mut rows: Vec<(Name, Vec<(&'static Action, Access)>)> = Vec::new();
    for row in analysis.table() {
        let Row {
            subject,
            outside,
            actions,
        } = row;
        let mut name = subject_name(&subject, scope);
        let of_any = name.whose == Whose::Any && matches!(subject, Subject::Matching(..));
        if of_any && !outside {
            name.whose = Whose::Own;
        }
        let of_key = actions.into_iter().filter(|(action, access)| {
            *access != Access::No && scope.works(action) && action.effective_in_key_policy.is_some()
        });
        let of_key: Vec<_> = of_key.collect();
        // Those of this account who pass a condition on their name have no more by it than others there.
        let rest = rows.iter().find(|(name, _)| name.kind == NameKind::Rest);
        let like_rest = rest.is_some_and(|(_, rest)| *rest == of_key);
        if !(of_any && !outside && like_rest) {
            add(&mut rows, name, of_key);
        }
    }
    for (name, actions) in unresolved(document, scope) {
        add(&mut rows, name, actions);
    }
    // Those of whom nothing is to be told are left out, but for the rest of the account.
    rows.retain(|(name, actions)| name.kind == NameKind::Rest || !actions.is_empty());
    let last = |name: &Name| match name.kind {
        NameKind::Rest => 1,
        NameKind::Anyone => 2,
        _ => 0,
    };
    rows.sort_by_key(|(name, _)| last(name));
    let columns = Capability::ALL.into_iter().filter(|capability| {
        let mut cells = rows.iter().map(|(_, actions)| most(actions, *capability));
        cells.any(|cell| cell != Access::No)
            && (scope.kind.is_some() || is_meant(document, *capability))
    });
    let columns: Vec<Column> = columns
        .map(|capability| column(capability, scope))
        .collect();
    let rows = rows.into_iter().map(|(name, actions)| {
        let cells = columns.iter();
        let cells = cells.map(|column| most(&actions, column.capability));
        let cells = cells.collect();
        let actions = actions.into_iter();
        AccessRow {
            name,
            cells,
            actions: actions
                .map(|(action, access)| (action.name, access))
                .collect(),
        }
    });
    let rows = rows.collect();
    (columns, rows)
}

fn most(actions: &[(&'static Action, Access)], capability: Capability) -> Access {
    let of = actions.iter();
    let of = of.filter(|(action, _)| Capability::of(action) == Some(capability));
    of.map(|(_, access)| *access).max().unwrap_or(Access::No)
}

/// Adds a row, or what it has to that of the same name.
fn add(
    rows: &mut Vec<(Name, Vec<(&'static Action, Access)>)>,
    name: Name,
    actions: Vec<(&'static Action, Access)>,
) {
    let Some((_, known)) = rows.iter_mut().find(|(known, _)| *known == name) else {
        rows.push((name, actions));
        return;
    };
    for (action, access) in actions {
        match known.iter_mut().find(|(other, _)| *other == action) {
            Some((_, most)) => *most = access.max(*most),
            None => known.push((action, access)),
        }
    }
    known.sort_unstable_by_key(|(action, _)| action.name);
}

fn subject_name(subject: &Subject, scope: &Scope) -> Name {
    match subject {
        Subject::Account => Name::new(NameKind::Rest, "", Whose::Own),
        Subject::Principal(text) => name::arn(text, scope),
        Subject::Matching(patterns, _) => name::matching(patterns, scope),
        Subject::OtherAccount(account) => {
            Name::new(NameKind::Account, "", Whose::Other(account.clone()))
        }
        Subject::Organization(name) => Name::new(NameKind::Organization, name, Whose::Any),
        Subject::Service(text) => Name::new(NameKind::Service, text.to_string(), Whose::Any),
        Subject::Anyone => Name::new(NameKind::Anyone, "", Whose::Any),
    }
}

/// Those whom only deployment knows, with what statements allow them: whether they get it depends on who they are.
fn unresolved(
    document: &PolicyDocument,
    scope: &Scope,
) -> Vec<(Name, Vec<(&'static Action, Access)>)> {
    let allowing = document
        .statements
        .iter()
        .filter(|statement| statement.effect == Effect::Allow);
    let mut rows = Vec::new();
    for statement in allowing {
        for named in reading::principals(statement) {
            let service = named.who == Who::Service && named.text.is_unknown();
            if named.who != Who::Unknown && !service {
                continue;
            }
            let actions = super::action::of(statement, scope).into_iter();
            let name = name::principal(&reading::named(PrincipalKind::Aws, named.text), scope);
            rows.push((
                name,
                actions.map(|action| (action, Access::Unknown)).collect(),
            ));
        }
    }
    rows
}

/// Whether some statement speaks of a capability by more than "everything", where the kind of key is not known. Keys
/// are for encrypting where none speaks of any use.
fn is_meant(document: &PolicyDocument, capability: Capability) -> bool {
    if !USE.contains(&capability) {
        return true;
    }
    let patterns = document.statements.iter().flat_map(|statement| {
        let clause = statement.action.iter();
        clause.flat_map(|clause| &clause.value)
    });
    let patterns = patterns.filter(|pattern| !matches!(pattern.as_str(), "*" | "kms:*"));
    let named: Vec<Capability> = patterns
        .flat_map(|pattern| reading::matched(pattern))
        .filter_map(Capability::of)
        .filter(|named| USE.contains(named))
        .collect();
    if named.is_empty() {
        matches!(capability, Capability::Encrypt | Capability::Decrypt)
    } else {
        named.contains(&capability)
    }
}
