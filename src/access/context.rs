//! What a request tells beside who calls and what for.

use std::collections::BTreeMap;

use super::principal::{AwsCaller, Caller, Identity, name_of};
use super::request::AccessRequest;
use crate::iam::pattern::Case;

/// Condition keys with their values. Names of keys ignore case.
///
/// Source: IAM user guide, "IAM JSON policy elements: Condition": "Condition context key names are not case-sensitive".
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Context {
    entries: BTreeMap<String, Vec<String>>,
}

fn folded(key: &str) -> String {
    key.chars().map(|c| Case::Insensitive.fold(c)).collect()
}

impl Context {
    /// The empty context.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets the values of a key. A key without values counts as missing.
    pub fn insert(&mut self, key: &str, values: Vec<String>) {
        self.entries.insert(folded(key), values);
    }

    /// Adds a value to those that a key has.
    pub fn add(&mut self, key: &str, value: impl Into<String>) {
        self.entries
            .entry(folded(key))
            .or_default()
            .push(value.into());
    }

    /// Whether a key was given, be it without values.
    #[must_use]
    pub fn has(&self, key: &str) -> bool {
        self.entries.contains_key(&folded(key))
    }

    /// The values of a key; `None` where it has none.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&[String]> {
        let values = self.entries.get(&folded(key))?;
        (!values.is_empty()).then_some(values)
    }

    /// Every key that has values, its name in lower case, in order.
    pub fn entries(&self) -> impl Iterator<Item = (&str, &[String])> {
        let entries = self.entries.iter();
        let entries = entries.map(|(key, values)| (key.as_str(), values.as_slice()));
        entries.filter(|(_, values)| !values.is_empty())
    }

    fn derive(&mut self, key: &str, value: impl Into<String>) {
        let entry = self.entries.entry(folded(key));
        entry.or_insert_with(|| vec![value.into()]);
    }
}

/// What a condition sees for a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Seen<'c> {
    /// The request has no such key.
    Missing,
    /// Its values, at least one.
    Values(&'c [String]),
    /// It is there, but nobody can tell with which value.
    Unknown,
}

/// One of the contexts that a request may have.
#[derive(Debug, Clone)]
pub(super) struct Reading {
    context: Context,
    has_unknown_user_id: bool,
}

impl Reading {
    pub(super) fn see(&self, key: &str) -> Seen<'_> {
        match self.context.get(key) {
            Some(values) => Seen::Values(values),
            None if self.has_unknown_user_id && key.eq_ignore_ascii_case(USER_ID) => Seen::Unknown,
            None => Seen::Missing,
        }
    }
}

const PRINCIPAL_ARN: &str = "aws:PrincipalArn";
const PRINCIPAL_ACCOUNT: &str = "aws:PrincipalAccount";
const CALLER_ACCOUNT: &str = "kms:CallerAccount";
const PRINCIPAL_TYPE: &str = "aws:PrincipalType";
const USER_ID: &str = "aws:userid";

/// A text that no policy holds: KMS takes no character above U+00FF. As long as an account id.
const STRANGE: &str = "\u{10FFFD}\u{10FFFD}\u{10FFFD}\u{10FFFD}\u{10FFFD}\u{10FFFD}\u{10FFFD}\u{10FFFD}\u{10FFFD}\u{10FFFD}\u{10FFFD}\u{10FFFD}";

/// Roles whose path is not `/`. Sources: IAM Identity Center user guide, "Referencing permission sets in resource
/// policies"; IAM user guide, "Service-linked roles".
const IDENTITY_CENTER: (&str, &str) = ("AWSReservedSSO_", "aws-reserved/sso.amazonaws.com/");
const SERVICE_LINKED: (&str, &str) = ("AWSServiceRoleFor", "aws-service-role/");

/// The contexts that the request may have: what follows from the caller is added to what the request gives.
///
/// Sources: IAM user guide, "AWS global condition context keys" and "IAM policy elements: Variables and tags" (table of
/// principal key values); KMS developer guide, "kms:CallerAccount". What AWS does not say gives several readings:
///
/// - A service principal belongs to no account of a customer; whether the keys of the principal are missing or have
///   values of their own is not documented.
/// - The ARN of a session does not tell the role's path. It is taken to be `/`, but for roles that AWS makes under
///   other paths; `aws:PrincipalArn` in the request's context says otherwise.
/// - Unique ids cannot be told, so `aws:userid` of users and roles is there with an unknown value.
pub(super) fn readings(request: &AccessRequest) -> Vec<Reading> {
    let mut base = request.context.clone();
    base.derive("aws:SecureTransport", "true");
    match &request.caller {
        Caller::Service(name) => {
            base.derive("aws:PrincipalIsAWSService", "true");
            base.derive("aws:PrincipalServiceName", name.as_str());
            let mut strange = base.clone();
            strange.derive(
                PRINCIPAL_ARN,
                format!("arn:{STRANGE}:{STRANGE}:{STRANGE}:{STRANGE}:{STRANGE}"),
            );
            for key in [PRINCIPAL_ACCOUNT, CALLER_ACCOUNT, PRINCIPAL_TYPE, USER_ID] {
                strange.derive(key, STRANGE);
            }
            [base, strange].map(Reading::certain).into()
        }
        Caller::Aws(caller) => {
            base.derive("aws:PrincipalIsAWSService", "false");
            base.derive(PRINCIPAL_ACCOUNT, caller.account.as_str());
            base.derive(CALLER_ACCOUNT, caller.account.as_str());
            let (kind, user_id) = match &caller.identity {
                Identity::Root => ("Account", Some(caller.account.to_string())),
                Identity::User { path } => {
                    base.derive("aws:username", name_of(path));
                    ("User", None)
                }
                Identity::Role { .. } | Identity::Session { .. } => ("AssumedRole", None),
                Identity::FederatedUser { name } => {
                    ("FederatedUser", Some(format!("{}:{name}", caller.account)))
                }
            };
            base.derive(PRINCIPAL_TYPE, kind);
            let has_unknown_user_id = user_id.is_none();
            if let Some(user_id) = user_id {
                base.derive(USER_ID, user_id);
            }
            let with = |arn: String| {
                let mut context = base.clone();
                context.derive(PRINCIPAL_ARN, arn);
                Reading {
                    context,
                    has_unknown_user_id,
                }
            };
            let mut arns = principal_arns(caller);
            if base.get(PRINCIPAL_ARN).is_some() {
                arns.truncate(1);
            }
            arns.into_iter().map(with).collect()
        }
    }
}

impl Reading {
    fn certain(context: Context) -> Self {
        Self {
            context,
            has_unknown_user_id: false,
        }
    }
}

/// Every value that `aws:PrincipalArn` may have.
fn principal_arns(caller: &AwsCaller) -> Vec<String> {
    let AwsCaller {
        partition,
        account,
        identity,
    } = caller;
    let iam = |resource: &str| format!("arn:{partition}:iam::{account}:{resource}");
    match identity {
        Identity::Root => vec![iam("root")],
        Identity::User { path } => vec![iam(&format!("user/{path}"))],
        Identity::Role { path } => vec![iam(&format!("role/{path}"))],
        Identity::FederatedUser { name } => {
            vec![format!(
                "arn:{partition}:sts::{account}:federated-user/{name}"
            )]
        }
        Identity::Session { role, .. } if role.starts_with(IDENTITY_CENTER.0) => {
            let path = IDENTITY_CENTER.1;
            let regional = iam(&format!("role/{path}{STRANGE}/{role}"));
            vec![iam(&format!("role/{path}{role}")), regional]
        }
        Identity::Session { role, .. } if role.starts_with(SERVICE_LINKED.0) => {
            vec![iam(&format!("role/{}{STRANGE}/{role}", SERVICE_LINKED.1))]
        }
        Identity::Session { role, .. } => vec![iam(&format!("role/{role}"))],
    }
}
