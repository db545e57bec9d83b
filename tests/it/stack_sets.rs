//! Stack sets: what they carry, where they go, and what no template can change.

use keywright::readback;
use keywright::source::Sources;

use crate::project::{Project, contents, generate};

const SPEC: &str = "\
stack_set: {organizational_units: [r-ab12, ou-ab12-11111111], regions: [eu-west-1, eu-central-1]}
keys:
  - alias: ledger
    purpose: Encrypts the ledger
    users: [{role: Teller}]
";
const PATH: &str = "cloudformation/production/shop.stackset.yaml";
const BODY: &str = "cloudformation/production/shop.yaml";

fn written(config: &str, text: &str) -> Vec<keywright::workspace::Artifact> {
    let made = generate(Some(config), &[("specs/shop.yaml", text)], |generated| {
        generated.artifacts.clone()
    });
    made.unwrap_or_else(|problems| panic!("{text}{problems:?}"))
}

#[test]
fn what_is_written() {
    let artifacts = written("", SPEC);
    insta::assert_snapshot!("stack_set", contents(&artifacts, PATH));
}

/// Beside it the stack's own files stand as ever, and nothing of it is for Terraform.
#[test]
fn the_stack_itself_is_the_same() {
    let with = written("", SPEC);
    let (_, keys) = SPEC.split_once('\n').unwrap();
    let without = written("", keys);
    let others: Vec<_> = with.iter().filter(|it| it.path != PATH).cloned().collect();
    assert_eq!(others, without);
}

#[test]
fn accounts_that_leave_keep_their_stacks_unless_they_may_lose_them() {
    let spec = |fields: &str, environment: &str| {
        let set = format!("organizational_units: [r-ab12], regions: [eu-central-1]{fields}");
        format!(
            "environment: {environment}\nstack_set: {{{set}}}\nkeys: [{{alias: a, purpose: p}}]\n"
        )
    };
    let read = |fields: &str, environment: &str| {
        let artifacts = written("", &spec(fields, environment));
        let path = format!("cloudformation/{environment}/shop.stackset.yaml");
        contents(&artifacts, &path).to_owned()
    };
    let retains = "        RetainStacksOnAccountRemoval: true\n";
    let deletes = "        RetainStacksOnAccountRemoval: false\n";
    let retained = "    DeletionPolicy: Retain\n";
    let production = read("", "production");
    assert!(production.contains(retains) && production.contains(retained));
    let development = read("", "development");
    assert!(development.contains(retains));
    assert!(
        !development
            .split("TemplateBody")
            .next()
            .unwrap()
            .contains(retained)
    );
    let development = read(", retain_stacks_on_account_removal: false", "development");
    assert!(development.contains(deletes));
    // Source: `AutoDeployment`: only beside `Enabled: true`.
    let by_hand = read(", auto_deployment: false", "production");
    assert!(by_hand.contains("        Enabled: false\n") && !by_hand.contains("OnAccountRemoval"));
}

/// CloudFormation takes 51,200 bytes in the stack set itself; more comes from S3.
#[test]
fn a_large_template_comes_from_a_bucket() {
    let mut text = SPEC.to_owned();
    for number in 0..60 {
        text.push_str(&format!("  - {{alias: key{number}, purpose: p}}\n"));
    }
    let artifacts = written("", &text);
    assert!(contents(&artifacts, BODY).len() > 51_200);
    let stack_set = contents(&artifacts, PATH);
    assert!(
        stack_set.contains("      TemplateURL: !Ref TemplateURL\n"),
        "{stack_set}"
    );
    assert!(!stack_set.contains("TemplateBody"), "{stack_set}");
}

/// The text of the stack's template arrives whatever stands in it.
#[test]
fn hostile_texts_arrive() {
    for purpose in [
        "${AWS::AccountId} {{ x }}",
        "a\u{2028}b",
        "😀",
        "tab\\tend",
        "  - |\\n    x",
        "\u{feff}",
    ] {
        let text = SPEC.replace("Encrypts the ledger", &format!("\"{purpose}.\""));
        let text = text.replace("purpose: \"", "purpose: \"x");
        let artifacts = written("", &text);
        assert!(contents(&artifacts, PATH).contains("TemplateBody: "));
    }
}

#[test]
fn tampered_templates_are_refused() {
    let changes = [
        (
            "RetainStacksOnAccountRemoval: {{ stack_set.retains_stacks }}",
            "RetainStacksOnAccountRemoval: false",
        ),
        (
            "              - {{ unit }}\n",
            "              - {{ unit }}\n              - r-zz99\n",
        ),
        ("            - {{ region }}\n", "            - us-east-1\n"),
        (
            "          - {{ region }}\n{%- endfor %}\n        RegionC",
            "          - us-east-1\n{%- endfor %}\n        RegionC",
        ),
        ("SERVICE_MANAGED", "SELF_MANAGED"),
        ("TemplateBody: {{ stack_set.body }}", "TemplateBody: \"{}\""),
        (
            "TemplateBody: {{ stack_set.body }}",
            "TemplateBody: !Sub {{ stack_set.body }}",
        ),
        ("StackSetName: {{ stack_set.name }}", "StackSetName: other"),
        (
            "    DeletionPolicy: {{ stack_set.deletion_policy | identifier }}\n",
            "",
        ),
        (
            "Type: AWS::CloudFormation::StackSet",
            "Type: AWS::CloudFormation::Stack",
        ),
    ];
    for (from, to) in changes {
        let project = Project::new();
        project.put("specs/shop.yaml", SPEC);
        let name = "templates/cloudformation/stackset.yaml.tera";
        let place = format!("{}/{name}", env!("CARGO_MANIFEST_DIR"));
        let builtin = std::fs::read_to_string(place).unwrap();
        assert_eq!(builtin.matches(from).count(), 1, "{from}");
        project.put(name, &builtin.replace(from, to));
        let ran = project.generate(&[]);
        assert_eq!(ran.status, 2, "{to}\n{}", ran.told);
        assert!(project.output().is_empty());
    }
}

/// A policy that names an account which gets the stack itself works there and nowhere else.
#[test]
fn accounts_of_the_stack_set_in_policies_are_told() {
    let project = Project::new();
    project.put(
        "keywright.yaml",
        "environments: {production: {accounts: [\"111122223333\"]}}\n",
    );
    let spec = SPEC.replace(
        "{role: Teller}",
        "{role: Teller, account: \"111122223333\"}",
    );
    project.put("specs/shop.yaml", &spec);
    let ran = project.generate(&[]);
    assert_eq!(ran.status, 0, "{}", ran.told);
    assert!(
        ran.told.contains("warning[stack-set-names-account]"),
        "{}",
        ran.told
    );
}

/// Neither the environment's account where the stack set leaves it out, nor the only one that it is for.
#[test]
fn other_accounts_in_policies_are_not() {
    let reached = "111122223333";
    let told = |fields: &str, account: &str| {
        let project = Project::new();
        project.put(
            "keywright.yaml",
            &format!("environments: {{production: {{accounts: [\"{reached}\"]}}}}\n"),
        );
        let spec = SPEC
            .replace("eu-central-1]", &format!("eu-central-1]{fields}"))
            .replace(
                "{role: Teller}",
                &format!("{{role: Teller, account: \"{account}\"}}"),
            );
        project.put("specs/shop.yaml", &spec);
        let ran = project.generate(&[]);
        assert_eq!(ran.status, 0, "{}", ran.told);
        ran.told.contains("stack-set-names-account")
    };
    assert!(told("", reached));
    assert!(told(", except_accounts: [\"555555555555\"]", reached));
    assert!(!told(", except_accounts: [\"111122223333\"]", reached));
    assert!(!told(", accounts: [\"555555555555\"]", reached));
    assert!(!told(", accounts: [\"111122223333\"]", reached));
    let two = ", accounts: [\"444455556666\", \"555555555555\"]";
    assert!(told(two, "555555555555"));
    assert!(!told(two, reached));
}

/// Automatic deployments do not consider which accounts are chosen.
#[test]
fn accounts_that_join_get_it_only_where_none_are_chosen() {
    let read = |fields: &str| {
        let spec = SPEC.replace("eu-central-1]", &format!("eu-central-1]{fields}"));
        let artifacts = written("", &spec);
        let text = contents(&artifacts, PATH);
        let on = text.contains("        Enabled: true\n");
        assert_ne!(on, text.contains("        Enabled: false\n"));
        on
    };
    assert!(read(""));
    assert!(read(", auto_deployment: true"));
    assert!(!read(", auto_deployment: false"));
    assert!(!read(", accounts: [\"111122223333\"]"));
    assert!(!read(", except_accounts: [\"111122223333\"]"));
    assert!(read(
        ", except_accounts: [\"111122223333\"], auto_deployment: true"
    ));
}

#[test]
fn leaving_accounts_out_of_those_that_join_is_told() {
    let project = Project::new();
    let fields = ", except_accounts: [\"111122223333\"], auto_deployment: true";
    let spec = SPEC.replace("eu-central-1]", &format!("eu-central-1]{fields}"));
    project.put("specs/shop.yaml", &spec);
    let ran = project.generate(&[]);
    assert_eq!(ran.status, 0, "{}", ran.told);
    assert!(
        ran.told.contains("warning[accounts-that-join]"),
        "{}",
        ran.told
    );
}

/// StackSets as a deployer is enough, whichever way it comes into the list.
#[test]
fn keys_without_the_account_deploy_by_stack_sets() {
    let spec = SPEC.replace("users:", "account_access: root-user-only\n    users:");
    for deployer in [
        "deployers: [{stack_sets: service-managed}]",
        "deployers: [{role: stacksets-exec-0123456789abcdef}]",
    ] {
        written(&format!("{deployer}\nbreak_glass: [{{role: B}}]\n"), &spec);
    }
}

/// Whoever reads the file of a stack set sees the keys in it, each at its place.
#[test]
fn keys_in_a_stack_set_are_seen() {
    let artifacts = written("", SPEC);
    let mut sources = Sources::new();
    let mut read = |path: &str| {
        let text = contents(&artifacts, path).to_owned();
        let id = sources.add(path, text.as_str());
        (readback::cloudformation(id, &text).unwrap(), text)
    };
    let (inner, _) = read(BODY);
    let (outer, text) = read(PATH);
    assert_eq!(inner.keys.len(), 1);
    assert_eq!(outer.keys[0].key, inner.keys[0].key);
    assert_eq!(&text[outer.keys[0].span.range()], "LedgerKey");
    // Written in any other way, nobody tells.
    for (from, to) in [
        ("TemplateBody: |", "TemplateBody: >"),
        ("TemplateBody: |", "TemplateBody: !Sub |"),
    ] {
        let changed = text.replace(from, to);
        let id = sources.add("changed", changed.as_str());
        assert!(readback::cloudformation(id, &changed).is_err(), "{to}");
    }
}
