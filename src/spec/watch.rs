//! What tells others of keys: events to a topic, a metric alarm, parameters with ARNs.

use serde_json::{Value, json};

use super::field::{Decoder, FieldType, RecordTable, Spanned, record};
use super::types::{IamName, Template};
use crate::diag::Diagnostic;
use crate::iam::{AccountId, Arn, Part, PrincipalArn, PrincipalResource, Text, Variable};
use crate::kms::actions::{self, Action, Class};
use crate::kms::{Partition, Region, limits};
use crate::yaml::{Node, NodeKind, Resolved};

record! {
    /// Events about keys that go to an SNS topic.
    pub struct WatchFields("watch") {
        /// The topic: its name in the stack's own account and Region, or its ARN.
        required "topic" => topic: Spanned<Topic>, example "kms-alerts";
        /// The role that EventBridge publishes with: a topic of another account takes one. Its name, with its path if it
        /// has one, or its ARN; it is of the stack's own account.
        optional "role" => role: Spanned<EventRole>, example "EventsToCentral";
        /// The KMS operations to tell of; default: `DisableKey`, `DisableKeyRotation`, `PutKeyPolicy` and
        /// `ScheduleKeyDeletion`, with keys of imported material also `DeleteImportedKeyMaterial`.
        optional "events" => events: Vec<EventName>, example "[DisableKey, PutKeyPolicy, ScheduleKeyDeletion]";
    }
}

record! {
    /// The alarm that CIS asks for: a key of the account is disabled or scheduled for deletion.
    pub struct AlarmFields("metric alarm") {
        /// The log group of CloudWatch Logs that the account's trail writes to.
        required "log_group" => log_group: Spanned<LogGroup>, example "aws-cloudtrail-logs";
        /// The topic that the alarm goes to; default: the topic of `watch`.
        optional "topic" => topic: Spanned<Topic>, example "kms-alerts";
    }
}

record! {
    /// SSM parameters with the ARNs of keys.
    pub struct ParameterFields("set of parameters") {
        /// What comes before the key's alias in a parameter's name: `/kms/production` makes
        /// `/kms/production/ALIAS/arn`.
        required "path" => path: Spanned<ParameterPath>, example "/kms/{environment}";
    }
}

/// Something that can be turned off where a file further out turns it on.
#[derive(Debug, Clone)]
pub enum Switch<T> {
    /// `false`.
    Off,
    /// On, with what belongs to it.
    On(T),
}

impl<T> Switch<T> {
    /// What belongs to it, where it is on.
    pub fn on(&self) -> Option<&T> {
        match self {
            Self::Off => None,
            Self::On(fields) => Some(fields),
        }
    }
}

impl<T: FieldType> FieldType for Switch<T> {
    fn describe() -> String {
        format!("`false`, or {}", T::describe())
    }

    fn schema() -> Value {
        json!({"anyOf": [{"const": false}, T::schema()]})
    }

    fn record() -> Option<RecordTable> {
        T::record()
    }

    fn decode(node: &Node, decoder: &mut Decoder) -> Option<Self> {
        if let NodeKind::Scalar(scalar) = &node.kind
            && scalar.resolved() == Resolved::Bool(false)
        {
            return Some(Self::Off);
        }
        T::decode(node, decoder).map(Self::On)
    }
}

/// An SNS topic by name or ARN, possibly with placeholders.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Topic(Template);

impl Topic {
    /// The topic's ARN, for an environment.
    #[must_use]
    pub fn arn(&self, environment: &str) -> Text {
        let written = self.0.fill(environment);
        if self.0.raw().starts_with("arn:") {
            return written;
        }
        let mut arn = Text::literal("arn:");
        arn.push_variable(Variable::Partition);
        arn.push_str(":sns:");
        arn.push_variable(Variable::Region);
        arn.push_str(":");
        arn.push_variable(Variable::Account);
        arn.push_str(":");
        arn.push_text(&written);
        arn
    }
}

/// What is wrong with the text of a topic, and what to do about it.
///
/// Source of names: SNS API reference, `CreateTopic`. EventBridge and alarms send to standard topics only: EventBridge
/// user guide, "Event bus targets"; CloudWatch user guide, "Using Amazon CloudWatch alarms".
fn problem_of_topic(written: &str, topic: &Text) -> Option<(String, &'static str)> {
    const EXAMPLE: &str = "write a name such as `kms-alerts`, or an ARN such as `arn:aws:sns:eu-central-1:111122223333:kms-alerts`";
    let none = |message: String| Some((message, EXAMPLE));
    let is = |text: &Text, variable| text.parts() == [Part::Variable(variable)];
    let name = if written.starts_with("arn:") {
        let Some(arn) = Arn::parse(topic) else {
            return none(format!("`{written}` is no ARN"));
        };
        let partition = arn.partition.as_literal().map(Partition::named);
        if partition == Some(None)
            || (partition.is_none() && !is(&arn.partition, Variable::Partition))
        {
            return none(
                "the partition in this ARN is neither one of AWS's nor `{partition}`".to_owned(),
            );
        }
        if arn.service.as_literal() != Some("sns") {
            return none(format!("`{written}` is not the ARN of an SNS topic"));
        }
        let is_account = |text: &str| AccountId::parse(text).is_some();
        if !is(&arn.account, Variable::Account) && !arn.account.as_literal().is_some_and(is_account)
        {
            return none(
                "the account in this ARN is neither twelve digits nor `{account}`".to_owned(),
            );
        }
        let is_region = |text: &str| Region::parse(text).is_some();
        if !is(&arn.region, Variable::Region) && !arn.region.as_literal().is_some_and(is_region) {
            return none("the Region in this ARN is neither a Region nor `{region}`".to_owned());
        }
        let region = arn.region.as_literal().and_then(Region::parse);
        if let (Some(region), Some(Some(partition))) = (region, partition)
            && region.partition() != partition
        {
            let (name, its) = (region.name(), region.partition().id());
            return none(format!(
                "`{name}` is a Region of the partition `{its}`, this ARN is of `{}`",
                partition.id()
            ));
        }
        arn.resource
    } else {
        topic.clone()
    };
    let allowed = |c: char| c.is_ascii_alphanumeric() || "_-".contains(c);
    if name.literals().any(|it| it.ends_with(".fifo")) {
        return Some((
            "a FIFO topic takes no events and no alarms".to_owned(),
            "name a standard topic",
        ));
    }
    let odd = name.literals().flat_map(str::chars).find(|c| !allowed(*c));
    if let Some(odd) = odd {
        return none(format!("`{odd}` cannot stand in the name of a topic"));
    }
    let length = name.resolve(limits::longest).chars().count();
    (length == 0 || length > limits::TOPIC_NAME_LENGTH)
        .then(|| {
            let most = limits::TOPIC_NAME_LENGTH;
            format!("the name of a topic has 1 to {most} characters, this one up to {length}")
        })
        .map(|message| (message, "use the name of the topic"))
}

impl FieldType for Topic {
    fn describe() -> String {
        "the name or ARN of an SNS topic".to_owned()
    }

    fn schema() -> Value {
        json!({"type": "string", "pattern": "^[A-Za-z0-9_:{}-]+$"})
    }

    fn decode(node: &Node, decoder: &mut Decoder) -> Option<Self> {
        let template = Template::decode(node, decoder)?;
        let problem = problem_of_topic(template.raw(), &template.fill("environment"));
        let Some((message, help)) = problem else {
            return Some(Self(template));
        };
        decoder.report(
            Diagnostic::error("invalid-topic", message)
                .at(node.span, "")
                .help(help),
        );
        None
    }
}

/// An IAM role that EventBridge takes to reach a topic, by name or ARN.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EventRole(Template);

impl EventRole {
    /// The role's ARN, for an environment.
    #[must_use]
    pub fn arn(&self, environment: &str) -> Text {
        role_arn(self.0.raw(), self.0.fill(environment))
    }
}

fn role_arn(written: &str, filled: Text) -> Text {
    match filled.as_literal() {
        Some(name) if !written.starts_with("arn:") => {
            Arn::iam(&Text::variable(Variable::Account), &format!("role/{name}"))
        }
        _ => filled,
    }
}

/// What is wrong with the text of a role.
fn problem_of_role(written: &str, filled: Text) -> Option<String> {
    let is_arn = written.starts_with("arn:");
    let name = filled.as_literal().filter(|_| !is_arn);
    if let Some((message, _)) = name.and_then(IamName::problem) {
        return Some(message);
    }
    let parsed = PrincipalArn::parse(&role_arn(written, filled));
    if parsed.is_ok_and(|it| matches!(it.resource, PrincipalResource::Role { .. })) {
        return None;
    }
    let what = if is_arn {
        "is not the ARN"
    } else {
        "is no name"
    };
    Some(format!("`{written}` {what} of a role"))
}

impl FieldType for EventRole {
    fn describe() -> String {
        "the name or ARN of an IAM role".to_owned()
    }

    fn schema() -> Value {
        json!({"type": "string", "pattern": r"^[A-Za-z0-9_+=,.@/:{}-]+$"})
    }

    fn decode(node: &Node, decoder: &mut Decoder) -> Option<Self> {
        let template = Template::decode(node, decoder)?;
        if let Some(message) = problem_of_role(template.raw(), template.fill("environment")) {
            decoder.report(
                Diagnostic::error("invalid-role", message)
                    .at(node.span, "")
                    .help("write a name such as `EventsToCentral`, or an ARN such as `arn:aws:iam::111122223333:role/EventsToCentral`"),
            );
        }
        // A role that is no role is there all the same: that a topic lacks one would only be an echo.
        Some(Self(template))
    }
}

/// A KMS operation that changes a key, or who may use it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct EventName(&'static str);

impl EventName {
    /// The name as CloudTrail writes it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        self.0
    }

    /// EventBridge gets no read-only events and would get each use of a key; events about no single key have no key
    /// to be found by, and what KMS does by itself is no API call.
    /// Source: EventBridge user guide, "Receiving read-only management events from AWS services".
    fn all() -> impl Iterator<Item = &'static str> {
        let is_change = |action: &&Action| !matches!(action.class, Class::Use | Class::Read);
        let of_a_key = |name: &&str| {
            !name.contains("CustomKeyStore")
                && !matches!(*name, "CreateKey" | "SynchronizeMultiRegionKey")
        };
        let changes = actions::ACTIONS.iter().filter(is_change);
        changes.map(|action| action.name).filter(of_a_key)
    }
}

impl FieldType for EventName {
    fn describe() -> String {
        "the name of a KMS operation that changes a key".to_owned()
    }

    fn schema() -> Value {
        json!({"enum": Self::all().collect::<Vec<_>>()})
    }

    fn decode(node: &Node, decoder: &mut Decoder) -> Option<Self> {
        let Some(written) = node.as_text() else {
            decoder.wrong_type(node, &Self::describe(), "write a name such as `DisableKey`");
            return None;
        };
        let found = Self::all().find(|name| *name == written);
        if found.is_none() {
            let message = match actions::find(written) {
                Some(action) if action.name == written => {
                    format!("`{written}` does not change a key")
                }
                _ => format!("unknown event `{written}`"),
            };
            let bare = written.strip_prefix("kms:").unwrap_or(written);
            decoder.report(
                Diagnostic::error("unknown-event", message)
                    .at(node.span, "")
                    .did_you_mean(bare, Self::all())
                    .help(format!(
                        "known: {}",
                        Self::all().collect::<Vec<_>>().join(", ")
                    )),
            );
        }
        found.map(Self)
    }
}

/// Declares a text with placeholders in which only some characters can stand.
macro_rules! checked_template {
    ($(#[doc = $doc:literal])+ $name:ident, $described:literal, $pattern:literal, $problem:expr) => {
        $(#[doc = $doc])+
        #[derive(Debug, Clone, PartialEq, Eq)]
        pub struct $name(Template);

        impl $name {
            /// The text for an environment.
            #[must_use]
            pub fn fill(&self, environment: &str) -> Text {
                self.0.fill(environment)
            }
        }

        impl FieldType for $name {
            fn describe() -> String {
                $described.to_owned()
            }

            fn schema() -> Value {
                json!({"type": "string", "pattern": $pattern})
            }

            fn decode(node: &Node, decoder: &mut Decoder) -> Option<Self> {
                let template = Template::decode(node, decoder)?;
                let check: fn(&str, &Text) -> Option<(String, &'static str)> = $problem;
                let Some((message, help)) = check(template.raw(), &template.fill("environment")) else {
                    return Some(Self(template));
                };
                decoder.report(
                    Diagnostic::error("invalid-name", message)
                        .at(node.span, "")
                        .help(help),
                );
                None
            }
        }
    };
}

checked_template!(
    /// A log group of CloudWatch Logs. Source: CloudWatch Logs API reference, `CreateLogGroup`.
    LogGroup,
    "the name of a log group",
    r"^[A-Za-z0-9._/#{}-]+$",
    |written, name| {
        let allowed = |c: char| c.is_ascii_alphanumeric() || "._/#-".contains(c);
        let odd = name.literals().flat_map(str::chars).find(|c| !allowed(*c));
        if let Some(odd) = odd {
            let message = format!("`{written}` is no name of a log group: it holds `{odd}`");
            return Some((message, "use letters, digits and `._/#-`; an ARN is no name"));
        }
        let most = limits::LOG_GROUP_LENGTH;
        let length = name.resolve(limits::longest).chars().count();
        (length > most).then(|| {
            let message = format!("the name of a log group has at most {most} characters, this one up to {length}");
            (message, "use the name of the log group")
        })
    }
);

checked_template!(
    /// The beginning of the names of parameters.
    ///
    /// Source: Systems Manager user guide, "Understanding parameter name requirements and constraints".
    ParameterPath,
    "a path that begins with `/`",
    "^/[A-Za-z0-9._/{}-]*[A-Za-z0-9._{}-]$",
    |written, path| {
        let allowed = |c: char| c.is_ascii_alphanumeric() || "._/-".contains(c);
        let odd = path.literals().flat_map(str::chars).find(|c| !allowed(*c));
        if let Some(odd) = odd {
            let message = format!("`{odd}` cannot stand in the name of a parameter");
            return Some((message, "use letters, digits and `._-`, with `/` between"));
        }
        let whole = path.resolve(limits::longest);
        let words: Vec<&str> = whole.split('/').collect();
        let Some(("", names)) = words.split_first().map(|(first, rest)| (*first, rest)) else {
            let message = format!("`{written}` does not begin with `/`");
            return Some((message, "write a path such as `/kms/{environment}`"));
        };
        if names.iter().any(|name| name.is_empty()) {
            let message = format!("`{written}` has an empty part");
            return Some((message, "write single `/` between names, and none at the end"));
        }
        let first = names.first().map(|name| name.to_ascii_lowercase());
        let reserved = first.filter(|name| name.starts_with("aws") || name.starts_with("ssm"));
        reserved.map(|_| {
            let message = "names of parameters that begin with `aws` or `ssm` are reserved for AWS";
            (message.to_owned(), "begin the path with another name, such as `/kms`")
        })
    }
);
