//! Text with parts that only deployment knows.

use std::fmt;
use std::ops::Range;

/// A value that only deployment knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Variable {
    /// The key's own account id.
    Account,
    /// The partition of the key's account: `aws`, `aws-cn`, `aws-us-gov`.
    Partition,
    /// The key's Region.
    Region,
    /// The domain of the partition, `amazonaws.com` or `amazonaws.com.cn`: in principals of services, never in specs.
    UrlSuffix,
}

impl Variable {
    /// Every variable that a spec can name, in order of name.
    pub const ALL: [Self; 3] = [Self::Account, Self::Partition, Self::Region];

    /// The name in a spec's placeholder, without the braces.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Account => "account",
            Self::Partition => "partition",
            Self::Region => "region",
            Self::UrlSuffix => "url-suffix",
        }
    }

    /// The variable of that name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|variable| variable.name() == name)
    }
}

/// One piece of a [`Text`].
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Part {
    /// Characters, exactly as AWS receives them.
    Literal(String),
    /// A value that only deployment knows.
    Variable(Variable),
    /// What nobody can tell from the file, as it is written there, such as `${TrustedAccount}`: any characters, or
    /// none. Only in what others wrote.
    Unknown(String),
}

/// Text with deployment-time parts, in one canonical form: no empty literal, no two literals side by side.
///
/// Rendering turns the parts into `!Sub` or an HCL interpolation; reading back turns both into the same parts.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Text {
    parts: Vec<Part>,
}

impl Text {
    /// The empty text.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Text without any deployment-time part.
    #[must_use]
    pub fn literal(text: impl Into<String>) -> Self {
        let text = text.into();
        if text.is_empty() {
            return Self::new();
        }
        Self {
            parts: vec![Part::Literal(text)],
        }
    }

    /// A single deployment-time part.
    #[must_use]
    pub fn variable(variable: Variable) -> Self {
        Self {
            parts: vec![Part::Variable(variable)],
        }
    }

    /// A text of which nothing is known but how it is written.
    #[must_use]
    pub fn unknown(written: impl Into<String>) -> Self {
        Self {
            parts: vec![Part::Unknown(written.into())],
        }
    }

    /// Joins texts into one.
    #[must_use]
    pub fn concat<'a>(texts: impl IntoIterator<Item = &'a Self>) -> Self {
        let mut joined = Self::new();
        for text in texts {
            joined.push_text(text);
        }
        joined
    }

    /// Appends literal characters.
    pub fn push_str(&mut self, literal: &str) {
        if literal.is_empty() {
            return;
        }
        match self.parts.last_mut() {
            Some(Part::Literal(last)) => last.push_str(literal),
            _ => self.parts.push(Part::Literal(literal.to_owned())),
        }
    }

    /// Appends a deployment-time part.
    pub fn push_variable(&mut self, variable: Variable) {
        self.parts.push(Part::Variable(variable));
    }

    /// Appends a piece.
    pub fn push_part(&mut self, part: Part) {
        match part {
            Part::Literal(literal) => self.push_str(&literal),
            Part::Variable(_) | Part::Unknown(_) => self.parts.push(part),
        }
    }

    /// Appends another text.
    pub fn push_text(&mut self, other: &Self) {
        for part in &other.parts {
            match part {
                Part::Literal(literal) => self.push_str(literal),
                Part::Variable(_) | Part::Unknown(_) => self.parts.push(part.clone()),
            }
        }
    }

    /// Whether nobody can tell what the text is, or a piece of it.
    #[must_use]
    pub fn is_unknown(&self) -> bool {
        self.parts
            .iter()
            .any(|part| matches!(part, Part::Unknown(_)))
    }

    /// The pieces in order.
    #[must_use]
    pub fn parts(&self) -> &[Part] {
        &self.parts
    }

    /// The characters, if nothing waits for deployment.
    #[must_use]
    pub fn as_literal(&self) -> Option<&str> {
        match self.parts.as_slice() {
            [] => Some(""),
            [Part::Literal(literal)] => Some(literal),
            _ => None,
        }
    }

    /// The characters themselves, if nothing waits for deployment.
    #[must_use]
    pub fn into_literal(self) -> Option<String> {
        let mut parts = self.parts.into_iter();
        match (parts.next(), parts.next()) {
            (None, _) => Some(String::new()),
            (Some(Part::Literal(literal)), None) => Some(literal),
            _ => None,
        }
    }

    /// Whether this deployment-time part occurs.
    #[must_use]
    pub fn uses(&self, variable: Variable) -> bool {
        self.parts.contains(&Part::Variable(variable))
    }

    /// Every literal piece.
    pub fn literals(&self) -> impl Iterator<Item = &str> {
        self.parts.iter().filter_map(|part| match part {
            Part::Literal(literal) => Some(literal.as_str()),
            Part::Variable(_) | Part::Unknown(_) => None,
        })
    }

    /// The text with every deployment-time part replaced by a value, and what is unknown as it is written.
    #[must_use]
    pub fn resolve<V: AsRef<str>>(&self, value: impl Fn(Variable) -> V) -> String {
        let mut resolved = String::new();
        for part in &self.parts {
            match part {
                Part::Literal(text) | Part::Unknown(text) => resolved.push_str(text),
                Part::Variable(variable) => resolved.push_str(value(*variable).as_ref()),
            }
        }
        resolved
    }

    /// Splits at the first occurrences of a literal separator, into at most `limit` texts.
    ///
    /// Deployment-time values hold no separators that matter to ARNs, so only literals are searched.
    #[must_use]
    pub fn split(&self, separator: char, limit: usize) -> Vec<Self> {
        let mut pieces = vec![Self::new()];
        for part in &self.parts {
            match part {
                Part::Variable(_) | Part::Unknown(_) => {
                    if let Some(last) = pieces.last_mut() {
                        last.parts.push(part.clone());
                    }
                }
                Part::Literal(literal) => {
                    let remaining = limit.saturating_sub(pieces.len()) + 1;
                    for (index, piece) in literal.splitn(remaining, separator).enumerate() {
                        if index > 0 {
                            pieces.push(Self::new());
                        }
                        if let Some(last) = pieces.last_mut() {
                            last.push_str(piece);
                        }
                    }
                }
            }
        }
        pieces
    }

    /// Reads a template with `{name}` placeholders (`{{` and `}}` for braces) and asks what each stands for.
    ///
    /// # Errors
    /// The first unknown name, unclosed or stray brace, with its byte range in `template`.
    pub fn expand(
        template: &str,
        mut resolve: impl FnMut(&str) -> Option<Self>,
    ) -> Result<Self, ExpandProblem> {
        let mut text = Self::new();
        let mut rest = template;
        while let Some(at) = rest.find(['{', '}']) {
            let offset = template.len() - rest.len() + at;
            let (before, brace) = rest.split_at(at);
            text.push_str(before);
            if brace.starts_with("{{") || brace.starts_with("}}") {
                let (escaped, after) = brace.split_at(2);
                text.push_str(escaped.get(..1).unwrap_or_default());
                rest = after;
            } else if let Some(open) = brace.strip_prefix('{') {
                let Some((name, after)) = open.split_once('}') else {
                    return Err(ExpandProblem::Unclosed(offset..template.len()));
                };
                let range = offset..offset + name.len() + 2;
                match resolve(name) {
                    Some(value) => text.push_text(&value),
                    None => return Err(ExpandProblem::Unknown(name.to_owned(), range)),
                }
                rest = after;
            } else {
                return Err(ExpandProblem::Stray(offset..offset + 1));
            }
        }
        text.push_str(rest);
        Ok(text)
    }
}

/// Why a template with placeholders cannot be read; ranges are bytes of the template.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ExpandProblem {
    /// A placeholder that nothing is known by.
    Unknown(String, Range<usize>),
    /// `{` without `}`.
    Unclosed(Range<usize>),
    /// `}` without `{`.
    Stray(Range<usize>),
}

impl ExpandProblem {
    /// Where it stands in the template.
    #[must_use]
    pub fn range(&self) -> Range<usize> {
        match self {
            Self::Unknown(_, range) | Self::Unclosed(range) | Self::Stray(range) => range.clone(),
        }
    }
}

/// In the notation of specs: deployment-time parts as `{account}`. For people; braces are not doubled.
impl fmt::Display for Text {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for part in &self.parts {
            match part {
                Part::Literal(literal) => formatter.write_str(literal)?,
                Part::Variable(variable) => write!(formatter, "{{{}}}", variable.name())?,
                Part::Unknown(written) => formatter.write_str(written)?,
            }
        }
        Ok(())
    }
}
