//! Differences between two texts, for people.

use std::time::Duration;

use similar::TextDiff;

use super::header::with_lf;

/// How long the search for a short diff may take; after it the rest is shown as replaced.
const PATIENCE: Duration = Duration::from_millis(300);

/// The unified diff of a file, labelled `a/PATH` and `b/PATH`; empty where the texts are equal.
///
/// `None` is a file that is not there, labelled `/dev/null` as git does. Line endings do not count, so that
/// a checkout with CRLF shows what really changed. The diff of large texts stays fast and is then
/// longer than it need be, but always right.
#[must_use]
pub fn unified_diff(path: &str, before: Option<&str>, after: Option<&str>) -> String {
    let label = |side: &str, text: Option<&str>| match text {
        Some(_) => format!("{side}/{path}"),
        None => "/dev/null".to_owned(),
    };
    let old = with_lf(before.unwrap_or_default());
    let new = with_lf(after.unwrap_or_default());
    TextDiff::configure()
        .timeout(PATIENCE)
        .diff_lines(old.as_ref(), new.as_ref())
        .unified_diff()
        .context_radius(3)
        .header(&label("a", before), &label("b", after))
        .to_string()
}
