//! Templates that stand in a template as literal text, such as that of a stack set.

use super::template::Template;
use crate::readback::found::Found;
use crate::yaml::Node;

/// Reads the template in a literal block (`|`), every place where it stands in the outer one. `None` for text that is
/// written in any other way, or that is no template.
pub(super) fn read(template: &Template<'_>, body: &Node) -> Option<Found> {
    let text = body.text().filter(|_| body.tag.is_none())?;
    let outer = template.text();
    // One in one is enough: nobody writes more, and reading must end.
    if template.is_embedded || !template.spend(text.len()) {
        return None;
    }
    let start = first_line(outer, body.span.range().start)?;
    let mut end = start;
    let mut lines = outer.get(start..)?.split_inclusive('\n');
    let mut indent = None;
    for line in text.split_inclusive('\n') {
        let written = lines.next()?;
        // An empty line may be indented or not; all others are by the same columns.
        if line != "\n" {
            let columns = written.len().checked_sub(line.len())?;
            let is_line = written.ends_with(line)
                && written.bytes().take(columns).all(|byte| byte == b' ')
                && *indent.get_or_insert(columns) == columns;
            if !is_line {
                return None;
            }
        } else if !written.trim().is_empty() {
            return None;
        }
        end += written.len();
    }
    // The same text, moved to the right, with nothing before it: places in it are those in the outer one.
    let before = outer.get(..start)?;
    let mut alone: String = before
        .bytes()
        .map(|byte| if byte == b'\n' { '\n' } else { ' ' })
        .collect();
    alone.push_str(outer.get(start..end)?);
    super::read_embedded(body.span.file, &alone).ok()
}

/// Where the first line of a literal block starts, of which the header or that line's first character is at a place.
fn first_line(outer: &str, place: usize) -> Option<usize> {
    let rest = outer.get(place..)?;
    if rest.starts_with('|') {
        return Some(place + rest.find('\n')? + 1);
    }
    let header_end = outer.get(..place)?.rfind('\n')?;
    let header = outer.get(..header_end)?;
    header.ends_with(": |").then_some(header_end + 1)
}

/// Adds what a template holds that another one carries.
pub(super) fn add(inner: Found, found: &mut Found) {
    let Found {
        keys,
        other_aliases,
        identity_policies,
        moves,
        removals,
        doubts,
        loose,
    } = inner;
    found.keys.extend(keys);
    found.other_aliases.extend(other_aliases);
    found.identity_policies.extend(identity_policies);
    found.moves.extend(moves);
    found.removals.extend(removals);
    found.doubts.extend(doubts);
    found.loose.extend(loose);
}
