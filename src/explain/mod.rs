//! What a key and its policy come to, in plain words: for readers who know AWS, but not its policy language.
//!
//! ```text
//! FoundKey ──property──► what kind of key it is
//!    │ policy ──statement (name, action, condition)──► statements, one after the other
//!    └────────access──table──► who can do what ──notes──► what that means next
//! ```
//!
//! The words are made of what was read, never of what was meant: access comes from [`crate::access::exact`], which is
//! exact, and statements are taken apart element by element. What cannot be told stands in [`Explanation::doubts`].

mod access;
mod action;
mod condition;
mod name;
mod note;
mod property;
mod scope;
mod statement;
mod who;

pub use access::{AccessRow, Column};
pub use name::{Name, NameKind, Whose};
pub use statement::StatementWords;

use crate::access::exact::{Access, Analysis, Capability};
use crate::controls::{Unknown, doubts};
use crate::iam::read::Doubt;
use crate::iam::{
    AccountId, Effect, PolicyDocument, PrincipalKind, Principals, Statement, Text, Variable,
};
use crate::kms::actions;
use crate::readback::found::{FoundKey, KeyForm, Property};
use scope::Scope;

/// A key, explained.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Explanation {
    /// Its resource.
    pub resource: String,
    /// What kind of resource that is.
    pub form: KeyForm,
    /// Under which conditions of its file it is as it is here; empty where it always is.
    pub when: Vec<String>,
    /// The names of its aliases, `alias/` in front.
    pub aliases: Vec<String>,
    /// Its description.
    pub description: Option<String>,
    /// What else is to be known of it: name and words.
    pub properties: Vec<(&'static str, String)>,
    /// The statements of its policy, in order.
    pub statements: Vec<StatementWords>,
    /// What there is to be had of it: the columns of the table.
    pub columns: Vec<Column>,
    /// Who can do what.
    pub rows: Vec<AccessRow>,
    /// What follows from it.
    pub notes: Vec<String>,
    /// What AWS would refuse; it is not in the statements.
    pub refused: Vec<Unknown>,
    /// What could not be told, and where.
    pub doubts: Vec<Unknown>,
}

impl Explanation {
    /// The name by which it goes: its alias, else its resource.
    #[must_use]
    pub fn title(&self) -> &str {
        self.aliases.first().map_or(&self.resource, String::as_str)
    }

    /// Those whom a statement names for one of some capabilities, and who have it. What anybody in the account can get
    /// through IAM does not count.
    pub fn who_can<'e>(&'e self, wanted: &'e [Capability]) -> impl Iterator<Item = &'e AccessRow> {
        let own = |row: &&AccessRow| !matches!(row.name.kind, NameKind::Rest | NameKind::Anyone);
        let rows = self.rows.iter().filter(own);
        rows.filter(move |row| {
            let mut has = wanted
                .iter()
                .filter(|one| row.cell(&self.columns, **one) != Access::No);
            has.any(|one| self.names(&row.name, *one))
        })
    }

    /// Whether a statement allows somebody by name what a capability needs.
    fn names(&self, name: &Name, capability: Capability) -> bool {
        self.statements.iter().any(|statement| {
            let gives = |action: &&str| {
                let action = actions::find(action);
                action.and_then(Capability::of) == Some(capability)
            };
            statement.effect != Some(Effect::Deny)
                && statement.who.iter().any(|named| named.covers(name))
                && statement.actions.iter().any(gives)
        })
    }

    /// Whether anybody in the world has access, or nobody can tell.
    #[must_use]
    pub fn is_open(&self) -> bool {
        let mut rows = self.rows.iter();
        rows.any(|row| row.name.kind == NameKind::Anyone && row.has_access())
    }

    /// Those outside of the key's account who have access, but for services.
    pub fn outsiders(&self) -> impl Iterator<Item = &AccessRow> {
        self.rows.iter().filter(|row| {
            let outside = !matches!(row.name.whose, Whose::Own);
            outside && row.name.kind.has_account() && row.has_access()
        })
    }
}

/// Explains a key. `account` is the one that it is deployed to where the policy does not tell: the policy's own word
/// comes first.
#[must_use]
pub fn explain(key: &FoundKey, account: Option<&AccountId>) -> Explanation {
    let mut notes = Vec::new();
    let default = default_policy();
    let read = key.policy.known();
    let document = match (&key.policy, read) {
        (Property::Absent, _) => Some(&default),
        (_, Some(read)) => Some(&read.document),
        _ => None,
    };
    let statements = document.map_or(&[][..], |document| &document.statements);
    let scope = Scope::new(key, statements, account, &mut notes);
    let mut explanation = Explanation {
        resource: key.resource.clone(),
        form: key.form,
        when: key.when.clone(),
        aliases: property::aliases(key),
        description: property::description(key),
        properties: property::properties(key),
        statements: Vec::new(),
        columns: Vec::new(),
        rows: Vec::new(),
        notes: Vec::new(),
        refused: Vec::new(),
        doubts: doubts(key),
    };
    if let Some(document) = document {
        let mut analysis = Analysis::new(document, &scope.place);
        explanation.statements = statement::statements(document, read, &scope, &mut analysis);
        let (columns, rows) = access::table(document, &scope, &mut analysis);
        explanation.columns = columns;
        explanation.rows = rows;
        note::notes(&explanation, (key, document), &mut analysis, &mut notes);
    }
    let problems = read.into_iter().flat_map(|read| &read.problems);
    let refused = problems.filter(|problem| problem.doubt == Doubt::Invalid);
    explanation.refused = refused
        .map(|problem| Unknown::of(&problem.diagnostic, key.span))
        .collect();
    if let Property::Invalid(diagnostic) = &key.policy {
        explanation.refused.push(Unknown::of(diagnostic, key.span));
    }
    explanation.notes = notes;
    explanation
}

/// What a key gets that is made without a policy.
/// Source: KMS developer guide, "Default key policy", for keys that are made by programs.
fn default_policy() -> PolicyDocument {
    let root = crate::iam::Arn::iam(&Text::variable(Variable::Account), "root");
    let account = Principals::of(PrincipalKind::Aws, [root]);
    let statement = Statement::allow("Enable IAM User Permissions", account, ["kms:*"]);
    PolicyDocument::canonical(None, vec![statement])
}
