//! Keys explained: for people and for programs.

mod json;
mod key;
mod overview;

pub use json::json;
pub use key::keys;
pub use overview::overview;

use crate::access::exact::Access;
use crate::explain::Explanation;
use crate::source::{Sources, Span};

/// A key with where it was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// What it is.
    pub explanation: Explanation,
    /// Where it stands: in its spec, or in its file.
    pub span: Span,
    /// Its stack, if it is one of the workspace.
    pub stack: Option<String>,
    /// The environments in which it is like this.
    pub environments: Vec<String>,
}

impl Entry {
    /// Whether two are the same but for the environments.
    #[must_use]
    pub fn is_like(&self, other: &Self) -> bool {
        self.span == other.span && self.explanation == other.explanation
    }

    /// Its stack and environments: `production/audit`.
    fn home(&self) -> Option<String> {
        let stack = self.stack.as_ref()?;
        Some(format!("{stack} ({})", self.environments.join(", ")))
    }
}

/// A place as editors take it.
fn place(sources: &Sources, span: Span) -> String {
    let path = sources.get(span.file).map_or("", |source| source.path());
    format!("{path}:{}", sources.position(span).line)
}

/// What somebody can do, in a word.
fn word(access: Access) -> &'static str {
    match access {
        Access::No => "–",
        Access::Unknown => "unknown",
        Access::ThroughIamUnderCondition => "IAM, if",
        Access::ThroughIam => "IAM",
        Access::DirectUnderCondition => "if",
        Access::Direct => "direct",
    }
}
