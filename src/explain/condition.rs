//! What conditions ask, one sentence each.

use super::scope::Scope;
use crate::iam::operator::{Comparison, Test, ValueSet};
use crate::iam::{Operator, Text};
use crate::kms::services;

/// A condition of a statement.
#[derive(Debug, Clone, Copy)]
pub(super) struct Condition<'s> {
    pub(super) operator: &'s str,
    pub(super) key: &'s str,
    pub(super) values: &'s [Text],
}

impl Condition<'_> {
    /// Whether it asks for one of its values, and nothing else: no negation, no way around it.
    pub(super) fn is_plain(&self) -> bool {
        Operator::parse(self.operator).is_ok_and(|operator| {
            !operator.negated
                && !operator.if_exists
                && operator.set.is_none()
                && operator.test.pattern().is_some()
        })
    }

    /// Whether it asks for none of its values, and nothing else.
    pub(super) fn is_plain_negation(&self) -> bool {
        Operator::parse(self.operator).is_ok_and(|operator| {
            operator.negated
                && !operator.if_exists
                && operator.set.is_none()
                && operator.test.pattern().is_some()
        })
    }

    pub(super) fn is_on(&self, key: &str) -> bool {
        self.key.eq_ignore_ascii_case(key)
    }

    /// Whether it leaves nobody but root users.
    /// Source: IAM user guide, "IAM policy elements: Variables and tags", table of principal key values.
    pub(super) fn is_root_user(&self) -> bool {
        let of_root = |value: &Text| value.as_literal() == Some("Account");
        self.is_on("aws:PrincipalType")
            && self.is_plain()
            && !self.values.is_empty()
            && self.values.iter().all(of_root)
    }

    /// The services that must pass the request on, where that is all that it asks.
    pub(super) fn through(&self) -> Option<Vec<String>> {
        (self.is_on("kms:ViaService") && self.is_plain()).then(|| {
            let services = self.values.iter().map(|value| {
                let shown = value.to_string();
                let name = shown.split('.').next().unwrap_or_default();
                match services::via_endpoint(name) {
                    Some(endpoint) => format!("{} (`{shown}`)", endpoint.title),
                    None => format!("`{shown}`"),
                }
            });
            services.collect()
        })
    }

    /// What it asks, as a sentence that goes on from "only if".
    pub(super) fn words(&self, scope: &Scope) -> String {
        let Ok(operator) = Operator::parse(self.operator) else {
            return format!(
                "`{}` `{}` {}, which is no condition that AWS knows",
                self.operator,
                self.key,
                quoted(self.values)
            );
        };
        let subject = subject(self.key);
        if operator.test == Test::Null {
            return match self.values {
                [one] if one.as_literal() == Some("true") => {
                    format!("the request does not tell {subject}")
                }
                [one] if one.as_literal() == Some("false") => {
                    format!("the request tells {subject}")
                }
                values => format!("whether the request lacks {subject} is {}", quoted(values)),
            };
        }
        if let Some(words) = self.special(operator, scope) {
            return words;
        }
        let (is, are) = verbs(operator, self.values.len());
        let values = quoted(self.values);
        let mut words = match operator.set {
            None => format!("{subject} {is} {values}"),
            Some(ValueSet::ForAllValues) => {
                format!("all values of {subject} {are} {values}, or there is none")
            }
            Some(ValueSet::ForAnyValue) => format!("one value of {subject} {is} {values}"),
        };
        if operator.if_exists {
            words.push_str(", or the request does not tell");
        }
        words
    }

    /// Conditions that have a plainer name.
    fn special(&self, operator: Operator, scope: &Scope) -> Option<String> {
        if operator.set.is_some() || operator.if_exists {
            return None;
        }
        let [value] = self.values else { return None };
        let is = |wanted: &str| value.as_literal() == Some(wanted);
        let key = self.key.to_ascii_lowercase();
        let not = if operator.negated { "not " } else { "" };
        match (key.as_str(), operator.test) {
            ("kms:calleraccount" | "aws:principalaccount", Test::StringEquals)
                if scope.is_own(value) =>
            {
                Some(format!("the caller is {not}of this account"))
            }
            ("aws:sourceaccount", Test::StringEquals) if scope.is_own(value) => Some(format!(
                "the service acts {not}for a resource of this account"
            )),
            ("kms:grantisforawsresource", Test::Bool) if is("true") => {
                Some("an AWS service asks for it on the caller's behalf".to_owned())
            }
            ("kms:grantisforawsresource", Test::Bool) if is("false") => {
                Some("no AWS service asks for it on the caller's behalf".to_owned())
            }
            ("aws:securetransport", Test::Bool) if is("true") => {
                Some("the request is encrypted (TLS)".to_owned())
            }
            ("aws:securetransport", Test::Bool) if is("false") => {
                Some("the request is not encrypted (TLS)".to_owned())
            }
            ("aws:multifactorauthpresent", Test::Bool) if is("true") => {
                Some("the caller signed in with a second factor (MFA)".to_owned())
            }
            ("aws:currenttime", Test::Date(comparison)) => {
                let when = match comparison {
                    Comparison::LessThan | Comparison::LessThanEquals => "until",
                    Comparison::GreaterThan | Comparison::GreaterThanEquals => "from",
                    Comparison::Equals => return None,
                };
                (!operator.negated).then(|| format!("it is {when} `{value}`"))
            }
            _ => None,
        }
    }
}

/// What a condition key is about; the key itself where it says enough to those who look for it.
fn subject(key: &str) -> String {
    const CONTEXT: &str = "kms:EncryptionContext:";
    let known = match key.to_ascii_lowercase().as_str() {
        "aws:principalarn" => "the caller's ARN",
        "aws:principalaccount" | "kms:calleraccount" => "the caller's account",
        "aws:principalorgid" => "the organization of the caller",
        "aws:principalorgpaths" => "the caller's place in the organization",
        "aws:sourcearn" => "the resource that the service acts for",
        "aws:sourceaccount" => "the account that the service acts for",
        "aws:sourceorgid" => "the organization that the service acts for",
        "aws:sourceip" => "the caller's IP address",
        "aws:sourcevpc" => "the VPC of the request",
        "aws:sourcevpce" => "the VPC endpoint of the request",
        "kms:viaservice" => "the service that passes the request on",
        "kms:encryptioncontextkeys" => "the names in the encryption context",
        "kms:grantoperations" => "the operations that the grant gives",
        "kms:granteeprincipal" => "the grantee",
        "kms:granteeserviceprincipal" => "the grantee service",
        "kms:requestalias" => "the alias by which the key is called",
        "kms:resourcealiases" => "the aliases of the key",
        _ => "",
    };
    if !known.is_empty() {
        return known.to_owned();
    }
    let (start, rest) = key.split_at_checked(CONTEXT.len()).unwrap_or(("", ""));
    if start.eq_ignore_ascii_case(CONTEXT) && !rest.is_empty() {
        return format!("the encryption context `{rest}`");
    }
    format!("`{key}`")
}

/// How values are compared, of one and of several.
fn verbs(operator: Operator, values: usize) -> (String, String) {
    let one = values == 1;
    let words = |is: &str, one_of: &str| (if one { is } else { one_of }).to_owned();
    let both = |is: String, are: String| (is, are);
    match (operator.test, operator.negated) {
        (Test::StringLike | Test::ArnLike, false) => both(
            words("is like", "is like one of"),
            words("are like", "are like one of"),
        ),
        (Test::StringLike | Test::ArnLike, true) => both(
            words("is not like", "is like none of"),
            words("are not like", "are like none of"),
        ),
        (Test::IpAddress, false) => both(
            words("is in", "is in one of"),
            words("are in", "are in one of"),
        ),
        (Test::IpAddress, true) => both(
            words("is not in", "is in none of"),
            words("are not in", "are in none of"),
        ),
        (Test::Numeric(comparison) | Test::Date(comparison), false) => {
            let than = than(comparison);
            both(
                words(&format!("is{than}"), &format!("is{than} one of")),
                words(&format!("are{than}"), &format!("are{than} one of")),
            )
        }
        (_, false) => both(words("is", "is one of"), words("are", "are one of")),
        (_, true) => both(
            words("is not", "is none of"),
            words("are not", "are none of"),
        ),
    }
}

fn than(comparison: Comparison) -> &'static str {
    match comparison {
        Comparison::Equals => "",
        Comparison::LessThan => " less than",
        Comparison::LessThanEquals => " at most",
        Comparison::GreaterThan => " more than",
        Comparison::GreaterThanEquals => " at least",
    }
}

fn quoted(values: &[Text]) -> String {
    let quoted: Vec<String> = values.iter().map(|value| format!("`{value}`")).collect();
    match quoted.as_slice() {
        [] => "nothing".to_owned(),
        quoted => quoted.join(", "),
    }
}
