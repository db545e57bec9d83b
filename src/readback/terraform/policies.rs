//! `aws_kms_key_policy`: policies that stand apart from their keys.

use std::collections::BTreeMap;

use super::body::Block;
use super::evaluate::{Context, Evaluator};
use super::keys::{labels, resource_id};
use super::module::World;
use super::reference;
use super::resources::Gathered;
use super::value::{Field, Key, Kind, Val};
use super::variables::framed;
use crate::iam::read;
use crate::iam::value::unproven;
use crate::readback::found::{FoundKey, KeyForm, Lifetime, Property};
use crate::readback::variants;

/// Which policy blocks belong to which key, by address.
#[derive(Default)]
pub(super) struct Policies<'w, 'b> {
    of: BTreeMap<String, Vec<(usize, &'w Block<'b>)>>,
    /// Those of keys that are not in these modules.
    strangers: Vec<(usize, &'w Block<'b>)>,
}

impl<'w, 'b> Policies<'w, 'b> {
    /// Looks at all policy blocks, in every way that the modules leave open.
    pub(super) fn index(world: &'w World<'b>, gathered: &mut Gathered) -> Self {
        let mut policies = Self::default();
        for module in 0..world.modules.len() {
            let blocks = world.folder(module).map(|folder| folder.blocks.iter());
            for block in blocks.into_iter().flatten() {
                if block.kind != "resource" || labels(block).0 != "aws_kms_key_policy" {
                    continue;
                }
                let ways = variants::each(|choices| {
                    let evaluator = Evaluator::new(world, Some(choices));
                    targets(&evaluator, module, block)
                        .into_iter()
                        .map(|(_, target)| target)
                        .collect::<Vec<_>>()
                });
                let mut known = false;
                for target in ways
                    .into_iter()
                    .flatten()
                    .flat_map(|(_, targets)| targets)
                    .flatten()
                {
                    known = true;
                    let of = policies.of.entry(target).or_default();
                    if !of.iter().any(|(_, other)| std::ptr::eq(*other, block)) {
                        of.push((module, block));
                    }
                }
                if !known {
                    policies.strangers.push((module, block));
                }
                let notes = super::evaluate::Notes {
                    computed: vec![("a key policy of its own".to_owned(), block.span)],
                    ..Default::default()
                };
                gathered.loose(notes);
            }
        }
        policies
    }

    /// Gives a key the policy that stands apart from it.
    pub(super) fn attach(&self, evaluator: &Evaluator<'_, '_>, address: &str, key: &mut FoundKey) {
        for (module, block) in self.of.get(address).into_iter().flatten() {
            for (instance, target) in targets(evaluator, *module, block) {
                if target.as_deref() != Some(address) {
                    continue;
                }
                if key.policy != Property::Absent {
                    let message = "this key has a policy of its own beside this one; which of the two it keeps is not known";
                    key.doubts.push(unproven(block.span, message));
                }
                read_into(evaluator, *module, block, (instance.as_ref(), address), key);
            }
        }
    }

    /// Policies of keys that are not in these modules.
    pub(super) fn of_strangers(&self, world: &World<'_>, gathered: &mut Gathered) {
        for (module, block) in &self.strangers {
            let (kind, name) = labels(block);
            let address = format!("{}{kind}.{name}", world.path(*module));
            let ways = variants::each(|choices| {
                let mut evaluator = Evaluator::new(world, Some(choices));
                evaluator.home = evaluator.home_of(Context::top(*module), block);
                let found = targets(&evaluator, *module, block)
                    .into_iter()
                    .map(|(instance, _)| {
                        let suffix = instance
                            .as_ref()
                            .map(ToString::to_string)
                            .unwrap_or_default();
                        let mut found = FoundKey::new(
                            format!("{address}{suffix}"),
                            KeyForm::PolicyAlone,
                            block.span,
                            Lifetime::Unmanaged,
                        );
                        read_into(
                            &evaluator,
                            *module,
                            block,
                            (instance.as_ref(), ""),
                            &mut found,
                        );
                        found
                    });
                found.collect::<Vec<_>>()
            });
            let Some(ways) = ways else {
                let message = format!("`{address}` can be read in too many ways");
                gathered.found.doubts.push(unproven(block.span, message));
                continue;
            };
            for (words, keys) in ways {
                let keys = keys.into_iter().map(|mut key| {
                    key.when.clone_from(&words);
                    key
                });
                gathered.found.keys.extend(keys);
            }
        }
    }
}

/// The instances of a policy block with the addresses of their keys.
fn targets(
    evaluator: &Evaluator<'_, '_>,
    module: usize,
    block: &Block<'_>,
) -> Vec<(Option<Key>, Option<String>)> {
    let top = Context::top(module);
    let instances = evaluator.instances(top, block.body);
    let instances = reference::keys(&instances).unwrap_or_else(|| vec![None]);
    let target = |key: Option<Key>| {
        let frames = evaluator.frames(top, block.body, key.as_ref());
        let target = framed(module, &frames, 0, |context| {
            let argument = block.body.argument("key_id")?;
            match evaluator.value(context, argument.value).kind {
                Kind::Attribute(address, _) => Some(address),
                _ => None,
            }
        });
        (key, target)
    };
    instances.into_iter().map(target).collect()
}

fn read_into(
    evaluator: &Evaluator<'_, '_>,
    module: usize,
    block: &Block<'_>,
    (instance, address): (Option<&Key>, &str),
    key: &mut FoundKey,
) {
    let top = Context::top(module);
    let frames = evaluator.frames(top, block.body, instance);
    framed(module, &frames, 0, |context| {
        if let Some(argument) = block.body.argument("policy") {
            let value = evaluator.policy(context, &argument);
            let span = value.span;
            let value = own_key(value, address).into_value();
            key.policy = Property::Known(read::policy(value), span);
        }
        if let Some(argument) = block.body.argument("bypass_policy_lockout_safety_check") {
            let value = evaluator.value(context, argument.value).into_value();
            key.bypasses_lockout_check = Property::read(value, |value| value.boolean());
        }
    });
}

/// The key's own ARN as a resource is the key: `*` in a key policy.
fn own_key(value: Val, address: &str) -> Val {
    let span = value.span;
    let kind = match value.kind {
        Kind::List(items) => Kind::List(items.into_iter().map(|it| own_key(it, address)).collect()),
        Kind::Object(fields) => Kind::Object(
            fields
                .into_iter()
                .map(|field| Field {
                    value: match field.name.as_str() {
                        "Resource" | "NotResource" => own_arn(field.value, address),
                        "Statement" => own_key(field.value, address),
                        _ => field.value,
                    },
                    ..field
                })
                .collect(),
        ),
        kind => kind,
    };
    Val::new(span, kind)
}

fn own_arn(value: Val, address: &str) -> Val {
    let span = value.span;
    match value.kind {
        Kind::Attribute(resource, attribute) if resource == address && attribute == "arn" => {
            Val::text(span, "*")
        }
        Kind::List(items) => {
            let items = items.into_iter().map(|item| own_arn(item, address));
            Val::new(span, Kind::List(items.collect()))
        }
        kind => Val::new(span, kind),
    }
}

/// The resource of a key that an attribute is of.
pub(super) fn of_key(value: &Val) -> Option<String> {
    match &value.kind {
        Kind::Attribute(address, attribute)
            if matches!(attribute.as_str(), "key_id" | "arn" | "id") =>
        {
            Some(resource_id(address).to_owned())
        }
        _ => None,
    }
}
