//! Controls: one compliance rule a file, over what was read back from a template, a module or a policy.
//!
//! A control says what it found and where; severities and waivers of a workspace are laid over its findings
//! afterwards, in one place ([`judge`]).

mod catalogue;
mod exact;
mod finding;
mod judge;
mod probe;
pub(crate) mod reading;
mod rules;

mod confused_deputy;
mod dead_statement;
mod decrypt_on_all_keys;
mod default_policy;
mod deletion_not_denied;
mod deletion_not_retained;
mod duplicate_alias;
mod expired;
mod foreign_full_control;
mod foreign_resource;
mod identity_center_pattern;
mod impossible_action;
mod impossible_value;
mod invalid_key;
mod invalid_policy;
mod key_disabled;
mod lockout;
mod lockout_check_bypassed;
mod missing_tags;
mod no_alias;
mod no_description;
mod organization_wide_access;
mod principal_wildcard;
mod public_access;
mod redundant_statement;
mod reported_public;
mod rotation_off;
mod separation_of_duties;
mod short_deletion_window;
mod unfenced_grants;
mod unknown_action;
mod unknown_condition_key;
mod untrusted_account;
mod unused_waiver;
mod void_condition;
mod wildcard_in_exact_value;

pub(crate) use confused_deputy::recipes;

pub use catalogue::{Check, Control, Standards, all, find};
pub use expired::Ending;
pub use finding::{Finding, Findings, Report, Unknown, Waived};
pub use judge::{Judged, doubts, judge, judge_endings, judge_identity_policy, leftover};
pub use rules::{Exception, Rules, Subject};
