//! Keys that leave a stack, and aliases that leave a key: what either target would lose is told before.

use crate::project::{Project, Ran};

const LEDGER: &str = "{alias: ledger, id: Ledger, purpose: p}";
const ARCHIVE: &str = "{alias: archive, id: Archive, purpose: p}";

/// A spec file of keys and releases, in an environment.
pub(crate) fn spec(environment: &str, keys: &[&str], released: &[&str]) -> String {
    let list = |name: &str, entries: &[&str]| match entries {
        [] => String::new(),
        entries => format!("{name}:\n  - {}\n", entries.join("\n  - ")),
    };
    format!(
        "environment: {environment}\n{}{}",
        list("keys", keys),
        list("released", released)
    )
}

/// Generates the first files, then the others, and says what that came to. A refused change writes nothing.
fn change(before: &[(&str, &str)], after: &[(&str, &str)]) -> Ran {
    let project = Project::new();
    for (path, text) in before {
        project.put(path, text);
    }
    project.generated();
    let output = project.output();
    for (path, text) in after {
        project.put(path, text);
    }
    let ran = project.generate(&[]);
    if ran.status == 2 {
        assert_eq!(project.output(), output, "{}", ran.told);
    }
    ran
}

/// The errors and warnings of a run, without places.
fn codes(ran: &Ran) -> Vec<&str> {
    let lines = ran.told.lines();
    let told = lines.filter(|line| line.starts_with("error[") || line.starts_with("warning["));
    told.filter_map(|line| line.split(']').next()).collect()
}

#[test]
fn messages_name_what_would_be_lost_and_the_way() {
    let mut told = String::new();
    let mut case = |name: &str, before: &str, after: &str| {
        let ran = change(&[("specs/pay.yaml", before)], &[("specs/pay.yaml", after)]);
        told.push_str(&format!("==== {name}\n{}\n", ran.told));
    };
    let dev = |keys: &[&str], released: &[&str]| spec("development", keys, released);
    let prod = |keys: &[&str], released: &[&str]| spec("production", keys, released);
    let three = "{alias: ledger, id: Ledger, purpose: p, aliases: [books, more]}";
    case(
        "a key that CloudFormation would delete",
        &dev(&[LEDGER, ARCHIVE], &[]),
        &dev(&[ARCHIVE], &["{id: Ledger, reason: moved}"]),
    );
    case(
        "aliases that Terraform would destroy",
        &prod(&[three, ARCHIVE], &[]),
        &prod(
            &[ARCHIVE],
            &["{id: Ledger, aliases: [more], reason: moved}"],
        ),
    );
    case(
        "an alias that never was",
        &prod(&[three, ARCHIVE], &[]),
        &prod(
            &[ARCHIVE],
            &["{id: Ledger, aliases: [boks, books, more], reason: moved}"],
        ),
    );
    case(
        "a released key that comes back",
        &prod(&[ARCHIVE], &["{id: Ledger, reason: moved}"]),
        &prod(&[ARCHIVE, LEDGER], &[]),
    );
    case(
        "an alias goes",
        &prod(&[three], &[]),
        &prod(
            &["{alias: journal, id: Ledger, purpose: p, aliases: [more]}"],
            &[],
        ),
    );
    case(
        "a release of nobody",
        &prod(&[LEDGER, ARCHIVE], &[]),
        &prod(
            &["{alias: ledger, id: Ledger, purpose: q}", ARCHIVE],
            &["{id: Lager, reason: moved}"],
        ),
    );
    case(
        "a former name of nobody",
        &dev(&[LEDGER], &[]),
        &dev(&["{alias: books, was: legder, purpose: p}"], &[]),
    );
    case(
        "a former alias that is not the former name",
        &dev(&["{alias: ledger, id: Foo, purpose: p}"], &[]),
        &dev(&["{alias: books, was: ledger, purpose: p}"], &[]),
    );
    case(
        "a renamed key leaves",
        &prod(&["{alias: books, was: Ledger, purpose: p}", ARCHIVE], &[]),
        &prod(&[ARCHIVE], &[]),
    );
    insta::assert_snapshot!(told);
}

/// The way out that the message names.
#[test]
fn an_unprotected_key_is_released_once_it_is_retained() {
    let project = Project::new();
    let kept = spec("development", &[LEDGER, ARCHIVE], &[]);
    project.put("specs/pay.yaml", &kept).generated();
    project
        .put(
            "keywright.yaml",
            "environments: {development: {protected: true}}\n",
        )
        .generated();
    let released = spec("development", &[ARCHIVE], &["{id: Ledger, reason: moved}"]);
    project.put("specs/pay.yaml", &released).generated();
    // Terraform forgets any key.
    let terraform = |text: &str| format!("targets: [terraform]\n{text}");
    let ran = change(
        &[("specs/pay.yaml", &terraform(&kept))],
        &[("specs/pay.yaml", &terraform(&released))],
    );
    assert_eq!(ran.status, 0, "{}", ran.told);
}

#[test]
fn every_alias_of_a_released_key_is_kept_that_is_named() {
    let before = spec(
        "production",
        &["{alias: ledger, id: Ledger, purpose: p, aliases: [books, more]}"],
        &[],
    );
    for (aliases, status) in [
        ("", 2),
        ("aliases: [books], ", 2),
        ("aliases: [more, books], ", 0),
    ] {
        let released = format!("{{id: Ledger, {aliases}reason: moved}}");
        let after = spec("production", &[ARCHIVE], &[&released]);
        let ran = change(
            &[("specs/pay.yaml", &before)],
            &[("specs/pay.yaml", &after)],
        );
        assert_eq!(ran.status, status, "{released}: {}", ran.told);
        assert_eq!(
            codes(&ran).contains(&"error[released-alias-lost"),
            status == 2,
            "{}",
            ran.told
        );
    }
}

#[test]
fn a_released_key_comes_back_by_adoption() {
    let released = spec("production", &[ARCHIVE], &["{id: Ledger, reason: moved}"]);
    let adopted = LEDGER.replace('}', ", adopt: 1234abcd-12ab-34cd-56ef-1234567890ab}");
    for (key, code) in [
        (LEDGER, Some("error[released-key-returns")),
        (adopted.as_str(), None),
        ("{alias: books, id: Books, purpose: p}", None),
        (
            "{alias: books, id: Books, was: Ledger, purpose: p}",
            Some("error[released-key-returns"),
        ),
    ] {
        let after = spec("production", &[ARCHIVE, key], &[]);
        let ran = change(
            &[("specs/pay.yaml", &released)],
            &[("specs/pay.yaml", &after)],
        );
        assert_eq!(
            ran.status,
            if code.is_some() { 2 } else { 0 },
            "{key}: {}",
            ran.told
        );
        let first = codes(&ran).into_iter().next();
        assert!(code.is_none() || first == code, "{key}: {}", ran.told);
    }
}

type List<'a> = &'a [&'a str];
type Case<'a> = (&'a str, &'a str, List<'a>, List<'a>, List<'a>, &'a str);

#[test]
fn an_alias_does_not_change_stacks_without_a_word() {
    let adopted =
        "{alias: ledger, id: Books, purpose: p, adopt: 1234abcd-12ab-34cd-56ef-1234567890ab}";
    let release = "{id: Ledger, reason: moved}";
    let retired = "{alias: ledger-old, id: Ledger, purpose: p}";
    let books = "{alias: ledger, id: Books, purpose: p}";
    let stays = "{alias: books, id: Books, purpose: p}";
    let cases: [Case<'_>; 7] = [
        // Environment; what becomes of a.yaml: keys and releases; then b.yaml; what is told.
        (
            "development",
            "cut and pasted",
            &[ARCHIVE],
            &[],
            &[LEDGER],
            "error[replaced-key",
        ),
        (
            "development",
            "cut and adopted",
            &[ARCHIVE],
            &[],
            &[adopted],
            "error[replaced-key",
        ),
        (
            "production",
            "released",
            &[ARCHIVE],
            &[release],
            &[books],
            "error[replaced-key",
        ),
        (
            "production",
            "released and adopted",
            &[ARCHIVE],
            &[release],
            &[adopted],
            "",
        ),
        (
            "production",
            "handed over",
            &[ARCHIVE, retired],
            &[],
            &[books],
            "warning[moved-alias",
        ),
        (
            "development",
            "handed over",
            &[ARCHIVE, retired],
            &[],
            &[books],
            "warning[moved-alias",
        ),
        (
            "production",
            "another one",
            &[ARCHIVE, LEDGER],
            &[],
            &[stays],
            "",
        ),
    ];
    for (environment, name, keys, released, others, code) in cases {
        // In a stack that is there already, and in one that is made now.
        for beside in [&["{alias: other, id: Other, purpose: p}"][..], &[]] {
            let first = spec(environment, &[ARCHIVE, LEDGER], &[]);
            let mut before = vec![("specs/a.yaml", first.as_str())];
            let second = spec(environment, beside, &[]);
            if !beside.is_empty() {
                before.push(("specs/b.yaml", &second));
            }
            let b = spec(environment, &[beside, others].concat(), &[]);
            let a = spec(environment, keys, released);
            let ran = change(&before, &[("specs/a.yaml", &a), ("specs/b.yaml", &b)]);
            let status = if code.starts_with("error") { 2 } else { 0 };
            assert_eq!(ran.status, status, "{environment}, {name}: {}", ran.told);
            let told: Vec<_> = codes(&ran);
            let due: Vec<_> = [code].into_iter().filter(|code| !code.is_empty()).collect();
            assert_eq!(told, due, "{environment}, {name}: {}", ran.told);
        }
    }
    // A key that is there already may take over the alias of one that goes.
    let before = [
        ("specs/a.yaml", spec("development", &[ARCHIVE, LEDGER], &[])),
        ("specs/b.yaml", spec("development", &[stays], &[])),
    ];
    let after = [
        ("specs/a.yaml", spec("development", &[ARCHIVE], &[])),
        (
            "specs/b.yaml",
            spec(
                "development",
                &["{alias: books, id: Books, purpose: p, aliases: [ledger]}"],
                &[],
            ),
        ),
    ];
    let before: Vec<_> = before
        .iter()
        .map(|(path, text)| (*path, text.as_str()))
        .collect();
    let after: Vec<_> = after
        .iter()
        .map(|(path, text)| (*path, text.as_str()))
        .collect();
    let ran = change(&before, &after);
    assert_eq!(ran.status, 0, "{}", ran.told);
    assert_eq!(codes(&ran), ["warning[moved-alias"], "{}", ran.told);
}

/// A file that is renamed makes another stack of its keys.
#[test]
fn a_left_over_file_keeps_its_aliases() {
    let project = Project::new();
    let text = spec("development", &[LEDGER], &[]);
    project.put("specs/pay.yaml", &text).generated();
    project
        .remove("specs/pay.yaml")
        .put("specs/books.yaml", &text);
    let ran = project.generate(&["--prune"]);
    assert_eq!(ran.status, 2, "{}", ran.told);
    assert!(ran.told.contains("error[replaced-key]"), "{}", ran.told);
    assert!(ran.told.contains("`stack: pay`"), "{}", ran.told);
    let same = format!("stack: pay\n{text}");
    project.put("specs/books.yaml", &same).generated();
}

/// One rename after the other: CloudFormation keeps the first name, Terraform moves step by step.
#[test]
fn a_key_is_renamed_more_than_once() {
    let project = Project::new();
    for key in [
        LEDGER,
        "{alias: ledger, id: Books, was: Ledger, purpose: p}",
        "{alias: ledger, id: Tome, was: [Ledger, Books], purpose: p}",
        "{alias: ledger, id: Ledger, was: [Ledger, Books, Tome], purpose: p}",
    ] {
        let text = spec("production", &[key], &[]);
        project.put("specs/pay.yaml", &text).generated();
    }
    let key = "{alias: ledger, id: Tome, was: [Ledger, Books], purpose: p}";
    let project = Project::new();
    project
        .put("specs/pay.yaml", &spec("production", &[key], &[]))
        .generated();
    let output = project.output();
    assert!(output["cloudformation/production/pay.yaml"].contains("  LedgerKey:\n"));
    let main = &output["terraform/production/pay/main.tf"];
    for (from, to) in [("ledger", "books"), ("books", "tome")] {
        for kind in ["aws_kms_key", "aws_kms_alias"] {
            let moved = format!("moved {{\n  from = {kind}.{from}\n  to   = {kind}.{to}\n}}");
            assert!(main.contains(&moved), "{main}");
        }
    }
    assert_eq!(main.matches("moved {").count(), 4);
}

/// What is left over of a stack whose last key left is no loss: it can be pruned now or later.
#[test]
fn the_last_key_of_a_stack_can_be_released() {
    let other = "keys:\n  - {alias: other, id: Other, purpose: p}\n";
    let replicated = "region: eu-central-1\nkeys:\n  - {alias: orders, id: Orders, purpose: p, multi_region: REPLICAS}\n";
    let with = replicated.replace("REPLICAS", "{replicas: [eu-west-1]}");
    let without = replicated.replace("REPLICAS", "{}");
    for (before, after) in [
        (
            "keys:\n  - {alias: orders, id: Orders, purpose: p}\n",
            "released: [{id: Orders, reason: closed}]\n".to_owned(),
        ),
        (
            with.as_str(),
            format!("released: [{{id: Orders, replicas: [eu-west-1], reason: closed}}]\n{without}"),
        ),
    ] {
        let project = Project::new();
        project
            .put("specs/other.yaml", other)
            .put("specs/pay.yaml", before)
            .generated();
        let ran = project.put("specs/pay.yaml", &after).generate(&[]);
        assert_eq!(ran.status, 1, "{}", ran.told);
        for (arguments, status) in [
            (&["--check"][..], 1),
            (&[], 1),
            (&["--prune"], 0),
            (&["--check"], 0),
        ] {
            let ran = project.generate(arguments);
            assert_eq!(ran.status, status, "{arguments:?}: {}", ran.told);
        }
    }
}
