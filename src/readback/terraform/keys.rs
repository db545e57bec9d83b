//! Key resources.

use std::cell::RefCell;

use hcl_edit::expr::Expression;

use super::body::{Argument, Block, Expr};
use super::evaluate::{Context, Evaluator, Notes};
use super::module::World;
use super::policies::Policies;
use super::reference;
use super::resources::Gathered;
use super::tags::{pairs, tags};
use super::value::{Key, Kind, Val};
use super::variables::framed;
use super::waivers;
use crate::iam::value::{Member, Value, ValueKind, unproven};
use crate::readback::found::{FoundKey, KeyForm, Lifetime, Property};
use crate::readback::key::{self, Names};
use crate::readback::variants::{self, Choices};
use crate::source::Span;

/// `aws_kms_key`. No argument has the empty name: it stands where a resource lacks one.
const KEY: Names = Names {
    description: "description",
    key_spec: "customer_master_key_spec",
    key_usage: "key_usage",
    origin: None,
    custom_key_store: "custom_key_store_id",
    xks_key: "xks_key_id",
    primary: "",
    multi_region: "multi_region",
    enabled: "is_enabled",
    rotation: "enable_key_rotation",
    rotation_period: "rotation_period_in_days",
    deletion_window: "deletion_window_in_days",
    bypass: "bypass_policy_lockout_safety_check",
    policy: "policy",
    tags: "tags",
};

/// Replicas, and keys with imported material.
const OTHER: Names = Names {
    key_spec: "key_spec",
    enabled: "enabled",
    custom_key_store: "",
    xks_key: "",
    primary: "primary_key_arn",
    rotation: "",
    rotation_period: "",
    ..KEY
};

/// The Cloud Control provider.
const CLOUD_CONTROL: Names = Names {
    key_spec: "key_spec",
    origin: Some("origin"),
    custom_key_store: "",
    xks_key: "",
    primary: "primary_key_arn",
    enabled: "enabled",
    deletion_window: "pending_window_in_days",
    policy: "key_policy",
    ..KEY
};

/// Reads a key block in all its instances and all ways that the module leaves open.
pub(super) fn read(
    world: &World<'_>,
    module: usize,
    block: &Block<'_>,
    policies: &Policies<'_, '_>,
    gathered: &mut Gathered,
) {
    let notes = RefCell::new(Notes::default());
    let keep = |evaluator: Evaluator<'_, '_>| {
        let more = evaluator.notes.into_inner();
        let mut notes = notes.borrow_mut();
        notes.computed.extend(more.computed);
    };
    let one = |choices: Option<&Choices>, key: Option<&Key>, known: bool| {
        let mut evaluator = Evaluator::new(world, choices);
        let top = Context::top(module);
        if known {
            // Which instances there are may itself be a choice.
            let instances = evaluator.instances(top, block.body);
            let keys = reference::keys(&instances);
            if keys.is_some_and(|keys| !keys.contains(&key.cloned())) {
                return None;
            }
        }
        let frames = evaluator.frames(top, block.body, key);
        let found = framed(module, &frames, 0, |context| {
            evaluator.home = evaluator.home_of(context, block);
            Reading {
                evaluator: &evaluator,
                context,
                block,
            }
            .key(key, known, policies)
        });
        keep(evaluator);
        Some(found)
    };
    // All keys that an instance may have, whatever is chosen.
    let possible = variants::each(|choices| {
        let evaluator = Evaluator::new(world, Some(choices));
        reference::keys(&evaluator.instances(Context::top(module), block.body))
    });
    let mut keys: Vec<Option<Key>> = Vec::new();
    let mut known = possible.is_some();
    for (_, possible) in possible.unwrap_or_default() {
        match possible {
            Some(possible) => keys.extend(possible),
            None => known = false,
        }
    }
    let mut unique: Vec<Option<Key>> = Vec::new();
    for key in keys {
        if !unique.contains(&key) {
            unique.push(key);
        }
    }
    if !known {
        unique = vec![None];
    }
    for key in &unique {
        let read = variants::each(|choices| one(Some(choices), key.as_ref(), known));
        match read {
            Some(ways) => {
                for (words, found) in ways {
                    gathered.found.keys.extend(found.map(|mut found| {
                        found.when = words;
                        found
                    }));
                }
            }
            None => gathered.found.keys.extend(one(None, key.as_ref(), false)),
        }
    }
    gathered.loose(notes.into_inner());
}

/// One reading of one instance.
pub(super) struct Reading<'r, 'w, 'b> {
    pub(super) evaluator: &'r Evaluator<'w, 'b>,
    pub(super) context: Context<'r>,
    pub(super) block: &'r Block<'r>,
}

impl Reading<'_, '_, '_> {
    fn key(&self, key: Option<&Key>, known: bool, policies: &Policies<'_, '_>) -> FoundKey {
        let (kind, name) = labels(self.block);
        let world = self.evaluator.world;
        let form = form_of(kind);
        let names = names_of(kind);
        let suffix = key.map(ToString::to_string).unwrap_or_default();
        let path = world.path(self.context.module);
        let address = format!("{path}{kind}.{name}{suffix}");
        let lifetime = Lifetime::PreventDestroy(Property::Absent);
        let mut found = FoundKey::new(resource_id(&address), form, self.block.span, lifetime);
        let counted = ["count", "for_each"].map(|name| self.block.body.argument(name));
        if let (Some(counted), false) = (counted.into_iter().flatten().next(), known) {
            let message = format!("how many keys `{address}` is, is not known here");
            found.doubts.push(unproven(counted.span, message));
        }
        let mut members = Vec::new();
        for argument in self.block.body.arguments() {
            self.argument(&argument, names, &mut members);
        }
        let tags = if kind.starts_with("awscc") {
            pairs
        } else {
            tags
        };
        key::properties(&mut found, members, names, tags);
        self.default_tags(&mut found);
        for nested in self.block.body.blocks() {
            self.nested(&mut found, &nested);
        }
        policies.attach(self.evaluator, &address, &mut found);
        waivers::above(world, self.block, &mut found);
        let mut notes = self.evaluator.notes.borrow_mut();
        found.assumptions = std::mem::take(&mut notes.assumptions);
        found
    }

    fn argument(&self, argument: &Argument<'_>, names: &Names, members: &mut Vec<Member>) {
        let name = argument.name;
        if matches!(name, "count" | "depends_on" | "for_each") {
            return;
        }
        if let "provider" | "region" = name {
            self.evaluator
                .computed(format!("another `{name}`"), argument.span);
            return;
        }
        // The primary key is in another Region, so in another module: its ARN comes in.
        if name == names.primary
            && let Some(address) = self.evaluator.address(argument.value)
            && address.starts_with("var.")
        {
            members.push(Member {
                name: name.to_owned(),
                span: argument.span,
                value: Value {
                    span: argument.value.span(),
                    kind: ValueKind::Unknown(address),
                },
            });
            return;
        }
        let value = if name == names.policy {
            self.evaluator.policy(self.context, argument)
        } else {
            self.evaluator.value(self.context, argument.value)
        };
        // An argument that is null is not there, and a policy without text is none.
        let empty = name == names.policy && value.literal().as_deref() == Some("");
        if value.is_null() || empty {
            return;
        }
        let span = value.span;
        let value = match value.kind {
            // Terraform makes text of them.
            Kind::Bool(_) | Kind::Number(_) | Kind::Json(_) if name == names.description => {
                self.evaluator.computed("text that is none", span);
                let text = value.word().map(Kind::Text);
                Val::new(span, text.unwrap_or(Kind::Unknown(name.to_owned())))
            }
            _ => value,
        };
        let text = [names.description, names.policy, names.tags].contains(&name);
        let open = matches!(&value.kind, Kind::Text(text) if text.as_literal().is_none());
        let mut value = value.into_value();
        if let (ValueKind::Text(text), false, true) = (&value.kind, text, open) {
            value.kind = ValueKind::Unknown(text.to_string());
        }
        members.push(Member {
            name: name.to_owned(),
            span: argument.span,
            value: Value { span, ..value },
        });
    }

    fn nested(&self, found: &mut FoundKey, nested: &Block<'_>) {
        match nested.kind {
            "lifecycle" => self.lifecycle(found, nested),
            "timeouts" => {}
            other => {
                let message = format!("a `{other}` block can change what this key is");
                found.doubts.push(unproven(nested.span, message));
            }
        }
    }
}

/// What kind of key a resource is.
pub(super) fn form_of(kind: &str) -> KeyForm {
    match kind {
        "aws_kms_key" | "awscc_kms_key" => KeyForm::Key,
        "aws_kms_external_key" => KeyForm::External,
        "aws_kms_replica_external_key" => KeyForm::ExternalReplica,
        _ => KeyForm::Replica,
    }
}

/// How a resource calls the properties of a key.
pub(super) fn names_of(kind: &str) -> &'static Names {
    match kind {
        "aws_kms_key" => &KEY,
        "awscc_kms_key" | "awscc_kms_replica_key" => &CLOUD_CONTROL,
        _ => &OTHER,
    }
}

/// Type and name of a resource.
pub(super) fn labels<'b>(block: &Block<'b>) -> (&'b str, &'b str) {
    let mut labels = block.labels.iter().copied();
    let kind = labels.next().unwrap_or_default();
    (kind, labels.next().unwrap_or_default())
}

/// The address as a key is known by it: without the type where that is the usual one.
pub(super) fn resource_id(address: &str) -> &str {
    address.strip_prefix("aws_kms_key.").unwrap_or(address)
}

impl Evaluator<'_, '_> {
    /// A policy argument. `jsonencode(…)` is looked into, so that statements keep their places.
    pub(super) fn policy(&self, context: Context<'_>, argument: &Argument<'_>) -> Val {
        if let Expr::Hcl(place, expression) = argument.value
            && let Expression::FuncCall(call) = crate::hcl::read::unparenthesized(expression)
            && call.name.name.as_str() == "jsonencode"
            && !call.name.is_namespaced()
            && !call.args.expand_final()
            && let (1, Some(inner)) = (call.args.len(), call.args.get(0))
        {
            return self.hcl(context, place, inner);
        }
        let span = argument.value.span();
        self.computed("a policy outside `jsonencode(…)`", span);
        let value = self.value(context, argument.value);
        match value.kind {
            Kind::Json(inner) => *inner,
            _ => value,
        }
    }
}

/// The start of the line that a place is on.
pub(super) fn line_start(text: &str, place: Span) -> usize {
    let before = text.get(..place.start as usize).unwrap_or_default();
    before.rfind('\n').map_or(0, |at| at + 1)
}
