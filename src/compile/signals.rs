//! What tells others of a stack's keys: rules for events, the metric alarm, parameters.

use std::collections::BTreeSet;

use super::scope::Taken;
use super::stack::CompiledStack;
use crate::diag::Diagnostic;
use crate::iam::{AccountId, Arn, Part, Text};
use crate::kms::{
    Events, Key, KeyParameter, MetricAlarm, Origin, Region, Signals, WatchRule, limits,
};
use crate::source::Span;
use crate::spec::config::Config;
use crate::spec::field::Spanned;
use crate::spec::stack::StackDefinition;
use crate::spec::{EventName, KeyDefinition, ParameterFields, Switch, Topic, WatchFields};

/// What endangers keys, or widens access to them.
const EVENTS: [&str; 4] = [
    "DisableKey",
    "DisableKeyRotation",
    "PutKeyPolicy",
    "ScheduleKeyDeletion",
];
/// What endangers keys whose material is imported.
const EVENTS_OF_IMPORTED: &str = "DeleteImportedKeyMaterial";

/// Most characters of the ARN of a key in a pattern, with its quotes and a comma.
fn arn_in_pattern() -> usize {
    let resource = format!("key/{}", limits::LONGEST_KEY_ID);
    limits::longest_arn("kms", &resource).len() + "\"\",".len() + SPARE
}

/// Regions whose names are longer than the longest of today.
const SPARE: usize = 8;
/// Most characters of an event pattern without events and ARNs.
const PATTERN_FRAME: usize = r#"{"source":["aws.kms"],"detail-type":["AWS API Call via CloudTrail"],"detail":{"eventSource":["kms.amazonaws.com"],"eventName":[],"resources":{"ARN":[]}}}"#.len();

/// The nearest of the layers that says something, where it does not say `false`.
fn nearest<T>(layers: [&Option<Switch<T>>; 3]) -> Option<&T> {
    layers.into_iter().flatten().next().and_then(Switch::on)
}

fn watch<'f>(definition: StackDefinition<'f>, config: &'f Config) -> Option<&'f WatchFields> {
    nearest([
        &definition.spec.fields.watch,
        &definition.environment.watch,
        &config.watch,
    ])
}

/// What tells others of the keys of a stack.
pub(super) fn signals(
    definition: StackDefinition<'_>,
    keys: &[Key],
    declarations: &[&KeyDefinition],
    config: &Config,
    diagnostics: &mut Vec<Diagnostic>,
) -> Signals {
    let watch = watch(definition, config);
    let rules = watch.map(|watch| rules(watch, definition, keys, diagnostics));
    let parameters = nearest([
        &definition.spec.fields.parameters,
        &definition.environment.parameters,
        &config.parameters,
    ]);
    let parameters = parameters
        .map(|fields| parameters_of(fields, definition, (keys, declarations), diagnostics));
    Signals {
        rules: rules.unwrap_or_default(),
        alarm: alarm(definition, watch, diagnostics),
        parameters: parameters.unwrap_or_default(),
    }
}

fn rules(
    watch: &WatchFields,
    definition: StackDefinition<'_>,
    keys: &[Key],
    diagnostics: &mut Vec<Diagnostic>,
) -> Vec<WatchRule> {
    let topic = topic(&watch.topic, definition, diagnostics);
    let role = role(watch, definition, diagnostics);
    let is_imported = |key: &&Key| key.origin == Origin::External;
    let by_default = || {
        let of_imported = keys.iter().any(|key| is_imported(&key));
        EVENTS
            .into_iter()
            .chain(of_imported.then_some(EVENTS_OF_IMPORTED))
            .collect()
    };
    let chosen = watch.events.as_ref();
    let names: BTreeSet<_> = chosen.map_or_else(by_default, |events| {
        events.iter().copied().map(EventName::as_str).collect()
    });
    let length: usize = names.iter().map(|name| name.len() + "\"\",".len()).sum();
    let fit =
        limits::EVENT_PATTERN_LENGTH.saturating_sub(PATTERN_FRAME + length) / arn_in_pattern();
    let split = |places: Vec<usize>, events: &Events| -> Vec<WatchRule> {
        let chunks = places.chunks(fit.max(1)).enumerate();
        let rule = |(index, keys): (usize, &[usize])| WatchRule {
            number: index + 1,
            events: events.clone(),
            keys: keys.to_vec(),
            topic: topic.clone(),
            role: role.clone(),
        };
        chunks.map(rule).collect()
    };
    let all = (0..keys.len()).collect();
    let imported = keys.iter().enumerate();
    let imported = imported.filter(|(_, key)| is_imported(key));
    let imported = imported.map(|(place, _)| place).collect();
    let mut rules = split(all, &Events::Calls(names.into_iter().collect()));
    rules.extend(split(imported, &Events::Expiration));
    rules
}

/// The ARN of a topic, after holding it against the stack's Region.
///
/// Sources: EventBridge user guide, "Event bus targets" (a rule's targets are in its Region); CloudWatch user guide,
/// "Using Amazon CloudWatch alarms" (topics of the alarm's Region).
fn topic(
    topic: &Spanned<Topic>,
    definition: StackDefinition<'_>,
    diagnostics: &mut Vec<Diagnostic>,
) -> Text {
    let text = topic.value.arn(&definition.environment.name);
    let arn = Arn::parse(&text);
    let partition = arn
        .as_ref()
        .and_then(|arn| arn.partition.as_literal().map(str::to_owned));
    let region = arn.and_then(|arn| arn.region.into_literal());
    let regions = definition.regions();
    let apart = |own: &&&Region| {
        partition
            .as_ref()
            .is_some_and(|it| own.partition().id() != it)
    };
    if let (Some(partition), Some(own)) = (&partition, regions.iter().find(apart)) {
        diagnostics.push(
            Diagnostic::error(
                "topic-elsewhere",
                format!(
                    "this topic is in the partition `{partition}`, `{}` is in `{}`",
                    own.name(),
                    own.partition().id()
                ),
            )
            .at(topic.span, "")
            .help("write `{partition}` in its ARN, or give the topic's name alone"),
        );
        return text;
    }
    let mut own = regions.iter().map(|region| region.name());
    if let Some(region) = region
        && let Some(own) = own.find(|own| *own != region)
    {
        let what = match definition.replicas_in {
            Some(_) => "the replicas of this file",
            None => "the keys of this file",
        };
        diagnostics.push(
            Diagnostic::error(
                "topic-elsewhere",
                format!("this topic is in `{region}`, {what} are in `{own}`"),
            )
            .at(topic.span, "")
            .help("events and alarms reach topics of their own Region only: give the topic's name alone, or `{region}` in its ARN, and make a topic of that name in each Region"),
        );
    }
    text
}

/// The ARN of the role that EventBridge publishes with. A topic of another account takes one, of the rule's account.
///
/// Source: EventBridge user guide, "Sending events to an AWS service in another account".
fn role(
    watch: &WatchFields,
    definition: StackDefinition<'_>,
    diagnostics: &mut Vec<Diagnostic>,
) -> Option<Text> {
    let environment = &definition.environment.name;
    let Some(role) = &watch.role else {
        if let Some(account) = foreign(&watch.topic.value.arn(environment), definition) {
            diagnostics.push(
                Diagnostic::error(
                    "topic-of-another-account",
                    format!("this topic is in the account {account}, and nothing says that the keys are"),
                )
                .at(watch.topic.span, "")
                .help("if they are, give the topic's name alone, or write `{account}` in its ARN")
                .help("if not, EventBridge needs a role of the keys' account to publish with, or events are lost: add `role: NAME` (docs/watch.md says what it takes)"),
            );
        }
        return None;
    };
    let text = role.value.arn(environment);
    if let Some(account) = foreign(&text, definition) {
        diagnostics.push(
            Diagnostic::error(
                "role-of-another-account",
                format!("this role is in the account {account}, and nothing says that the keys are"),
            )
            .at(role.span, "")
            .help("EventBridge takes a role of its own account only: give the role's name alone, or write `{account}` in its ARN"),
        );
    }
    Some(text)
}

/// The account of an ARN, where it cannot be told to be the stack's own: of several that an environment or a stack set
/// has, the stack is in others as well.
fn foreign(arn: &Text, definition: StackDefinition<'_>) -> Option<AccountId> {
    let account = Arn::parse(arn)?.account.into_literal()?;
    let account = AccountId::parse(&account)?;
    let accounts = &definition.environment.accounts;
    let only = accounts.len() == 1 && definition.spec.fields.stack_set.is_none();
    (!only || !accounts.contains(&account)).then_some(account)
}

/// The alarm of a spec file.
///
/// Its topic can be one of another account, which lets alarms in by its own policy. Source: SNS developer guide, "Example
/// cases for Amazon SNS access control", "Allow any CloudWatch alarm to publish to a topic in a different account".
fn alarm(
    definition: StackDefinition<'_>,
    watch: Option<&WatchFields>,
    diagnostics: &mut Vec<Diagnostic>,
) -> Option<MetricAlarm> {
    let fields = definition.spec.fields.metric_alarm.as_ref()?;
    // A trail of all Regions writes to one log group; replicas have none of their own.
    if definition.replicas_in.is_some() {
        return None;
    }
    if let [_, _, ..] = definition.regions().as_slice() {
        diagnostics.push(
            Diagnostic::error(
                "alarm-in-several-regions",
                "the log group of a trail is in one Region, and this file goes to several",
            )
            .at(fields.log_group.span, "")
            .help(
                "put `metric_alarm` into a file of its own with one Region, that of the log group",
            ),
        );
        return None;
    }
    let Some(given) = fields.topic.as_ref().or(watch.map(|watch| &watch.topic)) else {
        diagnostics.push(
            Diagnostic::error("missing-field", "this alarm has no topic to go to")
                .at(fields.log_group.span, "")
                .help("add `topic: kms-alerts` beside it, or `watch: {topic: kms-alerts}`"),
        );
        return None;
    };
    let environment = &definition.environment.name;
    let stack = &definition.spec.stack;
    let name = format!(
        "kms-key-disabled-or-scheduled-for-deletion-{environment}-{}",
        stack.value
    );
    if name.len() > limits::ALARM_NAME_LENGTH {
        diagnostics.push(
            Diagnostic::error(
                "too-long",
                format!(
                    "the alarm would have a name of {} characters, {} are allowed",
                    name.len(),
                    limits::ALARM_NAME_LENGTH
                ),
            )
            .at(stack.span, "")
            .help("give the stack or the environment a shorter name"),
        );
    }
    Some(MetricAlarm {
        name,
        log_group: fields.log_group.value.fill(environment),
        topic: topic(given, definition, diagnostics),
    })
}

fn parameters_of(
    fields: &ParameterFields,
    definition: StackDefinition<'_>,
    (keys, declarations): (&[Key], &[&KeyDefinition]),
    diagnostics: &mut Vec<Diagnostic>,
) -> Vec<KeyParameter> {
    let path = fields.path.value.fill(&definition.environment.name);
    let mut parameters = Vec::new();
    for ((place, key), declared) in keys.iter().enumerate().zip(declarations) {
        let Some(alias) = key.aliases.first() else {
            continue;
        };
        let mut name = path.clone();
        name.push_str("/");
        name.push_text(&without_prefix(&alias.name));
        name.push_str("/arn");
        if let Some((message, help)) = problem_of_parameter(&name) {
            diagnostics.push(
                Diagnostic::error("invalid-parameter", message)
                    .at(declared.alias.span, "")
                    .also(fields.path.span, "the path of its parameter")
                    .help(help),
            );
        }
        parameters.push(KeyParameter { key: place, name });
    }
    parameters
}

fn without_prefix(alias: &Text) -> Text {
    let mut bare = Text::new();
    for (index, part) in alias.parts().iter().enumerate() {
        match part {
            Part::Literal(literal) if index == 0 => {
                bare.push_str(literal.strip_prefix("alias/").unwrap_or(literal));
            }
            other => bare.push_part(other.clone()),
        }
    }
    bare
}

/// Source: Systems Manager user guide, "Understanding parameter name requirements and constraints": the length counts
/// the ARN in front of the name.
fn problem_of_parameter(name: &Text) -> Option<(String, &'static str)> {
    let longest = name.resolve(limits::longest);
    let words: Vec<&str> = longest.split('/').skip(1).collect();
    if words.iter().any(|word| word.is_empty()) {
        return Some((
            format!("`{name}` is no name of a parameter: it has an empty part"),
            "write single `/` in the alias, and none at its ends",
        ));
    }
    let first = words.first().map(|word| word.to_ascii_lowercase());
    if first.is_some_and(|word| word.starts_with("aws") || word.starts_with("ssm")) {
        return Some((
            format!("`{name}` is reserved for AWS: it begins with `aws` or `ssm`"),
            "begin the path with another name, such as `/kms`",
        ));
    }
    if words.len() > limits::PARAMETER_LEVELS {
        let most = limits::PARAMETER_LEVELS;
        return Some((
            format!(
                "`{name}` has {} parts, {most} are allowed in the name of a parameter",
                words.len()
            ),
            "shorten the path, or use fewer `/` in the alias",
        ));
    }
    let length = limits::longest_arn("ssm", &format!("parameter{longest}")).len();
    (length > limits::PARAMETER_ARN_LENGTH).then(|| {
        let most = limits::PARAMETER_ARN_LENGTH;
        (
            format!("the ARN of the parameter `{name}` is up to {length} characters long, {most} are allowed"),
            "shorten the path or the alias",
        )
    })
}

/// What two stacks of an environment should not share: the name of a parameter, and the alarm of an account.
pub(super) fn across(stacks: &[CompiledStack<'_>], diagnostics: &mut Vec<Diagnostic>) {
    let mut names: Taken<'_, &Text, (&str, Span, Option<&Text>)> = Taken::default();
    let mut alarms: Taken<'_, &Text, Span> = Taken::default();
    for compiled in stacks {
        let stack = &compiled.stack;
        let scope = compiled.scope();
        for parameter in &stack.signals.parameters {
            let Some(declared) = compiled.declarations.get(parameter.key) else {
                continue;
            };
            let place = declared.alias.span;
            let alias = stack.keys.get(parameter.key);
            let alias = alias.and_then(|key| Some(&key.aliases.first()?.name));
            let first = names.take(&parameter.name, scope, (&stack.name, place, alias));
            // That two keys have one alias is told already.
            let Some((first, there, _)) = first.filter(|(_, _, other)| *other != alias) else {
                continue;
            };
            diagnostics.push(
                Diagnostic::error(
                    "duplicate-parameter",
                    format!("two keys make the parameter `{}`", parameter.name),
                )
                .at(place, "")
                .also(there, format!("the other is in the stack `{first}`"))
                .help("give one of their files another `path` under `parameters`"),
            );
        }
        let fields = compiled.definition.spec.fields.metric_alarm.as_ref();
        if let (Some(alarm), Some(fields)) = (&stack.signals.alarm, fields) {
            let taken = alarms.take(&alarm.log_group, scope, fields.log_group.span);
            if let Some(first) = taken {
                diagnostics.push(
                    Diagnostic::warning(
                        "duplicate-alarm",
                        format!(
                            "two stacks in `{}` have an alarm on the log group `{}`",
                            stack.environment, alarm.log_group
                        ),
                    )
                    .at(fields.log_group.span, "")
                    .also(first, "the first one")
                    .help("unless they are deployed in different accounts, remove one: it covers all keys of its account"),
                );
            }
        }
    }
}
