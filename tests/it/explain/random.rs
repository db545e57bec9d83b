//! Whatever policy there is: an explanation, soon.

use std::time::Instant;

use keywright::explain::explain;
use keywright::iam::AccountId;
use keywright::readback::open::{Loaded, read_tree};
use keywright::report::document;
use keywright::report::explain::{Entry, json, keys, overview};
use keywright::source::Sources;
use proptest::prelude::*;
use serde_json::{Value, json as value};

/// Everything that there is to say about a policy.
fn all(policy: &str) -> String {
    let mut sources = Sources::new();
    let id = sources.add("policy.json", policy);
    let file = Loaded {
        path: "policy.json",
        id,
        text: policy,
    };
    let mut out = String::new();
    for unit in read_tree(&[file], &["policy.json"].into()) {
        let Ok(found) = unit.read else { continue };
        for account in [None, AccountId::parse("111122223333")] {
            let entries: Vec<Entry> = found
                .keys
                .iter()
                .map(|key| Entry {
                    explanation: explain(key, account.as_ref()),
                    span: key.span,
                    stack: None,
                    environments: Vec::new(),
                })
                .collect();
            for blocks in [keys(&entries, &sources), overview(&entries)] {
                out.push_str(&document::text(&blocks, 80));
                out.push_str(&document::markdown(&blocks));
            }
            out.push_str(&json(&entries, &sources).to_string());
        }
    }
    out
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(150))]

    #[test]
    fn nothing_panics(policy in crate::access::any_json()) {
        let _ = all(&value!({"Statement": policy}).to_string());
    }

    #[test]
    fn policies_are_explained(statements in prop::collection::vec(crate::access::statement(), 1..5)) {
        let policy = value!({"Version": "2012-10-17", "Statement": statements});
        let text = all(&policy.to_string());
        prop_assert!(text.contains("What its policy says"));
    }
}

#[test]
fn large_policies_are_explained_soon() {
    let statements: Vec<Value> = (0..120)
        .map(|number| {
            value!({"Sid": format!("S{number}"), "Effect": "Allow", "Principal": {"AWS": format!("arn:aws:iam::111122223333:role/team/Role{number}")},
                "Action": ["kms:Decrypt", "kms:DescribeKey"], "Resource": "*", "Condition": {"StringEquals": {"kms:ViaService": "s3.eu-central-1.amazonaws.com"}}})
        })
        .collect();
    let policy = value!({"Version": "2012-10-17", "Statement": statements}).to_string();
    assert!(policy.len() < 40_000);
    let start = Instant::now();
    assert!(all(&policy).contains("Role119"));
    // Twice, in four forms, not optimised, on a busy machine: a hundred times what it takes.
    assert!(start.elapsed().as_secs() < 30, "{:?}", start.elapsed());
}
