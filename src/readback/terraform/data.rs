//! Attributes of resources and data sources that a file tells: identity, partition and Region, names and ARNs.

use super::body::Block;
use super::evaluate::{Context, Evaluator, Home};
use super::value::{Instances, Kind, Resource};
use super::variables::framed;
use crate::iam::{Text, Variable};
use crate::source::Span;
use crate::target::terraform::LOOKUPS;

/// Services whose principal has another domain in some partitions.
/// Source: terraform-provider-aws, `names.ServicePrincipalNameForPartition`.
const ELSEWHERE: [&str; 8] = [
    "cloudhsm",
    "codedeploy",
    "config",
    "dms",
    "ec2",
    "elasticmapreduce",
    "logs",
    "workspaces",
];

impl Evaluator<'_, '_> {
    pub(super) fn resource_attribute(
        &self,
        context: Context<'_>,
        span: Span,
        resource: &Resource,
        name: &str,
    ) -> Option<Kind> {
        if resource.instances != Instances::Single {
            return None;
        }
        let folder = self.world.folder(resource.module)?;
        let declared = if resource.data {
            &folder.data
        } else {
            &folder.resources
        };
        let named = (resource.kind.as_str(), resource.name.as_str());
        let block = declared.get(&named)?;
        if !resource.data && is_key(&resource.kind) {
            let path = self.world.path(resource.module);
            let known = matches!(name, "arn" | "id" | "key_id");
            return known.then(|| Kind::Attribute(format!("{path}{resource}"), name.to_owned()));
        }
        let top = Context {
            depth: context.depth + 1,
            ..Context::top(resource.module)
        };
        let frames = self.frames(top, block.body, resource.key.as_ref());
        framed(
            resource.module,
            &frames,
            context.depth + 1,
            |context| match (resource.data, resource.kind.as_str()) {
                (true, "aws_iam_policy_document") => match name {
                    "json" | "minified_json" => {
                        self.computed("a policy document", span);
                        Some(self.policy_document(context, block))
                    }
                    _ => None,
                },
                (true, _) => self.data(context, span, (resource, block), name),
                (false, _) => self.identity(context, span, (resource, block), name),
            },
        )
    }

    /// Whether a block looks at the account, partition and, where it matters, Region of the key.
    fn at_home(&self, module: usize, block: &Block<'_>) -> bool {
        self.home.provider == self.provider(module, block)
    }

    /// The provider of a block, as the root module calls it.
    pub(super) fn provider(&self, module: usize, block: &Block<'_>) -> String {
        let kind = block.labels.first().copied().unwrap_or_default();
        let given = block.body.argument("provider");
        let name = given.and_then(|argument| self.address(argument.value));
        let name = name.unwrap_or_else(|| kind.split('_').next().unwrap_or_default().to_owned());
        let providers = self.world.modules.get(module).map(|it| &it.providers);
        providers
            .and_then(|providers| providers.get(&name))
            .cloned()
            .unwrap_or(name)
    }

    /// Where a block is made.
    pub(super) fn home_of(&self, context: Context<'_>, block: &Block<'_>) -> Home {
        let region = block.body.argument("region").map(|argument| {
            let region = self.value(context, argument.value);
            region.literal().unwrap_or_else(|| "${region}".to_owned())
        });
        Home {
            provider: self.provider(context.module, block),
            region,
        }
    }

    fn data(
        &self,
        context: Context<'_>,
        span: Span,
        (resource, block): (&Resource, &Block<'_>),
        name: &str,
    ) -> Option<Kind> {
        let lookup = LOOKUPS
            .iter()
            .find(|it| it.data_source == resource.kind && it.attribute == name);
        if lookup.is_none() || resource.name != "current" || !block.body.is_empty() {
            self.computed("an attribute of a data source", span);
        }
        let argument = |name: &str| {
            let argument = block.body.argument(name)?;
            Some(self.value(context, argument.value))
        };
        let variable = |variable| {
            let home = self.at_home(context.module, block);
            home.then(|| Kind::Text(Text::variable(variable)))
        };
        match (resource.kind.as_str(), name) {
            ("aws_caller_identity", "account_id" | "id") => variable(Variable::Account),
            ("aws_partition", "partition" | "id") => variable(Variable::Partition),
            ("aws_partition", "dns_suffix") => variable(Variable::UrlSuffix),
            ("aws_region", "name" | "id" | "region") => {
                match argument("region").or_else(|| argument("name")) {
                    Some(region) => Some(region.kind),
                    None if argument("endpoint").is_some() || self.home.region.is_some() => None,
                    None => variable(Variable::Region),
                }
            }
            ("aws_iam_role", "arn") => self.arn(context, (resource, block), "role", None),
            ("aws_iam_user", "arn") => self.arn(context, (resource, block), "user", None),
            ("aws_iam_role", "name") | ("aws_iam_user", "user_name") => Some(argument(name)?.kind),
            ("aws_service_principal", "name") => {
                let service = argument("service_name")?.literal()?;
                let same = !ELSEWHERE.contains(&service.as_str());
                same.then(|| Kind::Text(Text::literal(format!("{service}.amazonaws.com"))))
            }
            _ => None,
        }
    }

    /// Roles and users that the module makes itself.
    fn identity(
        &self,
        context: Context<'_>,
        span: Span,
        (resource, block): (&Resource, &Block<'_>),
        name: &str,
    ) -> Option<Kind> {
        self.computed("an attribute of a resource", span);
        let word = match resource.kind.as_str() {
            "aws_iam_role" => "role",
            "aws_iam_user" => "user",
            _ => return None,
        };
        match name {
            "arn" => self.arn(context, (resource, block), word, Some("/")),
            "name" | "id" => {
                let argument = block.body.argument("name")?;
                Some(self.value(context, argument.value).kind)
            }
            _ => None,
        }
    }

    /// The ARN of a role or user of the key's account. What a data source finds may have any path.
    fn arn(
        &self,
        context: Context<'_>,
        (resource, block): (&Resource, &Block<'_>),
        word: &str,
        path: Option<&str>,
    ) -> Option<Kind> {
        if !self.at_home(context.module, block) {
            return None;
        }
        let piece = |name: &str| {
            let argument = block.body.argument(name)?;
            let value = self.value(context, argument.value);
            (!value.is_null()).then(|| value.word())?
        };
        let unknown = |name: &str| Text::unknown(format!("${{{resource}.{name}}}"));
        let path = match path {
            Some(path) => piece("path").unwrap_or_else(|| Text::literal(path)),
            None => unknown("path"),
        };
        let name = piece("name").or_else(|| piece("user_name"));
        let mut arn = Text::literal("arn:");
        arn.push_variable(Variable::Partition);
        arn.push_str(":iam::");
        arn.push_variable(Variable::Account);
        arn.push_str(&format!(":{word}"));
        arn.push_text(&path);
        arn.push_text(&name.unwrap_or_else(|| unknown("name")));
        Some(Kind::Text(arn))
    }
}

/// Whether a resource is a key.
pub(super) fn is_key(kind: &str) -> bool {
    matches!(
        kind,
        "aws_kms_key"
            | "aws_kms_external_key"
            | "aws_kms_replica_key"
            | "aws_kms_replica_external_key"
            | "awscc_kms_key"
            | "awscc_kms_replica_key"
    )
}
