//! Earlier and new texts of a template or module, read by the same reader, so that what is compared is what the tools
//! would see.

use std::collections::BTreeMap;

use rayon::prelude::*;

use super::{place_of, target_of};
use crate::compile::CompiledStack;
use crate::iam::Text;
use crate::kms::{Key, Region};
use crate::readback::found::{Found, FoundKey, Lifetime, Property};
use crate::readback::{File, found_in_module, found_in_template, imported_keys, primary_region};
use crate::source::{Sources, Span};
use crate::spec::{OWN_TAG_PREFIX, Target};
use crate::target::names::{CloudFormation, Naming, Terraform};
use crate::target::paths;
use crate::workspace::plan::{Change, ChangeKind, Plan};
use crate::workspace::previous::Previous;

/// A template or module as it lies there and as it is to be, both read.
pub(super) struct Revision<'u, 's> {
    /// The number of its stack.
    pub(super) stack: usize,
    pub(super) compiled: &'u CompiledStack<'s>,
    pub(super) target: Target,
    pub(super) before: Found,
    pub(super) after: Keys,
    /// What the earlier import took over: the resource, without its type, and the key's id.
    pub(super) imported: Vec<(String, String)>,
    /// What the Regions of primary keys were and are to be, of a stack of replicas.
    pub(super) primaries: [Option<(Region, Span)>; 2],
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

    /// Addresses that Terraform forgets.
    pub(super) fn removals(&self) -> &[String] {
        &self.found.removals
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
        let moves = &self.after.found.moves;
        let mut now = from;
        // One step for each rename; a circle has no more steps than there are moves.
        for _ in moves {
            let step = moves.iter();
            let mut step = step.filter(|(earlier, _)| is_of_kind(earlier) && name(earlier) == now);
            match step.next() {
                Some((_, next)) => now = name(next),
                None => break,
            }
        }
        now
    }

    /// The place in the stack of the key whose resource has that name.
    pub(super) fn place(&self, name: &str) -> Option<usize> {
        let mut keys = self.compiled.stack.keys.iter();
        keys.position(|key| self.resource(key) == name)
    }

    /// The name of a key's resource.
    pub(super) fn resource(&self, key: &Key) -> String {
        let naming = self.naming();
        naming.key(naming.id(key))
    }

    /// A key of the stack as it was, perhaps under another name.
    pub(super) fn earlier(&self, key: &Key) -> Option<&FoundKey> {
        let resource = self.resource(key);
        let mut earlier = self.before.keys.iter();
        earlier.find(|key| self.renamed(name(&key.resource)) == resource)
    }
}

pub(super) const ALIAS: &str = "aws_kms_alias.";

/// What a key is called in its spec: both targets say it in a tag.
pub(super) fn spec_name(key: &FoundKey) -> &str {
    let tags = key.tags.known();
    let name_tag = tags.and_then(|tags| tags.get(&format!("{OWN_TAG_PREFIX}key")));
    name_tag
        .and_then(Text::as_literal)
        .unwrap_or_else(|| name(&key.resource))
}

/// Whether nothing that is deployed may delete a key.
pub(super) fn is_protected(key: &FoundKey) -> bool {
    match &key.lifetime {
        Lifetime::PreventDestroy(Property::Known(prevents, _)) => *prevents,
        Lifetime::Policies {
            deletion: Property::Known(policy, _),
            ..
        } => policy != "Delete",
        _ => false,
    }
}

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
) -> Vec<T> {
    let mut by_place: BTreeMap<&str, Vec<&Change>> = BTreeMap::new();
    for change in plan.changes() {
        if let Some(target) = target_of(&change.path) {
            let place = place_of(target, &change.path);
            by_place.entry(place).or_default().push(change);
        }
    }
    let mut units = Vec::new();
    for (number, compiled) in stacks.iter().enumerate() {
        let stack = &compiled.stack;
        let places = [
            (
                Target::CloudFormation,
                paths::cloudformation(stack),
                paths::cloudformation_import(stack),
            ),
            (
                Target::Terraform,
                paths::terraform(stack, ""),
                paths::terraform_import(stack),
            ),
        ];
        for (target, place, import) in places {
            let changes = by_place.get(place.as_str()).map_or(&[][..], Vec::as_slice);
            let is_import = |change: &&Change| change.path == import;
            let imports = plan.changes().iter().filter(is_import);
            let unit = Unit {
                stack: number,
                compiled,
                target,
                before: Vec::new(),
                after: Vec::new(),
                imported: previous.file(&import).map(|file| file.contents()),
            };
            units.extend(unit.filled(changes, imports, previous, sources));
        }
    }
    let looked = units
        .par_iter()
        .filter_map(|unit| Some(look(&unit.read()?)));
    looked.collect()
}

/// Keys of files that no spec asks for any more.
pub(super) struct Orphan {
    pub(super) environment: String,
    /// The Region, of replicas.
    pub(super) region: Option<Region>,
    /// The name of the stack.
    pub(super) stack: String,
    pub(super) target: Target,
    pub(super) keys: Vec<FoundKey>,
}

/// Reads what is left over; what cannot be read is told by the guard of protected keys.
pub(super) fn orphans(plan: &Plan, sources: &mut Sources) -> Vec<Orphan> {
    let mut files: BTreeMap<&str, (Target, Vec<File<'_>>)> = BTreeMap::new();
    for change in plan.changes() {
        let is_left = matches!(
            change.kind,
            ChangeKind::Orphaned | ChangeKind::OrphanedHandEdited
        );
        if let (Some(target), Some(text), true) =
            (target_of(&change.path), change.before.as_deref(), is_left)
        {
            let id = sources.add(format!("output/{}", change.path), text);
            let place = files.entry(place_of(target, &change.path));
            let (_, files) = place.or_insert((target, Vec::new()));
            files.push(File { id, text });
        }
    }
    let orphans = files.into_par_iter().filter_map(|(path, (target, files))| {
        let place = Place::of(path)?;
        Some(Orphan {
            environment: place.environment.to_owned(),
            region: place.region,
            stack: place.stack.to_owned(),
            target,
            keys: found(target, &files)?.keys,
        })
    });
    orphans.collect()
}

/// What the path of a template or module says.
pub(super) struct Place<'p> {
    pub(super) environment: &'p str,
    pub(super) stack: &'p str,
    /// The Region, of replicas.
    pub(super) region: Option<Region>,
}

impl<'p> Place<'p> {
    pub(super) fn of(path: &'p str) -> Option<Self> {
        let mut parts = path.trim_end_matches('/').split('/').skip(1);
        let environment = parts.next()?;
        let name = parts.next()?.trim_end_matches(".yaml");
        // Names of stacks have no dots.
        let (stack, region) = match name.split_once('.') {
            Some((stack, region)) => (stack, Region::parse(region)),
            None => (name, None),
        };
        Some(Self {
            environment,
            stack,
            region,
        })
    }
}

fn found(target: Target, files: &[File<'_>]) -> Option<Found> {
    match target {
        Target::CloudFormation => {
            let file = files.first()?;
            found_in_template(file.id, file.text).ok()
        }
        Target::Terraform => found_in_module(files).ok(),
    }
}

/// The texts of a template or module.
struct Unit<'u, 's> {
    stack: usize,
    compiled: &'u CompiledStack<'s>,
    target: Target,
    before: Vec<File<'u>>,
    after: Vec<&'u str>,
    imported: Option<&'u str>,
}

impl<'u> Unit<'u, '_> {
    /// `None` where nothing changes, or nothing lies there.
    fn filled(
        mut self,
        changes: &[&'u Change],
        mut imports: impl Iterator<Item = &'u Change>,
        previous: &'u Previous,
        sources: &mut Sources,
    ) -> Option<Self> {
        let is_replaced =
            |change: &&Change| matches!(change.kind, ChangeKind::Update | ChangeKind::HandEdited);
        let is_written = |change: &Change| change.after.is_some();
        let touched = changes.iter().any(is_replaced) || imports.any(is_written);
        for change in changes.iter().filter(|_| touched) {
            let lies_there = previous.file(&change.path).map(|file| file.contents());
            if let Some(text) = lies_there {
                let id = sources.add(format!("output/{}", change.path), text);
                self.before.push(File { id, text });
            }
            let stays = lies_there.filter(|_| change.kind == ChangeKind::Unchanged);
            self.after.extend(change.after.as_deref().or(stays));
        }
        (!self.before.is_empty()).then_some(self)
    }
}

impl<'u, 's> Unit<'u, 's> {
    fn read(&self) -> Option<Revision<'u, 's>> {
        // Nothing is ever said about places of these texts.
        let mut unread = Sources::new();
        let mut file = |text: &'u str| File {
            id: unread.add("", ""),
            text,
        };
        let imported = self.imported.map(&mut file);
        let after: Vec<_> = self.after.iter().map(|text| file(text)).collect();
        let imported = imported.and_then(|file| imported_keys(self.target, &file));
        let primaries = [&self.before, &after];
        Some(Revision {
            stack: self.stack,
            compiled: self.compiled,
            target: self.target,
            before: found(self.target, &self.before)?,
            after: Keys::new(found(self.target, &after)?),
            imported: imported.unwrap_or_default(),
            primaries: primaries.map(|files| primary_region(self.target, files)),
        })
    }
}
