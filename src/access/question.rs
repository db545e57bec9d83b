//! Requests and policies as JSON, as other programs write them.

use std::borrow::Cow;

use crate::diag::nearest;
use crate::iam::read::{self, Doubt};
use crate::iam::value::{Value, ValueKind};
use crate::iam::{AccountId, ArnProblem, PolicyDocument};
use crate::source::{Sources, Span};

use super::context::Context;
use super::principal::Caller;
use super::request::{AccessRequest, Place};

/// A request with the key policy that it is asked of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Question<'p> {
    /// The key policy.
    pub policy: Cow<'p, PolicyDocument>,
    /// The request.
    pub request: AccessRequest,
}

/// The members of a question.
const MEMBERS: [&str; 9] = [
    "id",
    "policy",
    "account",
    "region",
    "key",
    "principal",
    "action",
    "context",
    "identity_policies",
];

fn nowhere() -> Span {
    Span::new(Sources::new().add("", ""), 0..0)
}

/// Reads a question: an object with `policy`, `principal`, `action` and, where they matter, `account`, `region`, `key`,
/// `context` and `identity_policies`. One without `policy` is about the
/// policy given here.
///
/// # Errors
/// What is wrong with it.
pub fn question<'p>(
    text: &str,
    policy: Option<&'p PolicyDocument>,
) -> Result<Question<'p>, String> {
    let value = read::from_json(nowhere(), text).map_err(|error| format!("no JSON: {error}"))?;
    let ValueKind::Object(members) = value.kind else {
        return Err("expected an object with `policy`, `principal` and `action`".to_owned());
    };
    let mut draft = Draft::default();
    for member in members {
        draft
            .member(&member.name, member.value)
            .map_err(|problem| format!("`{}`: {problem}", member.name))?;
    }
    let caller = draft.caller.ok_or("`principal` is missing")?;
    let action = draft.action.ok_or("`action` is missing")?;
    let policy = match draft.policy {
        Some(policy) => Cow::Owned(policy),
        None => Cow::Borrowed(policy.ok_or("`policy` is missing")?),
    };
    let request = AccessRequest {
        place: draft.place.with_account_of(&caller),
        caller,
        action,
        context: draft.context,
        identity_policies: draft.identity_policies,
    };
    Ok(Question { policy, request })
}

#[derive(Default)]
struct Draft {
    policy: Option<PolicyDocument>,
    place: Place,
    caller: Option<Caller>,
    action: Option<String>,
    context: Context,
    identity_policies: Vec<PolicyDocument>,
}

impl Draft {
    fn member(&mut self, name: &str, value: Value) -> Result<(), String> {
        match name {
            "id" => {}
            "policy" => self.policy = Some(policy_of(value)?),
            "account" => self.place.set_account(&text(value)?)?,
            "region" => self.place.region = Some(region(text(value)?)?),
            "key" => self.place.set_key(&text(value)?)?,
            "principal" => self.caller = Some(principal(value)?),
            "action" => self.action = Some(action(&text(value)?)?),
            "context" => self.context = context(value)?,
            "identity_policies" => {
                let ValueKind::List(policies) = value.kind else {
                    return Err("expected a list of policies".to_owned());
                };
                let policies = policies.into_iter().map(policy_of);
                self.identity_policies = policies.collect::<Result<_, _>>()?;
            }
            _ => {
                let near = nearest(name, MEMBERS).map(|near| format!("; did you mean `{near}`?"));
                return Err(format!("unknown member{}", near.unwrap_or_default()));
            }
        }
        Ok(())
    }
}

impl Place {
    /// The place with the caller's account where none is given.
    #[must_use]
    pub fn with_account_of(mut self, caller: &Caller) -> Self {
        if let (None, Caller::Aws(caller)) = (&self.account, caller) {
            self.account = Some(caller.account.clone());
        }
        self
    }

    /// Sets the account.
    ///
    /// # Errors
    /// What is no account id.
    pub fn set_account(&mut self, text: &str) -> Result<(), String> {
        let account = AccountId::parse(text)
            .ok_or_else(|| format!("`{text}` is no account id, which has twelve digits"))?;
        self.account = Some(account);
        Ok(())
    }

    /// Sets what a key's ARN tells, or its id alone.
    ///
    /// # Errors
    /// What is neither.
    pub fn set_key(&mut self, text: &str) -> Result<(), String> {
        let parts: Vec<&str> = text.splitn(6, ':').collect();
        let id = match parts.as_slice() {
            [id] => id,
            ["arn", _, "kms", in_region, account, resource] => {
                let id = resource.strip_prefix("key/");
                let id = id.ok_or_else(|| format!("`{text}` is no ARN of a key"))?;
                self.region = Some(region((*in_region).to_owned())?);
                self.set_account(account)?;
                id
            }
            _ => return Err(format!("`{text}` is no ARN of a key")),
        };
        let plain = |c: char| c.is_ascii_alphanumeric() || c == '-';
        if id.is_empty() || !id.chars().all(plain) {
            return Err(format!("`{id}` is no id of a key"));
        }
        self.key_id = Some(id.to_owned());
        Ok(())
    }
}

fn text(value: Value) -> Result<String, String> {
    let word = value.into_literal();
    word.map_err(|problem| problem.message)
}

/// Checks the name of a Region.
///
/// # Errors
/// What cannot be one.
pub fn region(text: String) -> Result<String, String> {
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    if text.is_empty() || !text.chars().all(plain) {
        return Err(format!("`{text}` is no Region"));
    }
    Ok(text)
}

/// Checks an action of a request: the service and one action, no pattern.
///
/// # Errors
/// Anything else.
pub fn action(text: &str) -> Result<String, String> {
    let name = match text.split_once(':') {
        Some((service, name)) if service.eq_ignore_ascii_case("kms") => name,
        Some(_) => return Err(format!("`{text}` is no action of KMS")),
        None => return Err(format!("`{text}` is no action: write `kms:{text}`")),
    };
    if name.is_empty() || !name.chars().all(|c| c.is_ascii_alphanumeric()) {
        return Err(format!(
            "`{text}` is no action: write one, such as `kms:Decrypt`"
        ));
    }
    Ok(text.to_owned())
}

/// Reads a caller.
///
/// # Errors
/// Why it is none.
pub fn caller(text: &str) -> Result<Caller, String> {
    Caller::parse(text).map_err(|problem| {
        let reason = match problem {
            ArnProblem::NotAnArn => "it is neither an ARN nor a service such as `s3.amazonaws.com`",
            ArnProblem::Partition => "its partition is none of `aws`, `aws-cn`, `aws-us-gov`",
            ArnProblem::Service => "its service is neither `iam` nor `sts`",
            ArnProblem::Region => "its Region is not empty",
            ArnProblem::Account => "its account is not twelve digits",
            ArnProblem::Wildcard => "a request comes from one principal, not from a pattern",
            ArnProblem::Group => "groups do not call",
            ArnProblem::Character => "no name in IAM has such a character",
            ArnProblem::Resource => {
                "it is no root, user, role, assumed role with a session, or federated user"
            }
        };
        format!("`{text}` is no principal that calls: {reason}")
    })
}

fn principal(value: Value) -> Result<Caller, String> {
    if let ValueKind::Object(members) = value.kind {
        let mut members = members.into_iter();
        return match (members.next(), members.next()) {
            (Some(only), None) if only.name == "service" => {
                let name = text(only.value)?;
                if name.is_empty() {
                    return Err("a service has a name such as `s3.amazonaws.com`".to_owned());
                }
                Ok(Caller::Service(name))
            }
            _ => Err("expected an ARN or `{\"service\": NAME}`".to_owned()),
        };
    }
    caller(&text(value)?)
}

fn context(value: Value) -> Result<Context, String> {
    let mut context = Context::new();
    for member in value.into_members().map_err(|problem| problem.message)? {
        let words = member.value.into_one_or_many().map(|value| {
            let word = value.into_word().map_err(|problem| problem.message)?;
            word.into_literal()
                .ok_or_else(|| "expected text".to_owned())
        });
        let words: Result<Vec<String>, String> = words.collect();
        let words = words.map_err(|problem| format!("`{}`: {problem}", member.name))?;
        if context.has(&member.name) {
            return Err(format!(
                "`{}` stands twice: case does not count",
                member.name
            ));
        }
        context.insert(&member.name, words);
    }
    Ok(context)
}

/// Reads a policy: a document, as `get-key-policy` returns it, or the whole answer of the AWS CLI with the document as
/// text in `Policy`.
///
/// # Errors
/// What is no JSON, and what AWS would refuse.
pub fn policy(text: &str) -> Result<PolicyDocument, String> {
    let value = read::from_json(nowhere(), text).map_err(|error| format!("no JSON: {error}"))?;
    policy_of(value)
}

fn policy_of(value: Value) -> Result<PolicyDocument, String> {
    let read = read::policy(unwrapped(value));
    let invalid = |problem: &read::Problem| problem.doubt == Doubt::Invalid;
    match read.problems.into_iter().find(invalid) {
        None => Ok(read.document),
        Some(problem) => {
            let mut message = problem.diagnostic.message;
            for help in problem.diagnostic.help {
                message.push_str("; ");
                message.push_str(&help);
            }
            Err(message)
        }
    }
}

/// What stands in the AWS CLI's answer, if it is one.
fn unwrapped(value: Value) -> Value {
    match value.kind {
        ValueKind::Object(mut members)
            if members.iter().all(|member| member.name != "Statement") =>
        {
            match members.iter().position(|member| member.name == "Policy") {
                Some(at) => members.swap_remove(at).value,
                None => Value {
                    kind: ValueKind::Object(members),
                    ..value
                },
            }
        }
        kind => Value { kind, ..value },
    }
}
