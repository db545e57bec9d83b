//! Prints what a workspace means, as JSON: every key of every stack, with deployment-time values filled in.
//!
//! ```text
//! cargo run --example meant -- WORKSPACE ACCOUNT PARTITION REGION
//! ```
//!
//! `tests/conformance` holds what real tools deploy against it. Nothing here is read from templates: keys come from the
//! library's compiled model, principals from the specs themselves.
//!
//! A stack that belongs in a Region, such as one of replicas, is meant for that one, unless it is of another partition.

use std::fmt;
use std::io::Write as _;
use std::path::Path;
use std::process::ExitCode;

use keywright::compile::{self, CompiledStack};
use keywright::diag::Diagnostic;
use keywright::iam::{Part, Text, Tree, Variable};
use keywright::kms::{Alias, Key, Partition, Region, Stack};
use keywright::source::Sources;
use keywright::spec::config::Config;
use keywright::spec::{
    AccountAccess, Capability, DeployerEntry, KeyDefinition, Named, PrincipalEntry, Target, Who,
};
use keywright::target::names::{CloudFormation, Naming, Terraform};
use keywright::target::paths;
use keywright::workspace;
use serde_json::{Value, json};

const USAGE: &str = "usage: meant WORKSPACE ACCOUNT PARTITION REGION";

/// Where keys are deployed: what `{account}`, `{partition}` and `{region}` stand for.
#[derive(Clone)]
struct Deployment {
    account: String,
    partition: String,
    region: String,
}

impl Deployment {
    /// The same in the Region that a stack belongs in.
    fn of(&self, stack: &Stack) -> Self {
        let own = stack.replicas_in.as_ref().or(stack.home.as_ref());
        let own = own.filter(|region| region.partition().id() == self.partition);
        let region = own.map_or(self.region.as_str(), Region::name);
        Self {
            region: region.to_owned(),
            ..self.clone()
        }
    }

    fn fill(&self, text: &Text) -> String {
        let part = |part: &Part| match part {
            Part::Literal(literal) => literal.clone(),
            Part::Variable(Variable::Account) => self.account.clone(),
            Part::Variable(Variable::Partition) => self.partition.clone(),
            Part::Variable(Variable::Region) => self.region.clone(),
            Part::Variable(Variable::UrlSuffix) => {
                let partition = Partition::named(&self.partition);
                partition.map_or("", Partition::dns_suffix).to_owned()
            }
            // Only in what others wrote.
            Part::Unknown(_) => String::new(),
        };
        text.parts().iter().map(part).collect()
    }
}

fn main() -> ExitCode {
    let mut arguments = std::env::args().skip(1);
    let mut next = || arguments.next();
    let (Some(workspace), Some(account), Some(partition), Some(region)) =
        (next(), next(), next(), next())
    else {
        return fail(USAGE);
    };
    let deployment = Deployment {
        account,
        partition,
        region,
    };
    match meant(Path::new(&workspace), &deployment) {
        Ok(meant) => match writeln!(std::io::stdout().lock(), "{meant:#}") {
            Ok(()) => ExitCode::SUCCESS,
            Err(error) => fail(error),
        },
        Err(problem) => fail(problem),
    }
}

fn fail(problem: impl fmt::Display) -> ExitCode {
    // Without standard error there is nobody to tell.
    let _ = writeln!(std::io::stderr().lock(), "meant: {problem}");
    ExitCode::from(2)
}

/// Everything that the workspace means.
fn meant(root: &Path, deployment: &Deployment) -> Result<Value, String> {
    let mut sources = Sources::new();
    let mut diagnostics = Vec::new();
    let workspace = workspace::load(root, &mut sources, &mut diagnostics);
    let stacks = workspace
        .as_ref()
        .map(|workspace| workspace::generate::compile(workspace, &mut diagnostics));
    if let Some(error) = diagnostics.iter().find(|found| found.is_error()) {
        return Err(error.message.clone());
    }
    let (Some(workspace), Some(stacks)) = (&workspace, &stacks) else {
        return Err("this workspace cannot be loaded".to_owned());
    };
    let config = &workspace.config;
    let stacks = stacks
        .iter()
        .map(|compiled| stack(compiled, config, deployment))
        .collect::<Result<Vec<_>, _>>()?;
    Ok(json!({
        "account": deployment.account,
        "partition": deployment.partition,
        "region": deployment.region,
        "stacks": stacks,
    }))
}

fn stack(
    compiled: &CompiledStack<'_>,
    config: &Config,
    deployment: &Deployment,
) -> Result<Value, String> {
    let stack = &compiled.stack;
    let environment = compiled.definition.environment;
    let targets = compiled.targets(config);
    let makes = |target| targets.contains(&target);
    let deployment = &deployment.of(stack);
    let keys = stack.keys.iter().zip(&compiled.declarations);
    let keys = keys
        .map(|(compiled, declared)| key(compiled, declared, &environment.name, config, deployment))
        .collect::<Result<Vec<_>, _>>()?;
    Ok(json!({
        "environment": environment.name,
        "protected": environment.protected,
        "deny_deletion": environment.deny_deletion,
        "administration": config.administration.as_str(),
        "stack": stack.place(),
        "region": deployment.region,
        "home": stack.home.as_ref().map(Region::name),
        "replicas": stack.replicas_in.is_some(),
        "spec": compiled.definition.spec.path,
        "template": makes(Target::CloudFormation).then(|| paths::cloudformation(stack)),
        "module": makes(Target::Terraform)
            .then(|| paths::terraform(stack, "").trim_end_matches('/').to_owned()),
        "keys": keys,
    }))
}

fn key(
    key: &Key,
    declared: &KeyDefinition,
    environment: &str,
    config: &Config,
    deployment: &Deployment,
) -> Result<Value, String> {
    let names = |naming: &dyn Naming| {
        let id = naming.id(key);
        let primary = key.replica.then(|| naming.primary(id));
        json!({"key": naming.key(id), "aliases": naming.aliases(key), "primary": primary})
    };
    let store = key.custom_key_store.as_ref();
    let store = store.map(|store| json!({"id": store.id, "xks_key_id": store.xks_key_id}));
    let tags = key.tags.iter();
    let tags: serde_json::Map<_, _> = tags
        .map(|(name, value)| (name.clone(), deployment.fill(value).into()))
        .collect();
    let alias =
        |alias: &Alias| json!({"name": deployment.fill(&alias.name), "retained": alias.retained});
    let capabilities = compile::capabilities(key.key_spec, key.key_usage);
    let mut diagnostics = Vec::new();
    let users = declared.users.iter().flatten().map(|entry| &entry.0);
    let users = config.expand(users, &mut diagnostics);
    let administrators = declared.administrators.as_ref();
    let administrators = administrators.unwrap_or(&config.administrators).iter();
    let administrators = administrators.map(|entry| &entry.0);
    let administrators = config.expand_administrators(administrators, &mut diagnostics);
    let principals = |entries: Vec<(&PrincipalEntry, _)>| {
        let entries = entries.into_iter();
        let entries = entries.map(|(entry, _)| principal(entry, environment, config, deployment));
        entries.collect::<Result<Vec<_>, _>>()
    };
    let account_access = config.account_access_of(declared);
    let root_user_only = account_access == AccountAccess::RootUserOnly;
    let mut keepers = |list: &[DeployerEntry]| {
        let entries = config.expand_deployers(list, &mut diagnostics);
        let entries = entries.into_iter().filter(|_| root_user_only);
        principals(entries.collect())
    };
    let deployers = keepers(&config.deployers)?;
    let break_glass = keepers(&config.break_glass)?;
    Ok(json!({
        "account_access": account_access.as_str(),
        "deployers": deployers,
        "break_glass": break_glass,
        "name": key.name,
        "cloudformation": names(&CloudFormation),
        "terraform": names(&Terraform),
        "description": key.description,
        "key_spec": key.key_spec.as_str(),
        "key_usage": key.key_usage.as_str(),
        "origin": key.origin.as_str(),
        "custom_key_store": store,
        "multi_region": key.multi_region,
        "replica": key.replica,
        "enabled": key.enabled,
        "rotation": key.rotation.map(|rotation| json!({"period_days": rotation.period_days})),
        "deletion_window_days": key.deletion_window_days,
        "retained": key.retained,
        "retired": declared.retire.is_some(),
        "tags": tags,
        "aliases": key.aliases.iter().map(alias).collect::<Vec<_>>(),
        "policy": Tree::from(&key.policy).to_json(&|text| deployment.fill(text)),
        "capabilities": words(&capabilities),
        "users": principals(users)?,
        "administrators": principals(administrators)?,
        "statements": own_statements(declared, environment)?,
    }))
}

/// The Sids of the statements that the spec holds in AWS's words.
fn own_statements(
    declared: &KeyDefinition,
    environment: &str,
) -> Result<Vec<Option<String>>, String> {
    let own = declared.statements.iter().flatten();
    own.map(|raw| raw.compile(environment).map(|statement| statement.sid))
        .collect::<Result<_, _>>()
        .map_err(|diagnostic: Diagnostic| diagnostic.message)
}

fn words(capabilities: &[Capability]) -> Vec<&'static str> {
    let words = capabilities.iter().map(|capability| capability.as_str());
    words.collect()
}

/// An entry as the spec says it; accounts by id, and everything that is filled in at deployment.
fn principal(
    entry: &PrincipalEntry,
    environment: &str,
    config: &Config,
    deployment: &Deployment,
) -> Result<Value, String> {
    let said = |diagnostic: Diagnostic| diagnostic.message;
    let (kind, name) = match &entry.who.value {
        Who::Service(service) => ("service", service.service.slug.to_owned()),
        Who::Role(name) => ("role", name.as_str().to_owned()),
        Who::User(name) => ("user", name.as_str().to_owned()),
        Who::PermissionSet(name) => ("permission_set", name.as_str().to_owned()),
        Who::Arn(arn) => ("arn", deployment.fill(&arn.0.fill(environment))),
        Who::Account(account) => {
            let account = keywright::spec::field::Spanned {
                value: account.clone(),
                span: entry.who.span,
            };
            let account = config.account(&account).map_err(said)?;
            ("account", account.as_str().to_owned())
        }
        Who::Organization(reference) => {
            let id = config
                .organization(reference, entry.who.span)
                .map_err(said)?;
            ("organization", id.to_owned())
        }
        Who::OrganizationalUnit(path) => {
            let (organization, units) = path.split();
            let id = config
                .organization(&organization, entry.who.span)
                .map_err(said)?;
            ("organizational_unit", format!("{id}/{units}"))
        }
        Who::Set(name) => ("set", name.as_str().to_owned()),
        Who::StackSets(way) => ("stack_sets", way.as_str().to_owned()),
    };
    let parameters: serde_json::Map<_, _> = match &entry.who.value {
        Who::Service(service) => {
            let parameters = service.parameters.iter();
            parameters
                .map(|(name, values)| {
                    let values = values.iter();
                    let values =
                        values.map(|value| deployment.fill(&value.value.fill(environment)));
                    (name.value.clone(), values.collect())
                })
                .collect()
        }
        _ => serde_json::Map::new(),
    };
    let qualifiers = &entry.qualifiers;
    let account = qualifiers.account.as_ref();
    let account = account.map(|account| config.account(account)).transpose();
    let account = account.map_err(said)?;
    let organization = qualifiers.organization.as_ref();
    let organization = organization.map(|it| config.organization(&it.value, it.span));
    let organization = organization.transpose().map_err(said)?;
    let matching = qualifiers.matching.as_ref().map(|matching| matching.value);
    let permission_sets = qualifiers.permission_sets.as_ref();
    let permission_sets = permission_sets.map_or(config.permission_sets, |own| own.value);
    let access = qualifiers.access.as_ref();
    let access = access.map(|access| access.iter().map(|word| word.value.as_str()));
    let via = qualifiers.via.as_ref();
    let via = via.map(|via| via.iter().map(|name| name.value.as_str()));
    let context = qualifiers.context.as_ref().map(|Named(context)| {
        let fill = |value: &keywright::spec::Value256| deployment.fill(&value.0.fill(environment));
        let context = context.iter();
        let context = context.map(|(name, value)| (name.value.0.clone(), fill(value).into()));
        context.collect::<serde_json::Map<String, Value>>()
    });
    Ok(json!({
        "kind": kind,
        "name": name,
        "account": account.as_ref().map(|account| account.as_str()),
        "organization": organization,
        "match": matching.map(|matching| matching.as_str()),
        "permission_sets": (kind == "permission_set").then(|| permission_sets.as_str()),
        "access": access.map(|access| access.collect::<Vec<_>>()),
        "via": via.map(|via| via.collect::<Vec<_>>()),
        "context": context,
        "parameters": parameters,
    }))
}
