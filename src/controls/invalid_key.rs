//! What AWS refuses about a key and its aliases.

use super::catalogue::{Check, Control, Standards};
use super::finding::{Findings, Report};
use super::rules::Subject;
use crate::diag::{Diagnostic, nearest};
use crate::kms::{KeySpec, KeyUsage, Origin, limits};
use crate::readback::found::{FoundAlias, FoundKey, KeyForm, Lifetime, Property};
use crate::spec::Severity;

pub(super) const CONTROL: Control = Control {
    id: "invalid-key",
    severity: Severity::High,
    title: "AWS accepts the key",
    what: "Fires on what AWS refuses when a key is deployed: properties that a key does not have, values that a property \
           does not take, a usage that the kind of key does not have, rotation of a kind that cannot rotate, a rotation \
           period outside 90 to 2,560 days, a deletion window outside 7 to 30, an alias without `alias/` or in AWS's own \
           `alias/aws/`, too many or too long tags, aliases and descriptions, a replica without a policy.",
    why: "The deployment fails, often after other resources were changed.",
    bad: "PendingWindowInDays: 3",
    good: "PendingWindowInDays: 30",
    standards: Standards::NONE,
    check: Check::Key(check),
};

/// Whether it stands in a CloudFormation template.
pub(super) fn is_template(key: &FoundKey) -> bool {
    matches!(key.lifetime, Lifetime::Policies { .. })
}

fn check(subject: &Subject<'_>, findings: &mut Findings<'_>) {
    let key = subject.key;
    refused(key, findings);
    kind(subject, findings);
    origin(subject, findings);
    rotation(subject, findings);
    sizes(subject, findings);
    strangers(key, findings);
    for alias in &key.aliases {
        name(alias, findings);
    }
    if key.aliases.len() > limits::ALIASES_PER_KEY {
        let message = format!(
            "{} aliases; a key has at most {}",
            key.aliases.len(),
            limits::ALIASES_PER_KEY
        );
        findings.add(Report::at(key.span, message));
    }
    if key.form == KeyForm::Replica && is_template(key) && key.policy == Property::Absent {
        let message = "CloudFormation demands a key policy for a replica";
        findings.add(Report::at(key.span, message).help("write its `KeyPolicy`"));
    }
}

/// The values that a property does not take, as the reader found them.
fn refused(key: &FoundKey, findings: &mut Findings<'_>) {
    fn of<T>(property: &Property<T>) -> Option<&Diagnostic> {
        match property {
            Property::Invalid(diagnostic) => Some(diagnostic),
            _ => None,
        }
    }
    let properties = [
        of(&key.description),
        of(&key.key_spec),
        of(&key.key_usage),
        of(&key.origin),
        of(&key.custom_key_store_id),
        of(&key.xks_key_id),
        of(&key.primary_key_arn),
        of(&key.multi_region),
        of(&key.enabled),
        of(&key.rotates),
        of(&key.rotation_period_days),
        of(&key.deletion_window_days),
        of(&key.bypasses_lockout_check),
        of(&key.tags),
    ];
    let lifetime = match &key.lifetime {
        Lifetime::Policies {
            deletion,
            replacement,
        } => [of(deletion), of(replacement)],
        Lifetime::PreventDestroy(prevents) => [of(prevents), None],
        Lifetime::Unmanaged => [None, None],
    };
    let names = key.aliases.iter().filter_map(|alias| of(&alias.name));
    for diagnostic in properties
        .into_iter()
        .chain(lifetime)
        .flatten()
        .chain(names)
    {
        let place = diagnostic
            .primary
            .as_ref()
            .map_or(key.span, |label| label.span);
        let report = Report::at(place, diagnostic.message.clone());
        let help = diagnostic.help.iter();
        findings.add(help.fold(report, |report, help| report.help(help.clone())));
    }
}

/// Key spec against key usage.
fn kind(subject: &Subject<'_>, findings: &mut Findings<'_>) {
    let key = subject.key;
    let spec = key.key_spec.or_default(KeySpec::SYMMETRIC_DEFAULT);
    let usage = key.key_usage.or_default(KeyUsage::EncryptDecrypt);
    if let (Some(spec), Some(usage)) = (spec, usage)
        && !spec.usages().contains(&usage)
    {
        let known: Vec<_> = spec.usages().iter().map(|usage| usage.as_str()).collect();
        let message = match key.key_usage {
            Property::Absent => format!("`{}` keys need a key usage", spec.as_str()),
            _ => format!(
                "`{}` keys cannot be used for `{}`",
                spec.as_str(),
                usage.as_str()
            ),
        };
        let place = match key.key_usage {
            Property::Absent => subject.place(&key.key_spec),
            _ => subject.place(&key.key_usage),
        };
        findings.add(Report::at(place, message).help(format!("known: {}", known.join(", "))));
    }
    if let Some(spec) = key.key_spec.known()
        && !spec.is_deployable()
        && is_template(key)
    {
        let message = format!("CloudFormation does not make `{}` keys", spec.as_str());
        findings.add(Report::at(subject.place(&key.key_spec), message));
    }
}

/// Origins that CloudFormation does not make keys of. Source: schema of `AWS::KMS::Key` of 2026-10-20.
fn origin(subject: &Subject<'_>, findings: &mut Findings<'_>) {
    let key = subject.key;
    if let Some(origin) = key.origin.known()
        && !origin.is_in_cloudformation()
        && is_template(key)
    {
        let message = format!(
            "CloudFormation makes no keys with the origin `{}`",
            origin.as_str()
        );
        findings.add(Report::at(subject.place(&key.origin), message));
    }
}

/// Rotation and the windows of time.
fn rotation(subject: &Subject<'_>, findings: &mut Findings<'_>) {
    let key = subject.key;
    let rotates = key.rotates.known() == Some(&true);
    let spec = key.key_spec.or_default(KeySpec::SYMMETRIC_DEFAULT);
    let external = matches!(key.form, KeyForm::External | KeyForm::ExternalReplica)
        || key.origin.known() == Some(&Origin::External);
    let stored = key.is_in_custom_key_store();
    if rotates && (external || stored || spec.is_some_and(|spec| !spec.rotates())) {
        let what = match spec.filter(|spec| !spec.rotates()) {
            Some(spec) => format!("`{}` keys", spec.as_str()),
            None if stored => "keys in custom key stores".to_owned(),
            None => "imported material".to_owned(),
        };
        let report = Report::at(
            subject.place(&key.rotates),
            format!("KMS does not rotate {what}"),
        );
        findings.add(report.help("remove the rotation"));
    }
    let windows = [
        (
            &key.rotation_period_days,
            limits::ROTATION_PERIOD_DAYS,
            "a rotation period",
        ),
        (
            &key.deletion_window_days,
            limits::DELETION_WINDOW_DAYS,
            "a deletion window",
        ),
    ];
    for (property, range, what) in windows {
        if let Some(days) = property.known().filter(|days| !range.contains(days)) {
            let message = format!(
                "{what} has {} to {} days, not {days}",
                range.start(),
                range.end()
            );
            findings.add(Report::at(subject.place(property), message));
        }
    }
    let off = key.rotates.or_default(false) == Some(false);
    if off && key.rotation_period_days.known().is_some() && !is_template(key) {
        let message = "a rotation period needs rotation to be on";
        let report = Report::at(subject.place(&key.rotation_period_days), message);
        findings.add(report.help("set `enable_key_rotation` to true"));
    }
}

fn sizes(subject: &Subject<'_>, findings: &mut Findings<'_>) {
    let key = subject.key;
    let too_long = |text: &str, limit: usize| text.chars().count() > limit;
    if let Some(text) = key.description.known().and_then(|text| text.as_literal())
        && too_long(text, limits::DESCRIPTION_LENGTH)
    {
        let message = format!(
            "a description has at most {} characters",
            limits::DESCRIPTION_LENGTH
        );
        findings.add(Report::at(subject.place(&key.description), message));
    }
    let Some(tags) = key.tags.known() else { return };
    let place = subject.place(&key.tags);
    if tags.len() > limits::TAGS_PER_KEY {
        let message = format!(
            "{} tags; a key has at most {}",
            tags.len(),
            limits::TAGS_PER_KEY
        );
        findings.add(Report::at(place, message));
    }
    for (name, value) in tags {
        let value = value.literals().collect::<String>();
        let message = if name.is_empty() || too_long(name, limits::TAG_KEY_LENGTH) {
            format!(
                "the key of a tag has 1 to {} characters",
                limits::TAG_KEY_LENGTH
            )
        } else if too_long(&value, limits::TAG_VALUE_LENGTH) {
            format!(
                "the value of the tag `{name}` has more than {} characters",
                limits::TAG_VALUE_LENGTH
            )
        } else if name.to_ascii_lowercase().starts_with("aws:") {
            format!("`{name}`: tags that begin with `aws:` are AWS's own")
        } else {
            continue;
        };
        findings.add(Report::at(place, message));
    }
}

/// Arguments of Terraform that are of a key, though not of its meaning here.
const ALSO_KNOWN: [&str; 14] = [
    "count",
    "custom_key_store_id",
    "depends_on",
    "for_each",
    "key_material_base64",
    "lifecycle",
    "primary_key_arn",
    "provider",
    "provisioner",
    "region",
    "timeouts",
    "valid_to",
    "xks_key_id",
    "PrimaryKeyArn",
];
const OF_TEMPLATES: [&str; 12] = [
    "BypassPolicyLockoutSafetyCheck",
    "Description",
    "Enabled",
    "EnableKeyRotation",
    "KeyPolicy",
    "KeySpec",
    "KeyUsage",
    "MultiRegion",
    "Origin",
    "PendingWindowInDays",
    "RotationPeriodInDays",
    "Tags",
];
const OF_MODULES: [&str; 13] = [
    "bypass_policy_lockout_safety_check",
    "custom_key_store_id",
    "customer_master_key_spec",
    "deletion_window_in_days",
    "description",
    "enable_key_rotation",
    "is_enabled",
    "key_usage",
    "multi_region",
    "policy",
    "rotation_period_in_days",
    "tags",
    "xks_key_id",
];

fn strangers(key: &FoundKey, findings: &mut Findings<'_>) {
    for (stranger, span) in &key.strangers {
        if ALSO_KNOWN.contains(&stranger.as_str()) {
            continue;
        }
        let known = match is_template(key) {
            true => &OF_TEMPLATES[..],
            false => &OF_MODULES[..],
        };
        let report = Report::at(*span, format!("a key has no property `{stranger}`"));
        findings.add(match nearest(stranger, known.iter().copied()) {
            Some(meant) => report.help(format!("did you mean `{meant}`?")),
            None => report.help("remove it"),
        });
    }
}

/// The name of an alias.
fn name(alias: &FoundAlias, findings: &mut Findings<'_>) {
    let place = alias.name.span().unwrap_or(alias.span);
    for message in problems(alias) {
        findings.add(Report::at(place, message));
    }
}

fn problems(alias: &FoundAlias) -> Vec<String> {
    let Some(name) = alias.name.known() else {
        return match alias.name {
            Property::Absent if alias.doubts.is_empty() => {
                vec!["this alias has no name".to_owned()]
            }
            _ => Vec::new(),
        };
    };
    let shown = name.to_string();
    let mut problems = Vec::new();
    let first = name.literals().next().unwrap_or_default();
    let begins = shown.starts_with(first);
    if !name.is_unknown() || begins {
        if begins && !first.starts_with("alias/") {
            problems.push(format!(
                "`{shown}` is no alias: it must begin with `alias/`"
            ));
        }
        if first.starts_with("alias/aws/") {
            problems.push(format!("`{shown}`: aliases in `alias/aws/` are AWS's own"));
        }
    }
    // Source: KMS developer guide, "Create an alias": letters, digits, `/`, `_` and `-`.
    let allowed = |c: char| c.is_ascii_alphanumeric() || "/_-".contains(c);
    if !name.literals().all(|literal| literal.chars().all(allowed)) {
        problems.push(format!("`{shown}` has characters that no alias has"));
    }
    let length: usize = name.literals().map(|literal| literal.chars().count()).sum();
    if length > limits::ALIAS_LENGTH + "alias/".len() {
        problems.push(format!(
            "an alias has at most {} characters",
            limits::ALIAS_LENGTH + 6
        ));
    }
    if shown == "alias/" {
        problems.push("this alias has no name after `alias/`".to_owned());
    }
    problems
}
