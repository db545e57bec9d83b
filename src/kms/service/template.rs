//! Text with named gaps: `arn:{partition}:logs:{region}:{account}:*`.

use serde::Deserialize;

/// A gap in a [`Template`].
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Placeholder {
    /// `{account}`: the account that holds the key.
    Account,
    /// `{partition}`: `aws`, `aws-cn`, `aws-us-gov`, …
    Partition,
    /// `{region}`: the Region of the key.
    Region,
    /// `{dns_suffix}`: the domain of the partition, `amazonaws.com` or another.
    DnsSuffix,
    /// `{trail}`: the value of a parameter.
    Parameter(String),
    /// `{trail.account}`: the account part of a parameter's ARN.
    ParameterAccount(String),
    /// `{cluster.name}`: the name in a parameter's ARN.
    ParameterName(String),
}

impl Placeholder {
    fn parse(text: &str) -> Option<Self> {
        let is_word = |word: &str| {
            word.starts_with(|c: char| c.is_ascii_lowercase())
                && word
                    .chars()
                    .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')
        };
        let (word, part) = match text.split_once('.') {
            Some((word, part)) => (word, Some(part)),
            None => (text, None),
        };
        match (word, part) {
            _ if !is_word(word) => None,
            ("account", None) => Some(Self::Account),
            ("partition", None) => Some(Self::Partition),
            ("region", None) => Some(Self::Region),
            ("dns_suffix", None) => Some(Self::DnsSuffix),
            (name, None) => Some(Self::Parameter(name.to_owned())),
            (name, Some("account")) => Some(Self::ParameterAccount(name.to_owned())),
            (name, Some("name")) => Some(Self::ParameterName(name.to_owned())),
            (_, Some(_)) => None,
        }
    }

    /// The parameter that fills the gap; `None` for what the deployment fills.
    #[must_use]
    pub fn parameter(&self) -> Option<&str> {
        match self {
            Self::Account | Self::Partition | Self::Region | Self::DnsSuffix => None,
            Self::Parameter(name) | Self::ParameterAccount(name) | Self::ParameterName(name) => {
                Some(name)
            }
        }
    }
}

impl std::fmt::Display for Placeholder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Account => f.write_str("{account}"),
            Self::Partition => f.write_str("{partition}"),
            Self::Region => f.write_str("{region}"),
            Self::DnsSuffix => f.write_str("{dns_suffix}"),
            Self::Parameter(name) => write!(f, "{{{name}}}"),
            Self::ParameterAccount(name) => write!(f, "{{{name}.account}}"),
            Self::ParameterName(name) => write!(f, "{{{name}.name}}"),
        }
    }
}

/// A piece of a [`Template`].
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Part {
    /// Literal text, never empty; two never stand side by side.
    Text(String),
    /// A gap.
    Gap(Placeholder),
}

/// Text with gaps. In writing, `{{` and `}}` stand for braces.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
#[serde(try_from = "String")]
pub struct Template(Vec<Part>);

impl Template {
    /// Reads the written form.
    ///
    /// # Errors
    /// The byte offset of a brace that opens no known placeholder or closes none.
    pub fn parse(text: &str) -> Result<Self, BadPlaceholder> {
        let mut template = Self::default();
        let mut rest = text;
        while let Some(at) = rest.find(['{', '}']) {
            let bad = BadPlaceholder {
                offset: text.len() - rest.len() + at,
            };
            let (before, from) = rest.split_at(at);
            template.push_text(before);
            if let Some(tail) = from.strip_prefix("{{") {
                template.push_text("{");
                rest = tail;
            } else if let Some(tail) = from.strip_prefix("}}") {
                template.push_text("}");
                rest = tail;
            } else {
                let (name, tail) = from
                    .strip_prefix('{')
                    .and_then(|inner| inner.split_once('}'))
                    .ok_or(bad)?;
                template.push(Part::Gap(Placeholder::parse(name).ok_or(bad)?));
                rest = tail;
            }
        }
        template.push_text(rest);
        Ok(template)
    }

    /// The pieces in order.
    #[must_use]
    pub fn parts(&self) -> &[Part] {
        &self.0
    }

    /// The gaps in order.
    pub fn placeholders(&self) -> impl Iterator<Item = &Placeholder> {
        self.0.iter().filter_map(|part| match part {
            Part::Gap(gap) => Some(gap),
            Part::Text(_) => None,
        })
    }

    /// Whether nothing is in it.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The text, if it has no gap.
    #[must_use]
    pub fn as_literal(&self) -> Option<&str> {
        match self.0.as_slice() {
            [Part::Text(text)] => Some(text),
            _ => None,
        }
    }

    /// The text before the first gap.
    #[must_use]
    pub fn leading_text(&self) -> &str {
        match self.0.first() {
            Some(Part::Text(text)) => text,
            _ => "",
        }
    }

    /// The same text with gaps filled; a gap for which `fill` answers `None` stays.
    #[must_use]
    pub fn fill<'a>(&self, fill: impl Fn(&Placeholder) -> Option<&'a Self>) -> Self {
        let mut filled = Self::default();
        for part in &self.0 {
            match part {
                Part::Text(text) => filled.push_text(text),
                Part::Gap(gap) => match fill(gap) {
                    Some(value) => value.0.iter().cloned().for_each(|part| filled.push(part)),
                    None => filled.push(part.clone()),
                },
            }
        }
        filled
    }

    /// The six parts of an ARN; the last keeps its colons. `None` if there are fewer.
    #[must_use]
    pub fn arn_segments(&self) -> Option<[Self; 6]> {
        let mut segments = vec![Self::default()];
        for part in &self.0 {
            let mut rest = match part {
                Part::Gap(_) => {
                    segments.last_mut()?.push(part.clone());
                    continue;
                }
                Part::Text(text) => text.as_str(),
            };
            while segments.len() < 6 {
                let Some((before, after)) = rest.split_once(':') else {
                    break;
                };
                segments.last_mut()?.push_text(before);
                segments.push(Self::default());
                rest = after;
            }
            segments.last_mut()?.push_text(rest);
        }
        segments.try_into().ok()
    }

    pub(super) fn push(&mut self, part: Part) {
        match part {
            Part::Text(text) => self.push_text(&text),
            gap @ Part::Gap(_) => self.0.push(gap),
        }
    }

    fn push_text(&mut self, text: &str) {
        match self.0.last_mut() {
            _ if text.is_empty() => {}
            Some(Part::Text(last)) => last.push_str(text),
            _ => self.0.push(Part::Text(text.to_owned())),
        }
    }
}

impl TryFrom<String> for Template {
    type Error = BadPlaceholder;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        Self::parse(&text)
    }
}

/// The written form, with braces doubled where they are literal.
impl std::fmt::Display for Template {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.iter().try_for_each(|part| match part {
            Part::Text(text) => f.write_str(&text.replace('{', "{{").replace('}', "}}")),
            Part::Gap(gap) => gap.fmt(f),
        })
    }
}

/// A brace that belongs to no placeholder.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BadPlaceholder {
    /// Byte offset of the brace.
    pub offset: usize,
}

impl std::fmt::Display for BadPlaceholder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "no placeholder at byte {}; write `{{{{` and `}}}}` for braces",
            self.offset
        )
    }
}

impl std::error::Error for BadPlaceholder {}
