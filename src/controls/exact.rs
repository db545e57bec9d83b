//! What controls make of answers about all requests.

use super::finding::Findings;
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
    let told = statement.uncertain || statement.texts().any(|text| text.is_unknown());
    if matches!(reason, Reason::Doubtful(_)) && told {
        return;
    }
    findings.cannot_tell(places.statement, because(question, reason));
}

/// Why nobody can tell.
pub(super) fn because(question: &str, reason: &Reason) -> String {
    let why = match reason {
        Reason::TooComplex => "the conditions are too many",
        Reason::MixedValues => "its conditions compare one key both as text and as something else",
        Reason::Doubtful(_) => {
            "it depends on what AWS does not document or the policy does not tell"
        }
    };
    format!("nobody can tell {question}: {why}")
}
