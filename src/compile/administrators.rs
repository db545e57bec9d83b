//! Statements for key administrators.

use super::actions::ADMINISTRATION;
use super::principal::{CompiledPrincipal, Matching};
use super::sid;
use crate::iam::{PrincipalKind, Principals, Statement};

/// The name of the statement that all listed administrators share, from the procedure's section 4.2.
const SID: &str = "Allow KMS key administrator access";

/// One statement for all that are listed by ARN, and one for each that is fenced by conditions.
pub(super) fn statements(administrators: &[CompiledPrincipal]) -> Vec<Statement> {
    let mut statements = Vec::new();
    let listed: Vec<_> = administrators
        .iter()
        .filter_map(|administrator| match &administrator.matching {
            Matching::Listed(arn) => Some(arn.clone()),
            Matching::Fenced(_) => None,
        })
        .collect();
    if !listed.is_empty() {
        let principals = Principals::of(PrincipalKind::Aws, listed);
        statements.push(Statement::allow(SID, principals, ADMINISTRATION));
    }
    for administrator in administrators {
        if matches!(administrator.matching, Matching::Fenced(_)) {
            let name = sid::tidy(&administrator.words);
            statements.push(administrator.allow(&format!("{SID} for {name}"), ADMINISTRATION));
        }
    }
    statements
}
