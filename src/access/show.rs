//! Requests as `simulate --requests` takes them.

use std::fmt;

use serde_json::{Map, Value, json};

use super::principal::{AwsCaller, Caller, Identity};
use super::request::AccessRequest;
use crate::iam::Tree;
use crate::kms::condition_keys::{self, Suffix};

impl AccessRequest {
    /// The request as one of `simulate --requests`, without `id` and `policy`: [`super::question::question`] reads it.
    #[must_use]
    pub fn to_json(&self) -> Value {
        let mut members = Map::new();
        let mut add = |name: &str, value: Value| {
            members.insert(name.to_owned(), value);
        };
        if let Some(account) = &self.place.account {
            add("account", json!(account.as_str()));
        }
        if let Some(region) = &self.place.region {
            add("region", json!(region));
        }
        let caller = match &self.caller {
            Caller::Service(name) => json!({ "service": name }),
            Caller::Aws(_) => json!(self.caller.to_string()),
        };
        add("principal", caller);
        add("action", json!(self.action));
        let context: Map<_, _> = self
            .context
            .entries()
            .map(|(key, values)| {
                let values = match values {
                    [only] => json!(only),
                    values => json!(values),
                };
                (spelled(key), values)
            })
            .collect();
        if !context.is_empty() {
            add("context", Value::Object(context));
        }
        if !self.identity_policies.is_empty() {
            let policies = self.identity_policies.iter();
            let policies = policies.map(|policy| Tree::from(policy).to_json(&ToString::to_string));
            add("identity_policies", policies.collect());
        }
        Value::Object(members)
    }
}

/// A condition key as AWS spells it; what follows the name of a key stays as it is.
fn spelled(key: &str) -> String {
    match condition_keys::find(key) {
        Some(known) if known.suffix == Suffix::Exactly => known.name.to_owned(),
        Some(known) => {
            let rest = key.get(known.name.len()..).unwrap_or_default();
            format!("{}{rest}", known.name)
        }
        None => key.to_owned(),
    }
}

/// The ARN, or the name of the service.
impl fmt::Display for Caller {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let AwsCaller {
            partition,
            account,
            identity,
        } = match self {
            Self::Service(name) => return formatter.write_str(name),
            Self::Aws(caller) => caller,
        };
        let (service, resource) = match identity {
            Identity::Root => ("iam", "root".to_owned()),
            Identity::User { path } => ("iam", format!("user/{path}")),
            Identity::Role { path } => ("iam", format!("role/{path}")),
            Identity::Session { role, session } => {
                ("sts", format!("assumed-role/{role}/{session}"))
            }
            Identity::FederatedUser { name } => ("sts", format!("federated-user/{name}")),
        };
        write!(formatter, "arn:{partition}:{service}::{account}:{resource}")
    }
}
