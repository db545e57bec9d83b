//! Regions of a spec file: where its keys are, and where their replicas may be.

use super::config::Environment;
use super::field::Spanned;
use super::stack::SpecFile;
use super::types::RegionName;
use super::{KeyDefinition, StackSetFields};
use crate::diag::Diagnostic;
use crate::kms::Region;
use crate::source::Span;

impl SpecFile {
    /// The Regions that the stack is deployed in, where they are named: those of its stack set, or the one that the
    /// file, the environment or a primary key names.
    #[must_use]
    pub fn regions<'s>(&'s self, environment: &'s Environment) -> Vec<&'s Region> {
        if let Some(stack_set) = &self.fields.stack_set {
            return stack_set.regions.iter().map(|it| &it.value.0).collect();
        }
        let own = self.fields.region.as_ref();
        let primaries = || self.keys(environment).iter().find_map(primary);
        let region = own.or(environment.region.as_ref()).or_else(primaries);
        region.map(|region| &region.value.0).into_iter().collect()
    }

    /// The only Region that the stack is deployed in, where that is known.
    #[must_use]
    pub fn region<'s>(&'s self, environment: &'s Environment) -> Option<&'s Region> {
        match self.regions(environment).as_slice() {
            [only] => Some(only),
            _ => None,
        }
    }
}

/// Holds the Regions of replicas against each other and against their primary keys'.
///
/// Source: KMS API reference, `ReplicateKey`: one replica in a Region, in another Region of the same partition.
pub(super) fn check(spec: &SpecFile, environment: &Environment) -> Vec<Diagnostic> {
    let mut diagnostics = Vec::new();
    let own = spec.fields.region.as_ref();
    let home = own.or(environment.region.as_ref());
    let keys = spec.keys(environment);
    if let Some(stack_set) = &spec.fields.stack_set {
        let said = own.or_else(|| keys.iter().find_map(primary));
        diagnostics.extend(said.and_then(|said| set_elsewhere(said, stack_set)));
    }
    for key in keys {
        check_key(key, home, &mut diagnostics);
    }
    let mut primaries = keys.iter().filter_map(primary);
    if let Some(first) = primaries.next() {
        for other in primaries.filter(|other| other.value != first.value) {
            diagnostics.push(
                Diagnostic::error(
                    "two-primary-regions",
                    "the primary keys of one stack are all in the stack's own Region",
                )
                .at(other.span, "another Region")
                .also(first.span, "one Region")
                .help("put keys with another primary Region in a spec file of their own"),
            );
        }
    }
    diagnostics
}

/// A stack set that goes to another Region than the one that its file names.
fn set_elsewhere(said: &Spanned<RegionName>, stack_set: &StackSetFields) -> Option<Diagnostic> {
    let mut regions = stack_set.regions.iter();
    let other = regions.find(|region| region.value != said.value)?;
    Some(
        Diagnostic::error(
            "stack-set-elsewhere",
            format!(
                "this stack is in `{}`, and its stack set puts it into `{}`",
                said.value.as_str(),
                other.value.as_str()
            ),
        )
        .at(said.span, "")
        .also(other.span, "another Region")
        .help(
            "name the Region in `stack_set` alone, or put the Regions into spec files of their own",
        ),
    )
}

fn primary(key: &KeyDefinition) -> Option<&Spanned<RegionName>> {
    key.multi_region.as_ref()?.primary.as_ref()
}

fn check_key(
    key: &KeyDefinition,
    home: Option<&Spanned<RegionName>>,
    diagnostics: &mut Vec<Diagnostic>,
) {
    let primary = primary(key);
    if let (Some(primary), Some(home)) = (primary, home)
        && primary.value != home.value
    {
        diagnostics.push(
            Diagnostic::error(
                "two-primary-regions",
                format!(
                    "this primary key is in `{}`, but its stack is deployed in `{}`",
                    primary.value.as_str(),
                    home.value.as_str()
                ),
            )
            .at(primary.span, "")
            .also(home.span, "the stack's Region")
            .help("name one Region, or put the key in a spec file of its own"),
        );
    }
    let replicas = key.multi_region.iter().flat_map(|fields| &fields.replicas);
    let adopting = replicas
        .flatten()
        .filter_map(|replica| replica.0.adopt.as_ref());
    for adopting in adopting.filter(|adopt| adopt.value && key.adopt.is_none()) {
        diagnostics.push(
            Diagnostic::error("adopts-nothing", "the key of this replica adopts none")
                .at(adopting.span, "")
                .help("give the key `adopt: ID`: related keys of several Regions have one id"),
        );
    }
    let primary = primary.or(home);
    let mut seen: Vec<&Spanned<RegionName>> = Vec::new();
    for replica in key.replicas() {
        let name = replica.value.as_str();
        let error =
            |message: String| Diagnostic::error("misplaced-replica", message).at(replica.span, "");
        if let Some(first) = seen.iter().find(|other| other.value == replica.value) {
            diagnostics.push(
                error(format!("this key has two replicas in `{name}`"))
                    .also(first.span, "the first one")
                    .help("keep one of them: KMS takes one replica of a key in a Region"),
            );
        } else if let Some(primary) = primary.filter(|primary| primary.value == replica.value) {
            diagnostics.push(
                error(format!("`{name}` is the Region of the primary key itself"))
                    .also(primary.span, "the primary key's Region")
                    .help("remove it: replicas are in other Regions"),
            );
        } else if let Some((partition, place)) = other_partition(replica, primary, &seen) {
            diagnostics.push(
                error(format!(
                    "`{name}` is in the partition `{}`, the key is in `{partition}`",
                    replica.value.0.partition().id()
                ))
                .also(place, format!("in `{partition}`"))
                .help("choose a Region of the same partition: KMS replicates to no other"),
            );
        }
        seen.push(replica);
    }
}

/// The partition of the key, where a replica is in another one.
fn other_partition(
    replica: &Spanned<RegionName>,
    primary: Option<&Spanned<RegionName>>,
    seen: &[&Spanned<RegionName>],
) -> Option<(&'static str, Span)> {
    let partition = |region: &Spanned<RegionName>| region.value.0.partition();
    let first = primary.or(seen.first().copied())?;
    (partition(first) != partition(replica)).then(|| (partition(first).id(), first.span))
}
