//! The proof of what tells others of keys: rules, alarms and parameters are printed as they are meant.
//!
//! What is meant is said here once more, in each target's own properties, and not taken from the templates. A template
//! may add tags to these resources, and other resources beside them.

use super::beside::{Plain, Resources};
use super::proof::different;
use super::{File, cloudformation, terraform};
use crate::diag::Diagnostic;
use crate::iam::{Text, Variable};
use crate::kms::{Events, Key, MetricAlarm, Stack, WatchRule};
use crate::source::Span;
use crate::spec::Target;
use crate::target::names::{CloudFormation, Naming, Terraform};

/// A resource as it is meant: its name, or its type and name, and its properties.
type Meant = (String, Plain);

/// Compares what a stack's files say of its rules, alarm and parameters with what is meant.
pub(super) fn compare(stack: &Stack, target: Target, files: &[File<'_>]) -> Vec<Diagnostic> {
    let Some(first) = files.first().filter(|_| stack.signals.resources() > 0) else {
        return Vec::new();
    };
    let (meant, tags) = match target {
        Target::CloudFormation => (of_cloudformation(stack), "Tags"),
        Target::Terraform => (of_terraform(stack), "tags"),
    };
    let names: Vec<&str> = meant.iter().map(|(name, _)| name.as_str()).collect();
    let printed = match target {
        Target::CloudFormation => cloudformation::beside(first.id, first.text, &names),
        Target::Terraform => terraform::beside(files, &names),
    };
    let printed = match printed {
        Ok(printed) => printed,
        Err(diagnostics) => return diagnostics,
    };
    let mut diagnostics = Vec::new();
    for (name, meant) in &meant {
        differences(name, meant, &printed, tags, first, &mut diagnostics);
    }
    diagnostics
}

fn differences(
    name: &str,
    meant: &Plain,
    printed: &Resources,
    tags: &str,
    first: &File<'_>,
    diagnostics: &mut Vec<Diagnostic>,
) {
    let Some(found) = printed.get(name) else {
        let message = format!("`{name}` of the spec is not printed");
        let place = Span::new(first.id, 0..0);
        diagnostics.push(Diagnostic::error("not-what-the-spec-means", message).at(place, ""));
        return;
    };
    let mut properties = found.properties.clone();
    if let Plain::Object(members) = &mut properties {
        members.remove(tags);
    }
    diagnostics.extend(found.doubts.iter().cloned());
    if *meant != properties {
        diagnostics.push(different(
            found.span,
            format!("`{name}` is not what the spec means"),
            &meant.lines(),
            &properties.lines(),
        ));
    }
}

/// The event pattern of a rule.
fn pattern(rule: &WatchRule, stack: &Stack, arn: fn(&Key) -> Text) -> Plain {
    let keys = rule.keys.iter().filter_map(|place| stack.keys.get(*place));
    let arns = Plain::List(keys.map(|key| Plain::Word(arn(key))).collect());
    let source = ("source", Plain::words(["aws.kms"]));
    match &rule.events {
        Events::Calls(names) => {
            let detail = Plain::object([
                ("eventSource", Plain::words(["kms.amazonaws.com"])),
                ("eventName", Plain::words(names.iter().copied())),
                ("resources", Plain::object([("ARN", arns)])),
            ]);
            let kind = Plain::words(["AWS API Call via CloudTrail"]);
            Plain::object([source, ("detail-type", kind), ("detail", detail)])
        }
        Events::Expiration => {
            let kind = Plain::words(["KMS Imported Key Material Expiration"]);
            Plain::object([source, ("detail-type", kind), ("resources", arns)])
        }
    }
}

/// What a resource says of itself.
fn description(stack: &Stack, what: &str) -> Plain {
    let (name, environment) = (&stack.name, &stack.environment);
    Plain::word(format!("{what} of the stack {name} ({environment})"))
}

fn description_of_rule(stack: &Stack, rule: &WatchRule) -> Plain {
    match rule.events {
        Events::Calls(_) => description(stack, "Changes of KMS keys"),
        Events::Expiration => description(stack, "Expired key material of KMS keys"),
    }
}

fn of_cloudformation(stack: &Stack) -> Vec<Meant> {
    let mut meant = Vec::new();
    for rule in &stack.signals.rules {
        let topic = Plain::Word(rule.topic.clone());
        let role = rule.role.clone().map(|role| ("RoleArn", Plain::Word(role)));
        let target = [("Id", Plain::word("Topic")), ("Arn", topic)];
        let target = Plain::object(target.into_iter().chain(role));
        let properties = [
            ("Type", Plain::word("AWS::Events::Rule")),
            ("Description", description_of_rule(stack, rule)),
            ("EventPattern", pattern(rule, stack, arn_in_template)),
            ("Targets", Plain::List(vec![target])),
        ];
        meant.push((CloudFormation.rule(rule), Plain::object(properties)));
    }
    if let Some(alarm) = &stack.signals.alarm {
        let (namespace, metric) = MetricAlarm::METRIC;
        let transformation = [
            ("MetricNamespace", Plain::word(namespace)),
            ("MetricName", Plain::word(metric)),
            ("MetricValue", Plain::word("1")),
        ];
        let filter = [
            ("Type", Plain::word("AWS::Logs::MetricFilter")),
            ("FilterName", Plain::word(&alarm.name)),
            ("LogGroupName", Plain::Word(alarm.log_group.clone())),
            ("FilterPattern", Plain::word(MetricAlarm::PATTERN)),
            (
                "MetricTransformations",
                Plain::List(vec![Plain::object(transformation)]),
            ),
        ];
        let topic = Plain::List(vec![Plain::Word(alarm.topic.clone())]);
        let properties = [
            ("Type", Plain::word("AWS::CloudWatch::Alarm")),
            ("AlarmName", Plain::word(&alarm.name)),
            ("AlarmDescription", Plain::word(MetricAlarm::DESCRIPTION)),
            ("Namespace", Plain::word(namespace)),
            ("MetricName", Plain::word(metric)),
            ("Statistic", Plain::word("Sum")),
            ("Period", Plain::word(MetricAlarm::PERIOD.to_string())),
            ("EvaluationPeriods", Plain::word("1")),
            ("Threshold", Plain::word("1")),
            (
                "ComparisonOperator",
                Plain::word("GreaterThanOrEqualToThreshold"),
            ),
            ("TreatMissingData", Plain::word("notBreaching")),
            ("AlarmActions", topic),
        ];
        let filter_name = CloudFormation::METRIC_FILTER.to_owned();
        meant.push((filter_name, Plain::object(filter)));
        meant.push((CloudFormation::ALARM.to_owned(), Plain::object(properties)));
    }
    for (parameter, key) in parameters(stack) {
        let properties = [
            ("Type", Plain::word("AWS::SSM::Parameter")),
            ("Properties.Type", Plain::word("String")),
            ("Name", Plain::Word(parameter.clone())),
            ("Description", description(stack, "ARN of a KMS key")),
            ("Value", Plain::Word(arn_in_template(key))),
        ];
        let name = CloudFormation.parameter(CloudFormation.id(key));
        meant.push((name, Plain::object(properties)));
    }
    meant
}

fn of_terraform(stack: &Stack) -> Vec<Meant> {
    let mut meant = Vec::new();
    for rule in &stack.signals.rules {
        let name = Terraform.rule(rule);
        let address = format!("aws_cloudwatch_event_rule.{name}");
        let target = [
            (
                "rule",
                Plain::Word(Text::unknown(format!("${{{address}.name}}"))),
            ),
            ("target_id", Plain::word("Topic")),
            ("arn", Plain::Word(rule.topic.clone())),
        ];
        let role = rule
            .role
            .clone()
            .map(|role| ("role_arn", Plain::Word(role)));
        let properties = [
            ("description", description_of_rule(stack, rule)),
            ("event_pattern", pattern(rule, stack, arn_in_module)),
        ];
        meant.push((address, Plain::object(properties)));
        let address = format!("aws_cloudwatch_event_target.{name}");
        meant.push((address, Plain::object(target.into_iter().chain(role))));
    }
    if let Some(alarm) = &stack.signals.alarm {
        let (namespace, metric) = MetricAlarm::METRIC;
        let transformation = [
            ("namespace", Plain::word(namespace)),
            ("name", Plain::word(metric)),
            ("value", Plain::word("1")),
        ];
        let filter = [
            ("name", Plain::word(&alarm.name)),
            ("log_group_name", Plain::Word(alarm.log_group.clone())),
            ("pattern", Plain::word(MetricAlarm::PATTERN)),
            (
                "metric_transformation",
                Plain::List(vec![Plain::object(transformation)]),
            ),
        ];
        let topic = Plain::List(vec![Plain::Word(alarm.topic.clone())]);
        let properties = [
            ("alarm_name", Plain::word(&alarm.name)),
            ("alarm_description", Plain::word(MetricAlarm::DESCRIPTION)),
            ("namespace", Plain::word(namespace)),
            ("metric_name", Plain::word(metric)),
            ("statistic", Plain::word("Sum")),
            ("period", Plain::word(MetricAlarm::PERIOD.to_string())),
            ("evaluation_periods", Plain::word("1")),
            ("threshold", Plain::word("1")),
            (
                "comparison_operator",
                Plain::word("GreaterThanOrEqualToThreshold"),
            ),
            ("treat_missing_data", Plain::word("notBreaching")),
            ("alarm_actions", topic),
        ];
        let address = |kind: &str| format!("{kind}.{}", Terraform::ALARM);
        meant.push((
            address("aws_cloudwatch_log_metric_filter"),
            Plain::object(filter),
        ));
        meant.push((
            address("aws_cloudwatch_metric_alarm"),
            Plain::object(properties),
        ));
    }
    for (parameter, key) in parameters(stack) {
        let properties = [
            ("type", Plain::word("String")),
            ("name", Plain::Word(parameter.clone())),
            ("description", description(stack, "ARN of a KMS key")),
            ("value", Plain::Word(arn_in_module(key))),
        ];
        let name = Terraform.parameter(Terraform.id(key));
        let address = format!("aws_ssm_parameter.{name}");
        meant.push((address, Plain::object(properties)));
    }
    meant
}

fn parameters(stack: &Stack) -> impl Iterator<Item = (&Text, &Key)> {
    let parameters = stack.signals.parameters.iter();
    parameters.filter_map(|parameter| Some((&parameter.name, stack.keys.get(parameter.key)?)))
}

/// The ARN of a key of the same template, as far as it is known before the key exists.
fn arn_in_template(key: &Key) -> Text {
    let mut arn = Text::literal("arn:");
    arn.push_variable(Variable::Partition);
    arn.push_str(":kms:");
    arn.push_variable(Variable::Region);
    arn.push_str(":");
    arn.push_variable(Variable::Account);
    arn.push_str(":key/");
    let name = CloudFormation.key(CloudFormation.id(key));
    arn.push_text(&Text::unknown(format!("${{{name}}}")));
    arn
}

/// The ARN of a key of the same module.
fn arn_in_module(key: &Key) -> Text {
    let address = Terraform.address(key.origin, key.replica, Terraform.id(key));
    Text::unknown(format!("${{{address}.arn}}"))
}
