//! The policy document, in one canonical form.

use std::fmt;

use super::{SortedMap, Text, Tree};

/// What a statement does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Effect {
    /// Gives access.
    Allow,
    /// Takes it, whatever else allows it.
    Deny,
}

impl Effect {
    /// The spelling in a policy.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Allow => "Allow",
            Self::Deny => "Deny",
        }
    }
}

/// The kinds of name that a Principal element may hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PrincipalKind {
    /// Accounts, roles, users, sessions, or `*`.
    Aws,
    /// Service principals such as `cloudtrail.amazonaws.com`.
    Service,
    /// Identity providers.
    Federated,
    /// Canonical user ids of S3.
    CanonicalUser,
}

impl PrincipalKind {
    /// Every kind.
    pub const ALL: [Self; 4] = [
        Self::Aws,
        Self::Service,
        Self::Federated,
        Self::CanonicalUser,
    ];

    /// The key in the Principal element.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Aws => "AWS",
            Self::Service => "Service",
            Self::Federated => "Federated",
            Self::CanonicalUser => "CanonicalUser",
        }
    }
}

/// Whom a statement is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Principals {
    /// The bare `"*"`. keywright never writes it: `{"AWS": "*"}` means the same and Terraform shows no diff.
    Anyone,
    /// Names by kind, each list sorted and without duplicates.
    Listed(SortedMap<PrincipalKind, Vec<Text>>),
}

impl Principals {
    /// Principals of one kind.
    #[must_use]
    pub fn of(kind: PrincipalKind, names: impl IntoIterator<Item = Text>) -> Self {
        Self::Listed(SortedMap::from([(kind, names.into_iter().collect())]))
    }

    /// `{"AWS": "*"}`: everyone, to be fenced by conditions.
    #[must_use]
    pub fn everyone() -> Self {
        Self::of(PrincipalKind::Aws, [Text::literal("*")])
    }

    /// Whether the list holds `*`, or is the bare one.
    #[must_use]
    pub fn includes_everyone(&self) -> bool {
        match self {
            Self::Anyone => true,
            Self::Listed(kinds) => kinds
                .values()
                .flatten()
                .any(|name| name.as_literal() == Some("*")),
        }
    }
}

/// An element that has a negated form, such as `Action` and `NotAction`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Clause<T> {
    /// Whether it is the `Not…` form.
    pub negated: bool,
    /// What is listed.
    pub value: T,
}

impl<T> Clause<T> {
    /// The plain form.
    #[must_use]
    pub fn is(value: T) -> Self {
        Self {
            negated: false,
            value,
        }
    }

    /// The `Not…` form.
    #[must_use]
    pub fn is_not(value: T) -> Self {
        Self {
            negated: true,
            value,
        }
    }

    /// The name of the element in the form that it has.
    pub(super) fn name(&self, plain: &'static str, negated: &'static str) -> &'static str {
        if self.negated { negated } else { plain }
    }
}

/// Condition operators to condition keys to values. All operators and keys must hold; one of the values suffices.
pub type Conditions = SortedMap<String, SortedMap<String, Vec<Text>>>;

/// One statement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Statement {
    /// Its name.
    pub sid: Option<String>,
    /// Allow or Deny.
    pub effect: Effect,
    /// Whom it is about; absent only in what others wrote.
    pub principal: Option<Clause<Principals>>,
    /// What it is about: action patterns such as `kms:ReEncrypt*`.
    pub action: Option<Clause<Vec<String>>>,
    /// On what; `*` in a key policy is the key itself.
    pub resource: Option<Clause<Vec<Text>>>,
    /// Under which conditions.
    pub conditions: Conditions,
    /// Whether something of it is unknown in a way that the elements above cannot say. They then hold the widest
    /// reading, and a request that matches them may or may not be meant. Only in what others wrote.
    pub uncertain: bool,
}

impl Statement {
    /// An Allow on the key that the policy is attached to, without conditions.
    #[must_use]
    pub fn allow(
        sid: impl Into<String>,
        principals: Principals,
        actions: impl IntoIterator<Item = impl Into<String>>,
    ) -> Self {
        Self {
            sid: Some(sid.into()),
            effect: Effect::Allow,
            principal: Some(Clause::is(principals)),
            action: Some(Clause::is(actions.into_iter().map(Into::into).collect())),
            resource: Some(Clause::is(vec![Text::literal("*")])),
            conditions: Conditions::new(),
            uncertain: false,
        }
    }

    /// Adds values that a condition key must have under an operator.
    #[must_use]
    pub fn when(
        mut self,
        operator: &str,
        key: &str,
        values: impl IntoIterator<Item = Text>,
    ) -> Self {
        self.conditions
            .or_default(operator.to_owned())
            .or_default(key.to_owned())
            .extend(values);
        self
    }

    fn canonicalize(&mut self) {
        fn tidy<T: Ord>(list: &mut Vec<T>) {
            list.sort_unstable();
            list.dedup();
        }
        if let Some(Clause {
            value: Principals::Listed(kinds),
            ..
        }) = &mut self.principal
        {
            kinds.values_mut().for_each(tidy);
        }
        if let Some(action) = &mut self.action {
            tidy(&mut action.value);
        }
        if let Some(resource) = &mut self.resource {
            tidy(&mut resource.value);
        }
        self.conditions
            .values_mut()
            .flat_map(SortedMap::values_mut)
            .for_each(tidy);
    }
}

/// The version of the policy language.
/// Source: IAM user guide, "IAM JSON policy elements: Version".
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Version {
    /// The current one, and the only one that keywright writes.
    #[default]
    V2012,
    /// The earlier one, also where a policy names none: `${…}` is no variable in it.
    V2008,
}

impl Version {
    /// The spelling in a policy.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::V2012 => "2012-10-17",
            Self::V2008 => "2008-10-17",
        }
    }
}

/// A policy document.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PolicyDocument {
    /// Which language it is written in.
    pub version: Version,
    /// The policy's own name, which keywright does not write.
    pub id: Option<Text>,
    /// The statements, in order.
    pub statements: Vec<Statement>,
}

impl PolicyDocument {
    /// A document of the current version in canonical form: every list sorted and without duplicates.
    #[must_use]
    pub fn canonical(id: Option<Text>, mut statements: Vec<Statement>) -> Self {
        statements.iter_mut().for_each(Statement::canonicalize);
        Self {
            version: Version::V2012,
            id,
            statements,
        }
    }

    /// Whether an Allow for everyone stands in it, and each one behind a fixed value: what some scanners do not read.
    #[must_use]
    pub fn has_fenced_everyone(&self) -> bool {
        let mut open = self.statements.iter().filter(|statement| {
            let everyone = statement
                .principal
                .as_ref()
                .is_some_and(|clause| clause.value.includes_everyone());
            statement.effect == Effect::Allow && everyone
        });
        open.next().is_some_and(Statement::is_fenced) && open.all(Statement::is_fenced)
    }

    /// Every text in the document.
    pub fn texts(&self) -> impl Iterator<Item = &Text> {
        self.id
            .iter()
            .chain(self.statements.iter().flat_map(Statement::texts))
    }
}

/// Condition keys whose value, if it is a fixed one, leaves the principals of an account or an organization.
/// Source: Security Hub user guide, KMS.5: only conditions with fixed values count, no wildcards and policy variables.
const FENCES: [&str; 5] = [
    "aws:PrincipalAccount",
    "aws:PrincipalArn",
    "aws:PrincipalOrgID",
    "aws:SourceOrgID",
    "kms:CallerAccount",
];

impl Statement {
    /// Whether a condition leaves only principals of fixed accounts or organizations, or fixed principals.
    #[must_use]
    pub fn is_fenced(&self) -> bool {
        let fixed = |value: &Text| {
            let open = |literal: &str| literal.contains(['*', '?']) || literal.contains("${");
            !value.literals().any(open)
        };
        self.conditions.iter().any(|(operator, keys)| {
            matches!(operator.as_str(), "StringEquals" | "ArnEquals")
                && keys.iter().any(|(key, values)| {
                    FENCES.iter().any(|fence| fence.eq_ignore_ascii_case(key))
                        && values.iter().all(fixed)
                })
        })
    }

    /// Every text in the statement that may hold deployment-time parts.
    pub fn texts(&self) -> impl Iterator<Item = &Text> {
        let principals = self.principal.iter().flat_map(|clause| {
            let listed = match &clause.value {
                Principals::Anyone => None,
                Principals::Listed(kinds) => Some(kinds.values().flatten()),
            };
            listed.into_iter().flatten()
        });
        let resources = self.resource.iter().flat_map(|clause| &clause.value);
        let conditions = self
            .conditions
            .values()
            .flat_map(SortedMap::values)
            .flatten();
        principals.chain(resources).chain(conditions)
    }
}

/// Indented JSON in the notation of specs, for people to compare.
impl fmt::Display for PolicyDocument {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            formatter,
            "{:#}",
            Tree::from(self).to_json(&ToString::to_string)
        )
    }
}
