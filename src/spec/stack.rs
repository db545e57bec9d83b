//! Spec files put in their place: which stack for which environment, and what no two of them may share.

use std::collections::{BTreeMap, BTreeSet};

use rayon::prelude::*;

use super::config::{Config, Environment};
use super::field::{Decoder, FieldType, Spanned, without_echoes};
use super::regions;
use super::{KeyDefinition, PlainName, ReleasedKey, SpecFields, Target};
use crate::diag::Diagnostic;
use crate::kms::Region;
use crate::source::{FileId, Source, Sources, Span};
use crate::yaml::{self, Node};

/// Largest spec file that is read. A stack has at most 200 keys, which fit many times over.
pub const LARGEST_SPEC: usize = 4 * 1024 * 1024;

/// One spec file, decoded.
#[derive(Debug)]
pub struct SpecFile {
    /// The text.
    pub file: FileId,
    /// The path below the workspace, such as `specs/audit.yaml`.
    pub path: String,
    /// The stack's name.
    pub stack: Spanned<String>,
    /// What it says.
    pub fields: SpecFields,
    /// Its keys in environments with overrides.
    overridden: BTreeMap<String, Vec<KeyDefinition>>,
    /// Its replicas by environment (empty for those without overrides) and Region, each with the number of its key.
    replicas: BTreeMap<(String, String), Vec<(usize, KeyDefinition)>>,
}

/// A stack that is to be made: a spec file in one environment, its keys themselves or their replicas in one Region.
#[derive(Debug, Clone, Copy)]
pub struct StackDefinition<'s> {
    /// The spec file.
    pub spec: &'s SpecFile,
    /// The environment.
    pub environment: &'s Environment,
    /// The Region, of a stack of replicas.
    pub replicas_in: Option<&'s Region>,
}

/// Decodes spec files, all of them, whatever is wrong with some.
#[must_use]
pub fn decode(sources: &Sources, files: &[FileId]) -> (Vec<SpecFile>, Vec<Diagnostic>) {
    let decoded: Vec<_> = files
        .par_iter()
        .map(|&file| {
            let Some(source) = sources.get(file) else {
                return (None, Vec::new());
            };
            let (node, mut problems) = yaml::load(file, source.text(), yaml::Dialect::Spec);
            let Some(node) = node else {
                if problems.is_empty() {
                    problems.push(no_keys("this spec file is empty").in_path(source.path()));
                }
                return (None, problems);
            };
            let mut decoder = Decoder::default();
            let fields = SpecFields::decode(&node, &mut decoder);
            let spec =
                fields.and_then(|fields| spec_file(file, source, &node, fields, &mut decoder));
            (spec, without_echoes(problems, decoder.finish()))
        })
        .collect();
    let mut specs = Vec::new();
    let mut diagnostics = Vec::new();
    for (spec, found) in decoded {
        specs.extend(spec);
        diagnostics.extend(found);
    }
    (specs, diagnostics)
}

fn no_keys(message: &str) -> Diagnostic {
    Diagnostic::error("no-keys", message).help(
        "add a key: `keys: [{alias: account-cloudtrail, purpose: Encrypts the account CloudTrail trail}]`",
    )
}

fn spec_file(
    file: FileId,
    source: &Source,
    root: &Node,
    fields: SpecFields,
    decoder: &mut Decoder,
) -> Option<SpecFile> {
    // After a misspelt `keys` this would only be an echo.
    if fields.keys.is_none() && fields.released.is_none() && decoder.count() == 0 {
        decoder.report(no_keys("this spec file has no `keys`").at(fields.span, ""));
    }
    if let (Some(one), Some(environments)) = (&fields.environment, &fields.environments)
        && let Some(first) = environments.first()
    {
        decoder.report(
            Diagnostic::error(
                "several-environments",
                "a spec file names `environment` or `environments`, not both",
            )
            .at(first.span, "the list")
            .also(one.span, "the single one")
            .help("keep one of the two fields"),
        );
    }
    let stack = match &fields.stack {
        Some(stack) => Spanned {
            value: stack.value.as_str().to_owned(),
            span: stack.span,
        },
        None => default_stack(file, source.path(), decoder)?,
    };
    let overridden = overridden(root, &fields, decoder);
    let own = (String::new(), fields.keys.as_ref());
    let all = overridden
        .iter()
        .map(|(environment, keys)| (environment.clone(), Some(keys)));
    let mut replicas: BTreeMap<_, Vec<_>> = BTreeMap::new();
    for (environment, keys) in all.chain([own]) {
        for (index, key) in keys.into_iter().flatten().enumerate() {
            // One in a Region: a second one there is an error of its own.
            let regions: BTreeSet<_> = key.replicas().map(|region| region.value.as_str()).collect();
            for region in regions {
                let place = (environment.clone(), region.to_owned());
                let replica = key.replica_in(region).map(|replica| (index, replica));
                replicas.entry(place).or_default().extend(replica);
            }
        }
    }
    Some(SpecFile {
        file,
        path: source.path().to_owned(),
        stack,
        overridden,
        replicas,
        fields,
    })
}

/// The keys of every environment that overrides some of their fields.
fn overridden(
    root: &Node,
    fields: &SpecFields,
    decoder: &mut Decoder,
) -> BTreeMap<String, Vec<KeyDefinition>> {
    let mut environments = BTreeMap::new();
    let overrides = fields.overrides.iter().flat_map(|overrides| &overrides.0);
    for (environment, overrides) in overrides {
        let mut keys: Vec<KeyDefinition> = fields.keys.clone().unwrap_or_default();
        for (alias, own) in &overrides.0 {
            let written =
                |node: &Node| node.get("alias").and_then(Node::as_text) == Some(&alias.value.0);
            let nodes = root.get("keys").and_then(Node::as_sequence);
            let node = nodes.unwrap_or_default().iter().find(|node| written(node));
            let key = keys
                .iter_mut()
                .find(|key| key.alias.value.0.raw() == alias.value.0);
            let (Some(node), Some(key)) = (node, key) else {
                let known = || {
                    let keys = fields.keys.iter().flatten();
                    keys.map(|key| key.alias.value.0.raw())
                };
                decoder.report(
                    Diagnostic::error(
                        "unknown-key",
                        format!("no key of this file has the alias `{}`", alias.value.0),
                    )
                    .at(alias.span, "")
                    .did_you_mean(&alias.value.0, known())
                    .help(format!(
                        "aliases here: {}",
                        known().collect::<Vec<_>>().join(", ")
                    )),
                );
                continue;
            };
            let mut fresh = Decoder::default();
            let merged = KeyDefinition::decode(&own.lay_over(node), &mut fresh);
            // What the key itself has wrong was reported with it.
            for diagnostic in fresh.finish() {
                decoder.report_once(diagnostic);
            }
            if let Some(merged) = merged {
                *key = merged;
            }
        }
        environments.insert(environment.value.as_str().to_owned(), keys);
    }
    environments
}

/// The path below `specs/` without extension, `/` as `-`.
fn default_stack(file: FileId, path: &str, decoder: &mut Decoder) -> Option<Spanned<String>> {
    let below = path.strip_prefix("specs/").unwrap_or(path);
    let stem = below
        .strip_suffix(".yaml")
        .or_else(|| below.strip_suffix(".yml"))
        .unwrap_or(below);
    let name = stem.replace('/', "-");
    let fits = name.starts_with(|first: char| first.is_ascii_alphanumeric())
        && name.len() <= 128
        && name
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || "_-".contains(c));
    if fits {
        let span = Span::new(file, 0..0);
        return Some(Spanned { value: name, span });
    }
    let proposal: String = name
        .split(|c: char| !c.is_ascii_alphanumeric())
        .filter(|word| !word.is_empty())
        .collect::<Vec<_>>()
        .join("-");
    let proposal = if proposal.is_empty() {
        "audit"
    } else {
        proposal.as_str()
    };
    decoder.report(
        Diagnostic::error(
            "invalid-name",
            format!(
                "the file's name `{}` makes no stack name",
                below.escape_debug()
            ),
        )
        .at(Span::new(file, 0..0), "")
        .help(format!(
            "add `stack: {proposal}`, or rename the file: letters, digits, `-` and `_`"
        )),
    );
    None
}

/// Puts every spec file in its environments and checks what no two stacks may share.
#[must_use]
pub fn place<'s>(
    specs: &'s [SpecFile],
    config: &'s Config,
) -> (Vec<StackDefinition<'s>>, Vec<Diagnostic>) {
    let mut diagnostics = Vec::new();
    let mut stacks = Vec::new();
    let mut names: BTreeMap<(String, &str), &SpecFile> = BTreeMap::new();
    for spec in specs {
        let environments = environments_of(spec, config);
        for name in spec.environments_of_parts() {
            if !environments
                .iter()
                .any(|(known, _)| *known == name.value.as_str())
            {
                diagnostics.push(elsewhere(name, &environments));
            }
        }
        for (name, span) in environments {
            let environment = match config.environment_named(name, span) {
                Ok(environment) => environment,
                Err(diagnostic) => {
                    diagnostics.push(diagnostic);
                    continue;
                }
            };
            let key = (spec.stack.value.to_lowercase(), environment.name.as_str());
            if let Some(first) = names.insert(key, spec) {
                diagnostics.push(same_stack(spec, first, environment, span));
                continue;
            }
            stacks.push(StackDefinition {
                spec,
                environment,
                replicas_in: None,
            });
            // A stack of several environments has the same mistake in each.
            for problem in regions::check(spec, environment) {
                if !diagnostics.contains(&problem) {
                    diagnostics.push(problem);
                }
            }
            for region in spec.regions_of_replicas(environment) {
                stacks.push(StackDefinition {
                    spec,
                    environment,
                    replicas_in: Some(region),
                });
            }
        }
    }
    (stacks, diagnostics)
}

fn environments_of<'s>(spec: &'s SpecFile, config: &'s Config) -> Vec<(&'s str, Span)> {
    let named = spec.fields.environments.iter().flatten();
    let mut environments: Vec<_> = named
        .chain(&spec.fields.environment)
        .map(|name| (name.value.as_str(), name.span))
        .collect();
    if environments.is_empty() {
        environments.push((config.environment.as_str(), spec.stack.span));
    }
    environments
}

fn elsewhere(name: &Spanned<PlainName>, environments: &[(&str, Span)]) -> Diagnostic {
    let known = || environments.iter().map(|(name, _)| *name);
    let name_text = name.value.as_str();
    Diagnostic::error(
        "unknown-environment",
        format!("this file makes nothing for the environment `{name_text}`"),
    )
    .at(name.span, "")
    .did_you_mean(name_text, known())
    .help(format!(
        "its environments: {}",
        known().collect::<Vec<_>>().join(", ")
    ))
}

fn same_stack(
    spec: &SpecFile,
    first: &SpecFile,
    environment: &Environment,
    span: Span,
) -> Diagnostic {
    if std::ptr::eq(spec, first) {
        return Diagnostic::error(
            "duplicate-environment",
            format!("environment `{}` is named twice", environment.name),
        )
        .at(span, "second time")
        .help("keep one of the two");
    }
    Diagnostic::error(
        "duplicate-stack",
        format!(
            "two spec files make the stack `{}` in `{}`",
            spec.stack.value, environment.name
        ),
    )
    .at(spec.stack.span, "this one")
    .also(first.stack.span, format!("`{}` is the other", first.path))
    .help("give one of them another name with `stack:` (upper and lower case count as one)")
}

impl SpecFile {
    /// The keys as they are in an environment.
    pub fn keys(&self, environment: &Environment) -> &[KeyDefinition] {
        let overridden = self.overridden.get(&environment.name);
        let keys = overridden.or(self.fields.keys.as_ref());
        keys.map_or(&[], Vec::as_slice)
    }

    /// The Regions in which its keys have replicas in an environment, or had some that are released.
    fn regions_of_replicas(&self, environment: &Environment) -> Vec<&Region> {
        let of_keys = self
            .keys(environment)
            .iter()
            .flat_map(KeyDefinition::replicas);
        let released = self.released(environment);
        let released = released.flat_map(|released| released.replicas.iter().flatten());
        let regions = of_keys.chain(released).map(|region| &region.value.0);
        let unique: BTreeSet<&Region> = regions.collect();
        unique.into_iter().collect()
    }

    /// What it releases in an environment.
    pub(super) fn released(&self, environment: &Environment) -> impl Iterator<Item = &ReleasedKey> {
        let released = self.fields.released.iter().flatten();
        released.filter(move |released| {
            let mut only = released.environments.iter().flatten();
            released.environments.is_none()
                || only.any(|name| name.value.as_str() == environment.name)
        })
    }

    /// The environments that parts of it are about: overrides and releases.
    fn environments_of_parts(&self) -> impl Iterator<Item = &Spanned<PlainName>> {
        let overrides = self.fields.overrides.iter().flat_map(|all| &all.0);
        let released = self.fields.released.iter().flatten();
        let released = released.flat_map(|released| released.environments.iter().flatten());
        overrides.map(|(name, _)| name).chain(released)
    }

    /// The targets that it is written for: its own among the workspace's.
    #[must_use]
    pub fn targets(&self, workspace: &BTreeSet<Target>) -> BTreeSet<Target> {
        let Some(own) = &self.fields.targets else {
            return workspace.clone();
        };
        let own = own.iter().map(|target| target.value);
        own.filter(|target| workspace.contains(target)).collect()
    }
}

impl<'s> StackDefinition<'s> {
    /// Its keys: each as its definition says, and as it is in this stack. These are one but for replicas.
    pub fn keys(&self) -> impl Iterator<Item = (&'s KeyDefinition, &'s KeyDefinition)> + use<'s> {
        let keys = self.spec.keys(self.environment);
        let place = |region: &Region| {
            let overridden = self.spec.overridden.contains_key(&self.environment.name);
            let environment = match overridden {
                true => self.environment.name.clone(),
                false => String::new(),
            };
            (environment, region.name().to_owned())
        };
        let replicas = self.replicas_in.map(|region| {
            let replicas = self.spec.replicas.get(&place(region));
            let replicas = replicas.map_or(&[][..], Vec::as_slice).iter();
            replicas.filter_map(|(index, replica)| Some((keys.get(*index)?, replica)))
        });
        let is_home = self.replicas_in.is_none();
        let own = keys.iter().filter(move |_| is_home);
        own.map(|key| (key, key))
            .chain(replicas.into_iter().flatten())
    }

    /// The keys that leave it on purpose: whole keys the stack of the keys themselves, replicas those of their Regions.
    pub fn released(&self) -> impl Iterator<Item = &'s ReleasedKey> + use<'s> {
        let region = self.replicas_in;
        let released = self.spec.released(self.environment);
        released.filter(move |released| match (&released.replicas, region) {
            (None, None) => true,
            (Some(replicas), Some(region)) => {
                replicas.iter().any(|replica| replica.value.0 == *region)
            }
            _ => false,
        })
    }

    /// The Regions that it is deployed in, where they are known.
    #[must_use]
    pub fn regions(&self) -> Vec<&'s Region> {
        match self.replicas_in {
            Some(region) => vec![region],
            None => self.spec.regions(self.environment),
        }
    }

    /// The only Region that it is deployed in, where that is known.
    #[must_use]
    pub fn region(&self) -> Option<&'s Region> {
        self.replicas_in
            .or_else(|| self.spec.region(self.environment))
    }
}
