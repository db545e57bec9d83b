//! When requests have a condition key, and what it can be.
//!
//! Sources: KMS developer guide, "AWS KMS condition keys" and "Condition keys for attested platforms"; IAM user guide,
//! "AWS global condition context keys"; the service authorization reference of AWS KMS. Where these do not say that a
//! key is never there, or always, it may be.

use super::caller::CallerKind;
use crate::kms::actions::Action;

/// Whether requests have a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Presence {
    /// None of them.
    Never,
    /// Some.
    Sometimes,
    /// All.
    Always,
}

/// Keys that may have several values.
const SEVERAL: &[&str] = &[
    "aws:calledvia",
    "aws:principalorgpaths",
    "aws:principalservicenameslist",
    "aws:resourceorgpaths",
    "aws:sourceorgpaths",
    "aws:tagkeys",
    "aws:vpceorgpaths",
    "kms:encryptioncontextkeys",
    "kms:grantoperations",
    "kms:resourcealiases",
];

/// Keys that are `true` or `false`.
const BOOLEAN: &[&str] = &[
    "aws:multifactorauthpresent",
    "aws:securetransport",
    "aws:viaawsservice",
    "kms:bypasspolicylockoutsafetycheck",
    "kms:grantisforawsresource",
    "kms:multiregion",
    "kms:reencryptonsamekey",
];

/// Keys that are ARNs.
const ARNS: &[&str] = &[
    "aws:sourcearn",
    "aws:sourcevpcarn",
    "kms:grantconstraintsourcearn",
];

/// Keys that only some actions have.
const OF_ACTIONS: &[(&str, &[&str])] = &[
    ("aws:requesttag/", &["TagResource"]),
    ("aws:tagkeys", &["TagResource", "UntagResource"]),
    ("kms:bypasspolicylockoutsafetycheck", &["PutKeyPolicy"]),
    (
        "kms:datakeypairspec",
        &["GenerateDataKeyPair", "GenerateDataKeyPairWithoutPlaintext"],
    ),
    ("kms:expirationmodel", &["ImportKeyMaterial"]),
    ("kms:grantconstraintsourcearn", &["CreateGrant"]),
    ("kms:grantconstrainttype", &["CreateGrant", "RetireGrant"]),
    (
        "kms:grantisforawsresource",
        &["CreateGrant", "ListGrants", "RevokeGrant"],
    ),
    ("kms:grantoperations", &["CreateGrant"]),
    ("kms:granteeprincipal", &["CreateGrant"]),
    ("kms:granteeserviceprincipal", &["CreateGrant"]),
    ("kms:keyagreementalgorithm", &["DeriveSharedSecret"]),
    ("kms:macalgorithm", &["GenerateMac", "VerifyMac"]),
    ("kms:messagetype", &["Sign", "Verify"]),
    ("kms:primaryregion", &["UpdatePrimaryRegion"]),
    (
        "kms:recipientattestation:",
        &[
            "Decrypt",
            "DeriveSharedSecret",
            "GenerateDataKey",
            "GenerateDataKeyPair",
        ],
    ),
    ("kms:reencryptonsamekey", &["ReEncryptFrom", "ReEncryptTo"]),
    ("kms:replicaregion", &["ReplicateKey"]),
    ("kms:retiringprincipal", &["CreateGrant"]),
    ("kms:retiringserviceprincipal", &["CreateGrant"]),
    ("kms:rotationperiodindays", &["EnableKeyRotation"]),
    (
        "kms:schedulekeydeletionpendingwindowindays",
        &["ScheduleKeyDeletion"],
    ),
    ("kms:signingalgorithm", &["Sign", "Verify"]),
    (
        "kms:trailingdayswithoutkeyusage",
        &["DisableKey", "ScheduleKeyDeletion"],
    ),
    ("kms:validto", &["ImportKeyMaterial"]),
    ("kms:wrappingalgorithm", &["GetParametersForImport"]),
    ("kms:wrappingkeyspec", &["GetParametersForImport"]),
];

/// Keys that every request has.
const ALWAYS: &[&str] = &[
    "aws:currenttime",
    "aws:epochtime",
    "aws:securetransport",
    "aws:viaawsservice",
];

/// Keys of requests that a service makes for itself on behalf of a resource.
const OF_SERVICES: &[&str] = &[
    "aws:principalservicenameslist",
    "aws:sourceaccount",
    "aws:sourcearn",
    "aws:sourceorgid",
    "aws:sourceorgpaths",
];

/// Keys of principals that belong to an account. `kms:ViaService` is none of them: a service may reach the key through
/// another with a principal of its own. Source: Security Hub API reference, `StartExportJobV2`, its key policy.
const OF_ACCOUNTS: &[&str] = &[
    "aws:calledvia",
    "aws:calledviafirst",
    "aws:calledvialast",
    "aws:principalorgid",
    "aws:principalorgpaths",
];

/// Whether a key, its name in lower case, may have several values.
pub(super) fn has_several_values(key: &str) -> bool {
    SEVERAL.contains(&key)
}

/// Whether a key is `true` or `false`.
pub(super) fn is_boolean(key: &str) -> bool {
    BOOLEAN.contains(&key)
}

/// Whether a key is an ARN.
pub(super) fn is_arn(key: &str) -> bool {
    ARNS.contains(&key)
}

/// Whether a key tells something about the caller that is the same in all its requests.
pub(super) fn is_of_principal(key: &str) -> bool {
    matches!(key, "aws:principalorgid" | "aws:principalorgpaths")
        || key.starts_with("aws:principaltag/")
}

/// Whether requests have a key.
pub(super) fn presence(key: &str, kind: CallerKind, action: &Action) -> Presence {
    let possible = |possible: bool| {
        if possible {
            Presence::Sometimes
        } else {
            Presence::Never
        }
    };
    let service = kind == CallerKind::Service;
    if ALWAYS.contains(&key) {
        return Presence::Always;
    }
    if OF_SERVICES.contains(&key) {
        return possible(service);
    }
    if OF_ACCOUNTS.contains(&key) {
        return possible(!service);
    }
    if key.starts_with("aws:principaltag/") {
        return possible(!service && kind != CallerKind::Root);
    }
    if key == "aws:username" {
        // Of a user it follows from the ARN; nobody else has one.
        return Presence::Never;
    }
    if key.starts_with("kms:encryptioncontext:") || key == "kms:encryptioncontextkeys" {
        return possible(action.takes_encryption_context);
    }
    let of_actions = OF_ACTIONS.iter().find(|(known, _)| {
        *known == key || (known.ends_with([':', '/']) && key.starts_with(known))
    });
    of_actions.map_or(Presence::Sometimes, |(_, actions)| {
        possible(actions.contains(&action.name))
    })
}
