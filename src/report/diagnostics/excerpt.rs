//! The lines that a diagnostic shows, cut to what a terminal holds.
//!
//! The renderer gets a copy of a few short lines instead of the file: it takes time in proportion
//! to what it is given, and panics on spans that do not fit the text.

use std::ops::Range;

use crate::source::FileId;

use super::is_harmful;
use super::lines::{Lines, Place};

/// Lines longer than this are cut to a window of it, where no terminal says otherwise.
pub(super) const WIDTH: usize = 120;
/// The narrowest such window, however narrow the terminal.
const NARROWEST: usize = 24;
/// What stands beside a cut line: a bar with its spaces, the dots where it was cut.
const BESIDE: usize = 5;
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

/// Groups labels into excerpts that fit a width; the first mark leads the first excerpt.
pub(super) fn excerpts<'a>(
    marks: Vec<Mark<'a>>,
    lines: &mut Lines<'_>,
    width: Option<usize>,
) -> Vec<Excerpt> {
    let last = marks.iter().map(|mark| mark.place.start.line).max();
    let number = last.unwrap_or_default().to_string().len();
    let width = width.map_or(WIDTH, |width| {
        width.saturating_sub(number + BESIDE).max(NARROWEST)
    });
    let mut groups: Vec<Vec<Mark<'a>>> = Vec::new();
    for mark in marks {
        let group = groups
            .iter_mut()
            .find(|group| group.first().is_some_and(|lead| fits(lead, &mark, width)));
        match group {
            Some(group) => group.push(mark),
            None => groups.push(vec![mark]),
        }
    }
    groups
        .into_iter()
        .filter_map(|group| excerpt(&group, lines, width))
        .collect()
}

/// Whether a label can be shown together with the one that leads an excerpt.
fn fits(lead: &Mark<'_>, mark: &Mark<'_>, width: usize) -> bool {
    let (one, other) = (lead.place.start, mark.place.start);
    lead.file == mark.file
        && one.line.abs_diff(other.line) <= NEAR
        && (one.line != other.line || one.column.abs_diff(other.column) <= width / 2)
}

fn excerpt(group: &[Mark<'_>], lines: &mut Lines<'_>, width: usize) -> Option<Excerpt> {
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
        let text = lines.text(lead.file);
        push_line(&mut excerpt, text, bytes, &on_line, width);
        excerpt.text.push('\n');
    }
    Some(excerpt)
}

/// Adds one line, cut and made harmless, with its labels.
fn push_line(
    excerpt: &mut Excerpt,
    text: &str,
    line: Range<usize>,
    marks: &[&Mark<'_>],
    width: usize,
) {
    let from = marks.iter().map(|mark| mark.place.bytes.start).min();
    let window = window(text, &line, from.unwrap_or(line.start), width);
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

/// The part of a line to show, such that `from` is in it: a quarter of the width before a label that is far to the right.
fn window(text: &str, line: &Range<usize>, from: usize, width: usize) -> Range<usize> {
    let from = from.clamp(line.start, line.end);
    let ahead = width / 4;
    let before = text.get(line.start..from).unwrap_or_default();
    // The first characters where the label starts well within them.
    let near = before.chars().take(width - ahead).count();
    let start = if near < width - ahead {
        line.start
    } else {
        before
            .char_indices()
            .rev()
            .nth(ahead.saturating_sub(1))
            .map_or(line.start, |(offset, _)| line.start + offset)
    };
    let rest = text.get(start..line.end).unwrap_or_default();
    let end = rest
        .char_indices()
        .nth(width)
        .map_or(line.end, |(offset, _)| start + offset);
    start..end
}
