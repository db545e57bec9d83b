//! Names that a spec gives to what was there before, `was` and those under `released`: earlier output knows them, or
//! somebody mistyped.

use std::collections::BTreeMap;

use super::released::{self, bare};
use super::revision::{ALIAS, Revision, is_protected, name, spec_name};
use super::takeover;
use crate::diag::Diagnostic;
use crate::kms::Key;
use crate::readback::found::FoundKey;
use crate::source::Span;
use crate::spec::Target;

/// What a revision knows of a name.
pub(super) struct Judged {
    place: Span,
    written: String,
    what: What,
    known: bool,
    /// What it knows instead: names of keys with their aliases, or aliases alone.
    others: Vec<(String, Vec<String>)>,
}

/// Where a name is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum What {
    Was,
    Released,
    Alias,
}

/// Every such name of a revision that it can judge.
pub(super) fn judge(revision: &Revision<'_, '_>) -> Vec<Judged> {
    let keys = &revision.before.keys;
    let names = || {
        keys.iter()
            .map(|key| (spec_name(key).to_owned(), aliases(key)))
    };
    let mut judged = Vec::new();
    let definitions = revision.compiled.stack.keys.iter();
    for (key, declared) in definitions.zip(&revision.compiled.declarations) {
        let written = declared.was.iter().flat_map(|was| &was.0);
        for was in written {
            judged.push(Judged {
                place: was.span,
                written: was.value.0.raw().to_owned(),
                what: What::Was,
                known: was_known(revision, key),
                others: names().collect(),
            });
        }
    }
    for (released, declared) in released::releases(revision) {
        let earlier = released::earlier(revision, released);
        let is_left = is_forgotten(revision, &released.id);
        // A template does not say what left it before.
        if earlier.is_some() || revision.target == Target::Terraform {
            judged.push(Judged {
                place: declared.id.span,
                written: released.id.clone(),
                what: What::Released,
                known: earlier.is_some() || is_left,
                others: names().collect(),
            });
        }
        let Some(key) = earlier else {
            continue;
        };
        let known = aliases(key);
        let written = declared.aliases.iter().flatten();
        for (alias, written) in released.aliases.iter().zip(written) {
            judged.push(Judged {
                place: written.span,
                written: written.value.0.raw().to_owned(),
                what: What::Alias,
                known: known.contains(&bare(alias)),
                others: known.iter().map(|it| (it.clone(), Vec::new())).collect(),
            });
        }
    }
    judged
}

fn aliases(key: &FoundKey) -> Vec<String> {
    let known = key.aliases.iter().filter_map(takeover::known);
    known.map(|(text, _)| bare(text)).collect()
}

/// Whether a key was there under one of its names.
fn was_known(revision: &Revision<'_, '_>, key: &Key) -> bool {
    let naming = revision.naming();
    let names = key.was.iter().chain([&key.name]);
    let resources: Vec<_> = names.map(|id| naming.key(id)).collect();
    let mut earlier = revision.before.keys.iter();
    earlier.any(|key| resources.iter().any(|it| it == name(&key.resource)))
}

/// Whether Terraform knew a key of that name as one that is released, or renamed.
fn is_forgotten(revision: &Revision<'_, '_>, id: &str) -> bool {
    let resource = revision.naming().key(id);
    let moves = revision.before.moves.iter().map(|(from, _)| from);
    let mut addresses = revision.before.removals.iter().chain(moves);
    addresses.any(|address| !address.starts_with(ALIAS) && name(address) == resource)
}

/// Keys that CloudFormation knows by another name than the one that they would have: it cannot be told of a rename, so that
/// it would delete the key and make another one. That a protected key would be lost is told already.
pub(super) fn misnamed(revision: &Revision<'_, '_>) -> Vec<Diagnostic> {
    if revision.target != Target::CloudFormation {
        return Vec::new();
    }
    let definitions = revision.compiled.stack.keys.iter();
    let definitions = definitions.zip(&revision.compiled.declarations);
    let misnamed = definitions.filter_map(|(key, declared)| {
        if revision.earlier(key).is_some() {
            return None;
        }
        let names: Vec<_> = key
            .was
            .iter()
            .chain([&key.name])
            .map(String::as_str)
            .collect();
        let is_it = |earlier: &&FoundKey| {
            let resource = name(&earlier.resource);
            names.contains(&spec_name(earlier))
                || names.iter().any(|it| revision.naming().key(it) == resource)
        };
        let mut earlier = revision.before.keys.iter();
        let earlier = earlier
            .find(is_it)
            .filter(|earlier| !is_protected(earlier))?;
        let resource = name(&earlier.resource);
        let first = resource.strip_suffix("Key").unwrap_or(resource);
        let between = names.iter().filter(|it| **it != first && **it != key.name);
        let was: Vec<_> = [first].into_iter().chain(between.copied()).collect();
        let place = declared.was.as_ref().and_then(|was| was.0.first());
        let place = place.map_or(declared.alias.span, |was| was.span);
        let message = format!(
            "CloudFormation knows the key `{}` as `{first}`, its first name, and would delete it",
            key.name
        );
        let was = match was.as_slice() {
            [only] => format!("was: {only}"),
            several => format!("was: [{}]", several.join(", ")),
        };
        Some(
            Diagnostic::error("first-name-lost", message)
                .at(place, "")
                .also(earlier.span, "deployed under this name")
                .help(format!(
                    "write `{was}` at the key: the first name stands first, and stays there"
                )),
        )
    });
    misnamed.collect()
}

/// What no revision knows.
pub(super) fn diagnostics(all: Vec<Judged>) -> Vec<Diagnostic> {
    let mut by_place: BTreeMap<Span, Judged> = BTreeMap::new();
    let mut order = Vec::new();
    for judged in all {
        let place = judged.place;
        match by_place.get_mut(&place) {
            Some(before) => before.known |= judged.known,
            None => {
                order.push(place);
                by_place.insert(place, judged);
            }
        }
    }
    let unknown = order.iter().filter_map(|place| by_place.get(place));
    let unknown = unknown.filter(|judged| !judged.known);
    unknown.map(Judged::diagnostic).collect()
}

impl Judged {
    fn diagnostic(&self) -> Diagnostic {
        let written = self.written.as_str();
        let (code, message) = match self.what {
            What::Was => ("was-unknown", format!("no key here was called `{written}`")),
            What::Released => (
                "released-unknown",
                format!("no key here was called `{written}`, so none is released"),
            ),
            What::Alias => (
                "released-unknown",
                format!("`{written}` was no alias of this key"),
            ),
        };
        let problem = Diagnostic::warning(code, message).at(self.place, "");
        let mut others = self.others.iter();
        let of_alias = others.find(|(_, aliases)| aliases.iter().any(|alias| alias == written));
        if let Some((id, _)) = of_alias {
            return problem.help(format!("it is an alias of the key `{id}`: write that name"));
        }
        let names: Vec<_> = self.others.iter().map(|(id, _)| id.as_str()).collect();
        problem
            .did_you_mean(written, names.iter().copied())
            .help(format!("known in earlier output: {}", names.join(", ")))
    }
}
