//! Controls are silent on what keywright writes, but for what the specs of the repository ask for on purpose.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use keywright::controls::Rules;
use keywright::iam::AccountId;

use super::{outcome, rules};

/// What is there on purpose: control and place within `output/`.
const ON_PURPOSE: &[(&str, &str)] = &[
    // Public data sets and public keys of signers are for the whole organization.
    ("organization-wide-access", "LakePublishedKey"),
    ("organization-wide-access", "lake_published"),
    ("organization-wide-access", "ContainerSigningKey"),
    ("organization-wide-access", "container_signing"),
    // `permission_sets: delegated`.
    ("redundant-statement", "LakeQueryResultsKey"),
    ("redundant-statement", "lake_query_results"),
    // `retire`.
    ("deletion-not-denied", "LegacyInvoicesKey"),
    ("deletion-not-denied", "legacy_invoices"),
    // `enabled: false`.
    ("key-disabled", "LegacyInvoicesKey"),
    ("key-disabled", "legacy_invoices"),
    ("key-disabled", "ShopSessionsKey"),
    ("key-disabled", "shop_sessions"),
    // `deletion_window_days: 7`, less than the environment asks for.
    ("short-deletion-window", "staging/shop.yaml:26"),
    ("short-deletion-window", "staging/shop/main.tf:20"),
];

/// The accounts of the environment `production`, and `trusted_accounts`.
const TRUSTED: [&str; 4] = [
    "100000000003",
    "111122223333",
    "111122224444",
    "444455556666",
];

#[test]
fn controls_are_silent_on_the_committed_output() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("output");
    let mut files = Vec::new();
    for entry in walkdir::WalkDir::new(&root).sort_by_file_name() {
        let entry = entry.unwrap();
        if entry.file_type().is_file() {
            let path = entry.path().strip_prefix(&root).unwrap();
            let path = path.to_str().unwrap().replace('\\', "/");
            files.push((path, fs::read_to_string(entry.path()).unwrap()));
        }
    }
    let mut wrong = Vec::new();
    let mut seen = BTreeSet::new();
    for environment in ["production", "staging", "development"] {
        let part: Vec<_> = files
            .iter()
            .filter(|(path, _)| path.split('/').nth(1) == Some(environment))
            .map(|(path, text)| (path.as_str(), text.as_str()))
            .collect();
        let protected = environment != "development";
        let rules = Rules {
            protected,
            // As `keywright.yaml` has it.
            deny_deletion: environment == "production",
            deletion_window_days: if environment == "staging" { 14 } else { 30 },
            account: None,
            trusted: TRUSTED
                .into_iter()
                .map(|id| AccountId::parse(id).unwrap())
                .collect(),
            ..rules()
        };
        let outcome = outcome(&part, &rules);
        assert!(outcome.unreadable.is_empty(), "{:?}", outcome.unreadable);
        assert!(outcome.keys > 2, "{environment}");
        for line in outcome.findings() {
            let expected = ON_PURPOSE
                .iter()
                .find(|(control, place)| line.contains(place) && line.contains(control));
            match expected {
                Some(expected) => {
                    seen.insert(expected);
                }
                None => wrong.push(line),
            }
        }
        wrong.extend(outcome.unknown());
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert_eq!(seen.len(), ON_PURPOSE.len(), "{seen:?}");
}
