//! Controls: one compliance rule a file, over what was read back from a template, a module or a policy.
//!
//! A control says what it found and where; severities and waivers of a workspace are laid over its findings
//! afterwards, in one place ([`judge`]).

mod catalogue;
mod finding;
mod judge;
mod rules;

mod no_alias;

pub use catalogue::{Control, Standards, all, find};
pub use finding::{Finding, Findings, Report, Unknown, Waived};
pub use judge::{Judged, judge};
pub use rules::{Exception, Rules, Subject};
