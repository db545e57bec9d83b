//! Regions of a spec file: where its keys are, and where their replicas may be.

use super::config::Environment;
use super::field::Spanned;
use super::stack::SpecFile;
use super::types::RegionName;
use super::{KeyDefinition, StackSetFields};
use crate::diag::Diagnostic;
use crate::kms::Region;

impl SpecFile {
    /// The Regions that the stack is deployed in, where they are named: those of its stack set, or the one that the
    /// file, the environment or a primary key names.
    #[must_use]
    pub fn regions<'s>(&'s self, environment: &'s Environment) -> Vec<&'s Region> {
        if let Some(stack_set) = &self.fields.stack_set {
            return stack_set.regions.iter().map(|it| &it.value.0).collect();
        }
        let home = self.home(environment);
        home.map(|region| &region.value.0).into_iter().collect()
    }

    /// Where the Region of a stack without a stack set is named.
    fn home<'s>(&'s self, environment: &'s Environment) -> Option<&'s Spanned<RegionName>> {
        let named = self.fields.region.as_ref().or(environment.region.as_ref());
        named.or_else(|| self.keys(environment).iter().find_map(primary))
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
    let home = spec.home(environment);
    let keys = spec.keys(environment);
    if let Some(stack_set) = &spec.fields.stack_set {
        let said = own.or_else(|| keys.iter().find_map(primary));
        diagnostics.extend(said.and_then(|said| set_elsewhere(said, stack_set)));
    }
    let several = spec.fields.environments.as_ref().map_or(0, Vec::len) > 1;
    let stack = Place {
        home,
        partition: home.or_else(|| keys.iter().find_map(|key| key.replicas().next())),
        // Where the file or a key names the Region, it is the same in all of them.
        one_of_several: (several && own.is_none() && environment.region.is_some())
            .then_some(environment.name.as_str()),
    };
    for key in keys {
        check_key(key, home, &mut diagnostics);
        let own = primary(key);
        let place = Place {
            home: own.or(stack.home),
            partition: own.or(stack.partition),
            ..stack
        };
        let way = |environment: &str| {
            format!(
                "leave it out in `{environment}`: `overrides: {{{environment}: {{{}: {{multi_region: {{replicas: […]}}}}}}}}`",
                key.alias.value.0.raw()
            )
        };
        place.check(key.replicas(), way, &mut diagnostics);
    }
    for released in spec.released(environment) {
        let replicas = released.replicas.iter().flatten();
        let way = |environment: &str| {
            format!(
                "name the environments that the release is about, without `{environment}`: `environments: […]`"
            )
        };
        stack.check(replicas, way, &mut diagnostics);
    }
    diagnostics
}

/// Where the replicas of a key may be.
#[derive(Clone, Copy)]
struct Place<'s> {
    /// The Region of its primary key, where it is known.
    home: Option<&'s Spanned<RegionName>>,
    /// A Region of its partition, where one is known.
    partition: Option<&'s Spanned<RegionName>>,
    /// The environment, where the Region is another one in other environments of the file.
    one_of_several: Option<&'s str>,
}

impl Place<'_> {
    /// Holds replicas of one key against it and against each other. `way` is the way out in one of several environments.
    fn check<'r>(
        self,
        replicas: impl Iterator<Item = &'r Spanned<RegionName>>,
        way: impl Fn(&str) -> String,
        diagnostics: &mut Vec<Diagnostic>,
    ) {
        let mut seen: Vec<&Spanned<RegionName>> = Vec::new();
        for replica in replicas {
            let first = seen.iter().find(|other| other.value == replica.value);
            let misplaced = match first {
                Some(first) => Some(twice(replica, first)),
                None => self.misplaced(replica, &way),
            };
            diagnostics.extend(misplaced);
            seen.push(replica);
        }
    }

    fn misplaced(
        self,
        replica: &Spanned<RegionName>,
        way: impl Fn(&str) -> String,
    ) -> Option<Diagnostic> {
        let name = replica.value.as_str();
        let here = self
            .one_of_several
            .map(|environment| format!(" in `{environment}`"))
            .unwrap_or_default();
        let error =
            |message: String| Diagnostic::error("misplaced-replica", message).at(replica.span, "");
        let way = self.one_of_several.map(way);
        if let Some(home) = self.home.filter(|home| home.value == replica.value) {
            let message = format!("`{name}` is the Region of the primary key itself{here}");
            let remove = || "remove it: replicas are in other Regions".to_owned();
            return Some(
                error(message)
                    .also(home.span, "the primary key's Region")
                    .help(way.unwrap_or_else(remove)),
            );
        }
        let partition = |region: &Spanned<RegionName>| region.value.0.partition();
        let known = self.partition?;
        if partition(known) == partition(replica) {
            return None;
        }
        let (other, own) = (partition(replica).id(), partition(known).id());
        let message =
            format!("`{name}` is in the partition `{other}`, this stack is in `{own}`{here}");
        let diagnostic = error(message)
            .also(known.span, format!("in `{own}`"))
            .help("choose a Region of the same partition: KMS replicates to no other");
        Some(way.into_iter().fold(diagnostic, Diagnostic::help))
    }
}

fn twice(replica: &Spanned<RegionName>, first: &Spanned<RegionName>) -> Diagnostic {
    let name = replica.value.as_str();
    Diagnostic::error(
        "misplaced-replica",
        format!("this key has two replicas in `{name}`"),
    )
    .at(replica.span, "")
    .also(first.span, "the first one")
    .help("keep one of them: KMS takes one replica of a key in a Region")
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

/// Holds a key against the stack's Region, and against what KMS makes replicas of.
///
/// Source: KMS developer guide, "Key states of AWS KMS keys": `ReplicateKey` fails for a key that is disabled.
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
    let replicas = || {
        let replicas = key.multi_region.iter().flat_map(|it| &it.replicas);
        replicas.flatten().map(|replica| &replica.0)
    };
    for adopting in replicas().filter_map(|replica| replica.adopt.as_ref()) {
        if !adopting.value || key.adopt.is_some() {
            continue;
        }
        diagnostics.push(
            Diagnostic::error("adopts-nothing", "the key of this replica adopts none")
                .at(adopting.span, "")
                .help("give the key `adopt: ID`: related keys of several Regions have one id"),
        );
    }
    let mut made = replicas().filter(|it| it.adopt.as_ref().is_none_or(|adopt| !adopt.value));
    if let (Some(false), Some(replica)) = (key.enabled, made.next()) {
        diagnostics.push(
            Diagnostic::warning("replica-of-disabled-key", "KMS makes no replica of a disabled key")
                .at(replica.region.span, "")
                .help(
                    "deploy the key and its replicas while it is enabled, and disable it then; replicas that are \
                     there already stay",
                ),
        );
    }
}
