//! Policy variables: `${aws:username}` and its like in values of a policy.
//!
//! Source: IAM user guide, "IAM policy elements: Variables and tags".

use super::{Part, Text, Variable};

/// A character of a value after everything in it was put in its place.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Symbol {
    /// As written: `*` and `?` are wildcards where the operator knows any.
    Written(char),
    /// Itself, whatever the operator: from `${*}`, or from the value of a variable.
    Fixed(char),
    /// Any characters or none: nobody can tell.
    Unknown,
}

impl Symbol {
    pub(super) fn is_colon(&self) -> bool {
        matches!(self, Self::Written(':') | Self::Fixed(':'))
    }
}

/// What a policy variable stands for in a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Lookup {
    /// One value.
    Value(String),
    /// The request has no such key.
    Missing,
    /// Nobody can tell.
    Unknown,
}

/// The characters of a value with its deployment-time parts and, where `variables` can look them up, its policy
/// variables replaced. `None` where a variable has no value and no default: such a value matches nothing.
///
/// A deployment-time part that `deployed` does not know is unknown. In the language of 2008 `${…}` is text like any other: then pass no `variables`.
/// Characters from a variable's value are never wildcards; AWS does not say so, but names `${*}` only as the way to
/// write one that is none. A `${` without `}` is text, as is `$` alone.
#[must_use]
pub fn resolve_variables<V: AsRef<str>>(
    text: &Text,
    deployed: impl Fn(Variable) -> Option<V>,
    variables: Option<&dyn Fn(&str) -> Lookup>,
) -> Option<Vec<Symbol>> {
    let mut written: Vec<Symbol> = Vec::new();
    for part in text.parts() {
        match part {
            Part::Literal(literal) => written.extend(literal.chars().map(Symbol::Written)),
            Part::Variable(variable) => match deployed(*variable) {
                Some(value) => written.extend(value.as_ref().chars().map(Symbol::Written)),
                None => written.push(Symbol::Unknown),
            },
            Part::Unknown(_) => written.push(Symbol::Unknown),
        }
    }
    let plain = |symbol: &Symbol| !matches!(symbol, Symbol::Written('$') | Symbol::Unknown);
    match variables {
        None => Some(written),
        Some(_) if written.iter().all(plain) => Some(written),
        Some(lookup) => substitute(&written, lookup),
    }
}

fn substitute(written: &[Symbol], lookup: &dyn Fn(&str) -> Lookup) -> Option<Vec<Symbol>> {
    const CLOSE: Symbol = Symbol::Written('}');
    const OPEN: [Symbol; 2] = [Symbol::Written('$'), Symbol::Written('{')];
    let mut symbols = Vec::with_capacity(written.len());
    let mut rest = written;
    while let Some((first, after)) = rest.split_first() {
        // What is unknown may open a variable that a later brace closes.
        if *first == Symbol::Unknown {
            symbols.push(Symbol::Unknown);
            rest = match after.iter().rposition(|symbol| *symbol == CLOSE) {
                Some(close) => after.get(close + 1..).unwrap_or_default(),
                None => after,
            };
            continue;
        }
        let inner = rest.strip_prefix(&OPEN).and_then(|inner| {
            let close = inner.iter().position(|symbol| *symbol == CLOSE)?;
            Some((inner.get(..close)?, inner.get(close + 1..)?))
        });
        let Some((inner, after_it)) = inner else {
            symbols.push(*first);
            rest = after;
            continue;
        };
        if inner.contains(&Symbol::Unknown) {
            symbols.push(Symbol::Unknown);
            // The brace may as well belong to something else.
            let last = after_it.iter().rposition(|symbol| *symbol == CLOSE);
            rest = last.map_or(after_it, |at| after_it.get(at + 1..).unwrap_or_default());
            continue;
        }
        let name: String = inner
            .iter()
            .filter_map(|symbol| match symbol {
                Symbol::Written(c) | Symbol::Fixed(c) => Some(*c),
                Symbol::Unknown => None,
            })
            .collect();
        match value(&name, lookup) {
            Lookup::Value(value) => symbols.extend(value.chars().map(Symbol::Fixed)),
            Lookup::Unknown => symbols.push(Symbol::Unknown),
            Lookup::Missing => return None,
        }
        rest = after_it;
    }
    Some(symbols)
}

/// What stands between the braces: a special character, or a key with perhaps a default in quotes.
fn value(inner: &str, lookup: &dyn Fn(&str) -> Lookup) -> Lookup {
    if let "*" | "?" | "$" = inner {
        return Lookup::Value(inner.to_owned());
    }
    let (key, default) = match inner.split_once(',') {
        Some((key, default)) => {
            let default = default.trim();
            let quoted = default
                .strip_prefix('\'')
                .and_then(|d| d.strip_suffix('\''));
            (key, quoted)
        }
        None => (inner, None),
    };
    match (lookup(key.trim()), default) {
        (Lookup::Missing, Some(default)) => Lookup::Value(default.to_owned()),
        (found, _) => found,
    }
}
