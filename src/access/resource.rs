//! Whether a Resource element means the key.
//!
//! Sources: KMS developer guide, "Key policies": in a key policy `"*"` means "this KMS key"; the key's own ARN does too.
//! IAM user guide, "IAM JSON policy elements: Resource". The ARN of an alias names no key.

use super::request::AccessRequest;
use super::truth::Truth;
use crate::iam::Pattern;
use crate::iam::pattern::{Case, PatternKind, Token};
use crate::iam::placeholder::Symbol;

/// The key's ARN, as far as it is known: a run stands for what is not.
pub(super) struct KeyArn {
    tokens: Vec<Token>,
}

impl KeyArn {
    pub(super) fn of(request: &AccessRequest) -> Self {
        let mut tokens = Vec::new();
        let place = &request.place;
        let account = place.account.as_ref().map(crate::iam::AccountId::as_str);
        let pieces = [
            Some("arn:"),
            request.partition(),
            Some(":kms:"),
            place.region.as_deref(),
            Some(":"),
            account,
            Some(":key/"),
            place.key_id.as_deref(),
        ];
        for piece in pieces {
            match piece {
                Some(known) => tokens.extend(known.chars().map(Token::Literal)),
                // No part is empty.
                None => tokens.extend([
                    Token::AnyChar { colon: false },
                    Token::AnyRun { colon: false },
                ]),
            }
        }
        Self { tokens }
    }

    /// Whether a Resource element means this key.
    pub(super) fn is_meant(&self, written: &[Symbol]) -> Truth {
        if written == [Symbol::Written('*')] {
            return Truth::Yes;
        }
        let pattern = Pattern::of_symbols(written, PatternKind::Resource, Case::Sensitive);
        let Some(tokens) = pattern.tokens() else {
            return Truth::No;
        };
        if !overlap(tokens, &self.tokens) {
            return Truth::No;
        }
        // Only a run of the pattern takes gaps of one and of two strange characters.
        let all = [1, 2]
            .iter()
            .all(|length| pattern.matches(&self.filled(*length)));
        if all && pattern.is_certain() {
            Truth::Yes
        } else {
            Truth::Maybe
        }
    }

    fn filled(&self, length: usize) -> String {
        let mut text = String::new();
        for token in &self.tokens {
            match token {
                Token::Literal(c) => text.push(*c),
                Token::AnyChar { .. } => text.push('\u{10FFFD}'),
                Token::AnyRun { .. } => text.extend(std::iter::repeat_n('\u{10FFFD}', length - 1)),
            }
        }
        text
    }
}

/// Whether some text is matched by both.
fn overlap(one: &[Token], other: &[Token]) -> bool {
    let takes_colon = |token: &Token| match token {
        Token::Literal(c) => *c == ':',
        Token::AnyChar { colon } | Token::AnyRun { colon } => *colon,
    };
    // `row[j]`: whether the rest of `one` from here and the rest of `other` from `j` have a text in common.
    let mut row: Vec<bool> = Vec::with_capacity(other.len() + 1);
    let ends = |tokens: &[Token]| {
        tokens
            .iter()
            .all(|token| matches!(token, Token::AnyRun { .. }))
    };
    for j in 0..=other.len() {
        row.push(other.get(j..).is_some_and(ends));
    }
    for (i, token) in one.iter().enumerate().rev() {
        let after = row.clone();
        let at = |row: &[bool], j: usize| row.get(j).copied().unwrap_or(false);
        for j in (0..=other.len()).rev() {
            let run = matches!(token, Token::AnyRun { .. });
            let value = match other.get(j) {
                None => one.get(i..).is_some_and(ends),
                Some(theirs) => {
                    let their_run = matches!(theirs, Token::AnyRun { .. });
                    // A character that both take.
                    let shared = match (token, theirs) {
                        (Token::Literal(a), Token::Literal(b)) => a == b,
                        (Token::Literal(':'), _) => takes_colon(theirs),
                        (_, Token::Literal(':')) => takes_colon(token),
                        _ => true,
                    };
                    (run && at(&after, j))
                        || (their_run && at(&row, j + 1))
                        || (shared && run && !their_run && at(&row, j + 1))
                        || (shared && their_run && !run && at(&after, j))
                        || (shared && !run && !their_run && at(&after, j + 1))
                }
            };
            if let Some(cell) = row.get_mut(j) {
                *cell = value;
            }
        }
    }
    row.first().copied().unwrap_or(false)
}
