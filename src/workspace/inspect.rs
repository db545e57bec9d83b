//! Controls over a workspace's own keys, and over files of whatever origin.
//!
//! Both judge what was read back from templates. What a workspace's own keys have wrong is shown where it can be mended:
//! at the key's definition.

use std::collections::{BTreeMap, BTreeSet};

use rayon::prelude::*;

use super::keys;
use super::load::Workspace;
use crate::compile::CompiledStack;
use crate::controls::{
    Ending, Exception, Finding, Rules, Subject, Unknown, judge, judge_endings,
    judge_identity_policy, leftover,
};
use crate::diag::Diagnostic;
use crate::kms::limits;
use crate::readback::Found;
use crate::source::{FileId, Sources, Span};
use crate::spec::config::{Config, Environment};
use crate::spec::{AccountAccess, Date, KeyDefinition};

/// What the controls make of keys.
#[derive(Debug, Clone, Default)]
pub struct Inspection {
    /// What breaks controls, by file and place; waived findings are among them.
    pub findings: Vec<Finding>,
    /// What could not be told, by file and place.
    pub unknown: Vec<Unknown>,
    /// Why files could not be read at all.
    pub unreadable: Vec<Diagnostic>,
    /// How many templates, modules and policies were looked at; of a workspace, spec files.
    pub files: usize,
    /// How many keys they hold.
    pub keys: usize,
}

impl Inspection {
    fn add(&mut self, part: Self) {
        self.findings.extend(part.findings);
        self.unknown.extend(part.unknown);
        self.unreadable.extend(part.unreadable);
        self.files += part.files;
        self.keys += part.keys;
    }

    /// Leaves out what is about other files than these: files that were read only because others depend on them.
    pub fn only(&mut self, paths: &BTreeSet<String>, sources: &Sources) {
        let asked = |span: Span| {
            let source = sources.get(span.file);
            source.is_none_or(|source| paths.contains(source.path()))
        };
        self.findings.retain(|finding| asked(finding.span));
        self.unknown.retain(|unknown| asked(unknown.span));
    }

    /// Brings the same thing, told of several readings or environments, down to once, in the order of the files.
    fn once(mut self, sources: &Sources) -> Self {
        let path = |span: Span| sources.get(span.file).map_or("", |source| source.path());
        self.findings.sort_by(|one, other| {
            let place = |finding: &Finding| (finding.span.start, finding.severity);
            path(one.span)
                .cmp(path(other.span))
                .then_with(|| place(one).cmp(&place(other)))
                .then_with(|| one.control.id.cmp(other.control.id))
        });
        let mut seen = BTreeSet::new();
        self.findings.retain(|finding| {
            let what = (finding.control.id, finding.resource.clone());
            let waived = finding.waived.is_some();
            seen.insert((finding.span, what, finding.message.clone(), waived))
        });
        self.unknown.sort_by(|one, other| {
            path(one.span)
                .cmp(path(other.span))
                .then_with(|| one.span.start.cmp(&other.span.start))
        });
        self.unknown.dedup();
        self
    }
}

/// Judges every key of a workspace, as its templates print it.
///
/// # Errors
/// What templates have wrong.
pub fn workspace(
    workspace: &Workspace,
    stacks: &[CompiledStack<'_>],
    sources: &Sources,
    today: Date,
) -> Result<Inspection, Vec<Diagnostic>> {
    let config = &workspace.config;
    let common = settings(config);
    let found = keys::of_stacks(workspace, stacks)?;
    let parts: Vec<Part> = stacks
        .par_iter()
        .zip(&found)
        .map(|(stack, found)| stack_of_specs(stack, found, config, &common, today))
        .collect();
    let mut inspection = Inspection::default();
    let mut used = BTreeSet::new();
    let mut waivers: BTreeMap<Span, (String, Exception)> = common
        .into_iter()
        .map(|setting| (setting.span, (String::new(), setting)))
        .collect();
    for part in parts {
        inspection.add(part.inspection);
        used.extend(part.used);
        waivers.extend(part.waivers);
    }
    // A waiver of several environments is of use when it covers something in one of them.
    for (span, (resource, exception)) in waivers {
        let covered = used.contains(&span);
        let found = leftover(&exception, covered, &resource, today);
        inspection.findings.extend(found);
    }
    inspection.files = workspace.specs.len();
    Ok(inspection.once(sources))
}

/// One stack of a workspace, judged.
#[derive(Default)]
struct Part {
    inspection: Inspection,
    /// Where the exceptions stand that were of use.
    used: BTreeSet<Span>,
    /// The waivers of its keys, with the resources that they are about, by place.
    waivers: BTreeMap<Span, (String, Exception)>,
}

/// One stack: findings are about resources of its template, and stand at the key's alias in its spec.
fn stack_of_specs(
    stack: &CompiledStack<'_>,
    found: &Found,
    config: &Config,
    common: &[Exception],
    today: Date,
) -> Part {
    let mut part = Part::default();
    let environment = stack.definition.environment;
    for (key, declared) in found.keys.iter().zip(&stack.declarations) {
        let mut rules = rules(config, environment, today);
        rules.deny_deletion &= declared.retire.is_none();
        let mut exceptions = common.to_vec();
        for waiver in declared.waive.iter().flatten() {
            let exception = exception(waiver);
            let named = (key.resource.clone(), exception.clone());
            part.waivers.insert(exception.span, named);
            exceptions.push(exception);
        }
        let subject = Subject::new(key, found, &rules);
        let mut uses = BTreeSet::new();
        let mut judged = judge(&subject, &exceptions, &mut uses);
        let place = declared.alias.span;
        for finding in &mut judged.findings {
            finding.span = place;
        }
        for unknown in &mut judged.unknown {
            unknown.span = place;
        }
        let endings = endings(declared, config, environment);
        let ended = judge_endings(key, &endings, today, &exceptions, &mut uses);
        let spans = uses.iter().filter_map(|index| exceptions.get(*index));
        part.used.extend(spans.map(|exception| exception.span));
        part.inspection.findings.extend(judged.findings);
        part.inspection.findings.extend(ended.findings);
        part.inspection.unknown.extend(judged.unknown);
        part.inspection.keys += 1;
    }
    part
}

/// What the definition of a key gives until a day.
fn endings(key: &KeyDefinition, config: &Config, environment: &Environment) -> Vec<Ending> {
    let users = key.users.iter().flatten().map(|entry| &entry.0);
    let administrators = key
        .administrators
        .as_ref()
        .unwrap_or(&config.administrators);
    let administrators = administrators.iter().map(|entry| &entry.0);
    let mut entries = config.visit(users.chain(administrators));
    if config.account_access_of(key) == AccountAccess::RootUserOnly {
        let deployers = config.deployers.iter().chain(&config.break_glass);
        entries.extend(config.visit(deployers.map(|entry| &entry.0)));
    }
    let entries = entries.into_iter().filter_map(|entry| {
        let expires = entry.qualifiers.expires.as_ref()?;
        Some(Ending {
            what: format!("the access of {}", entry.who.value.words()),
            statement: None,
            last: expires.value,
            span: expires.span,
        })
    });
    let statements = config.statements_of(environment, key).filter_map(|raw| {
        let expires = raw.expires.as_ref()?;
        let sid = raw.compile(&environment.name).ok()?.sid;
        Some(Ending {
            what: format!("the statement `{}`", sid.as_deref().unwrap_or_default()),
            statement: sid,
            last: expires.value,
            span: expires.span,
        })
    });
    entries.chain(statements).collect()
}

/// Judges files of whatever origin by the rules of a workspace. Those that lie in its output are judged by the rules of
/// the environment that they are for.
///
/// `named` are the paths that somebody asked for: they are answered even where they hold nothing that can be judged.
#[must_use]
pub fn files(
    config: &Config,
    files: &[FileId],
    named: &BTreeSet<&str>,
    sources: &Sources,
    today: Date,
) -> Inspection {
    let exceptions = settings(config);
    let mut inspection = Inspection::default();
    let units = keys::of_files(files, named, sources);
    let parts: Vec<Inspection> = units
        .into_par_iter()
        .map(|unit| match unit.read {
            Ok(found) => {
                let environment = environment_of(config, &unit.name);
                let rules = rules(config, environment, today);
                unit_of_files(&found, &rules, &exceptions)
            }
            Err(unreadable) => Inspection {
                unreadable,
                files: 1,
                ..Inspection::default()
            },
        })
        .collect();
    for part in parts {
        inspection.add(part);
    }
    inspection.once(sources)
}

fn unit_of_files(found: &Found, rules: &Rules, exceptions: &[Exception]) -> Inspection {
    let mut inspection = Inspection {
        files: 1,
        ..Inspection::default()
    };
    let mut resources = BTreeSet::new();
    for key in &found.keys {
        let subject = Subject::new(key, found, rules);
        // Which settings of a workspace are of use, only the whole workspace can tell.
        let judged = judge(&subject, exceptions, &mut BTreeSet::new());
        inspection.findings.extend(judged.findings);
        inspection.unknown.extend(judged.unknown);
        resources.insert(&key.resource);
    }
    inspection.keys = resources.len();
    for policy in &found.identity_policies {
        let judged = judge_identity_policy(policy, rules.today, exceptions, &mut BTreeSet::new());
        inspection.findings.extend(judged.findings);
        inspection.unknown.extend(judged.unknown);
    }
    let doubts = found.doubts.iter().filter_map(|doubt| {
        let place = doubt.primary.as_ref()?.span;
        Some(Unknown::of(doubt, place))
    });
    inspection.unknown.extend(doubts);
    inspection
}

/// The environment whose output a path lies in, else the workspace's own.
fn environment_of<'c>(config: &'c Config, path: &str) -> Option<&'c Environment> {
    let mut names = path.rsplit('/');
    let named = names.find_map(|name| config.environments.get(name));
    named.or_else(|| config.environments.get(&config.environment))
}

fn rules<'c>(
    config: &'c Config,
    environment: impl Into<Option<&'c Environment>>,
    today: Date,
) -> Rules {
    let environment = environment.into();
    let own = environment.map(|environment| &environment.accounts);
    let all = config.environments.values();
    let accounts = all.flat_map(|environment| &environment.accounts);
    Rules {
        protected: environment.is_none_or(|environment| environment.protected),
        deny_deletion: environment.is_none_or(|environment| environment.deny_deletion),
        deletion_window_days: environment
            .map_or(*limits::DELETION_WINDOW_DAYS.end(), |environment| {
                environment.deletion_window_days
            }),
        account: own
            .filter(|own| own.len() == 1)
            .and_then(|own| own.first().cloned()),
        trusted: accounts.chain(&config.trusted_accounts).cloned().collect(),
        required_tags: config.required_tags.clone(),
        today,
    }
}

/// What the workspace file says of controls.
fn settings(config: &Config) -> Vec<Exception> {
    let settings = config.controls.iter();
    settings
        .map(|(control, settings)| Exception {
            control: control.value.clone(),
            severity: settings.severity,
            waives: settings.waive == Some(true),
            keys: settings
                .keys
                .iter()
                .flatten()
                .map(|alias| alias.0.clone())
                .collect(),
            reason: settings.reason.0.clone(),
            expires: settings.expires,
            span: control.span,
        })
        .collect()
}

fn exception(waiver: &crate::spec::WaiverFields) -> Exception {
    Exception {
        control: waiver.control.clone(),
        severity: None,
        waives: true,
        keys: Vec::new(),
        reason: waiver.reason.0.clone(),
        expires: Some(waiver.expires),
        span: waiver.span,
    }
}
