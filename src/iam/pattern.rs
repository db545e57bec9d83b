//! What a value of a condition, an action or a Resource element matches.
//!
//! Sources: IAM user guide, "IAM JSON policy elements: Condition operators" (string and ARN operators) and "IAM JSON
//! policy elements: Resource" (wildcards in ARNs).

use super::placeholder::Symbol;

/// One step of a pattern.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Token {
    /// This character, folded where the pattern ignores case.
    Literal(char),
    /// Any one character.
    AnyChar {
        /// Whether it may be a colon.
        colon: bool,
    },
    /// Any characters, or none.
    AnyRun {
        /// Whether colons may be among them.
        colon: bool,
    },
}

/// How a text is read as a pattern.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PatternKind {
    /// `StringEquals`: `*` and `?` are characters like any other.
    Exact,
    /// `StringLike` and actions: `*` and `?` stand for any characters, colons included.
    Glob,
    /// `ArnLike` and `ArnEquals`, which do the same: each of the six parts is matched apart, so that in the first five
    /// a wildcard takes no colon. A text of fewer parts matches nothing.
    Arn,
    /// The Resource element: wildcards stay within their part, but a `*` at the end of a part may take more.
    Resource,
}

/// Whether case counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Case {
    /// It does.
    Sensitive,
    /// It does not.
    Insensitive,
}

impl Case {
    /// The character as it is compared.
    ///
    /// AWS does not say what it takes for the same letter; this takes the lower case that is one character.
    #[must_use]
    pub fn fold(self, c: char) -> char {
        match self {
            Self::Sensitive => c,
            Self::Insensitive if c.is_ascii() => c.to_ascii_lowercase(),
            Self::Insensitive => {
                let mut lower = c.to_lowercase();
                match (lower.next(), lower.next()) {
                    (Some(one), None) => one,
                    _ => c,
                }
            }
        }
    }
}

/// A pattern of which it is exactly known what it matches, or at least which texts it may match.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Pattern {
    tokens: Option<Vec<Token>>,
    case: Case,
    certain: bool,
}

impl Pattern {
    /// The pattern that a text is.
    #[must_use]
    pub fn new(text: &str, kind: PatternKind, case: Case) -> Self {
        let symbols: Vec<Symbol> = text.chars().map(Symbol::Written).collect();
        Self::of_symbols(&symbols, kind, case)
    }

    /// The pattern that characters, some of them with a fixed meaning, are.
    ///
    /// A bare `*` under [`PatternKind::Arn`] is not certain: it has not six parts, but AWS does not say that it
    /// matches nothing.
    #[must_use]
    pub fn of_symbols(symbols: &[Symbol], kind: PatternKind, case: Case) -> Self {
        let mut certain = !symbols.contains(&Symbol::Unknown);
        // What is unknown may hold colons: from there on nobody can tell which part one is in.
        let mut anywhere = kind == PatternKind::Glob;
        if kind == PatternKind::Arn {
            if symbols == [Symbol::Written('*')] {
                (certain, anywhere) = (false, true);
            } else if certain && symbols.iter().filter(|s| s.is_colon()).count() < 5 {
                return Self {
                    tokens: None,
                    case,
                    certain,
                };
            }
        }
        let mut tokens = Vec::with_capacity(symbols.len());
        let mut colons = 0;
        for (index, symbol) in symbols.iter().enumerate() {
            let in_last = colons >= 5 || anywhere;
            let ends_part = symbols.get(index + 1).is_none_or(Symbol::is_colon);
            let token = match *symbol {
                Symbol::Unknown => {
                    anywhere = true;
                    Token::AnyRun { colon: true }
                }
                Symbol::Written('*') if kind != PatternKind::Exact => Token::AnyRun {
                    colon: in_last || (kind == PatternKind::Resource && ends_part),
                },
                Symbol::Written('?') if kind != PatternKind::Exact => {
                    Token::AnyChar { colon: in_last }
                }
                Symbol::Written(c) | Symbol::Fixed(c) => Token::Literal(case.fold(c)),
            };
            colons += usize::from(symbol.is_colon());
            let repeated = matches!(token, Token::AnyRun { .. }) && tokens.last() == Some(&token);
            if !repeated {
                tokens.push(token);
            }
        }
        Self {
            tokens: Some(tokens),
            case,
            certain,
        }
    }

    /// The steps in order; `None` for a pattern that matches nothing.
    #[must_use]
    pub fn tokens(&self) -> Option<&[Token]> {
        self.tokens.as_deref()
    }

    /// Whether case counts. The literals of [`Self::tokens`] are folded, so must be what they are compared with.
    #[must_use]
    pub fn case(&self) -> Case {
        self.case
    }

    /// Whether [`Self::matches`] is the whole truth. Where not, what it matches may or may not be matched, and only
    /// what it does not match is certain.
    #[must_use]
    pub fn is_certain(&self) -> bool {
        self.certain
    }

    /// The one text that it matches, folded; `None` where there are several, none, or nobody can tell.
    #[must_use]
    pub fn as_exact(&self) -> Option<String> {
        let tokens = self.tokens.as_ref().filter(|_| self.certain)?;
        let literal = |token: &Token| match token {
            Token::Literal(c) => Some(*c),
            Token::AnyChar { .. } | Token::AnyRun { .. } => None,
        };
        tokens.iter().map(literal).collect()
    }

    /// Whether it matches a text.
    ///
    /// On a mismatch only the last run within the part takes one character more, and when that meets a colon the last
    /// run that takes colons. An earlier run never has to: what it would take, the later one can take. So the time
    /// stays within the product of the lengths.
    #[must_use]
    pub fn matches(&self, text: &str) -> bool {
        let Some(tokens) = &self.tokens else {
            return false;
        };
        let mut tokens = tokens.as_slice();
        let mut text = text;
        let mut within: Option<(&[Token], &str)> = None;
        let mut across: Option<(&[Token], &str)> = None;
        loop {
            let mut chars = text.chars();
            let next = chars.next().map(|c| self.case.fold(c));
            match (tokens.split_first(), next) {
                (Some((Token::AnyRun { colon }, rest)), _) => {
                    tokens = rest;
                    if *colon {
                        (across, within) = (Some((rest, text)), None);
                    } else {
                        within = Some((rest, text));
                    }
                    continue;
                }
                (Some((token, rest)), Some(c)) if token.takes(c) => {
                    (tokens, text) = (rest, chars.as_str());
                    continue;
                }
                (None, None) => return true,
                _ => {}
            }
            let longer = |retry: &mut Option<(&'_ [Token], &'_ str)>, colon: bool| {
                let (_, from) = retry.as_mut()?;
                let mut chars = from.chars();
                let taken = chars.next()?;
                if !colon && taken == ':' {
                    return None;
                }
                *from = chars.as_str();
                Some(())
            };
            if longer(&mut within, false).is_none() {
                within = None;
                if longer(&mut across, true).is_none() {
                    return false;
                }
            }
            if let Some(retry) = within.or(across) {
                (tokens, text) = retry;
            }
        }
    }
}

impl Token {
    /// Whether the step takes this one character, which is folded.
    fn takes(self, c: char) -> bool {
        match self {
            Self::Literal(literal) => literal == c,
            Self::AnyChar { colon } => colon || c != ':',
            Self::AnyRun { .. } => false,
        }
    }
}
