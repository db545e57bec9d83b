//! Statements for key administrators.

use super::actions::{ADMINISTRATION, PROCEDURE_ADMINISTRATION, PUBLIC_KEY};
use super::principal::{CompiledPrincipal, Matching};
use super::sid;
use crate::iam::{PrincipalKind, Principals, Statement};
use crate::kms::KeySpec;
use crate::spec::Administration;

/// The name of the statement that all listed administrators share, from the procedure's section 4.2.
const SID: &str = "Allow KMS key administrator access";

/// One statement for all that are listed by ARN, and one for each that is fenced by conditions.
pub(super) fn statements(
    administrators: &[CompiledPrincipal],
    administration: Administration,
    spec: KeySpec,
) -> Vec<Statement> {
    let mut statements = Vec::new();
    let listed_actions: &[&str] = match administration {
        Administration::Separated => &ADMINISTRATION,
        Administration::Sop => &PROCEDURE_ADMINISTRATION,
    };
    let explicit = administration == Administration::Separated;
    let public = (explicit && spec.is_asymmetric()).then_some(PUBLIC_KEY);
    let actions = || listed_actions.iter().copied().chain(public);
    let listed: Vec<_> = administrators
        .iter()
        .filter_map(|administrator| match &administrator.matching {
            Matching::Listed(arn) => Some(arn.clone()),
            Matching::Fenced(_) => None,
        })
        .collect();
    if !listed.is_empty() {
        let principals = Principals::of(PrincipalKind::Aws, listed);
        statements.push(Statement::allow(SID, principals, actions()));
    }
    for administrator in administrators {
        if matches!(administrator.matching, Matching::Fenced(_)) {
            let name = sid::tidy(&administrator.words);
            statements.push(administrator.allow(&format!("{SID} for {name}"), actions()));
        }
    }
    statements
}
