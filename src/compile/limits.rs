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

/// More than the policy can come to, at a glance: every character as its longest escape, every value with room for
/// quotes, and for the names around it.
fn largest_size(policy: &PolicyDocument) -> usize {
    const LONGEST_ESCAPE: usize = 6;
    const LONGEST_VARIABLE: usize = 16;
    const AROUND_VALUE: usize = 8;
    const AROUND_STATEMENT: usize = 160;
    let texts = policy.texts().map(|text| {
        let literals: usize = text
            .literals()
            .map(|literal| literal.len() * LONGEST_ESCAPE)
            .sum();
        literals + text.parts().len() * LONGEST_VARIABLE + AROUND_VALUE
    });
    let names = policy.statements.iter().map(|statement| {
        let actions = statement.action.iter().flat_map(|clause| &clause.value);
        let keys = statement
            .conditions
            .iter()
            .flat_map(|(operator, keys)| std::iter::once(operator).chain(keys.keys()));
        let words = actions.chain(keys).chain(&statement.sid);
        let words: usize = words
            .map(|word| word.len() * LONGEST_ESCAPE + AROUND_VALUE)
            .sum();
        words + AROUND_STATEMENT
    });
    texts.sum::<usize>() + names.sum::<usize>()
}

/// Refuses a policy that KMS would refuse for its size, and says what takes most of it.
pub(super) fn policy_size(
    policy: &PolicyDocument,
    users: &[User],
    span: Span,
) -> Option<Diagnostic> {
    // Most policies are far below the limit: do not write out what cannot matter.
    if largest_size(policy) <= limits::POLICY_BYTES {
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
