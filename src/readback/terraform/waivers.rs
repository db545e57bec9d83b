//! Waivers in comments above a resource: `# keywright:waive CONTROL reason="…" expires=2027-01-31`.

use super::body::{Block, Body};
use super::keys::line_start;
use super::module::World;
use crate::iam::value::unproven;
use crate::readback::found::{FoundKey, FoundWaiver};
use crate::source::Span;

const MARK: &str = "keywright:waive";

/// Takes the waivers in the comment lines above a block; one that cannot be read is a doubt.
pub(super) fn above(world: &World<'_>, block: &Block<'_>, key: &mut FoundKey) {
    let text = world.text(block.span.file);
    if let Body::Json(_, entries) = block.body {
        for entry in entries.iter().filter(|entry| entry.name() == "//") {
            take(
                entry.value.as_text().unwrap_or_default(),
                entry.value.span,
                key,
            );
        }
        return;
    }
    let mut end = line_start(text, block.span);
    let mut lines = Vec::new();
    while let Some(before) = text.get(..end.saturating_sub(1)).filter(|_| end > 0) {
        let start = before.rfind('\n').map_or(0, |at| at + 1);
        let line = before.get(start..).unwrap_or_default();
        let trimmed = line.trim();
        let Some(comment) = trimmed
            .strip_prefix('#')
            .or_else(|| trimmed.strip_prefix("//"))
        else {
            break;
        };
        let span = Span::new(block.span.file, start..start + line.trim_end().len());
        lines.push((comment.trim(), span));
        end = start;
    }
    for (comment, span) in lines.into_iter().rev() {
        take(comment, span, key);
    }
}

fn take(comment: &str, span: Span, key: &mut FoundKey) {
    let Some(rest) = comment.trim().strip_prefix(MARK) else {
        return;
    };
    match waiver(rest, span) {
        Some(waiver) => key.waivers.push(waiver),
        None => {
            let diagnostic = unproven(span, "this waiver cannot be read")
                .help("write `keywright:waive CONTROL reason=\"…\" expires=YYYY-MM-DD`");
            key.doubts.push(diagnostic);
        }
    }
}

fn waiver(rest: &str, span: Span) -> Option<FoundWaiver> {
    if !rest.starts_with(char::is_whitespace) {
        return None;
    }
    let rest = rest.trim_start();
    let end = rest.find(char::is_whitespace).unwrap_or(rest.len());
    let (control, mut rest) = rest.split_at(end);
    let is_id = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    if control.is_empty() || !control.chars().all(is_id) {
        return None;
    }
    let (mut reason, mut expires) = (None, None);
    loop {
        rest = rest.trim_start();
        if rest.is_empty() {
            break;
        }
        let (name, value) = rest.split_once('=')?;
        let (value, after) = match value.strip_prefix('"') {
            Some(quoted) => quoted.split_once('"')?,
            None => value.split_at(value.find(char::is_whitespace).unwrap_or(value.len())),
        };
        let place = match name {
            "reason" => &mut reason,
            "expires" if is_date(value) => &mut expires,
            _ => return None,
        };
        if place.replace(value.to_owned()).is_some() {
            return None;
        }
        rest = after;
    }
    Some(FoundWaiver {
        control: control.to_owned(),
        reason: reason.filter(|reason| !reason.trim().is_empty())?,
        expires,
        span,
    })
}

/// Whether a text looks like `2027-01-31`.
fn is_date(text: &str) -> bool {
    text.len() == 10
        && text.bytes().enumerate().all(|(at, byte)| match at {
            4 | 7 => byte == b'-',
            _ => byte.is_ascii_digit(),
        })
}
