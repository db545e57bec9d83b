//! Every recipe as specs use it: in every partition, and with parameters that are missing, too many or of the wrong shape.

use keywright::compile;
use keywright::diag::Diagnostic;
use keywright::kms::condition_keys::{self, Callers};
use keywright::kms::service::{Availability, Grants, Parameter, Recipe, Service, Verified};
use keywright::kms::services::{find, slugs, terms, via_endpoint, via_names};
use keywright::kms::{Partition, Region};
use keywright::source::Sources;
use keywright::spec::config::Config;
use keywright::spec::stack;

fn recipes() -> impl Iterator<Item = (&'static Service, &'static Recipe)> {
    slugs().filter_map(|slug| {
        let service = find(slug)?;
        Some((service, service.service.as_ref()?))
    })
}

/// What is said of a key with these users.
fn problems(service: Option<&Service>, users: &str) -> Vec<(String, Diagnostic)> {
    let mut spec = "keys:\n  - alias: tested\n    purpose: Tests a recipe\n".to_owned();
    if let Some(key) = service.and_then(|service| service.key.as_ref()) {
        spec += &format!(
            "    key_spec: {}\n    key_usage: {}\n",
            key.key_spec, key.key_usage
        );
    }
    spec += &format!("    users:\n{users}");
    let mut sources = Sources::new();
    let config = Config::defaults(&mut sources).unwrap();
    let file = sources.add("specs/tested.yaml", &spec);
    let (specs, mut problems) = stack::decode(&sources, &[file]);
    let (definitions, found) = stack::place(&specs, &config);
    problems.extend(found);
    for definition in definitions {
        problems.extend(compile::stack(definition, &config).1);
    }
    let place = |problem: &Diagnostic| {
        let label = problem.primary.as_ref().expect("a place");
        let range = label.span.range();
        spec[range].to_owned()
    };
    problems
        .into_iter()
        .map(|problem| (place(&problem), problem))
        .collect()
}

/// The entry of a recipe with a value for each of its parameters, but for one.
fn entry(
    slug: &str,
    recipe: &Recipe,
    value: impl Fn(&str, &Parameter) -> Option<String>,
) -> String {
    let mut users = format!("      - service: {slug}\n");
    for (name, parameter) in &recipe.parameters {
        if let Some(value) = value(name, parameter) {
            users += &format!("        {name}: {value}\n");
        }
    }
    users
}

fn example(parameter: &Parameter) -> String {
    format!("{:?}", parameter.example)
}

#[test]
fn every_recipe_compiles_in_every_partition() {
    for (service, recipe) in recipes() {
        let slug = service.slug;
        let given = entry(slug, recipe, |_, parameter| Some(example(parameter)));
        let errors = |users: &str| {
            let mut problems = problems(Some(service), users);
            problems.retain(|(_, problem)| problem.is_error());
            problems
        };
        assert_eq!(errors(&given), [], "{given}");
        let required = entry(slug, recipe, |_, parameter| {
            parameter.required.then(|| example(parameter))
        });
        assert_eq!(errors(&required), [], "{required}");
        for region in Region::all() {
            let literal = |text: String| {
                text.replace("{partition}", region.partition().id())
                    .replace("{region}", region.name())
                    .replace("{account}", "111122223333")
            };
            let given = entry(slug, recipe, |_, parameter| {
                let arn = parameter.resolve(&parameter.example).unwrap().value;
                let arn = literal(arn.to_string());
                Some(if arn.starts_with("arn:") {
                    format!("{arn:?}")
                } else {
                    example(parameter)
                })
            });
            assert_eq!(errors(&given), [], "{given}");
        }
    }
}

#[test]
fn a_missing_parameter_is_named_with_an_example() {
    for (service, recipe) in recipes() {
        for (missing, parameter) in &recipe.parameters {
            let users = entry(service.slug, recipe, |name, parameter| {
                (name != missing).then(|| example(parameter))
            });
            let found = problems(Some(service), &users);
            let about: Vec<_> = found
                .iter()
                .filter(|(_, problem)| problem.is_error())
                .collect();
            if !parameter.required {
                assert!(about.is_empty(), "{users}: {about:?}");
                continue;
            }
            let [(place, problem)] = about[..] else {
                panic!("{users}: {about:?}");
            };
            assert_eq!(problem.code, "missing-field");
            assert_eq!(place, service.slug);
            assert_eq!(
                problem.message,
                format!("`service: {}` needs `{missing}`", service.slug)
            );
            assert!(problem.help[0].contains(&format!("`{missing}: {}`", parameter.example)));
        }
    }
}

#[test]
fn a_superfluous_parameter_is_refused() {
    for (service, recipe) in recipes() {
        let good = entry(service.slug, recipe, |_, parameter| {
            Some(example(parameter))
        });
        for (more, code) in [
            ("superfluous: x", "unknown-field"),
            ("access: [decrypt]", "misplaced-field"),
            ("via: [s3]", "misplaced-field"),
            ("context: {a: b}", "misplaced-field"),
        ] {
            let users = format!("{good}        {more}\n");
            let found = problems(Some(service), &users);
            let errors: Vec<_> = found
                .iter()
                .filter(|(_, problem)| problem.is_error())
                .collect();
            let [(place, problem)] = errors[..] else {
                panic!("{users}: {errors:?}");
            };
            assert_eq!((problem.code, place.as_str()), (code, &more[..place.len()]));
            let names = recipe.parameters.keys();
            let help = problem.help.join("\n");
            for name in names {
                assert!(help.contains(name.as_str()), "{users}: {help}");
            }
        }
    }
}

#[test]
fn a_parameter_of_the_wrong_shape_is_refused_at_its_place() {
    for (service, recipe) in recipes() {
        for (wrong, parameter) in &recipe.parameters {
            let long = format!("{:?}", "x".repeat(3000));
            let mut shapes = vec!["{a: b}", "[]", "[[x]]", "\"\"", "true", "null", &long];
            shapes.extend(["\"{stage}\"", "\"a\u{301}\u{4e2d}\""]);
            let becomes_arn = parameter
                .becomes
                .as_ref()
                .is_some_and(|shape| shape.leading_text().starts_with("arn:"));
            if becomes_arn {
                shapes.extend([
                    "arn:aws:iam::111122223333:role/Reader",
                    "\"arn:aws:*:*:*:*\"",
                    "\"arn:aws:\"",
                ]);
            }
            if parameter.opt_in_region.is_some() {
                shapes.extend(["eu-central-1", "us-gov-west-1", "somewhere-else"]);
            }
            if !parameter.wildcards {
                shapes.push("\"*\"");
            }
            for shape in shapes {
                let users = entry(service.slug, recipe, |name, parameter| {
                    Some(if name == wrong {
                        shape.to_owned()
                    } else {
                        example(parameter)
                    })
                });
                let found = problems(Some(service), &users);
                let errors: Vec<_> = found
                    .iter()
                    .filter(|(_, problem)| problem.is_error())
                    .collect();
                assert!(!errors.is_empty(), "accepted: {users}");
                for (place, problem) in errors {
                    assert!(
                        shape.contains(place.as_str()) || place.contains(shape),
                        "{users}: {place}: {problem:?}"
                    );
                    assert!(!problem.help.is_empty(), "{users}: {problem:?}");
                }
            }
        }
    }
}

#[test]
fn no_statement_carries_what_would_break_the_service() {
    for (service, recipe) in recipes() {
        for statement in &recipe.statements {
            for key in statement.conditions.values().flat_map(|keys| keys.keys()) {
                assert_eq!(service.forbids(key), None, "{}: {key}", service.slug);
                let known = condition_keys::find(key).expect(key);
                let sends = match known.callers {
                    Callers::Anyone | Callers::Services => true,
                    Callers::Accounts => false,
                    // Security Hub alone is documented to reach the key through another service.
                    Callers::Forwarded => service.slug == "securityhub",
                };
                assert!(
                    sends || recipe.role.is_some(),
                    "{}: {key} is never sent",
                    service.slug
                );
            }
        }
    }
    for service in slugs().filter_map(find) {
        for key in service.must_not_carry.keys() {
            assert!(
                key == "kms:EncryptionContext" || condition_keys::find(key).is_some(),
                "{}: {key}",
                service.slug
            );
        }
    }
    let forbids = |slug: &str, key: &str| find(slug).unwrap().forbids(key).is_some();
    assert!(forbids("cloudtrail-lake", "AWS:SourceArn"));
    assert!(forbids("eventbridge-rules", "aws:SourceOrgID"));
    assert!(forbids("firehose", "kms:EncryptionContext:anything"));
    assert!(!forbids("firehose", "kms:EncryptionContextKeys"));
    assert!(!forbids(
        "secretsmanager",
        "kms:EncryptionContext:SecretARN"
    ));
    assert!(!forbids("cloudtrail", "aws:SourceArn"));
}

#[test]
fn a_context_that_would_break_the_service_is_refused() {
    let found = problems(
        None,
        "      - role: Writer\n        via: [firehose]\n        context: {stream: orders}\n",
    );
    let [(place, problem)] = &found[..] else {
        panic!("{found:?}");
    };
    assert_eq!(
        (problem.code, place.as_str()),
        ("unsupported-condition", "stream")
    );
    assert!(problem.message.contains("may change"));
    let allowed =
        "      - role: Writer\n        via: [secretsmanager]\n        context: {SecretARN: x}\n";
    assert_eq!(problems(None, allowed), []);
}

#[test]
fn what_is_not_verified_is_said_with_the_page() {
    for (service, recipe) in recipes() {
        let users = entry(service.slug, recipe, |_, parameter| {
            Some(example(parameter))
        });
        expect_warning(service, &problems(Some(service), &users));
    }
    for name in via_names() {
        let users = format!("      - role: Writer\n        via: [{name}]\n");
        let found = problems(None, &users);
        match via_endpoint(name).unwrap().service {
            Some(service)
                if service.verified == Verified::Yes && service.grants == Some(Grants::Unknown) =>
            {
                expect_unknown_grants(name, &found);
            }
            Some(service) => expect_warning(service, &found),
            None => expect_unknown_grants(name, &found),
        }
    }
}

fn expect_unknown_grants(name: &str, found: &[(String, Diagnostic)]) {
    let [(place, problem)] = found else {
        panic!("{name}: {found:?}");
    };
    assert_eq!((problem.code, place.as_str()), ("unverified-service", name));
    assert!(problem.message.contains("whether it makes grants"));
}

fn expect_warning(service: &Service, found: &[(String, Diagnostic)]) {
    let Verified::Partly(what) = &service.verified else {
        assert_eq!(found, [], "{}", service.slug);
        return;
    };
    let [(_, problem)] = found else {
        panic!("{}: {found:?}", service.slug);
    };
    assert_eq!(problem.code, "unverified-service");
    assert!(!problem.is_error());
    assert!(problem.message.contains(what.trim_end_matches('.')));
    assert!(problem.help[0].contains(&service.source[0]));
}

#[test]
fn every_service_takes_its_own_terms_and_names_them_beside_others() {
    for slug in slugs() {
        let service = find(slug).unwrap();
        if service.via.is_empty() {
            continue;
        }
        for term in terms() {
            let users =
                format!("      - role: Writer\n        via: [{slug}]\n        access: [{term}]\n");
            let mut found = problems(None, &users);
            found.retain(|(_, problem)| problem.is_error());
            if service.terms.contains_key(term) {
                assert_eq!(found, [], "{users}");
                continue;
            }
            let [(place, problem)] = &found[..] else {
                panic!("{users}: {found:?}");
            };
            assert_eq!((problem.code, place.as_str()), ("unknown-term", term));
            for own in service.terms.keys() {
                assert!(problem.help[0].contains(own), "{users}: {problem:?}");
            }
        }
    }
    for slug in ["ec2", "rds", "dynamodb"] {
        let terms = &find(slug).unwrap().terms;
        assert!(!terms.contains_key("read") && !terms.contains_key("write"));
    }
}

#[test]
fn some_services_are_in_some_places_only() {
    let available = |slug: &str, region: &str| {
        let region = Region::parse(region).unwrap();
        find(slug).unwrap().available_in(&region) == Availability::Available
    };
    assert!(available("route53-dnssec", "us-east-1"));
    assert!(!available("route53-dnssec", "us-east-2"));
    assert!(!available("route53-dnssec", "cn-north-1"));
    assert!(available("securityhub", "cn-north-1") && available("securityhub", "us-gov-west-1"));
    assert!(!available("securityhub", "eusc-de-east-1"));
    assert!(available("cloudtrail", "eu-central-9"));
    for service in slugs().filter_map(find) {
        let Some(places) = &service.only_in else {
            continue;
        };
        assert!(!places.regions.is_empty() || !places.partitions.is_empty());
        for region in &places.regions {
            assert!(Region::named(region).is_some(), "{}", service.slug);
        }
        for partition in &places.partitions {
            assert!(Partition::named(partition).is_some(), "{}", service.slug);
        }
    }
    let words = |slug: &str| find(slug).unwrap().only_in.as_ref().unwrap().to_string();
    assert_eq!(words("route53-dnssec"), "us-east-1");
    assert_eq!(
        words("securityhub"),
        "the partitions aws, aws-cn and aws-us-gov"
    );
}
