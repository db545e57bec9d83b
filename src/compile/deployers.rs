//! Keys that leave nothing to the account's IAM policies: who deploys them, who mends them in an emergency, and the proof
//! that these still can.
//!
//! KMS refuses a policy that its author could not change again, and the author is whoever deploys: a person, a role of
//! a pipeline, CloudFormation's service role, a role of StackSets. Source: KMS API reference, `PutKeyPolicy`, key policy
//! lockout safety check; KMS developer guide, "Default key policy", on keys that become unmanageable.

use super::kind::Kind;
use super::principal::{CompiledPrincipal, Holder, Identity, Matching};
use super::sid;
use crate::access::exact::{Analysis, Answer};
use crate::access::{Caller, Place};
use crate::diag::Diagnostic;
use crate::iam::{
    AccountId, Effect, PolicyDocument, PrincipalKind, Principals, Statement, Variable,
};
use crate::kms::actions;
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

    /// Proves that each of them can change the policy again, by the policy alone.
    pub(super) fn prove(
        &self,
        policy: &PolicyDocument,
        (key, environment): (&KeyDefinition, &Environment),
        diagnostics: &mut Vec<Diagnostic>,
    ) {
        let accounts = accounts(policy, environment);
        // One Deny may shut several out: that is one mistake.
        let mut lost: Vec<(Vec<String>, Vec<&Keeper>)> = Vec::new();
        for keeper in self.deployers.iter().chain(&self.break_glass) {
            let Some(denials) = keeper.shut_out(policy, &accounts) else {
                continue;
            };
            match lost.iter_mut().find(|(known, _)| *known == denials) {
                Some((_, keepers)) => keepers.push(keeper),
                None => lost.push((denials, vec![keeper])),
            }
        }
        for (denials, keepers) in lost {
            let statement = key.statements.iter().flatten().find(|raw| {
                let sid = raw.compile(&environment.name).ok().and_then(|one| one.sid);
                sid.is_some_and(|sid| denials.contains(&sid))
            });
            let (at, label) = statement.map_or((self.asked, ""), |raw| (raw.span, "denies it"));
            let words: Vec<_> = keepers
                .iter()
                .map(|one| one.principal.words.as_str())
                .collect();
            let message = format!(
                "{} could not change the policy of this key again",
                words.join(" and ")
            );
            let diagnostic = Diagnostic::error("deployer-locked-out", message).at(at, label);
            let diagnostic = keepers.iter().fold(diagnostic, |diagnostic, keeper| {
                diagnostic.also(keeper.place, "named here")
            });
            let named: Vec<_> = denials.iter().map(|name| format!("`{name}`")).collect();
            diagnostics.push(if named.is_empty() {
                diagnostic.help("name a principal of the account in which the key is")
            } else {
                diagnostic.help(format!(
                    "take `kms:PutKeyPolicy` out of {}",
                    named.join(" and ")
                ))
            });
        }
    }
}

impl Keeper {
    /// The names of the statements for which it is not certain to be able to change the policy, in some account; `None`
    /// where it is certain in all of them.
    fn shut_out(&self, policy: &PolicyDocument, accounts: &[AccountId]) -> Option<Vec<String>> {
        let own;
        let accounts = match self.principal.holder() {
            Some(Holder::Environment(id)) => {
                own = [id.clone()];
                own.as_slice()
            }
            _ => accounts,
        };
        accounts.iter().find_map(|account| {
            let Some(caller) = example(&self.principal, account) else {
                return Some(Vec::new());
            };
            let mut analysis = Analysis::new(policy, &place(account, &caller));
            let answer = analysis.allows_alone(&caller, |action| action.name == CHANGE_POLICY);
            (!answer.is_yes()).then(|| denials(policy, &caller, &mut analysis))
        })
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
    let named = |account: &&AccountId| {
        let mut texts = policy.texts();
        texts.any(|text| {
            text.literals()
                .any(|literal| literal.contains(account.as_str()))
        })
    };
    let mut accounts: Vec<_> = environment.accounts.iter().filter(named).cloned().collect();
    let other = environment.accounts.iter().find(|account| !named(account));
    if other.is_some() || accounts.is_empty() {
        let stand_in = || AccountId::of_number(STAND_IN);
        accounts.push(other.cloned().unwrap_or_else(stand_in));
    }
    accounts
}

/// A caller that a principal stands for, in an account.
fn example(principal: &CompiledPrincipal, account: &AccountId) -> Option<Caller> {
    let arn = principal.example()?.resolve(|variable| match variable {
        Variable::Account => account.as_str(),
        Variable::Partition => "aws",
        Variable::Region => "eu-central-1",
        Variable::UrlSuffix => "amazonaws.com",
    });
    Caller::parse(&arn).ok()
}

/// Where the key is that a caller deploys.
fn place(account: &AccountId, caller: &Caller) -> Place {
    let partition = match caller {
        Caller::Aws(caller) => caller.partition.as_str(),
        Caller::Service(_) => "aws",
    };
    let region = match partition {
        "aws-cn" => "cn-north-1",
        "aws-us-gov" => "us-gov-west-1",
        _ => "eu-central-1",
    };
    Place {
        account: Some(account.clone()),
        region: Some(region.to_owned()),
        key_id: None,
    }
}

/// The names of the statements that deny a caller to change the policy.
fn denials(policy: &PolicyDocument, caller: &Caller, analysis: &mut Analysis<'_>) -> Vec<String> {
    let mut names = Vec::new();
    for (number, statement) in policy.statements.iter().enumerate() {
        let mut patterns = statement.action.iter().flat_map(|clause| &clause.value);
        let about = patterns
            .any(|pattern| actions::matching(pattern).any(|action| action.name == CHANGE_POLICY));
        if statement.effect == Effect::Deny
            && about
            && !matches!(analysis.reaches(number, caller), Answer::No)
        {
            names.extend(statement.sid.clone());
        }
    }
    names
}
