//! The workspace's configuration: `keywright.yaml` laid over the defaults.

use std::collections::{BTreeMap, BTreeSet};

use super::field::{Decoder, FieldType, Spanned, without_echoes};
use super::{
    AccountAccess, AccountRef, Administration, AdministratorEntry, ControlId, ControlSettings,
    DeployerEntry, EnvironmentFields, KeyDefinition, Named, OrganizationId, OrganizationRef,
    ParameterFields, PermissionSets, PlainName, PrincipalEntry, RawStatement, RegionName, Switch,
    TagKey, Target, Value256, WatchFields, WorkspaceFields,
};
use crate::diag::Diagnostic;
use crate::iam::{AccountId, Text};
use crate::kms::limits;
use crate::source::{FileId, Sources, Span};
use crate::yaml;

/// Tags as given: key to value, still with placeholders.
pub type Tags = Named<TagKey, Value256>;

/// An environment with everything decided.
#[derive(Debug, Clone)]
pub struct Environment {
    /// Its name.
    pub name: String,
    /// Whether a key in it must never be lost.
    pub protected: bool,
    /// Whether key policies deny deletion.
    pub deny_deletion: bool,
    /// Days from scheduling a key's deletion to the deletion.
    pub deletion_window_days: u64,
    /// The accounts that belong to it.
    pub accounts: BTreeSet<AccountId>,
    /// Where a stack set takes keys to more accounts than can be listed: those that it leaves out. Keys may be in all
    /// others, whether they are among `accounts` or not.
    pub anywhere_but: Option<BTreeSet<AccountId>>,
    /// The Region that its stacks are deployed in, where it is one.
    pub region: Option<Spanned<RegionName>>,
    /// Policy statements of every key in it.
    pub statements: Vec<RawStatement>,
    /// Tags of every key in it.
    pub tags: Tags,
    /// Events about its keys, where it says something of them.
    pub watch: Option<Switch<WatchFields>>,
    /// Parameters with the ARNs of its keys, where it says something of them.
    pub parameters: Option<Switch<ParameterFields>>,
}

impl Environment {
    /// Whether its keys may be in an account.
    #[must_use]
    pub fn may_be_in(&self, account: &AccountId) -> bool {
        match &self.anywhere_but {
            Some(others) => !others.contains(account),
            None => self.accounts.contains(account),
        }
    }

    /// The only account that its keys can be in, where it is known.
    #[must_use]
    pub fn only_account(&self) -> Option<&AccountId> {
        let mut accounts = self.accounts.iter();
        match (&self.anywhere_but, accounts.next(), accounts.next()) {
            (None, Some(only), None) => Some(only),
            _ => None,
        }
    }
}

/// What holds for all specs of a workspace.
#[derive(Debug, Clone)]
pub struct Config {
    /// Which outputs are written.
    pub targets: BTreeSet<Target>,
    /// The environment of spec files that name none.
    pub environment: String,
    /// Environments by name.
    pub environments: BTreeMap<String, Environment>,
    /// Accounts by name.
    pub accounts: BTreeMap<String, AccountId>,
    /// Organizations by name.
    pub organizations: BTreeMap<String, OrganizationId>,
    /// Administrators of keys that name none.
    pub administrators: Vec<AdministratorEntry>,
    /// What key policies leave to the account where keys say nothing.
    pub account_access: AccountAccess,
    /// Who deploys keys that leave nothing to the account.
    pub deployers: Vec<DeployerEntry>,
    /// Who can mend such keys when their deployers are gone.
    pub break_glass: Vec<DeployerEntry>,
    /// Named lists of principals.
    pub sets: BTreeMap<String, Vec<PrincipalEntry>>,
    /// How administrators' access is written.
    pub administration: Administration,
    /// How permission sets are let in.
    pub permission_sets: PermissionSets,
    /// Whether templates carry reasons for scanners.
    pub scanner_annotations: bool,
    /// Whether users in other accounts get IAM policies.
    pub companion_policies: bool,
    /// Tags of every key.
    pub tags: Tags,
    /// Events about keys.
    pub watch: Option<Switch<WatchFields>>,
    /// Parameters with the ARNs of keys.
    pub parameters: Option<Switch<ParameterFields>>,
    /// Policy statements of every key.
    pub statements: Vec<RawStatement>,
    /// Keys of tags that every key must have.
    pub required_tags: Vec<String>,
    /// Accounts that may be let in beside the environments' own.
    pub trusted_accounts: BTreeSet<AccountId>,
    /// How controls are judged.
    pub controls: Vec<(Spanned<ControlId>, ControlSettings)>,
}

/// Waiting times before a key is deleted: as long as KMS lets where losing it hurts, else as short.
const PROTECTED_WINDOW: u64 = *limits::DELETION_WINDOW_DAYS.end();
const UNPROTECTED_WINDOW: u64 = *limits::DELETION_WINDOW_DAYS.start();

impl Config {
    /// The configuration of a workspace without a workspace file.
    ///
    /// # Errors
    /// None in practice: the defaults are part of the program, and a test reads them.
    pub fn defaults(sources: &mut Sources) -> Result<Self, Vec<Diagnostic>> {
        Self::load(sources, None)
    }

    /// The configuration from a workspace file's text, laid over the defaults.
    ///
    /// # Errors
    /// Everything that is wrong with the file.
    pub fn load(sources: &mut Sources, file: Option<FileId>) -> Result<Self, Vec<Diagnostic>> {
        let defaults = sources.add("keywright's defaults", include_str!("defaults.yaml"));
        let mut decoder = Decoder::default();
        let base = decode_workspace(sources, defaults, &mut decoder);
        let own = file.and_then(|file| decode_workspace(sources, file, &mut decoder));
        let config = base.map(|base| Self::merge(base, own, &mut decoder));
        match (config, decoder.finish()) {
            (Some(config), diagnostics) if diagnostics.is_empty() => Ok(config),
            (_, diagnostics) => Err(diagnostics),
        }
    }

    fn merge(base: WorkspaceFields, own: Option<WorkspaceFields>, decoder: &mut Decoder) -> Self {
        let mut own = own;
        macro_rules! chosen {
            ($field:ident) => {
                own.as_mut()
                    .and_then(|own| own.$field.take())
                    .or(base.$field)
            };
        }
        let accounts: BTreeMap<_, _> = chosen!(accounts)
            .unwrap_or_default()
            .0
            .into_iter()
            .map(|(name, id)| (name.value.as_str().to_owned(), id))
            .collect();
        let organizations = organizations(chosen!(organizations).unwrap_or_default(), decoder);
        let own_environments = own.as_mut().and_then(|own| own.environments.take());
        let mut declared: BTreeMap<String, EnvironmentFields> = BTreeMap::new();
        let layers = base.environments.into_iter().chain(own_environments);
        for (name, fields) in layers.flat_map(|layer| layer.0) {
            let name = name.value.as_str().to_owned();
            let fields = match declared.remove(&name) {
                Some(below) => lay_over(fields, below),
                None => fields,
            };
            declared.insert(name, fields);
        }
        let environments = declared
            .into_iter()
            .map(|(name, fields)| {
                let environment = environment(&name, fields, &accounts, decoder);
                (name, environment)
            })
            .collect();
        let trusted = chosen!(trusted_accounts).unwrap_or_default();
        let controls = chosen!(controls).unwrap_or_default().0;
        // A severity that could not be read is missing, too.
        let readable = decoder.count() == 0;
        for (control, settings) in controls.iter().filter(|_| readable) {
            if settings.severity.is_none() && settings.waive != Some(true) {
                let message = format!("this says nothing of `{}`", control.value.as_str());
                decoder.report(
                    Diagnostic::error("empty-setting", message)
                        .at(settings.span, "")
                        .help("give a `severity`, or `waive: true`"),
                );
            }
        }
        let account_access = chosen!(account_access);
        let config = Self {
            account_access: account_access
                .as_ref()
                .map_or(AccountAccess::Delegated, |access| access.value),
            deployers: chosen!(deployers).unwrap_or_default(),
            break_glass: chosen!(break_glass).unwrap_or_default(),
            targets: chosen!(targets).unwrap_or_default().into_iter().collect(),
            environment: String::new(),
            environments,
            administrators: chosen!(administrators).unwrap_or_default(),
            sets: BTreeMap::new(),
            administration: chosen!(administration).unwrap_or(Administration::Separated),
            permission_sets: chosen!(permission_sets).unwrap_or(PermissionSets::Direct),
            scanner_annotations: chosen!(scanner_annotations).unwrap_or(true),
            companion_policies: chosen!(companion_policies).unwrap_or(true),
            tags: chosen!(tags).unwrap_or_default(),
            statements: chosen!(statements).unwrap_or_default(),
            watch: chosen!(watch),
            parameters: chosen!(parameters),
            required_tags: chosen!(required_tags)
                .unwrap_or_default()
                .into_iter()
                .map(|key| key.0)
                .collect(),
            trusted_accounts: resolved(trusted, &accounts, decoder),
            accounts,
            organizations,
            controls,
        };
        let environment = chosen!(environment).and_then(|name| {
            match config.environment_named(name.value.as_str(), name.span) {
                Ok(environment) => Some(environment.name.clone()),
                Err(diagnostic) => {
                    decoder.report(diagnostic);
                    None
                }
            }
        });
        let declared = chosen!(principal_sets).unwrap_or_default();
        let sets = declared.0.into_iter().map(|(name, entries)| {
            let entries = entries.into_iter().map(|entry| entry.0).collect();
            (name.value.as_str().to_owned(), entries)
        });
        let config = Self {
            environment: environment.unwrap_or_default(),
            sets: sets.collect(),
            ..config
        };
        for diagnostic in config.check_principals() {
            decoder.report(diagnostic);
        }
        // An entry that could not be read is missing, too.
        if readable && let Some(access) = &account_access {
            config
                .missing_for(access.value, access.span)
                .into_iter()
                .for_each(|diagnostic| decoder.report(diagnostic));
        }
        config
    }

    /// What the workspace has to name before a key can leave nothing to the account, which is asked for at a place.
    ///
    /// KMS refuses a policy that its author could not change again, and nobody recovers a key whose only principals are
    /// gone. Source: KMS API reference, `PutKeyPolicy`, `BypassPolicyLockoutSafetyCheck`.
    #[must_use]
    pub fn missing_for(&self, access: AccountAccess, place: Span) -> Option<Diagnostic> {
        let lists = [
            (
                "deployers",
                "[{role: deploy/CloudFormation}]",
                self.deployers.is_empty(),
            ),
            (
                "break_glass",
                "[{role: BreakGlass}]",
                self.break_glass.is_empty(),
            ),
        ];
        let missing: Vec<_> = lists.iter().filter(|(_, _, empty)| *empty).collect();
        if access == AccountAccess::Delegated || missing.is_empty() {
            return None;
        }
        let names: Vec<_> = missing
            .iter()
            .map(|(name, ..)| format!("`{name}`"))
            .collect();
        let message = format!(
            "`{}` needs {}, which the workspace does not name",
            access.as_str(),
            names.join(" and ")
        );
        let diagnostic = Diagnostic::error("no-deployers", message).at(place, "");
        Some(missing.iter().fold(diagnostic, |diagnostic, (name, example, _)| {
            let why = match *name {
                "deployers" => "the roles that deploy the key and change it later; KMS refuses a policy that they could not change again",
                _ => "a role that can mend the policy when these are gone",
            };
            diagnostic.help(format!("add `{name}: {example}` to keywright.yaml: {why}"))
        }))
    }

    /// Every statement in AWS's own words that a key gets: the workspace's, its environment's, its own.
    pub fn statements_of<'c>(
        &'c self,
        environment: &'c Environment,
        key: &'c KeyDefinition,
    ) -> impl Iterator<Item = &'c RawStatement> {
        let own = key.statements.iter().flatten();
        let common = self.statements.iter().chain(&environment.statements);
        common.chain(own)
    }

    /// The environment of that name.
    ///
    /// # Errors
    /// A diagnostic at the place that names it.
    pub fn environment_named(&self, name: &str, span: Span) -> Result<&Environment, Diagnostic> {
        self.environments.get(name).ok_or_else(|| {
            let known = || self.environments.keys().map(String::as_str);
            Diagnostic::error(
                "unknown-environment",
                format!("unknown environment `{name}`"),
            )
            .at(span, "")
            .did_you_mean(name, known())
            .help(format!(
                "known: {}; others are declared under `environments` in keywright.yaml",
                known().collect::<Vec<_>>().join(", ")
            ))
        })
    }

    /// What the policy of a key leaves to the account.
    #[must_use]
    pub fn account_access_of(&self, key: &KeyDefinition) -> AccountAccess {
        let own = key.account_access.as_ref();
        own.map_or(self.account_access, |own| own.value)
    }

    /// The account that a reference means.
    ///
    /// # Errors
    /// A diagnostic at the reference when its name is not declared.
    pub fn account(&self, reference: &Spanned<AccountRef>) -> Result<AccountId, Diagnostic> {
        match &reference.value {
            AccountRef::Id(id) => Ok(id.clone()),
            AccountRef::Named(name) => self
                .accounts
                .get(name)
                .cloned()
                .ok_or_else(|| unknown_account(&self.accounts, name).at(reference.span, "")),
        }
    }

    /// The id of the organization that a reference means.
    ///
    /// # Errors
    /// A diagnostic at the reference when its name is not declared.
    pub fn organization<'c>(
        &'c self,
        reference: &'c OrganizationRef,
        place: Span,
    ) -> Result<&'c str, Diagnostic> {
        let name = reference.as_str();
        if !OrganizationRef::can_be_named(name) {
            return Ok(name);
        }
        let known = self.organizations.get(name).map(OrganizationId::as_str);
        known.ok_or_else(|| {
            let message = format!("unknown organization `{name}`");
            Diagnostic::error("unknown-organization", message)
                .at(place, "")
                .did_you_mean(name, self.organizations.keys().map(String::as_str))
                .help(
                    "write an id such as `o-a1b2c3d4e5`, or a name declared under `organizations` in keywright.yaml",
                )
        })
    }

    /// Tags with placeholders filled in for an environment; later layers win.
    #[must_use]
    pub fn merge_tags(
        environment: &Environment,
        layers: &[Option<&Tags>],
    ) -> BTreeMap<String, Text> {
        layers
            .iter()
            .flatten()
            .flat_map(|layer| &layer.0)
            .map(|(key, value)| (key.value.0.clone(), value.0.fill(&environment.name)))
            .collect()
    }
}

fn unknown_account(accounts: &BTreeMap<String, AccountId>, name: &str) -> Diagnostic {
    let diagnostic = Diagnostic::error("unknown-account", format!("unknown account `{name}`"))
        .did_you_mean(name, accounts.keys().map(String::as_str));
    diagnostic.help("write twelve digits, or a name declared under `accounts` in keywright.yaml")
}

/// Organizations by name, without names that would be taken for ids.
fn organizations(
    declared: Named<PlainName, OrganizationId>,
    decoder: &mut Decoder,
) -> BTreeMap<String, OrganizationId> {
    let mut organizations = BTreeMap::new();
    for (name, id) in declared.0 {
        let written = name.value.as_str();
        if OrganizationRef::can_be_named(written) {
            organizations.insert(written.to_owned(), id);
            continue;
        }
        let message = format!("`{written}` begins like an id of AWS Organizations");
        decoder.report(
            Diagnostic::error("invalid-name", message)
                .at(name.span, "")
                .help("give the organization a name that begins otherwise"),
        );
    }
    organizations
}

fn decode_workspace(
    sources: &Sources,
    file: FileId,
    decoder: &mut Decoder,
) -> Option<WorkspaceFields> {
    let text = sources.get(file)?.text();
    let (node, problems) = yaml::load(file, text, yaml::Dialect::Spec);
    let mut found = Decoder::default();
    // A workspace file that says nothing is as good as none.
    let fields = node.and_then(|node| WorkspaceFields::decode(&node, &mut found));
    for diagnostic in without_echoes(problems, found.finish()) {
        decoder.report(diagnostic);
    }
    fields
}

/// An environment's fields with those of the layer below where it says nothing.
fn lay_over(own: EnvironmentFields, below: EnvironmentFields) -> EnvironmentFields {
    EnvironmentFields {
        protected: own.protected.or(below.protected),
        deny_deletion: own.deny_deletion.or(below.deny_deletion),
        deletion_window_days: own.deletion_window_days.or(below.deletion_window_days),
        accounts: own.accounts.or(below.accounts),
        region: own.region.or(below.region),
        statements: own.statements.or(below.statements),
        tags: own.tags.or(below.tags),
        watch: own.watch.or(below.watch),
        parameters: own.parameters.or(below.parameters),
        span: own.span,
    }
}

/// The accounts that a list of references means.
fn resolved(
    references: Vec<Spanned<AccountRef>>,
    accounts: &BTreeMap<String, AccountId>,
    decoder: &mut Decoder,
) -> BTreeSet<AccountId> {
    let mut ids = BTreeSet::new();
    for reference in references {
        match reference.value {
            AccountRef::Id(id) => {
                ids.insert(id);
            }
            AccountRef::Named(name) => match accounts.get(&name) {
                Some(id) => {
                    ids.insert(id.clone());
                }
                None => decoder.report(unknown_account(accounts, &name).at(reference.span, "")),
            },
        }
    }
    ids
}

fn environment(
    name: &str,
    fields: EnvironmentFields,
    accounts: &BTreeMap<String, AccountId>,
    decoder: &mut Decoder,
) -> Environment {
    // What does not say otherwise is protected: a lost key cannot be had back.
    let protected = fields.protected.unwrap_or(true);
    let window = if protected {
        PROTECTED_WINDOW
    } else {
        UNPROTECTED_WINDOW
    };
    let own = resolved(fields.accounts.unwrap_or_default(), accounts, decoder);
    Environment {
        name: name.to_owned(),
        protected,
        deny_deletion: fields.deny_deletion.unwrap_or(protected),
        deletion_window_days: fields.deletion_window_days.map_or(window, |days| days.0),
        accounts: own,
        anywhere_but: None,
        region: fields.region,
        statements: fields.statements.unwrap_or_default(),
        tags: fields.tags.unwrap_or_default(),
        watch: fields.watch,
        parameters: fields.parameters,
    }
}
