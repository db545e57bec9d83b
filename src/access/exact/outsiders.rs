//! Who outside the key's account has access.

use std::collections::BTreeSet;
use std::rc::Rc;

use super::analysis::Analysis;
use super::answer::{Answer, Witness};
use super::critical::Comparable;
use super::dimension::{Constraint, Quantifier, Test};
use super::meaning::{Conditions, Scene};
use super::query::{Asking, Query, Way, Whose};
use super::region::{Part, Region};
use crate::iam::operator::Test as Tested;
use crate::iam::pattern::{Case, Pattern, PatternKind};
use crate::iam::placeholder::Symbol;
use crate::iam::{AccountId, Clause, Effect, PolicyDocument, PrincipalKind, Principals, Statement};
use crate::kms::actions::Action;

/// Condition keys that tell where a caller belongs, which it cannot choose. A stranger has none of the values that a
/// policy names.
/// Source: IAM user guide, "AWS global condition context keys".
const BELONGING: &[&str] = &[
    "aws:ec2instancesourcevpc",
    "aws:federatedprovider",
    "aws:principalorgid",
    "aws:principalorgpaths",
    "aws:sourcevpc",
    "aws:sourcevpcarn",
    "aws:sourcevpce",
    "aws:vpceaccount",
    "aws:vpceorgid",
    "aws:vpceorgpaths",
    "identitystore:userid",
];

/// The same of the resource on behalf of which a service calls.
const ON_BEHALF: &[&str] = &[
    "aws:sourceaccount",
    "aws:sourcearn",
    "aws:sourceorgid",
    "aws:sourceorgpaths",
];

/// What services set themselves in the encryption context, mostly the ARN of the resource.
/// Source: KMS developer guide, "Encryption context": the prefix `aws:` is reserved.
const CONTEXT_OF_SERVICES: &str = "kms:encryptioncontext:aws:";

const ADDRESSES: &[&str] = &["aws:sourceip", "aws:vpcsourceip"];

/// Ranges wider than these restrict nobody.
const WIDEST: (u32, u32) = (8, 16);

/// What policies name, and strangers therefore are not.
pub(super) struct Named {
    accounts: BTreeSet<String>,
    /// Texts of condition keys, as patterns.
    values: Vec<(&'static str, Vec<Pattern>)>,
    /// Keys of the encryption context that services set.
    contexts: BTreeSet<Rc<str>>,
    /// Ranges of addresses.
    ranges: Vec<(&'static str, Vec<String>)>,
}

impl Analysis<'_> {
    /// Whether a principal of an account that the policy does not name, and of an organization or network that it does
    /// not name, is allowed one of some actions, if its own account allows it too: whether the key is public.
    pub fn strangers(
        &mut self,
        statement: Option<usize>,
        actions: impl Fn(&Action) -> bool,
    ) -> Answer<Witness> {
        let named = self.named();
        let also = |scene: Scene, asking: &mut Asking<'_>| named.strangers(scene, asking);
        let query = Query {
            statement,
            actions: &actions,
            also: &also,
            ..Query::any(Whose::Elsewhere, Way::Any)
        };
        self.answer(&query)
    }

    /// The other accounts that the policy names, and whether principals there are allowed anything, if their account
    /// allows it too.
    pub fn other_accounts(&mut self) -> Vec<(AccountId, Answer<Witness>)> {
        let own = self.setting.account().to_owned();
        let named = self.named().accounts.into_iter();
        let others = named.filter(|account| *account != own);
        let ids = others.filter_map(|account| AccountId::parse(&account));
        let ids: Vec<_> = ids.collect();
        let answer = |account: AccountId| {
            let also = |scene: Scene, asking: &mut Asking<'_>| {
                let only = asking.accounts(scene.kind, [account.as_str()]);
                asking.region([(Part::Arn, only)])
            };
            let query = Query {
                also: &also,
                ..Query::any(Whose::Elsewhere, Way::Any)
            };
            let answer = self.answer(&query);
            (account, answer)
        };
        ids.into_iter().map(answer).collect()
    }

    /// The organizations that the policy names, and whether principals of accounts there that it does not name are
    /// allowed anything, if their account allows it too.
    pub fn organizations(&mut self) -> Vec<(String, Answer<Witness>)> {
        let named = self.named();
        let mut answers = Vec::new();
        for (key, organization) in named.organizations() {
            let also = |scene: Scene, asking: &mut Asking<'_>| {
                named.members(&key, &organization, scene, asking)
            };
            let query = Query {
                also: &also,
                ..Query::any(Whose::Elsewhere, Way::Any)
            };
            let answer = self.answer(&query);
            answers.push((organization, answer));
        }
        answers
    }

    /// The services that the policy names, and whether each is allowed one of some actions on behalf of a resource in an account or
    /// organization that the policy does not name: whether it can be somebody's confused deputy.
    pub fn deputies(
        &mut self,
        statement: Option<usize>,
        actions: impl Fn(&Action) -> bool,
    ) -> Vec<(String, Answer<Witness>)> {
        let named = self.named();
        let mut services = BTreeSet::new();
        for policy in &self.policies {
            for (number, one) in policy.document.statements.iter().enumerate() {
                let Some(Clause {
                    value: Principals::Listed(kinds),
                    negated: false,
                }) = &one.principal
                else {
                    continue;
                };
                if statement.is_none_or(|wanted| wanted == number) {
                    let names = kinds.get(&PrincipalKind::Service).into_iter().flatten();
                    let names = names
                        .map(|name| name.resolve(|v| self.setting.deployed(v).unwrap_or_default()));
                    services.extend(names);
                }
            }
        }
        let mut answers = Vec::new();
        for service in services {
            let also = |_: Scene, asking: &mut Asking<'_>| {
                let name = asking.constraints.patterns.add_text(&service);
                let name = asking.region([(Part::Service, Constraint::matches(vec![name]))]);
                named.on_behalf_of_strangers(asking).and(&name)
            };
            let query = Query {
                statement,
                actions: &actions,
                also: &also,
                ..Query::any(Whose::Services, Way::Any)
            };
            let answer = self.answer(&query);
            answers.push((service, answer));
        }
        answers
    }

    pub(super) fn named(&self) -> Named {
        let mut named = Named {
            accounts: BTreeSet::from([self.setting.account().to_owned()]),
            values: Vec::new(),
            contexts: BTreeSet::new(),
            ranges: Vec::new(),
        };
        for policy in &self.policies {
            let conditions = Conditions {
                setting: &self.setting,
                version: policy.document.version,
            };
            for text in policy.document.texts().flat_map(|text| text.literals()) {
                let numbers = text.split(|c: char| !c.is_ascii_digit());
                named
                    .accounts
                    .extend(numbers.filter(|n| n.len() == 12).map(str::to_owned));
            }
            for key in BELONGING.iter().chain(ON_BEHALF).copied() {
                let values = policy.values_of(key).filter_map(|(operator, text)| {
                    let (kind, case) = operator.test.pattern()?;
                    let symbols = conditions.symbols(text)?;
                    is_fixed(key, kind, &symbols).then(|| Pattern::of_symbols(&symbols, kind, case))
                });
                named.values.push((key, values.collect()));
            }
            named.contexts.extend(
                policy
                    .keys
                    .iter()
                    .filter(|key| key.starts_with(CONTEXT_OF_SERVICES))
                    .cloned(),
            );
            for key in ADDRESSES.iter().copied() {
                let values = policy.values_of(key);
                let ranges = values.filter_map(|(_, text)| text.as_literal().map(str::to_owned));
                named
                    .ranges
                    .push((key, ranges.filter(|range| is_narrow(range)).collect()));
            }
        }
        named
    }
}

impl Named {
    /// The organizations that conditions name, each with the condition key in lower case.
    pub(super) fn organizations(&self) -> BTreeSet<(String, String)> {
        let mut organizations = BTreeSet::new();
        for (key, patterns) in &self.values {
            if matches!(*key, "aws:principalorgid" | "aws:principalorgpaths") {
                let texts = patterns.iter().filter_map(first_part);
                organizations.extend(texts.map(|text| ((*key).to_owned(), text)));
            }
        }
        organizations
    }

    /// Callers of an organization whose accounts the policy does not name.
    pub(super) fn members(
        &self,
        key: &str,
        organization: &str,
        scene: Scene,
        asking: &mut Asking<'_>,
    ) -> Region {
        let is_path = key == "aws:principalorgpaths";
        let pattern = format!("{organization}{}", if is_path { "/*" } else { "" });
        let kind = if is_path {
            PatternKind::Glob
        } else {
            PatternKind::Exact
        };
        let pattern = Pattern::new(&pattern, kind, Case::Sensitive);
        let accounts = self.accounts.iter().map(String::as_str);
        let stranger = asking.accounts(scene.kind, accounts).opposite();
        let texts = asking.constraints.patterns.add(&pattern);
        let member = Constraint {
            quantifier: Quantifier::Any,
            ..Constraint::matches(texts.into_iter().collect())
        };
        asking.region([(Part::Arn, stranger), (Part::Key(key.into()), member)])
    }

    /// Callers that have nothing to do with what the policy names.
    pub(super) fn strangers(&self, scene: Scene, asking: &mut Asking<'_>) -> Region {
        let accounts = self.accounts.iter().map(String::as_str);
        let mut asked = vec![(Part::Arn, asking.accounts(scene.kind, accounts).opposite())];
        for (key, ranges) in &self.ranges {
            let (comparable, _) = Comparable::new(Tested::IpAddress, ranges.iter().cloned());
            let elsewhere = Constraint {
                quantifier: Quantifier::One,
                test: Test::Compares(comparable),
                negated: true,
                absent: true,
            };
            if !ranges.is_empty() {
                asked.push((Part::Key((*key).into()), elsewhere));
            }
        }
        asked.extend(self.others(BELONGING, asking));
        asking.region(asked)
    }

    /// Services that act for strangers.
    fn on_behalf_of_strangers(&self, asking: &mut Asking<'_>) -> Region {
        let mut asked = self.others(ON_BEHALF, asking);
        for account in &self.accounts {
            let patterns = &mut asking.constraints.patterns;
            let own = patterns.add_text(account);
            // No name in an ARN holds a colon, so that what stands between two is the account.
            let arn = format!("*:{account}:*");
            let arn = Pattern::new(&arn, PatternKind::Glob, Case::Sensitive);
            let other = |texts: Vec<_>| Constraint {
                quantifier: Quantifier::Any,
                ..Constraint::matches(texts)
            };
            asked.push((
                Part::Key("aws:sourceaccount".into()),
                other(vec![own]).opposite(),
            ));
            let arn: Vec<_> = patterns.add(&arn).into_iter().collect();
            let arns = self
                .contexts
                .iter()
                .cloned()
                .chain(["aws:sourcearn".into()]);
            asked.extend(arns.map(|key| (Part::Key(key), other(arn.clone()).opposite())));
        }
        asking.region(asked)
    }

    /// Other values of keys than the policy names.
    fn others(&self, keys: &[&str], asking: &mut Asking<'_>) -> Vec<(Part, Constraint)> {
        let values = self.values.iter().filter(|(key, _)| keys.contains(key));
        let others = values.filter(|(_, patterns)| !patterns.is_empty());
        let others = others.map(|(key, patterns)| {
            let texts = patterns.iter();
            let texts = texts.filter_map(|text| asking.constraints.patterns.add(text));
            let named = Constraint {
                quantifier: Quantifier::Any,
                ..Constraint::matches(texts.collect())
            };
            (Part::Key((*key).into()), named.opposite())
        });
        others.collect()
    }
}

/// The statements, by number, that Security Hub is expected to report as public whether or not they are: an Allow for
/// everyone without a condition that holds a fixed value.
/// Source: Security Hub user guide, KMS.5: only conditions with fixed values count, no wildcards and policy variables.
#[must_use]
pub fn reported_as_public(policy: &PolicyDocument) -> Vec<usize> {
    let open = |statement: &Statement| {
        let everyone = statement
            .principal
            .as_ref()
            .is_some_and(|clause| clause.negated || clause.value.includes_everyone());
        statement.effect == Effect::Allow && everyone && !statement.is_fenced()
    };
    let numbered = policy.statements.iter().enumerate();
    numbered
        .filter(|(_, statement)| open(statement))
        .map(|(number, _)| number)
        .collect()
}

/// Whether a value names something that a stranger cannot be. Of a path in an organization the organization counts.
fn is_fixed(key: &str, kind: PatternKind, symbols: &[Symbol]) -> bool {
    let slash = Symbol::Written('/');
    let end = if key.ends_with("orgpaths") {
        symbols.iter().position(|symbol| *symbol == slash)
    } else {
        None
    };
    let counts = symbols
        .get(..end.unwrap_or(symbols.len()))
        .unwrap_or_default();
    let open = |symbol: &Symbol| match symbol {
        Symbol::Written(c) => kind != PatternKind::Exact && matches!(c, '*' | '?'),
        Symbol::Fixed(_) => false,
        Symbol::Unknown => true,
    };
    !counts.is_empty() && !counts.iter().any(open)
}

/// The text of a pattern up to the first slash.
fn first_part(pattern: &Pattern) -> Option<String> {
    use crate::iam::pattern::Token;
    let mut text = String::new();
    for token in pattern.tokens()? {
        match token {
            Token::Literal('/') => break,
            Token::Literal(c) => text.push(*c),
            Token::AnyChar { .. } | Token::AnyRun { .. } => return None,
        }
    }
    Some(text)
}

/// Whether a range of addresses is one that a stranger is not in.
fn is_narrow(range: &str) -> bool {
    match range.split_once('/') {
        None => true,
        Some((network, length)) => {
            let widest = if network.contains(':') {
                WIDEST.1
            } else {
                WIDEST.0
            };
            length.parse::<u32>().is_ok_and(|length| length >= widest)
        }
    }
}
