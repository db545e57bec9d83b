//! What may stand beside the kind of principal in an entry.

use serde_json::{Value, json};

use crate::diag::Diagnostic;
use crate::kms::services;
use crate::source::Span;
use crate::spec::field::{Decoder, FieldType, Spanned, record};
use crate::spec::types::{
    AccessWord, AccountRef, ContextKey, Date, Match, Named, OrganizationRef, PermissionSets,
    Value256,
};
use crate::yaml::Node;

record! {
    /// What may stand beside the kind of principal.
    pub struct Qualifiers("principal entry") {
        /// The account that the role, user or permission set is in; default: the key's own.
        optional "account" => account: Spanned<AccountRef>, example "log-archive";
        /// The organization in whose other accounts the role of that name is meant; this account's is left out.
        optional "organization" => organization: Spanned<OrganizationRef>, example "o-a1b2c3d4e5";
        /// Whether the key policy alone lets the permission set in (`direct`), or its role's own IAM policy must
        /// allow too (`delegated`); default: the workspace's.
        optional "permission_sets" => permission_sets: Spanned<PermissionSets>, example "delegated";
        /// How the role or user is named in the policy: by its ARN, which must exist, or by a condition on
        /// `aws:PrincipalArn`, which survives its re-creation.
        optional "match" => matching: Spanned<Match>, example "condition";
        /// What the principal may do; default: all use of this kind of key. `inspect` is no use: it lets somebody look
        /// at the key, its policy, rotation, grants and tags. With `via`, also in the terms of its services, such as
        /// `read` and `write`; `keywright services NAME` shows them.
        optional "access" => access: Vec<Spanned<AccessWord>>, example "[decrypt]";
        /// Only through these services (`kms:ViaService`).
        optional "via" => via: Vec<Spanned<ViaName>>, example "[s3, secretsmanager]";
        /// Only with this encryption context, exactly; symmetric keys only. A `${` in a value becomes `${$}{` in the
        /// policy, where IAM would otherwise read a variable.
        optional "context" => context: Named<ContextKey, Value256>, example "{department: finance}";
        /// The last day on which the entry may stand here: `check` fails after it, and the policy stays as it is until
        /// the entry is removed.
        optional "expires" => expires: Spanned<Date>, example "2027-01-31";
    }
}

/// The name of a service in `kms:ViaService`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct ViaName(String);

impl ViaName {
    /// The name as written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FieldType for ViaName {
    fn describe() -> String {
        "the name of a service that passes requests on".to_owned()
    }

    fn schema() -> Value {
        json!({"enum": services::via_names().collect::<Vec<_>>()})
    }

    fn decode(node: &Node, decoder: &mut Decoder) -> Option<Self> {
        let Some(name) = node.as_text() else {
            decoder.wrong_type(node, &Self::describe(), "write a name such as `s3`");
            return None;
        };
        if services::via_endpoint(name).is_some() {
            return Some(Self(name.to_owned()));
        }
        let known = services::find(name).is_some();
        let message = if known {
            format!("`{name}` does not pass on its caller's requests to KMS")
        } else {
            format!("unknown service `{name}`")
        };
        decoder.report(
            Diagnostic::error("unknown-service", message)
                .at(node.span, "")
                .did_you_mean(
                    // `s3.eu-central-1.amazonaws.com` means `s3`.
                    name.split('.').next().unwrap_or_default(),
                    services::via_names(),
                )
                .help(
                    "`via` takes the names that AWS documents for `kms:ViaService`, such as `s3`",
                ),
        );
        None
    }
}

pub(super) fn no_qualifiers(span: Span) -> Qualifiers {
    Qualifiers {
        account: None,
        organization: None,
        permission_sets: None,
        matching: None,
        access: None,
        via: None,
        context: None,
        expires: None,
        span,
    }
}
