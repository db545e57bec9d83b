//! The catalogue of controls for people and programs.

use serde_json::{Value, json};

use super::document::{self, Block};
use crate::controls::{Control, Standards};
use crate::kms::condition_keys::CONDITION_KEYS;

/// Everything at a glance.
#[must_use]
pub fn overview(controls: &[&Control]) -> Vec<Block> {
    let rows = controls.iter().map(|control| {
        vec![
            control.id.to_owned(),
            severity(control),
            control.title.to_owned(),
            control.standards.security_hub.join(", "),
        ]
    });
    vec![Block::Table {
        head: vec!["control", "severity", "asks that", "Security Hub"],
        rows: rows.collect(),
    }]
}

/// Everything about one control. `level` is that of the heading.
#[must_use]
pub fn detail(control: &Control, level: usize) -> Vec<Block> {
    let paragraph = |text: &str| Block::Paragraph(text.to_owned());
    let section = |title: &str| Block::Heading(level + 1, title.to_owned());
    let code = |text: &str| Block::Code(format!("{}\n", text.trim_end()));
    let mut blocks = vec![
        Block::Heading(level, format!("`{}`: {}", control.id, control.title)),
        Block::Paragraph(format!("Severity {}.", severity(control))),
        paragraph(control.what),
        section("Why"),
        paragraph(control.why),
        section("What it finds"),
        code(control.bad),
        section("Mended"),
        code(control.good),
    ];
    let standards = standards(&control.standards);
    if !standards.is_empty() {
        blocks.push(section("Standards"));
        blocks.push(Block::List(standards));
    }
    if control.id == "unknown-condition-key" {
        blocks.push(section("Condition keys"));
        blocks.push(condition_keys());
    }
    blocks
}

/// The severity as reports write it.
fn severity(control: &Control) -> String {
    control.severity.as_str().to_uppercase()
}

/// Where standards ask for it, a line for each that does.
fn standards(standards: &Standards) -> Vec<String> {
    let all = [
        ("Security Hub", standards.security_hub),
        ("AWS Config", standards.config_rules),
        ("CIS AWS Foundations Benchmark", standards.cis),
        ("NIST SP 800-53 revision 5", standards.nist),
        ("PCI DSS", standards.pci),
        ("Procedure, section", standards.procedure),
    ];
    let named = all.iter().filter(|(_, items)| !items.is_empty());
    named
        .map(|(name, items)| format!("{name}: {}", items.join(", ")))
        .collect()
}

/// What requests to KMS may carry.
fn condition_keys() -> Block {
    let rows = CONDITION_KEYS.iter().map(|key| {
        vec![
            key.shown(),
            if key.multi_valued { "several" } else { "one" }.to_owned(),
            match key.unverified {
                Some(what) => format!("not {what}"),
                None => "yes".to_owned(),
            },
        ]
    });
    Block::Table {
        head: vec!["key", "values", "verified"],
        rows: rows.collect(),
    }
}

/// The document `docs/controls.md`, or what is in it about one control.
#[must_use]
pub fn markdown(controls: &[&Control]) -> String {
    if let [control] = controls {
        return document::markdown(&detail(control, 1));
    }
    let mut blocks = vec![
        Block::Heading(1, "Controls".to_owned()),
        Block::Paragraph(
            "What `keywright check` looks for in templates, modules and key policies. Made by the program from \
             `src/controls/`, one file a control; to change it, change the files there."
                .to_owned(),
        ),
        Block::Paragraph(
            "What cannot be told from a file, such as a parameter without a default, is listed as unknown with its place, \
             never passed over and never guessed. A finding that is due can be waived with a reason, in the spec \
             (`waive`), in `keywright.yaml` (`controls`), in the `Metadata` of a resource \
             (`keywright: {waive: [{control, reason, expires}]}`) or in a comment above a Terraform resource \
             (`keywright:waive CONTROL reason=\"…\" expires=YYYY-MM-DD`). Examples show only what matters."
                .to_owned(),
        ),
    ];
    blocks.extend(overview(controls));
    for control in controls {
        blocks.extend(detail(control, 2));
    }
    document::markdown(&blocks)
}

/// `{"version": 1, "controls": […]}`.
#[must_use]
pub fn json(controls: &[&Control]) -> Value {
    let controls: Vec<_> = controls
        .iter()
        .map(|control| {
            let standards = &control.standards;
            json!({
                "id": control.id,
                "severity": severity(control),
                "title": control.title,
                "what": control.what,
                "why": control.why,
                "bad": control.bad,
                "good": control.good,
                "standards": {
                    "security_hub": standards.security_hub,
                    "config_rules": standards.config_rules,
                    "cis": standards.cis,
                    "nist": standards.nist,
                    "pci": standards.pci,
                    "procedure": standards.procedure,
                },
            })
        })
        .collect();
    json!({"version": 1, "controls": controls})
}
