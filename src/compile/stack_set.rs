//! Stack sets: where a stack goes by way of CloudFormation's own engine, and what cannot go there.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use super::principal::{CompiledPrincipal, Identity};
use super::stack::CompiledStack;
use crate::diag::{Diagnostic, Severity};
use crate::iam::{AccountId, Text};
use crate::kms::Partition;
use crate::kms::stack_set::{AccountFilter, NAME_LENGTH, StackSet, UNITS};
use crate::source::Span;
use crate::spec::config::{Config, Environment};
use crate::spec::field::Spanned;
use crate::spec::stack::StackDefinition;
use crate::spec::{AccountAccess, AccountRef, StackSetFields, Target};

/// The environment as a file sees it: its stack set, if it has one, decides in which accounts its keys may be.
pub(super) fn environment<'s>(
    definition: StackDefinition<'s>,
    config: &Config,
) -> Cow<'s, Environment> {
    let Some(fields) = &definition.spec.fields.stack_set else {
        return Cow::Borrowed(definition.environment);
    };
    let ids = |references: &Option<Vec<Spanned<AccountRef>>>| -> BTreeSet<AccountId> {
        let references = references.iter().flatten();
        // A name that nobody declares is reported with the stack set.
        references
            .filter_map(|it| config.account(it).ok())
            .collect()
    };
    let mut environment = definition.environment.clone();
    if fields.accounts.is_some() {
        environment.accounts = ids(&fields.accounts);
    } else {
        // An account that joins is not kept out.
        let others = match joining_get_it(fields) {
            true => BTreeSet::new(),
            false => ids(&fields.except_accounts),
        };
        environment.accounts.retain(|id| !others.contains(id));
        environment.anywhere_but = Some(others);
    }
    Cow::Owned(environment)
}

/// Whether accounts that join a unit get the stack by themselves: not where the stack set is for some of its accounts,
/// since this would not count for them.
///
/// Source: CloudFormation user guide, "Enable or disable automatic deployments for StackSets in AWS Organizations",
/// considerations: automatic deployments do not consider account level targeting filters.
fn joining_get_it(fields: &StackSetFields) -> bool {
    let chosen = fields.accounts.is_some() || fields.except_accounts.is_some();
    let own = fields.auto_deployment.as_ref();
    own.map_or(!chosen, |own| own.value)
}

/// The stack set of a stack, if its spec file asks for one; everything wrong with it is reported.
pub(super) fn stack_set(
    compiled: &CompiledStack<'_>,
    environment: &Environment,
    config: &Config,
    diagnostics: &mut Vec<Diagnostic>,
) -> Option<StackSet> {
    let fields = compiled.definition.spec.fields.stack_set.as_ref()?;
    // Replicas go to one Region each, with their primary keys' ARNs.
    if compiled.stack.replicas_in.is_some() {
        return None;
    }
    let before = diagnostics.len();
    check_place(compiled, fields, config, diagnostics);
    let units = fields.organizational_units.iter();
    check_repeated(units.map(|it| (it.value.as_str(), it.span)), diagnostics);
    if let Some(surplus) = fields.organizational_units.get(UNITS) {
        let message = format!("a stack set takes at most {UNITS} organizational units");
        diagnostics.push(
            Diagnostic::error("too-many-units", message)
                .at(surplus.span, "one too many")
                .help("name a unit above them, or give some of them a spec file of their own"),
        );
    }
    let regions = fields.regions.iter();
    check_repeated(regions.map(|it| (it.value.0.name(), it.span)), diagnostics);
    check_regions(fields, diagnostics);
    let accounts = accounts(fields, config, diagnostics);
    check_joining(fields, diagnostics);
    check_locked_out(compiled, fields, environment, config, diagnostics);
    let retain = fields.retain_stacks_on_account_removal.as_ref();
    if let Some(retain) = retain.filter(|it| !it.value && !joining_get_it(fields)) {
        // Source: CloudFormation API reference, `AutoDeployment`: only beside `Enabled: true`.
        diagnostics.push(
            Diagnostic::error(
                "nothing-removes-stacks",
                "an account that leaves a unit loses its stack only where automatic deployment is on",
            )
            .at(retain.span, "")
            .help("remove this field, or set `auto_deployment: true`"),
        );
    } else if let Some(retain) = retain.filter(|it| !it.value && environment.protected) {
        diagnostics.push(
            Diagnostic::error(
                "stack-set-deletes-keys",
                format!(
                    "an account that leaves a unit would lose its stack, and keys in `{}` are protected",
                    environment.name
                ),
            )
            .at(retain.span, "")
            .help("remove this field: stacks are retained by default")
            .help("keys that may go belong in an environment with `protected: false`"),
        );
    }
    let name = name(compiled, fields, diagnostics);
    warn_of_accounts(compiled, fields, environment, diagnostics);
    let new = diagnostics.get(before..).unwrap_or_default();
    if new.iter().any(|it| it.severity == Severity::Error) {
        return None;
    }
    let mut units: Vec<_> = fields
        .organizational_units
        .iter()
        .map(|unit| unit.value.as_str().to_owned())
        .collect();
    units.sort_unstable();
    let regions = fields.regions.iter().map(|it| it.value.0.name().to_owned());
    Some(StackSet {
        name,
        organizational_units: units,
        accounts,
        regions: regions.collect(),
        auto_deployment: joining_get_it(fields),
        retains_stacks: retain.is_none_or(|it| it.value),
        retained: environment.protected,
    })
}

/// A stack set is CloudFormation's, and of one environment.
fn check_place(
    compiled: &CompiledStack<'_>,
    fields: &StackSetFields,
    config: &Config,
    diagnostics: &mut Vec<Diagnostic>,
) {
    if !compiled.targets(config).contains(&Target::CloudFormation) {
        diagnostics.push(
            Diagnostic::error(
                "stack-set-without-cloudformation",
                "only CloudFormation has stack sets, and it is none of this file's targets",
            )
            .at(fields.span, "")
            .help("remove `stack_set`, or add `cloudformation` to `targets`"),
        );
    }
    let of_one_account = compiled.declarations.iter().find_map(|declared| {
        let replicas = declared.replicas().next().map(|region| {
            let what = "has replicas, which need the ARN of their primary key, and each account has one of its own";
            (region.span, what)
        });
        let adopted = declared.adopt.as_ref().map(|adopted| {
            (adopted.key.span, "is adopted, and a key that exists is in one account")
        });
        replicas.or(adopted)
    });
    if let Some((place, what)) = of_one_account {
        diagnostics.push(
            Diagnostic::error(
                "stack-set-of-one-account",
                format!("a stack set goes to many accounts, and this key {what}"),
            )
            .at(place, "")
            .also(fields.span, "the stack set")
            .help("put the key into a spec file of its own, or remove `stack_set`"),
        );
    }
    let environments = compiled.definition.spec.fields.environments.as_ref();
    if let Some(second) = environments.and_then(|names| names.get(1)) {
        diagnostics.push(
            Diagnostic::error(
                "stack-set-of-environments",
                "a stack set puts one stack into all accounts of its units, and this file makes several",
            )
            .at(fields.span, "")
            .also(second.span, "the second environment")
            .help("give each environment a spec file of its own, with the units that belong to it"),
        );
    }
}

fn check_repeated<'w>(
    words: impl Iterator<Item = (&'w str, Span)>,
    diagnostics: &mut Vec<Diagnostic>,
) {
    let mut seen = BTreeMap::new();
    for (word, span) in words {
        if let Some(first) = seen.insert(word, span) {
            diagnostics.push(
                Diagnostic::error("duplicate-value", format!("`{word}` is listed twice"))
                    .at(span, "second time")
                    .also(first, "first time")
                    .help("remove one of them"),
            );
        }
    }
}

/// Accounts have Regions of their own partition alone.
fn check_regions(fields: &StackSetFields, diagnostics: &mut Vec<Diagnostic>) {
    let mut first: Option<&Spanned<_>> = None;
    for region in &fields.regions {
        let known = &region.value.0;
        if !known.known() {
            diagnostics.push(
                Diagnostic::warning(
                    "unknown-region",
                    format!("keywright does not know the Region `{}`", known.name()),
                )
                .at(region.span, "")
                .help("check its spelling; if AWS opened it lately, all is well"),
            );
        }
        let first = *first.get_or_insert(region);
        if first.value.0.partition() != known.partition() {
            diagnostics.push(
                Diagnostic::error(
                    "several-partitions",
                    format!(
                        "`{}` and `{}` are of different partitions, which share no accounts",
                        first.value.0.name(),
                        known.name()
                    ),
                )
                .at(region.span, "")
                .help("give each partition a spec file of its own"),
            );
        }
    }
    // Source: CloudFormation user guide, "Prerequisites for using CloudFormation StackSets": trusted access with AWS
    // Organizations, on which service-managed permissions rest, cannot be activated there.
    if let Some(region) = first.filter(|region| region.value.0.partition() == Partition::AwsCn) {
        diagnostics.push(
            Diagnostic::error(
                "stack-set-in-china",
                "there are no stack sets for organizational units in the Regions of China",
            )
            .at(region.span, "")
            .help("remove `stack_set`, and deploy the template in each account"),
        );
    }
}

/// Accounts that join later get the stack although they are none of those that are chosen.
fn check_joining(fields: &StackSetFields, diagnostics: &mut Vec<Diagnostic>) {
    let Some(asked) = fields.auto_deployment.as_ref().filter(|asked| asked.value) else {
        return;
    };
    let (called, chosen) = match (&fields.accounts, &fields.except_accounts) {
        (Some(only), _) => ("accounts", only.first()),
        (None, Some(except)) => ("except_accounts", except.first()),
        (None, None) => return,
    };
    let message = format!(
        "automatic deployments do not consider `{called}`: every account that joins a unit gets the stack"
    );
    let diagnostic = match called {
        "accounts" => Diagnostic::error("accounts-that-join", message),
        _ => Diagnostic::warning("accounts-that-join", message),
    };
    let diagnostic = diagnostic.at(asked.span, "");
    let diagnostic = match chosen {
        Some(first) => diagnostic.also(first.span, "the accounts"),
        None => diagnostic,
    };
    diagnostics.push(diagnostic.help("remove `auto_deployment: true`, or the list"));
}

/// A key that leaves nothing to the account, and no deployer by whom StackSets could make it.
///
/// Source: KMS API reference, `CreateKey`, `BypassPolicyLockoutSafetyCheck`: the policy must let the caller change it
/// again. The caller is a role of the target account, as [`Identity::StackSets`] says.
fn check_locked_out(
    compiled: &CompiledStack<'_>,
    fields: &StackSetFields,
    environment: &Environment,
    config: &Config,
    diagnostics: &mut Vec<Diagnostic>,
) {
    let mut entries = compiled.entries();
    let locked = entries
        .find(|(_, declared)| config.account_access_of(declared) == AccountAccess::RootUserOnly);
    // A workspace that names no deployers at all is told so with the key.
    let Some((_, declared)) = locked.filter(|_| !config.deployers.is_empty()) else {
        return;
    };
    // What is wrong with its sets is reported with the workspace file.
    let deployers = config.expand_deployers(&config.deployers, &mut Vec::new());
    let deploys = deployers.iter().any(|(entry, _)| {
        let compiled = CompiledPrincipal::of(&entry.who, &entry.qualifiers, environment, config);
        let principal = compiled.ok().flatten();
        principal.is_some_and(|it| it.identity.may_be(&Identity::StackSets))
    });
    if deploys {
        return;
    }
    let access = declared.account_access.as_ref();
    let place = access.map_or(declared.alias.span, |access| access.span);
    diagnostics.push(
        Diagnostic::error(
            "stack-set-locked-out",
            "this stack set could create no key whose policy leaves nothing to the account: StackSets is no deployer",
        )
        .at(fields.span, "")
        .also(place, "the key")
        .help("add `- stack_sets: service-managed` to `deployers` in the workspace file"),
    );
}

fn accounts(
    fields: &StackSetFields,
    config: &Config,
    diagnostics: &mut Vec<Diagnostic>,
) -> AccountFilter {
    if let (Some(only), Some(except)) = (&fields.accounts, &fields.except_accounts)
        && let (Some(only), Some(except)) = (only.first(), except.first())
    {
        diagnostics.push(
            Diagnostic::error(
                "only-and-except",
                "a stack set names the accounts that get the stack, or those that do not",
            )
            .at(except.span, "those that do not")
            .also(only.span, "those that do")
            .help("keep one of the two fields"),
        );
    }
    let mut resolved = |references: &[Spanned<AccountRef>]| -> Vec<AccountId> {
        let mut ids: Vec<(AccountId, Span)> = Vec::new();
        for reference in references {
            match config.account(reference) {
                Ok(id) => ids.push((id, reference.span)),
                Err(diagnostic) => diagnostics.push(diagnostic),
            }
        }
        check_repeated(
            ids.iter().map(|(id, span)| (id.as_str(), *span)),
            diagnostics,
        );
        let mut ids: Vec<_> = ids.into_iter().map(|(id, _)| id).collect();
        ids.sort_unstable();
        ids
    };
    match (&fields.accounts, &fields.except_accounts) {
        (Some(only), _) => AccountFilter::Only(resolved(only)),
        (None, Some(except)) => AccountFilter::Except(resolved(except)),
        (None, None) => AccountFilter::All,
    }
}

/// The stack's name and the environment's. Source: registry schema of `AWS::CloudFormation::StackSet`, `StackSetName`
/// (`^[a-zA-Z][a-zA-Z0-9-]{0,127}$`).
fn name(
    compiled: &CompiledStack<'_>,
    fields: &StackSetFields,
    diagnostics: &mut Vec<Diagnostic>,
) -> String {
    let stack = &compiled.stack;
    let name = format!("{}-{}", stack.name, stack.environment).replace('_', "-");
    if !name.starts_with(|first: char| first.is_ascii_alphabetic()) || name.len() > NAME_LENGTH {
        diagnostics.push(
            Diagnostic::error(
                "invalid-name",
                format!("`{name}` can be no name of a stack set"),
            )
            .at(fields.span, "")
            .help(format!(
                "name the stack with `stack: NAME`: with the environment behind it, it begins with a letter and has \
                 at most {NAME_LENGTH} characters"
            )),
        );
    }
    name
}

/// An account that gets the stack, named in a policy: in all the others it is a foreign one. It can be told of an account
/// that the stack set lists, if there are others, and of an environment's only one.
fn warn_of_accounts(
    compiled: &CompiledStack<'_>,
    fields: &StackSetFields,
    environment: &Environment,
    diagnostics: &mut Vec<Diagnostic>,
) {
    let listed = fields.accounts.is_some();
    let is_told = match environment.accounts.len() {
        1 => !listed,
        _ => listed,
    };
    // Nobody here knows which accounts are in a unit.
    let gets = if listed { "gets" } else { "may get" };
    let accounts = environment.accounts.iter().filter(|_| is_told);
    for (key, declared) in compiled.entries() {
        let named = accounts.clone().find(|account| {
            let mut literals = key.policy.texts().flat_map(Text::literals);
            literals.any(|literal| literal.contains(account.as_str()))
        });
        if let Some(account) = named {
            diagnostics.push(
                Diagnostic::warning(
                    "stack-set-names-account",
                    format!(
                        "the policy of this key names {account}, which {gets} the stack itself: in every other account \
                         it is a foreign one"
                    ),
                )
                .at(declared.alias.span, "")
                .also(fields.span, "the stack set")
                .help("leave `account` out, or write `{account}` in an ARN, if the key's own account is meant"),
            );
        }
    }
}

/// Two stack sets of one name, which the account that manages them cannot have.
pub(super) fn across(stacks: &[CompiledStack<'_>], diagnostics: &mut Vec<Diagnostic>) {
    let mut seen: BTreeMap<&str, Span> = BTreeMap::new();
    for compiled in stacks {
        let spec = compiled.definition.spec;
        let (Some(set), Some(fields)) = (&compiled.stack_set, &spec.fields.stack_set) else {
            continue;
        };
        if let Some(first) = seen.insert(&set.name, fields.span) {
            diagnostics.push(
                Diagnostic::error(
                    "duplicate-stack-set",
                    format!("two files make the stack set `{}`", set.name),
                )
                .at(fields.span, "")
                .also(first, "the other one")
                .help("give one of them another name by `stack: NAME`: stack sets have `-` where stacks have `_`"),
            );
        }
    }
}
