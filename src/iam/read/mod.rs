//! Reads policy documents and statements from values.
//!
//! One reader for what keywright wrote and for what others wrote. [`policy`] takes everything and lists what is
//! doubtful; [`document`] and [`statement`] are the same reading for those who accept no doubt.

mod json;
mod outcome;

pub use json::from_json;
pub use outcome::{Doubt, Problem, ReadPolicy, StatementPlaces};

use super::value::{Member, Read, Value, ValueKind, unproven};
use super::{
    Clause, Conditions, Effect, PolicyDocument, PrincipalKind, Principals, SortedMap, Statement,
    Text, Version,
};
use crate::diag::Diagnostic;
use crate::source::Span;

/// Reads a policy document of version 2012-10-17, in canonical form.
///
/// # Errors
/// The first element that cannot be read for certain.
pub fn document(value: Value) -> Read<PolicyDocument> {
    let span = value.span;
    policy(value).certain(span)
}

/// Reads one statement.
///
/// # Errors
/// The first element that cannot be read for certain.
pub fn statement(value: Value) -> Read<Statement> {
    let span = value.span;
    let mut reader = Reader::default();
    reader.statement(value, 0);
    if let Some(problem) = reader.problems.into_iter().next() {
        return Err(problem.diagnostic);
    }
    let mut statements = reader.statements.into_iter();
    let only = statements.next();
    only.ok_or_else(|| unproven(span, "this is no statement"))
}

/// Reads a policy document, in canonical form, with everything doubtful listed.
#[must_use]
pub fn policy(value: Value) -> ReadPolicy {
    let mut reader = Reader::default();
    let version = reader.document(value);
    let mut document = PolicyDocument::canonical(reader.id, reader.statements);
    document.version = version;
    ReadPolicy {
        document,
        places: reader.places,
        problems: reader.problems,
    }
}

#[derive(Default)]
struct Reader {
    id: Option<Text>,
    statements: Vec<Statement>,
    places: Vec<StatementPlaces>,
    problems: Vec<Problem>,
}

/// The elements of one statement as they come in.
struct Draft {
    statement: Statement,
    places: StatementPlaces,
    effect: Option<Effect>,
    effect_unknown: bool,
    /// Whether AWS would refuse it as it stands.
    refused: bool,
    /// Whether it also names actions that nobody can tell.
    more_actions: bool,
}

impl Reader {
    fn invalid(&mut self, diagnostic: Diagnostic) {
        self.problems.push(Problem {
            doubt: Doubt::Invalid,
            diagnostic,
        });
    }

    fn unknown(&mut self, span: Span, what: &str) {
        self.problems.push(Problem {
            doubt: Doubt::Unknown,
            diagnostic: unproven(span, what),
        });
    }

    fn document(&mut self, value: Value) -> Version {
        let span = value.span;
        let value = match json::parsed(value) {
            Ok(value) => value,
            Err(diagnostic) => {
                self.invalid(diagnostic);
                return Version::V2008;
            }
        };
        if let ValueKind::Unknown(_) = value.kind {
            self.unknown(span, "this policy is not resolved here");
            self.anything(StatementPlaces::all_at(0, span));
            return Version::V2012;
        }
        let members = match value.into_members() {
            Ok(members) => members,
            Err(diagnostic) => {
                self.invalid(diagnostic);
                return Version::V2008;
            }
        };
        let mut version = Version::V2008;
        let mut has_statement = false;
        for member in members {
            let place = member.value.span;
            match member.name.as_str() {
                "Version" => version = self.version(member.value),
                "Id" => match member.value.into_text() {
                    Ok(id) => self.id = Some(id),
                    Err(diagnostic) => self.invalid(diagnostic),
                },
                "Statement" => {
                    has_statement = true;
                    if let ValueKind::Unknown(_) = member.value.kind {
                        self.unknown(place, "these statements are not resolved here");
                        self.anything(StatementPlaces::all_at(0, place));
                        continue;
                    }
                    for (number, item) in member.value.into_one_or_many().enumerate() {
                        self.statement(item, number);
                    }
                }
                _ => self.invalid(not_an_element(&member.name, member.span, "policy")),
            }
        }
        // Source: IAM user guide, "IAM JSON policy elements: Statement": the element is required.
        if !has_statement {
            self.invalid(unproven(span, "this policy has no `Statement`"));
        }
        version
    }

    fn version(&mut self, value: Value) -> Version {
        let span = value.span;
        let version = match value.into_text() {
            Ok(version) => version,
            Err(diagnostic) => {
                self.invalid(diagnostic);
                return Version::V2008;
            }
        };
        match version.as_literal() {
            Some("2012-10-17") => Version::V2012,
            Some("2008-10-17") => Version::V2008,
            Some(other) => {
                let message = format!("`{other}` is no version of the policy language");
                let diagnostic = unproven(span, message).help("write `2012-10-17`");
                self.invalid(diagnostic);
                Version::V2008
            }
            None => {
                self.unknown(span, "this version depends on the deployment");
                Version::V2012
            }
        }
    }

    /// One statement or several of which nothing is known.
    fn anything(&mut self, places: StatementPlaces) {
        for effect in [Effect::Allow, Effect::Deny] {
            let mut any = Statement::allow("", Principals::Anyone, ["*"]);
            any.sid = None;
            any.effect = effect;
            any.uncertain = true;
            self.push(any, places);
        }
    }

    fn push(&mut self, statement: Statement, places: StatementPlaces) {
        self.statements.push(statement);
        self.places.push(places);
    }

    fn statement(&mut self, value: Value, number: usize) {
        let span = value.span;
        let places = StatementPlaces::all_at(number, span);
        if let ValueKind::Unknown(_) = value.kind {
            self.unknown(span, "this statement is not resolved here");
            self.anything(places);
            return;
        }
        let members = match value.into_members() {
            Ok(members) => members,
            Err(diagnostic) => return self.invalid(diagnostic),
        };
        let mut draft = Draft {
            statement: Statement {
                sid: None,
                effect: Effect::Allow,
                principal: None,
                action: None,
                resource: None,
                conditions: Conditions::new(),
                uncertain: false,
            },
            places,
            effect: None,
            effect_unknown: false,
            refused: false,
            more_actions: false,
        };
        for member in members {
            if let Err(diagnostic) = self.element(&mut draft, member) {
                draft.refused = true;
                self.invalid(diagnostic);
            }
        }
        if draft.effect.is_none() && !draft.effect_unknown && !draft.refused {
            self.invalid(unproven(span, "this statement has no `Effect`"));
            draft.refused = true;
        }
        self.finish(draft);
    }

    fn finish(&mut self, draft: Draft) {
        let Draft {
            mut statement,
            places,
            ..
        } = draft;
        if draft.refused {
            return;
        }
        if draft.effect_unknown {
            statement.uncertain = true;
            if draft.more_actions {
                statement.action = Some(any_action());
            }
            for effect in [Effect::Allow, Effect::Deny] {
                statement.effect = effect;
                self.push(statement.clone(), places);
            }
            return;
        }
        if draft.more_actions {
            let mut more = statement.clone();
            more.uncertain = true;
            more.action = Some(any_action());
            let certain = statement
                .action
                .as_ref()
                .is_some_and(|action| !action.negated && !action.value.is_empty());
            if certain {
                self.push(statement, places);
            }
            self.push(more, places);
            return;
        }
        self.push(statement, places);
    }

    fn element(&mut self, draft: &mut Draft, member: Member) -> Read<()> {
        let Member { name, span, value } = member;
        let place = value.span;
        let unresolved = matches!(value.kind, ValueKind::Unknown(_));
        let statement = &mut draft.statement;
        match name.as_str() {
            "Sid" => {
                draft.places.sid = place;
                let sid = value.into_text()?;
                if sid.as_literal().is_none() {
                    self.unknown(place, "this text depends on the deployment");
                }
                statement.sid = Some(sid.to_string());
            }
            "Effect" => {
                draft.places.effect = place;
                draft.effect = effect(&value)?;
                if let Some(effect) = draft.effect {
                    statement.effect = effect;
                } else {
                    draft.effect_unknown = true;
                    self.unknown(place, "this effect depends on the deployment");
                }
            }
            name @ ("Principal" | "NotPrincipal") => {
                draft.places.principal = place;
                only_once(statement.principal.is_some(), name, span)?;
                let principals = if unresolved {
                    statement.uncertain = true;
                    self.unknown(place, "this principal is not resolved here");
                    Principals::Anyone
                } else {
                    self.principals(value)?
                };
                statement.principal = Some(clause(name, principals));
            }
            name @ ("Action" | "NotAction") => {
                draft.places.action = place;
                only_once(statement.action.is_some(), name, span)?;
                let mut actions = Vec::new();
                for item in value.into_one_or_many() {
                    let at = item.span;
                    match item.into_text()?.into_literal() {
                        Some(action) => actions.push(action),
                        None => {
                            self.unknown(at, "this text depends on the deployment");
                            draft.more_actions = true;
                        }
                    }
                }
                statement.action = Some(clause(name, actions));
            }
            name @ ("Resource" | "NotResource") => {
                draft.places.resource = place;
                only_once(statement.resource.is_some(), name, span)?;
                statement.resource = Some(clause(name, self.texts(value, Value::into_text)?));
            }
            "Condition" => {
                draft.places.condition = place;
                if unresolved {
                    statement.uncertain = true;
                    self.unknown(place, "these conditions are not resolved here");
                } else {
                    let (conditions, certain) = self.conditions(value)?;
                    statement.conditions = conditions;
                    statement.uncertain |= !certain;
                }
            }
            _ => return Err(not_an_element(&name, span, "statement")),
        }
        Ok(())
    }

    /// A list of texts, or one; what is unknown in them is listed.
    fn texts(&mut self, value: Value, read: fn(Value) -> Read<Text>) -> Read<Vec<Text>> {
        let mut texts = Vec::new();
        for item in value.into_one_or_many() {
            let span = item.span;
            let text = read(item)?;
            if text.is_unknown() {
                self.unknown(span, "this text is not resolved here");
            }
            texts.push(text);
        }
        Ok(texts)
    }

    fn principals(&mut self, value: Value) -> Read<Principals> {
        if let ValueKind::Text(text) = &value.kind {
            if text.as_literal() == Some("*") {
                return Ok(Principals::Anyone);
            }
            return Err(unproven(value.span, "a principal is `*` or a mapping")
                .help("write `{AWS: ARN}` or `{Service: NAME}`"));
        }
        let mut kinds = SortedMap::new();
        for member in value.into_members()? {
            let kind = PrincipalKind::ALL
                .into_iter()
                .find(|kind| kind.as_str() == member.name)
                .ok_or_else(|| {
                    let known = PrincipalKind::ALL.map(PrincipalKind::as_str);
                    not_an_element(&member.name, member.span, "Principal")
                        .help(format!("known: {}", known.join(", ")))
                })?;
            kinds.insert(kind, self.texts(member.value, Value::into_text)?);
        }
        Ok(Principals::Listed(kinds))
    }

    /// The conditions that can be read, and whether these are all.
    fn conditions(&mut self, value: Value) -> Read<(Conditions, bool)> {
        let mut conditions = Conditions::new();
        let mut certain = true;
        for operator in value.into_members()? {
            if let ValueKind::Unknown(_) = operator.value.kind {
                self.unknown(operator.value.span, "this condition is not resolved here");
                certain = false;
                continue;
            }
            let mut keys = SortedMap::new();
            for key in operator.value.into_members()? {
                keys.insert(key.name, self.texts(key.value, Value::into_word)?);
            }
            conditions.insert(operator.name, keys);
        }
        Ok((conditions, certain))
    }
}

fn not_an_element(name: &str, span: Span, of: &str) -> Diagnostic {
    unproven(span, format!("`{name}` is no element of a {of}"))
}

/// The widest reading of actions that nobody can tell.
fn any_action() -> Clause<Vec<String>> {
    Clause::is(vec!["*".to_owned()])
}

fn clause<T>(name: &str, value: T) -> Clause<T> {
    if name.starts_with("Not") {
        Clause::is_not(value)
    } else {
        Clause::is(value)
    }
}

fn only_once(given: bool, name: &str, span: Span) -> Read<()> {
    if given {
        let message = format!("`{name}` stands beside its own negation");
        return Err(unproven(span, message));
    }
    Ok(())
}

/// The effect; `None` where it depends on the deployment.
fn effect(value: &Value) -> Read<Option<Effect>> {
    if let ValueKind::Unknown(_) = value.kind {
        return Ok(None);
    }
    match value.text()?.as_literal() {
        Some("Allow") => Ok(Some(Effect::Allow)),
        Some("Deny") => Ok(Some(Effect::Deny)),
        Some(_) => Err(unproven(value.span, "this is no effect of a statement")
            .help("write `Allow` or `Deny`")),
        None => Ok(None),
    }
}
