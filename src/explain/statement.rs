//! Statements, taken apart.

use std::collections::BTreeSet;

use super::action;
use super::condition::Condition;
use super::name::{Name, NameKind, Whose};
use super::scope::Scope;
use crate::access::exact::Analysis;
use crate::controls::{reading, recipes};
use crate::iam::read::ReadPolicy;
use crate::iam::{Clause, Effect, PolicyDocument, Principals, Statement};
use crate::source::Span;

/// A statement in plain words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StatementWords {
    /// Its number in the policy, from 1.
    pub number: usize,
    /// Its name.
    pub sid: Option<String>,
    /// Allow or Deny; `None` where nobody can tell.
    pub effect: Option<Effect>,
    /// Whom it is about.
    pub who: Vec<Name>,
    /// Whether it is about everybody but those.
    pub others: bool,
    /// What it lets them do, or forbids.
    pub may: String,
    /// The actions of KMS that it comes to, of those that the key can do.
    pub actions: Vec<&'static str>,
    /// The services that must pass the request on; empty where it may come from anywhere.
    pub through: Vec<String>,
    /// What else must be so: all of it.
    pub conditions: Vec<String>,
    /// What else there is to know.
    pub remarks: Vec<String>,
    /// Where it stands; `None` for AWS's default policy.
    pub span: Option<Span>,
}

impl StatementWords {
    /// Whom it is about, in words.
    #[must_use]
    pub fn who(&self) -> String {
        let names: Vec<String> = self.who.iter().map(Name::words).collect();
        match (self.others, names.is_empty()) {
            (false, true) => "nobody".to_owned(),
            (false, false) => action::join(&names),
            (true, _) => format!("anyone but {}", action::join(&names)),
        }
    }

    /// How it is referred to: by name, else by number.
    #[must_use]
    pub fn title(&self) -> String {
        match self.sid.as_deref() {
            Some(sid) if !sid.trim().is_empty() => format!("{}. {sid}", self.number),
            _ => format!("{}. (no name)", self.number),
        }
    }
}

/// The statements of a policy. Those of which a part is unknown were read in two ways, and are brought together.
pub(super) fn statements(
    document: &PolicyDocument,
    read: Option<&ReadPolicy>,
    scope: &Scope,
    analysis: &mut Analysis<'_>,
) -> Vec<StatementWords> {
    let place = |index: usize| read.and_then(|read| read.places.get(index));
    let number = |index: usize| place(index).map_or(index, |place| place.number);
    let mut all = Vec::new();
    let mut index = 0;
    while let Some(statement) = document.statements.get(index) {
        let alike = document.statements.iter().enumerate().skip(index + 1);
        let readings: Vec<&Statement> = alike
            .take_while(|(other, _)| number(*other) == number(index))
            .map(|(_, other)| other)
            .collect();
        let mut words = Words {
            statement,
            scope,
            remarks: Vec::new(),
        }
        .words(number(index) + 1);
        words.span = place(index).map(|place| place.statement);
        if readings
            .iter()
            .any(|other| other.effect != statement.effect)
        {
            words.effect = None;
        } else if !readings.is_empty() {
            words.may.push_str(", and more that only deployment knows");
        }
        if let (Some(read), Some(place)) = (read, place(index)) {
            unresolved(
                statement,
                read,
                (place.principal, place.condition),
                &mut words,
            );
        }
        if readings.is_empty() && !statement.uncertain {
            words.remarks.extend(dead(index, statement, analysis));
        }
        all.push(words);
        index += readings.len() + 1;
    }
    all
}

/// What the elements cannot say: that they stand for something unknown.
fn unresolved(
    statement: &Statement,
    read: &ReadPolicy,
    (principal, condition): (Span, Span),
    words: &mut StatementWords,
) {
    let within = |place: Span| {
        read.problems.iter().any(|problem| {
            let label = problem.diagnostic.primary.as_ref();
            label.is_some_and(|label| {
                let span = label.span;
                span.file == place.file && span.start >= place.start && span.end <= place.end
            })
        })
    };
    if !statement.uncertain {
        return;
    }
    let anyone = matches!(
        &statement.principal,
        Some(Clause {
            value: Principals::Anyone,
            ..
        })
    );
    if anyone && principal != condition && within(principal) {
        words.who = vec![Name::new(
            NameKind::Unknown,
            "somebody whom only deployment knows",
            Whose::Any,
        )];
    }
    if principal != condition && within(condition) {
        words
            .conditions
            .push("more holds that only deployment knows".to_owned());
    }
    if words.effect.is_none() || principal == condition {
        words
            .remarks
            .push("What this statement says can be told only in part.".to_owned());
    }
}

/// Whether the statement does anything.
fn dead(index: usize, statement: &Statement, analysis: &mut Analysis<'_>) -> Option<String> {
    if analysis.applies(index).is_no() {
        return Some("Has no effect: no request can match it.".to_owned());
    }
    let gives = statement.effect != Effect::Allow || !analysis.gives(index).is_no();
    (!gives).then(|| "Has no effect: other statements deny all that it allows.".to_owned())
}

/// A statement while it is taken apart.
pub(super) struct Words<'s> {
    pub(super) statement: &'s Statement,
    pub(super) scope: &'s Scope,
    pub(super) remarks: Vec<String>,
}

impl<'s> Words<'s> {
    fn words(mut self, number: usize) -> StatementWords {
        let statement = self.statement;
        let conditions = reading::conditions(statement).map(|(operator, key, values)| Condition {
            operator,
            key,
            values,
        });
        let conditions: Vec<Condition<'s>> = conditions.collect();
        let (who, used) = self.who(&conditions);
        let others = statement.principal.as_ref().is_some_and(|it| it.negated);
        let mut through = Vec::new();
        let mut asked = Vec::new();
        for (index, condition) in conditions.iter().enumerate() {
            if used.contains(&index) {
                continue;
            }
            match condition.through() {
                Some(services) if through.is_empty() => through = services,
                _ => asked.push(condition.words(self.scope)),
            }
        }
        self.remark(&who, others);
        let actions = action::of(statement, self.scope);
        StatementWords {
            number,
            sid: statement.sid.clone(),
            effect: Some(statement.effect),
            who,
            others,
            may: action::words(statement, self.scope),
            actions: actions.iter().map(|action| action.name).collect(),
            through,
            conditions: asked,
            remarks: self.remarks,
            span: None,
        }
    }

    /// What readers should know of what the elements mean together.
    fn remark(&mut self, who: &[Name], others: bool) {
        let allows = self.statement.effect == Effect::Allow;
        let strangers = action::strangers(self.statement);
        if !strangers.is_empty() {
            let names = action::join(&strangers);
            self.remarks.push(format!("{names}: no action of KMS."));
        }
        if others {
            self.remarks.push(if allows {
                "`NotPrincipal` with `Allow`: AWS does not support it, so nobody can tell what it allows.".to_owned()
            } else {
                "`NotPrincipal`: spares only those whose role, session and account are all listed.".to_owned()
            });
            return;
        }
        let delegates = |name: &&Name| name.kind == NameKind::Account;
        if !allows {
            return;
        }
        if who
            .iter()
            .any(|name| name.kind == NameKind::Account && name.whose == Whose::Own)
        {
            self.remarks.push(
                "Leaves it to the account: its root user can do this, and IAM policies of the account can give it to \
                 anyone there. It gives nobody else anything by itself."
                    .to_owned(),
            );
        }
        if who.iter().any(|name| name.kind == NameKind::RootUser) {
            self.remarks.push(
                "Leaves nothing to the account: no IAM policy there can give this to anyone."
                    .to_owned(),
            );
        }
        if who
            .iter()
            .filter(delegates)
            .any(|name| name.whose != Whose::Own)
        {
            self.remarks.push(
                "Leaves it to that account: IAM policies there decide who gets it.".to_owned(),
            );
        }
        let foreign = |name: &Name| {
            let other = matches!(name.whose, Whose::Other(_)) && name.kind.has_account();
            (other && name.kind != NameKind::Account) || name.kind == NameKind::Organization
        };
        if who.iter().any(foreign) {
            self.remarks.push(
                "Those of other accounts need an IAM policy of their own account that allows it, too."
                    .to_owned(),
            );
        }
        if who.iter().any(|name| name.kind == NameKind::Gone) {
            self.remarks.push(
                "A name like `AROA…` is what remains of a deleted role or user: it gives access to nobody."
                    .to_owned(),
            );
        }
        self.remarks.extend(self.purposes());
    }

    /// What the services that it lets in use the key for.
    fn purposes(&self) -> Option<String> {
        let mut titles: Vec<&str> = Vec::new();
        for named in reading::principals(self.statement) {
            if named.who != reading::Who::Service {
                continue;
            }
            let recipes = recipes(named.text);
            let all: Vec<(&str, bool)> = recipes
                .iter()
                .map(|(service, recipe)| (service.title.as_str(), self.is_like(recipe)))
                .collect();
            let exact = all.iter().any(|(_, like)| *like);
            for (title, like) in all {
                if (like || !exact) && !titles.contains(&title) {
                    titles.push(title);
                }
            }
        }
        (!titles.is_empty()).then(|| format!("For: {}.", titles.join("; or ")))
    }

    /// Whether a recipe of the catalogue has the same actions, and conditions on the same keys.
    fn is_like(&self, recipe: &crate::kms::service::RecipeStatement) -> bool {
        let names = |patterns: &[String]| -> BTreeSet<&str> {
            let actions = patterns
                .iter()
                .flat_map(|pattern| reading::matched(pattern));
            actions.map(|action| action.name).collect()
        };
        let own = self
            .statement
            .action
            .as_ref()
            .map(|clause| names(&clause.value));
        let keys = recipe.conditions.values().flat_map(|keys| keys.keys());
        let keys: BTreeSet<String> = keys.map(|key| key.to_ascii_lowercase()).collect();
        let own_keys = reading::conditions(self.statement);
        let own_keys: BTreeSet<String> = own_keys
            .map(|(_, key, _)| key.to_ascii_lowercase())
            .collect();
        own == Some(names(&recipe.actions)) && own_keys == keys
    }
}
