//! Named lists of principals, resolved: which entries a `set: NAME` stands for.

use std::collections::BTreeSet;

use super::config::Config;
use super::{DeployerEntry, PrincipalEntry, Who};
use crate::diag::Diagnostic;
use crate::source::Span;

/// How deep sets may hold each other; following them is then safe on any thread.
const MAX_NESTING: usize = 16;

/// The sets that an entry of a list leads through.
#[derive(Default)]
struct Way<'e> {
    /// Those that are being replaced, the outermost first.
    path: Vec<&'e str>,
    /// Those whose principals are there: a second way to them brings nothing new, and following each would take time
    /// in powers of the depth.
    done: BTreeSet<&'e str>,
}

impl Config {
    /// The entries of a list with its sets replaced by what they hold, each with the place in the list that names it.
    ///
    /// Problems are reported once for each place.
    pub fn expand<'e>(
        &'e self,
        entries: impl IntoIterator<Item = &'e PrincipalEntry>,
        diagnostics: &mut Vec<Diagnostic>,
    ) -> Vec<(&'e PrincipalEntry, Span)> {
        let mut expanded = Vec::new();
        for entry in entries {
            let place = entry.who.span;
            let mut way = Way::default();
            if let Err(diagnostic) = self.expand_entry(entry, place, &mut way, &mut expanded) {
                diagnostics.push(diagnostic);
            }
        }
        expanded
    }

    /// The same for administrators, without entries of sets that cannot be one, which are reported.
    pub fn expand_administrators<'e>(
        &'e self,
        entries: impl IntoIterator<Item = &'e PrincipalEntry>,
        diagnostics: &mut Vec<Diagnostic>,
    ) -> Vec<(&'e PrincipalEntry, Span)> {
        let mut expanded = self.expand(entries, diagnostics);
        expanded.retain(|(entry, place)| {
            let fits = entry.can_administer();
            if !fits {
                diagnostics.push(
                    Diagnostic::error("not-an-administrator", "this set holds an entry that cannot be an administrator")
                        .at(*place, "")
                        .also(entry.who.span, "this one")
                        .help("administrators are roles, users, permission sets and ARNs, without `access`, `via` or `context`"),
                );
            }
            fits
        });
        expanded
    }

    /// The same for `deployers` and `break_glass`.
    pub fn expand_deployers<'e>(
        &'e self,
        entries: &'e [DeployerEntry],
        diagnostics: &mut Vec<Diagnostic>,
    ) -> Vec<(&'e PrincipalEntry, Span)> {
        let mut expanded = self.expand(entries.iter().map(|entry| &entry.0), diagnostics);
        expanded.retain(|(entry, place)| {
            let own = matches!(entry.who.value, Who::StackSets(_));
            let fits = own || entry.can_deploy();
            if !fits {
                diagnostics.push(
                    Diagnostic::error("not-a-deployer", "this set holds an entry that cannot be a deployer")
                        .at(*place, "")
                        .also(entry.who.span, "this one")
                        .help("deployers are roles, users, permission sets and ARNs of this account, without `access`, `via` or `context`"),
                );
            }
            fits
        });
        expanded
    }

    /// The entries of a list and, where they are sets, of these: each set once, with the entries that name it.
    pub fn visit<'e>(
        &'e self,
        entries: impl IntoIterator<Item = &'e PrincipalEntry>,
    ) -> Vec<&'e PrincipalEntry> {
        let mut visited = Vec::new();
        let mut names = BTreeSet::new();
        let mut due: Vec<_> = entries.into_iter().collect();
        while let Some(entry) = due.pop() {
            visited.push(entry);
            if let Who::Set(name) = &entry.who.value
                && names.insert(name.as_str())
            {
                due.extend(self.sets.get(name.as_str()).into_iter().flatten());
            }
        }
        visited
    }

    fn expand_entry<'e>(
        &'e self,
        entry: &'e PrincipalEntry,
        place: Span,
        way: &mut Way<'e>,
        expanded: &mut Vec<(&'e PrincipalEntry, Span)>,
    ) -> Result<(), Diagnostic> {
        let Who::Set(name) = &entry.who.value else {
            expanded.push((entry, place));
            return Ok(());
        };
        let name = name.as_str();
        if way.path.contains(&name) {
            let path = way.path.iter().chain([&name]).copied();
            let path = path.collect::<Vec<_>>();
            return Err(Diagnostic::error(
                "set-in-itself",
                format!("the set `{name}` contains itself: {}", path.join(" > ")),
            )
            .at(entry.who.span, "")
            .help("remove one of the entries that lead back"));
        }
        if way.path.len() >= MAX_NESTING {
            return Err(Diagnostic::error(
                "too-deep",
                format!("sets of principals nest deeper than {MAX_NESTING} levels"),
            )
            .at(entry.who.span, "")
            .help("name the principals of this set here instead"));
        }
        let Some(members) = self.sets.get(name) else {
            let known = || self.sets.keys().map(String::as_str);
            let diagnostic =
                Diagnostic::error("unknown-set", format!("unknown set of principals `{name}`"))
                    .at(entry.who.span, "")
                    .did_you_mean(name, known());
            return Err(
                diagnostic.help("sets are declared under `principal_sets` in keywright.yaml")
            );
        };
        if !way.done.insert(name) {
            return Ok(());
        }
        way.path.push(name);
        for member in members {
            self.expand_entry(member, place, way, expanded)?;
        }
        way.path.pop();
        Ok(())
    }

    /// What the workspace's own lists of principals have wrong.
    pub(super) fn check_principals(&self) -> Vec<Diagnostic> {
        let mut diagnostics = Vec::new();
        let administrators = self.administrators.iter().map(|entry| &entry.0);
        let mut entries = self.expand(self.sets.values().flatten(), &mut diagnostics);
        entries.extend(self.expand_administrators(administrators, &mut diagnostics));
        for list in [&self.deployers, &self.break_glass] {
            entries.extend(self.expand_deployers(list, &mut diagnostics));
        }
        let break_glass = self.break_glass.iter().map(|entry| &entry.0.who);
        for engine in break_glass.filter(|who| matches!(who.value, Who::StackSets(_))) {
            diagnostics.push(
                Diagnostic::error("no-break-glass", "nobody can be StackSets in an emergency")
                    .at(engine.span, "")
                    .help("name a role that somebody can assume, such as `role: BreakGlass`, and StackSets under `deployers`"),
            );
        }
        for (entry, _) in entries {
            let account = entry.qualifiers.account.as_ref();
            if let Some(Err(diagnostic)) = account.map(|account| self.account(account)) {
                diagnostics.push(diagnostic);
            }
        }
        diagnostics.dedup();
        diagnostics
    }
}
