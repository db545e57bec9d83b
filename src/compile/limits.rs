//! Limits that only a compiled key or stack can be held to.

use super::principal::Matching;
use super::users::User;
use crate::diag::Diagnostic;
use crate::iam::{PolicyDocument, Tree};
use crate::kms::limits;
use crate::source::Span;

/// The size of a policy as KMS will count it: compact, with the longest values that deployment can put in.
fn size(policy: &PolicyDocument) -> usize {
    Tree::from(policy)
        .to_json(&|text| text.resolve(limits::longest))
        .to_string()
        .len()
}

/// Refuses a policy that KMS would refuse for its size, and says what takes most of it.
pub(super) fn policy_size(
    policy: &PolicyDocument,
    users: &[User],
    span: Span,
) -> Option<Diagnostic> {
    // A policy of a few statements is far below the limit: do not measure what cannot matter.
    if policy.statements.len() < 20 && users.len() < 100 {
        return None;
    }
    let size = size(policy);
    if size <= limits::POLICY_BYTES {
        return None;
    }
    let mut names: Vec<&str> = users
        .iter()
        .filter(|user| matches!(user.principal.matching, Matching::Listed(_)))
        .map(|user| user.principal.words.as_str())
        .collect();
    names.sort_by_key(|name| std::cmp::Reverse(name.len()));
    let largest: Vec<_> = names
        .iter()
        .take(5)
        .map(|name| format!("`{name}`"))
        .collect();
    let diagnostic = Diagnostic::error(
        "policy-too-large",
        format!(
            "the policy of this key is up to {size} bytes long, KMS takes {}",
            limits::POLICY_BYTES
        ),
    )
    .at(span, "");
    if names.is_empty() {
        return Some(diagnostic.help("split the users over several keys"));
    }
    Some(diagnostic.help(format!(
        "{} users are listed one by one, the longest are {}: move them to a condition that covers many, such as one \
         `permission_set`, or delegate to their `account`",
        names.len(),
        largest.join(", ")
    )))
}
