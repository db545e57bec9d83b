//! Names of resources, made from a key's logical name and its aliases.

use heck::ToSnakeCase;

use crate::iam::Text;
use crate::kms::companion::{CompanionPolicy, ConsumedKey};
use crate::kms::{Alias, Events, Key, Origin, Stack, WatchRule};

/// PascalCase with every character other than a letter or digit as a word break; a leading digit gets `Key` in front.
///
/// Empty when the text has no letter or digit.
#[must_use]
pub fn pascal_case(text: &str) -> String {
    let mut name = String::new();
    for word in text.split(|character: char| !character.is_ascii_alphanumeric()) {
        let mut characters = word.chars();
        if let Some(first) = characters.next() {
            name.push(first.to_ascii_uppercase());
            name.push_str(characters.as_str());
        }
    }
    if name.starts_with(|first: char| first.is_ascii_digit()) {
        name.insert_str(0, "Key");
    }
    name
}

/// What makes the name of one ARN that of a list.
fn plural(key: &ConsumedKey) -> &'static str {
    if key.many { "s" } else { "" }
}

/// How one target names the resources of a key.
pub trait Naming {
    /// The resource of the key itself.
    fn key(&self, id: &str) -> String;

    /// The resource of the alias at a place in the key's list, the main one first.
    fn alias(&self, id: &str, index: usize, alias: &Text) -> String;

    /// What readers know the resource of a key by.
    fn resource(&self, origin: Origin, replica: bool, id: &str) -> String;

    /// The parameter or variable that gives a replica the ARN of its primary key.
    fn primary(&self, id: &str) -> String;

    /// That parameter or variable as readers find it written.
    fn primary_reference(&self, id: &str) -> String;

    /// The logical name that the target knows the key by.
    fn id<'k>(&self, key: &'k Key) -> &'k str;

    /// The resources of a key's aliases, in order.
    fn aliases(&self, key: &Key) -> Vec<String> {
        let resource =
            |(index, alias): (usize, &Alias)| self.alias(self.id(key), index, &alias.name);
        key.aliases.iter().enumerate().map(resource).collect()
    }
}

/// An alias as part of a resource's name: deployment-time parts by their names.
fn alias_words(alias: &Text) -> String {
    let text = alias.to_string();
    pascal_case(text.strip_prefix("alias/").unwrap_or(&text))
}

/// Logical ids of CloudFormation. They cannot change without replacing the key, so a renamed key keeps its old one.
#[derive(Debug, Clone, Copy)]
pub struct CloudFormation;

impl Naming for CloudFormation {
    fn key(&self, id: &str) -> String {
        format!("{id}Key")
    }

    fn alias(&self, id: &str, index: usize, alias: &Text) -> String {
        match index {
            0 => format!("{id}Alias"),
            _ => format!("{id}Alias{}", alias_words(alias)),
        }
    }

    fn resource(&self, _origin: Origin, _replica: bool, id: &str) -> String {
        self.key(id)
    }

    fn primary(&self, id: &str) -> String {
        format!("{id}PrimaryKeyArn")
    }

    fn primary_reference(&self, id: &str) -> String {
        format!("${{{}}}", self.primary(id))
    }

    fn id<'k>(&self, key: &'k Key) -> &'k str {
        key.was.first().unwrap_or(&key.name)
    }
}

impl CloudFormation {
    /// The type of a key's resource. Source: CloudFormation template reference, "AWS KMS resource type reference".
    #[must_use]
    pub fn kind(&self, replica: bool) -> &'static str {
        if replica {
            "AWS::KMS::ReplicaKey"
        } else {
            "AWS::KMS::Key"
        }
    }

    /// The output that gives the key's ARN.
    #[must_use]
    pub fn output(&self, id: &str) -> String {
        format!("{id}KeyArn")
    }

    /// The parameter of a companion template that takes a key's ARN: it is called as the output that gives it, or the many
    /// that do.
    #[must_use]
    pub fn arn_parameter(&self, key: &ConsumedKey) -> String {
        let output = self.output(key.was.as_deref().unwrap_or(&key.name));
        format!("{output}{}", plural(key))
    }

    /// The resource of a companion policy.
    #[must_use]
    pub fn policy(&self, policy: &CompanionPolicy) -> String {
        format!("{}Policy", policy.name)
    }

    /// The SSM parameter with the key's ARN.
    #[must_use]
    pub fn parameter(&self, id: &str) -> String {
        format!("{id}Parameter")
    }

    /// A rule for events. No key has resources of such names: theirs end in a word, or hold `Alias`.
    #[must_use]
    pub fn rule(&self, rule: &WatchRule) -> String {
        match rule.events {
            Events::Calls(_) => format!("Watch{}", rule.number),
            Events::Expiration => format!("WatchExpiration{}", rule.number),
        }
    }

    /// The metric filter of the stack's alarm.
    pub const METRIC_FILTER: &'static str = "WatchMetricFilter";
    /// The stack's alarm.
    pub const ALARM: &'static str = "WatchAlarm";
}

/// Resource names of Terraform.
#[derive(Debug, Clone, Copy)]
pub struct Terraform;

impl Naming for Terraform {
    fn key(&self, id: &str) -> String {
        id.to_snake_case()
    }

    fn alias(&self, id: &str, index: usize, alias: &Text) -> String {
        match index {
            0 => id.to_snake_case(),
            _ => format!(
                "{}_{}",
                id.to_snake_case(),
                alias_words(alias).to_snake_case()
            ),
        }
    }

    fn resource(&self, origin: Origin, replica: bool, id: &str) -> String {
        match (self.kind(origin, replica), self.key(id)) {
            // The usual type goes without saying.
            ("aws_kms_key", name) => name,
            (kind, name) => format!("{kind}.{name}"),
        }
    }

    fn primary(&self, id: &str) -> String {
        format!("{}_primary_key_arn", id.to_snake_case())
    }

    fn primary_reference(&self, id: &str) -> String {
        format!("var.{}", self.primary(id))
    }

    fn id<'k>(&self, key: &'k Key) -> &'k str {
        &key.name
    }
}

impl Terraform {
    /// The type of a key's resource. Source: documentation of terraform-provider-aws, "KMS".
    #[must_use]
    pub fn kind(&self, origin: Origin, replica: bool) -> &'static str {
        match (origin == Origin::External, replica) {
            (false, false) => "aws_kms_key",
            (false, true) => "aws_kms_replica_key",
            (true, false) => "aws_kms_external_key",
            (true, true) => "aws_kms_replica_external_key",
        }
    }

    /// The address of a key's resource.
    #[must_use]
    pub fn address(&self, origin: Origin, replica: bool, id: &str) -> String {
        format!("{}.{}", self.kind(origin, replica), self.key(id))
    }

    /// The variable of a companion module that takes a key's ARN: it is called as the output that gives it, or the many
    /// that do.
    #[must_use]
    pub fn arn_variable(&self, key: &ConsumedKey) -> String {
        format!("{}_key_arn{}", self.key(&key.name), plural(key))
    }

    /// The resource of a companion policy, without its type.
    #[must_use]
    pub fn policy(&self, policy: &CompanionPolicy) -> String {
        policy.name.to_snake_case()
    }

    /// A rule for events, and its target.
    #[must_use]
    pub fn rule(&self, rule: &WatchRule) -> String {
        match rule.events {
            Events::Calls(_) => format!("watch_{}", rule.number),
            Events::Expiration => format!("watch_expiration_{}", rule.number),
        }
    }

    /// The stack's metric filter and its alarm.
    pub const ALARM: &'static str = "watch";

    /// The SSM parameter with the key's ARN.
    #[must_use]
    pub fn parameter(&self, id: &str) -> String {
        id.to_snake_case()
    }

    /// Addresses of renamed resources, from and to: one step for each rename, since no two resources may move to one.
    /// Source: Terraform language documentation, "Refactor modules", "Chain `moved` blocks".
    #[must_use]
    pub fn moves(&self, stack: &Stack) -> Vec<(String, String)> {
        let mut moves = Vec::new();
        for (place, key) in stack.keys.iter().enumerate() {
            // A key that has its first name again did not move from it.
            let former = key.was.iter().filter(|was| **was != key.name);
            let names: Vec<_> = former.chain([&key.name]).collect();
            let mut parameters = stack.signals.parameters.iter();
            let has_parameter = parameters.any(|parameter| parameter.key == place);
            for (was, now) in names.iter().zip(names.iter().skip(1)) {
                let address = |id| self.address(key.origin, key.replica, id);
                moves.push((address(was), address(now)));
                for (index, alias) in key.aliases.iter().enumerate() {
                    let address =
                        |id| format!("aws_kms_alias.{}", self.alias(id, index, &alias.name));
                    moves.push((address(was), address(now)));
                }
                if has_parameter {
                    let address = |id| format!("aws_ssm_parameter.{}", self.parameter(id));
                    moves.push((address(was), address(now)));
                }
            }
        }
        // Names that differ only in case are one in snake_case.
        moves.retain(|(from, to)| from != to);
        moves
    }

    /// Addresses that are forgotten without being destroyed: released keys and their aliases.
    #[must_use]
    pub fn removals(&self, stack: &Stack) -> Vec<String> {
        let addresses = stack.released.iter().flat_map(|released| {
            let key = self.key(&released.id);
            let more = released.aliases.iter().enumerate();
            let more = more.map(|(index, alias)| self.alias(&released.id, index + 1, alias));
            let aliases = [key.clone()].into_iter().chain(more);
            let aliases = aliases.map(|alias| format!("aws_kms_alias.{alias}"));
            let replica = stack.replicas_in.is_some();
            let key = [self.address(released.origin, replica, &released.id)];
            key.into_iter().chain(aliases).collect::<Vec<_>>()
        });
        addresses.collect()
    }
}
