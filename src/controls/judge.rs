//! Runs the controls over keys, and lays severities and exceptions over what they find.

use std::collections::BTreeSet;

use super::catalogue::{self, Check, all};
use super::expired::{self, Ending};
use super::finding::{Finding, Findings, Report, Unknown, Waived};
use super::rules::{Exception, Subject};
use crate::diag::nearest;
use crate::readback::found::{FoundIdentityPolicy, FoundKey, FoundWaiver, Property};
use crate::spec::{CONTROLS, ControlId, Date};

/// What is known of a key after all controls had a look.
#[derive(Debug, Clone, Default)]
pub struct Judged {
    /// What breaks controls, in the order of the file.
    pub findings: Vec<Finding>,
    /// What could not be told.
    pub unknown: Vec<Unknown>,
}

/// Runs every control of keys over a reading of one, with the exceptions that hold for it.
///
/// `used` gets the indices of the exceptions that covered or changed anything.
#[must_use]
pub fn judge(
    subject: &Subject<'_>,
    exceptions: &[Exception],
    used: &mut BTreeSet<usize>,
) -> Judged {
    let key = subject.key;
    let mut bench = Bench::new(&key.resource, aliases(key), &key.waivers, exceptions);
    bench.judged.unknown.extend(doubts(key));
    for control in all() {
        if let Check::Key(check) = control.check {
            let mut found = Findings::new(control, &key.resource, &key.when);
            check(subject, &mut found);
            bench.take(found, subject.rules.today, used);
        }
    }
    bench.close(subject.rules.today)
}

/// Judges what the spec of a key says of last days, which its policy does not tell; as [`judge`].
#[must_use]
pub fn judge_endings(
    key: &FoundKey,
    endings: &[Ending],
    today: Date,
    exceptions: &[Exception],
    used: &mut BTreeSet<usize>,
) -> Judged {
    let mut bench = Bench::new(&key.resource, aliases(key), &[], exceptions);
    if let Some(control) = catalogue::find(expired::CONTROL.id) {
        let mut found = Findings::new(control, &key.resource, &key.when);
        expired::check_endings(endings, today, &mut found);
        bench.take(found, today, used);
    }
    bench.close(today)
}

/// The aliases of a key, without what is in front of all of them.
fn aliases(key: &FoundKey) -> impl Iterator<Item = String> {
    key.aliases.iter().filter_map(|alias| {
        let name = alias.name.known()?.to_string();
        name.strip_prefix("alias/").map(str::to_owned)
    })
}

/// Runs every control of identity policies over a reading of one; as [`judge`].
#[must_use]
pub fn judge_identity_policy(
    policy: &FoundIdentityPolicy,
    today: Date,
    exceptions: &[Exception],
    used: &mut BTreeSet<usize>,
) -> Judged {
    let resource = &policy.resource;
    let mut bench = Bench::new(resource, std::iter::empty(), &policy.waivers, exceptions);
    for control in all() {
        if let Check::IdentityPolicy(check) = control.check {
            let mut found = Findings::new(control, resource, &policy.when);
            check(policy, &mut found);
            bench.take(found, today, used);
        }
    }
    bench.close(today)
}

/// Where findings about one resource meet the exceptions from them.
struct Bench<'e> {
    /// What exceptions call the resource.
    names: Vec<String>,
    exceptions: &'e [Exception],
    /// Those that stand beside it, and whether each was of use.
    own: Vec<(Exception, bool)>,
    judged: Judged,
}

impl<'e> Bench<'e> {
    fn new(
        resource: &str,
        aliases: impl Iterator<Item = String>,
        waivers: &[FoundWaiver],
        exceptions: &'e [Exception],
    ) -> Self {
        let mut judged = Judged::default();
        let own = beside(waivers, &mut judged);
        Self {
            names: std::iter::once(resource.to_owned())
                .chain(aliases)
                .collect(),
            exceptions,
            own: own
                .into_iter()
                .map(|exception| (exception, false))
                .collect(),
            judged,
        }
    }

    /// Takes what one control found.
    fn take(&mut self, mut found: Findings<'_>, today: Date, used: &mut BTreeSet<usize>) {
        self.judged.unknown.append(&mut found.unknown);
        for mut finding in found.findings {
            for (index, exception) in self.exceptions.iter().enumerate() {
                if exception.covers(&finding, &self.names) && exception.holds_on(today) {
                    used.insert(index);
                    exception.apply(&mut finding);
                }
            }
            for (exception, uses) in &mut self.own {
                if exception.covers(&finding, &self.names) && exception.holds_on(today) {
                    *uses = true;
                    exception.apply(&mut finding);
                }
            }
            self.judged.findings.push(finding);
        }
    }

    fn close(mut self, today: Date) -> Judged {
        let resource = self.names.first().map_or("", String::as_str);
        for (exception, used) in &self.own {
            let found = leftover(exception, *used, resource, today);
            self.judged.findings.extend(found);
        }
        self.judged
    }
}

/// What there is to say of an exception itself: that it is over, or that it covered nothing.
#[must_use]
pub fn leftover(exception: &Exception, used: bool, resource: &str, today: Date) -> Option<Finding> {
    let name = exception.control.as_str();
    let called = if exception.waives {
        "waiver"
    } else {
        "severity"
    };
    let (control, report) = if !exception.holds_on(today) {
        let until = exception.expires.map(|day| day.to_string());
        let until = until.unwrap_or_default();
        let message = format!("this {called} of `{name}` ended on {until}");
        let report = Report::at(exception.span, message).help(format!(
            "mend what it covered, or give the {called} another last day"
        ));
        ("expired", report)
    } else if used {
        return None;
    } else {
        let message = format!("this {called} of `{name}` covers nothing");
        let report = Report::at(exception.span, message).help("remove it");
        ("unused-waiver", report)
    };
    let mut found = Findings::new(catalogue::find(control)?, resource, &[]);
    found.add(report);
    found.findings.pop()
}

impl Judged {
    /// Brings what several readings of one key have in common down to once.
    pub fn once(&mut self) {
        let mut seen = BTreeSet::new();
        self.findings.retain(|finding| {
            let place = (finding.span, finding.control.id, finding.resource.clone());
            seen.insert((place, finding.message.clone()))
        });
        let mut seen = BTreeSet::new();
        self.unknown
            .retain(|unknown| seen.insert((unknown.span, unknown.message.clone())));
        self.findings
            .sort_by_key(|finding| (finding.span, finding.severity));
        self.unknown.sort_by_key(|unknown| unknown.span);
    }
}

impl Exception {
    /// Whether it is about the finding, which is about what goes by these names.
    fn covers(&self, finding: &Finding, names: &[String]) -> bool {
        self.control.as_str() == finding.control.id
            && (self.keys.is_empty() || self.keys.iter().any(|name| names.contains(name)))
    }

    fn holds_on(&self, today: Date) -> bool {
        self.expires.is_none_or(|last| today <= last)
    }

    fn apply(&self, finding: &mut Finding) {
        if let Some(severity) = self.severity {
            finding.severity = severity;
        }
        if self.waives {
            finding.waived = Some(Waived {
                reason: self.reason.clone(),
                expires: self.expires.map(|day| day.to_string()),
            });
        }
    }
}

/// The exceptions that stand beside a resource. What is wrong with one is unknown.
fn beside(waivers: &[FoundWaiver], judged: &mut Judged) -> Vec<Exception> {
    let mut exceptions = Vec::new();
    for waiver in waivers {
        let Some(control) = ControlId::named(&waiver.control) else {
            let mut message = format!("there is no control `{}`", waiver.control);
            if let Some(name) = nearest(&waiver.control, CONTROLS) {
                message.push_str(&format!("; did you mean `{name}`?"));
            }
            judged.unknown.push(Unknown {
                span: waiver.span,
                message,
            });
            continue;
        };
        let expires = waiver.expires.as_deref().map(Date::parse);
        if expires == Some(None) {
            judged.unknown.push(Unknown {
                span: waiver.span,
                message: "the last day of this waiver is no date; write `YYYY-MM-DD`".to_owned(),
            });
            continue;
        }
        if waiver.reason.trim().is_empty() {
            judged.unknown.push(Unknown {
                span: waiver.span,
                message: "this waiver has no reason, so it does not hold".to_owned(),
            });
            continue;
        }
        exceptions.push(Exception {
            control,
            severity: None,
            waives: true,
            keys: Vec::new(),
            reason: waiver.reason.clone(),
            expires: expires.flatten(),
            span: waiver.span,
        });
    }
    exceptions
}

/// What the reader could not resolve of a key.
#[must_use]
pub fn doubts(key: &FoundKey) -> Vec<Unknown> {
    let mut unknown: Vec<Unknown> = key
        .doubts
        .iter()
        .chain(key.aliases.iter().flat_map(|alias| &alias.doubts))
        .map(|doubt| Unknown::of(doubt, key.span))
        .collect();
    let properties = [
        unresolved("the description", &key.description),
        unresolved("the key spec", &key.key_spec),
        unresolved("the key usage", &key.key_usage),
        unresolved("the origin", &key.origin),
        unresolved("whether it is a multi-Region key", &key.multi_region),
        unresolved("whether it is enabled", &key.enabled),
        unresolved("whether it rotates", &key.rotates),
        unresolved("the rotation period", &key.rotation_period_days),
        unresolved("the deletion window", &key.deletion_window_days),
        unresolved("whether KMS checks the policy", &key.bypasses_lockout_check),
        unresolved("the tags", &key.tags),
        unresolved("the policy", &key.policy),
    ];
    unknown.extend(properties.into_iter().flatten());
    let policy = key.policy.known();
    let problems = policy.into_iter().flat_map(|policy| &policy.problems);
    let problems = problems.filter(|problem| problem.doubt == crate::iam::read::Doubt::Unknown);
    unknown.extend(problems.map(|problem| Unknown::of(&problem.diagnostic, key.span)));
    unknown
}

fn unresolved<T>(what: &str, property: &Property<T>) -> Option<Unknown> {
    match property {
        Property::Unknown(written, span) => Some(Unknown {
            span: *span,
            message: format!("{what} of this key is known only at deployment: `{written}`"),
        }),
        Property::Absent | Property::Known(..) | Property::Invalid(_) => None,
    }
}
