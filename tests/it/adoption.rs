//! Keys that exist already: what is written to take them over, and what is proven of it.

use crate::project::Project;

const ID: &str = "1234abcd-12ab-34cd-56ef-1234567890ab";
const CFN: &str = "output/cloudformation/production/pay.import.yaml";
const TF: &str = "output/terraform/production/pay.import.tf";

/// One key with all its aliases, one with some of them, and one that is made as ever.
const KEYS: &str = "keys:
  - alias: ledger
    aliases: [books]
    purpose: Encrypts the ledger
    adopt: 1234abcd-12ab-34cd-56ef-1234567890ab
  - alias: signing
    aliases: [seal, stamp]
    id: Seal
    key_spec: RSA_3072
    key_usage: SIGN_VERIFY
    purpose: Signs the ledger
    adopt: {key: 2234abcd-12ab-34cd-56ef-1234567890ab, aliases: [stamp]}
  - alias: other
    key_spec: HMAC_256
    purpose: Authenticates something else
";

/// What tells others of the keys.
const WATCHED: &str = "watch: {topic: kms-alerts}
parameters: {path: /kms}
metric_alarm: {log_group: trail}
";

fn project(spec: &str) -> Project {
    let project = Project::new();
    project.put("specs/pay.yaml", spec).generated();
    project
}

fn one(adopt: &str) -> String {
    format!("keys:\n  - alias: ledger\n    purpose: Encrypts the ledger\n    adopt: {adopt}\n")
}

#[test]
fn both_targets_are_told_what_exists() {
    let project = project(KEYS);
    let versions = project.get("output/terraform/production/pay/versions.tf");
    assert!(versions.contains("required_version = \">= 1.5\""));
    insta::assert_snapshot!(project.get(CFN) + "====\n" + &project.get(TF));
}

/// A module that another one calls must not have `import` blocks: Terraform 1.15 passes over them and makes the key anew.
#[test]
fn the_module_itself_imports_nothing() {
    let project = project(KEYS);
    for (path, text) in project.output() {
        let of_module = path.starts_with("terraform/production/pay/");
        assert!(!(of_module && text.contains("import")), "{path}");
    }
}

/// What an import cannot do: outputs are refused, and a value that stays as it is is never set.
#[test]
fn the_template_of_an_import_leaves_to_the_update_what_is_its() {
    let project = project(KEYS);
    let text = project.get(CFN);
    let (_, template) = text.split_once("TemplateBody: |\n").unwrap();
    let (resources, outputs) = template.split_once("\n  Outputs:\n").unwrap();
    let ledger = resources.split("    LedgerKey:\n").nth(1).unwrap();
    let ledger = ledger.split("\n\n").next().unwrap();
    assert_eq!(
        ledger,
        "      Type: AWS::KMS::Key\n      DeletionPolicy: Retain\n      UpdateReplacePolicy: Retain"
    );
    assert_eq!(outputs.matches("KeyArn:").count(), 1);
    assert!(outputs.contains("OtherKeyArn:"));
    let alone = crate::adoption::project(&one(ID)).get(CFN);
    assert!(!alone.contains("Outputs"));
}

#[test]
fn a_key_can_be_adopted_that_is_there_already() {
    let project = project(&one(ID).replace("    adopt", "    enabled: true\n    adopt"));
    let plain = one(ID).replace(&format!("    adopt: {ID}\n"), "");
    let orphaned = {
        project.put("specs/pay.yaml", &plain);
        project.generate(&[])
    };
    // What took the key over has done its work; it goes when somebody says so.
    assert_eq!(orphaned.status, 1, "{}", orphaned.told);
    assert_eq!(project.generate(&["--check"]).status, 1);
    assert_eq!(project.generate(&["--prune"]).status, 0);
    assert!(
        project
            .output()
            .keys()
            .all(|path| !path.contains(".import."))
    );
    project.put("specs/pay.yaml", &one(ID)).generated();
    assert_eq!(project.generate(&["--check"]).status, 0);
}

#[test]
fn an_edited_import_is_noticed() {
    for path in [CFN, TF] {
        let project = project(KEYS);
        let text = project.get(path);
        project.put(path, &text.replace("1234abcd", "9999abcd"));
        assert_eq!(project.generate(&["--check"]).status, 1);
        let ran = project.generate(&[]);
        assert!(ran.told.contains("hand-edited"), "{}", ran.told);
        assert_eq!(project.generate(&["--force"]).status, 0);
        assert_eq!(project.get(path), text);
    }
}

#[test]
fn each_environment_adopts_a_key_of_its_own() {
    let other = ID.replace('1', "9");
    let spec = format!(
        "environments: [production, staging, development]
keys:
  - alias: ledger
    purpose: Encrypts the ledger
overrides:
  production: {{ledger: {{adopt: {ID}}}}}
  staging: {{ledger: {{adopt: {other}}}}}
"
    );
    let project = project(&spec);
    let import = |environment: &str| {
        let output = project.output();
        output
            .get(&format!("terraform/{environment}/pay.import.tf"))
            .cloned()
    };
    assert!(import("production").unwrap().contains(ID));
    assert!(import("staging").unwrap().contains(&other));
    assert_eq!(import("development"), None);
    // In one account a key has one home, whatever the environments are called.
    let spec = spec.replace(&other, ID);
    let ran = {
        project.put("specs/pay.yaml", &spec);
        project.generate(&[])
    };
    assert_eq!(ran.status, 2);
    assert!(ran.told.contains("adopted-twice"), "{}", ran.told);
}

#[test]
fn a_key_moves_to_another_stack() {
    let project = project(
        "keys:\n  - {alias: ledger, purpose: Encrypts the ledger}\n  - {alias: other, purpose: Encrypts}\n",
    );
    project.put(
        "specs/pay.yaml",
        "keys: [{alias: other, purpose: Encrypts}]\nreleased: [{id: Ledger, reason: moved}]\n",
    );
    project.put("specs/books.yaml", &one(ID)).generated();
    let output = project.output();
    assert!(output["terraform/production/pay/main.tf"].contains("destroy = false"));
    assert!(
        output["terraform/production/books.import.tf"].contains("module.books.aws_kms_key.ledger")
    );
}

#[test]
fn a_module_is_called_by_a_name_that_terraform_takes() {
    let project = project(&format!("stack: 2nd-ledger\n{}", one(ID)));
    let import = &project.output()["terraform/production/2nd-ledger.import.tf"];
    assert!(import.contains("to = module._2nd-ledger.aws_kms_key.ledger"));
}

/// An import has to describe all that the stack has, and change nothing of it: rules name the keys that were there.
#[test]
fn what_tells_of_other_keys_stays_during_an_import() {
    let other = "  - {alias: other, purpose: Encrypts}\n";
    let before = project(&format!("{WATCHED}keys:\n{other}"));
    let deployed = before.output()["cloudformation/production/pay.yaml"].clone();
    let spec = format!("{WATCHED}{}    origin: external\n{other}", one(ID));
    let after = before.put("specs/pay.yaml", &spec).generated();
    let import = after.get(CFN);
    let (_, template) = import.split_once("TemplateBody: |\n").unwrap();
    let template = template
        .lines()
        .map(|line| line.strip_prefix("  ").unwrap_or(line));
    let template: Vec<_> = template.collect();
    // All that was deployed stands there, line by line and in order; only the key that comes is more.
    let mut rest = template
        .iter()
        .copied()
        .filter(|line| !line.starts_with('#'));
    for line in deployed.lines().skip(2) {
        assert!(
            rest.any(|other| other == line),
            "{line:?} is missing in\n{import}"
        );
    }
    for resource in [
        "Watch1:",
        "OtherParameter:",
        "WatchMetricFilter:",
        "WatchAlarm:",
    ] {
        let is_it = |line: &&&str| line.trim() == resource;
        assert_eq!(
            template.iter().filter(is_it).count(),
            1,
            "{resource}\n{import}"
        );
    }
    assert!(!import.contains("LedgerParameter") && !import.contains("LedgerKey.Arn"));
    assert!(!import.contains("DeleteImportedKeyMaterial") && !import.contains("WatchExpiration"));
    // Where all keys come by the import, there is no stack yet.
    let alone = crate::adoption::project(&format!("{WATCHED}{}", one(ID))).get(CFN);
    assert!(
        !alone.contains("Watch") && !alone.contains("Parameter"),
        "{alone}"
    );
}

/// What is managed already cannot be taken over; both tools would pass over it, or refuse.
#[test]
fn a_key_is_adopted_once() {
    let other = ID.replace('1', "9");
    let plain = one(ID).replace(&format!("    adopt: {ID}\n"), "");
    let second = format!(
        "{}  - {{alias: seal, purpose: Seals, adopt: {other}}}\n",
        one(ID)
    );
    let mut told = String::new();
    for (name, before, after) in [
        ("managed before", plain.as_str(), one(ID)),
        ("another id", &one(ID), one(&other)),
        ("a second one comes", &one(ID), second),
    ] {
        let project = project(before);
        let ran = project.put("specs/pay.yaml", &after).generate(&[]);
        assert_eq!(ran.status, 0, "{name}: {}", ran.told);
        told.push_str(&format!("==== {name}\n{}\n", ran.told));
    }
    insta::assert_snapshot!(told);
    // The same once more is no news, nor is another property.
    let project = project(&one(ID));
    let changed = format!("{}    enabled: false\n", one(ID));
    let ran = project.put("specs/pay.yaml", &changed).generate(&[]);
    assert!(!ran.told.contains("managed-already"), "{}", ran.told);
}

/// More than CloudFormation imports at once.
#[test]
fn the_number_of_imports_has_a_limit() {
    let spec = |count: usize| {
        let keys: String = (0..count)
            .map(|number| {
                format!(
                    "  - {{alias: key-{number}, purpose: Encrypts, adopt: 1234abcd-12ab-34cd-56ef-{number:012}}}\n"
                )
            })
            .collect();
        format!("keys:\n{keys}")
    };
    let project = project(&spec(100));
    project.put("specs/pay.yaml", &spec(101));
    let ran = project.generate(&[]);
    assert_eq!(ran.status, 2);
    assert!(ran.told.contains("error[too-many-adopted]"), "{}", ran.told);
    project.put("keywright.yaml", "targets: [terraform]\n");
    assert_eq!(
        project.generate(&["--prune"]).status,
        2,
        "the templates still hold keys"
    );
    project.put("specs/pay.yaml", &spec(100));
}

/// Whatever a workspace's own templates print must be what the specs mean.
#[test]
fn what_imports_is_proven() {
    let builtin = |name: &str| {
        let root = env!("CARGO_MANIFEST_DIR");
        std::fs::read_to_string(format!("{root}/templates/{name}.tera")).unwrap()
    };
    let damages = [
        (
            "terraform/import.tf",
            "id = {{ import.id }}",
            "id = \"alias/other\"",
        ),
        (
            "terraform/import.tf",
            "id = {{ import.id }}",
            "id = local.id",
        ),
        (
            "terraform/import.tf",
            "id = {{ import.id }}",
            "id = {{ import.id }}\n  provider = aws.other",
        ),
        (
            "terraform/import.tf",
            "  to = {{ import.to | identifier }}",
            "  to = aws_kms_key.ledger",
        ),
        ("terraform/import.tf", "import {\n", "removed {\n"),
        (
            "terraform/import.tf",
            "{% for import in module.imports -%}",
            "{% for import in [] -%}",
        ),
        (
            "cloudformation/import.yaml",
            "ChangeSetType: IMPORT",
            "ChangeSetType: UPDATE",
        ),
        (
            "cloudformation/import.yaml",
            "ChangeSetName: adopt",
            "StackName: other",
        ),
        (
            "cloudformation/import.yaml",
            "{{ resource.value }}",
            "alias/other",
        ),
        (
            "cloudformation/import.yaml",
            "{{ resource.type }}",
            "AWS::KMS::ReplicaKey",
        ),
        (
            "cloudformation/import-template.yaml",
            "      KeySpec: {{ key.key_spec | identifier }}\n",
            "",
        ),
        (
            "cloudformation/import-template.yaml",
            "    DeletionPolicy: {{ key.deletion_policy | identifier }}\n",
            "",
        ),
        (
            "cloudformation/import-template.yaml",
            "{%- if key.key_spec or key.key_usage or key.origin or key.multi_region %}\n    Properties:\n",
            "    Properties:\n      Description: {{ key.description }}\n{%- if key.key_spec or key.key_usage or key.origin or key.multi_region %}\n",
        ),
        (
            "cloudformation/import-template.yaml",
            "{%- if alias.existing %}",
            "{%- if true %}",
        ),
        (
            "cloudformation/import-template.yaml",
            "{%- if key.adopted %}\n",
            "{%- if true %}\n",
        ),
        (
            "cloudformation/import-template.yaml",
            "{% for alias in key.aliases %}",
            "{% for alias in [] %}",
        ),
        (
            "cloudformation/import-template.yaml",
            "{%- for rule in stack.other_rules %}",
            "{%- for rule in stack.rules %}",
        ),
        (
            "cloudformation/import-template.yaml",
            "{%- if key.parameter and not key.adopted %}",
            "{%- if false %}",
        ),
    ];
    let mut told = String::new();
    for (name, from, to) in damages {
        let project = Project::new();
        let text = builtin(name);
        assert!(text.contains(from), "{name}: {from}");
        project
            .put(
                &format!("templates/{name}.tera"),
                &text.replacen(from, to, 1),
            )
            .put("specs/pay.yaml", &format!("{WATCHED}{KEYS}"));
        let ran = project.generate(&[]);
        assert_eq!(ran.status, 2, "{name}: {from}: {}", ran.told);
        assert!(!project.place("output").exists());
        let errors = ran.told.lines().filter(|line| line.starts_with("error["));
        told.push_str(&format!("==== {name}: {from:?} becomes {to:?}\n"));
        errors.for_each(|line| told.push_str(&format!("{line}\n")));
    }
    insta::assert_snapshot!(told);
}
