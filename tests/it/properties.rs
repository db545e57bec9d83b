//! What must hold for every workspace, whatever stands in it.

pub(crate) mod arbitrary;
mod evaluate;
mod policies;

use std::collections::BTreeMap;

use keywright::iam::Variable;
use keywright::kms::Key;
use keywright::readback::{self, File, ReadStack};
use keywright::source::Sources;
use keywright::workspace::Artifact;
use proptest::collection::vec;
use proptest::prelude::*;
use serde_json::Value as Json;

use crate::project::{contents, generate};
use arbitrary::{DEPLOYED, KeySpec, Order};

pub(crate) const CONFIG: &str = "administrators: [{permission_set: '====Admin'}, {role: 'zz,admin'}]\n\
    deployers: [{role: a/deploy-everything}, {stack_sets: service-managed}]\nbreak_glass: [{role: a/break-the-glass}]\n";
const TEMPLATE: &str = "cloudformation/production/shop.yaml";

/// `PROPTEST_CASES` asks for more than the few that every run can afford.
pub(crate) fn config(cases: u32) -> ProptestConfig {
    let asked = std::env::var("PROPTEST_CASES").ok();
    // No files of failures: what fails becomes a test of its own.
    ProptestConfig {
        cases: asked.and_then(|cases| cases.parse().ok()).unwrap_or(cases),
        failure_persistence: None,
        max_shrink_iters: 2000,
        ..ProptestConfig::default()
    }
}

fn generated(specs: &[(&str, &str)]) -> Vec<Artifact> {
    let made = generate(Some(CONFIG), specs, |generated| generated.artifacts.clone());
    made.unwrap_or_else(|problems| panic!("{problems:#?}\n{}", specs[0].1))
}

pub(crate) fn one(keys: &[KeySpec], environment: &str, order: Order) -> Vec<Artifact> {
    let text = arbitrary::spec(keys, "shop", environment, order);
    generated(&[("specs/shop.yaml", &text)])
}

fn texts(artifacts: &[Artifact]) -> BTreeMap<&str, &str> {
    artifacts
        .iter()
        .map(|it| (it.path.as_str(), it.contents.as_str()))
        .collect()
}

/// Both targets of the keys themselves, read back.
fn read_both(artifacts: &[Artifact]) -> [ReadStack; 2] {
    read_in(artifacts, "shop")
}

/// Both targets of a stack, read back; the name has the Region in it where it is one of replicas.
fn read_in(artifacts: &[Artifact], stack: &str) -> [ReadStack; 2] {
    let mut sources = Sources::new();
    let mut terraform = Vec::new();
    let mut cloudformation = None;
    let places = [format!("/{stack}.yaml"), format!("/{stack}/")];
    let is_of_stack = |path: &str| places.iter().any(|place| path.contains(place));
    for artifact in artifacts.iter().filter(|it| is_of_stack(&it.path)) {
        let id = sources.add(artifact.path.as_str(), artifact.contents.as_str());
        let text = artifact.contents.as_str();
        if artifact.path.starts_with("terraform/") {
            terraform.push(File { id, text });
        } else {
            cloudformation = Some(readback::cloudformation(id, text).unwrap());
        }
    }
    [
        cloudformation.unwrap(),
        readback::terraform(&terraform).unwrap(),
    ]
}

/// Everything but what the targets name differently: of aliases Terraform cannot say that they stay.
fn nameless(stack: &ReadStack) -> Vec<Key> {
    let keys = stack.keys.iter().map(|read| {
        let mut key = read.key.clone();
        key.name.clear();
        key
    });
    keys.collect()
}

fn pseudo_parameters() -> BTreeMap<&'static str, &'static str> {
    let names = [
        "AWS::AccountId",
        "AWS::Partition",
        "AWS::Region",
        "AWS::URLSuffix",
    ];
    names
        .into_iter()
        .zip(DEPLOYED.map(|(_, value)| value))
        .collect()
}

fn deployed(variable: Variable) -> &'static str {
    DEPLOYED
        .iter()
        .find(|(name, _)| *name == variable.name())
        .unwrap()
        .1
}

proptest! {
    #![proptest_config(config(64))]

    /// Generating proves every file; beyond that the two targets must say the same.
    #[test]
    fn both_targets_say_the_same(keys in vec(arbitrary::key(), 1..4)) {
        let artifacts = one(&keys, "production", Order::Forwards);
        let [cloudformation, terraform] = read_both(&artifacts);
        prop_assert_eq!(nameless(&cloudformation), nameless(&terraform));
    }

    #[test]
    fn both_targets_say_the_same_of_replicas(keys in vec(arbitrary::key(), 1..4)) {
        let artifacts = one(&keys, "production", Order::Forwards);
        for region in ["eu-west-1", "us-east-1"] {
            let stack = format!("shop.{region}");
            if artifacts.iter().all(|artifact| !artifact.path.ends_with(&format!("{stack}.yaml"))) {
                continue;
            }
            let [cloudformation, terraform] = read_in(&artifacts, &stack);
            prop_assert!(cloudformation.keys.iter().all(|read| read.key.replica));
            prop_assert_eq!(nameless(&cloudformation), nameless(&terraform));
        }
    }

    #[test]
    fn every_text_arrives_exactly(keys in vec(arbitrary::key(), 1..4)) {
        let artifacts = one(&keys, "production", Order::Forwards);
        let template = evaluate::template(contents(&artifacts, TEMPLATE), &pseudo_parameters());
        let [_, terraform] = read_both(&artifacts);
        for (number, key) in keys.iter().enumerate() {
            let properties = &template["Resources"][format!("ShopKey{number}Key")]["Properties"];
            let read = &terraform.keys[number].key;
            prop_assert_eq!(&properties["Description"], &Json::from(key.purpose.as_str()));
            prop_assert_eq!(&read.description, &key.purpose);
            let tags: BTreeMap<_, _> = properties["Tags"].as_array().unwrap().iter()
                .map(|tag| (tag["Key"].as_str().unwrap(), tag["Value"].as_str().unwrap()))
                .collect();
            for (name, value) in &key.tags {
                let due = value.deployed();
                prop_assert_eq!(tags.get(name.as_str()).copied(), Some(due.as_str()));
                prop_assert_eq!(read.tags[name].resolve(deployed), value.deployed());
            }
            // The policy as a whole is the same by both roads.
            let policy = keywright::iam::Tree::from(&read.policy).to_json(&|text| text.resolve(deployed));
            prop_assert_eq!(&properties["KeyPolicy"], &policy);
            // And every encryption context stands in it, as IAM reads it.
            for (context, value) in key.users.iter().flat_map(|user| &user.context) {
                let name = format!("kms:EncryptionContext:{context}");
                let found = policy["Statement"].as_array().unwrap().iter().any(|statement| {
                    let wanted = &statement["Condition"]["StringEquals"][&name];
                    wanted.as_str().is_some_and(|text| evaluate::policy_value(text) == value.deployed())
                });
                prop_assert!(found, "{name} = {:?}", value.deployed());
            }
        }
    }

    #[test]
    fn policies_are_canonical(keys in vec(arbitrary::key(), 1..4), protected in any::<bool>()) {
        let environment = if protected { "production" } else { "development" };
        let text = arbitrary::spec(&keys, "shop", environment, Order::Forwards);
        let made = generate(Some(CONFIG), &[("specs/shop.yaml", &text)], |generated| {
            for key in generated.stacks.iter().flat_map(|compiled| &compiled.stack.keys) {
                policies::check(key, protected);
            }
        });
        prop_assert!(made.is_ok(), "{made:?}");
    }
}

proptest! {
    #![proptest_config(config(16))]

    #[test]
    fn the_order_of_mappings_and_files_does_not_matter(
        one_stack in vec(arbitrary::key(), 1..3),
        other in vec(arbitrary::key(), 1..3),
    ) {
        let write = |order| {
            [("shop", &one_stack, "production"), ("audit", &other, "development")]
                .map(|(stack, keys, environment)| arbitrary::spec(keys, stack, environment, order))
        };
        let [shop, audit] = write(Order::Forwards);
        let forwards = generated(&[("specs/a.yaml", &shop), ("specs/b.yaml", &audit)]);
        let again = generated(&[("specs/a.yaml", &shop), ("specs/b.yaml", &audit)]);
        prop_assert_eq!(&forwards, &again);
        let [shop, audit] = write(Order::Backwards);
        let backwards = generated(&[("specs/a.yaml", &audit), ("specs/b.yaml", &shop)]);
        // Users with conditions of their own keep their order, those that share a statement have none.
        prop_assert_eq!(texts(&forwards), texts(&backwards));
    }

    #[test]
    fn the_order_of_users_who_share_a_statement_does_not_matter(
        roles in proptest::collection::btree_set("[a-z]{1,8}", 2..8),
        seed in any::<prop::sample::Index>(),
    ) {
        let mut roles: Vec<_> = roles.into_iter().map(|role| format!("{{role: {role:?}}}")).collect();
        let spec = |roles: &[String]| {
            format!("keys: [{{alias: a, purpose: p, users: [{}]}}]\n", roles.join(", "))
        };
        let before = generated(&[("specs/shop.yaml", &spec(&roles))]);
        let turn = seed.index(roles.len());
        roles.rotate_left(turn);
        let end = roles.len() - 1;
        roles.swap(0, end);
        let after = generated(&[("specs/shop.yaml", &spec(&roles))]);
        prop_assert_eq!(before, after);
    }
}

/// Once filled in, such a text is not in Unicode NFC: Terraform would make one letter of two, CloudFormation not.
#[test]
fn nothing_joins_what_a_placeholder_stands_for() {
    for (value, fine) in [
        ("{partition}\u{301}", false),
        ("{environment}\u{301}", false),
        ("x{account}{region}\u{308}y", false),
        ("{partition} \u{301}", true),
        ("{{partition}}\u{301}", true),
        ("é{partition}é", true),
    ] {
        let spec = format!("keys: [{{alias: a, purpose: p, tags: {{t: {value:?}}}}}]\n");
        let spec = spec
            .replace("\\u{301}", "\u{301}")
            .replace("\\u{308}", "\u{308}");
        let made = generate(None, &[("specs/a.yaml", &spec)], |_| ());
        let codes: Vec<_> = made.err().into_iter().flatten().map(|it| it.code).collect();
        assert_eq!(codes.is_empty(), fine, "{value:?}: {codes:?}");
        assert!(fine || codes == ["joining-character"], "{codes:?}");
    }
}

#[test]
fn braces_of_an_alias_are_placeholders_only() {
    let spec = "keys: [{alias: 'a{{b}}', purpose: p}]\n";
    let problems = generate(None, &[("specs/a.yaml", spec)], |_| ()).unwrap_err();
    assert_eq!(problems[0].code, "invalid-alias");
}
