//! A protected key never leaves silently: every way to lose one is an error that writes nothing.

use std::collections::BTreeMap;

use crate::project::Project;

const KEYS: &str = "keys:
  - alias: ledger
    purpose: Encrypts the ledger
  - alias: archive
    id: Archive
    purpose: Encrypts the archive
";
const ONE: &str = "keys:
  - alias: ledger
    purpose: Encrypts the ledger
";
const CFN: &str = "cloudformation/production/pay.yaml";
const TF: &str = "terraform/production/pay/main.tf";

fn project() -> Project {
    let project = Project::new();
    project.put("specs/pay.yaml", KEYS).generated();
    project
}

/// A change is refused in every way of running, and nothing is written.
fn refused(change: impl FnOnce(&Project)) -> String {
    let project = project();
    change(&project);
    let before = project.output();
    let ran = project.generate(&[]);
    assert_eq!(ran.status, 2, "{}", ran.told);
    for arguments in [
        &["--check"][..],
        &["--diff"],
        &["--force", "--prune"],
        &["--prune"],
        &["--force"],
    ] {
        let other = project.generate(arguments);
        assert_eq!(other.status, 2, "{arguments:?}: {}", other.told);
    }
    assert_eq!(project.output(), before);
    ran.told
}

/// A change is taken; the output that comes of it.
fn taken(change: impl FnOnce(&Project)) -> (Project, BTreeMap<String, String>) {
    let project = project();
    change(&project);
    project.generated();
    let output = project.output();
    assert_eq!(project.generate(&["--check"]).status, 0);
    (project, output)
}

fn spec(text: &str) -> impl Fn(&Project) + '_ {
    move |project| {
        project.put("specs/pay.yaml", text);
    }
}

#[test]
fn losses_are_refused() {
    let renamed = KEYS.replace("alias: ledger", "alias: books");
    let other_id = KEYS.replace("id: Archive", "id: Vault");
    let other_stack = format!("stack: payments\n{KEYS}");
    let wrong = format!("{ONE}released: [{{id: Archives, reason: moved}}]\n");
    let elsewhere = format!("environment: staging\n{KEYS}");
    let mut told = String::new();
    let mut case = |name: &str, message: String| {
        told.push_str(&format!("==== {name}\n{message}\n"));
    };
    case("a key is removed", refused(spec(ONE)));
    case("an alias is renamed", refused(spec(&renamed)));
    case("an id is renamed", refused(spec(&other_id)));
    case("the stack is renamed", refused(spec(&other_stack)));
    case("another environment", refused(spec(&elsewhere)));
    case("another key is released", refused(spec(&wrong)));
    case(
        "the file is moved",
        refused(|project| {
            project
                .remove("specs/pay.yaml")
                .put("specs/team/pay.yaml", KEYS);
        }),
    );
    case(
        "the spec is deleted",
        refused(|project| {
            project
                .remove("specs/pay.yaml")
                .put("specs/other.yaml", "keys: [{alias: other, purpose: p}]\n");
        }),
    );
    case(
        "a target is switched off",
        refused(|project| {
            project.put("keywright.yaml", "targets: [terraform]\n");
        }),
    );
    case(
        "a target is switched off in the file",
        refused(|project| {
            project.put("specs/pay.yaml", &format!("targets: [terraform]\n{KEYS}"));
        }),
    );
    case(
        "the output was edited by hand, and a key is removed",
        refused(|project| {
            let text = project.get(&format!("output/{TF}"));
            project.put(&format!("output/{TF}"), &format!("{text}\n# mine\n"));
            project.put("specs/pay.yaml", ONE);
        }),
    );
    case(
        "the protection was edited away by hand, and a key is removed",
        refused(|project| {
            for (path, from, to) in [
                (CFN, "Policy: Retain", "Policy: Delete"),
                (TF, "prevent_destroy = true", "prevent_destroy = false"),
            ] {
                let path = format!("output/{path}");
                let text = project.get(&path);
                project.put(&path, &text.replace(from, to));
            }
            project.put("specs/pay.yaml", ONE);
        }),
    );
    case(
        "a file of the module was deleted, and a key is removed",
        refused(|project| {
            project.remove(&format!("output/{TF}"));
            project.put("keywright.yaml", "targets: [terraform]\n");
            project.remove(&format!("output/{CFN}"));
            project.put("specs/pay.yaml", ONE);
        }),
    );
    case(
        "the output cannot be parsed",
        refused(|project| {
            for path in [CFN, TF] {
                let text = project.get(&format!("output/{path}"));
                project.put(&format!("output/{path}"), &format!("{text}\n]]]\n"));
            }
        }),
    );
    insta::assert_snapshot!(told);
}

/// A Region of replicas goes, or one environment of several.
#[test]
fn what_is_left_over_is_advised_by_what_is_still_there() {
    let orders = |replicas: &str, more: &str| {
        format!(
            "keys:\n  - {{alias: orders, purpose: p, origin: external, multi_region: {{replicas: [{replicas}]}}}}\n{more}"
        )
    };
    let mut told = String::new();
    let mut case = |name: &str, before: &str, after: &str, ways: &[&str]| {
        let project = Project::new();
        project.put("specs/pay.yaml", before).generated();
        let ran = project.put("specs/pay.yaml", after).generate(&[]);
        assert_eq!(ran.status, 2, "{}", ran.told);
        told.push_str(&format!("==== {name}\n{}\n", ran.told));
        for way in ways {
            let ran = project.put("specs/pay.yaml", way).generate(&["--prune"]);
            assert_eq!(ran.status, 0, "{way}: {}", ran.told);
        }
    };
    case(
        "a replica goes",
        &orders("eu-west-1, eu-north-1", ""),
        &orders("eu-west-1", ""),
        &[&orders(
            "eu-west-1",
            "released: [{id: Orders, origin: external, replicas: [eu-north-1], reason: unused}]\n",
        )],
    );
    case(
        "a key is released in the place of its replica",
        &orders("eu-west-1, eu-north-1", ""),
        &orders(
            "eu-west-1",
            "released: [{id: Orders, origin: external, reason: unused}]\n",
        ),
        &[],
    );
    case(
        "an environment goes",
        &format!("environments: [production, staging]\n{ONE}"),
        &format!("environments: [staging]\n{ONE}"),
        &[],
    );
    insta::assert_snapshot!(told);
}

#[test]
fn a_renamed_key_stays_one_key() {
    for was in ["ledger", "Ledger"] {
        let text = KEYS.replace("alias: ledger", &format!("alias: books\n    was: {was}"));
        let (project, output) = taken(spec(&text));
        assert!(output[CFN].contains("  LedgerKey:\n"));
        assert!(!output[CFN].contains("  BooksKey:\n"));
        for kind in ["aws_kms_key", "aws_kms_alias"] {
            let moved = format!("moved {{\n  from = {kind}.ledger\n  to   = {kind}.books\n}}");
            assert!(output[TF].contains(&moved), "{}", output[TF]);
        }
        assert!(output["terraform/production/pay/versions.tf"].contains(">= 1.1"));
        // The logical id lives on in CloudFormation, so `was` must stay.
        project.put(
            "specs/pay.yaml",
            &KEYS.replace("alias: ledger", "alias: books"),
        );
        let ran = project.generate(&[]);
        assert_eq!(ran.status, 2, "{}", ran.told);
        assert_eq!(project.output(), output);
        // The former id says the same.
        let text = KEYS.replace("alias: ledger", "alias: books\n    id: Ledger");
        project.put("specs/pay.yaml", &text);
        let ran = project.generate(&[]);
        assert_eq!(
            ran.status, 2,
            "Terraform has it as `books` by now\n{}",
            ran.told
        );
    }
}

#[test]
fn an_id_keeps_a_key_whose_alias_changes() {
    let (_, output) = taken(spec(
        &KEYS.replace("alias: ledger", "alias: books\n    id: Ledger"),
    ));
    assert!(output[CFN].contains("  LedgerKey:\n"));
    assert!(output[CFN].contains("alias/books"));
    assert!(!output[TF].contains("moved"));
}

#[test]
fn a_released_key_is_let_go_and_lives_on() {
    let text = format!("{ONE}released: [{{id: Archive, reason: moved}}]\n");
    let (project, output) = taken(spec(&text));
    assert!(!output[CFN].contains("ArchiveKey"));
    for kind in ["aws_kms_key", "aws_kms_alias"] {
        let removed = format!(
            "removed {{\n  from = {kind}.archive\n\n  lifecycle {{\n    destroy = false\n  }}\n}}"
        );
        assert!(output[TF].contains(&removed), "{}", output[TF]);
    }
    assert!(output["terraform/production/pay/versions.tf"].contains(">= 1.7"));
    // Once that is deployed the note may go.
    project.put("specs/pay.yaml", ONE).generated();
    assert!(!project.output()[TF].contains("removed"));
}

#[test]
fn all_keys_of_a_stack_can_be_released() {
    let text = "released:\n  - {id: Archive, reason: moved}\n  - {id: Ledger, reason: moved}\n";
    let project = project();
    project.put("specs/pay.yaml", text);
    // Of the module outputs.tf has nothing left to say.
    let ran = project.generate(&["--prune"]);
    assert_eq!(ran.status, 0, "{}", ran.told);
    let output = project.output();
    assert!(!output[CFN].contains("AWS::KMS::Key"));
    assert_eq!(output[TF].matches("destroy = false").count(), 4);
    // Then the file itself may go.
    project
        .remove("specs/pay.yaml")
        .put("specs/other.yaml", "keys: [{alias: other, purpose: p}]\n");
    let ran = project.generate(&["--prune"]);
    assert_eq!(ran.status, 0, "{}", ran.told);
    assert!(!project.output().contains_key(TF));
}

#[test]
fn unprotected_keys_may_go() {
    let project = Project::new();
    project
        .put(
            "specs/pay.yaml",
            &format!("environment: development\n{KEYS}"),
        )
        .generated();
    project
        .put(
            "specs/pay.yaml",
            &format!("environment: development\n{ONE}"),
        )
        .generated();
    assert!(!project.output()["terraform/development/pay/main.tf"].contains("archive"));
    project
        .remove("specs/pay.yaml")
        .put("specs/other.yaml", "keys: [{alias: other, purpose: p}]\n");
    let ran = project.generate(&["--prune"]);
    assert_eq!(ran.status, 0, "{}", ran.told);
    assert!(!project.output().keys().any(|path| path.contains("pay")));
}

/// Two deliberate steps, each to be seen in review: first the protection, then the key.
#[test]
fn protection_can_be_lifted_before_a_key_is_removed() {
    let project = project();
    project.put(
        "keywright.yaml",
        "environments: {production: {protected: false}}\n",
    );
    project.put("specs/pay.yaml", ONE);
    assert_eq!(project.generate(&[]).status, 2, "not in one step");
    let ran = project.put("specs/pay.yaml", KEYS).generate(&[]);
    assert_eq!(ran.status, 0, "{}", ran.told);
    assert_eq!(
        ran.told.matches("protection-lifted").count(),
        1,
        "{}",
        ran.told
    );
    assert!(
        ran.told
            .contains("`Ledger` and another key of this stack are protected no more"),
        "{}",
        ran.told
    );
    project.put("specs/pay.yaml", ONE).generated();
    assert!(!project.output()[CFN].contains("ArchiveKey"));
}

#[test]
fn narrowing_lets_no_loss_through() {
    let project = project();
    project
        .put("specs/other.yaml", "keys: [{alias: other, purpose: p}]\n")
        .generated();
    project.put("specs/pay.yaml", ONE);
    let before = project.output();
    let ran = project.generate(&["specs/pay.yaml"]);
    assert_eq!(ran.status, 2, "{}", ran.told);
    // Another spec can be written; the stack that would lose a key is not touched.
    let ran = project.generate(&["specs/other.yaml", "--prune", "--force"]);
    assert_eq!(ran.status, 0, "{}", ran.told);
    assert_eq!(project.output(), before);
    // Not even when the spec that is asked for takes the other's place.
    project
        .remove("specs/pay.yaml")
        .put("specs/other.yaml", &format!("stack: pay\n{ONE}"));
    let ran = project.generate(&["specs/other.yaml"]);
    assert_eq!(ran.status, 2, "{}", ran.told);
    assert_eq!(project.output(), before);
}

/// Templates of the workspace decide in which file of a module the keys stand.
#[test]
fn keys_are_guarded_in_every_file_of_a_module() {
    let project = Project::new();
    let root = env!("CARGO_MANIFEST_DIR");
    let builtin = |name: &str| {
        std::fs::read_to_string(format!("{root}/templates/terraform/{name}.tera")).unwrap()
    };
    let (main, versions) = (builtin("main.tf"), builtin("versions.tf"));
    project.put("templates/terraform/versions.tf.tera", &main);
    project.put("templates/terraform/main.tf.tera", &versions);
    project.put("keywright.yaml", "targets: [terraform]\n");
    project.put("specs/pay.yaml", KEYS).generated();
    project.put("specs/pay.yaml", ONE);
    let ran = project.generate(&[]);
    assert_eq!(ran.status, 2, "{}", ran.told);
    assert!(ran.told.contains("protected-key-lost"));
}

/// The same alias under another logical id is another key, protected or not.
#[test]
fn an_alias_does_not_take_another_key_without_a_word() {
    let development = |keys: &str| format!("environment: development\nkeys:\n{keys}");
    let ledger = "  - {alias: ledger, id: Ledger, purpose: p}\n";
    let both = "  - {alias: ledger, id: Ledger, purpose: p, aliases: [books, more]}\n  - {alias: archive, id: Archive, purpose: p}\n";
    let mut told = String::new();
    let mut case = |name: &str, before: &str, after: &str, status: u8| {
        let project = Project::new();
        project.put("specs/pay.yaml", before).generated();
        let output = project.output();
        let ran = project.put("specs/pay.yaml", after).generate(&[]);
        assert_eq!(
            i64::from(ran.status),
            i64::from(status),
            "{name}: {}",
            ran.told
        );
        assert_eq!(project.output() == output, status == 2, "{name}");
        told.push_str(&format!("==== {name}\n{}\n", ran.told));
    };
    case(
        "another id",
        &development(ledger),
        &development("  - {alias: ledger, id: Books, purpose: p}\n"),
        2,
    );
    case(
        "the second alias of a key that goes",
        &development(both),
        &development("  - {alias: archive, id: Archive, purpose: p, aliases: [books]}\n"),
        0,
    );
    case(
        "a released key keeps its aliases",
        KEYS,
        "released: [{id: Ledger, reason: moved}]\nkeys:\n  - {alias: ledger, id: Books, purpose: p}\n  - {alias: archive, id: Archive, purpose: p}\n",
        2,
    );
    case(
        "from key to key",
        &development(both),
        &development(
            "  - {alias: ledger, id: Ledger, purpose: p, aliases: [more]}\n  - {alias: archive, id: Archive, purpose: p, aliases: [books]}\n",
        ),
        0,
    );
    case(
        "from second to first",
        &development(both),
        &development(
            "  - {alias: books, id: Ledger, purpose: p, aliases: [more]}\n  - {alias: archive, id: Archive, purpose: p}\n",
        ),
        0,
    );
    let told_of = |keys: &str| format!("parameters: {{path: /kms}}\n{}", development(keys));
    case(
        "a parameter moves with its alias",
        &told_of(both),
        &told_of(
            "  - {alias: archive, id: Ledger, purpose: p, aliases: [books]}\n  - {alias: more, id: Archive, purpose: p}\n",
        ),
        0,
    );
    insta::assert_snapshot!(told);
}

#[test]
fn an_alias_that_stays_with_its_key_is_no_takeover() {
    let before = "keys:\n  - {alias: ledger, id: Ledger, purpose: p, aliases: [books, more]}\n";
    for after in [
        // Another id of the same key, alone and with another alias.
        "keys:\n  - {alias: ledger, id: Books, was: Ledger, purpose: p, aliases: [books, more]}\n",
        "keys:\n  - {alias: journal, id: Journal, was: Ledger, purpose: p, aliases: [more, books]}\n",
        "keys:\n  - {alias: ledger, id: Ledger, purpose: p, aliases: [more]}\n",
        "released: [{id: Ledger, reason: moved, aliases: [books, more]}]\nkeys:\n  - {alias: other, id: Other, purpose: p}\n",
    ] {
        let project = Project::new();
        project.put("specs/pay.yaml", before).generated();
        let ran = project.put("specs/pay.yaml", after).generate(&[]);
        assert_eq!(ran.status, 0, "{after}: {}", ran.told);
        assert!(!ran.told.contains("alias]"), "{after}: {}", ran.told);
    }
}

/// CloudFormation cannot be told of a rename: it goes on with the first name of all, which has to be the first under `was`.
#[test]
fn the_first_name_stays_first() {
    let file = |environment: &str, key: &str| {
        format!("environment: {environment}\nkeys:\n  - {{purpose: p, {key}}}\n")
    };
    let advised = |environment: &str, steps: &[&str]| {
        let project = Project::new();
        let (last, steps) = steps.split_last().unwrap();
        for step in steps {
            project
                .put("specs/pay.yaml", &file(environment, step))
                .generated();
        }
        let before = project.output();
        let ran = project
            .put("specs/pay.yaml", &file(environment, last))
            .generate(&[]);
        assert_eq!(ran.status, 2, "{environment} {last}: {}", ran.told);
        assert_eq!(project.output(), before);
        ran.told
    };
    let renamed = [
        "alias: pay, id: Orders",
        "alias: pay, id: Bills, was: Orders",
    ];
    for (environment, code) in [
        ("production", "protected-key-lost"),
        ("development", "first-name-lost"),
    ] {
        for (more, advice) in [
            (
                "alias: pay, id: Ledger, was: [Bills, Orders]",
                "`was: [Orders, Bills]`",
            ),
            (
                "alias: pay, id: Ledger, was: Bills",
                "`was: [Orders, Bills]`",
            ),
            ("alias: pay, id: Bills", "was"),
        ] {
            let told = advised(environment, &[renamed[0], renamed[1], more]);
            assert!(told.contains(code), "{environment} {more}: {told}");
            assert!(told.contains(advice), "{environment} {more}: {told}");
        }
        let told = advised(
            environment,
            &[renamed[0], "alias: pay, id: Bills, was: [Odrers, Orders]"],
        );
        assert!(told.contains(code), "{environment}: {told}");
    }
    // Terraform knows the key by the name that it would lose.
    let told = advised(
        "development",
        &[renamed[0], renamed[1], "alias: pay, id: Orders"],
    );
    assert!(told.contains("replaced-key"), "{told}");
}

/// A stack that is made for one target alone goes on there.
#[test]
fn an_unprotected_stack_may_leave_a_target() {
    let project = Project::new();
    let text = "environment: development\nkeys:\n  - {alias: orders, id: Orders, purpose: p}\n";
    project.put("specs/pay.yaml", text).generated();
    project.put("specs/pay.yaml", &format!("targets: [terraform]\n{text}"));
    assert_eq!(project.generate(&[]).status, 1);
    let ran = project.generate(&["--prune"]);
    assert_eq!(ran.status, 0, "{}", ran.told);
}
