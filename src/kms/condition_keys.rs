//! The condition keys that a request to KMS may carry.
//!
//! Sources: IAM reference data and service authorization reference of AWS KMS, KMS developer guide, "AWS KMS condition
//! keys" and "Condition keys for AWS KMS"; IAM user guide, "AWS global condition context keys" and its table of
//! cross-service keys (2026). What was not read there says so in its `unverified`.

use Actions::{All, Only};
use Callers::{Accounts, Anyone, Forwarded, Services};
use Suffix::{Exactly, Number, Something};
use ValueType::{Address, Arn, Bool, Date, Number as Numeric, Text};

use crate::diag::nearest;

/// What the values of a key are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ValueType {
    /// Any text.
    Text,
    /// An ARN.
    Arn,
    /// `true` or `false`.
    Bool,
    /// A number.
    Number,
    /// A date, or seconds since 1970.
    Date,
    /// An IP address.
    Address,
}

/// What follows the name of a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Suffix {
    /// Nothing: the name is all.
    Exactly,
    /// A name of the user's own, such as that of a tag; never empty.
    Something,
    /// A number from 0 to this one.
    Number(u8),
}

/// Whose requests carry a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Callers {
    /// Those of everyone, or it is not documented whose.
    Anyone,
    /// Those of users, roles and sessions; never those of services with a principal of their own.
    Accounts,
    /// Only those that a service passes on with the credentials of its caller.
    Forwarded,
    /// Only those of services with a principal of their own.
    Services,
}

/// Which requests carry a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Actions {
    /// Any that works on a key.
    All,
    /// Those for these actions, named without `kms:`.
    Only(&'static [&'static str]),
}

/// A condition key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct ConditionKey {
    /// Its name as AWS spells it, without what [`Self::suffix`] stands for.
    pub name: &'static str,
    /// What follows the name.
    pub suffix: Suffix,
    /// What its values are.
    pub value: ValueType,
    /// Whether a request may carry several values.
    pub multi_valued: bool,
    /// Whose requests carry it.
    pub callers: Callers,
    /// Which requests carry it. Those need not: many carry it only now and then.
    pub actions: Actions,
    /// Whether every request does: then a condition that holds without the key tests its value all the same.
    pub always: bool,
    /// What of this was not found in AWS's documentation.
    pub unverified: Option<&'static str>,
}

const fn key(
    name: &'static str,
    value: ValueType,
    callers: Callers,
    actions: Actions,
) -> ConditionKey {
    ConditionKey {
        name,
        suffix: Exactly,
        value,
        multi_valued: false,
        callers,
        actions,
        always: false,
        unverified: None,
    }
}

impl ConditionKey {
    const fn followed_by(mut self, suffix: Suffix) -> Self {
        self.suffix = suffix;
        self
    }

    const fn multi_valued(mut self) -> Self {
        self.multi_valued = true;
        self
    }

    const fn always(mut self) -> Self {
        self.always = true;
        self
    }

    const fn unverified(mut self, what: &'static str) -> Self {
        self.unverified = Some(what);
        self
    }

    /// The name with what follows it in words, such as `aws:PrincipalTag/NAME`.
    #[must_use]
    pub fn shown(&self) -> String {
        match self.suffix {
            Exactly => self.name.to_owned(),
            Something => format!("{}NAME", self.name),
            Number(last) => format!("{}0..{last}", self.name),
        }
    }

    /// Whether requests for the action may carry it; `action` is named without `kms:`.
    #[must_use]
    pub fn is_carried_by(&self, action: &str) -> bool {
        match self.actions {
            All => true,
            Only(names) => names.contains(&action),
        }
    }

    /// Whether it is the key that a policy writes as `name`. Names of condition keys ignore case.
    /// Source: IAM user guide, "IAM JSON policy elements: Condition".
    #[must_use]
    pub fn is_named(&self, name: &str) -> bool {
        let (Some(start), Some(rest)) = (name.get(..self.name.len()), name.get(self.name.len()..))
        else {
            return false;
        };
        start.eq_ignore_ascii_case(self.name)
            && match self.suffix {
                Exactly => rest.is_empty(),
                Something => !rest.is_empty(),
                Number(last) => {
                    rest.parse::<u8>().is_ok_and(|number| number <= last)
                        && (rest == "0" || !rest.starts_with(['0', '+']))
                }
            }
    }
}

/// The actions whose requests may carry an encryption context.
const CONTEXT: Actions = Only(&[
    "CreateGrant",
    "Decrypt",
    "Encrypt",
    "GenerateDataKey",
    "GenerateDataKeyPair",
    "GenerateDataKeyPairWithoutPlaintext",
    "GenerateDataKeyWithoutPlaintext",
    "ReEncryptFrom",
    "ReEncryptTo",
    "RetireGrant",
]);
const ALGORITHM: Actions = Only(&[
    "Decrypt",
    "Encrypt",
    "GenerateDataKey",
    "GenerateDataKeyPair",
    "GenerateDataKeyPairWithoutPlaintext",
    "GenerateDataKeyWithoutPlaintext",
    "ReEncryptFrom",
    "ReEncryptTo",
]);
const ATTESTED: Actions = Only(&[
    "Decrypt",
    "DeriveSharedSecret",
    "GenerateDataKey",
    "GenerateDataKeyPair",
    "GenerateRandom",
]);
/// Operations that take the key's id, ARN or alias where users call them.
const BY_ALIAS: Actions = Only(&[
    "Decrypt",
    "DeriveSharedSecret",
    "DescribeKey",
    "Encrypt",
    "GenerateDataKey",
    "GenerateDataKeyPair",
    "GenerateDataKeyPairWithoutPlaintext",
    "GenerateDataKeyWithoutPlaintext",
    "GenerateMac",
    "GetPublicKey",
    "ReEncryptFrom",
    "ReEncryptTo",
    "Sign",
    "Verify",
    "VerifyMac",
]);
const PAIRS: Actions = Only(&["GenerateDataKeyPair", "GenerateDataKeyPairWithoutPlaintext"]);
const GRANT: Actions = Only(&["CreateGrant"]);
const GRANTS: Actions = Only(&["CreateGrant", "ListGrants", "RevokeGrant"]);
const IMPORT: Actions = Only(&["ImportKeyMaterial"]);
const FOR_IMPORT: Actions = Only(&["GetParametersForImport"]);
const MAC: Actions = Only(&["GenerateMac", "VerifyMac"]);
const SIGNING: Actions = Only(&["Sign", "Verify"]);
const RE_ENCRYPT: Actions = Only(&["ReEncryptFrom", "ReEncryptTo"]);
const DELETION: Actions = Only(&["ScheduleKeyDeletion"]);
const TAGGING: Actions = Only(&["CreateKey", "ReplicateKey", "TagResource"]);
const ANY_TAGGING: Actions = Only(&["CreateKey", "ReplicateKey", "TagResource", "UntagResource"]);

/// Those of KMS, then the global ones, then those that other services set for all.
#[rustfmt::skip]
pub const CONDITION_KEYS: &[ConditionKey] = &[
    key("kms:BypassPolicyLockoutSafetyCheck", Bool, Anyone, Only(&["CreateKey", "PutKeyPolicy", "ReplicateKey"])),
    key("kms:CallerAccount", Text, Anyone, All).always(),
    key("kms:CustomerMasterKeySpec", Text, Anyone, All),
    key("kms:CustomerMasterKeyUsage", Text, Anyone, All),
    key("kms:DataKeyPairSpec", Text, Anyone, PAIRS),
    key("kms:EncryptionAlgorithm", Text, Anyone, ALGORITHM),
    key("kms:EncryptionContext:", Text, Anyone, CONTEXT).followed_by(Something),
    key("kms:EncryptionContextKeys", Text, Anyone, CONTEXT).multi_valued(),
    key("kms:ExpirationModel", Text, Anyone, IMPORT),
    key("kms:GrantConstraintSourceArn", Arn, Anyone, GRANT),
    key("kms:GrantConstraintType", Text, Anyone, Only(&["CreateGrant", "RetireGrant"])),
    key("kms:GrantIsForAWSResource", Bool, Anyone, GRANTS),
    key("kms:GrantOperations", Text, Anyone, GRANT).multi_valued(),
    key("kms:GranteePrincipal", Text, Anyone, GRANT),
    key("kms:GranteeServicePrincipal", Text, Anyone, GRANT),
    key("kms:KeyAgreementAlgorithm", Text, Anyone, Only(&["DeriveSharedSecret"])),
    key("kms:KeyOrigin", Text, Anyone, All),
    key("kms:KeySpec", Text, Anyone, All),
    key("kms:KeyUsage", Text, Anyone, All),
    key("kms:MacAlgorithm", Text, Anyone, MAC),
    key("kms:MessageType", Text, Anyone, SIGNING),
    key("kms:MultiRegion", Bool, Anyone, All),
    key("kms:MultiRegionKeyType", Text, Anyone, All),
    key("kms:PolicyName", Text, Anyone, Only(&["GetKeyPolicy", "PutKeyPolicy"]))
        .unverified("named only in the service model's descriptions, not in the authorization reference"),
    key("kms:PrimaryRegion", Text, Anyone, Only(&["UpdatePrimaryRegion"])),
    key("kms:ReEncryptOnSameKey", Bool, Anyone, RE_ENCRYPT),
    key("kms:RecipientAttestation:ImageSha384", Text, Anyone, ATTESTED),
    key("kms:RecipientAttestation:NitroTPMPCR", Text, Anyone, ATTESTED).followed_by(Number(23)),
    key("kms:RecipientAttestation:PCR", Text, Anyone, ATTESTED).followed_by(Number(31)),
    key("kms:ReplicaRegion", Text, Anyone, Only(&["ReplicateKey"])),
    key("kms:RequestAlias", Text, Anyone, BY_ALIAS),
    key("kms:ResourceAliases", Text, Anyone, All).multi_valued(),
    key("kms:RetiringPrincipal", Text, Anyone, GRANT),
    key("kms:RetiringServicePrincipal", Text, Anyone, GRANT),
    key("kms:RotationPeriodInDays", Numeric, Anyone, Only(&["EnableKeyRotation"])),
    key("kms:ScheduleKeyDeletionPendingWindowInDays", Numeric, Anyone, DELETION),
    key("kms:SigningAlgorithm", Text, Anyone, SIGNING),
    key("kms:TrailingDaysWithoutKeyUsage", Numeric, Anyone, Only(&["DisableKey", "ScheduleKeyDeletion"])),
    key("kms:ValidTo", Date, Anyone, IMPORT),
    key("kms:ViaService", Text, Forwarded, All),
    key("kms:WrappingAlgorithm", Text, Anyone, FOR_IMPORT),
    key("kms:WrappingKeySpec", Text, Anyone, FOR_IMPORT),

    key("aws:AssumedRoot", Bool, Accounts, All),
    key("aws:CalledVia", Text, Forwarded, All).multi_valued(),
    key("aws:CalledViaAWSMCP", Text, Accounts, All).unverified("when a request carries it"),
    key("aws:CalledViaFirst", Text, Forwarded, All),
    key("aws:CalledViaLast", Text, Forwarded, All),
    key("aws:ChatbotSourceArn", Arn, Accounts, All),
    key("aws:CurrentTime", Date, Anyone, All).always(),
    key("aws:Ec2InstanceSourcePrivateIPv4", Address, Accounts, All),
    key("aws:Ec2InstanceSourceVpc", Text, Accounts, All),
    key("aws:EpochTime", Date, Anyone, All).always(),
    key("aws:FederatedProvider", Text, Accounts, All),
    key("aws:MultiFactorAuthAge", Numeric, Accounts, All),
    key("aws:MultiFactorAuthPresent", Bool, Accounts, All),
    key("aws:PrincipalAccount", Text, Anyone, All).always(),
    key("aws:PrincipalArn", Arn, Anyone, All).always(),
    key("aws:PrincipalIsAWSService", Bool, Anyone, All).always(),
    key("aws:PrincipalOrgID", Text, Accounts, All),
    key("aws:PrincipalOrgPaths", Text, Accounts, All).multi_valued(),
    key("aws:PrincipalServiceName", Text, Services, All),
    key("aws:PrincipalServiceNamesList", Text, Services, All).multi_valued()
        .unverified("when a request carries it"),
    key("aws:PrincipalTag/", Text, Accounts, All).followed_by(Something),
    key("aws:PrincipalType", Text, Anyone, All).always(),
    key("aws:RequestTag/", Text, Anyone, TAGGING).followed_by(Something),
    key("aws:RequestedRegion", Text, Anyone, All).always(),
    key("aws:ResourceAccount", Text, Anyone, All).always(),
    key("aws:ResourceOrgID", Text, Anyone, All),
    key("aws:ResourceOrgPaths", Text, Anyone, All).multi_valued(),
    key("aws:ResourceTag/", Text, Anyone, All).followed_by(Something),
    key("aws:SecureTransport", Bool, Anyone, All).always(),
    key("aws:SignInSessionArn", Arn, Accounts, All).unverified("when a request carries it"),
    key("aws:SourceAccount", Text, Services, All),
    key("aws:SourceArn", Arn, Services, All),
    key("aws:SourceIdentity", Text, Accounts, All),
    key("aws:SourceIp", Address, Anyone, All),
    key("aws:SourceOrgID", Text, Services, All),
    key("aws:SourceOrgPaths", Text, Services, All).multi_valued(),
    key("aws:SourceVpc", Text, Anyone, All),
    key("aws:SourceVpcArn", Arn, Anyone, All),
    key("aws:SourceVpce", Text, Anyone, All),
    key("aws:TagKeys", Text, Anyone, ANY_TAGGING).multi_valued(),
    key("aws:TokenIssueTime", Date, Accounts, All),
    key("aws:UserAgent", Text, Anyone, All),
    key("aws:ViaAWSMCPService", Bool, Accounts, All).unverified("when a request carries it"),
    key("aws:ViaAWSService", Bool, Anyone, All).always(),
    key("aws:VpcSourceIp", Address, Anyone, All),
    key("aws:VpceAccount", Text, Anyone, All),
    key("aws:VpceOrgID", Text, Anyone, All),
    key("aws:VpceOrgPaths", Text, Anyone, All).multi_valued(),
    key("aws:referer", Text, Anyone, All),
    key("aws:userid", Text, Anyone, All),
    key("aws:username", Text, Accounts, All),

    key("codebuild:BuildArn", Arn, Accounts, All),
    key("codebuild:ProjectArn", Arn, Accounts, All),
    key("ec2:RoleDelivery", Numeric, Accounts, All),
    key("ec2:SourceInstanceArn", Arn, Accounts, All),
    key("glue:CredentialIssuingService", Text, Accounts, All),
    key("glue:RoleAssumedBy", Text, Accounts, All),
    key("identitystore:UserId", Text, Accounts, All).unverified("when a request carries it"),
    key("lambda:SourceFunctionArn", Arn, Accounts, All),
    key("ssm:SourceInstanceArn", Arn, Accounts, All),
];

/// The key that a policy writes as `name`.
#[must_use]
pub fn find(name: &str) -> Option<&'static ConditionKey> {
    CONDITION_KEYS.iter().find(|key| key.is_named(name))
}

/// Whether requests may carry a key that the catalogue has not: those that sessions bring along from their identity
/// provider. Source: IAM user guide, "IAM and AWS STS condition context keys".
#[must_use]
pub fn is_from_identity_provider(name: &str) -> bool {
    let Some((prefix, _)) = name.split_once(':') else {
        return false;
    };
    // Web identity providers are named by their domain.
    prefix.contains('.')
        || prefix.eq_ignore_ascii_case("saml")
        || prefix.eq_ignore_ascii_case("sts")
}

/// The key that was probably meant by a name that is none.
#[must_use]
pub fn suggestion(name: &str) -> Option<String> {
    let whole: Vec<_> = CONDITION_KEYS.iter().map(ConditionKey::shown).collect();
    // Before a suffix of the user's own only the name can be misspelt.
    for key in CONDITION_KEYS.iter().filter(|key| key.suffix == Something) {
        let at = match key.name.strip_suffix('/') {
            Some(_) => name.find('/'),
            None => name.match_indices(':').nth(1).map(|(at, _)| at),
        };
        let Some((written, rest)) = at.and_then(|at| name.split_at_checked(at + 1)) else {
            continue;
        };
        if !rest.is_empty() && nearest(written, [key.name]).is_some() {
            return Some(format!("{}{rest}", key.name));
        }
    }
    nearest(name, whole.iter().map(String::as_str)).map(str::to_owned)
}
