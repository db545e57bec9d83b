//! Statements for key administrators.

use super::actions::{ADMINISTRATION, IMPORT, MULTI_REGION, PROCEDURE_ADMINISTRATION, PUBLIC_KEY};
use super::kind::Kind;
use super::principal::{CompiledPrincipal, Matching};
use super::sid;
use crate::iam::{PrincipalKind, Principals, Statement};
use crate::kms::Origin;
use crate::spec::Administration;

/// The name of the statement that all listed administrators share, from the procedure's section 4.2.
const SID: &str = "Allow KMS key administrator access";

/// One statement for all that are listed by ARN, and one for each that is fenced by conditions.
pub(super) fn statements(
    administrators: &[CompiledPrincipal],
    administration: Administration,
    kind: Kind,
) -> Vec<Statement> {
    let mut statements = Vec::new();
    let listed_actions: &[&str] = match administration {
        Administration::Separated => &ADMINISTRATION,
        Administration::Sop => &PROCEDURE_ADMINISTRATION,
    };
    // The procedure's list is kept as it stands there.
    let explicit = administration == Administration::Separated;
    let of_kind = [
        (kind.spec.is_asymmetric(), &[PUBLIC_KEY][..]),
        (kind.origin == Origin::External, &IMPORT),
        (kind.multi_region, &MULTI_REGION),
    ];
    let more = of_kind.iter().filter(|(has, _)| explicit && *has);
    let more = more.flat_map(|(_, actions)| actions.iter().copied());
    let actions = || listed_actions.iter().copied().chain(more.clone());
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
