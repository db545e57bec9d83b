//! References to parameters and resources, and what is known of a resource's name and ARN before it exists.
//!
//! Source: CloudFormation template reference, "Return values" of each kind of resource.

use super::{Argument, Call, Reader};
use crate::iam::value::ValueKind;
use crate::iam::{Arn, Part, Text, Variable};
use crate::target::cloudformation::variable;
use crate::yaml::NodeKind;

/// What an ARN of IAM says of a kind of resource: its part of the ARN, and the property that names it.
fn of_iam(kind: &str) -> Option<(&'static str, &'static str)> {
    match kind {
        "AWS::IAM::Role" => Some(("role", "RoleName")),
        "AWS::IAM::User" => Some(("user", "UserName")),
        "AWS::IAM::Group" => Some(("group", "GroupName")),
        "AWS::IAM::InstanceProfile" => Some(("instance-profile", "InstanceProfileName")),
        _ => None,
    }
}

fn is_key(kind: &str) -> bool {
    matches!(kind, "AWS::KMS::Key" | "AWS::KMS::ReplicaKey")
}

/// A name that only deployment knows.
fn hole(name: &str) -> Text {
    Text::unknown(format!("${{{name}}}"))
}

impl<'t> Reader<'t, '_> {
    /// What a name stands for; `None` for a name that the template has not.
    pub(super) fn reference(&self, name: &'t str, call: &Call<'t>) -> Option<ValueKind> {
        let span = call.span;
        if let Some(parameter) = self.template.parameters.get(name) {
            return Some(self.parameter(name, parameter, span));
        }
        if let Some(variable) = variable(name) {
            return Some(ValueKind::Text(Text::variable(variable)));
        }
        match name {
            "AWS::StackName" | "AWS::StackId" | "AWS::NotificationARNs" => {
                return Some(ValueKind::Unknown(format!("${{{name}}}")));
            }
            _ if name.starts_with("AWS::") => return None,
            _ => {}
        }
        Some(self.attribute(name, "", call))
    }

    /// `Fn::GetAtt` in both forms.
    pub(super) fn get_att(&self, call: &Call<'t>) -> Option<ValueKind> {
        let (resource, attribute) = match call.argument.kind()? {
            NodeKind::Scalar(scalar) => scalar.text.split_once('.')?,
            NodeKind::Sequence(items) => match items.as_slice() {
                [resource, attribute] => {
                    let resource = Argument::of(resource).word()?;
                    let attribute = self.value(attribute)?;
                    if let ValueKind::Unknown(_) = attribute.kind {
                        return Some(self.unknown(call.node));
                    }
                    let attribute = attribute.into_literal().ok()?;
                    return Some(self.attribute(resource, &attribute, call));
                }
                _ => return None,
            },
            NodeKind::Mapping(_) => return None,
        };
        Some(self.attribute(resource, attribute, call))
    }

    /// An attribute of a resource; what `Ref` says of it where there is no attribute.
    pub(super) fn attribute(
        &self,
        resource: &'t str,
        attribute: &str,
        call: &Call<'t>,
    ) -> ValueKind {
        let known = self.deeper(call.span, || self.known_attribute(resource, attribute));
        let whole = match attribute {
            "" => hole(resource),
            _ => hole(&format!("{resource}.{attribute}")),
        };
        if !self.template.resources.contains_key(resource) && !self.template.adds_resources {
            let message = format!("`{resource}` is no parameter and no resource of this template");
            self.doubt(call.span, message);
        }
        self.text(known.flatten().unwrap_or(whole), call.span)
    }

    fn known_attribute(&self, resource: &'t str, attribute: &str) -> Option<Text> {
        let Some(kind) = self.template.kind(resource) else {
            return (attribute == "Arn" && self.is_role_of_function(resource))
                .then(|| Text::concat([&Arn::iam(&account(), "role/"), &hole(resource)]));
        };
        if is_key(kind) {
            return match attribute {
                "" | "KeyId" => Some(hole(resource)),
                "Arn" => Some(Text::concat([&key_arn(), &hole(resource)])),
                _ => None,
            };
        }
        if kind == "AWS::KMS::Alias" && attribute.is_empty() {
            return self.property_text(resource, "AliasName");
        }
        let (part, named_by) = of_iam(kind)?;
        let name = || {
            self.property_text(resource, named_by)
                .unwrap_or_else(|| hole(resource))
        };
        match attribute {
            "" => Some(name()),
            "Arn" => {
                let path = self.property_text(resource, "Path");
                let path = path.unwrap_or_else(|| Text::literal("/"));
                Some(Text::concat([&Arn::iam(&account(), part), &path, &name()]))
            }
            _ => None,
        }
    }

    /// Roles that SAM makes for functions and state machines.
    /// Source: AWS SAM developer guide, "Generated CloudFormation resources".
    fn is_role_of_function(&self, resource: &str) -> bool {
        let owner = resource.strip_suffix("Role");
        let kind = owner.and_then(|owner| self.template.kind(owner));
        self.template.adds_resources
            && matches!(
                kind,
                Some("AWS::Serverless::Function" | "AWS::Serverless::StateMachine")
            )
    }

    /// A property that is text; `None` where there is none.
    fn property_text(&self, resource: &'t str, name: &str) -> Option<Text> {
        let node = self.template.property(resource, name)?;
        // A name that is made of itself.
        if self.naming.borrow().contains(&resource) {
            self.doubt(
                node.span,
                format!("the name of `{resource}` depends on itself"),
            );
            return None;
        }
        self.naming.borrow_mut().push(resource);
        let value = self.value(node);
        self.naming.borrow_mut().pop();
        value.map(|value| self.as_text(value))
    }

    /// The key of this template whose id or ARN a value is.
    pub(in super::super) fn key_named(&self, value: &ValueKind) -> Option<String> {
        let last = match value {
            ValueKind::Unknown(written) => written,
            ValueKind::Text(text) => match text.parts() {
                [.., Part::Literal(before), Part::Unknown(written)] if before.ends_with("/") => {
                    written
                }
                _ => return None,
            },
            _ => return None,
        };
        let name = last.strip_prefix("${")?.strip_suffix('}')?;
        let kind = self.template.kind(name)?;
        is_key(kind).then(|| name.to_owned())
    }
}

fn account() -> Text {
    Text::variable(Variable::Account)
}

/// The ARN of a key up to its id.
fn key_arn() -> Text {
    let mut arn = Text::literal("arn:");
    arn.push_variable(Variable::Partition);
    arn.push_str(":kms:");
    arn.push_variable(Variable::Region);
    arn.push_str(":");
    arn.push_variable(Variable::Account);
    arn.push_str(":key/");
    arn
}
