//! Alias resources.

use std::cell::RefCell;

use super::body::Block;
use super::evaluate::{Context, Evaluator, Notes};
use super::keys::labels;
use super::module::World;
use super::policies::of_key;
use super::reference;
use super::resources::Gathered;
use super::value::Key;
use super::variables::framed;
use crate::iam::Text;
use crate::iam::value::{Value, unproven};
use crate::readback::found::{FoundAlias, Lifetime, Property};
use crate::readback::variants;

/// Reads an alias block in all its instances and all ways that the module leaves open.
pub(super) fn read(world: &World<'_>, module: usize, block: &Block<'_>, gathered: &mut Gathered) {
    let notes = RefCell::new(Notes::default());
    let all = |mut evaluator: Evaluator<'_, '_>| {
        evaluator.home = evaluator.home_of(Context::top(module), block);
        let instances = evaluator.instances(Context::top(module), block.body);
        let keys = reference::keys(&instances).unwrap_or_else(|| vec![None]);
        let read: Vec<FoundAlias> = keys
            .iter()
            .map(|key| alias(&evaluator, module, block, key.as_ref()))
            .collect();
        let more = evaluator.notes.into_inner();
        notes.borrow_mut().computed.extend(more.computed);
        read
    };
    let ways = variants::each(|choices| all(Evaluator::new(world, Some(choices))));
    let aliases: Vec<FoundAlias> = match ways {
        Some(ways) => ways.into_iter().flat_map(|(_, aliases)| aliases).collect(),
        None => all(Evaluator::new(world, None)),
    };
    let mut known: Vec<FoundAlias> = Vec::new();
    for alias in aliases {
        if !known.contains(&alias) {
            known.push(alias);
        }
    }
    gathered.aliases.extend(known);
    gathered.loose(notes.into_inner());
}

fn alias(
    evaluator: &Evaluator<'_, '_>,
    module: usize,
    block: &Block<'_>,
    key: Option<&Key>,
) -> FoundAlias {
    let (kind, name) = labels(block);
    let path = evaluator.world.path(module);
    let suffix = key.map(ToString::to_string).unwrap_or_default();
    let address = format!("{path}{kind}.{name}{suffix}");
    let resource = address.strip_prefix("aws_kms_alias.").unwrap_or(&address);
    let mut alias = FoundAlias {
        resource: resource.to_owned(),
        name: Property::Absent,
        key: None,
        lifetime: Lifetime::PreventDestroy(Property::Absent),
        span: block.span,
        doubts: Vec::new(),
    };
    let frames = evaluator.frames(Context::top(module), block.body, key);
    framed(module, &frames, 0, |context| {
        for argument in block.body.arguments() {
            let value = || evaluator.value(context, argument.value);
            match argument.name {
                "depends_on" | "count" | "for_each" => {}
                "provider" | "region" => {
                    let words = format!("another `{}`", argument.name);
                    evaluator.computed(words, argument.span);
                }
                "name" | "alias_name" => {
                    let value = value();
                    if !value.is_null() {
                        alias.name = Property::read(value.into_value(), Value::into_text);
                    }
                }
                // Terraform puts letters of its own behind it.
                "name_prefix" => {
                    let value = value();
                    if let Some(mut name) = value.word().filter(|_| !value.is_null()) {
                        name.push_text(&Text::unknown("${name_prefix}"));
                        alias.name = Property::Known(name, value.span);
                    }
                }
                "target_key_id" => alias.key = of_key(&value()),
                other => {
                    let message = format!("`{other}` can change what this alias is");
                    alias.doubts.push(unproven(argument.span, message));
                }
            }
        }
    });
    for nested in block.body.blocks() {
        if nested.kind == "lifecycle" {
            evaluator.computed("a `lifecycle` of an alias", nested.span);
        } else {
            let message = "a block in an alias can change what it is";
            alias.doubts.push(unproven(nested.span, message));
        }
    }
    alias
}
