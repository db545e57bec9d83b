//! Keys that leave nothing to the account's IAM policies: who deploys them, who mends them in an emergency, and the proof
//! that these still can.
//!
//! KMS refuses a policy that its author could not change again, and the author is whoever deploys: a person, a role of
//! a pipeline, CloudFormation's service role, a role of StackSets. Source: KMS API reference, `PutKeyPolicy`, key policy
//! lockout safety check; KMS developer guide, "Default key policy", on keys that become unmanageable.

use std::collections::BTreeSet;

use super::kind::Kind;
use super::principal::{CompiledPrincipal, Holder, Identity, Matching};
use super::sid;
use crate::access::Place;
use crate::access::exact::{Analysis, Hindrance};
use crate::diag::Diagnostic;
use crate::iam::{
    AccountId, Effect, PolicyDocument, PrincipalArn, PrincipalKind, PrincipalResource, Principals,
    Statement, Text,
};
use crate::kms::Region;
use crate::source::Span;
use crate::spec::config::{Config, Environment};
use crate::spec::field::Spanned;
use crate::spec::{AccountAccess, DeployerEntry, KeyDefinition, PermissionSets, PrincipalEntry};

/// What CloudFormation and Terraform do to keys and their aliases, but for cryptography, grants and deletion.
///
/// Source: the handlers of `AWS::KMS::Key` and `AWS::KMS::Alias` in their resource schemas; the resources `aws_kms_key`
/// and `aws_kms_alias` of the Terraform provider. `kms:CreateKey` and `kms:ListAliases` work on no key, so that only an
/// IAM policy can allow them.
const DEPLOYMENT: [&str; 16] = [
    "kms:CreateAlias",
    "kms:DeleteAlias",
    "kms:DescribeKey",
    "kms:DisableKey",
    "kms:DisableKeyRotation",
    "kms:EnableKey",
    "kms:EnableKeyRotation",
    "kms:GetKeyPolicy",
    "kms:GetKeyRotationStatus",
    "kms:ListKeyPolicies",
    "kms:ListResourceTags",
    "kms:PutKeyPolicy",
    "kms:TagResource",
    "kms:UntagResource",
    "kms:UpdateAlias",
    "kms:UpdateKeyDescription",
];

/// What deploying a replica does to its primary key. Source: KMS API reference, `ReplicateKey`, "Required permissions".
const REPLICATION: &str = "kms:ReplicateKey";

/// What an emergency takes: to see what is there, to mend the policy, to stop the use of the key, a grant or a deletion.
/// Nothing more, since `kms:PutKeyPolicy` is a way to all else that leaves a trace.
const RECOVERY: [&str; 11] = [
    "kms:CancelKeyDeletion",
    "kms:DescribeKey",
    "kms:DisableKey",
    "kms:EnableKey",
    "kms:GetKeyPolicy",
    "kms:GetKeyRotationStatus",
    "kms:ListGrants",
    "kms:ListKeyPolicies",
    "kms:ListResourceTags",
    "kms:PutKeyPolicy",
    "kms:RevokeGrant",
];

/// The names of their statements.
const DEPLOYMENT_SID: &str = "Allow deployment of the key";
const RECOVERY_SID: &str = "Allow recovery of the key";

/// The action without which a key cannot be had back.
const CHANGE_POLICY: &str = "PutKeyPolicy";

/// An account that no policy is likely to name, where the environment has none.
const STAND_IN: u64 = 777_766_665_555;

/// A principal that keeps a key manageable, and where the workspace file names it.
struct Keeper {
    principal: CompiledPrincipal,
    place: Span,
}

/// Those who can still change a key that leaves nothing to the account.
pub(super) struct Deployers {
    deployers: Vec<Keeper>,
    break_glass: Vec<Keeper>,
    /// What of the key asks for them.
    asked: Span,
}

impl Deployers {
    /// Those of a key; `None` where the account's IAM policies can give access to it, or where the workspace does not
    /// name them, which is reported.
    pub(super) fn of(
        key: &KeyDefinition,
        environment: &Environment,
        config: &Config,
        diagnostics: &mut Vec<Diagnostic>,
    ) -> Option<Self> {
        let own = key.account_access.as_ref();
        if config.account_access_of(key) == AccountAccess::Delegated {
            return None;
        }
        if let Some(own) = own
            && let Some(missing) = config.missing_for(own.value, own.span)
        {
            diagnostics.push(missing);
            return None;
        }
        let mut compile = |entries| keepers(entries, environment, config, diagnostics);
        let deployers = compile(&config.deployers);
        let break_glass = compile(&config.break_glass);
        for keeper in &break_glass {
            let same =
                |other: &&Keeper| other.principal.identity.may_be(&keeper.principal.identity);
            if let Some(deployer) = deployers.iter().find(same) {
                let words = &keeper.principal.words;
                diagnostics.push(
                    Diagnostic::error(
                        "break-glass-deploys",
                        format!("{words} is a deployer as well"),
                    )
                    .at(keeper.place, "")
                    .also(deployer.place, "deploys keys")
                    .help("name a principal that stays when the deployers are gone"),
                );
            }
        }
        Some(Self {
            deployers,
            break_glass,
            asked: own.map_or(key.alias.span, |own| own.span),
        })
    }

    /// Their statements: one for all that are listed by ARN, and one for each that is fenced by conditions.
    pub(super) fn statements(&self, kind: Kind) -> Vec<Statement> {
        let mut statements = Vec::new();
        let replication = kind.multi_region.then_some(REPLICATION);
        let lists: [(&[Keeper], &str, &[&'static str], _); 2] = [
            (&self.deployers, DEPLOYMENT_SID, &DEPLOYMENT, replication),
            (&self.break_glass, RECOVERY_SID, &RECOVERY, None),
        ];
        for (keepers, called, actions, more) in lists {
            let actions = || actions.iter().copied().chain(more);
            let listed = keepers
                .iter()
                .filter_map(|keeper| match &keeper.principal.matching {
                    Matching::Listed(arn) => Some(arn.clone()),
                    Matching::Fenced(_) => None,
                });
            let listed: Vec<_> = listed.collect();
            if !listed.is_empty() {
                let principals = Principals::of(PrincipalKind::Aws, listed);
                statements.push(Statement::allow(called, principals, actions()));
            }
            for Keeper { principal, .. } in keepers {
                if matches!(principal.matching, Matching::Fenced(_)) {
                    let name = format!("{called} for {}", sid::tidy(&principal.words));
                    statements.push(principal.allow(&name, actions()));
                }
            }
        }
        statements
    }

    /// Everyone with what they do to the key in words, for comparison with its users.
    pub(super) fn all(&self) -> impl Iterator<Item = (&CompiledPrincipal, &'static str, Span)> {
        let deployers = self
            .deployers
            .iter()
            .map(|keeper| (keeper, "deploys the key"));
        let break_glass = self.break_glass.iter();
        deployers
            .chain(break_glass.map(|keeper| (keeper, "mends the key in an emergency")))
            .map(|(keeper, does)| (&keeper.principal, does, keeper.place))
    }

    /// Refuses an entry that would leave something to the account after all.
    pub(super) fn check_delegation(
        &self,
        principal: &CompiledPrincipal,
        place: Span,
        diagnostics: &mut Vec<Diagnostic>,
    ) {
        let own = matches!(
            principal.identity,
            Identity::Account(Holder::Own | Holder::Environment(_))
        );
        if own {
            diagnostics.push(
                Diagnostic::error(
                    "leaves-it-to-the-account",
                    "this entry leaves the key to IAM policies of its own account",
                )
                .at(place, "")
                .also(self.asked, "this key leaves them nothing")
                .help("name the roles, users or permission sets that are meant"),
            );
        }
    }

    /// Refuses a policy statement of the users' own that would do so.
    pub(super) fn check_statement(
        &self,
        statement: &Statement,
        environment: &Environment,
        place: Span,
        diagnostics: &mut Vec<Diagnostic>,
    ) {
        if statement.effect != Effect::Allow {
            return;
        }
        let alone = PolicyDocument::canonical(None, vec![statement.clone()]);
        let leaves = |account| {
            let place = Place {
                account: Some(account),
                ..Place::default()
            };
            Analysis::new(&alone, &place).leaves_to_account(0)
        };
        if accounts(&alone, environment).into_iter().any(leaves) {
            diagnostics.push(
                Diagnostic::error(
                    "leaves-it-to-the-account",
                    "this statement leaves the key to IAM policies of its own account",
                )
                .at(place, "")
                .also(self.asked, "this key leaves them nothing")
                .help("name the roles or users that are meant, as principals or under aws:PrincipalArn"),
            );
        }
    }

    /// Warns of one who administers the key as well: a deployer is not meant to delete it, and an emergency may be that
    /// its administrators are gone.
    pub(super) fn check_administrator(
        &self,
        administrator: &CompiledPrincipal,
        place: Span,
        diagnostics: &mut Vec<Diagnostic>,
    ) {
        let same = |keeper: &&Keeper| keeper.principal.identity.may_be(&administrator.identity);
        let words = &administrator.words;
        if let Some(deployer) = self.deployers.iter().find(same) {
            diagnostics.push(
                Diagnostic::warning(
                    "deployer-administers",
                    format!("{words} deploys the key and administers it, so it may schedule its deletion"),
                )
                .at(place, "administers the key")
                .also(deployer.place, "deploys keys")
                .help("name another principal in one of the lists"),
            );
        }
        if let Some(keeper) = self.break_glass.iter().find(same) {
            diagnostics.push(
                Diagnostic::warning(
                    "break-glass-administers",
                    format!("{words} mends the key in an emergency and administers it"),
                )
                .at(place, "administers the key")
                .also(keeper.place, "for emergencies")
                .help(
                    "name a principal for emergencies that stays when the administrators are gone",
                ),
            );
        }
    }

    /// Proves that each of them can change the policy again: by the policy alone, and in every request that it makes.
    pub(super) fn prove(
        &self,
        policy: &PolicyDocument,
        key: &KeyDefinition,
        (environment, regions): (&Environment, &[&Region]),
        config: &Config,
        diagnostics: &mut Vec<Diagnostic>,
    ) {
        let accounts = accounts(policy, environment);
        // One Deny may shut several out: that is one mistake.
        let mut lost: Vec<(BTreeSet<Hindrance>, Vec<&Keeper>)> = Vec::new();
        for keeper in self.deployers.iter().chain(&self.break_glass) {
            let hindrances = keeper.hindrances(policy, &accounts, regions);
            if hindrances.is_empty() {
                continue;
            }
            match lost.iter_mut().find(|(known, _)| *known == hindrances) {
                Some((_, keepers)) => keepers.push(keeper),
                None => lost.push((hindrances, vec![keeper])),
            }
        }
        for (hindrances, keepers) in lost {
            let denials = hindrances.iter().filter_map(|hindrance| match hindrance {
                Hindrance::Denied(number) => policy.statements.get(*number)?.sid.as_deref(),
                Hindrance::Nobody | Hindrance::NotAllowed => None,
            });
            let denials: Vec<_> = denials.collect();
            let mut own = config.statements_of(environment, key);
            let denial = own.find(|raw| {
                let sid = raw.compile(&environment.name).ok().and_then(|one| one.sid);
                sid.is_some_and(|sid| denials.contains(&sid.as_str()))
            });
            let words: Vec<_> = keepers
                .iter()
                .map(|one| one.principal.words.as_str())
                .collect();
            let message = format!(
                "it is not certain that {} could change the policy of this key again",
                words.join(" and ")
            );
            let diagnostic = Diagnostic::error("deployer-locked-out", message);
            let diagnostic = match denial {
                Some(raw) => diagnostic
                    .at(raw.span, "denies it, at least in some requests")
                    .also(self.asked, "the key"),
                None => diagnostic.at(self.asked, ""),
            };
            let places: BTreeSet<_> = keepers.iter().map(|keeper| keeper.place).collect();
            let diagnostic = places.into_iter().fold(diagnostic, |diagnostic, place| {
                diagnostic.also(place, "named here")
            });
            let named: Vec<_> = denials.iter().map(|name| format!("`{name}`")).collect();
            diagnostics.push(if named.is_empty() {
                diagnostic.help("name a principal of the account and partition in which the key is")
            } else {
                diagnostic.help(format!(
                    "take `kms:PutKeyPolicy` out of {}, or except the deployers and the emergency role from it by \
                     aws:PrincipalArn",
                    named.join(" and ")
                ))
            });
        }
    }
}

impl Keeper {
    /// What may keep it from changing the policy, in any account and Region that the key may be in.
    fn hindrances(
        &self,
        policy: &PolicyDocument,
        accounts: &[AccountId],
        regions: &[&Region],
    ) -> BTreeSet<Hindrance> {
        let own;
        let accounts = match self.principal.holder() {
            Some(Holder::Environment(id)) => {
                own = [id.clone()];
                own.as_slice()
            }
            _ => accounts,
        };
        let holders = self.principal.holders();
        let regions: Vec<_> = match regions {
            [] => vec![None],
            regions => regions.iter().map(|region| Some(region.name())).collect(),
        };
        let places = accounts.iter().flat_map(|account| {
            regions.iter().map(|region| Place {
                account: Some(account.clone()),
                region: region.map(str::to_owned),
                key_id: None,
            })
        });
        places
            .flat_map(|place| Analysis::new(policy, &place).hindrances(&holders, CHANGE_POLICY))
            .collect()
    }
}

/// Compiles a list of the workspace; what cannot deploy at all is reported where the workspace file names it.
fn keepers(
    entries: &[DeployerEntry],
    environment: &Environment,
    config: &Config,
    diagnostics: &mut Vec<Diagnostic>,
) -> Vec<Keeper> {
    // What is wrong with its sets is reported with the workspace file.
    let expanded = config.expand_deployers(entries, &mut Vec::new());
    let mut keepers: Vec<Keeper> = Vec::new();
    for (entry, place) in expanded {
        let Some(principal) = compiled(entry, environment, config) else {
            continue;
        };
        let refusal = match principal.holder() {
            _ if matches!(principal.identity, Identity::Account(_)) => {
                Some("the account as a whole cannot deploy a key that leaves it nothing")
            }
            Some(Holder::Other(_)) => {
                Some("KMS lets nobody of another account change a key policy")
            }
            // Source: IAM user guide, "Service-linked roles": only the linked service can assume one.
            _ if principal.is_service_linked() => {
                Some("only the service that it is linked to can use a service-linked role")
            }
            _ if is_session(&principal) => Some("a session ends, and the key would stay"),
            _ => None,
        };
        if let Some(message) = refusal {
            diagnostics.push(
                Diagnostic::error("not-a-deployer", message)
                    .at(place, "")
                    .help("name a role of the key's own account, such as `role: deploy/CloudFormation`"),
            );
        } else if !keepers.iter().any(|known| known.principal == principal) {
            keepers.push(Keeper { principal, place });
        }
    }
    keepers
}

fn is_session(principal: &CompiledPrincipal) -> bool {
    let Matching::Listed(arn) = &principal.matching else {
        return false;
    };
    PrincipalArn::parse(arn)
        .is_ok_and(|arn| matches!(arn.resource, PrincipalResource::AssumedRole { .. }))
}

/// The principal of an entry, let in by the key policy alone: IAM policies have no say here.
fn compiled(
    entry: &PrincipalEntry,
    environment: &Environment,
    config: &Config,
) -> Option<CompiledPrincipal> {
    let mut qualifiers = entry.qualifiers.clone();
    qualifiers.permission_sets = Some(Spanned {
        value: PermissionSets::Direct,
        span: entry.who.span,
    });
    // An account that is not declared is reported with the workspace file.
    let compiled = CompiledPrincipal::of(&entry.who, &qualifiers, environment, config);
    compiled.ok().flatten()
}

/// The accounts in which the proof is made: one for all of which the policy says the same, and those that it names.
fn accounts(policy: &PolicyDocument, environment: &Environment) -> Vec<AccountId> {
    let named: BTreeSet<AccountId> = policy
        .texts()
        .flat_map(Text::literals)
        .flat_map(|literal| literal.split(|c: char| !c.is_ascii_digit()))
        .filter_map(AccountId::parse)
        .collect();
    let own = environment.accounts.iter();
    let other = own.clone().find(|account| !named.contains(account));
    let mut accounts: Vec<_> = match &environment.anywhere_but {
        // A stack set may reach any account that is named.
        Some(others) => named.difference(others).cloned().collect(),
        None => own
            .filter(|account| named.contains(account))
            .cloned()
            .collect(),
    };
    if other.is_some() || accounts.is_empty() || environment.anywhere_but.is_some() {
        let stand_in = || AccountId::of_number(STAND_IN);
        accounts.push(other.cloned().unwrap_or_else(stand_in));
    }
    accounts
}
