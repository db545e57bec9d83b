//! An alias stays with its key: earlier output is held against what would give its name to another resource, in the
//! same stack or in another one.
//!
//! A key under another logical id is another key. Terraform destroys the earlier one and makes the other; CloudFormation
//! makes new resources before it deletes old ones, and an alias that exists cannot be made (KMS API reference,
//! `CreateAlias`, `AlreadyExistsException`), so that its update fails.

use std::collections::{BTreeMap, BTreeSet};

use super::released::bare;
use super::revision::{Orphan, Revision, is_protected, name, spec_name};
use crate::compile::CompiledStack;
use crate::diag::Diagnostic;
use crate::iam::Text;
use crate::kms::{Key, Region};
use crate::readback::found::{FoundAlias, FoundKey, Property};
use crate::source::Span;
use crate::spec::Target;

/// The keys that are to have the aliases of all stacks. An alias is unique in an account and Region.
pub(super) struct Owners<'k>(BTreeMap<Scope<'k>, Owner>);

/// An environment, the Region of replicas, and an alias.
type Scope<'k> = (&'k str, Option<&'k Region>, &'k Text);

/// An alias of a key, by its place: the stack, the key in it, and the alias among the key's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Owner {
    stack: usize,
    key: usize,
    alias: usize,
}

impl<'k> Owners<'k> {
    pub(super) fn new(stacks: &'k [CompiledStack<'_>]) -> Self {
        let mut owners = BTreeMap::new();
        for (stack, CompiledStack { stack: known, .. }) in stacks.iter().enumerate() {
            for (key, its) in known.keys.iter().enumerate() {
                for (alias, its) in its.aliases.iter().enumerate() {
                    let scope = (
                        known.environment.as_str(),
                        known.replicas_in.as_ref(),
                        &its.name,
                    );
                    owners.insert(scope, Owner { stack, key, alias });
                }
            }
        }
        Self(owners)
    }

    /// The key that is to have an alias in the environment and Region of a revision.
    pub(super) fn in_revision(&self, revision: &Revision<'_, '_>, alias: &Text) -> Option<Owner> {
        let stack = &revision.compiled.stack;
        let scope = (
            stack.environment.as_str(),
            stack.replicas_in.as_ref(),
            alias,
        );
        self.0.get(&scope).copied()
    }
}

/// An alias whose resource would be another one, or none.
pub(super) struct Takeover {
    alias: Text,
    /// The key that has it so far: its name in the spec, as far as its tags tell.
    from: String,
    /// The name of that key's stack, where it is another one.
    elsewhere: Option<String>,
    /// The key that would have it; the same one where nobody would.
    to: Owner,
    fate: Fate,
    /// The target in which that shows.
    target: Target,
    /// Whether it is the main alias of the key that has it so far, whose name the key's parameter bears.
    main: bool,
    /// Where the alias stands so far.
    was: Span,
}

/// What becomes of the key that has the alias so far.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fate {
    /// It is destroyed.
    Gone,
    /// It lives on unmanaged, and its aliases with it.
    Released,
    /// It stays in the stack, or goes while the other one was there before.
    Other,
    /// The alias stays with it, under another name of the resource.
    Same,
    /// It stays, and nobody has the alias.
    Without,
}

/// What a revision says about aliases.
#[derive(Default)]
pub(super) struct Seen {
    takeovers: Vec<Takeover>,
    /// The keys of its stack that were there before, by target, stack and place.
    stood: BTreeSet<(Target, usize, usize)>,
}

/// The aliases of a revision that would be another resource, or none.
pub(super) fn changes(
    revision: &Revision<'_, '_>,
    owners: &Owners<'_>,
    stacks: &[CompiledStack<'_>],
) -> Seen {
    let keys = revision.compiled.stack.keys.iter().enumerate();
    let stood = keys.filter(|(_, key)| revision.earlier(key).is_some());
    let mut seen = Seen {
        takeovers: Vec::new(),
        stood: stood
            .map(|(place, _)| (revision.target, revision.stack, place))
            .collect(),
    };
    for key in &revision.before.keys {
        for (text, alias) in key.aliases.iter().filter_map(known) {
            let taken = match owners.in_revision(revision, text) {
                Some(owner) => takeover(revision, (key, alias), owner, stacks),
                None => goes(revision, key),
            };
            let Some((to, fate)) = taken else {
                continue;
            };
            // That it would be lost is told already.
            if fate == Fate::Gone && is_protected(key) {
                continue;
            }
            let elsewhere = to.stack != revision.stack;
            seen.takeovers.push(Takeover {
                alias: text.clone(),
                from: spec_name(key).to_owned(),
                elsewhere: elsewhere.then(|| revision.compiled.stack.name.clone()),
                to,
                fate,
                target: revision.target,
                main: key.aliases.first() == Some(alias),
                was: alias.span,
            });
        }
    }
    seen
}

/// The aliases of left-over files that would be another resource.
pub(super) fn of_orphan(
    orphan: &Orphan,
    owners: &Owners<'_>,
    stacks: &[CompiledStack<'_>],
) -> Seen {
    let mut seen = Seen::default();
    // A stack that is not made for this target any more goes on with the other one.
    let is_own = |owner: &Owner| {
        stacks.get(owner.stack).is_some_and(|compiled| {
            let stack = &compiled.stack;
            (&stack.name, &stack.environment, &stack.replicas_in)
                == (&orphan.stack, &orphan.environment, &orphan.region)
        })
    };
    // That a protected key would be lost is told already.
    for key in orphan.keys.iter().filter(|key| !is_protected(key)) {
        for (text, alias) in key.aliases.iter().filter_map(known) {
            let scope = (orphan.environment.as_str(), orphan.region.as_ref(), text);
            let owner = owners.0.get(&scope).filter(|owner| !is_own(owner));
            seen.takeovers.extend(owner.map(|to| Takeover {
                alias: text.clone(),
                from: spec_name(key).to_owned(),
                elsewhere: Some(orphan.stack.clone()),
                to: *to,
                fate: Fate::Gone,
                target: orphan.target,
                main: key.aliases.first() == Some(alias),
                was: alias.span,
            }));
        }
    }
    seen
}

pub(super) fn known(alias: &FoundAlias) -> Option<(&Text, &FoundAlias)> {
    match &alias.name {
        Property::Known(text, _) => Some((text, alias)),
        _ => None,
    }
}

/// What happens to a key's alias that is to have an owner.
fn takeover(
    revision: &Revision<'_, '_>,
    (key, alias): (&FoundKey, &FoundAlias),
    owner: Owner,
    stacks: &[CompiledStack<'_>],
) -> Option<(Owner, Fate)> {
    let compiled = stacks.get(owner.stack)?;
    let to = compiled.stack.keys.get(owner.key)?;
    let here = owner.stack == revision.stack;
    let stays = revision.naming().aliases(to).into_iter().nth(owner.alias);
    if here && stays.as_deref() == Some(revision.renamed_alias(name(&alias.resource))) {
        return None;
    }
    let fate = fate(revision, key, here.then_some(to));
    // It comes with its key, which nobody destroys.
    if fate == Fate::Released && takes_over(compiled, to, owner.alias) {
        return None;
    }
    Some((owner, fate))
}

/// Whether a key exists already and has an alias that it is to have.
fn takes_over(compiled: &CompiledStack<'_>, key: &Key, alias: usize) -> bool {
    let name = key.aliases.get(alias).and_then(|it| it.name.as_literal());
    let mut adopted = compiled.stack.adopted.iter();
    let adopted = adopted.find(|adopted| adopted.id == key.name);
    adopted.is_some_and(|it| it.aliases.iter().any(|known| Some(known.as_str()) == name))
}

/// A key that stays and is not to be lost gives up an alias.
fn goes(revision: &Revision<'_, '_>, key: &FoundKey) -> Option<(Owner, Fate)> {
    let place = revision.place(revision.renamed(name(&key.resource)))?;
    let owner = Owner {
        stack: revision.stack,
        key: place,
        alias: 0,
    };
    is_protected(key).then_some((owner, Fate::Without))
}

/// What becomes of a key whose alias goes to `to`, where that is of the same stack.
fn fate(revision: &Revision<'_, '_>, key: &FoundKey, to: Option<&Key>) -> Fate {
    let resource = name(&key.resource);
    let now = revision.renamed(resource);
    let naming = revision.naming();
    let mut released = revision.compiled.stack.released.iter();
    if to.is_some_and(|to| revision.resource(to) == now) {
        Fate::Same
    } else if released.any(|released| naming.key(&released.id) == resource) {
        Fate::Released
    } else if revision.after.key(now).is_some() {
        Fate::Other
    } else {
        Fate::Gone
    }
}

/// What is told of all takeovers.
pub(super) fn diagnostics(all: Vec<Seen>, stacks: &[CompiledStack<'_>]) -> Vec<Diagnostic> {
    let stood: BTreeSet<_> = all.iter().flat_map(|seen| &seen.stood).copied().collect();
    let takeovers = all.into_iter().flat_map(|seen| seen.takeovers);
    let told = takeovers.filter_map(|mut takeover| {
        let Owner { stack, key, .. } = takeover.to;
        let is_gone = takeover.fate == Fate::Gone;
        // A key that was there before takes nobody's place.
        if is_gone && stood.contains(&(takeover.target, stack, key)) {
            takeover.fate = Fate::Other;
        }
        // That the key itself would be another resource is told already.
        let to = stacks.get(stack)?.stack.keys.get(key)?;
        if takeover.fate == Fate::Gone && takeover.elsewhere.is_none() && takeover.from == to.name {
            return None;
        }
        let was = takeover.was;
        let diagnostic = takeover.diagnostic(stacks.get(stack)?)?;
        Some(diagnostic.also(was, "here so far"))
    });
    told.collect()
}

impl Takeover {
    fn diagnostic(&self, compiled: &CompiledStack<'_>) -> Option<Diagnostic> {
        let Self { alias, from, .. } = self;
        let key = compiled.stack.keys.get(self.to.key)?;
        let to = &key.name;
        let declared = compiled.declarations.get(self.to.key)?;
        let mut written = [&declared.alias]
            .into_iter()
            .chain(declared.aliases.iter().flatten());
        let place = written.nth(self.to.alias)?.span;
        let from_stack = match &self.elsewhere {
            Some(stack) => format!("`{from}` of the stack `{stack}`"),
            None => format!("`{from}`"),
        };
        let replaced = |message| Diagnostic::error("replaced-key", message).at(place, "");
        let mut parameters = compiled.stack.signals.parameters.iter();
        let goes = self.main && self.to.alias == 0 && self.fate == Fate::Other;
        let parameter = parameters.find(|parameter| goes && parameter.key == self.to.key);
        let moved = |message| {
            let diagnostic = Diagnostic::warning("moved-alias", message)
                .at(place, "")
                .help("CloudFormation cannot make an alias that exists: take it away in one deployment and give it back in the next")
                .help("Terraform may try to make it before it is gone: tell it first that the alias moves, by `terraform state mv`");
            match parameter {
                Some(parameter) => diagnostic.help(format!(
                    "the parameter `{}` moves with it, in Terraform by `terraform state mv` as well: stacks that read it get the ARN of `{to}` from then on",
                    parameter.name
                )),
                None => diagnostic,
            }
        };
        Some(match (self.fate, &self.elsewhere) {
            (Fate::Gone, elsewhere) => {
                let error = replaced(format!(
                    "`{alias}` would be the alias of another key: `{to}` takes the place of {from_stack}"
                ))
                .help("Terraform would destroy the key, and with it all that it encrypted; CloudFormation's update would fail");
                let error = match elsewhere {
                    Some(stack) => error
                        .help(format!("file renamed? keep the stack's name with `stack: {stack}`"))
                        .help(format!(
                            "moved? release it there and adopt it here: `released: [{{id: {from}, reason: …}}]` and `adopt: KEY_ID`"
                        )),
                    None => error.help(format!(
                        "to keep the key, add `was: {from}`, or put `id: {from}` back"
                    )),
                };
                error.help("or, if nothing needs this key any more: remove it, deploy, and add the new one then")
            }
            (Fate::Released, _) => replaced(format!(
                "`{alias}` stays with the released key {from_stack}, so `{to}` cannot have it"
            ))
            .help(format!(
                "is it the same key? say which one exists: `adopt: KEY_ID` takes it over with its aliases, and `{from}` stays released"
            ))
            .help(format!(
                "another one? take the alias away first: give `{from}` another `alias` beside the new key, deploy, and release it then"
            )),
            (Fate::Other, _) => moved(format!(
                "`{alias}` moves from the key {from_stack} to `{to}`"
            )),
            (Fate::Same, _) => moved(format!(
                "`{alias}` of the key `{to}` becomes another resource"
            )),
            (Fate::Without, _) => {
                let bare = bare(alias);
                Diagnostic::warning("alias-goes", format!("the key `{to}` gives up `{alias}`"))
                    .at(place, "")
                    .help("requests that name it fail once Terraform deploys this; CloudFormation leaves it where it is, unmanaged")
                    .help(format!(
                        "keep it in `aliases: [{bare}]` until nobody uses it"
                    ))
            }
        })
    }
}
