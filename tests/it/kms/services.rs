//! The service catalogue: every file obeys the rules, and the look-ups find what users write.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use keywright::kms::actions;
use keywright::kms::service::{
    Grants, Placeholder, Recipe, RecipeStatement, Service, Template, Verified,
};
use keywright::kms::services::{self, find, slugs, via_endpoint, via_names};

fn all() -> impl Iterator<Item = &'static Service> {
    slugs().map(|slug| find(slug).expect(slug))
}

fn recipes() -> impl Iterator<Item = (&'static str, &'static Recipe)> {
    all().filter_map(|service| Some((service.slug, service.service.as_ref()?)))
}

fn statements() -> impl Iterator<Item = (&'static str, &'static RecipeStatement)> {
    recipes().flat_map(|(slug, recipe)| recipe.statements.iter().map(move |s| (slug, s)))
}

fn condition_keys(statement: &RecipeStatement) -> impl Iterator<Item = &str> {
    statement
        .conditions
        .values()
        .flat_map(BTreeMap::keys)
        .map(String::as_str)
}

#[test]
fn every_file_parses() {
    for slug in slugs() {
        if let Err(error) = services::parse(slug, services::text(slug).unwrap()) {
            panic!("{slug}.yaml: {error}");
        }
    }
    assert_eq!(find("no-such-service"), None);
    assert_eq!(find(""), None);
    assert_eq!(find("../via"), None);
}

#[test]
fn all_known_services_have_an_entry() {
    let known = "appflow athena autoscaling backup bedrock-agents budgets cloudfront-logs cloudfront-oac cloudtrail \
        cloudtrail-lake cloudtrail-sns cloudwatch-alarms cloudwatch-logs codepipeline config data-exports \
        documentdb dsql dynamodb dynamodb-replication ec2 ecr efs eks elb-logs eventbridge-bus eventbridge-rules firehose fsx glue \
        guardduty identity-center inspector kinesis lambda lambda-filter-criteria logs-export logs-insights logs-lookup-tables macie msk \
        neptune opensearch rds rds-zero-etl redshift redshift-query-editor redshift-serverless route53-dnssec s3 s3-inventory \
        s3-notifications s3-storage-lens s3-tables s3-vectors sagemaker secretsmanager securityhub ses sns sns-event-source sqs \
        ssm ssm-features stepfunctions vended-logs vpc-flow-logs workspaces";
    assert!(
        slugs().eq(known.split_whitespace()),
        "{:?}",
        slugs().collect::<Vec<_>>()
    );
}

#[test]
fn unknown_fields_are_refused() {
    for text in [
        "{title: A, source: B, verified: true, tittle: C}",
        "{title: A, source: B, verified: true, service: {principal: x, statements: [], role_arn: y}}",
        "{title: A, source: B, verified: false}",
        "{title: A, source: B, verified: true, service: {principal: '{oops', statements: []}}",
    ] {
        assert!(services::parse("test", text).is_err(), "{text}");
    }
}

#[test]
fn entries_are_complete() {
    for service in all() {
        let slug = service.slug;
        assert!(!service.title.is_empty(), "{slug}");
        assert!(!service.source.is_empty(), "{slug}");
        for source in &service.source {
            assert!(source.starts_with("https://"), "{slug}: {source}");
        }
        if let Verified::Partly(sentence) = &service.verified {
            assert!(sentence.ends_with('.'), "{slug}: {sentence}");
        }
        assert_ne!(
            service.service.is_some(),
            service.advice.is_some(),
            "{slug}: a recipe or advice"
        );
        assert_eq!(
            service.grants.is_some(),
            !service.via.is_empty(),
            "{slug}: `grants` beside `via`"
        );
        assert!(
            service.terms.is_empty() || !service.via.is_empty(),
            "{slug}: `use` beside `via`"
        );
        let makes_grants = matches!(
            service.grants,
            Some(Grants::AwsResource | Grants::ViaService)
        );
        assert!(
            makes_grants || service.terms.values().all(|term| !term.grants),
            "{slug}: a term with grants that have no fence"
        );
        assert!(makes_grants || service.grants_when.is_empty(), "{slug}");
        let text = services::text(slug).unwrap();
        assert!(!text.contains("arn:aws"), "{slug}: a literal partition");
        assert!(
            text.lines().all(|line| line.trim_end() == line),
            "{slug}: trailing blanks"
        );
    }
}

#[test]
fn actions_work_in_a_key_policy() {
    let terms = all().flat_map(|s| {
        let actions = s.terms.values().flat_map(|term| &term.actions);
        actions.map(|action| (s.slug, action))
    });
    let allowed =
        statements().flat_map(|(slug, s)| s.actions.iter().map(move |action| (slug, action)));
    for (slug, action) in allowed.chain(terms) {
        assert!(action.starts_with("kms:"), "{slug}: {action}");
        let known: Vec<_> = actions::matching(action).collect();
        assert!(!known.is_empty(), "{slug}: {action} matches no action");
        for action in known {
            assert_eq!(
                action.effective_in_key_policy,
                Some(true),
                "{slug}: {}",
                action.name
            );
        }
        if let Some(stem) = action.strip_suffix('*') {
            // A wildcard is worth its width only for families that AWS itself abbreviates.
            assert!(
                matches!(stem, "kms:GenerateDataKey" | "kms:ReEncrypt"),
                "{slug}: {action}"
            );
        }
    }
}

#[test]
fn encryption_context_never_voids_an_action() {
    for (slug, statement) in statements() {
        if condition_keys(statement).any(|key| key.starts_with("kms:EncryptionContext")) {
            for action in statement
                .actions
                .iter()
                .flat_map(|action| actions::matching(action))
            {
                assert!(
                    action.takes_encryption_context,
                    "{slug}: {}: {}",
                    statement.sid, action.name
                );
            }
        }
    }
}

#[test]
fn create_grant_is_always_fenced() {
    for (slug, statement) in statements() {
        if statement.actions.iter().any(|a| a == "kms:CreateGrant") {
            let resource = statement
                .conditions
                .get("Bool")
                .and_then(|keys| keys.get("kms:GrantIsForAWSResource"));
            match resource {
                Some(fence) => assert_eq!(fence.0, [Template::parse("true").unwrap()], "{slug}"),
                // By the operations and an encryption context, where AWS's own example does so.
                None => {
                    let keys = &statement.conditions["ForAllValues:StringEquals"];
                    assert!(keys.contains_key("kms:GrantOperations"), "{slug}");
                    let mut keys = statement.conditions["StringEquals"].keys();
                    assert!(
                        keys.any(|key| key.starts_with("kms:EncryptionContext:")),
                        "{slug}"
                    );
                }
            }
            assert_eq!(
                statement.actions.len(),
                1,
                "{slug}: the fence voids other actions"
            );
        }
    }
}

#[test]
fn sids_are_readable_and_unique() {
    for (slug, recipe) in recipes() {
        let sids: BTreeSet<_> = recipe.statements.iter().map(|s| &s.sid).collect();
        assert_eq!(sids.len(), recipe.statements.len(), "{slug}");
        for sid in sids {
            assert!(
                sid.chars().all(|c| c.is_ascii_alphanumeric() || c == ' '),
                "{slug}: {sid}"
            );
            assert!(
                sid.starts_with("Allow ") && sid.trim() == sid && sid.len() <= 64,
                "{slug}: {sid}"
            );
        }
    }
}

#[test]
fn placeholders_are_declared_and_parameters_used() {
    for (slug, recipe) in recipes() {
        assert!(!recipe.statements.is_empty(), "{slug}");
        assert_ne!(
            recipe.principal.is_empty(),
            recipe.role.is_none(),
            "{slug}: principal or role"
        );
        let callers = recipe.principal.iter().chain(&recipe.role);
        let mentioned: BTreeSet<_> = callers
            .chain(recipe.values())
            .cloned()
            .chain(recipe.keys())
            .flat_map(|template| template.placeholders().cloned().collect::<Vec<_>>())
            .filter_map(|gap| gap.parameter().map(str::to_owned))
            .collect();
        let declared: BTreeSet<_> = recipe.parameters.keys().cloned().collect();
        assert_eq!(mentioned, declared, "{slug}");
        for (name, parameter) in &recipe.parameters {
            assert!(
                parameter.required || !parameter.meaning.is_empty(),
                "{slug}"
            );
            assert!(
                !(parameter.required && parameter.default.is_some()),
                "{slug}: {name}"
            );
            for template in parameter.becomes.iter().chain(&parameter.default) {
                let others = template.placeholders().filter_map(Placeholder::parameter);
                assert!(
                    others.eq(parameter
                        .becomes
                        .iter()
                        .filter(|b| *b == template)
                        .map(|_| name.as_str())),
                    "{slug}: {name}"
                );
            }
            // Where a condition drops with its parameter, nothing else may hang on it.
            if !parameter.required && parameter.default.is_none() {
                assert!(
                    recipe
                        .principal
                        .iter()
                        .chain(&recipe.role)
                        .all(|t| { t.placeholders().all(|gap| gap.parameter() != Some(name)) }),
                    "{slug}: {name}"
                );
            }
        }
    }
}

#[test]
fn examples_resolve_as_names_and_as_arns() {
    for (slug, recipe) in recipes() {
        for (name, parameter) in &recipe.parameters {
            let resolved = parameter.resolve(&parameter.example);
            let resolved = resolved.unwrap_or_else(|bad| panic!("{slug}: {name}: {bad}"));
            assert_eq!(
                resolved.name.to_string(),
                parameter.example,
                "{slug}: {name}"
            );
            let whole = resolved.value.to_string();
            if whole.starts_with("arn:") {
                assert_eq!(parameter.resolve(&whole), Ok(resolved), "{slug}: {name}");
            }
        }
    }
}

#[test]
fn wildcards_need_an_operator_that_reads_them() {
    for (slug, recipe) in recipes() {
        for statement in &recipe.statements {
            for (operator, keys) in &statement.conditions {
                let reads = matches!(operator.as_str(), "ArnLike" | "StringLike");
                let fixed = [
                    "ArnEquals",
                    "StringEquals",
                    "Bool",
                    "ForAnyValue:StringEquals",
                    "ForAllValues:StringEquals",
                ];
                assert!(
                    reads || fixed.contains(&operator.as_str()),
                    "{slug}: {operator}"
                );
                for value in keys.values().flat_map(|values| &values.0) {
                    let wild = value.to_string().contains(['*', '?'])
                        || value.placeholders().any(|gap| match gap {
                            Placeholder::Parameter(name) | Placeholder::ParameterName(name) => {
                                let parameter = &recipe.parameters[name];
                                parameter.wildcards
                                    || parameter
                                        .default
                                        .as_ref()
                                        .is_some_and(|d| d.to_string().contains('*'))
                            }
                            _ => false,
                        });
                    assert_eq!(wild, reads, "{slug}: {operator} {value}");
                }
                for key in ["aws:SourceAccount", "aws:SourceOrgID"] {
                    assert!(
                        !(reads && keys.contains_key(key)),
                        "{slug}: {key} must be fixed"
                    );
                }
            }
        }
    }
}

#[test]
fn confused_deputy_conditions_are_missing_only_where_aws_has_none() {
    let bare: BTreeSet<_> = recipes()
        .filter(|(_, recipe)| recipe.role.is_none())
        .filter(|(_, recipe)| {
            recipe.statements.iter().all(|statement| {
                !condition_keys(statement).any(|key| {
                    key.starts_with("aws:Source") || key.starts_with("kms:EncryptionContext:")
                })
            })
        })
        .map(|(slug, _)| slug)
        .collect();
    insta::assert_debug_snapshot!(bare);
}

#[test]
fn via_names_of_aws_are_reachable() {
    // The kms:ViaService table of the KMS developer guide, plus `logs`, which the CloudWatch Logs guide documents.
    let documented = "airflow aoss appflow apprunner athena auditmanager backup bedrock cassandra codeartifact \
        comprehend connect dax directoryservice dms docdb-elastic dynamodb ec2 ecr elasticache elasticfilesystem es \
        events firehose fsx glue importexport kafka kendra kinesis kinesisvideo lambda lex license-manager logs macie \
        malware-protection memorydb mq rds redshift redshift-serverless s3 s3tables sagemaker secretsmanager \
        securitylake ses sns sqlworkbench sqs ssm states storagegateway timestream translate verified-access workmail \
        workspaces xray";
    let names: BTreeSet<_> = via_names().collect();
    for name in documented.split_whitespace() {
        let endpoint = via_endpoint(name).unwrap_or_else(|| panic!("{name}"));
        assert_eq!(endpoint.names, [name]);
        assert!(names.contains(name), "{name}");
    }
    for name in names {
        let endpoint = via_endpoint(name).unwrap();
        assert!(
            !endpoint.names.is_empty() && !endpoint.title.is_empty(),
            "{name}"
        );
    }
    assert!(via_names().is_sorted());
    assert_eq!(
        via_endpoint("elasticfilesystem.eu-west-1.amazonaws.com"),
        None
    );
}

#[test]
fn via_lines_say_what_the_files_say() {
    // The index of endpoint names reads lines, not YAML: it must not miss or misread one.
    for service in all().filter(|service| !service.via.is_empty()) {
        let endpoint = via_endpoint(service.slug).unwrap();
        assert_eq!(endpoint.names, service.via, "{}", service.slug);
        assert!(via_names().any(|name| name == service.slug));
        for name in &service.via {
            assert!(via_endpoint(name).unwrap().service.is_some(), "{name}");
        }
    }
}

#[test]
fn terms_are_indexed() {
    let parsed: BTreeSet<_> = all()
        .flat_map(|s| s.terms.keys())
        .map(String::as_str)
        .collect();
    assert!(services::terms().eq(parsed));
}

#[test]
fn catalogue() {
    let mut table = String::from("| slug | mode | parameters | verified |\n|---|---|---|---|\n");
    for service in all() {
        let mut modes = Vec::new();
        let mut parameters = Vec::new();
        if let Some(recipe) = &service.service {
            modes.push(if recipe.role.is_some() {
                "role".to_owned()
            } else {
                "service".to_owned()
            });
            for (name, parameter) in &recipe.parameters {
                parameters.push(format!(
                    "{name}{}",
                    if parameter.required { "" } else { "?" }
                ));
            }
        }
        if let Some(grants) = service.grants {
            let grants = match grants {
                Grants::None => "",
                Grants::AwsResource => " (grants: aws-resource)",
                Grants::ViaService => " (grants: via-service)",
                Grants::Unknown => " (grants: unknown)",
            };
            modes.push(format!("via {}{grants}", service.via.join(", ")));
        }
        let verified = if service.verified == Verified::Yes {
            "yes"
        } else {
            "partly"
        };
        writeln!(
            table,
            "| {} | {} | {} | {verified} |",
            service.slug,
            modes.join("; "),
            parameters.join(", ")
        )
        .unwrap();
    }
    insta::assert_snapshot!(table);
}
