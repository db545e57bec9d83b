//! Parameters, templates and the expansion of recipes.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use keywright::kms::Region;
use keywright::kms::service::{BadArgument, BadName, BadValue, Caller, NamePattern, Template};
use keywright::kms::services::{find, slugs};
use proptest::prelude::*;

fn arguments(given: &[(&str, &[&str])]) -> BTreeMap<String, Vec<String>> {
    given
        .iter()
        .map(|(name, values)| {
            (
                (*name).to_owned(),
                values.iter().map(ToString::to_string).collect(),
            )
        })
        .collect()
}

fn expanded(slug: &str, given: &[(&str, &[&str])]) -> Result<String, String> {
    let recipe = find(slug).unwrap().service.as_ref().unwrap();
    let statements = recipe.expand(&arguments(given), &[]).map_err(|bad| {
        bad.iter()
            .map(ToString::to_string)
            .collect::<Vec<_>>()
            .join("\n")
    })?;
    let mut out = String::new();
    for statement in statements {
        let join = |texts: &[Template]| {
            texts
                .iter()
                .map(ToString::to_string)
                .collect::<Vec<_>>()
                .join(", ")
        };
        let caller = match &statement.caller {
            Caller::Services(services) => join(services),
            Caller::Role(role) => role.to_string(),
        };
        writeln!(
            out,
            "{}: {caller}: {}",
            statement.sid,
            statement.actions.join(", ")
        )
        .unwrap();
        for (operator, keys) in &statement.conditions {
            for (key, values) in keys {
                writeln!(out, "    {operator} {key} = {}", join(values)).unwrap();
            }
        }
    }
    Ok(out)
}

#[test]
fn the_principal_of_an_opt_in_region_follows_from_the_key() {
    let callers = |slug: &str, given: &[(&str, &[&str])], regions: &[&str]| {
        let regions: Vec<_> = regions
            .iter()
            .map(|it| Region::parse(it).unwrap())
            .collect();
        let regions: Vec<_> = regions.iter().collect();
        let recipe = find(slug).unwrap().service.as_ref().unwrap();
        let statements = recipe.expand(&arguments(given), &regions);
        statements.map(|statements| {
            let Caller::Services(names) = &statements[0].caller else {
                panic!("{slug}: a role");
            };
            names.iter().map(ToString::to_string).collect::<Vec<_>>()
        })
    };
    let plain = "inspector2.amazonaws.com".to_owned();
    let opt_in = "inspector2.me-south-1.amazonaws.com".to_owned();
    let inspector = |regions: &[&str]| callers("inspector", &[], regions);
    assert_eq!(inspector(&[]), Ok(vec![plain.clone()]));
    assert_eq!(inspector(&["eu-central-1"]), Ok(vec![plain.clone()]));
    assert_eq!(inspector(&["me-south-1"]), Ok(vec![opt_in.clone()]));
    assert_eq!(
        inspector(&["eu-central-1", "me-south-1", "us-east-1"]),
        Ok(vec![plain, opt_in.clone()])
    );
    let given = &[("opt_in_region", &["me-south-1"][..])][..];
    assert_eq!(
        callers("inspector", given, &["me-south-1"]),
        Ok(vec![opt_in])
    );
    let bad = callers("inspector", given, &["eu-central-1"]).unwrap_err();
    assert!(bad[0].to_string().contains("eu-central-1"), "{}", bad[0]);
    // That of S3 is the Region of the bucket, which may be another one.
    let bucket = &[("bucket", &["uploads"][..])][..];
    assert_eq!(
        callers("s3-notifications", bucket, &["me-south-1"]),
        Ok(vec!["s3.amazonaws.com".to_owned()])
    );
}

#[test]
fn arns_are_of_the_partition_of_the_key_and_its_region_where_the_service_says_so() {
    let expand = |slug: &str, parameter: &str, arn: &str, region: &str| {
        let region = Region::parse(region).unwrap();
        let recipe = find(slug).unwrap().service.as_ref().unwrap();
        let result = recipe.expand(&arguments(&[(parameter, &[arn])]), &[&region]);
        result.map(|_| ()).map_err(|bad| bad[0].to_string())
    };
    let trail = "arn:aws:cloudtrail:us-east-1:111122223333:trail/main";
    assert_eq!(expand("cloudtrail", "trail", trail, "eu-central-1"), Ok(()));
    assert!(expand("cloudtrail", "trail", trail, "cn-north-1").is_err());
    let group = "arn:aws:logs:us-east-1:111122223333:log-group:orders";
    let logs = |region| expand("cloudwatch-logs", "log_group", group, region);
    assert_eq!(logs("us-east-1"), Ok(()));
    assert!(logs("eu-central-1").unwrap_err().contains("us-east-1"));
    let source = "arn:aws:logs:us-east-1:111122223333:delivery-source:*";
    assert_eq!(
        expand("vended-logs", "source", source, "eu-central-1"),
        Ok(())
    );
}

#[test]
fn first_recipes_expand() {
    let mut out = String::new();
    for (slug, given) in [
        ("cloudtrail", &[("trail", &["management-events"][..])][..]),
        (
            "cloudtrail",
            &[(
                "trail",
                &[
                    "arn:aws-cn:cloudtrail:cn-north-1:111122223333:trail/org",
                    "local",
                ],
            )],
        ),
        ("cloudwatch-logs", &[]),
        (
            "cloudwatch-logs",
            &[("log_group", &["/aws/lambda/*", "orders"])],
        ),
        ("cloudwatch-alarms", &[]),
        ("cloudwatch-alarms", &[("alarm", &["Orders, late: 5 min"])]),
        ("eventbridge-rules", &[]),
        ("s3-notifications", &[("bucket", &["uploads"])]),
    ] {
        writeln!(
            out,
            "== {slug} {given:?}\n{}",
            expanded(slug, given).unwrap()
        )
        .unwrap();
    }
    insta::assert_snapshot!(out);
}

#[test]
fn bad_arguments_are_all_reported() {
    let mut out = String::new();
    for (slug, given) in [
        ("cloudtrail", &[][..]),
        ("cloudtrail", &[("trail", &[][..])][..]),
        (
            "cloudtrail",
            &[("trial", &["x"]), ("trail", &["ab", "no spaces", "with*"])],
        ),
        (
            "cloudtrail",
            &[(
                "trail",
                &["arn:aws:logs:eu-west-1:111122223333:log-group:x"],
            )],
        ),
        (
            "cloudtrail",
            &[("trail", &["arn:aws:cloudtrail:eu-west-1:*:trail/abc"])],
        ),
        (
            "cloudtrail",
            &[(
                "trail",
                &["arn:aws:cloudtrail:eu-west-1:111122223333:trail/*"],
            )],
        ),
        (
            "cloudtrail",
            &[("trail", &["arn:aws:cloudtrail::111122223333:trail/abc"])],
        ),
        ("cloudtrail", &[("trail", &["{stage}-trail"])]),
        (
            "cloudwatch-logs",
            &[(
                "log_group",
                &["arn:aws:logs:eu-west-1:111122223333:log-group:x:*"],
            )],
        ),
        ("cloudwatch-logs", &[("log_group", &[])]),
        ("eventbridge-rules", &[("rule", &["x"])]),
        ("s3-notifications", &[("bucket", &["Uploads"])]),
    ] {
        writeln!(
            out,
            "== {slug} {given:?}\n{}",
            expanded(slug, given).unwrap_err()
        )
        .unwrap();
    }
    insta::assert_snapshot!(out);
}

#[test]
fn bad_values_point_at_the_place() {
    let trail = &find("cloudtrail")
        .unwrap()
        .service
        .as_ref()
        .unwrap()
        .parameters["trail"];
    let offset = |text| match trail.resolve(text) {
        Err(BadValue::Name(BadName::Character { offset, .. }) | BadValue::Placeholder(offset)) => {
            Some(offset)
        }
        _ => None,
    };
    assert_eq!(offset("my trail"), Some(2));
    assert_eq!(offset("trail-{stage}"), Some(6));
    assert_eq!(offset("trail-{"), Some(6));
    assert_eq!(offset("{account}-{region}"), None);
    let recipe = find("cloudtrail").unwrap().service.as_ref().unwrap();
    let bad = recipe
        .expand(&arguments(&[("trail", &["good", "b d"])]), &[])
        .unwrap_err();
    assert!(matches!(&bad[..], [BadArgument::Value { index: 1, .. }]));
}

#[test]
fn names_are_checked_by_characters_and_length() {
    let pattern = |characters: &str| NamePattern {
        between: None,
        characters: characters.into(),
        min: 2,
        max: 4,
    };
    let ok = |characters, text| pattern(characters).check(text, false).is_ok();
    assert!(ok("A-Z _ -", "A_-"));
    assert!(!ok("A-Z _ -", "a_-"));
    assert!(!ok("A-Z", "A"));
    assert!(!ok("A-Z", "ABCDE"));
    assert!(ok("any", "é %"));
    assert!(!ok("any", "日本"));
    assert!(!ok("any", "a\u{85}"));
    assert!(!ok("any", "a*"));
    assert!(pattern("any").check("*", true).is_ok());
    assert!(ok("a-z space", "a b"));
    // Braces are written twice; only what is a placeholder is exempt.
    assert!(!ok("a-z", "{{**}}"));
    assert!(ok("a-z { }", "{{a}}"));
    assert!(ok("a-z", "a{region}"));
    assert!(!ok("a-z", "a{region}%"));
    assert!(ok("any", "$1"));
    assert!(!ok("any", "${{a}}"));
}

proptest! {
    #[test]
    fn templates_survive_writing(text in "[a{}:]{0,6}|(arn|[a-z:/]{0,4}|\\{account\\}|\\{\\{){0,7}") {
        if let Ok(template) = Template::parse(&text) {
            prop_assert_eq!(Template::parse(&template.to_string()), Ok(template.clone()));
            if let Some(segments) = template.arn_segments() {
                let joined = segments.map(|s| s.to_string()).join(":");
                prop_assert_eq!(joined, template.to_string());
            }
        }
    }

    #[test]
    fn resolving_never_lets_an_arn_leave_its_service(text in ".{0,12}|arn:(aws|\\*):(cloudtrail|s3|\\*):[a-z*]{0,3}:[0-9*]{0,13}:trail/[a-z*]{0,5}") {
        let trail = &find("cloudtrail").unwrap().service.as_ref().unwrap().parameters["trail"];
        if let Ok(resolved) = trail.resolve(&text) {
            let written = resolved.value.to_string();
            prop_assert!(!written.contains('*'));
            let resource = resolved.value.arn_segments().unwrap();
            prop_assert_eq!(resource[2].to_string(), "cloudtrail");
            prop_assert!(resource[5].to_string().starts_with("trail/"));
        }
    }
}

#[test]
fn every_recipe_expands_with_its_examples() {
    let mut out = String::new();
    for slug in slugs() {
        let Some(recipe) = &find(slug).unwrap().service else {
            continue;
        };
        let examples: Vec<_> = recipe
            .parameters
            .iter()
            .map(|(name, p)| (name.as_str(), [p.example.as_str()]))
            .collect();
        let given: Vec<_> = examples
            .iter()
            .map(|(name, values)| (*name, &values[..]))
            .collect();
        let text = expanded(slug, &given).unwrap();
        // Whatever is still open is filled at deployment.
        let open = ["{account}", "{partition}", "{region}", "{dns_suffix}"];
        let rest = open
            .iter()
            .fold(text.clone(), |text, gap| text.replace(gap, ""));
        assert!(!rest.contains('{'), "{slug}: {rest}");
        writeln!(out, "== {slug}\n{text}").unwrap();
    }
    insta::assert_snapshot!(out);
}
