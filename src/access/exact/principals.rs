//! Whom a Principal or NotPrincipal element reaches, as regions. Follows [`crate::access::principal`] form by form.

use super::caller::{Arns, CallerKind};
use super::dimension::{Constraint, Constraints};
use super::meaning::{Bound, Setting};
use super::pattern_set::{Class, PatternId, Step};
use super::region::{Part, Region};
use crate::access::principal::{AwsCaller, Caller, Identity};
use crate::iam::{Clause, Part as TextPart, PrincipalKind, Principals, Text};

/// Whom a statement reaches, by the way in which it does.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Reached {
    /// Callers that it names themselves, or everyone.
    pub(super) direct: Vec<Region>,
    /// Callers of which it names the account.
    pub(super) account: Vec<Region>,
}

/// Which callers of one kind a list of principals names.
#[derive(Default)]
struct Listed {
    everyone: bool,
    /// ARNs, or names of services.
    named: Vec<PatternId>,
    /// ARNs of roles with the name of one session.
    sessions: Vec<(Vec<PatternId>, PatternId)>,
    /// ARNs of accounts.
    accounts: Vec<PatternId>,
    /// The names of those accounts.
    account_ids: Vec<String>,
    /// Identity providers; `None` for any.
    providers: Vec<Option<String>>,
}

/// Reads the principals of one policy for one kind of caller.
pub(super) struct Names<'a> {
    /// Where the key is.
    pub(super) setting: &'a Setting,
    /// The kind of caller.
    pub(super) kind: CallerKind,
    /// Everything that is asked of dimensions.
    pub(super) constraints: &'a mut Constraints,
}

const PROVIDER: &str = "aws:federatedprovider";

impl Names<'_> {
    /// Whom a clause reaches.
    pub(super) fn reached(
        &mut self,
        clause: &Clause<Principals>,
        allow: bool,
        bound: Bound,
    ) -> Reached {
        if !clause.negated {
            let listed = self.listed(&clause.value, bound);
            return self.named(listed);
        }
        let regions = match bound {
            // Allow with NotPrincipal is "not supported".
            Bound::Least if allow => Vec::new(),
            Bound::Least => self.unlisted(&clause.value),
            Bound::Most => self.not_spared(&clause.value),
        };
        Reached {
            direct: regions,
            account: Vec::new(),
        }
    }

    /// The part of a request that tells the caller.
    fn caller(&self) -> Part {
        match self.kind {
            CallerKind::Service => Part::Service,
            _ => Part::Arn,
        }
    }

    fn region(&mut self, asked: impl IntoIterator<Item = (Part, Constraint)>) -> Region {
        let mut region = Region::default();
        for (part, constraint) in asked {
            region.ask(part, self.constraints.add(constraint));
        }
        region
    }

    fn named(&mut self, listed: Listed) -> Reached {
        let mut reached = Reached::default();
        if listed.everyone {
            reached.direct.push(Region::default());
        } else if !listed.named.is_empty() {
            let named = (self.caller(), Constraint::matches(listed.named));
            reached.direct.push(self.region([named]));
        }
        for (role, session) in listed.sessions {
            let role = (Part::Arn, Constraint::matches(role));
            let session = (Part::Session, Constraint::matches(vec![session]));
            reached.direct.push(self.region([role, session]));
        }
        for provider in listed.providers {
            let constraint = self.provider(provider.as_deref());
            let provider = (Part::Key(PROVIDER.into()), constraint);
            reached.direct.push(self.region([provider]));
        }
        if !listed.accounts.is_empty() {
            let accounts = (Part::Arn, Constraint::matches(listed.accounts));
            let region = self.region([accounts]);
            if self.kind == CallerKind::Root {
                reached.direct.push(region.clone());
            }
            reached.account.push(region);
        }
        reached
    }

    fn provider(&mut self, name: Option<&str>) -> Constraint {
        match name {
            Some(name) => Constraint::matches(vec![self.constraints.patterns.add_text(name)]),
            None => Constraint::present(),
        }
    }

    /// Callers of which no form may be listed: a Deny with NotPrincipal certainly reaches them.
    fn unlisted(&mut self, principals: &Principals) -> Vec<Region> {
        let listed = self.listed(principals, Bound::Most);
        if listed.everyone {
            return Vec::new();
        }
        let mut spared = listed.named;
        spared.extend(listed.accounts);
        spared.extend(listed.sessions.into_iter().flat_map(|(role, _)| role));
        let mut asked = vec![(self.caller(), Constraint::matches(spared).opposite())];
        for provider in listed.providers {
            let constraint = self.provider(provider.as_deref()).opposite();
            asked.push((Part::Key(PROVIDER.into()), constraint));
        }
        vec![self.region(asked)]
    }

    /// Callers that are not certainly spared by NotPrincipal. Of a role nobody can tell whether all its sessions are
    /// listed; of everyone else the caller and its account must be.
    fn not_spared(&mut self, principals: &Principals) -> Vec<Region> {
        let listed = self.listed(principals, Bound::Least);
        if listed.everyone {
            return Vec::new();
        }
        let spared = match self.kind {
            CallerKind::Service => listed.named,
            CallerKind::Root => [listed.named, listed.accounts].concat(),
            CallerKind::Role => Vec::new(),
            CallerKind::User | CallerKind::FederatedUser => {
                let patterns = &self.constraints.patterns;
                let of_account = |named: &PatternId| {
                    let text = patterns.only_text(*named).unwrap_or_default();
                    let account = text.split(':').nth(4).unwrap_or_default().to_owned();
                    listed.account_ids.contains(&account)
                };
                listed.named.into_iter().filter(of_account).collect()
            }
        };
        let asked = (self.caller(), Constraint::matches(spared).opposite());
        vec![self.region([asked])]
    }

    fn listed(&mut self, principals: &Principals, bound: Bound) -> Listed {
        let mut listed = Listed::default();
        match principals {
            Principals::Anyone => listed.everyone = true,
            Principals::Listed(kinds) => {
                for (kind, names) in kinds {
                    for name in names {
                        let name = self.resolved(name);
                        self.list(&mut listed, *kind, name.as_deref(), bound);
                    }
                }
            }
        }
        listed
    }

    /// A name with its deployment-time parts; `None` where nobody can tell. There are no policy variables here.
    fn resolved(&self, text: &Text) -> Option<String> {
        let mut name = String::new();
        for part in text.parts() {
            match part {
                TextPart::Literal(literal) => name.push_str(literal),
                TextPart::Variable(variable) => name.push_str(self.setting.deployed(*variable)?),
                TextPart::Unknown(_) => return None,
            }
        }
        Some(name)
    }

    fn list(&mut self, listed: &mut Listed, kind: PrincipalKind, name: Option<&str>, bound: Bound) {
        let service = self.kind == CallerKind::Service;
        let most = bound == Bound::Most;
        match (kind, service, name) {
            (PrincipalKind::Aws, _, Some("*")) => listed.everyone = true,
            (PrincipalKind::Aws, false, Some(name)) => self.list_aws(listed, name, most),
            (PrincipalKind::Aws, _, None) if most => {
                listed.everyone = true;
                let any = vec![Step::Many(Class::Any)];
                listed
                    .accounts
                    .push(self.constraints.patterns.add_steps(any));
            }
            (PrincipalKind::Service, true, Some("*") | None) => listed.everyone |= most,
            (PrincipalKind::Service, true, Some(name)) => {
                listed.named.push(self.constraints.patterns.add_text(name));
            }
            (PrincipalKind::Federated, false, name) if most => {
                listed.providers.push(name.map(str::to_owned));
            }
            _ => {}
        }
    }

    fn list_aws(&mut self, listed: &mut Listed, name: &str, most: bool) {
        let arns = Arns {
            partition: &self.setting.partition,
            kind: self.kind,
        };
        let patterns = &mut self.constraints.patterns;
        if name.len() >= 16 && name.bytes().any(|byte| !byte.is_ascii_digit()) {
            let is_id = |byte: u8| byte.is_ascii_uppercase() || byte.is_ascii_digit();
            if name.bytes().all(is_id) {
                let ours = match self.kind {
                    CallerKind::Root | CallerKind::Service => false,
                    CallerKind::User | CallerKind::FederatedUser => name.starts_with("AIDA"),
                    CallerKind::Role => name.starts_with("AROA"),
                };
                if ours && most {
                    listed
                        .named
                        .push(patterns.add_steps(vec![Step::Many(Class::Any)]));
                }
                return;
            }
        }
        // The account, by id or by the ARN of its root.
        let root = format!("arn:{}:iam::{name}:root", self.setting.partition);
        let caller = Caller::parse(name).or_else(|_| Caller::parse(&root));
        let Ok(Caller::Aws(AwsCaller {
            partition,
            account,
            identity,
        })) = caller
        else {
            return;
        };
        if partition != self.setting.partition {
            return;
        }
        let account = account.as_str();
        match (self.kind, identity) {
            (_, Identity::Root) => {
                listed.accounts.push(arns.named(account, None, patterns));
                listed.account_ids.push(account.to_owned());
            }
            // A role whose name differs only in case is no other role, so there is no such caller.
            (CallerKind::Role, Identity::Role { path }) => {
                let arn = arns.named(account, Some(&path), patterns);
                listed.named.push(arn);
            }
            (CallerKind::Role, Identity::Session { role, session }) => {
                let roles = arns.of_role(account, &role, patterns);
                listed.sessions.push((roles, patterns.add_text(&session)));
            }
            (CallerKind::User, Identity::User { path }) => {
                listed
                    .named
                    .push(arns.named(account, Some(&path), patterns));
            }
            (CallerKind::FederatedUser, Identity::FederatedUser { name }) => {
                listed
                    .named
                    .push(arns.named(account, Some(&name), patterns));
            }
            _ => {}
        }
    }
}
