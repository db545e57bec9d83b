//! Multi-Region keys, imported material and custom key stores, from the spec to what the guard lets pass.

use indoc::indoc;

use crate::project::Project;

const SPEC: &str = indoc! {"
    region: eu-central-1
    keys:
      - alias: orders
        purpose: Encrypts orders
        multi_region: {replicas: [eu-west-1]}
        users: [{role: App}]
      - alias: bills
        purpose: Encrypts bills
        origin: external
        multi_region: {replicas: [eu-west-1]}
        users: [{role: Biller}]
"};

const CFN: &str = "cloudformation/production/shop.eu-west-1.yaml";
const TF: &str = "terraform/production/shop.eu-west-1/main.tf";

fn project(spec: &str) -> Project {
    let project = Project::new();
    project.put("specs/shop.yaml", spec);
    project
}

/// Everything but policies, which are long and tested elsewhere.
fn without_policies(text: &str) -> String {
    let mut kept = String::new();
    let mut hidden: Option<usize> = None;
    for line in text.lines() {
        let indent = line.len() - line.trim_start().len();
        if hidden.is_some_and(|start| indent > start || line.trim().is_empty()) {
            continue;
        }
        hidden = None;
        let starts = line.trim_start();
        if starts.starts_with("KeyPolicy:") || starts.starts_with("policy = ") {
            hidden = Some(indent);
        }
        kept.push_str(line);
        kept.push('\n');
    }
    kept
}

#[test]
fn every_kind_of_key_in_both_targets() {
    let project = project(SPEC);
    project.put(
        "specs/stores.yaml",
        indoc! {"
            targets: [terraform]
            keys:
              - alias: hsm
                purpose: In an HSM
                custom_key_store: {id: cks-1234567890abcdef0}
              - alias: outside
                purpose: Outside of AWS
                origin: external_key_store
                custom_key_store: {id: cks-1234567890abcdef1, xks_key_id: bb8562717f809024}
        "},
    );
    project.generated();
    let output = project.output();
    let shown: String = output
        .iter()
        .map(|(path, text)| format!("==== {path} ====\n{}", without_policies(text)))
        .collect();
    insta::assert_snapshot!(shown);
    assert!(!output.contains_key("cloudformation/production/stores.yaml"));
    assert_eq!(project.generate(&["--check"]).status, 0);
}

/// Template, what stands there, what takes its place.
const REFUSED: &[(&str, &str, &str)] = &[
    (
        "cloudformation/key.yaml",
        "!Ref {{ key.primary_parameter | identifier }}",
        "!Ref OrdersPrimaryKeyArn",
    ),
    (
        "cloudformation/key.yaml",
        "!Ref {{ key.primary_parameter | identifier }}",
        "arn:aws:kms:eu-central-1:111122223333:key/mrk-1234abcd12ab34cd56ef1234567890ab",
    ),
    (
        "cloudformation/key.yaml",
        "{%- if key.primary_parameter %}",
        "{%- if false %}",
    ),
    (
        "cloudformation/key.yaml",
        "AWS::KMS::{{ key.type | identifier }}",
        "AWS::KMS::Key",
    ),
    (
        "cloudformation/key.yaml",
        "{%- if key.multi_region %}",
        "{%- if true %}",
    ),
    (
        "cloudformation/key.yaml",
        "{%- if key.multi_region %}",
        "{%- if false %}",
    ),
    (
        "cloudformation/key.yaml",
        "{%- if key.rotation %}",
        "{%- if true %}",
    ),
    (
        "cloudformation/key.yaml",
        "{%- if key.origin %}",
        "{%- if false %}",
    ),
    (
        "terraform/key.tf",
        "var.{{ key.primary_variable | identifier }}",
        "var.orders_primary_key_arn",
    ),
    (
        "terraform/key.tf",
        "{%- if key.primary_variable %}",
        "{%- if false %}",
    ),
    (
        "terraform/key.tf",
        "resource \"{{ key.type | identifier }}\"",
        "resource \"aws_kms_replica_key\"",
    ),
    (
        "terraform/key.tf",
        "resource \"{{ key.type | identifier }}\"",
        "resource \"aws_kms_key\"",
    ),
    (
        "terraform/key.tf",
        "{%- if key.multi_region %}",
        "{%- if true %}",
    ),
    (
        "terraform/key.tf",
        "{%- if key.multi_region %}",
        "{%- if false %}",
    ),
    ("terraform/key.tf", "[valid_to]", "[policy]"),
    ("terraform/key.tf", "[valid_to]", "[valid_to, tags]"),
    (
        "terraform/key.tf",
        "{%- if key.multi_region %}",
        "{%- if key.imported %}\n  key_material_base64 = \"MTIzNDU2Nzg5MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTI=\"\n{%- endif %}\n{%- if key.multi_region %}",
    ),
    (
        "terraform/alias.tf",
        "{{ key.type | identifier }}.{{ key.resource | identifier }}.{{ key.id_attribute | identifier }}",
        "var.{{ key.primary_variable | identifier }}",
    ),
];

#[test]
fn a_template_that_says_something_else_is_refused() {
    for (name, from, to) in REFUSED {
        let project = project(SPEC);
        let path = format!("{}/templates/{name}.tera", env!("CARGO_MANIFEST_DIR"));
        let text = std::fs::read_to_string(path).unwrap();
        assert_eq!(text.matches(from).count(), 1, "{from}");
        project.put(&format!("templates/{name}.tera"), &text.replace(from, to));
        let ran = project.generate(&[]);
        assert_eq!(ran.status, 2, "{name}: {to}\n{}", ran.told);
        assert!(project.output().is_empty(), "{name}: {to}");
    }
}

/// A change of the deployed spec.
fn changed(from: &str, to: &str) -> Project {
    let project = project(SPEC);
    project.generated();
    assert_eq!(SPEC.matches(from).count(), 1, "{from}");
    project.put("specs/shop.yaml", &SPEC.replace(from, to));
    project
}

const BILLS: &str = "    origin: external\n    multi_region: {replicas: [eu-west-1]}\n";
const BILLS_ALONE: &str = "    origin: external\n    multi_region: {}\n";

#[test]
fn a_replica_does_not_leave_silently() {
    let project = changed(BILLS, BILLS_ALONE);
    let before = project.output();
    let ran = project.generate(&[]);
    assert_eq!(ran.status, 2, "{}", ran.told);
    assert_eq!(project.output(), before);
    insta::assert_snapshot!(ran.told);
}

#[test]
fn a_replica_is_released_alone() {
    let released = format!(
        "{BILLS_ALONE}    users: [{{role: Biller}}]\nreleased:\n  - {{id: Bills, origin: external, replicas: [eu-west-1], \
         reason: Ireland is closed}}\n"
    );
    let project = changed(
        &format!("{BILLS}    users: [{{role: Biller}}]\n"),
        &released,
    );
    project.generated();
    let output = project.output();
    assert!(!output[CFN].contains("BillsKey:"));
    assert!(output[CFN].contains("OrdersKey:"));
    assert!(
        output[TF].contains("from = aws_kms_replica_external_key.bills"),
        "{}",
        output[TF]
    );
    assert!(output["cloudformation/production/shop.yaml"].contains("BillsKey:"));
    assert!(!output["terraform/production/shop/main.tf"].contains("removed {"));
}

#[test]
fn a_renamed_key_keeps_its_replicas() {
    let project = changed("  - alias: orders\n", "  - alias: sales\n    was: orders\n");
    project.generated();
    let output = project.output();
    assert!(output[CFN].contains("OrdersKey:"));
    let moved = "  from = aws_kms_replica_key.orders\n  to   = aws_kms_replica_key.sales\n";
    assert!(output[TF].contains(moved), "{}", output[TF]);
}

#[test]
fn the_last_replica_of_a_region_is_released() {
    let spec = SPEC.replace("multi_region: {replicas: [eu-west-1]}", "multi_region: {}");
    let project = changed(BILLS, BILLS);
    let released = "released:\n  - {id: Orders, replicas: [eu-west-1], reason: Ireland is closed}\n  \
                    - {id: Bills, origin: external, replicas: [eu-west-1], reason: Ireland is closed}\n";
    project.put("specs/shop.yaml", &format!("{spec}{released}"));
    let ran = project.generate(&["--prune"]);
    assert_eq!(ran.status, 0, "{}", ran.told);
    let output = project.output();
    assert!(
        output[CFN].contains("WaitConditionHandle"),
        "{}",
        output[CFN]
    );
    assert_eq!(output[TF].matches("removed {").count(), 4, "{}", output[TF]);
}

const IRELAND: &str = "[eu-west-1]}\n    users: [{role: App}]";

#[test]
fn nobody_uses_a_replica_that_says_so() {
    let own = "[{region: eu-west-1, users: [], aliases: [], statements: []}]}\n    aliases: [sales]\n    users: [{role: App}]";
    let project = project(&SPEC.replace(IRELAND, own));
    project.generated();
    let output = project.output();
    assert!(output["cloudformation/production/shop.yaml"].contains("role/App"));
    assert!(output["cloudformation/production/shop.yaml"].contains("alias/sales"));
    assert!(!output[CFN].contains("role/App"), "{}", output[CFN]);
    assert!(!output[CFN].contains("alias/sales"), "{}", output[CFN]);
    assert!(output[CFN].contains("role/Biller"));
}

#[test]
fn nobody_uses_a_key_in_an_environment_that_says_so() {
    let project = project(&format!(
        "environments: [production, staging]\n{SPEC}overrides:\n  staging:\n    orders: {{users: []}}\n"
    ));
    project.generated();
    let output = project.output();
    assert!(output["cloudformation/production/shop.yaml"].contains("role/App"));
    for path in [
        "cloudformation/staging/shop.yaml",
        "cloudformation/staging/shop.eu-west-1.yaml",
    ] {
        assert!(!output[path].contains("role/App"), "{}", output[path]);
        assert!(output[path].contains("role/Biller"));
    }
}

#[test]
fn a_replica_is_released_in_one_environment() {
    let spec = format!("environments: [production, staging]\n{SPEC}");
    let project = project(&spec);
    project.generated();
    let elsewhere = "overrides:\n  staging:\n    orders: {multi_region: {}}\n";
    project.put("specs/shop.yaml", &format!("{spec}{elsewhere}"));
    let ran = project.generate(&[]);
    assert!(
        ran.told.contains("error[protected-key-lost]"),
        "{}",
        ran.told
    );
    let released = "released:\n  - {id: Orders, replicas: [eu-west-1], environments: [staging], reason: Ireland is closed}\n";
    project.put("specs/shop.yaml", &format!("{spec}{elsewhere}{released}"));
    project.generated();
    let output = project.output();
    assert!(output[CFN].contains("OrdersKey:"));
    assert!(!output[TF].contains("removed {"), "{}", output[TF]);
    let staging = &output["terraform/staging/shop.eu-west-1/main.tf"];
    let forgotten = "from = aws_kms_replica_key.orders";
    assert!(staging.contains(forgotten), "{staging}");
}

#[test]
fn a_replica_is_retired_alone() {
    let own =
        "[{region: eu-west-1, retire: {reason: Ireland is closed}}]}\n    users: [{role: App}]";
    let project = project(&SPEC.replace(IRELAND, own));
    project.generated();
    let output = project.output();
    let denied = |path: &str| output[path].matches("Effect: Deny").count();
    assert_eq!(denied("cloudformation/production/shop.yaml"), 2);
    assert_eq!(denied(CFN), 1);
}

#[test]
fn replicas_of_a_disabled_key_are_warned_of() {
    let project = project(&SPEC.replace(IRELAND, &format!("{IRELAND}\n    enabled: false")));
    let ran = project.generate(&[]);
    assert_eq!(ran.status, 0, "{}", ran.told);
    let warned = ran.told.matches("warning[replica-of-disabled-key]").count();
    assert_eq!(warned, 1, "{}", ran.told);
}
