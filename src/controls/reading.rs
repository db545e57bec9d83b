//! What several controls ask of a statement.

use super::rules::Subject;
use crate::iam::read::StatementPlaces;
use crate::iam::{
    AccountId, Arn, Clause, Effect, PrincipalKind, Principals, Statement, Text, Variable,
};
use crate::kms::actions::{self, ACTIONS, Action};

/// Whom a name in a Principal element is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Who {
    /// `*`.
    Everyone,
    /// An account, so that its own policies decide.
    Account,
    /// A user, a role or a session of an account.
    Principal,
    /// The unique id of a principal that is gone.
    Gone,
    /// A service with a principal of its own.
    Service,
    /// An identity provider, or another kind of name that belongs to no account.
    Other,
    /// Nobody can tell.
    Unknown,
}

/// One name of a Principal element.
#[derive(Debug, Clone)]
pub(crate) struct Named<'s> {
    pub(crate) kind: PrincipalKind,
    pub(crate) text: &'s Text,
    pub(crate) who: Who,
    /// The account that it belongs to.
    pub(crate) account: Option<Text>,
}

/// What a name in a Principal element means.
pub(crate) fn named(kind: PrincipalKind, text: &Text) -> Named<'_> {
    let of = |who, account| Named {
        kind,
        text,
        who,
        account,
    };
    match kind {
        PrincipalKind::Service => return of(Who::Service, None),
        PrincipalKind::Federated | PrincipalKind::CanonicalUser => return of(Who::Other, None),
        PrincipalKind::Aws => {}
    }
    if text.as_literal() == Some("*") {
        return of(Who::Everyone, None);
    }
    if is_account(text) {
        return of(Who::Account, Some(text.clone()));
    }
    if text.as_literal().is_some_and(is_unique_id) {
        return of(Who::Gone, None);
    }
    let Some(arn) = Arn::parse(text) else {
        let who = if text.is_unknown() {
            Who::Unknown
        } else {
            Who::Other
        };
        return of(who, None);
    };
    let who = if arn.account.is_unknown() || arn.resource.is_unknown() {
        Who::Unknown
    } else if arn.resource.as_literal() == Some("root") {
        Who::Account
    } else {
        Who::Principal
    };
    of(who, Some(arn.account))
}

/// Whether it is an account id, or the key's own account.
pub(super) fn is_account(text: &Text) -> bool {
    *text == Text::variable(Variable::Account)
        || text.as_literal().and_then(AccountId::parse).is_some()
}

/// Whether it is the id by which IAM keeps a user or role that was deleted.
/// Source: IAM user guide, "IAM identifiers", the prefixes of unique ids.
pub(super) fn is_unique_id(name: &str) -> bool {
    (name.starts_with("AROA") || name.starts_with("AIDA"))
        && name.len() >= 16
        && name
            .bytes()
            .all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit())
}

/// The names of a statement's Principal element; none where it is negated or not there.
pub(crate) fn principals(statement: &Statement) -> Vec<Named<'_>> {
    static EVERYONE: std::sync::LazyLock<Text> = std::sync::LazyLock::new(|| Text::literal("*"));
    match &statement.principal {
        Some(Clause {
            negated: false,
            value: Principals::Anyone,
        }) => vec![named(PrincipalKind::Aws, &EVERYONE)],
        Some(Clause {
            negated: false,
            value: Principals::Listed(kinds),
        }) => {
            let each = kinds
                .iter()
                .flat_map(|(kind, names)| names.iter().map(|name| named(*kind, name)));
            each.collect()
        }
        _ => Vec::new(),
    }
}

/// The actions of KMS that one element of Action names; only `*` or `kms` stand before the colon.
pub(crate) fn matched(pattern: &str) -> Vec<&'static Action> {
    matching(pattern).collect()
}

fn matching(pattern: &str) -> impl Iterator<Item = &'static Action> {
    let meant = match pattern.split_once(':') {
        None => pattern == "*",
        Some((service, _)) => service.eq_ignore_ascii_case("kms"),
    };
    let pattern = meant.then_some(pattern);
    pattern.into_iter().flat_map(actions::matching)
}

/// The actions that a statement is about.
pub(crate) fn covered(statement: &Statement) -> Vec<&'static Action> {
    let Some(clause) = &statement.action else {
        return Vec::new();
    };
    let mut listed: Vec<_> = clause.value.iter().flat_map(|one| matching(one)).collect();
    listed.sort_unstable_by_key(|action| action.name);
    listed.dedup_by_key(|action| action.name);
    if !clause.negated {
        return listed;
    }
    ACTIONS
        .iter()
        .filter(|action| !includes(&listed, action.name))
        .collect()
}

/// The actions that a statement is about and that a key policy can say anything about.
pub(crate) fn effective(statement: &Statement) -> Vec<&'static Action> {
    let mut actions = covered(statement);
    actions.retain(|action| action.effective_in_key_policy != Some(false));
    actions
}

/// Whether a statement is about all actions of another one, on the same resource.
pub(super) fn concerns(wide: &Statement, narrow: &Statement) -> bool {
    let actions = effective(wide);
    let mut of_narrow = effective(narrow).into_iter();
    wide.resource == narrow.resource && of_narrow.all(|action| includes(&actions, action.name))
}

/// Whether the action is among them.
pub(crate) fn includes(actions: &[&Action], name: &str) -> bool {
    actions.iter().any(|action| action.name == name)
}

/// Every condition of a statement: operator, key and values.
pub(crate) fn conditions(statement: &Statement) -> impl Iterator<Item = (&str, &str, &[Text])> {
    statement.conditions.iter().flat_map(|(operator, keys)| {
        let keys = keys.iter();
        keys.map(|(key, values)| (operator.as_str(), key.as_str(), values.as_slice()))
    })
}

impl<'s> Subject<'s> {
    /// The statements of which everything is certain.
    pub(super) fn certain(&self) -> impl Iterator<Item = (&'s Statement, &'s StatementPlaces)> {
        self.statements()
            .filter(|(statement, _)| !statement.uncertain)
    }

    /// The certain statements that allow something.
    pub(super) fn allowing(&self) -> impl Iterator<Item = (&'s Statement, &'s StatementPlaces)> {
        self.certain()
            .filter(|(statement, _)| statement.effect == Effect::Allow)
    }

    /// The key's own account: as the workspace has it, else the only account that the policy lets change the policy,
    /// because KMS takes that from no other account.
    /// Source: KMS API reference, `PutKeyPolicy`, "Cross-account use: No".
    pub(super) fn own_account(&self) -> Option<Text> {
        if let Some(account) = &self.rules.account {
            return Some(Text::literal(account.as_str()));
        }
        self.owner.get_or_init(|| self.find_owner()).clone()
    }

    fn find_owner(&self) -> Option<Text> {
        let owners = owners(self.certain().map(|(statement, _)| statement));
        match owners.as_slice() {
            [only] => Some(only.clone()),
            owners => owners
                .iter()
                .find(|owner| owner.as_literal().is_none())
                .cloned(),
        }
    }

    /// Whether an account is the key's own; `None` where nobody can tell.
    pub(super) fn is_own(&self, account: &Text) -> Option<bool> {
        let account = account_of(account)?;
        if account == Text::variable(Variable::Account) {
            return Some(true);
        }
        self.own_account().map(|own| own == account)
    }

    /// Whether an account may be let in: the key's own, or one that the workspace trusts.
    pub(super) fn is_trusted(&self, account: &Text) -> Option<bool> {
        let id = account.as_literal().and_then(AccountId::parse);
        if id.is_some_and(|id| self.rules.trusted.contains(&id)) {
            return Some(true);
        }
        self.is_own(account)
    }
}

/// The account of an id or a root ARN.
fn account_of(text: &Text) -> Option<Text> {
    if is_account(text) {
        return Some(text.clone());
    }
    let arn = Arn::parse(text)?;
    is_account(&arn.account).then_some(arn.account)
}

/// The accounts that statements let change the policy.
pub(crate) fn owners<'s>(statements: impl Iterator<Item = &'s Statement>) -> Vec<Text> {
    let mut owners: Vec<Text> = Vec::new();
    for statement in statements.filter(|statement| statement.effect == Effect::Allow) {
        if !includes(&effective(statement), "PutKeyPolicy") {
            continue;
        }
        let named = principals(statement).into_iter();
        let named = named.filter_map(|name| account_of(&name.account?));
        for account in named.chain(callers(statement)) {
            if !owners.contains(&account) {
                owners.push(account);
            }
        }
    }
    owners
}

/// The accounts to whose callers the conditions of a statement keep it.
fn callers(statement: &Statement) -> impl Iterator<Item = Text> {
    let of_caller = ["kms:CallerAccount", "aws:PrincipalAccount"];
    let asked = conditions(statement).filter(move |(operator, key, _)| {
        *operator == "StringEquals" && of_caller.iter().any(|one| one.eq_ignore_ascii_case(key))
    });
    asked.flat_map(|(_, _, values)| values.iter().filter(|value| is_account(value)).cloned())
}
