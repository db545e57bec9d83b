//! "Did you mean": the nearest valid name.

/// The known name nearest to what was written, if any is near enough to be meant.
///
/// Near is at most a third of the longer name in edits (transpositions count once), at least one;
/// case is ignored. Ties go to the first in order.
#[must_use]
pub fn nearest<'a>(written: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let wanted = written.to_lowercase();
    let mut best: Option<(usize, &str)> = None;
    for name in known {
        let distance = strsim::osa_distance(&wanted, &name.to_lowercase());
        let allowed = (wanted.chars().count().max(name.chars().count()) / 3).max(1);
        if distance <= allowed && best.is_none_or(|(nearest, _)| distance < nearest) {
            best = Some((distance, name));
        }
    }
    best.map(|(_, name)| name)
}
