//! What a key is made as, it stays: earlier output is held against what would take its place.
//!
//! KMS has no call that changes the spec, usage, origin or multi-Region property of a key. Terraform answers such a
//! change with destroy-and-create (`ForceNew` in `internal/service/kms/key.go` of its AWS provider), CloudFormation with
//! an update that fails (template reference, `AWS::KMS::Key`, `KeySpec`).

use std::collections::BTreeSet;

use super::revision::{Revision, name};
use crate::compile::CompiledStack;
use crate::diag::Diagnostic;
use crate::kms::{Key, KeySpec, KeyUsage, Origin};
use crate::readback::found::{FoundKey, KeyForm, Property};
use crate::source::Span;
use crate::spec::KeyDefinition;

/// For each key of a revision that is kept, by its place in the stack, what about it would change and cannot.
pub(super) fn changes(revision: &Revision<'_, '_>) -> Changes {
    let kept = revision.before.keys.iter().filter_map(|key| {
        let now = revision.renamed(name(&key.resource));
        let successor = revision.after.key(now)?;
        let mut changed = compare(key, successor);
        changed.extend(primary(revision, [key, successor]));
        (!changed.is_empty()).then_some((revision.place(now)?, changed))
    });
    kept.collect()
}

/// What is told of the changes of all revisions. One shows in both targets: it is one mistake.
pub(super) fn diagnostics(
    found: Vec<(usize, Changes)>,
    stacks: &[CompiledStack<'_>],
) -> Vec<Diagnostic> {
    let mut refusals: Vec<Refusal<'_>> = Vec::new();
    for (stack, changed) in found {
        let Some(compiled) = stacks.get(stack) else {
            continue;
        };
        for (index, changes) in changed {
            let same = |refusal: &&mut Refusal<'_>| {
                std::ptr::eq(refusal.compiled, compiled) && refusal.index == index
            };
            match refusals.iter_mut().find(same) {
                Some(refusal) => refusal.add(changes),
                None => refusals.push(Refusal {
                    compiled,
                    index,
                    changes,
                }),
            }
        }
    }
    refusals.iter().filter_map(Refusal::diagnostic).collect()
}

/// Changes of keys, by the keys' places in their stack.
pub(super) type Changes = Vec<(usize, Vec<Changed>)>;

/// A property that would change.
pub(super) struct Changed {
    property: &'static Fixed,
    from: String,
    to: String,
    /// Where the earlier value stands, or else its key.
    was: Span,
}

/// A property that is fixed when a key is made.
struct Fixed {
    /// In words.
    words: &'static str,
    /// The field of a key definition that says it.
    field: &'static str,
    /// Its value as AWS would take it.
    value: fn(&FoundKey) -> String,
    span: fn(&FoundKey) -> Option<Span>,
}

/// Where the primary key of a replica is: both tools replace a replica whose primary key's ARN changes. Sources:
/// CloudFormation template reference, `AWS::KMS::ReplicaKey`, `PrimaryKeyArn` ("Update requires: Replacement");
/// `ForceNew` in `internal/service/kms/replica_key.go` of Terraform's AWS provider. It is no property of the resource as
/// it stands in a file, but of the input that the file takes.
static PRIMARY_REGION: Fixed = Fixed {
    words: "primary key's Region",
    field: "region",
    value: |_| String::new(),
    span: |_| None,
};

/// The Region of a replica's primary key, where both files name one.
fn primary(revision: &Revision<'_, '_>, keys: [&FoundKey; 2]) -> Option<Changed> {
    let is_replica =
        |key: &FoundKey| matches!(key.form, KeyForm::Replica | KeyForm::ExternalReplica);
    let [Some((from, was)), Some((to, _))] = &revision.primaries else {
        return None;
    };
    (keys.into_iter().all(is_replica) && from != to).then(|| Changed {
        property: &PRIMARY_REGION,
        from: format!("`{}`", from.name()),
        to: format!("`{}`", to.name()),
        was: *was,
    })
}

static PROPERTIES: [Fixed; 7] = [
    Fixed {
        words: "key spec",
        field: "key_spec",
        value: |key| shown(&key.key_spec, KeySpec::SYMMETRIC_DEFAULT, |it| it.as_str()),
        span: |key| key.key_spec.span(),
    },
    Fixed {
        words: "key usage",
        field: "key_usage",
        value: |key| shown(&key.key_usage, KeyUsage::EncryptDecrypt, |it| it.as_str()),
        span: |key| key.key_usage.span(),
    },
    Fixed {
        words: "origin",
        field: "origin",
        // Terraform says it by the type of the resource.
        value: |key| match key.form {
            KeyForm::External | KeyForm::ExternalReplica => {
                format!("`{}`", Origin::External.as_str())
            }
            _ => shown(&key.origin, Origin::AwsKms, |it| it.as_str()),
        },
        span: |key| key.origin.span(),
    },
    Fixed {
        words: "custom key store",
        field: "custom_key_store",
        value: |key| written(&key.custom_key_store_id),
        span: |key| key.custom_key_store_id.span(),
    },
    Fixed {
        words: "external key",
        field: "custom_key_store",
        value: |key| written(&key.xks_key_id),
        span: |key| key.xks_key_id.span(),
    },
    Fixed {
        words: "multi-Region property",
        field: "multi_region",
        value: |key| {
            shown(
                &key.multi_region,
                false,
                |it| if it { "true" } else { "false" },
            )
        },
        span: |key| key.multi_region.span(),
    },
    Fixed {
        words: "part among keys of several Regions",
        field: "multi_region",
        value: |key| {
            let part = match key.form {
                KeyForm::Replica | KeyForm::ExternalReplica => "`replica`",
                _ => "`primary key`",
            };
            part.to_owned()
        },
        span: |_| None,
    },
];

/// A value in words; what nobody can tell is compared as it is written.
fn shown<T: Copy>(property: &Property<T>, default: T, words: fn(T) -> &'static str) -> String {
    match property {
        Property::Absent => format!("`{}`", words(default)),
        Property::Known(value, _) => format!("`{}`", words(*value)),
        Property::Unknown(written, _) => format!("`{written}`"),
        Property::Invalid(_) => "something unknown".to_owned(),
    }
}

/// A text as it is written.
fn written(property: &Property<String>) -> String {
    match property {
        Property::Absent => "none".to_owned(),
        Property::Known(text, _) | Property::Unknown(text, _) => format!("`{text}`"),
        Property::Invalid(_) => "something unknown".to_owned(),
    }
}

fn compare(before: &FoundKey, after: &FoundKey) -> Vec<Changed> {
    let changed = PROPERTIES.iter().filter_map(|property| {
        let (from, to) = ((property.value)(before), (property.value)(after));
        (from != to).then(|| Changed {
            property,
            from,
            to,
            was: (property.span)(before).unwrap_or(before.span),
        })
    });
    changed.collect()
}

/// A key that cannot become what its definition says.
struct Refusal<'r> {
    compiled: &'r CompiledStack<'r>,
    index: usize,
    changes: Vec<Changed>,
}

impl Refusal<'_> {
    fn add(&mut self, changes: Vec<Changed>) {
        self.changes.extend(changes);
    }

    fn diagnostic(&self) -> Option<Diagnostic> {
        let key = self.compiled.stack.keys.get(self.index)?;
        let declared = self.compiled.declarations.get(self.index)?;
        let first = self.changes.first()?;
        let mut told = BTreeSet::new();
        let news = self
            .changes
            .iter()
            .filter(|changed| told.insert(changed.property.words));
        let words: Vec<_> = news
            .map(
                |Changed {
                     property, from, to, ..
                 }| { format!("its {} from {from} to {to}", property.words) },
            )
            .collect();
        let mut diagnostic = Diagnostic::error(
            "immutable-change",
            format!(
                "the key `{}` cannot change {}",
                key.name,
                words.join(", and ")
            ),
        )
        .at(
            place(declared, first.property.field),
            "no key can change this",
        );
        for changed in &self.changes {
            let words = format!("{} here so far", changed.from);
            diagnostic = diagnostic.also(changed.was, words);
        }
        let fields: BTreeSet<_> = self.changes.iter().map(|it| it.property.field).collect();
        let diagnostic = diagnostic.help(format!(
            "to keep the key, put {} back as {}",
            listed(&fields),
            if fields.len() == 1 {
                "it was"
            } else {
                "they were"
            }
        ));
        Some(if told.contains(PRIMARY_REGION.words) {
            diagnostic.help(
                "KMS moves a primary key by `UpdatePrimaryRegion` alone, which neither tool follows: both would replace \
                 the replicas; see \"Move a primary key\" in the guide",
            )
        } else {
            advise(diagnostic, key, declared)
        })
    }
}

fn listed(fields: &BTreeSet<&str>) -> String {
    let fields: Vec<_> = fields.iter().map(|field| format!("`{field}`")).collect();
    fields.join(" and ")
}

/// Where a definition says a field, else its alias.
fn place(declared: &KeyDefinition, field: &str) -> Span {
    let field = match field {
        "key_spec" => declared.key_spec.as_ref().map(|it| it.span),
        "key_usage" => declared.key_usage.as_ref().map(|it| it.span),
        "origin" => declared.origin.as_ref().map(|it| it.span),
        "custom_key_store" => declared.custom_key_store.as_ref().map(|it| it.span),
        "multi_region" | "region" => declared.multi_region.as_ref().map(|it| it.span),
        _ => None,
    };
    field.unwrap_or(declared.alias.span)
}

fn advise(diagnostic: Diagnostic, key: &Key, declared: &KeyDefinition) -> Diagnostic {
    let alias = declared.alias.value.0.raw();
    let terraform = if key.retained {
        "Terraform would refuse to plan, to keep the key from being destroyed"
    } else {
        "Terraform would destroy the key and make another"
    };
    let diagnostic = diagnostic
        .help(format!(
            "{terraform}; CloudFormation's update would fail"
        ))
        .help(format!(
            "for another kind of key, make a new one beside it and move the alias: give this key another `alias` and \
             `id: {}`, and add a key with `alias: {alias}` and an `id` of its own",
            key.name
        ));
    if key.retained {
        return diagnostic;
    }
    diagnostic.help("or, if nothing needs this key any more: remove it, deploy, and add it again")
}
