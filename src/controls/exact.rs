//! What controls make of answers about all requests.

use super::finding::Findings;
use super::invalid_policy;
use super::rules::Subject;
use crate::access::exact::Reason;
use crate::iam::Statement;
use crate::iam::read::StatementPlaces;

/// Lists what nobody can tell about a statement. What is unknown in the text of the statement is listed already.
pub(super) fn doubt(
    statement: &Statement,
    places: &StatementPlaces,
    reason: &Reason,
    question: &str,
    findings: &mut Findings<'_>,
) {
    if matches!(reason, Reason::Doubtful(_)) && is_told(statement) {
        return;
    }
    findings.cannot_tell(places.statement, because(question, reason));
}

/// Whether what leaves a statement open is reported elsewhere: what is unknown in its text, what KMS refuses.
fn is_told(statement: &Statement) -> bool {
    statement.uncertain
        || statement.texts().any(|text| text.is_unknown())
        || invalid_policy::is_refused(statement)
}

/// Lists what nobody can tell about a policy, unless a statement is open for a reason that is reported elsewhere.
pub(super) fn doubt_of_policy(
    subject: &Subject<'_>,
    reason: &Reason,
    question: &str,
    findings: &mut Findings<'_>,
) {
    let told = subject
        .statements()
        .any(|(statement, _)| is_told(statement));
    if !(matches!(reason, Reason::Doubtful(_)) && told) {
        let place = subject.place(&subject.key.policy);
        findings.cannot_tell(place, because(question, reason));
    }
}

/// Why nobody can tell.
fn because(question: &str, reason: &Reason) -> String {
    let why = match reason {
        Reason::TooComplex => "the conditions are too many",
        Reason::MixedValues => "its conditions compare one key both as text and as something else",
        Reason::Doubtful(_) => {
            "it depends on what AWS does not document or the policy does not tell"
        }
    };
    format!("nobody can tell {question}: {why}")
}
