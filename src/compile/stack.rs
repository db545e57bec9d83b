//! A stack: its keys compiled, named apart, and held to what templates can carry.

use std::collections::{BTreeMap, BTreeSet};

use super::clash::Clash;
use super::scope::Taken;
use super::{adoption, companion, kind, policy, signals, stack_set, targets};
use crate::diag::Diagnostic;
use crate::iam::{Text, Variable};
use crate::kms::companion::Companion;
use crate::kms::stack_set::StackSet;
use crate::kms::{Adopted, Alias, Key, Origin, Released, Rotation, Signals, Stack, limits};
use crate::source::Span;
use crate::spec::config::{Config, Environment};
use crate::spec::stack::StackDefinition;
use crate::spec::{AliasName, KeyDefinition, OWN_TAG_PREFIX, Target};
use crate::target::names::{CloudFormation, Naming, Terraform, pascal_case};

/// A stack with the definitions that its keys come from, in the same order.
#[derive(Debug)]
pub struct CompiledStack<'s> {
    /// Where it comes from.
    pub definition: StackDefinition<'s>,
    /// What it comes to.
    pub stack: Stack,
    /// For each key, its definition.
    pub declarations: Vec<&'s KeyDefinition>,
    /// Policies for the users in other accounts, by consumer.
    pub companions: Vec<Companion>,
    /// The stack set that deploys it to many accounts.
    pub stack_set: Option<StackSet>,
}

impl<'s> CompiledStack<'s> {
    /// The targets that it is written for.
    #[must_use]
    pub fn targets(&self, config: &Config) -> BTreeSet<Target> {
        self.definition.spec.targets(&config.targets)
    }

    /// Each key with its definition.
    pub(super) fn entries(&self) -> impl Iterator<Item = (&Key, &'s KeyDefinition)> {
        self.stack
            .keys
            .iter()
            .zip(self.declarations.iter().copied())
    }
}

/// Compiles one stack. Problems come beside what could be made.
#[must_use]
pub fn stack<'s>(
    definition: StackDefinition<'s>,
    config: &Config,
) -> (CompiledStack<'s>, Vec<Diagnostic>) {
    let StackDefinition {
        spec,
        environment,
        replicas_in,
    } = definition;
    let mut diagnostics = Vec::new();
    let mut keys = Vec::new();
    let mut declarations = Vec::new();
    let targets = spec.targets(&config.targets);
    let reached = stack_set::environment(definition, config);
    let mut adopted = Vec::new();
    for (named, declared) in definition.keys() {
        let both = (named, declared);
        if let Some(key) = key(both, definition, &reached, config, &mut diagnostics) {
            adopted.extend(adoption::of(declared, &key, &targets, &mut diagnostics));
            keys.push(key);
            declarations.push(declared);
        }
    }
    let released = definition.released();
    let signals = signals::signals(definition, &keys, &declarations, config, &mut diagnostics);
    let signals_of_others = signals_of_others(definition, (&keys, &declarations), &adopted, config);
    let mut compiled = CompiledStack {
        definition,
        stack: Stack {
            name: spec.stack.value.clone(),
            environment: environment.name.clone(),
            replicas_in: replicas_in.cloned(),
            home: spec.region(environment).cloned(),
            keys,
            released: released
                .map(|released| Released {
                    id: released.id.value.as_str().to_owned(),
                    origin: released.origin.map_or(Origin::AwsKms, |origin| origin.0),
                    aliases: released
                        .aliases
                        .iter()
                        .flatten()
                        .map(|alias| alias_name(&alias.value, environment))
                        .collect(),
                })
                .collect(),
            adopted,
            signals,
            signals_of_others,
        },
        declarations,
        companions: Vec::new(),
        stack_set: None,
    };
    compiled.stack_set = stack_set::stack_set(&compiled, &reached, config, &mut diagnostics);
    compiled.companions = companion::companions(&compiled, &reached, config, &mut diagnostics);
    check_names(&compiled, &mut diagnostics);
    check_released(&compiled, &mut diagnostics);
    check_swaps(&compiled, &mut diagnostics);
    targets::check(&compiled, config, &mut diagnostics);
    (compiled, diagnostics)
}

/// What told of the keys that are not adopted, while they were alone.
fn signals_of_others(
    definition: StackDefinition<'_>,
    (keys, declarations): (&[Key], &[&KeyDefinition]),
    adopted: &[Adopted],
    config: &Config,
) -> Signals {
    let is_other = |key: &Key| adopted.iter().all(|adopted| adopted.id != key.name);
    let others = keys.iter().zip(declarations);
    let others = others.filter(|(key, _)| is_other(key));
    let (keys, declarations): (Vec<Key>, Vec<&KeyDefinition>) = others
        .map(|(key, declared)| (key.clone(), *declared))
        .unzip();
    // A stack without any other key is made by the import, or by the deployment that follows.
    if keys.is_empty() || adopted.is_empty() {
        return Signals::default();
    }
    // What is wrong with them is told already.
    let mut told = Vec::new();
    signals::signals(definition, &keys, &declarations, config, &mut told)
}

fn key(
    (named, declared): (&KeyDefinition, &KeyDefinition),
    definition: StackDefinition<'_>,
    environment: &Environment,
    config: &Config,
    diagnostics: &mut Vec<Diagnostic>,
) -> Option<Key> {
    let targets = definition.spec.targets(&config.targets);
    let regions = definition.regions();
    let kind = kind::of(declared, &regions, &targets, diagnostics)?;
    let policy = policy::policy(declared, kind, (environment, &regions), config, diagnostics);
    let name = match &named.id {
        Some(id) => id.value.as_str().to_owned(),
        None => pascal_case(named.alias.value.0.raw()),
    };
    if name.is_empty() {
        diagnostics.push(
            Diagnostic::error(
                "no-logical-name",
                "this alias has no letter or digit to make a logical name of",
            )
            .at(declared.alias.span, "")
            .help("add `id: Name`"),
        );
        return None;
    }
    let retained = environment.protected;
    let names = [&declared.alias]
        .into_iter()
        .chain(declared.aliases.iter().flatten());
    let aliases = names
        .map(|alias| {
            let name = alias_name(&alias.value, environment);
            diagnostics.extend(reserved_alias(&name, alias.span));
            Alias { name, retained }
        })
        .collect::<Vec<_>>();
    if aliases.len() > limits::ALIASES_PER_KEY {
        diagnostics.push(
            Diagnostic::error(
                "too-many-aliases",
                format!(
                    "this key has {} aliases, KMS takes {}",
                    aliases.len(),
                    limits::ALIASES_PER_KEY
                ),
            )
            .at(declared.alias.span, "")
            .help("remove some of `aliases`"),
        );
    }
    let rotation = declared
        .rotation
        .as_ref()
        .and_then(|rotation| rotation.period_days.as_ref());
    let period_days = rotation.map_or(limits::ROTATION_PERIOD_DEFAULT, |days| days.value.0);
    let window = declared.deletion_window_days.as_ref();
    Some(Key {
        tags: tags(declared, &name, definition, config, diagnostics),
        was: declared.former_names().map(pascal_case).collect(),
        name,
        description: declared.purpose.value.0.clone(),
        key_spec: kind.spec,
        key_usage: kind.usage,
        origin: kind.origin,
        custom_key_store: kind::custom_key_store(declared),
        multi_region: kind.multi_region,
        replica: definition.replicas_in.is_some(),
        enabled: declared.enabled.unwrap_or(true),
        rotation: kind.rotates().then_some(Rotation { period_days }),
        deletion_window_days: window.map_or(environment.deletion_window_days, |days| days.value.0),
        retained,
        aliases,
        policy,
    })
}

/// Refuses a placeholder that makes an alias one of AWS's own.
/// Source: KMS API reference, `CreateAlias`: names that begin with `alias/aws/` are reserved.
fn reserved_alias(name: &Text, span: Span) -> Option<Diagnostic> {
    let deployed = name.resolve(|variable| match variable {
        Variable::Partition => "aws",
        _ => "",
    });
    deployed.starts_with("alias/aws/").then(|| {
        Diagnostic::error(
            "invalid-alias",
            "this placeholder can become `aws`, and aliases that begin with `alias/aws/` are reserved for AWS \
             managed keys",
        )
        .at(span, "")
        .help("put something in front of the placeholder")
    })
}

fn tags(
    declared: &KeyDefinition,
    name: &str,
    definition: StackDefinition<'_>,
    config: &Config,
    diagnostics: &mut Vec<Diagnostic>,
) -> BTreeMap<String, Text> {
    let StackDefinition {
        spec, environment, ..
    } = definition;
    let layers = [
        Some(&config.tags),
        Some(&environment.tags),
        spec.fields.tags.as_ref(),
        declared.tags.as_ref(),
    ];
    let mut tags = Config::merge_tags(environment, &layers);
    for (key, value) in [("stack", spec.stack.value.as_str()), ("key", name)] {
        tags.insert(format!("{OWN_TAG_PREFIX}{key}"), Text::literal(value));
    }
    let place = declared.alias.span;
    if tags.len() > limits::TAGS_PER_KEY {
        diagnostics.push(
            Diagnostic::error(
                "too-many-tags",
                format!(
                    "this key has {} tags, keywright's own and inherited ones included; KMS takes {}",
                    tags.len(),
                    limits::TAGS_PER_KEY
                ),
            )
            .at(place, "")
            .help("remove some from the key, its spec file, the environment or the workspace"),
        );
    }
    for (key, value) in &tags {
        let texts = [key.as_str()].into_iter().chain(value.literals());
        let odd = texts
            .flat_map(str::chars)
            .find(|character| !limits::is_documented_tag_character(*character));
        if let Some(character) = odd {
            diagnostics.push(
                Diagnostic::warning(
                    "undocumented-tag-character",
                    format!("the tag `{key}` holds `{character}`"),
                )
                .at(tag_place(declared, definition, key), "")
                .help("AWS documents letters, digits, spaces and `_.:/=+-@` for tags, and may refuse others"),
            );
        }
        let length = value.resolve(limits::longest).chars().count();
        if length > limits::TAG_VALUE_LENGTH {
            diagnostics.push(
                Diagnostic::error(
                    "too-long",
                    format!(
                        "the value of the tag `{key}` is up to {length} characters long, {} are allowed",
                        limits::TAG_VALUE_LENGTH
                    ),
                )
                .at(tag_place(declared, definition, key), "")
                .help("shorten it"),
            );
        }
    }
    tags
}

/// Where a tag is written: on the key or in its file, else the key that inherits it.
pub(super) fn tag_place(
    declared: &KeyDefinition,
    definition: StackDefinition<'_>,
    tag: &str,
) -> Span {
    let layers = [declared.tags.as_ref(), definition.spec.fields.tags.as_ref()];
    let mut keys = layers.into_iter().flatten().flat_map(|tags| &tags.0);
    keys.find(|(key, _)| key.value.0 == tag)
        .map_or(declared.alias.span, |(key, _)| key.span)
}

/// No two keys of a stack may have one logical name, nor any two resources one name in a target.
fn check_names(compiled: &CompiledStack<'_>, diagnostics: &mut Vec<Diagnostic>) {
    let mut aliases: BTreeMap<&Text, (usize, Span)> = BTreeMap::new();
    let mut names: BTreeMap<(&str, String), (usize, Span)> = BTreeMap::new();
    'keys: for (index, (key, declared)) in compiled.entries().enumerate() {
        let place = declared.alias.span;
        let others = declared.aliases.iter().flatten().map(|alias| alias.span);
        let spans = [place].into_iter().chain(others);
        for (alias, span) in key.aliases.iter().zip(spans) {
            if let Some((other, first)) = aliases.insert(&alias.name, (index, span)) {
                let whose = if other == index {
                    "this key has the alias `NAME` twice"
                } else {
                    "two keys have the alias `NAME`"
                };
                diagnostics.push(
                    Diagnostic::error(
                        "duplicate-alias",
                        whose.replace("NAME", &alias.name.to_string()),
                    )
                    .at(span, "second time")
                    .also(first, "first time")
                    .help("remove or rename one: an alias is unique in an account and Region"),
                );
                // Names that are made of one alias are one as well: that would only be an echo.
                continue 'keys;
            }
        }
        let resources = |naming: &dyn Naming| -> Vec<String> {
            [naming.key(naming.id(key))]
                .into_iter()
                .chain(naming.aliases(key))
                .collect()
        };
        // Parameters and resources of a template share one set of names.
        let parameter = key
            .replica
            .then(|| CloudFormation.primary(CloudFormation.id(key)));
        // An SSM parameter is a resource.
        let has_parameter = !compiled.stack.signals.parameters.is_empty();
        let of_ssm = has_parameter.then(|| CloudFormation.parameter(CloudFormation.id(key)));
        let cloudformation = resources(&CloudFormation)
            .into_iter()
            .chain(parameter)
            .chain(of_ssm)
            .map(|name| ("a logical id", name));
        // Terraform's names are apart by type; a key and its main alias share theirs.
        let terraform = resources(&Terraform);
        let terraform = terraform
            .into_iter()
            .enumerate()
            .map(|(index, name)| match index {
                0 => ("an aws_kms_key", name),
                _ => ("an aws_kms_alias", name),
            });
        for (kind, name) in cloudformation.chain(terraform) {
            let Some((other, first)) = names.insert((kind, name.clone()), (index, place)) else {
                continue;
            };
            let clash = Clash {
                compiled,
                kind,
                name,
                here: (index, place),
                there: (other, first),
            };
            diagnostics.push(clash.diagnostic());
            break;
        }
    }
}

/// An alias as AWS knows it.
fn alias_name(alias: &AliasName, environment: &Environment) -> Text {
    let mut name = Text::literal("alias/");
    name.push_text(&alias.0.fill(&environment.name));
    name
}

/// Two keys that exchange their names: Terraform refuses moves in a circle.
fn check_swaps(compiled: &CompiledStack<'_>, diagnostics: &mut Vec<Diagnostic>) {
    let keys = &compiled.stack.keys;
    for (index, (key, declared)) in compiled.entries().enumerate() {
        let other = keys.iter().take(index).position(|other| {
            let was = |key: &Key, name: &String| key.was.contains(name);
            was(key, &other.name) && was(other, &key.name)
        });
        let Some(first) = other.and_then(|other| compiled.declarations.get(other)) else {
            continue;
        };
        diagnostics.push(
            Diagnostic::error(
                "swapped-names",
                "two keys cannot exchange their names at once",
            )
            .at(declared.alias.span, "this one")
            .also(first.alias.span, "and this one")
            .help("give one of them another name, deploy, and give it its own then"),
        );
    }
}

fn check_released(compiled: &CompiledStack<'_>, diagnostics: &mut Vec<Diagnostic>) {
    for released in compiled.definition.released() {
        let id = released.id.value.as_str();
        let mut keys = compiled.stack.keys.iter();
        let still = keys.find(|key| key.name == id || key.was.iter().any(|was| was == id));
        if let Some(key) = still {
            let mut problem = Diagnostic::error(
                "released-and-kept",
                format!(
                    "`{id}` is released and still a key of this stack in `{}`",
                    compiled.definition.environment.name
                ),
            )
            .at(released.id.span, "")
            .help("remove the key, or the release; `environments` limits a release to some");
            if key.multi_region && !key.replica {
                problem = problem.help(
                    "is a replica to leave, and the key itself to stay? name its Region: `replicas: [eu-west-1]`",
                );
            }
            diagnostics.push(problem);
        }
    }
}

/// What no two stacks may share, such as the alias of an environment.
#[must_use]
pub fn across(stacks: &[CompiledStack<'_>]) -> Vec<Diagnostic> {
    let mut diagnostics = adoption::across(stacks);
    let mut seen: Taken<'_, (&str, &Text), (&str, Span)> = Taken::default();
    for compiled in stacks {
        let environment = compiled.definition.environment.name.as_str();
        let scope = compiled.scope();
        for (key, declared) in compiled.entries() {
            let place = declared.alias.span;
            for alias in &key.aliases {
                let first = seen.take_alone(
                    (environment, &alias.name),
                    scope,
                    (&compiled.stack.name, place),
                );
                let first = first.filter(|(other, _)| !scope.parts(*other, &alias.name));
                let Some((other, (stack, first))) = first else {
                    continue;
                };
                let help = if scope.meets(other) {
                    "remove or rename one: an alias is unique in an account and Region"
                } else {
                    "an alias means one key in an environment, also where its Regions would keep two apart: rename one, \
                     or put `{region}` into both, or make one multi-Region key with a replica, which shares its alias"
                };
                diagnostics.push(
                    Diagnostic::error(
                        "duplicate-alias",
                        format!(
                            "two keys in `{environment}` have the alias `{}`",
                            alias.name
                        ),
                    )
                    .at(place, "")
                    .also(first, format!("the other is in the stack `{stack}`"))
                    .help(help),
                );
            }
        }
    }
    signals::across(stacks, &mut diagnostics);
    stack_set::across(stacks, &mut diagnostics);
    companion::across(stacks, &mut diagnostics);
    diagnostics
}
