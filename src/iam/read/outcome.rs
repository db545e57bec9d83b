//! What reading a policy comes to.

use crate::diag::Diagnostic;
use crate::iam::value::{Read, unproven};
use crate::iam::{PolicyDocument, Version};
#[cfg(doc)]
use crate::iam::{Statement, Text};
use crate::source::Span;

/// A policy with the places of its statements, and what is doubtful in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReadPolicy {
    /// What it says. What AWS would refuse is left out; what is unknown is [`Statement::uncertain`] or an unknown
    /// piece of a [`Text`].
    pub document: PolicyDocument,
    /// Where the statements stand: one for each of the document's. A statement of the file is two of the document's
    /// where a part of it is unknown.
    pub places: Vec<StatementPlaces>,
    /// Everything that keeps the document from being certain, in the order of the file.
    pub problems: Vec<Problem>,
}

impl ReadPolicy {
    /// The document, if all of it is certain and of version 2012-10-17; `span` is the policy's place.
    ///
    /// # Errors
    /// The first thing that is not.
    pub fn certain(self, span: Span) -> Read<PolicyDocument> {
        if let Some(problem) = self.problems.into_iter().next() {
            return Err(problem.diagnostic);
        }
        if self.document.version != Version::V2012 {
            let message = format!("this policy is not of version {}", Version::V2012.as_str());
            return Err(unproven(span, message));
        }
        Ok(self.document)
    }
}

/// Where the elements of a statement stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StatementPlaces {
    /// Its number in the file, from 0.
    pub number: usize,
    /// The statement, or its first element where the whole has no place.
    pub statement: Span,
    /// Each element's value; the statement's place where there is no such element.
    pub sid: Span,
    /// `Effect`.
    pub effect: Span,
    /// `Principal` or `NotPrincipal`.
    pub principal: Span,
    /// `Action` or `NotAction`.
    pub action: Span,
    /// `Resource` or `NotResource`.
    pub resource: Span,
    /// `Condition`.
    pub condition: Span,
}

impl StatementPlaces {
    pub(super) fn all_at(number: usize, span: Span) -> Self {
        Self {
            number,
            statement: span,
            sid: span,
            effect: span,
            principal: span,
            action: span,
            resource: span,
            condition: span,
        }
    }
}

/// What kind of doubt there is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Doubt {
    /// AWS refuses it.
    Invalid,
    /// Nobody can tell from the file what it is.
    Unknown,
}

/// Something in a policy that is not certain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// Its kind.
    pub doubt: Doubt,
    /// What and where.
    pub diagnostic: Diagnostic,
}
