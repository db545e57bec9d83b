//! What tells others of a stack's keys: events to a topic, an alarm, parameters with ARNs.

use crate::iam::Text;

/// What a rule lets through.
///
/// Sources: EventBridge events reference, "AWS Key Management Service events"; KMS developer guide, "Monitor KMS keys
/// with Amazon EventBridge".
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Events {
    /// Calls of KMS operations, as CloudTrail reports them, by name.
    Calls(Vec<&'static str>),
    /// The day on which imported key material expires; KMS itself tells of it.
    Expiration,
}

/// An EventBridge rule that sends events about some keys to the stack's topic.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WatchRule {
    /// Its number among the rules for the same events, from 1: the ARNs of many keys do not fit into one.
    pub number: usize,
    /// The events.
    pub events: Events,
    /// The keys, by their places in the stack.
    pub keys: Vec<usize>,
    /// The topic's ARN.
    pub topic: Text,
    /// The ARN of the role that EventBridge publishes with, where the topic's own policy is not all that it takes.
    pub role: Option<Text>,
}

/// A metric filter on the log group of the account's trail with an alarm on its metric.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MetricAlarm {
    /// The alarm's name, and the filter's.
    pub name: String,
    /// The log group.
    pub log_group: Text,
    /// The ARN of the topic that the alarm goes to.
    pub topic: Text,
}

impl MetricAlarm {
    /// The pattern of the filter. Security Hub compares it: other terms fail its control.
    /// Source: Security Hub user guide, `CloudWatch.7`; CIS AWS Foundations Benchmark 1.2.0, 3.7, and 1.4.0, 4.7.
    pub const PATTERN: &'static str = "{($.eventSource=kms.amazonaws.com) && (($.eventName=DisableKey) || ($.eventName=ScheduleKeyDeletion))}";
    /// The metric. Source of the namespace: as [`Self::PATTERN`].
    pub const METRIC: (&'static str, &'static str) =
        ("LogMetrics", "KmsKeyDisabledOrScheduledForDeletion");
    /// What the alarm says of itself.
    pub const DESCRIPTION: &'static str =
        "A KMS key of this account was disabled or scheduled for deletion";
    /// Seconds over which events are counted. Source: CIS AWS Foundations Benchmark, as [`Self::PATTERN`].
    pub const PERIOD: u64 = 300;
}

/// An SSM parameter with the ARN of a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyParameter {
    /// The key, by its place in the stack.
    pub key: usize,
    /// The parameter's name.
    pub name: Text,
}

/// All that tells others of a stack's keys; usually nothing.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Signals {
    /// Rules for events.
    pub rules: Vec<WatchRule>,
    /// The alarm.
    pub alarm: Option<MetricAlarm>,
    /// Parameters.
    pub parameters: Vec<KeyParameter>,
}

impl Signals {
    /// How many resources of CloudFormation they are: a rule has its target in it, an alarm its metric filter beside it.
    #[must_use]
    pub fn resources(&self) -> usize {
        self.rules.len() + 2 * usize::from(self.alarm.is_some()) + self.parameters.len()
    }

    /// Every text that may hold deployment-time parts.
    pub fn texts(&self) -> impl Iterator<Item = &Text> {
        let rules = self.rules.iter();
        let targets = rules.flat_map(|rule| [Some(&rule.topic), rule.role.as_ref()]);
        let alarm = self.alarm.iter();
        let alarm = alarm.flat_map(|alarm| [&alarm.log_group, &alarm.topic]);
        let parameters = self.parameters.iter().map(|parameter| &parameter.name);
        targets.flatten().chain(alarm).chain(parameters)
    }
}
