//! Principals given by their ARN.

use serde_json::{Value, json};

use crate::diag::Diagnostic;
use crate::iam::{ArnProblem, PrincipalArn};
use crate::spec::field::{Decoder, FieldType};
use crate::spec::types::Template;
use crate::yaml::Node;

/// An ARN that names a principal.
#[derive(Debug, Clone)]
pub struct PrincipalArnTemplate(pub Template);

impl FieldType for PrincipalArnTemplate {
    fn describe() -> String {
        "the ARN of a role, user, account root or session".to_owned()
    }

    fn schema() -> Value {
        json!({"type": "string", "pattern": "^arn:[^*?]+$"})
    }

    fn decode(node: &Node, decoder: &mut Decoder) -> Option<Self> {
        let template = Template::decode(node, decoder)?;
        // The environment's name stands for itself: it cannot make an ARN out of what is none.
        let Err(problem) = PrincipalArn::parse(&template.fill("environment")) else {
            return Some(Self(template));
        };
        decoder.report(arn_diagnostic(template.raw(), problem).at(node.span, ""));
        None
    }
}

fn arn_diagnostic(written: &str, problem: ArnProblem) -> Diagnostic {
    let (message, help) = match problem {
        ArnProblem::Wildcard => (
            "KMS refuses wildcards in the ARN of a principal".to_owned(),
            "name a permission set with `permission_set`, or a role that is re-created with \
             `role` and `match: condition`",
        ),
        ArnProblem::Group => (
            "an IAM group cannot be a principal".to_owned(),
            "name the users, or the role or permission set that the group's members use",
        ),
        ArnProblem::NotAnArn => (
            format!("`{written}` is no ARN"),
            "an ARN looks like `arn:aws:iam::210987654321:role/Reader`; a bare name stands under `role` or `user`",
        ),
        ArnProblem::Partition => (
            "the partition of this ARN has no principals that a key policy can name".to_owned(),
            "use `aws`, `aws-cn`, `aws-us-gov` or `{partition}`",
        ),
        ArnProblem::Service => (
            "this ARN names no principal: only `iam` and `sts` have some".to_owned(),
            "for an AWS service write `service: NAME`",
        ),
        ArnProblem::Region => (
            "the ARN of a principal has no Region".to_owned(),
            "leave the Region empty, as in `arn:aws:iam::210987654321:role/Reader`",
        ),
        ArnProblem::Account => (
            "the account in this ARN is neither twelve digits nor `{account}`".to_owned(),
            "an account id has twelve digits, leading zeros included",
        ),
        ArnProblem::Character => (
            format!("`{written}` holds a character that names in IAM do not have"),
            "use letters, digits and `_+=,.@-` in the name",
        ),
        ArnProblem::Resource => (
            "this ARN names nothing that a key policy can have as a principal".to_owned(),
            "name a role, a user, `root`, or an assumed-role session",
        ),
    };
    Diagnostic::error("invalid-arn", message).help(help)
}
