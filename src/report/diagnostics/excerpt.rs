//! The lines that a diagnostic shows, cut to what a terminal holds.
//!
//! The renderer gets a copy of a few short lines instead of the file: it takes time in proportion
//! to what it is given, and panics on spans that do not fit the text.

use std::ops::Range;

use crate::source::FileId;

use super::is_harmful;
use super::lines::{Lines, Place};

/// Lines longer than this are cut to a window of it.
const WIDTH: usize = 120;
/// How much of a cut line stands before the label.
const BEFORE: usize = 30;
/// Labels further apart get excerpts of their own.
const NEAR: usize = 20;

/// A label with its place.
pub(super) struct Mark<'a> {
    pub(super) file: FileId,
    pub(super) place: Place,
    pub(super) text: &'a str,
    pub(super) primary: bool,
}

/// Some lines of one file with their labels.
pub(super) struct Excerpt {
    pub(super) file: FileId,
    /// Where the label is that the excerpt was made for.
    pub(super) place: Place,
    pub(super) first_line: usize,
    pub(super) text: String,
    /// Places in `text`, always on one line and on whole characters.
    pub(super) labels: Vec<(Range<usize>, String, bool)>,
}

/// Groups labels into excerpts; the first mark leads the first excerpt.
pub(super) fn excerpts<'a>(marks: Vec<Mark<'a>>, lines: &mut Lines<'_>) -> Vec<Excerpt> {
    let mut groups: Vec<Vec<Mark<'a>>> = Vec::new();
    for mark in marks {
        let group = groups
            .iter_mut()
            .find(|group| group.first().is_some_and(|lead| fits(lead, &mark)));
        match group {
            Some(group) => group.push(mark),
            None => groups.push(vec![mark]),
        }
    }
    groups
        .into_iter()
        .filter_map(|group| excerpt(&group, lines))
        .collect()
}

/// Whether a label can be shown together with the one that leads an excerpt.
fn fits(lead: &Mark<'_>, mark: &Mark<'_>) -> bool {
    let (one, other) = (lead.place.start, mark.place.start);
    lead.file == mark.file
        && one.line.abs_diff(other.line) <= NEAR
        && (one.line != other.line || one.column.abs_diff(other.column) <= WIDTH / 2)
}

fn excerpt(group: &[Mark<'_>], lines: &mut Lines<'_>) -> Option<Excerpt> {
    let lead = group.first()?;
    let numbers = || group.iter().map(|mark| mark.place.start.line);
    let first_line = numbers().min()?;
    let last_line = numbers().max()?.min(lines.count(lead.file));
    let mut excerpt = Excerpt {
        file: lead.file,
        place: lead.place.clone(),
        first_line,
        text: String::new(),
        labels: Vec::new(),
    };
    for number in first_line..=last_line {
        let bytes = lines.line(lead.file, number);
        let on_line: Vec<&Mark<'_>> = group
            .iter()
            .filter(|mark| mark.place.start.line == number)
            .collect();
        push_line(&mut excerpt, lines.text(lead.file), bytes, &on_line);
        excerpt.text.push('\n');
    }
    Some(excerpt)
}

/// Adds one line, cut and made harmless, with its labels.
fn push_line(excerpt: &mut Excerpt, text: &str, line: Range<usize>, marks: &[&Mark<'_>]) {
    let from = marks.iter().map(|mark| mark.place.bytes.start).min();
    let window = window(text, &line, from.unwrap_or(line.start));
    if window.start > line.start {
        excerpt.text.push('…');
    }
    let base = excerpt.text.len();
    // Offsets in the copy of the starts and ends of labels.
    let mut places: Vec<(usize, usize)> = vec![(base, base); marks.len()];
    let shown = text.get(window.clone()).unwrap_or_default();
    let mut record = |offset: usize, at: usize| {
        for (mark, (start, end)) in marks.iter().zip(&mut places) {
            if offset <= mark.place.bytes.start {
                *start = at;
            }
            if offset <= mark.place.bytes.end {
                *end = at;
            }
        }
    };
    for (offset, character) in shown.char_indices() {
        record(window.start + offset, excerpt.text.len());
        // A tab is the renderer's to expand.
        if is_harmful(character) && character != '\t' {
            excerpt.text.push('\u{fffd}');
        } else {
            excerpt.text.push(character);
        }
    }
    record(window.end, excerpt.text.len());
    if window.end < line.end {
        excerpt.text.push('…');
    }
    for (mark, (start, end)) in marks.iter().zip(places) {
        excerpt
            .labels
            .push((start..end.max(start), mark.text.to_owned(), mark.primary));
    }
}

/// The part of a line to show, such that `from` is in it.
fn window(text: &str, line: &Range<usize>, from: usize) -> Range<usize> {
    let from = from.clamp(line.start, line.end);
    let before = text.get(line.start..from).unwrap_or_default();
    // The first `WIDTH` characters where the label starts well within them.
    let near = before.chars().take(WIDTH - BEFORE).count();
    let start = if near < WIDTH - BEFORE {
        line.start
    } else {
        before
            .char_indices()
            .rev()
            .nth(BEFORE - 1)
            .map_or(line.start, |(offset, _)| line.start + offset)
    };
    let rest = text.get(start..line.end).unwrap_or_default();
    let end = rest
        .char_indices()
        .nth(WIDTH)
        .map_or(line.end, |(offset, _)| start + offset);
    start..end
}
