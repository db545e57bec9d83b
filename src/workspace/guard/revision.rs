//! Earlier and new texts of a template or module, read by the same reader, so that what is compared is what the tools
//! would see.

use std::collections::BTreeMap;

use rayon::prelude::*;

use super::{place_of, target_of};
use crate::compile::CompiledStack;
use crate::readback::found::{Found, FoundKey};
use crate::readback::{File, found_in_module, found_in_template};
use crate::source::{FileId, Sources};
use crate::spec::Target;
use crate::target::names::{CloudFormation, Naming, Terraform};
use crate::target::paths;
use crate::workspace::plan::{Change, ChangeKind, Plan};
use crate::workspace::previous::Previous;

/// A template or module as it lies there and as it is to be, both read.
pub(super) struct Revision<'u, 's> {
    pub(super) compiled: &'u CompiledStack<'s>,
    pub(super) target: Target,
    pub(super) before: Found,
    pub(super) after: Keys,
}

/// What is to be, with its keys by name.
pub(super) struct Keys {
    found: Found,
    by_name: BTreeMap<String, usize>,
}

impl Keys {
    fn new(found: Found) -> Self {
        let names = found.keys.iter().enumerate();
        let by_name = names
            .map(|(index, key)| (name(&key.resource).to_owned(), index))
            .collect();
        Self { found, by_name }
    }

    /// The key whose resource has that name.
    pub(super) fn key(&self, name: &str) -> Option<&FoundKey> {
        self.found.keys.get(*self.by_name.get(name)?)
    }

    pub(super) fn all(&self) -> &[FoundKey] {
        &self.found.keys
    }
}

impl Revision<'_, '_> {
    pub(super) fn naming(&self) -> &'static dyn Naming {
        match self.target {
            Target::CloudFormation => &CloudFormation,
            Target::Terraform => &Terraform,
        }
    }

    /// The name under which Terraform goes on with a key.
    pub(super) fn renamed<'n>(&'n self, name: &'n str) -> &'n str {
        self.moved(name, |address| !address.starts_with(ALIAS))
    }

    /// The name under which Terraform goes on with an alias.
    pub(super) fn renamed_alias<'n>(&'n self, name: &'n str) -> &'n str {
        self.moved(name, |address| address.starts_with(ALIAS))
    }

    fn moved<'n>(&'n self, from: &'n str, is_of_kind: fn(&str) -> bool) -> &'n str {
        let mut moves = self.after.found.moves.iter();
        let step = moves.find(|(earlier, _)| is_of_kind(earlier) && name(earlier) == from);
        step.map_or(from, |(_, now)| name(now))
    }

    /// The place in the stack of the key whose resource has that name.
    pub(super) fn place(&self, name: &str) -> Option<usize> {
        let naming = self.naming();
        let mut keys = self.compiled.stack.keys.iter();
        keys.position(|key| naming.key(naming.id(key)) == name)
    }
}

const ALIAS: &str = "aws_kms_alias.";

/// A resource's name without its type.
pub(super) fn name(resource: &str) -> &str {
    resource.rsplit('.').next().unwrap_or(resource)
}

/// Looks at every template and module that changes, in parallel; what cannot be read is told by the guard of protected
/// keys, or was not proven.
///
/// Earlier texts that diagnostics may speak of are added to `sources`.
pub(super) fn look<'u, 's, T: Send>(
    plan: &'u Plan,
    previous: &'u Previous,
    stacks: &'u [CompiledStack<'s>],
    sources: &mut Sources,
    look: impl Fn(&Revision<'u, 's>) -> T + Sync,
) -> Vec<(&'u CompiledStack<'s>, T)> {
    let mut by_place: BTreeMap<&str, Vec<&Change>> = BTreeMap::new();
    for change in plan.changes() {
        if let Some(target) = target_of(&change.path) {
            let place = place_of(target, &change.path);
            by_place.entry(place).or_default().push(change);
        }
    }
    let mut units = Vec::new();
    for compiled in stacks {
        let places = [
            (
                Target::CloudFormation,
                paths::cloudformation(&compiled.stack),
            ),
            (Target::Terraform, paths::terraform(&compiled.stack, "")),
        ];
        for (target, place) in places {
            let changes = by_place.get(place.as_str()).map_or(&[][..], Vec::as_slice);
            units.extend(Unit::new(compiled, target, changes, previous, sources));
        }
    }
    units
        .par_iter()
        .filter_map(|unit| Some((unit.compiled, look(&unit.read()?))))
        .collect()
}

/// The texts of a template or module.
struct Unit<'u, 's> {
    compiled: &'u CompiledStack<'s>,
    target: Target,
    before: Vec<(FileId, &'u str)>,
    after: Vec<&'u str>,
}

impl<'u, 's> Unit<'u, 's> {
    /// `None` where nothing changes, or nothing lies there.
    fn new(
        compiled: &'u CompiledStack<'s>,
        target: Target,
        changes: &[&'u Change],
        previous: &'u Previous,
        sources: &mut Sources,
    ) -> Option<Self> {
        let is_replaced =
            |change: &&&Change| matches!(change.kind, ChangeKind::Update | ChangeKind::HandEdited);
        changes.iter().find(is_replaced)?;
        let mut unit = Self {
            compiled,
            target,
            before: Vec::new(),
            after: Vec::new(),
        };
        for change in changes {
            let lies_there = previous.file(&change.path).map(|file| file.contents());
            if let Some(text) = lies_there {
                let id = sources.add(format!("output/{}", change.path), text);
                unit.before.push((id, text));
            }
            let stays = lies_there.filter(|_| change.kind == ChangeKind::Unchanged);
            unit.after.extend(change.after.as_deref().or(stays));
        }
        Some(unit)
    }

    fn read(&self) -> Option<Revision<'u, 's>> {
        // Nothing is ever said about places of the new texts.
        let mut unread = Sources::new();
        let after: Vec<_> = self
            .after
            .iter()
            .map(|text| (unread.add("", ""), *text))
            .collect();
        Some(Revision {
            compiled: self.compiled,
            target: self.target,
            before: self.found(&self.before)?,
            after: Keys::new(self.found(&after)?),
        })
    }

    fn found(&self, files: &[(FileId, &str)]) -> Option<Found> {
        match self.target {
            Target::CloudFormation => {
                let (id, text) = files.first()?;
                found_in_template(*id, text).ok()
            }
            Target::Terraform => {
                let files: Vec<_> = files.iter().map(|&(id, text)| File { id, text }).collect();
                found_in_module(&files).ok()
            }
        }
    }
}
