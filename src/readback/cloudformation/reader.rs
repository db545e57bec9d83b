//! One reading of a template: what was chosen, what was assumed, what is in doubt.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;

use super::conditions::Known;
use super::domain::Domain;
use super::template::Template;
use crate::diag::Diagnostic;
use crate::iam::Text;
use crate::iam::value::{ValueKind, unproven};
use crate::readback::variants::{self, Choices};
use crate::source::Span;

/// How deep values, conditions and names of resources may lead to each other. Trees end at a fourth of it
/// ([`crate::yaml::MAX_DEPTH`]); the stack of any thread holds it.
const MAX_DEPTH: usize = 256;

/// Most readings of one variant until nothing more is learnt about its parameters.
const MAX_PASSES: usize = 4;

/// What a reading comes to.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Outcome<T> {
    /// The rules of the template do not allow what was chosen.
    Impossible,
    /// What is read.
    Read(T),
}

/// Outcomes with what was chosen for each, in words.
pub(super) type Variants<T> = Vec<(Vec<String>, Outcome<T>)>;

/// Things to say about what is read.
#[derive(Debug, Default)]
pub(super) struct Notes {
    /// One for each place.
    pub(super) doubts: BTreeMap<Span, Diagnostic>,
    /// Values that hold by default, where they are used.
    pub(super) assumptions: Vec<(String, Span)>,
    /// What AWS refuses.
    pub(super) invalid: Vec<Diagnostic>,
}

/// Reads with some choices made.
pub(super) struct Reader<'t, 'c> {
    pub(super) template: &'c Template<'t>,
    /// `None` where there are too many combinations: what depends on a choice is then unknown.
    choices: Option<&'c Choices>,
    /// Whether only what is decided already counts: nothing is chosen.
    is_frozen: Cell<bool>,
    /// Whether conditions are decided, for which defaults are no facts.
    is_comparing: Cell<bool>,
    depth: Cell<usize>,
    is_exhausted: Cell<bool>,
    /// What is known of parameters, pseudo parameters included, beyond their declarations.
    domains: RefCell<BTreeMap<String, Domain>>,
    pub(super) conditions: RefCell<BTreeMap<&'t str, Known>>,
    /// Resources whose names are being made.
    pub(super) naming: RefCell<Vec<&'t str>>,
    notes: RefCell<Notes>,
}

fn is(name: &str, value: &str) -> String {
    match value {
        "" => format!("`{name}` is empty"),
        _ => format!("`{name}` is `{value}`"),
    }
}

fn is_not(name: &str, value: &str) -> String {
    is(name, value).replacen(" is ", " is not ", 1)
}

/// Words without those that others imply: what a parameter is says what it is not.
fn plainly(words: Vec<String>) -> Vec<String> {
    let is_implied = |word: &String| {
        let subject = word.split_once(" is not ").map(|(subject, _)| subject);
        subject.is_some_and(|subject| {
            let prefix = format!("{subject} is ");
            let mut others = words.iter().filter_map(|other| other.strip_prefix(&prefix));
            others.any(|value| !value.starts_with("not "))
        })
    };
    words
        .iter()
        .filter(|word| !is_implied(word))
        .cloned()
        .collect()
}

/// Reads once for every combination of choices. Where there are too many, once without any: then the last is `false`.
pub(super) fn each<'t, T: PartialEq>(
    template: &Template<'t>,
    read: impl Fn(&Reader<'t, '_>) -> T,
) -> (Variants<T>, bool) {
    match variants::each(|choices| settled(template, Some(choices), &read)) {
        Some(variants) => {
            let variants = variants.into_iter();
            let plain = variants.map(|(words, outcome)| (plainly(words), outcome));
            (plain.collect(), true)
        }
        None => (vec![(Vec::new(), settled(template, None, &read))], false),
    }
}

/// Reads again until what was learnt at the end is what was known at the beginning: a parameter may be used before a
/// condition says what it is.
fn settled<'t, T>(
    template: &Template<'t>,
    choices: Option<&Choices>,
    read: impl Fn(&Reader<'t, '_>) -> T,
) -> Outcome<T> {
    let mut domains = BTreeMap::new();
    let mut passes = 1;
    loop {
        let reader = Reader {
            template,
            choices,
            is_frozen: Cell::new(false),
            is_comparing: Cell::new(false),
            depth: Cell::new(0),
            is_exhausted: Cell::new(false),
            domains: RefCell::new(domains.clone()),
            conditions: RefCell::default(),
            naming: RefCell::default(),
            notes: RefCell::default(),
        };
        let value = read(&reader);
        if !reader.obeys_rules() {
            return Outcome::Impossible;
        }
        let learnt = reader.domains.into_inner();
        if learnt == domains || passes == MAX_PASSES {
            return Outcome::Read(value);
        }
        domains = learnt;
        passes += 1;
    }
}

impl<'t> Reader<'t, '_> {
    /// The option to take; `None` where nothing is to be chosen.
    pub(super) fn choose(
        &self,
        what: &str,
        options: usize,
        words: impl FnOnce(usize) -> String,
    ) -> Option<usize> {
        let choices = self.choices.filter(|_| !self.is_frozen.get())?;
        Some(choices.choose(what, options, words))
    }

    /// What a parameter or pseudo parameter can be.
    pub(super) fn domain(&self, name: &str) -> Domain {
        if let Some(domain) = self.domains.borrow().get(name) {
            return domain.clone();
        }
        let declared = self.template.parameters.get(name);
        declared.map(|it| it.domain()).unwrap_or_default()
    }

    fn learn(&self, name: &str, domain: Domain) {
        self.domains.borrow_mut().insert(name.to_owned(), domain);
    }

    /// One of the values that a parameter can have.
    pub(super) fn pick(&self, name: &str, domain: &Domain) -> Option<String> {
        let candidates = domain.candidates.as_deref().unwrap_or_default();
        let value = match candidates {
            [] => return None,
            [only] => only,
            several => {
                let said = |option: usize| match several.get(option) {
                    Some(value) => is(name, value),
                    None => String::new(),
                };
                several.get(self.choose(name, several.len(), said)?)?
            }
        };
        let mut domain = domain.clone();
        domain.is(value);
        self.learn(name, domain);
        Some(value.clone())
    }

    /// Whether a parameter has a value.
    pub(super) fn is_equal(&self, name: &str, value: &str) -> Option<bool> {
        let mut domain = self.domain(name);
        if let Some(known) = domain.compare(value) {
            return Some(known);
        }
        let mut otherwise = domain.clone();
        otherwise.is_not(value);
        let said = |option| match (option, otherwise.single()) {
            (0, _) => is(name, value),
            (_, Some(other)) => is(name, other),
            (_, None) => is_not(name, value),
        };
        let is_equal = self.choose(&format!("{name} = {value}"), 2, said)? == 0;
        if is_equal {
            domain.is(value);
        } else {
            domain = otherwise;
        }
        self.learn(name, domain);
        Some(is_equal)
    }

    /// Does something with nothing to be chosen.
    pub(super) fn frozen<T>(&self, read: impl FnOnce() -> T) -> T {
        let before = self.is_frozen.replace(true);
        let value = read();
        self.is_frozen.set(before);
        value
    }

    pub(super) fn is_frozen(&self) -> bool {
        self.is_frozen.get()
    }

    /// Decides a condition: a default is then no fact.
    pub(super) fn comparing<T>(&self, read: impl FnOnce() -> T) -> T {
        let before = self.is_comparing.replace(true);
        let value = read();
        self.is_comparing.set(before);
        value
    }

    pub(super) fn is_comparing(&self) -> bool {
        self.is_comparing.get()
    }

    /// Goes one level deeper; `None` where that leads too far.
    pub(super) fn deeper<T>(&self, span: Span, read: impl FnOnce() -> T) -> Option<T> {
        if !self.template.spend(1) {
            self.exhausted(span);
            return None;
        }
        let depth = self.depth.get();
        if depth == MAX_DEPTH {
            self.doubt(span, "this leads too deep to be resolved");
            return None;
        }
        self.depth.set(depth + 1);
        let value = read();
        self.depth.set(depth);
        Some(value)
    }

    /// A text as a value; dynamic references in it are known to CloudFormation alone.
    pub(super) fn text(&self, text: Text, span: Span) -> ValueKind {
        let size: usize = text.literals().map(str::len).sum();
        if !self.template.spend(size + text.parts().len()) {
            self.exhausted(span);
            return ValueKind::Unknown("…".to_owned());
        }
        super::intrinsics::resolved(text)
    }

    /// Notes, at one place only, that the rest cannot be read.
    pub(super) fn exhausted(&self, span: Span) {
        if !self.is_exhausted.replace(true) {
            self.doubt(span, "this template grows too large to be read to its end");
        }
    }

    /// Notes a doubt; the first at a place counts.
    pub(super) fn doubt(&self, span: Span, message: impl Into<String>) {
        let mut notes = self.notes.borrow_mut();
        let doubts = notes.doubts.entry(span);
        doubts.or_insert_with(|| unproven(span, message));
    }

    /// Notes what AWS refuses.
    pub(super) fn invalid(&self, diagnostic: Diagnostic) {
        self.notes.borrow_mut().invalid.push(diagnostic);
    }

    /// Notes that a value holds only by default.
    pub(super) fn assume(&self, words: String, span: Span) {
        let assumptions = &mut self.notes.borrow_mut().assumptions;
        if !assumptions.iter().any(|(known, _)| *known == words) {
            assumptions.push((words, span));
        }
    }

    /// What was noted since the last time.
    pub(super) fn take_notes(&self) -> Notes {
        self.notes.take()
    }
}
