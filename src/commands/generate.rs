//! `keywright generate`.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};

use super::progress::Progress;
use super::{Outcome, Surroundings, has_errors, print, print_error, report};
use crate::diag::Diagnostic;
use crate::report::diagnostics;
use crate::report::generation::{self, Report};
use crate::source::Sources;
use crate::workspace::generate::{self as pipeline, RequiredPrincipal};
use crate::workspace::{
    self, ApplyError, ApplyOptions, Artifact, OutputRoot, Plan, Previous, Scope, Workspace,
};

/// Turn specs into CloudFormation templates and Terraform modules.
///
/// Every file is read back and proven to say what the specs mean before anything is written.
#[derive(Debug, Args)]
#[command(visible_alias = "synth")]
#[command(
    after_help = "Examples:\n  keywright generate                     write output/ from specs/\n  keywright generate --check             for CI: fail when output/ is stale\n  keywright generate --diff              show what would change, write nothing\n  keywright generate specs/audit.yaml    write the output of one spec only\n  keywright generate --prune             also delete output that no spec makes"
)]
pub(super) struct Generate {
    /// Write only what these spec files make; all specs are always loaded and judged.
    #[arg(value_name = "SPEC")]
    specs: Vec<PathBuf>,

    /// Write nothing; list every missing, stale, hand-edited and orphaned file, and exit 1 if there is any.
    #[arg(long)]
    check: bool,

    /// Write nothing; show what would change as a unified diff.
    #[arg(long)]
    diff: bool,

    /// Overwrite files that were edited by hand.
    #[arg(long)]
    force: bool,

    /// Delete files that no spec makes any more.
    #[arg(long)]
    prune: bool,

    /// How to report.
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// For people.
    Text,
    /// For programs: one JSON object.
    Json,
    /// Annotations for GitHub Actions.
    Github,
}

/// What there is to report at the end of a run.
#[derive(Default)]
struct Run {
    sources: Sources,
    problems: Vec<Diagnostic>,
    plan: Option<Plan>,
    keys: usize,
    stacks: usize,
    required: Vec<RequiredPrincipal>,
    written: bool,
    deleted: BTreeSet<String>,
}

impl Generate {
    pub(super) fn run(&self, surroundings: &Surroundings) -> Outcome {
        let mut run = Run::default();
        let outcome = self.generate(surroundings, &mut run);
        self.report(&run, outcome, surroundings);
        outcome
    }

    fn dry(&self) -> bool {
        self.check || self.diff
    }

    fn generate(&self, surroundings: &Surroundings, run: &mut Run) -> Outcome {
        let loaded = workspace::load(&surroundings.workspace, &mut run.sources, &mut run.problems);
        let Some(workspace) = loaded else {
            return Outcome::Failed;
        };
        let stacks = pipeline::compile(&workspace, &mut run.problems);
        let wanted = self.wanted(&workspace, &mut run.problems);
        if has_errors(&run.problems) {
            return Outcome::Failed;
        }
        run.stacks = stacks.len();
        run.keys = stacks
            .iter()
            .map(|compiled| compiled.stack.keys.len())
            .sum();
        run.required = pipeline::required_principals(&stacks);
        let due = stacks
            .iter()
            .map(|stack| stack.stack.keys.len() * stack.targets(&workspace.config).len())
            .sum();
        let progress = Progress::new(run.keys, due, surroundings.quiet);
        let done = |keys| progress.done(keys);
        let generated = pipeline::generate(&workspace, stacks, &mut run.sources, &done);
        drop(progress);
        let generated = match generated {
            Ok(generated) => generated,
            Err(problems) => {
                run.problems.extend(problems);
                return Outcome::Failed;
            }
        };
        let (artifacts, scope) = match wanted {
            Some(wanted) => (only(generated.artifacts, &wanted), Scope::Given),
            None => (generated.artifacts, Scope::Workspace),
        };
        let waiting = || print_error("waiting for another run in this workspace\n");
        let applied = if self.dry() {
            OutputRoot::for_reading(&workspace.root, waiting)
                .map_err(|problem| vec![*problem])
                .and_then(|root| {
                    plan(&root, artifacts, scope, &generated.stacks, run).map(|plan| (plan, None))
                })
        } else {
            OutputRoot::for_writing(&workspace.root, waiting)
                .map_err(|problem| vec![*problem])
                .and_then(|output| {
                    let plan = plan(output.root(), artifacts, scope, &generated.stacks, run)?;
                    let options = ApplyOptions {
                        force: self.force,
                        prune: self.prune,
                        keep: BTreeSet::new(),
                    };
                    let applied = workspace::apply(&output, &plan, &options);
                    Ok((plan, Some(applied)))
                })
        };
        let (plan, applied) = match applied {
            Ok(done) => done,
            Err(problems) => {
                run.problems.extend(problems);
                return Outcome::Failed;
            }
        };
        let outcome = match applied {
            None if plan.is_clean() => Outcome::Clean,
            None => Outcome::Found,
            Some(Ok(applied)) => {
                run.written = true;
                run.deleted = applied.deleted.into_iter().collect();
                // An orphan that stays is something to look at.
                if applied.kept.is_empty() {
                    Outcome::Clean
                } else {
                    Outcome::Found
                }
            }
            Some(Err(ApplyError::HandEdited(problems))) => {
                run.problems.extend(problems);
                Outcome::Found
            }
            Some(Err(ApplyError::Failed(problems))) => {
                run.problems.extend(problems);
                Outcome::Failed
            }
        };
        run.plan = Some(plan);
        outcome
    }

    /// The paths of the specs that were asked for; `None` means all.
    fn wanted(&self, workspace: &Workspace, problems: &mut Vec<Diagnostic>) -> Option<Vec<String>> {
        if self.specs.is_empty() {
            return None;
        }
        let mut wanted = Vec::new();
        for asked in &self.specs {
            let found = workspace.specs.iter().find(|spec| {
                let path = workspace.root.join(&spec.path);
                Path::new(&spec.path) == asked || same_file(&path, asked)
            });
            match found {
                Some(spec) => wanted.push(spec.path.clone()),
                // A file that is there may be a spec that could not be read, which is told already.
                None if has_errors(problems) && workspace.root.join(asked).is_file() => {}
                None if has_errors(problems) && asked.is_file() => {}
                None => {
                    let name = asked.display().to_string();
                    let known = workspace.specs.iter().map(|spec| spec.path.as_str());
                    problems.push(
                        Diagnostic::error("unknown-spec", "this is no spec file of the workspace")
                            .in_path(name.clone())
                            .did_you_mean(&name, known)
                            .help("name files below `specs`, such as `specs/audit.yaml`, or none for all"),
                    );
                }
            }
        }
        Some(wanted)
    }

    fn report(&self, run: &Run, outcome: Outcome, surroundings: &Surroundings) {
        report(&run.problems, &run.sources);
        let report = Report {
            plan: run.plan.as_ref(),
            keys: run.keys,
            stacks: run.stacks,
            required: &run.required,
            written: run.written,
            deleted: &run.deleted,
            unchanged: surroundings.verbose,
        };
        match self.format {
            Format::Text => {
                let quiet = surroundings.quiet && !self.dry();
                if run.plan.is_some() && !quiet {
                    print(&generation::text(&report, self.dry()));
                }
            }
            Format::Json => {
                let problems = diagnostics::json(&run.problems, &run.sources);
                let json = generation::json(&report, problems, outcome == Outcome::Failed);
                print(&format!("{json:#}\n"));
            }
            Format::Github => {
                print(&diagnostics::github(&run.problems, &run.sources));
                print(&generation::github(&report));
            }
        }
    }
}

fn same_file(one: &Path, other: &Path) -> bool {
    match (one.canonicalize(), other.canonicalize()) {
        (Ok(one), Ok(other)) => one == other,
        _ => false,
    }
}

fn only(artifacts: Vec<Artifact>, wanted: &[String]) -> Vec<Artifact> {
    let mut artifacts = artifacts;
    artifacts.retain(|artifact| wanted.contains(&artifact.source));
    artifacts
}

/// Plans, and refuses what must not happen.
fn plan(
    root: &OutputRoot,
    artifacts: Vec<Artifact>,
    scope: Scope,
    stacks: &[crate::compile::CompiledStack<'_>],
    run: &mut Run,
) -> Result<Plan, Vec<Diagnostic>> {
    let previous = Previous::read(root);
    let plan = workspace::plan(&previous, artifacts, scope)?;
    run.problems.extend(plan.warnings().iter().cloned());
    let mut refused = plan.obstructions();
    let (lost, warnings): (Vec<_>, Vec<_>) =
        workspace::guard(&plan, &previous, stacks, &mut run.sources)
            .into_iter()
            .partition(Diagnostic::is_error);
    run.problems.extend(warnings);
    refused.extend(lost);
    if refused.is_empty() {
        Ok(plan)
    } else {
        Err(refused)
    }
}
