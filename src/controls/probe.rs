//! Questions about some conditions of a statement: whether they hold for one request, whatever the others say.

use super::reading;
use super::rules::Subject;
use crate::access::{AccessRequest, AwsCaller, Caller, Context, Identity, Place, Truth, trace};
use crate::iam::{
    AccountId, Clause, Conditions, Effect, PolicyDocument, Principals, Statement, Text, Version,
};
use crate::kms::Partition;

/// A request that is tried.
pub(super) struct Probe {
    /// Who calls.
    pub(super) caller: Caller,
    /// What for.
    pub(super) action: &'static str,
    /// What else it carries.
    pub(super) context: Context,
}

/// Accounts that no policy under inspection is likely to name.
const ELSEWHERE: [u64; 3] = [999_988_887_777, 888_877_776_666, 666_655_554_444];
/// Stands for the key's account where that is not known.
const OWN: u64 = 777_766_665_555;

impl Probe {
    /// A role of an account, in the key's partition.
    pub(super) fn role(account: &AccountId, path: &str, action: &'static str) -> Self {
        let caller = AwsCaller {
            partition: "aws".to_owned(),
            account: account.clone(),
            identity: Identity::Role {
                path: path.to_owned(),
            },
        };
        Self {
            caller: Caller::Aws(caller),
            action,
            context: Context::new(),
        }
    }

    /// Adds a value of a condition key.
    pub(super) fn with(mut self, key: &str, value: &str) -> Self {
        self.context.add(key, value);
        self
    }
}

/// The key's account, or one that stands for it.
pub(super) fn own(subject: &Subject<'_>) -> AccountId {
    let known = subject.own_account();
    let known = known
        .as_ref()
        .and_then(Text::as_literal)
        .and_then(AccountId::parse);
    known.unwrap_or_else(|| AccountId::of_number(OWN))
}

/// An account that the policy does not name.
pub(super) fn elsewhere(subject: &Subject<'_>) -> AccountId {
    let is_named = |account: &AccountId| {
        let mut texts = subject
            .policy()
            .into_iter()
            .flat_map(|policy| policy.document.texts());
        texts.any(|text| {
            text.literals()
                .any(|literal| literal.contains(account.as_str()))
        })
    };
    let mut accounts = ELSEWHERE.into_iter().map(AccountId::of_number);
    let free = accounts.find(|account| !is_named(account));
    free.unwrap_or_else(|| AccountId::of_number(1))
}

/// Whether the conditions of a statement on these keys hold for a request.
pub(super) fn holds(
    subject: &Subject<'_>,
    statement: &Statement,
    keys: impl Fn(&str) -> bool,
    probe: Probe,
) -> Truth {
    let mut conditions = Conditions::new();
    for (operator, key, values) in reading::conditions(statement) {
        if keys(&key.to_ascii_lowercase()) {
            let of_operator = conditions.or_default(operator.to_owned());
            of_operator.insert(key.to_owned(), values.to_vec());
        }
    }
    let alone = Statement {
        sid: None,
        effect: Effect::Allow,
        principal: Some(Clause::is(Principals::Anyone)),
        action: Some(Clause::is(vec!["kms:*".to_owned()])),
        resource: Some(Clause::is(vec![Text::literal("*")])),
        conditions,
        uncertain: statement.uncertain,
    };
    let own_policy = subject.policy().map(|policy| &policy.document);
    let version = own_policy.map_or(Version::V2012, |policy| policy.version);
    let region = Place::stand_in_region(own_policy);
    let mut caller = probe.caller;
    if let Caller::Aws(caller) = &mut caller {
        Partition::of_region(&region)
            .id()
            .clone_into(&mut caller.partition);
    }
    let policy = PolicyDocument {
        version,
        id: None,
        statements: vec![alone],
    };
    let request = AccessRequest {
        place: Place {
            account: Some(own(subject)),
            region: Some(region),
            key_id: None,
        },
        caller,
        action: format!("kms:{}", probe.action),
        context: probe.context,
        identity_policies: Vec::new(),
    };
    let traces = trace(&policy, &request);
    traces.first().map_or(Truth::Maybe, |trace| trace.applies)
}
