//! Whether a statement applies to a request.

use super::condition::Values;
use super::decision::Element;
use super::principal::{Matcher, Reach};
use super::resource::KeyArn;
use super::truth::Truth;
use crate::iam::pattern::{Case, PatternKind};
use crate::iam::placeholder::Symbol;
use crate::iam::{Clause, Part, Pattern, Statement, Text};

/// Whose policy the statement stands in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// The key's.
    Key,
    /// The caller's.
    Identity,
}

/// A request with one reading of its context, ready to be compared with the statements of one policy.
pub(super) struct Subject<'r> {
    pub(super) kind: Kind,
    pub(super) action: &'r str,
    pub(super) matcher: &'r Matcher<'r>,
    /// The key; `None` for actions that work on none.
    pub(super) key: Option<&'r KeyArn>,
    pub(super) values: Values<'r>,
}

/// How far a statement applies, and what keeps it from more.
pub(super) struct Applies<'s> {
    pub(super) reach: Reach,
    pub(super) because: Option<Because<'s>>,
}

/// An element, by reference.
#[derive(Clone, Copy)]
pub(super) enum Because<'s> {
    Statement,
    Action,
    Principal,
    Resource,
    Condition(&'s str, &'s str),
}

impl Because<'_> {
    pub(super) fn to_element(self) -> Element {
        match self {
            Self::Statement => Element::Statement,
            Self::Action => Element::Action,
            Self::Principal => Element::Principal,
            Self::Resource => Element::Resource,
            Self::Condition(operator, key) => Element::Condition {
                operator: operator.to_owned(),
                key: key.to_owned(),
            },
        }
    }
}

impl Subject<'_> {
    /// How far a statement applies.
    ///
    /// A statement without an element that AWS demands is refused when the policy is put, so nothing can be said of it.
    pub(super) fn applies<'s>(&self, statement: &'s Statement) -> Applies<'s> {
        let mut so_far = Applies {
            reach: Reach {
                direct: Truth::Yes,
                account: Truth::Yes,
            },
            because: None,
        };
        if statement.uncertain {
            so_far.limit(Truth::Maybe, Because::Statement);
        }
        let action = statement.action.as_ref();
        if so_far.limit(self.action(action), Because::Action) {
            return so_far;
        }
        let reach = self.principal(statement);
        if reach.either() < so_far.reach.either() {
            so_far.because = Some(Because::Principal);
        }
        so_far.reach = Reach {
            direct: so_far.reach.direct.and(reach.direct),
            account: so_far.reach.account.and(reach.account),
        };
        if so_far.reach.either() == Truth::No {
            return so_far;
        }
        let resource = statement.resource.as_ref();
        if so_far.limit(self.resource(resource), Because::Resource) {
            return so_far;
        }
        for (operator, keys) in &statement.conditions {
            for (key, values) in keys {
                let holds = self.values.condition(operator, key, values);
                if so_far.limit(holds, Because::Condition(operator, key)) {
                    return so_far;
                }
            }
        }
        so_far
    }

    fn action(&self, clause: Option<&Clause<Vec<String>>>) -> Truth {
        let Some(clause) = clause else {
            return Truth::Maybe;
        };
        let named = clause
            .value
            .iter()
            .map(|pattern| action(pattern, self.action));
        Truth::any(named).negate_if(clause.negated)
    }

    fn principal(&self, statement: &Statement) -> Reach {
        let open = Reach {
            direct: Truth::Maybe,
            account: Truth::Maybe,
        };
        match (self.kind, &statement.principal) {
            (Kind::Identity, None) => Reach {
                direct: Truth::Yes,
                account: Truth::No,
            },
            (Kind::Identity, Some(_)) | (Kind::Key, None) => open,
            (Kind::Key, Some(clause)) => {
                let allow = statement.effect == crate::iam::Effect::Allow;
                self.matcher.reach(clause, allow, &|name| self.name(name))
            }
        }
    }

    /// A name in a Principal element, where there are no policy variables.
    fn name(&self, text: &Text) -> Option<String> {
        let mut name = String::new();
        for part in text.parts() {
            match part {
                Part::Literal(literal) => name.push_str(literal),
                Part::Variable(variable) => name.push_str((self.values.deployed)(*variable)?),
                Part::Unknown(_) => return None,
            }
        }
        Some(name)
    }

    fn resource(&self, clause: Option<&Clause<Vec<Text>>>) -> Truth {
        let Some(clause) = clause else {
            return Truth::Maybe;
        };
        let resolved: Vec<_> = clause
            .value
            .iter()
            .map(|text| self.values.symbols(text))
            .collect();
        let meant = resolved.iter().flatten().map(|symbols| match self.key {
            Some(key) => key.is_meant(symbols),
            None if *symbols == [Symbol::Written('*')] => Truth::Yes,
            None => Truth::from(symbols.contains(&Symbol::Unknown)).min(Truth::Maybe),
        });
        let holds = Truth::any(meant).negate_if(clause.negated);
        // "If AWS cannot resolve a variable, this might cause the entire statement to be invalid."
        holds.at_most_maybe_if(resolved.iter().any(Option::is_none))
    }
}

impl<'s> Applies<'s> {
    /// Takes one more element into account; true when the statement applies no more.
    fn limit(&mut self, truth: Truth, because: Because<'s>) -> bool {
        if truth < self.reach.either() {
            self.because = Some(because);
        }
        self.reach = self.reach.and(truth);
        self.reach.either() == Truth::No
    }
}

/// Whether an element of Action names the action.
pub(super) fn action(pattern: &str, action: &str) -> Truth {
    ActionPattern::new(pattern).names(action)
}

/// An element of Action.
pub(super) enum ActionPattern<'s> {
    /// All actions.
    All,
    /// One action, with the service in front.
    Name(&'s str),
    /// Those that a pattern matches, and whether only those of KMS are meant.
    Wild(Pattern, bool),
}

impl<'s> ActionPattern<'s> {
    /// Reads an element.
    pub(super) fn new(pattern: &'s str) -> Self {
        if pattern == "*" {
            return Self::All;
        }
        if !pattern.contains(['*', '?']) {
            return Self::Name(pattern);
        }
        let in_service = pattern
            .get(..4)
            .is_some_and(|prefix| prefix.eq_ignore_ascii_case("kms:"));
        let pattern = Pattern::new(pattern, PatternKind::Glob, Case::Insensitive);
        Self::Wild(pattern, in_service)
    }

    /// Whether it names an action. Prefix and name ignore case.
    ///
    /// Only `*` or the service in plain letters stands in front of the colon; of other patterns that would match, it is
    /// not documented that they are taken.
    /// Source: IAM user guide, "IAM JSON policy elements: Action".
    pub(super) fn names(&self, action: &str) -> Truth {
        match self {
            Self::All => Truth::Yes,
            Self::Name(name) => Truth::from(name.eq_ignore_ascii_case(action)),
            Self::Wild(pattern, in_service) => {
                Truth::from(pattern.matches(action)).at_most_maybe_if(!in_service)
            }
        }
    }
}
