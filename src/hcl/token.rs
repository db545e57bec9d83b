//! Tokens of the HCL native syntax, with the same boundaries as Terraform's own scanner.
//!
//! The scanner never fails: text that is not HCL comes out as tokens too, and all tokens together
//! with the blanks between them are the text.

/// What a token is, as far as spacing and alignment depend on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Newline,
    /// `# …` and `// …` hold the line break that ends them; `/* … */` does not.
    Comment,
    Ident,
    /// The word `in`, a keyword after an identifier.
    In,
    Number,
    Dot,
    Comma,
    Ellipsis,
    Colon,
    DoubleColon,
    Question,
    Equal,
    Bang,
    Minus,
    /// Any other operator that may stand before a negation.
    Operator,
    /// Any other symbol.
    Symbol,
    OpenBrace,
    CloseBrace,
    OpenBracket,
    CloseBracket,
    OpenParen,
    CloseParen,
    OpenQuote,
    CloseQuote,
    /// A piece of literal text in a quoted template or a heredoc.
    Literal,
    /// Line breaks inside a quoted template, which Terraform refuses.
    QuotedNewline,
    /// `${` or `%{`, with `~` where there is one.
    TemplateStart,
    /// The `}` or `~}` that ends an interpolation or a directive.
    TemplateEnd,
    /// `<<NAME` with its line break.
    HeredocStart,
    /// The closing name, with the blanks before it.
    HeredocEnd,
}

impl Kind {
    /// How much deeper in brackets the text is after this token.
    pub(super) fn depth_change(self) -> i32 {
        match self {
            Self::OpenBrace | Self::OpenBracket | Self::OpenParen | Self::TemplateStart => 1,
            Self::CloseBrace | Self::CloseBracket | Self::CloseParen | Self::TemplateEnd => -1,
            _ => 0,
        }
    }
}

/// A token: bytes `start..end` of the text.
#[derive(Debug, Clone, Copy)]
pub(super) struct Token {
    pub(super) kind: Kind,
    pub(super) start: usize,
    pub(super) end: usize,
}

/// What encloses the place where the scanner stands.
#[derive(Debug)]
enum Within<'t> {
    /// An interpolation or directive, with the number of braces open in it.
    Template {
        braces: usize,
    },
    Quotes,
    Heredoc {
        name: &'t str,
        line_start: bool,
    },
}

/// Walks over the tokens of a text.
#[derive(Debug)]
pub(super) struct Tokens<'t> {
    text: &'t str,
    at: usize,
    within: Vec<Within<'t>>,
}

impl<'t> Tokens<'t> {
    pub(super) fn new(text: &'t str) -> Self {
        Self {
            text,
            at: 0,
            within: Vec::new(),
        }
    }

    fn rest(&self) -> &'t [u8] {
        self.text.as_bytes().get(self.at..).unwrap_or_default()
    }

    /// Code outside of literal text; `None` at the end.
    fn code(&mut self) -> Option<(Kind, usize)> {
        let blanks = self
            .rest()
            .iter()
            .take_while(|byte| matches!(byte, b' ' | b'\t'));
        self.at += blanks.count();
        let rest = self.rest();
        Some(match rest {
            [] => return None,
            [b'\n', ..] => (Kind::Newline, 1),
            [b'\r', b'\n', ..] => (Kind::Newline, 2),
            [b'#', ..] | [b'/', b'/', ..] => (Kind::Comment, through_line_end(rest)),
            [b'/', b'*', body @ ..] => {
                let end = body.windows(2).position(|pair| pair == b"*/");
                (Kind::Comment, end.map_or(rest.len(), |end| end + 4))
            }
            [b'"', ..] => {
                self.within.push(Within::Quotes);
                (Kind::OpenQuote, 1)
            }
            [b'<', b'<', ..] if heredoc_name(rest).is_some() => {
                let (from, to, end) = heredoc_name(rest)?;
                self.within.push(Within::Heredoc {
                    name: self
                        .text
                        .get(self.at + from..self.at + to)
                        .unwrap_or_default(),
                    line_start: true,
                });
                (Kind::HeredocStart, end)
            }
            [b'{', ..] => {
                if let Some(Within::Template { braces }) = self.within.last_mut() {
                    *braces += 1;
                }
                (Kind::OpenBrace, 1)
            }
            [b'}', ..] | [b'~', b'}', ..] => {
                self.closing_brace(if rest.first() == Some(&b'}') { 1 } else { 2 })
            }
            [b'a'..=b'z' | b'A'..=b'Z' | b'_', ..] => match ident_len(rest, self.text, self.at) {
                2 if rest.starts_with(b"in") => (Kind::In, 2),
                length => (Kind::Ident, length),
            },
            [b'0'..=b'9', ..] => (Kind::Number, number_len(rest)),
            [0x80..=0xff, ..] => match ident_len(rest, self.text, self.at) {
                0 => (Kind::Symbol, char_len(self.text, self.at)),
                length => (Kind::Ident, length),
            },
            _ => symbol(rest),
        })
    }

    fn closing_brace(&mut self, length: usize) -> (Kind, usize) {
        match self.within.last_mut() {
            Some(Within::Template { braces: 0 }) => {
                self.within.pop();
                (Kind::TemplateEnd, length)
            }
            Some(Within::Template { braces }) => {
                *braces -= 1;
                (Kind::CloseBrace, length)
            }
            _ => (Kind::CloseBrace, length),
        }
    }

    fn template_start(&mut self, rest: &[u8]) -> Option<(Kind, usize)> {
        let length = match rest {
            [b'$' | b'%', b'{', b'~', ..] => 3,
            [b'$' | b'%', b'{', ..] => 2,
            _ => return None,
        };
        if let Some(Within::Heredoc { line_start, .. }) = self.within.last_mut() {
            *line_start = false;
        }
        self.within.push(Within::Template { braces: 0 });
        Some((Kind::TemplateStart, length))
    }

    fn quoted(&mut self) -> Option<(Kind, usize)> {
        let rest = self.rest();
        if let Some(start) = self.template_start(rest) {
            return Some(start);
        }
        Some(match rest {
            [] => return None,
            [b'"', ..] => {
                self.within.pop();
                (Kind::CloseQuote, 1)
            }
            [b'\r' | b'\n', ..] => {
                let breaks = rest.iter().take_while(|byte| matches!(byte, b'\r' | b'\n'));
                (Kind::QuotedNewline, breaks.count())
            }
            [b'$' | b'%', ..] => (Kind::Literal, marker_len(rest)),
            _ => {
                let mut length = 0;
                loop {
                    match rest.get(length..).unwrap_or_default() {
                        [] | [b'"' | b'$' | b'%' | b'\r' | b'\n', ..] => break,
                        [b'\\', b'\r' | b'\n', ..] | [b'\\'] => length += 1,
                        [b'\\', _, ..] => length += 1 + char_len(self.text, self.at + length + 1),
                        _ => length += 1,
                    }
                }
                (Kind::Literal, length)
            }
        })
    }

    fn heredoc(&mut self, name: &str, line_start: bool) -> Option<(Kind, usize)> {
        let rest = self.rest();
        if rest.is_empty() {
            return None;
        }
        let line = rest.get(..through_line_end(rest)).unwrap_or(rest);
        if line_start && line.trim_ascii() == name.as_bytes() {
            self.within.pop();
            let length = line.strip_suffix(b"\n").unwrap_or(line);
            let length = length.strip_suffix(b"\r").unwrap_or(length);
            return Some((Kind::HeredocEnd, length.len()));
        }
        if let Some(start) = self.template_start(rest) {
            return Some(start);
        }
        let length = match rest {
            [b'$' | b'%', ..] => marker_len(rest),
            _ => line
                .iter()
                .position(|byte| matches!(byte, b'$' | b'%'))
                .unwrap_or(line.len()),
        };
        if let Some(Within::Heredoc { line_start, .. }) = self.within.last_mut() {
            *line_start = rest.get(length - 1) == Some(&b'\n');
        }
        Some((Kind::Literal, length))
    }
}

impl Iterator for Tokens<'_> {
    type Item = Token;

    fn next(&mut self) -> Option<Token> {
        let (kind, length) = match self.within.last() {
            None | Some(Within::Template { .. }) => self.code(),
            Some(Within::Quotes) => self.quoted(),
            Some(&Within::Heredoc { name, line_start }) => self.heredoc(name, line_start),
        }?;
        let start = self.at;
        self.at += length.max(1);
        Some(Token {
            kind,
            start,
            end: self.at,
        })
    }
}

/// Bytes up to and with the next `\n`.
fn through_line_end(rest: &[u8]) -> usize {
    rest.iter()
        .position(|byte| *byte == b'\n')
        .map_or(rest.len(), |newline| newline + 1)
}

/// `$${` and `%%{` are one token, any other `$` or `%` that starts no template stands alone.
fn marker_len(rest: &[u8]) -> usize {
    match rest {
        [b'$', b'$', b'{', ..] | [b'%', b'%', b'{', ..] => 3,
        _ => 1,
    }
}

fn char_len(text: &str, at: usize) -> usize {
    text.get(at..)
        .and_then(|rest| rest.chars().next())
        .map_or(1, char::len_utf8)
}

/// Where the name in `<<NAME` and `<<-NAME` starts and ends, and where the line does.
fn heredoc_name(rest: &[u8]) -> Option<(usize, usize, usize)> {
    let from = if rest.get(2) == Some(&b'-') { 3 } else { 2 };
    let line = rest.get(..through_line_end(rest))?.strip_suffix(b"\n")?;
    let line = line.strip_suffix(b"\r").unwrap_or(line);
    let name = std::str::from_utf8(line.get(from..)?).ok()?;
    (!name.is_empty() && ident_len(name.as_bytes(), name, 0) == name.len())
        .then(|| (from, line.len(), through_line_end(rest)))
}

/// The length of the identifier at `at`, whose bytes `rest` starts with; 0 where there is none.
fn ident_len(rest: &[u8], text: &str, at: usize) -> usize {
    let ascii = |byte: &&u8| matches!(byte, b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'_' | b'-');
    let length = rest.iter().take_while(ascii).count();
    if rest.get(length).is_none_or(u8::is_ascii) {
        return length;
    }
    let mut end = 0;
    let mut pair = String::from("_");
    for symbol in text.get(at..).unwrap_or_default().chars() {
        // Behind `_` any character may stand that continues an identifier.
        pair.truncate(1);
        pair.push(symbol);
        let candidate = if end == 0 {
            pair.get(1..)
        } else {
            Some(pair.as_str())
        };
        if candidate.is_none_or(|name| hcl_edit::Ident::try_new(name).is_err()) {
            break;
        }
        end += symbol.len_utf8();
    }
    end
}

fn number_len(rest: &[u8]) -> usize {
    let mut length = 1;
    let mut end = 1;
    loop {
        match rest.get(length..).unwrap_or_default() {
            [b'0'..=b'9', ..] => length += 1,
            [b'.', ..] => {
                length += 1;
                continue;
            }
            [b'e' | b'E', b'+' | b'-', b'0'..=b'9', ..] => length += 3,
            [b'e' | b'E', b'0'..=b'9', ..] => length += 2,
            _ => return end,
        }
        end = length;
    }
}

fn symbol(rest: &[u8]) -> (Kind, usize) {
    match rest {
        [b'=', b'=', ..] | [b'!' | b'<' | b'>', b'=', ..] | [b'&', b'&', ..] | [b'|', b'|', ..] => {
            (Kind::Operator, 2)
        }
        [b'=', b'>', ..] => (Kind::Symbol, 2),
        [b':', b':', ..] => (Kind::DoubleColon, 2),
        [b'.', b'.', b'.', ..] => (Kind::Ellipsis, 3),
        [b'+' | b'*' | b'/' | b'%' | b'<' | b'>', ..] => (Kind::Operator, 1),
        [b'.', ..] => (Kind::Dot, 1),
        [b',', ..] => (Kind::Comma, 1),
        [b':', ..] => (Kind::Colon, 1),
        [b'?', ..] => (Kind::Question, 1),
        [b'=', ..] => (Kind::Equal, 1),
        [b'!', ..] => (Kind::Bang, 1),
        [b'-', ..] => (Kind::Minus, 1),
        [b'[', ..] => (Kind::OpenBracket, 1),
        [b']', ..] => (Kind::CloseBracket, 1),
        [b'(', ..] => (Kind::OpenParen, 1),
        [b')', ..] => (Kind::CloseParen, 1),
        _ => (Kind::Symbol, 1),
    }
}
