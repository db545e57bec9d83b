//! The types of values that fields have: what each accepts, and how it is said.

mod account;
mod control;
mod key_id;
mod key_store;
mod mapping;
mod names;
mod organization;
mod region;
mod scalar;
mod template;
mod text;
mod words;

pub use account::AccountRef;
pub use control::{CONTROLS, ControlId, Date};
pub use key_id::KeyId;
pub use key_store::{CustomKeyStoreId, XksKeyId};
pub use mapping::{ContextKey, Named, OWN_TAG_PREFIX, TagKey};
pub use names::{IamName, LogicalName, PermissionSetName, PlainName};
pub use organization::{OrganizationId, OrganizationPath, OrganizationRef, TargetUnit};
pub use region::RegionName;
pub use scalar::{Days, FormatVersion};
pub use template::{AliasName, ENVIRONMENT_PLACEHOLDER, Template, Value256};
pub(super) use template::{fill, template};
pub use text::Literal;
pub use words::{
    AccessWord, AccountAccess, Administration, Capability, KeySpecName, KeyUsageName, Match,
    OriginName, PermissionSets, Severity, StackSets, Target,
};
