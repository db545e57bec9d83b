//! What controls find.

use super::catalogue::Control;
use crate::access::AccessRequest;
use crate::diag::Diagnostic;
use crate::source::Span;
use crate::spec::Severity;

/// Something that breaks a control.
#[derive(Debug, Clone)]
pub struct Finding {
    /// The control.
    pub control: &'static Control,
    /// How much it matters, after the workspace had its say.
    pub severity: Severity,
    /// What is wrong, in one line.
    pub message: String,
    /// What to do about it, one entry a line.
    pub help: Vec<String>,
    /// Where.
    pub span: Span,
    /// The resource.
    pub resource: String,
    /// The statement's Sid, where it is about one that has one.
    pub statement: Option<String>,
    /// A request that shows it.
    pub witness: Option<AccessRequest>,
    /// Under which conditions of the file it is so; empty where it always is.
    pub when: Vec<String>,
    /// The exception that covers it.
    pub waived: Option<Waived>,
}

/// The exception that covers a finding.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Waived {
    /// Why.
    pub reason: String,
    /// Its last day, `YYYY-MM-DD`.
    pub expires: Option<String>,
}

/// A question that could not be answered, with its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unknown {
    /// Where the reason stands.
    pub span: Span,
    /// What is unknown, and why.
    pub message: String,
}

/// What a control has to say about a place, to be handed to [`Findings::add`].
#[derive(Debug, Clone)]
pub struct Report {
    pub(super) message: String,
    pub(super) span: Span,
    pub(super) help: Vec<String>,
    pub(super) statement: Option<String>,
    pub(super) witness: Option<AccessRequest>,
}

impl Report {
    /// What is wrong, and where.
    #[must_use]
    pub fn at(span: Span, message: impl Into<String>) -> Self {
        Self {
            message: message.into(),
            span,
            help: Vec::new(),
            statement: None,
            witness: None,
        }
    }

    /// What to do about it.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help.push(help.into());
        self
    }

    /// The statement that it is about.
    #[must_use]
    pub fn statement(mut self, sid: Option<&str>) -> Self {
        self.statement = sid.map(str::to_owned);
        self
    }

    /// A request that shows it.
    #[must_use]
    pub fn witness(mut self, witness: AccessRequest) -> Self {
        self.witness = Some(witness);
        self
    }
}

/// What the controls find in one key.
#[derive(Debug)]
pub struct Findings<'s> {
    control: &'static Control,
    resource: &'s str,
    when: &'s [String],
    pub(super) findings: Vec<Finding>,
    pub(super) unknown: Vec<Unknown>,
}

impl<'s> Findings<'s> {
    pub(super) fn new(control: &'static Control, resource: &'s str, when: &'s [String]) -> Self {
        Self {
            control,
            resource,
            when,
            findings: Vec::new(),
            unknown: Vec::new(),
        }
    }

    /// Notes something that breaks the control.
    pub fn add(&mut self, report: Report) {
        self.findings.push(Finding {
            control: self.control,
            severity: self.control.severity,
            message: report.message,
            help: report.help,
            span: report.span,
            resource: self.resource.to_owned(),
            statement: report.statement,
            witness: report.witness,
            when: self.when.to_vec(),
            waived: None,
        });
    }

    /// Notes that the control cannot tell.
    pub fn cannot_tell(&mut self, span: Span, message: impl Into<String>) {
        self.unknown.push(Unknown {
            span,
            message: message.into(),
        });
    }
}

impl Unknown {
    /// What a reader could not resolve.
    #[must_use]
    pub fn of(diagnostic: &Diagnostic, fallback: Span) -> Self {
        let primary = diagnostic.primary.as_ref();
        Self {
            span: primary.map_or(fallback, |label| label.span),
            message: diagnostic.message.clone(),
        }
    }
}
