//! The table of kinds: how each is called, what it takes, where it may stand.

use super::Who;
use super::arn::PrincipalArnTemplate;

use crate::spec::field::{Decoder, Field, FieldType, Presence};
use crate::spec::types::{
    AccountRef, IamName, OrganizationPath, OrganizationRef, PermissionSetName, PlainName, StackSets,
};
use crate::yaml::Entry;

/// One kind of principal: a row of the table of kinds.
pub(super) struct Kind {
    pub(super) field: Field,
    /// Which [`Qualifiers`] a user entry of this kind takes; `None` where it cannot be one.
    pub(super) users: Option<&'static [&'static str]>,
    /// Which an administrator entry takes; `None` where it cannot be one.
    pub(super) administrators: Option<&'static [&'static str]>,
    /// Which a deployer entry takes; `None` where it cannot be one.
    pub(super) deployers: Option<&'static [&'static str]>,
    pub(super) decode: fn(&Entry, &mut Decoder) -> Option<Who>,
}

const fn kind<T: FieldType>(
    name: &'static str,
    meaning: &'static [&'static str],
    example: &'static str,
    users: Option<&'static [&'static str]>,
    administrators: Option<&'static [&'static str]>,
    deployers: Option<&'static [&'static str]>,
    decode: fn(&Entry, &mut Decoder) -> Option<Who>,
) -> Kind {
    Kind {
        field: Field {
            name,
            meaning,
            example,
            presence: Presence::Required,
            describe: T::describe,
            schema: T::schema,
            record: T::record,
        },
        users,
        administrators,
        deployers,
        decode,
    }
}

pub(super) static KINDS: [Kind; 9] = [
    kind::<IamName>(
        "role",
        &["An IAM role, by name or path and name."],
        "team/FooBar",
        Some(&[
            "account",
            "organization",
            "match",
            "access",
            "via",
            "context",
            "expires",
        ]),
        Some(&["account", "match", "expires"]),
        Some(&["match", "expires"]),
        |entry, decoder| IamName::decode(&entry.value, decoder).map(Who::Role),
    ),
    kind::<PermissionSetName>(
        "permission_set",
        &["A permission set of IAM Identity Center."],
        "AuditReader",
        Some(&[
            "account",
            "permission_sets",
            "access",
            "via",
            "context",
            "expires",
        ]),
        Some(&["account", "permission_sets", "expires"]),
        Some(&["expires"]),
        |entry, decoder| PermissionSetName::decode(&entry.value, decoder).map(Who::PermissionSet),
    ),
    kind::<IamName>(
        "user",
        &["An IAM user, by name or path and name."],
        "alice",
        Some(&["account", "match", "access", "via", "context", "expires"]),
        Some(&["account", "match", "expires"]),
        Some(&["match", "expires"]),
        |entry, decoder| IamName::decode(&entry.value, decoder).map(Who::User),
    ),
    kind::<PrincipalArnTemplate>(
        "arn",
        &["A principal anywhere, literally by its ARN."],
        "arn:aws:iam::210987654321:role/Reader",
        Some(&["access", "via", "context", "expires"]),
        Some(&["expires"]),
        Some(&["expires"]),
        |entry, decoder| PrincipalArnTemplate::decode(&entry.value, decoder).map(Who::Arn),
    ),
    kind::<AccountRef>(
        "account",
        &["Another account: delegates to its IAM policies."],
        "\"210987654321\"",
        Some(&["access", "via", "context", "expires"]),
        None,
        None,
        |entry, decoder| AccountRef::decode(&entry.value, decoder).map(Who::Account),
    ),
    kind::<OrganizationRef>(
        "organization",
        &[
            "Everyone in the organization but this account: delegates to the other accounts' IAM policies.",
        ],
        "o-a1b2c3d4e5",
        Some(&["access", "via", "context", "expires"]),
        None,
        None,
        |entry, decoder| OrganizationRef::decode(&entry.value, decoder).map(Who::Organization),
    ),
    kind::<OrganizationPath>(
        "organizational_unit",
        &["The same for an organizational unit, by its path, and the units below it."],
        "o-a1b2c3d4e5/r-ab12/ou-ab12-11111111",
        Some(&["access", "via", "context", "expires"]),
        None,
        None,
        |entry, decoder| {
            OrganizationPath::decode(&entry.value, decoder).map(Who::OrganizationalUnit)
        },
    ),
    kind::<PlainName>(
        "set",
        &["The principals of a set that the workspace file names under `principal_sets`."],
        "readers",
        Some(&["expires"]),
        Some(&["expires"]),
        Some(&["expires"]),
        |entry, decoder| PlainName::decode(&entry.value, decoder).map(Who::Set),
    ),
    kind::<StackSets>(
        "stack_sets",
        &[
            "The roles `stacksets-exec-…` by which service-managed StackSets deploy in this account; self-managed ones",
            "have a `role`.",
        ],
        "service-managed",
        None,
        None,
        Some(&["expires"]),
        |entry, decoder| StackSets::decode(&entry.value, decoder).map(Who::StackSets),
    ),
];

/// A kind of principal, for the reference.
#[derive(Debug, Clone, Copy)]
pub struct PrincipalKindRow {
    /// The field that names it.
    pub field: &'static Field,
    /// What may stand beside it among users; `None` where it cannot be one.
    pub users: Option<&'static [&'static str]>,
    /// What may stand beside it among administrators; `None` where it cannot be one.
    pub administrators: Option<&'static [&'static str]>,
    /// What may stand beside it among deployers; `None` where it cannot be one.
    pub deployers: Option<&'static [&'static str]>,
}

/// The kinds of principal but services, which take the parameters of their recipes.
pub fn principal_kinds() -> impl Iterator<Item = PrincipalKindRow> {
    KINDS.iter().map(|kind| PrincipalKindRow {
        field: &kind.field,
        users: kind.users,
        administrators: kind.administrators,
        deployers: kind.deployers,
    })
}

pub(super) const SERVICE: &str = "service";
/// The qualifier that every kind of user takes, services included.
pub(super) const EXPIRES: &str = "expires";
/// Kinds that say, beside another one, where that is.
pub(super) const WHERE: [&str; 2] = ["account", "organization"];
