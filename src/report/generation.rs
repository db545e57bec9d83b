//! What a run of `generate` did or would do.

use std::collections::BTreeSet;
use std::fmt::Write;

use anstyle::{AnsiColor, Style};
use serde_json::{Value, json};

use crate::workspace::generate::RequiredPrincipal;
use crate::workspace::{Change, ChangeKind, Plan, unified_diff};

/// A finished run.
#[derive(Debug)]
pub struct Report<'r> {
    /// The plan, if the run came that far.
    pub plan: Option<&'r Plan>,
    /// How many keys there are.
    pub keys: usize,
    /// How many stacks there are, each environment counted.
    pub stacks: usize,
    /// Principals that must exist before deployment.
    pub required: &'r [RequiredPrincipal],
    /// Whether the plan was carried out.
    pub written: bool,
    /// Orphans that were deleted.
    pub deleted: &'r BTreeSet<String>,
    /// Whether people want unchanged files listed, too.
    pub unchanged: bool,
}

/// How a kind of change is called before and after it was made, and in machine-readable output.
struct Word {
    planned: &'static str,
    done: &'static str,
    name: &'static str,
    color: AnsiColor,
}

fn word(kind: &ChangeKind) -> Word {
    let (planned, done, name, color) = match kind {
        ChangeKind::Create => ("missing", "created", "create", AnsiColor::Green),
        ChangeKind::Update => ("stale", "updated", "update", AnsiColor::Yellow),
        ChangeKind::Unchanged => ("unchanged", "unchanged", "unchanged", AnsiColor::White),
        ChangeKind::HandEdited => ("hand-edited", "overwritten", "hand-edited", AnsiColor::Red),
        ChangeKind::Obstructed(_) => ("obstructed", "obstructed", "obstructed", AnsiColor::Red),
        ChangeKind::Orphaned | ChangeKind::OrphanedHandEdited => {
            ("orphaned", "orphaned", "orphaned", AnsiColor::Magenta)
        }
    };
    Word {
        planned,
        done,
        name,
        color,
    }
}

impl Report<'_> {
    fn changes(&self) -> impl Iterator<Item = &Change> {
        self.plan.into_iter().flat_map(Plan::changes)
    }

    fn word_for(&self, change: &Change) -> (&'static str, AnsiColor) {
        let word = word(&change.kind);
        if self.deleted.contains(&change.path) {
            ("deleted", AnsiColor::Magenta)
        } else if self.written {
            (word.done, word.color)
        } else {
            (word.planned, word.color)
        }
    }
}

/// For people: what changed, file by file; what to take care of before deployment.
#[must_use]
pub fn text(report: &Report<'_>, with_diff: bool) -> String {
    let mut out = String::new();
    let mut counts: Vec<(&str, usize)> = Vec::new();
    for change in report.changes() {
        let (word, color) = report.word_for(change);
        match counts.iter_mut().find(|(counted, _)| *counted == word) {
            Some((_, count)) => *count += 1,
            None => counts.push((word, 1)),
        }
        if change.kind == ChangeKind::Unchanged && !report.unchanged {
            continue;
        }
        let style = Style::new().fg_color(Some(color.into()));
        let path = printable(&change.path);
        // Writing to a string cannot fail.
        let _ = writeln!(out, "{style}{word:>11}{style:#}  output/{path}");
        if with_diff {
            out.push_str(&colored(&diff(change)));
        }
    }
    let files: Vec<_> = counts
        .iter()
        .map(|(word, count)| format!("{} {word}", plural(*count, "file")))
        .collect();
    let _ = writeln!(
        out,
        "{} in {}: {}",
        plural(report.keys, "key"),
        plural(report.stacks, "stack"),
        files.join(", ")
    );
    if report
        .changes()
        .any(|change| report.word_for(change).0 == "orphaned")
    {
        out.push_str(
            "Orphaned files are made by no spec any more; `generate --prune` deletes them.\n",
        );
    }
    if !report.required.is_empty() && report.written {
        out.push_str(&required(report.required));
    }
    out
}

fn diff(change: &Change) -> String {
    let after = match change.kind {
        ChangeKind::Orphaned | ChangeKind::OrphanedHandEdited => None,
        _ => change.after.as_deref(),
    };
    unified_diff(
        &format!("output/{}", change.path),
        change.before.as_deref(),
        after,
    )
}

/// A diff with its lines coloured; whoever prints it to something else than a terminal strips that.
fn colored(diff: &str) -> String {
    let mut out = String::with_capacity(diff.len());
    for line in diff.lines() {
        let color = match line.as_bytes().first() {
            Some(b'+') => Some(AnsiColor::Green),
            Some(b'-') => Some(AnsiColor::Red),
            Some(b'@') => Some(AnsiColor::Cyan),
            _ => None,
        };
        let style = Style::new().fg_color(color.map(Into::into));
        let line = printable(line);
        let _ = writeln!(out, "{style}{line}{style:#}");
    }
    out
}

/// Text from files, with what could attack a terminal shown escaped.
fn printable(text: &str) -> String {
    if text.chars().all(|c| !c.is_control() || c == '\t') {
        return text.to_owned();
    }
    let escape = |c: char| -> String {
        if c.is_control() && c != '\t' {
            c.escape_default().to_string()
        } else {
            c.to_string()
        }
    };
    text.chars().map(escape).collect()
}

fn required(principals: &[RequiredPrincipal]) -> String {
    let mut out = String::from(
        "\nThese principals must exist before you deploy; KMS refuses a policy with one it cannot see:\n",
    );
    let width = principals
        .iter()
        .map(|principal| principal.arn.chars().count())
        .max();
    let width = width.unwrap_or_default();
    for principal in principals {
        let keys: Vec<_> = principal.keys.iter().take(3).map(place).collect();
        let more = principal.keys.len().saturating_sub(keys.len());
        let more = if more > 0 {
            format!(", and {more} more")
        } else {
            String::new()
        };
        let note = if principal.service_linked {
            " (service-linked role)"
        } else {
            ""
        };
        let arn = &principal.arn;
        let _ = writeln!(out, "  {arn:width$}  {}{more}{note}", keys.join(", "));
    }
    out
}

fn place((environment, stack, alias): &(String, String, String)) -> String {
    format!("{alias} ({environment}/{stack})")
}

fn plural(count: usize, noun: &str) -> String {
    let s = if count == 1 { "" } else { "s" };
    format!("{count} {noun}{s}")
}

/// For programs, version 1.
#[must_use]
pub fn json(report: &Report<'_>, diagnostics: Value, failed: bool) -> Value {
    let files: Vec<_> = report
        .changes()
        .map(|change| {
            let written = match change.kind {
                ChangeKind::Create | ChangeKind::Update | ChangeKind::HandEdited => report.written,
                _ => report.deleted.contains(&change.path),
            };
            json!({
                "path": format!("output/{}", change.path),
                "change": word(&change.kind).name,
                "source": change.source,
                "written": written,
                "diff": (change.kind != ChangeKind::Unchanged).then(|| diff(change)),
            })
        })
        .collect();
    let required: Vec<_> = report
        .required
        .iter()
        .map(|principal| {
            let keys: Vec<_> = principal
                .keys
                .iter()
                .map(|(environment, stack, alias)| {
                    json!({"environment": environment, "stack": stack, "alias": alias})
                })
                .collect();
            json!({
                "arn": principal.arn,
                "service_linked": principal.service_linked,
                "keys": keys,
            })
        })
        .collect();
    json!({
        "version": 1,
        "failed": failed,
        "keys": report.keys,
        "stacks": report.stacks,
        "files": files,
        "required_principals": required,
        "diagnostics": diagnostics,
    })
}

/// Annotations of GitHub Actions for files that are not what the specs mean.
#[must_use]
pub fn github(report: &Report<'_>) -> String {
    let mut out = String::new();
    if report.written {
        return out;
    }
    for change in report.changes() {
        if change.kind == ChangeKind::Unchanged {
            continue;
        }
        let (word, _) = report.word_for(change);
        let path = printable(&change.path);
        let _ = writeln!(
            out,
            "::error file=output/{path},title=keywright::this file is {word}; run `keywright generate` and commit"
        );
    }
    out
}
