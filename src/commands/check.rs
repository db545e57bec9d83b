//! `keywright check`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::{Outcome, Surroundings, has_errors, look, print, report};
use crate::diag::Diagnostic;
use crate::report::check;
use crate::source::Sources;
use crate::spec::config::Config;
use crate::spec::{Date, Severity};
use crate::workspace::generate as pipeline;
use crate::workspace::inspect::{self, Inspection};
use crate::workspace::{self, gather};

/// Judge keys by controls: who can get at them, who can lose them, what AWS would refuse.
///
/// Without PATH the keys of the workspace; a PATH can be any CloudFormation template, Terraform file, folder or plan,
/// or key policy, whoever wrote it.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  keywright check                          the keys of this workspace\n  keywright check template.yaml infra/     templates, modules and policies\n  keywright check --fail-on high           let pass what matters less\n  keywright check --format sarif > keywright.sarif\n                                           for code scanning\n  keywright controls                       what is checked, and why\n\nExit status: 0 no finding as grave as --fail-on, 1 findings, 2 a file could\nnot be read."
)]
pub(super) struct Check {
    /// Templates, modules, plans, policies or folders of them.
    #[arg(value_name = "PATH")]
    paths: Vec<PathBuf>,

    /// How to show what was found.
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,

    /// The least severity that makes the exit status 1.
    #[arg(long, value_enum, default_value_t = FailOn::Medium, value_name = "SEVERITY")]
    fail_on: FailOn,

    /// Also fail when something could not be decided.
    #[arg(long)]
    fail_on_unknown: bool,

    /// The day that `expires` is held against, YYYY-MM-DD; default: today.
    #[arg(long, value_name = "DATE", value_parser = date)]
    as_of: Option<Date>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// For people, with excerpts.
    Text,
    /// For programs: one JSON object.
    Json,
    /// For code scanning: SARIF 2.1.0.
    Sarif,
    /// Annotations in GitHub Actions.
    Github,
    /// For pipelines that show test results.
    Junit,
    /// For comments in pull requests.
    Markdown,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum FailOn {
    /// Data is open or lost.
    Critical,
    /// One step from there.
    High,
    /// A safeguard is missing.
    Medium,
    /// Worth mending.
    Low,
}

impl FailOn {
    fn severity(self) -> Severity {
        match self {
            Self::Critical => Severity::Critical,
            Self::High => Severity::High,
            Self::Medium => Severity::Medium,
            Self::Low => Severity::Low,
        }
    }
}

fn date(written: &str) -> Result<Date, String> {
    Date::parse(written).ok_or_else(|| "write a day as YYYY-MM-DD".to_owned())
}

/// Today, in UTC: the same for everybody who looks at one pipeline.
fn today() -> Date {
    Date(
        jiff::tz::TimeZone::UTC
            .to_datetime(jiff::Timestamp::now())
            .date(),
    )
}

impl Check {
    pub(super) fn run(&self, surroundings: &Surroundings) -> Outcome {
        let mut sources = Sources::new();
        let mut problems = Vec::new();
        let inspection = if self.paths.is_empty() {
            self.workspace(surroundings, &mut sources, &mut problems)
        } else {
            self.files(surroundings, &mut sources, &mut problems)
        };
        let Some(inspection) = inspection else {
            report(&problems, &sources);
            return Outcome::Failed;
        };
        problems.extend(inspection.unreadable.iter().cloned());
        self.show(&inspection, &sources, surroundings);
        if !problems.is_empty() {
            report(&problems, &sources);
        }
        self.outcome(&inspection, &problems)
    }

    fn as_of(&self) -> Date {
        self.as_of.unwrap_or_else(today)
    }

    fn workspace(
        &self,
        surroundings: &Surroundings,
        sources: &mut Sources,
        problems: &mut Vec<Diagnostic>,
    ) -> Option<Inspection> {
        let workspace = workspace::load(&surroundings.workspace, sources, problems)?;
        let stacks = pipeline::compile(&workspace, problems);
        if has_errors(problems) {
            return None;
        }
        // Warnings are `generate`'s to tell.
        problems.clear();
        let inspected = inspect::workspace(&workspace, &stacks, sources, self.as_of());
        inspected.map_err(|found| problems.extend(found)).ok()
    }

    fn files(
        &self,
        surroundings: &Surroundings,
        sources: &mut Sources,
        problems: &mut Vec<Diagnostic>,
    ) -> Option<Inspection> {
        let config = self.config(surroundings, sources, problems)?;
        let gathered = gather::gather(&self.paths, sources, problems);
        let named = gathered.named.iter().map(String::as_str).collect();
        let today = self.as_of();
        let mut inspection = inspect::files(&config, &gathered.files, &named, sources, today);
        inspection.only(&gathered.asked, sources);
        Some(inspection)
    }

    /// What the workspace expects, where there is one: files are judged by the same rules as its own keys.
    fn config(
        &self,
        surroundings: &Surroundings,
        sources: &mut Sources,
        problems: &mut Vec<Diagnostic>,
    ) -> Option<Config> {
        workspace::load_config(&surroundings.workspace, sources, problems)
    }

    fn show(&self, inspection: &Inspection, sources: &Sources, surroundings: &Surroundings) {
        let fail_on = self.fail_on.severity();
        match self.format {
            Format::Text => {
                let clean = inspection.findings.is_empty() && inspection.unknown.is_empty();
                if !(clean && surroundings.quiet) {
                    print(&check::text(inspection, sources, look()));
                }
            }
            Format::Json => print(&format!("{:#}\n", check::json(inspection, sources))),
            Format::Sarif => print(&format!("{:#}\n", check::sarif(inspection, sources))),
            Format::Github => print(&check::github(inspection, sources, fail_on)),
            Format::Junit => print(&check::junit(inspection, sources, fail_on)),
            Format::Markdown => print(&check::markdown(inspection, sources)),
        }
    }

    fn outcome(&self, inspection: &Inspection, problems: &[Diagnostic]) -> Outcome {
        let grave = |finding: &crate::controls::Finding| {
            finding.waived.is_none() && finding.severity <= self.fail_on.severity()
        };
        if has_errors(problems) {
            Outcome::Failed
        } else if inspection.findings.iter().any(grave)
            || (self.fail_on_unknown && !inspection.unknown.is_empty())
        {
            Outcome::Found
        } else {
            Outcome::Clean
        }
    }
}
