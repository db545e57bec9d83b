//! `keywright explain`.

use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};
use rayon::prelude::*;

use super::{Outcome, Surroundings, has_errors, print, report, width};
use crate::compile::CompiledStack;
use crate::diag::Diagnostic;
use crate::explain::explain;
use crate::iam::AccountId;
use crate::report::document::{self, Block};
use crate::report::explain::{self as page, Entry};
use crate::source::Sources;
use crate::spec::KeyDefinition;
use crate::spec::config::{Config, Environment};
use crate::workspace::generate as pipeline;
use crate::workspace::{self, Workspace, gather, keys};

/// Explain keys in plain words: who can do what, statement by statement and in a table.
///
/// Without an argument all keys of the workspace at a glance. KEY is an alias, an id or a logical name of the workspace;
/// PATH can be any CloudFormation template, Terraform file, folder or plan, or key policy, whoever wrote it. A file or
/// folder of that name comes before a key: write `alias/NAME` for the key.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  keywright explain                        the keys of this workspace\n  keywright explain orders                 one of them\n  keywright explain orders --environment production\n                                           as it is there\n  keywright explain template.yaml          the keys of a template\n  aws kms get-key-policy --key-id KEY > policy.json\n  keywright explain policy.json            a key that lives\n\nExit status: 0 explained, 2 the key or file could not be found or read."
)]
pub(super) struct Explain {
    /// A key of the workspace; or a template, module, plan, policy or folder of them.
    #[arg(value_name = "KEY|PATH")]
    subject: Option<String>,

    /// The environment of the keys; default: all.
    #[arg(short, long, value_name = "NAME")]
    environment: Option<String>,

    /// How to show it.
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// For people.
    Text,
    /// For programs: one JSON object.
    Json,
    /// For documents.
    Markdown,
}

impl Explain {
    pub(super) fn run(&self, surroundings: &Surroundings) -> Outcome {
        let mut sources = Sources::new();
        let mut problems = Vec::new();
        let path = self.subject.as_deref().map(Path::new);
        let entries = match path.filter(|path| path.exists()) {
            Some(path) => self.path(path, surroundings, &mut sources, &mut problems),
            None => self.keys(surroundings, &mut sources, &mut problems),
        };
        if let Some(entries) = &entries {
            self.show(entries, &sources);
        }
        if !problems.is_empty() {
            report(&problems, &sources);
        }
        if entries.is_none() || has_errors(&problems) {
            Outcome::Failed
        } else {
            Outcome::Clean
        }
    }

    fn show(&self, entries: &[Entry], sources: &Sources) {
        let blocks: Vec<Block> = match &self.subject {
            _ if self.format == Format::Json => Vec::new(),
            None => page::overview(entries),
            Some(_) => page::keys(entries, sources),
        };
        match self.format {
            Format::Text => print(&document::text(&blocks, width())),
            Format::Json => print(&format!("{:#}\n", page::json(entries, sources))),
            Format::Markdown => print(&document::markdown(&blocks)),
        }
    }

    /// The keys of files.
    fn path(
        &self,
        path: &Path,
        surroundings: &Surroundings,
        sources: &mut Sources,
        problems: &mut Vec<Diagnostic>,
    ) -> Option<Vec<Entry>> {
        if self.environment.is_some() {
            let message = "only keys of the workspace have environments, files have none";
            problems.push(
                Diagnostic::error("usage", message)
                    .help("leave out `--environment`, or name a key instead of a path"),
            );
            return None;
        }
        let config = workspace::load_config(&surroundings.workspace, sources, problems)?;
        let gathered = gather::gather(&[PathBuf::from(path)], sources, problems);
        let named = gathered.named.iter().map(String::as_str).collect();
        let mut entries = Vec::new();
        let mut units = 0;
        for unit in keys::of_files(&gathered.files, &named, sources) {
            match unit.read {
                Ok(found) => {
                    units += 1;
                    let environment = environment_of(&config, &unit.name);
                    let account = environment.and_then(account);
                    let asked = found.keys.par_iter().filter(|key| {
                        let source = sources.get(key.span.file);
                        source.is_none_or(|source| gathered.asked.contains(source.path()))
                    });
                    let explained: Vec<Entry> = asked
                        .map(|key| Entry {
                            explanation: {
                                let mut explanation = explain(key, account);
                                let doubts = found.doubts.iter();
                                let doubts = doubts
                                    .map(|doubt| crate::controls::Unknown::of(doubt, key.span));
                                explanation.doubts.extend(doubts);
                                explanation
                            },
                            span: key.span,
                            stack: None,
                            environments: Vec::new(),
                        })
                        .collect();
                    entries.extend(explained);
                }
                Err(unreadable) => problems.extend(unreadable),
            }
        }
        if entries.is_empty() && !has_errors(problems) {
            let message = if units == 0 {
                "this holds no template, module or policy"
            } else {
                "this holds no key"
            };
            problems.push(Diagnostic::error("no-key", message).in_path(path.display().to_string()));
        }
        (!entries.is_empty()).then_some(entries)
    }

    /// The keys of the workspace that are asked for.
    fn keys(
        &self,
        surroundings: &Surroundings,
        sources: &mut Sources,
        problems: &mut Vec<Diagnostic>,
    ) -> Option<Vec<Entry>> {
        if let Some(subject) = &self.subject
            && !surroundings.workspace.join(workspace::SPECS).is_dir()
        {
            let message = format!("there is no file `{subject}`, and no workspace with such a key");
            problems.push(
                Diagnostic::error("unknown-key", message)
                    .help("name the workspace of a key with `-C DIR`"),
            );
            return None;
        }
        let workspace = workspace::load(&surroundings.workspace, sources, problems)?;
        let mut stacks = pipeline::compile(&workspace, problems);
        if has_errors(problems) {
            return None;
        }
        // Warnings are `generate`'s to tell.
        problems.clear();
        if let Err(problem) = self.narrow(&workspace, &mut stacks) {
            problems.push(problem);
            return None;
        }
        let found = keys::of_stacks(&workspace, &stacks)
            .map_err(|found| problems.extend(found))
            .ok()?;
        let read: Vec<_> = stacks
            .iter()
            .zip(&found)
            .flat_map(|(stack, found)| {
                let keys = found.keys.iter().zip(&stack.declarations);
                keys.map(move |(key, declared)| (stack, key, *declared))
            })
            .filter(|(_, _, declared)| self.is_asked(declared))
            .collect();
        let explained: Vec<Entry> = read
            .into_par_iter()
            .map(|(stack, key, declared)| {
                let place = declared.alias.span;
                let mut explanation = explain(key, account(stack.definition.environment));
                // Nobody is shown the templates: all of it stands in the spec.
                for statement in &mut explanation.statements {
                    statement.span = Some(place);
                }
                for unknown in explanation
                    .doubts
                    .iter_mut()
                    .chain(&mut explanation.refused)
                {
                    unknown.span = place;
                }
                Entry {
                    explanation,
                    span: place,
                    stack: Some(stack.stack.place()),
                    environments: vec![stack.stack.environment.clone()],
                }
            })
            .collect();
        Some(merged(explained))
    }

    /// Leaves the stacks that hold what is asked for.
    fn narrow(
        &self,
        workspace: &Workspace,
        stacks: &mut Vec<CompiledStack<'_>>,
    ) -> Result<(), Diagnostic> {
        if let Some(wanted) = &self.environment {
            let known = &workspace.config.environments;
            if !known.contains_key(wanted) {
                let problem = Diagnostic::error(
                    "unknown-environment",
                    format!("unknown environment `{wanted}`"),
                );
                let names: Vec<&str> = known.keys().map(String::as_str).collect();
                return Err(problem
                    .did_you_mean(wanted, names.iter().copied())
                    .help(format!("known: {}", names.join(", "))));
            }
        }
        let Some(subject) = &self.subject else {
            stacks.retain(|stack| self.is_in_environment(stack));
            return Ok(());
        };
        let all: Vec<&KeyDefinition> = stacks
            .iter()
            .flat_map(|stack| stack.declarations.iter().copied())
            .collect();
        if !all.iter().any(|declared| self.is_asked(declared)) {
            let known: Vec<&str> = all.iter().flat_map(|declared| names(declared)).collect();
            let message = format!("there is no key and no file `{subject}`");
            return Err(Diagnostic::error("unknown-key", message)
                .did_you_mean(bare(subject), known)
                .help("`keywright explain` lists the keys of the workspace"));
        }
        let holds = |stack: &CompiledStack<'_>| {
            stack
                .declarations
                .iter()
                .any(|declared| self.is_asked(declared))
        };
        stacks.retain(holds);
        let elsewhere: Vec<String> = stacks
            .iter()
            .map(|stack| stack.stack.environment.clone())
            .collect();
        stacks.retain(|stack| self.is_in_environment(stack));
        if stacks.is_empty() {
            let wanted = self.environment.as_deref().unwrap_or_default();
            let message = format!("there is no key `{subject}` in {wanted}");
            return Err(Diagnostic::error("unknown-key", message)
                .help(format!("it is in: {}", elsewhere.join(", "))));
        }
        Ok(())
    }

    fn is_in_environment(&self, stack: &CompiledStack<'_>) -> bool {
        let wanted = self.environment.as_ref();
        wanted.is_none_or(|wanted| *wanted == stack.stack.environment)
    }

    fn is_asked(&self, declared: &KeyDefinition) -> bool {
        let Some(subject) = &self.subject else {
            return true;
        };
        names(declared).any(|name| name == bare(subject))
    }
}

fn bare(name: &str) -> &str {
    name.strip_prefix("alias/").unwrap_or(name)
}

/// The names by which a key of a spec goes: its aliases and its id.
fn names(declared: &KeyDefinition) -> impl Iterator<Item = &str> {
    let aliases = [&declared.alias]
        .into_iter()
        .chain(declared.aliases.iter().flatten());
    let id = declared.id.iter().map(|id| id.value.as_str());
    aliases.map(|alias| alias.value.0.raw()).chain(id)
}

/// The account of an environment, if there is only one.
fn account(environment: &Environment) -> Option<&AccountId> {
    let mut accounts = environment.accounts.iter();
    accounts.next().filter(|_| accounts.next().is_none())
}

/// The environment whose output a path lies in.
fn environment_of<'c>(config: &'c Config, path: &str) -> Option<&'c Environment> {
    let mut names = path.rsplit('/');
    names.find_map(|name| config.environments.get(name))
}

/// Keys that are the same in several environments, once.
fn merged(entries: Vec<Entry>) -> Vec<Entry> {
    let mut merged: Vec<Entry> = Vec::new();
    for entry in entries {
        match merged.iter_mut().find(|known| known.is_like(&entry)) {
            Some(known) => known.environments.extend(entry.environments),
            None => merged.push(entry),
        }
    }
    merged
}
