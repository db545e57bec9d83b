//! The table of fields: one declaration from which decoder, JSON Schema and reference come.
//!
//! `record!` declares a record once: its fields with meaning, type, example and whether they must be given.
//! A [`FieldType`] knows how a value is decoded, how its schema looks and how it is called in words.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use crate::diag::{Diagnostic, nearest};
use crate::source::Span;
use crate::yaml::{Entry, Node, NodeKind};

/// A value with the place where it was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Spanned<T> {
    /// The value.
    pub value: T,
    /// Where it stands.
    pub span: Span,
}

/// A type of value that a field may have.
pub trait FieldType: Sized {
    /// What the value is in words, with an article: "text", "a list of …".
    fn describe() -> String;

    /// The JSON Schema of the value. It may accept more than [`FieldType::decode`], never less.
    fn schema() -> Value;

    /// Decodes a value. `None` when it is unusable; then at least one diagnostic says why.
    fn decode(node: &Node, decoder: &mut Decoder) -> Option<Self>;

    /// The record that the value is, or that it is made of: for the reference.
    fn record() -> Option<RecordTable> {
        None
    }
}

/// What decoding gathers.
#[derive(Debug, Default)]
pub struct Decoder {
    diagnostics: Vec<Diagnostic>,
}

impl Decoder {
    /// Notes a problem and goes on.
    pub fn report(&mut self, diagnostic: Diagnostic) {
        self.diagnostics.push(diagnostic);
    }

    /// Notes a problem unless it was noted before.
    pub fn report_once(&mut self, diagnostic: Diagnostic) {
        if !self.diagnostics.contains(&diagnostic) {
            self.report(diagnostic);
        }
    }

    /// How much was noted so far.
    #[must_use]
    pub fn count(&self) -> usize {
        self.diagnostics.len()
    }

    /// Everything that was noted.
    #[must_use]
    pub fn finish(self) -> Vec<Diagnostic> {
        self.diagnostics
    }

    /// Notes that a value is of the wrong type, and what to write.
    pub fn wrong_type(&mut self, node: &Node, expected: &str, help: impl Into<String>) {
        self.report(
            Diagnostic::error(
                "wrong-type",
                format!("expected {expected}, found {}", node.describe()),
            )
            .at(node.span, "")
            .help(help),
        );
    }
}

/// What is wrong with the YAML of a file and what is wrong with its fields, without what only follows from the former:
/// another word about the same place, or a field that a merge key would have brought.
pub(super) fn without_echoes(yaml: Vec<Diagnostic>, fields: Vec<Diagnostic>) -> Vec<Diagnostic> {
    let start = |diagnostic: &Diagnostic| diagnostic.primary.as_ref().map(|label| label.span.start);
    let told: BTreeSet<_> = yaml.iter().filter_map(start).collect();
    let merged = yaml.iter().any(|problem| problem.code == "merge-key");
    let mut all = yaml;
    all.extend(fields.into_iter().filter(|problem| {
        let echo = start(problem).is_some_and(|start| told.contains(&start));
        let brought = merged && problem.code == "missing-field";
        !(echo || brought)
    }));
    all
}

/// Whether a field must be given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Presence {
    /// Without it the record is an error.
    Required,
    /// It may be left out.
    Optional,
}

/// One row of the table.
#[derive(Debug, Clone, Copy)]
pub struct Field {
    /// The name in YAML.
    pub name: &'static str,
    /// What it means, lines joined with spaces.
    pub meaning: &'static [&'static str],
    /// A value as one would write it.
    pub example: &'static str,
    /// Whether it must be given.
    pub presence: Presence,
    /// What its value is in words.
    pub describe: fn() -> String,
    /// The schema of its value.
    pub schema: fn() -> Value,
    /// The record that its value is made of.
    pub record: fn() -> Option<RecordTable>,
}

impl Field {
    /// The meaning as one line of text.
    #[must_use]
    pub fn meaning_text(&self) -> String {
        join_doc(self.meaning)
    }
}

/// A word or a phrase with its article.
pub(super) fn with_article(phrase: &str) -> String {
    let article = if phrase.starts_with(['a', 'e', 'i', 'o', 'u']) {
        "an"
    } else {
        "a"
    };
    format!("{article} {phrase}")
}

/// A sentence of documentation as part of another one: no capital at its start, no full stop.
#[must_use]
pub fn as_aside(sentence: &str) -> String {
    let sentence = sentence.trim_end_matches('.');
    let mut characters = sentence.chars();
    match (characters.next(), characters.next()) {
        // A name such as ARN keeps its capitals.
        (Some(first), Some(second)) if !second.is_uppercase() => {
            let rest = sentence.get(first.len_utf8()..).unwrap_or_default();
            format!("{}{rest}", first.to_lowercase())
        }
        _ => sentence.to_owned(),
    }
}

pub(super) fn join_doc(lines: &[&str]) -> String {
    lines
        .iter()
        .map(|line| line.trim())
        .collect::<Vec<_>>()
        .join(" ")
}

/// A record: a mapping with known fields.
pub trait Record: Sized {
    /// What a record of this kind is called in messages.
    const NAME: &'static str;
    /// Its meaning, lines as written.
    const MEANING: &'static [&'static str];
    /// Its fields, in the order in which the reference lists them.
    const FIELDS: &'static [Field];
    /// Fields that are fixed but whose feature is not there yet: a clear error, never ignored.
    const LATER: &'static [&'static str];
}

/// A record's table, without its type.
#[derive(Debug, Clone, Copy)]
pub struct RecordTable {
    /// What a record of this kind is called.
    pub name: &'static str,
    /// Its meaning, lines as written.
    pub meaning: &'static [&'static str],
    /// Its fields.
    pub fields: &'static [Field],
    /// Names that are kept for fields to come.
    pub later: &'static [&'static str],
}

impl RecordTable {
    /// The table of a record.
    #[must_use]
    pub fn of<R: Record>() -> Self {
        Self {
            name: R::NAME,
            meaning: R::MEANING,
            fields: R::FIELDS,
            later: R::LATER,
        }
    }

    /// The meaning as one line of text.
    #[must_use]
    pub fn meaning_text(&self) -> String {
        join_doc(self.meaning)
    }
}

/// What names a schema that stands in several places.
pub(super) const TITLE: &str = "title";

/// The schema of a record from its table.
#[must_use]
pub fn record_schema<R: Record>() -> Value {
    let properties: Map<_, _> = R::FIELDS
        .iter()
        .map(|field| {
            let mut schema = (field.schema)();
            // What has a title is written down once, for all its fields: only beside it a field has words of its own.
            if schema.get(TITLE).is_some() {
                schema = json!({"allOf": [schema]});
            }
            if let Value::Object(members) = &mut schema {
                members.insert("description".into(), json!(field.meaning_text()));
            }
            (field.name.to_owned(), schema)
        })
        .collect();
    let required: Vec<_> = R::FIELDS
        .iter()
        .filter(|field| field.presence == Presence::Required)
        .map(|field| field.name)
        .collect();
    let mut schema = json!({
        "type": "object",
        TITLE: R::NAME,
        "description": join_doc(R::MEANING),
        "properties": properties,
        "additionalProperties": false,
    });
    if let (Value::Object(members), false) = (&mut schema, required.is_empty()) {
        members.insert("required".into(), json!(required));
    }
    schema
}

/// The entries of a mapping by the table of a record; reports unknown, later and missing fields.
pub(super) fn check_fields<'n, R: Record>(
    node: &'n Node,
    decoder: &mut Decoder,
) -> Option<&'n [Entry]> {
    let NodeKind::Mapping(entries) = &node.kind else {
        decoder.wrong_type(
            node,
            &format!("{} (a mapping of fields)", with_article(R::NAME)),
            known_fields::<R>(),
        );
        return None;
    };
    let mut meant = Vec::new();
    for entry in entries {
        let name = entry.key.as_text().unwrap_or_default();
        if R::FIELDS.iter().any(|field| field.name == name) {
            continue;
        }
        decoder.report(unknown_field::<R>(name, entry.key.span));
        meant.extend(nearest(name, R::FIELDS.iter().map(|field| field.name)));
    }
    for field in R::FIELDS {
        let given = entries
            .iter()
            .any(|entry| entry.key.as_text() == Some(field.name));
        // A field that is there under a misspelt name is not missing as well.
        if field.presence == Presence::Required && !given && !meant.contains(&field.name) {
            let place = entries.first().map_or(node.span, |entry| entry.key.span);
            decoder.report(
                Diagnostic::error(
                    "missing-field",
                    format!("this {} has no `{}`", R::NAME, field.name),
                )
                .at(place, format!("`{}` is missing here", field.name))
                .help(format!(
                    "add `{}: {}` ({})",
                    field.name,
                    field.example,
                    as_aside(&field.meaning_text())
                )),
            );
        }
    }
    Some(entries)
}

fn known_fields<R: Record>() -> String {
    let names: Vec<_> = R::FIELDS.iter().map(|field| field.name).collect();
    format!("known fields: {}", names.join(", "))
}

pub(super) fn unknown_field<R: Record>(name: &str, span: Span) -> Diagnostic {
    if R::LATER.contains(&name) {
        return Diagnostic::error(
            "not-available-yet",
            format!("`{name}` is not available in this version of keywright"),
        )
        .at(span, "")
        .help("remove it: keywright never ignores a field that it does not act on");
    }
    Diagnostic::error(
        "unknown-field",
        format!("unknown field `{name}` in this {}", R::NAME),
    )
    .at(span, "")
    .did_you_mean(name, R::FIELDS.iter().map(|field| field.name))
    .help(known_fields::<R>())
}

/// The value of one field, decoded.
pub(super) fn decode_field<T: FieldType>(
    entries: &[Entry],
    name: &str,
    decoder: &mut Decoder,
) -> Option<T> {
    let entry = entries
        .iter()
        .find(|entry| entry.key.as_text() == Some(name))?;
    T::decode(&entry.value, decoder)
}

/// Declares a record: the struct, its table of fields, its decoder and its schema.
macro_rules! record {
    (
        $(#[doc = $meaning:literal])+
        pub struct $record:ident ($called:literal) {
            $(
                $(#[doc = $doc:literal])+
                $presence:ident $name:literal => $field:ident: $kind:ty, example $example:literal;
            )+
        }
        $(later [$($later:literal),+ $(,)?])?
    ) => {
        $(#[doc = $meaning])+
        #[derive(Debug, Clone)]
        pub struct $record {
            $(
                $(#[doc = $doc])+
                pub $field: record!(@held $presence $kind),
            )+
            /// Where the whole record stands.
            pub span: $crate::source::Span,
        }

        impl $crate::spec::field::Record for $record {
            const NAME: &'static str = $called;
            const MEANING: &'static [&'static str] = &[$($meaning),+];
            const FIELDS: &'static [$crate::spec::field::Field] = &[$(
                $crate::spec::field::Field {
                    name: $name,
                    meaning: &[$($doc),+],
                    example: $example,
                    presence: record!(@presence $presence),
                    describe: <$kind as $crate::spec::field::FieldType>::describe,
                    schema: <$kind as $crate::spec::field::FieldType>::schema,
                    record: <$kind as $crate::spec::field::FieldType>::record,
                },
            )+];
            const LATER: &'static [&'static str] = &[$($($later),+)?];
        }

        impl $crate::spec::field::FieldType for $record {
            fn describe() -> String {
                $crate::spec::field::with_article($called)
            }

            fn schema() -> serde_json::Value {
                $crate::spec::field::record_schema::<Self>()
            }

            fn record() -> Option<$crate::spec::field::RecordTable> {
                Some($crate::spec::field::RecordTable::of::<Self>())
            }

            fn decode(
                node: &$crate::yaml::Node,
                decoder: &mut $crate::spec::field::Decoder,
            ) -> Option<Self> {
                let entries = $crate::spec::field::check_fields::<Self>(node, decoder)?;
                $(
                    let $field = $crate::spec::field::decode_field::<$kind>(entries, $name, decoder);
                )+
                Some(Self {
                    $($field: record!(@unwrap $presence $field),)+
                    span: node.span,
                })
            }
        }
    };
    (@held required $kind:ty) => { $kind };
    (@held optional $kind:ty) => { Option<$kind> };
    (@presence required) => { $crate::spec::field::Presence::Required };
    (@presence optional) => { $crate::spec::field::Presence::Optional };
    (@unwrap required $field:ident) => { $field? };
    (@unwrap optional $field:ident) => { $field };
}
pub(super) use record;

impl<T: FieldType> FieldType for Spanned<T> {
    fn describe() -> String {
        T::describe()
    }

    fn schema() -> Value {
        T::schema()
    }

    fn record() -> Option<RecordTable> {
        T::record()
    }

    fn decode(node: &Node, decoder: &mut Decoder) -> Option<Self> {
        let value = T::decode(node, decoder)?;
        Some(Self {
            value,
            span: node.span,
        })
    }
}
