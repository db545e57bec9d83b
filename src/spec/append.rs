//! Adding a key definition to the text of a spec file without touching a byte of what is there.
//!
//! One piece of text goes in at one place. Whether that says what it should, and leaves all else as it was, is not
//! argued but read back: the new text is loaded again and its tree compared with the old one.

use crate::diag::Diagnostic;
use crate::source::{FileId, Span};
use crate::yaml::emit::scalar;
use crate::yaml::{self, Dialect, Node, NodeKind};

/// A key definition that is to be written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewKey {
    /// The alias without `alias/`.
    pub alias: String,
    /// The logical name.
    pub id: String,
    /// What the key is for.
    pub purpose: String,
    /// Who may use it.
    pub users: Vec<NewPrincipal>,
    /// Who may manage it; the workspace's where there are none.
    pub administrators: Vec<NewPrincipal>,
}

/// An entry of `users` or `administrators` that is to be written: its fields, the kind of principal first.
///
/// Nothing is known here about which fields there are: loading the new text tells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewPrincipal {
    fields: Vec<(String, NewValue)>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum NewValue {
    Text(String),
    List(Vec<String>),
    Mapping(Vec<(String, String)>),
}

impl NewPrincipal {
    /// Reads `KIND=NAME[,FIELD=VALUE[+VALUE]...]...`, such as `role=team/FooBar,via=s3+sns,access=decrypt`.
    ///
    /// A comma ends a value only where a field's name and `=` follow: names of roles may hold commas. `context`
    /// takes `KEY=VALUE` pairs. Parameters of services are lists where they hold a `+`.
    ///
    /// # Errors
    /// What is missing, in words.
    pub fn parse(written: &str) -> Result<Self, String> {
        let parts = split_fields(written);
        let service = parts
            .first()
            .is_some_and(|part| part.starts_with("service="));
        let mut fields = Vec::new();
        for (index, part) in parts.into_iter().enumerate() {
            let (name, value) = match part.split_once('=') {
                Some((name, value)) if !name.is_empty() && !value.is_empty() => (name, value),
                _ if index == 0 => {
                    return Err("expected KIND=NAME, such as `role=shop/OrderService`".to_owned());
                }
                _ => return Err(format!("expected FIELD=VALUE instead of `{part}`")),
            };
            let entries = || value.split('+').map(str::to_owned).collect::<Vec<_>>();
            let value = match name {
                "access" | "via" => NewValue::List(entries()),
                "context" => {
                    let pairs = value.split('+').map(|pair| pair.split_once('='));
                    let pairs: Option<Vec<_>> = pairs
                        .map(|pair| pair.map(|(key, value)| (key.to_owned(), value.to_owned())))
                        .collect();
                    NewValue::Mapping(pairs.ok_or("expected context=KEY=VALUE[+KEY=VALUE]")?)
                }
                _ if service && index > 0 && value.contains('+') => NewValue::List(entries()),
                _ => NewValue::Text(value.to_owned()),
            };
            fields.push((name.to_owned(), value));
        }
        Ok(Self { fields })
    }
}

/// Splits at commas that a field's name and `=` follow.
fn split_fields(written: &str) -> Vec<&str> {
    let begins_field = |rest: &str| {
        rest.split_once('=').is_some_and(|(name, _)| {
            !name.is_empty() && name.chars().all(|c| c.is_ascii_lowercase() || c == '_')
        })
    };
    let mut parts = Vec::new();
    let mut rest = written;
    let mut from = 0;
    while let Some(comma) = rest.get(from..).and_then(|tail| tail.find(',')) {
        let at = from + comma;
        match (rest.get(..at), rest.get(at + 1..)) {
            (Some(part), Some(tail)) if begins_field(tail) => {
                parts.push(part);
                (rest, from) = (tail, 0);
            }
            _ => from = at + 1,
        }
    }
    parts.push(rest);
    parts
}

impl NewValue {
    fn written(&self) -> String {
        let joined = |items: Vec<String>| items.join(", ");
        match self {
            Self::Text(text) => scalar(text).into_owned(),
            Self::List(items) => {
                let items = items.iter().map(|item| scalar(item).into_owned());
                format!("[{}]", joined(items.collect()))
            }
            Self::Mapping(pairs) => {
                let pairs = pairs
                    .iter()
                    .map(|(key, value)| format!("{}: {}", scalar(key), scalar(value)));
                format!("{{{}}}", joined(pairs.collect()))
            }
        }
    }
}

/// How the lists of a file are laid out.
#[derive(Debug, Clone, Copy)]
struct Style {
    /// Columns before the dash of a key.
    dash: usize,
    /// Columns from a dash to what follows it.
    gap: usize,
    /// Columns from a field to the dashes of the list below it.
    nested: usize,
}

impl NewKey {
    /// The definition as lines without line ends.
    fn lines(&self, style: Style) -> Vec<String> {
        let Style { dash, gap, nested } = style;
        let item = |column: usize, first: bool, text: String| {
            let mark = if first { "-" } else { "" };
            format!("{:column$}{mark:gap$}{text}", "")
        };
        let mut lines = vec![
            item(dash, true, format!("alias: {}", scalar(&self.alias))),
            item(dash, false, format!("id: {}", scalar(&self.id))),
            item(dash, false, format!("purpose: {}", scalar(&self.purpose))),
        ];
        for (name, list) in [
            ("users", &self.users),
            ("administrators", &self.administrators),
        ] {
            if !list.is_empty() {
                lines.push(item(dash, false, format!("{name}:")));
            }
            for principal in list {
                for (index, (field, value)) in principal.fields.iter().enumerate() {
                    let text = format!("{}: {}", scalar(field), value.written());
                    lines.push(item(dash + gap + nested, index == 0, text));
                }
            }
        }
        lines
    }
}

/// A piece of text and where it goes in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Insertion {
    /// The byte before which it goes in.
    pub at: usize,
    /// Whole lines; with a line end in front where the text before has none.
    pub text: String,
}

impl Insertion {
    /// The text with the piece in it.
    #[must_use]
    pub fn apply(&self, text: &str) -> String {
        let (before, after) = text.split_at_checked(self.at).unwrap_or((text, ""));
        [before, &self.text, after].concat()
    }
}

/// What puts a key at the end of the list `keys` of a spec file, in the style of that file.
///
/// # Errors
/// The file's text is no YAML, or is written in a style that cannot be added to without rewriting it.
pub fn insertion(file: FileId, text: &str, key: &NewKey) -> Result<Insertion, Vec<Diagnostic>> {
    let (root, problems) = yaml::load(file, text, Dialect::Spec);
    if !problems.is_empty() {
        return Err(problems);
    }
    candidates(text, root.as_ref(), key)
        .map_err(|problem| vec![*problem])?
        .into_iter()
        .find(|insertion| adds_one_key(file, root.as_ref(), &insertion.apply(text), key))
        .ok_or_else(|| {
            let end = Span::new(file, 0..0);
            vec![by_hand(
                "there is no place in this file where a key can be added",
                end,
            )]
        })
}

fn by_hand(message: &str, span: Span) -> Diagnostic {
    Diagnostic::error("cannot-extend", message)
        .at(span, "")
        .help(
            "write `keys:` as a list with one `- alias: …` below the other, or add the key by hand",
        )
}

/// Insertions to try, the most natural first.
fn candidates(
    text: &str,
    root: Option<&Node>,
    key: &NewKey,
) -> Result<Vec<Insertion>, Box<Diagnostic>> {
    let Some(root) = root else {
        return Ok(vec![with_keys(text, text.len(), 0, key)]);
    };
    let Some(entries) = root.as_mapping() else {
        let message = "this spec file is no mapping of fields";
        return Err(by_hand(message, root.span).into());
    };
    let unfit = |span| {
        Box::new(by_hand(
            "this is written in a style that cannot be added to line by line",
            span,
        ))
    };
    let first = entries.first().map_or(root.span, |entry| entry.key.span);
    let Some(margin) = column(text, root.span).filter(|_| first.start == root.span.start) else {
        return Err(unfit(root.span));
    };
    let Some(entry) = root.entry("keys") else {
        let end = line_end(text, content_end(text, root));
        return Ok(vec![
            with_keys(text, text.len(), margin, key),
            with_keys(text, end, margin, key),
        ]);
    };
    let keys = &entry.value;
    if keys.is_null() && keys.span.range().is_empty() {
        let style = Style {
            dash: margin + 2,
            gap: 2,
            nested: 2,
        };
        let at = line_end(text, entry.key.span.range().end);
        return Ok(vec![piece(text, at, &key.lines(style))]);
    }
    let Some(items) = keys.as_sequence() else {
        let message = format!("`keys` is a list of keys, this is {}", keys.describe());
        return Err(by_hand(&message, keys.span).into());
    };
    let first = items.first().map_or(keys.span, |item| item.span);
    let dash = match byte(text, keys.span.start) {
        Some(b'[') if first.start != keys.span.start => None,
        _ => first_dash(text, line_end(text, entry.key.span.range().end)),
    };
    let Some((place, dash)) = dash else {
        return Err(unfit(keys.span));
    };
    let start = first.range().start;
    let gap = if line_start(text, start) == line_start(text, place) {
        start.saturating_sub(place).max(2)
    } else {
        2
    };
    let style = Style {
        dash,
        gap,
        nested: dash.saturating_sub(margin),
    };
    let lines = key.lines(style);
    let end = line_end(text, content_end(text, keys));
    let behind_comments = skip(text, end, |line| is_comment_below(line, dash));
    let behind_blanks = skip(text, end, |line| line.trim().is_empty());
    let mut spaced = vec![String::new()];
    spaced.extend(lines.iter().cloned());
    let mut insertions = Vec::new();
    if apart(text, items) {
        insertions.push(piece(text, behind_comments, &spaced));
    }
    insertions.push(piece(text, behind_comments, &lines));
    // Blank lines belong to a text block that keeps them.
    insertions.push(piece(text, behind_blanks, &lines));
    Ok(insertions)
}

/// A new list `keys` with the key in it.
fn with_keys(text: &str, at: usize, margin: usize, key: &NewKey) -> Insertion {
    let style = Style {
        dash: margin + 2,
        gap: 2,
        nested: 2,
    };
    let mut lines = vec![format!("{:margin$}keys:", "")];
    lines.extend(key.lines(style));
    piece(text, at, &lines)
}

/// Lines as a piece of text, with the line ends of the file.
fn piece(text: &str, at: usize, lines: &[String]) -> Insertion {
    let before = text.get(..at).unwrap_or_default();
    let newline = before.rfind('\n').or_else(|| text.find('\n'));
    let line = newline.and_then(|newline| text.get(..newline));
    let ending = match line {
        Some(line) if line.ends_with('\r') => "\r\n",
        _ => "\n",
    };
    let mut piece = String::new();
    if !before.is_empty() && !before.ends_with('\n') {
        piece.push_str(ending);
    }
    for line in lines {
        piece.push_str(line);
        piece.push_str(ending);
    }
    Insertion { at, text: piece }
}

/// Whether a blank line stands between keys; where there is one key, or none, there will be one.
fn apart(text: &str, items: &[Node]) -> bool {
    let [.., before, last] = items else {
        return true;
    };
    let between = text.get(content_end(text, before)..last.span.start as usize);
    between.is_some_and(|between| {
        let lines: Vec<_> = between.split('\n').collect();
        let inner = lines.get(1..lines.len().saturating_sub(1));
        inner.is_some_and(|lines| lines.iter().any(|line| line.trim().is_empty()))
    })
}

/// Where the text of a node ends. What is left out counts where its key stands: its own span may lie further down.
fn content_end(text: &str, node: &Node) -> usize {
    let end = node.span.range().end;
    let first = match &node.kind {
        NodeKind::Scalar(_) => return end,
        NodeKind::Sequence(items) => items.first().map(|item| item.span.start),
        NodeKind::Mapping(entries) => entries.first().map(|entry| entry.key.span.start),
    };
    // A list without indentation begins where its first item does, which may itself have brackets.
    let bracket = matches!(byte(text, node.span.start), Some(b'[' | b'{'));
    if bracket && first != Some(node.span.start) {
        return end;
    }
    let ends: Vec<_> = match &node.kind {
        NodeKind::Scalar(_) => Vec::new(),
        NodeKind::Sequence(items) => items.iter().map(|item| content_end(text, item)).collect(),
        NodeKind::Mapping(entries) => entries
            .iter()
            .map(|entry| match entry.value.span.range() {
                left_out if left_out.is_empty() => entry.key.span.range().end,
                _ => content_end(text, &entry.value),
            })
            .collect(),
    };
    ends.into_iter().max().unwrap_or(end)
}

fn byte(text: &str, at: u32) -> Option<u8> {
    text.as_bytes().get(at as usize).copied()
}

fn line_start(text: &str, at: usize) -> usize {
    let before = text.get(..at).unwrap_or(text);
    before.rfind('\n').map_or(0, |newline| newline + 1)
}

/// The byte after the end of the line.
fn line_end(text: &str, at: usize) -> usize {
    let after = text.get(at..).unwrap_or_default();
    after
        .find('\n')
        .map_or(text.len(), |newline| at + newline + 1)
}

/// How many spaces stand in front of a place; `None` where anything else does.
fn column(text: &str, span: Span) -> Option<usize> {
    let start = span.start as usize;
    let before = text.get(line_start(text, start)..start)?;
    before
        .bytes()
        .all(|byte| byte == b' ')
        .then_some(before.len())
}

/// The dash of the first item below a line, and its column.
fn first_dash(text: &str, from: usize) -> Option<(usize, usize)> {
    let mut at = from;
    for line in text.get(from..)?.split_inclusive('\n') {
        let rest = line.trim_start_matches(' ');
        let column = line.len() - rest.len();
        if rest.starts_with('-') {
            return Some((at + column, column));
        }
        if !rest.starts_with('#') && !rest.trim().is_empty() {
            return None;
        }
        at += line.len();
    }
    None
}

fn is_comment_below(line: &str, dash: usize) -> bool {
    let indent = line.len() - line.trim_start_matches(' ').len();
    indent > dash && line.get(indent..).is_some_and(|rest| rest.starts_with('#'))
}

/// The end of the last line of those that follow, blank lines between them, for which a question is true.
fn skip(text: &str, from: usize, belongs: impl Fn(&str) -> bool) -> usize {
    let mut end = from;
    let mut at = from;
    for line in text.get(from..).unwrap_or_default().split_inclusive('\n') {
        at += line.len();
        if belongs(line) {
            end = at;
        } else if !line.trim().is_empty() {
            break;
        }
    }
    end
}

/// Whether a text says all that the tree says, and the key at the end of `keys`, and nothing else.
fn adds_one_key(file: FileId, before: Option<&Node>, text: &str, key: &NewKey) -> bool {
    let (after, problems) = yaml::load(file, text, Dialect::Spec);
    let (Some(after), true) = (after, problems.is_empty()) else {
        return false;
    };
    let entries = |node: Option<&Node>| -> Vec<(String, Node)> {
        let entries = node.and_then(Node::as_mapping).unwrap_or_default();
        let others = entries.iter().filter(|entry| entry.name() != "keys");
        others
            .map(|entry| (entry.name().to_owned(), entry.value.clone()))
            .collect()
    };
    let (old, new) = (entries(before), entries(Some(&after)));
    let unchanged = old.len() == new.len()
        && old
            .iter()
            .zip(&new)
            .all(|(old, new)| old.0 == new.0 && same(&old.1, &new.1));
    let old_keys = before
        .and_then(|root| root.get("keys"))
        .and_then(Node::as_sequence);
    let Some([kept @ .., added]) = after.get("keys").and_then(Node::as_sequence) else {
        return false;
    };
    let old_keys = old_keys.unwrap_or_default();
    let says = |name: &str, value: &str| added.get(name).and_then(Node::as_text) == Some(value);
    unchanged
        && kept.len() == old_keys.len()
        && kept.iter().zip(old_keys).all(|(new, old)| same(new, old))
        && says("alias", &key.alias)
        && says("id", &key.id)
        && says("purpose", &key.purpose)
}

/// Whether two nodes say the same, wherever they stand.
fn same(one: &Node, other: &Node) -> bool {
    match (&one.kind, &other.kind) {
        (NodeKind::Scalar(one), NodeKind::Scalar(other)) => one == other,
        (NodeKind::Sequence(one), NodeKind::Sequence(other)) => {
            one.len() == other.len() && one.iter().zip(other).all(|(one, other)| same(one, other))
        }
        (NodeKind::Mapping(one), NodeKind::Mapping(other)) => {
            one.len() == other.len()
                && one.iter().zip(other).all(|(one, other)| {
                    one.name() == other.name() && same(&one.value, &other.value)
                })
        }
        _ => false,
    }
}
