//! Whom a statement is about: a name, or everyone behind conditions that leave some.

use std::collections::BTreeSet;

use super::condition::Condition;
use super::name::{self, Name, NameKind, Whose};
use super::statement::Words;
use crate::controls::reading;
use crate::iam::{Clause, Effect, Statement};

impl Words<'_> {
    fn allows(&self) -> bool {
        self.statement.effect == Effect::Allow
    }

    /// Whom it is about, and the conditions (by index) that say so.
    pub(super) fn who(&mut self, conditions: &[Condition<'_>]) -> (Vec<Name>, BTreeSet<usize>) {
        let none = BTreeSet::new();
        if let Some(clause) = &self.statement.principal
            && clause.negated
        {
            let plain = Statement {
                principal: Some(Clause::is(clause.value.clone())),
                ..self.statement.clone()
            };
            let names = reading::principals(&plain);
            let names = names.iter().map(|one| name::principal(one, self.scope));
            return (names.collect(), none);
        }
        let names = reading::principals(self.statement);
        let names: Vec<Name> = names
            .iter()
            .map(|one| name::principal(one, self.scope))
            .collect();
        match names.as_slice() {
            [only] if only.kind == NameKind::Anyone => self.fenced(only, conditions),
            [only] if only.kind == NameKind::Account && only.whose == Whose::Own => {
                self.fenced(only, conditions)
            }
            _ => (names, none),
        }
    }

    /// Everyone, or everyone of the account, behind conditions that leave some.
    fn fenced(
        &mut self,
        everyone: &Name,
        conditions: &[Condition<'_>],
    ) -> (Vec<Name>, BTreeSet<usize>) {
        let of_account = everyone.kind == NameKind::Account;
        let mut used = BTreeSet::new();
        let root_user = conditions
            .iter()
            .position(|condition| of_account && condition.is_root_user());
        if let Some(index) = root_user {
            used.insert(index);
            return (vec![Name::new(NameKind::RootUser, "", Whose::Own)], used);
        }
        let accounts = conditions.iter().enumerate().filter(|(_, condition)| {
            let on =
                condition.is_on("kms:CallerAccount") || condition.is_on("aws:PrincipalAccount");
            on && condition.values.len() == 1
        });
        let accounts: Vec<(usize, &Condition<'_>)> = accounts.collect();
        let account = accounts.iter().find(|(_, condition)| condition.is_plain());
        let on_arn = conditions.iter().enumerate();
        let on_arn = on_arn.filter(|(_, one)| one.is_on("aws:PrincipalArn"));
        let on_arn: Vec<(usize, &Condition<'_>)> = on_arn.collect();
        let mut plain = on_arn.iter().filter(|(_, condition)| condition.is_plain());
        let who = match (plain.next(), plain.next()) {
            (Some((index, arns)), None) => {
                used.insert(*index);
                let mut who = name::matching(arns.values, self.scope);
                if of_account {
                    who.whose = Whose::Own;
                }
                if let Some((index, account)) = account
                    && let [value] = account.values
                {
                    let own = self.scope.is_own(value);
                    let same = Whose::Other(value.to_string()) == who.whose;
                    let fits = who.whose == Whose::Any || (own && who.whose == Whose::Own) || same;
                    if fits {
                        used.insert(*index);
                        who.whose = if own {
                            Whose::Own
                        } else {
                            Whose::Other(value.to_string())
                        };
                    }
                }
                if who.kind == NameKind::PermissionSet {
                    self.permission_set(&who, arns, &on_arn, &mut used);
                }
                who
            }
            _ if of_account => return (vec![everyone.clone()], used),
            _ => self.organization(conditions, account, &accounts, &mut used),
        };
        if of_account && who.kind != NameKind::RootUser && self.allows() {
            self.remarks.push(
                "Takes effect only together with an IAM policy of theirs that allows it, too."
                    .to_owned(),
            );
        }
        (vec![who], used)
    }

    fn permission_set(
        &mut self,
        who: &Name,
        arns: &Condition<'_>,
        on_arn: &[(usize, &Condition<'_>)],
        used: &mut BTreeSet<usize>,
    ) {
        let excluding = on_arn.iter().find(|(_, condition)| {
            condition.is_plain_negation() && name::keeps_out_longer(&who.name, condition.values)
        });
        if let Some((index, condition)) = excluding {
            // What else it keeps out stays a condition.
            if condition.values.len() <= arns.values.len() {
                used.insert(*index);
            }
        } else if name::admits_longer(arns.values) {
            self.remarks.push(format!(
                "Also about permission sets whose names begin with `{}_`.",
                who.name
            ));
        }
    }

    /// Everyone of an organization or an account; else everyone.
    fn organization(
        &mut self,
        conditions: &[Condition<'_>],
        account: Option<&(usize, &Condition<'_>)>,
        accounts: &[(usize, &Condition<'_>)],
        used: &mut BTreeSet<usize>,
    ) -> Name {
        let organization = conditions
            .iter()
            .enumerate()
            .find(|(_, condition)| condition.is_on("aws:PrincipalOrgID") && condition.is_plain());
        if let Some((index, condition)) = organization
            && let [organization] = condition.values
        {
            used.insert(index);
            let elsewhere = accounts.iter().find(|(_, condition)| {
                let own = condition
                    .values
                    .iter()
                    .all(|value| self.scope.is_own(value));
                condition.is_plain_negation() && own
            });
            if let Some((index, _)) = elsewhere {
                used.insert(*index);
                self.remarks.extend(self.allows().then(|| {
                    "Other accounts of the organization only: this one gets nothing by it."
                        .to_owned()
                }));
            }
            let name = organization.to_string();
            return Name::new(NameKind::Organization, name, Whose::Any);
        }
        if let Some((index, condition)) = account
            && let [value] = condition.values
        {
            used.insert(*index);
            let whose = if self.scope.is_own(value) {
                Whose::Own
            } else {
                Whose::Other(value.to_string())
            };
            let kind = if whose == Whose::Own {
                NameKind::Rest
            } else {
                NameKind::Account
            };
            return Name::new(kind, "", whose);
        }
        Name::new(NameKind::Anyone, "", Whose::Any)
    }
}
