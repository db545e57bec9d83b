//! An alias stays with its key: earlier output is held against what would give its name to another resource.
//!
//! A key under another logical id is another key. Terraform destroys the earlier one and makes the other; CloudFormation
//! makes new resources before it deletes old ones, and an alias that exists cannot be made (KMS API reference,
//! `CreateAlias`, `AlreadyExistsException`), so that its update fails.

use std::collections::BTreeMap;

use super::revision::{Revision, name};
use crate::compile::CompiledStack;
use crate::diag::Diagnostic;
use crate::iam::Text;
use crate::readback::found::{FoundAlias, FoundKey, Lifetime, Property};
use crate::source::Span;
use crate::spec::OWN_TAG_PREFIX;

/// An alias whose resource would be another one.
pub(super) struct Takeover {
    alias: Text,
    /// The key that has it so far: its name in the spec, as far as its tags tell.
    from: String,
    /// The key that would have it, by its place in the stack.
    to: usize,
    fate: Fate,
    /// Whether it is the main alias of the key that has it so far, whose name the key's parameter bears.
    main: bool,
    /// Where the alias stands so far.
    was: Span,
}

/// What becomes of the key that has the alias so far.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Fate {
    /// It is destroyed.
    Gone,
    /// It lives on unmanaged, and its aliases with it.
    Released,
    /// It stays in the stack, or goes while the other one was there before.
    Other,
    /// The alias stays with it, under another name of the resource.
    Same,
}

/// The aliases of a revision that would be another resource.
pub(super) fn changes(revision: &Revision<'_, '_>) -> Vec<Takeover> {
    let mut owners = BTreeMap::new();
    for key in revision.after.all() {
        for (text, alias) in key.aliases.iter().filter_map(known) {
            owners.insert(text, (name(&alias.resource), name(&key.resource)));
        }
    }
    let mut takeovers = Vec::new();
    for key in &revision.before.keys {
        for (text, alias) in key.aliases.iter().filter_map(known) {
            let Some((resource, owner)) = owners.get(text) else {
                continue;
            };
            if *resource == revision.renamed_alias(name(&alias.resource)) {
                continue;
            }
            let Some(to) = revision.place(owner) else {
                continue;
            };
            let fate = fate(revision, key, owner);
            // That it would be lost is told already.
            if fate == Fate::Gone && is_protected(key) {
                continue;
            }
            takeovers.push(Takeover {
                alias: text.clone(),
                from: spec_name(key),
                to,
                fate,
                main: key.aliases.first() == Some(alias),
                was: alias.span,
            });
        }
    }
    takeovers
}

fn known(alias: &FoundAlias) -> Option<(&Text, &FoundAlias)> {
    match &alias.name {
        Property::Known(text, _) => Some((text, alias)),
        _ => None,
    }
}

fn fate(revision: &Revision<'_, '_>, key: &FoundKey, owner: &str) -> Fate {
    let resource = name(&key.resource);
    let now = revision.renamed(resource);
    let naming = revision.naming();
    let mut released = revision.compiled.stack.released.iter();
    let mut earlier = revision.before.keys.iter();
    let is_owner = |key: &FoundKey| revision.renamed(name(&key.resource)) == owner;
    if now == owner {
        Fate::Same
    } else if released.any(|released| naming.key(&released.id) == resource) {
        Fate::Released
    } else if revision.after.key(now).is_some() || earlier.any(is_owner) {
        Fate::Other
    } else {
        Fate::Gone
    }
}

fn is_protected(key: &FoundKey) -> bool {
    match &key.lifetime {
        Lifetime::PreventDestroy(Property::Known(prevents, _)) => *prevents,
        Lifetime::Policies {
            deletion: Property::Known(policy, _),
            ..
        } => policy != "Delete",
        _ => false,
    }
}

/// What a key is called in its spec: both targets say it in a tag.
fn spec_name(key: &FoundKey) -> String {
    let tags = match &key.tags {
        Property::Known(tags, _) => tags
            .get(&format!("{OWN_TAG_PREFIX}key"))
            .and_then(Text::as_literal),
        _ => None,
    };
    tags.unwrap_or_else(|| name(&key.resource)).to_owned()
}

/// What is told of the takeovers of all revisions. One shows in both targets: it is told once.
pub(super) fn diagnostics<'r>(
    found: impl IntoIterator<Item = (&'r CompiledStack<'r>, Vec<Takeover>)>,
) -> Vec<Diagnostic> {
    let mut told: Vec<(&CompiledStack<'_>, Takeover, Vec<Span>)> = Vec::new();
    for (compiled, takeovers) in found {
        for takeover in takeovers {
            let same = |(other, known, _): &&mut (&CompiledStack<'_>, Takeover, Vec<Span>)| {
                std::ptr::eq(*other, compiled)
                    && known.alias == takeover.alias
                    && known.to == takeover.to
            };
            match told.iter_mut().find(same) {
                Some((_, _, places)) => places.push(takeover.was),
                None => {
                    let places = vec![takeover.was];
                    told.push((compiled, takeover, places));
                }
            }
        }
    }
    let diagnostics = told.iter().filter_map(|(compiled, takeover, places)| {
        let diagnostic = takeover.diagnostic(compiled)?;
        Some(places.iter().fold(diagnostic, |diagnostic, place| {
            diagnostic.also(*place, "here so far")
        }))
    });
    diagnostics.collect()
}

impl Takeover {
    fn diagnostic(&self, compiled: &CompiledStack<'_>) -> Option<Diagnostic> {
        let Self { alias, from, .. } = self;
        let key = compiled.stack.keys.get(self.to)?;
        let to = &key.name;
        let declared = compiled.declarations.get(self.to)?;
        let mut written = [&declared.alias]
            .into_iter()
            .chain(declared.aliases.iter().flatten());
        let nth = key.aliases.iter().position(|known| known.name == *alias)?;
        let place = written.nth(nth)?.span;
        let replaced = |message| Diagnostic::error("replaced-key", message).at(place, "");
        let mut parameters = compiled.stack.signals.parameters.iter();
        let goes = self.main && nth == 0 && self.fate == Fate::Other;
        let parameter = parameters.find(|parameter| goes && parameter.key == self.to);
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
        Some(match self.fate {
            Fate::Gone => replaced(format!(
                "`{alias}` would be the alias of another key: `{to}` takes the place of `{from}`"
            ))
            .help("Terraform would destroy the key, and with it all that it encrypted; CloudFormation's update would fail")
            .help(format!(
                "to keep the key, add `was: {from}`, or put `id: {from}` back"
            ))
            .help("or, if nothing needs this key any more: remove it, deploy, and add the new one then"),
            Fate::Released => replaced(format!(
                "`{alias}` stays with the released key `{from}`, so `{to}` cannot have it"
            ))
            .help(format!(
                "take it away first: give `{from}` another `alias` beside the new key, deploy, and release it then"
            )),
            Fate::Other => moved(format!("`{alias}` moves from the key `{from}` to `{to}`")),
            Fate::Same => moved(format!(
                "`{alias}` of the key `{to}` becomes another resource"
            )),
        })
    }
}
