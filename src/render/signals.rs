//! Values for templates about what tells others of keys. Both targets get the same, in their own notations.

use tera::Value;

use super::context;
use crate::iam::Text;
use crate::kms::{Events, Key, MetricAlarm, Stack, WatchRule};

/// How a target writes names and texts.
pub(super) struct Notation {
    /// The name of the resource of a rule.
    pub(super) rule: fn(&WatchRule) -> String,
    /// What the ARN of a key is taken from.
    pub(super) key: fn(&Key) -> String,
    /// The name of the resource of the parameter of a key.
    pub(super) parameter: fn(&Key) -> String,
    /// The names of the metric filter and the alarm.
    pub(super) alarm: (&'static str, &'static str),
    /// A text as a complete value.
    pub(super) value: fn(&Text) -> String,
}

/// The rules of a stack.
pub(super) fn rules(stack: &Stack, notation: &Notation) -> Vec<Value> {
    let rules = stack.signals.rules.iter();
    rules
        .map(|rule| rule_value(rule, stack, notation))
        .collect()
}

fn rule_value(rule: &WatchRule, stack: &Stack, notation: &Notation) -> Value {
    let keys = rule.keys.iter().filter_map(|place| stack.keys.get(*place));
    let keys: Vec<String> = keys.map(notation.key).collect();
    let (calls, what) = match &rule.events {
        Events::Calls(names) => (names.clone(), "Changes"),
        Events::Expiration => (Vec::new(), "Expired key material"),
    };
    context::object([
        ("resource", (notation.rule)(rule).into()),
        (
            "description",
            format!(
                "{what} of KMS keys of the stack {} ({})",
                stack.name, stack.environment
            )
            .into(),
        ),
        ("calls", calls.into()),
        ("keys", keys.into()),
        ("topic", context::ready(&(notation.value)(&rule.topic))),
        (
            "role",
            rule.role
                .as_ref()
                .map(|role| context::ready(&(notation.value)(role)))
                .into(),
        ),
    ])
}

/// The alarm of a stack, or nothing.
pub(super) fn alarm(stack: &Stack, notation: &Notation) -> Value {
    let value = |alarm: &MetricAlarm| {
        let (filter, resource) = notation.alarm;
        let (namespace, metric) = MetricAlarm::METRIC;
        context::object([
            ("filter", filter.into()),
            ("resource", resource.into()),
            ("name", alarm.name.as_str().into()),
            ("description", MetricAlarm::DESCRIPTION.into()),
            (
                "log_group",
                context::ready(&(notation.value)(&alarm.log_group)),
            ),
            ("pattern", MetricAlarm::PATTERN.into()),
            ("namespace", namespace.into()),
            ("metric", metric.into()),
            ("period", MetricAlarm::PERIOD.into()),
            ("topic", context::ready(&(notation.value)(&alarm.topic))),
        ])
    };
    stack.signals.alarm.as_ref().map(value).into()
}

/// The parameter of the key at a place, or nothing; `annotations` says whether it carries reasons for scanners.
pub(super) fn parameter(
    stack: &Stack,
    place: usize,
    notation: &Notation,
    annotations: bool,
) -> Value {
    let mut parameters = stack.signals.parameters.iter();
    let parameter = parameters.find(|parameter| parameter.key == place);
    let key = stack.keys.get(place);
    let value = parameter.zip(key).map(|(parameter, key)| {
        context::object([
            ("resource", (notation.parameter)(key).into()),
            ("name", context::ready(&(notation.value)(&parameter.name))),
            (
                "description",
                format!(
                    "ARN of a KMS key of the stack {} ({})",
                    stack.name, stack.environment
                )
                .into(),
            ),
            (
                "scanner_reason",
                annotations.then_some(PARAMETER_REASON).into(),
            ),
        ])
    });
    value.into()
}

/// Why scanners need not mind that a parameter is not encrypted.
const PARAMETER_REASON: &str =
    "The ARN of a key is no secret, and who reads it gets no access to the key";
