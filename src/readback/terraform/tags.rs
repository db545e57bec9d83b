//! Tags of keys, their own and those that a provider gives.

use std::collections::BTreeMap;

use super::body::{Argument, Body};
use super::evaluate::Context;
use super::keys::Reading;
use crate::iam::Text;
use crate::iam::value::{Read, Value, ValueKind, unproven};
use crate::readback::found::{FoundKey, Property};

impl Reading<'_, '_, '_> {
    /// Tags that the provider gives to all its resources; those of the key itself win.
    pub(super) fn default_tags(&self, found: &mut FoundKey) {
        let world = self.evaluator.world;
        let home = &self.evaluator.home.provider;
        let (name, alias) = home.split_once('.').unwrap_or((home, ""));
        let providers = world.folder(0).map(|folder| folder.providers.iter());
        let ours = providers.into_iter().flatten().find(|block| {
            let called = block.body.argument("alias");
            let called =
                called.and_then(|it| self.evaluator.value(Context::top(0), it.value).literal());
            block.labels.first() == Some(&name) && called.unwrap_or_default() == alias
        });
        let Some(defaults) = ours.and_then(|block| default_tags(block.body)) else {
            return;
        };
        self.evaluator.computed("`default_tags`", defaults.span);
        let value = self.evaluator.value(Context::top(0), defaults.value);
        let value = value.into_value();
        let defaults = Property::read(value, tags);
        match (&mut found.tags, defaults) {
            (Property::Known(own, _), Property::Known(defaults, _)) => {
                for (name, text) in defaults {
                    own.entry(name).or_insert(text);
                }
            }
            (own @ Property::Absent, defaults) => *own = defaults,
            (own @ Property::Known(..), defaults) => *own = defaults,
            _ => {}
        }
    }
}

fn default_tags(body: Body<'_>) -> Option<Argument<'_>> {
    let blocks = body.blocks();
    let defaults = blocks.iter().find(|block| block.kind == "default_tags")?;
    defaults.body.argument("tags")
}

pub(super) fn tags(value: Value) -> Read<BTreeMap<String, Text>> {
    value
        .into_members()?
        .into_iter()
        .filter(|member| member.value.kind != ValueKind::Null)
        .map(|member| Ok((member.name, member.value.into_word()?)))
        .collect()
}

/// Tags of the Cloud Control provider: a list of `key` and `value`.
pub(super) fn pairs(value: Value) -> Read<BTreeMap<String, Text>> {
    let pair = |tag: Value| {
        let span = tag.span;
        let members = tag.into_members()?;
        let find = |name: &str| {
            let member = members.iter().find(|member| member.name == name);
            let value = member.map(|member| member.value.clone());
            value.ok_or_else(|| unproven(span, format!("this tag has no `{name}`")))
        };
        Ok((find("key")?.into_literal()?, find("value")?.into_word()?))
    };
    value.into_one_or_many().map(pair).collect()
}
