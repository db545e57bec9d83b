//! The catalogue of services as users and programs see it.

use std::process::{Command, Output};

use keywright::report::document;
use keywright::report::services::{all, detail, find, json, overview};
use serde_json::Value;

fn keywright(arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_keywright"));
    command.arg("services").args(arguments);
    for variable in ["NO_COLOR", "CLICOLOR", "CLICOLOR_FORCE"] {
        command.env_remove(variable);
    }
    command.output().unwrap()
}

fn told(arguments: &[&str]) -> String {
    let output = keywright(arguments);
    assert_eq!(output.status.code(), Some(0));
    assert!(output.stderr.is_empty());
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn every_example_is_a_spec_that_compiles() {
    let folder = tempfile::tempdir().unwrap();
    let specs = folder.path().join("specs");
    std::fs::create_dir(&specs).unwrap();
    let mut count = 0;
    for card in all() {
        let list = json(&[card]);
        let service = &list["services"][0];
        let known = keywright::kms::services::find(card.name);
        let own = known.is_some_and(|service| service.service.is_some());
        let via = known.is_none_or(|service| !service.via.is_empty());
        assert_eq!(card.own_example().is_some(), own, "{}", card.name);
        assert_eq!(card.via_example().is_some(), via, "{}", card.name);
        assert_eq!(service["own_principal"].is_object(), own, "{}", card.name);
        assert_eq!(service["via"].is_object(), via, "{}", card.name);
        assert!(own || via || service["advice"].is_string(), "{}", card.name);
        let examples = [("own", card.own_example()), ("via", card.via_example())];
        for (way, example) in examples {
            let Some(example) = example else { continue };
            assert!(!example.statements.is_empty(), "{}", example.spec);
            // As it is, and with the optional parameters too.
            let full = example.spec.replace("# ", "");
            for (form, spec) in [("short", example.spec), ("full", full)] {
                let alias = format!("  - alias: {}", card.name);
                let spec = spec.replace(&alias, &format!("{alias}-{way}-{form}"));
                let name = format!("{}-{way}-{form}.yaml", card.name);
                std::fs::write(specs.join(name), spec).unwrap();
                count += 1;
            }
        }
        for (number, users) in followed(&service.to_string()).into_iter().enumerate() {
            let name = format!("{}-said-{number}", card.name);
            let spec = format!("keys:\n  - alias: {name}\n    purpose: As advised\n{users}");
            std::fs::write(specs.join(name + ".yaml"), spec).unwrap();
        }
    }
    assert!(count > 160, "{count}");
    let output = Command::new(env!("CARGO_BIN_EXE_keywright"))
        .args(["generate", "-C"])
        .arg(folder.path())
        .output()
        .unwrap();
    let problems = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(0), "{problems}");
    let output = Command::new(env!("CARGO_BIN_EXE_keywright"))
        .args(["check", "--format", "json", "-C"])
        .arg(folder.path())
        .output()
        .unwrap();
    let said: Value = serde_json::from_slice(&output.stdout).unwrap();
    let bad = said["findings"].as_array().unwrap().iter().filter(|it| {
        let severity = it["severity"].as_str().unwrap();
        // Whoever signs in through Identity Center decrypts through it, administrators too; the note says so.
        let said =
            it["control"] == "separation-of-duties" && it["resource"] == "IdentityCenterSaid0Key";
        (severity == "HIGH" || severity == "CRITICAL") && !said
    });
    assert_eq!(bad.collect::<Vec<_>>(), Vec::<&Value>::new());
}

/// What the advice and the notes of a service tell to write, as parts of a key definition.
fn followed(service: &str) -> Vec<String> {
    let service: Value = serde_json::from_str(service).unwrap();
    let notes = service["notes"].as_array().unwrap().iter();
    let texts = notes.chain([&service["advice"]]).filter_map(Value::as_str);
    let mut parts = Vec::new();
    for text in texts {
        let code: Vec<_> = text.split('`').skip(1).step_by(2).collect();
        let beginning = |start: &str| code.iter().copied().find(|code| code.starts_with(start));
        if let Some(via) = beginning("via: [") {
            let access = beginning("access: [").unwrap_or_default();
            parts.push(
                format!("    users: [{{role: Advised, {via}, {access}}}]\n").replace(", }", "}"),
            );
        }
        for statement in code.iter().filter(|code| code.starts_with("{reason: ")) {
            parts.push(format!("    statements:\n      - {statement}\n"));
        }
        for named in code
            .iter()
            .filter_map(|code| code.strip_prefix("service: "))
        {
            let recipe = keywright::kms::services::find(named).and_then(|it| it.service.as_ref());
            assert!(recipe.is_some(), "{text}");
        }
    }
    parts
}

#[test]
fn terms_give_what_aws_lists_and_no_more() {
    let given = |name: &str| -> Vec<String> {
        let example = find(name).unwrap().via_example().unwrap();
        let actions = example.statements.iter();
        let actions =
            actions.flat_map(|statement| statement.action.as_ref().unwrap().value.clone());
        actions.collect()
    };
    assert_eq!(given("rds"), ["kms:DescribeKey", "kms:CreateGrant"]);
    assert_eq!(given("opensearch"), ["kms:DescribeKey", "kms:CreateGrant"]);
    let backup = find("backup").unwrap().via_example().unwrap();
    let grant = backup.statements.last().unwrap();
    let operators: Vec<_> = grant.conditions.keys().map(String::as_str).collect();
    assert_eq!(
        operators,
        ["Bool", "ForAnyValue:StringEquals", "StringEquals"]
    );
}

#[test]
fn the_table_fits_eighty_columns_and_has_no_colours_when_piped() {
    let table = told(&[]);
    assert!(!table.contains('\x1b'));
    for line in table.lines() {
        assert!(line.chars().count() <= 80, "{line}");
    }
    insta::assert_snapshot!("services_table", table);
}

#[test]
fn the_table_adapts_to_the_terminal_and_colours_names() {
    let blocks = overview(&all());
    for width in [50, 100, 200] {
        let text = anstream::adapter::strip_str(&document::text(&blocks, width)).to_string();
        let widest = text.lines().map(|line| line.chars().count()).max().unwrap();
        assert!(widest <= width, "{widest} > {width}");
    }
    assert!(document::text(&blocks, 80).contains("\x1b[32mcloudtrail\x1b[0m"));
}

#[test]
fn names_in_tables_break_where_they_can_and_only_where_they_must() {
    let rows = [[
        "alias/data/production/orders-database",
        "some words that can be broken anywhere",
    ]];
    let rows = rows.map(|row| row.map(str::to_owned).to_vec()).to_vec();
    let blocks = [document::Block::Table {
        head: vec!["name", "words"],
        rows,
    }];
    let shown = |width| {
        let text = document::text(&blocks, width);
        anstream::adapter::strip_str(&text).to_string()
    };
    assert!(shown(60).contains("alias/data/production/orders-database"));
    insta::assert_snapshot!([shown(60), shown(40), shown(24)].join("\n"));
}

#[test]
fn a_service_is_shown_with_all_that_is_known() {
    for name in [
        "cloudtrail",
        "sqs",
        "rds",
        "ec2",
        "eks",
        "route53-dnssec",
        "s3-notifications",
        "airflow",
    ] {
        insta::assert_snapshot!(format!("service_{name}"), told(&[name]));
    }
    insta::assert_snapshot!("service_markdown", told(&["sns", "--format", "markdown"]));
    insta::assert_snapshot!("service_json", told(&["sns", "--format", "json"]));
}

#[test]
fn names_in_via_service_find_their_service() {
    assert_eq!(find("elasticfilesystem").unwrap().name, "efs");
    assert_eq!(told(&["elasticfilesystem"]), told(&["efs"]));
    assert!(find("nothing").is_none());
}

#[test]
fn unknown_services_are_refused_with_the_nearest_name() {
    let output = keywright(&["cloudtrial"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(output.stdout.is_empty());
    insta::assert_snapshot!("unknown_service", String::from_utf8(output.stderr).unwrap());
}

#[test]
fn json_is_one_object_with_every_service() {
    let list: serde_json::Value = serde_json::from_str(&told(&["--format", "json"])).unwrap();
    assert_eq!(list["version"], 1);
    assert_eq!(list["services"].as_array().unwrap().len(), all().len());
}

#[test]
fn nothing_is_wider_than_its_terminal_but_what_is_to_be_copied() {
    for card in all() {
        let text = document::text(&detail(&card, 1), 80);
        let text = anstream::adapter::strip_str(&text).to_string();
        for line in text.lines().filter(|line| line.chars().count() > 80) {
            let literal = line.starts_with("    ")
                || line.contains("https://")
                || !line.trim_start_matches("- ").trim().contains(' ');
            assert!(literal, "{line}");
        }
    }
}
