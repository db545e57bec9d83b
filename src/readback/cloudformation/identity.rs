//! Policies of users, groups and roles.

use super::reader::{self, Outcome, Reader};
use super::template::Template;
use crate::iam::value::{Member, Value, ValueKind};
use crate::readback::found::{Found, FoundIdentityPolicy};
use crate::readback::identity;
use crate::yaml::Entry;

/// Resources that are an inline policy or hold some.
/// Source: CloudFormation template reference, "AWS Identity and Access Management".
pub(super) const INLINE: [&str; 7] = [
    "AWS::IAM::Group",
    "AWS::IAM::GroupPolicy",
    "AWS::IAM::Policy",
    "AWS::IAM::Role",
    "AWS::IAM::RolePolicy",
    "AWS::IAM::User",
    "AWS::IAM::UserPolicy",
];

/// Reads the policies of a resource, in every way in which the template can make it. What is in doubt about other
/// properties does not matter here.
pub(super) fn read<'t>(template: &Template<'t>, entry: &'t Entry, inline: bool, found: &mut Found) {
    let (variants, _) = reader::each(template, |reader| reader.identity_policies(entry, inline));
    for (when, outcome) in variants {
        if let Outcome::Read(policies) = outcome {
            let policies = policies.into_iter().map(|policy| FoundIdentityPolicy {
                when: when.clone(),
                ..policy
            });
            found.identity_policies.extend(policies);
        }
    }
}

impl<'t> Reader<'t, '_> {
    fn identity_policies(&self, resource: &'t Entry, inline: bool) -> Vec<FoundIdentityPolicy> {
        if !self.is_made(resource) {
            return Vec::new();
        }
        let mut documents = Vec::new();
        for member in self.properties(resource) {
            match member.name.as_str() {
                "PolicyDocument" => documents.push(member.value),
                "Policies" => {
                    for policy in member.value.into_one_or_many() {
                        documents.extend(document_of(policy));
                    }
                }
                _ => {}
            }
        }
        let waivers = self.waivers(resource);
        // What is not resolved in other properties is no doubt about keys.
        self.take_notes();
        let is_resource = |written: &str| {
            let name = written
                .strip_prefix("${")
                .and_then(|it| it.strip_suffix('}'));
            name.is_some_and(|name| {
                let parameter = self.template.parameters.get(name);
                self.template.resources.contains_key(name)
                    || parameter.is_some_and(|it| it.is_key_arn)
            })
        };
        let policies = documents.into_iter().map(|document| FoundIdentityPolicy {
            resource: resource.name().to_owned(),
            inline,
            span: resource.key.span,
            when: Vec::new(),
            policy: identity::policy(document, &is_resource),
            waivers: waivers.clone(),
        });
        policies.collect()
    }
}

fn document_of(policy: Value) -> Option<Value> {
    let ValueKind::Object(members) = policy.kind else {
        return None;
    };
    let is_document = |member: &Member| member.name == "PolicyDocument";
    members.into_iter().find(is_document).map(|it| it.value)
}
