//! Every kind of principal with its qualifiers: the statements that it becomes.

use std::fmt::Write as _;

use keywright::iam::Statement;
use keywright::report::policy;

use crate::project::{Project, generate};

const CONFIG: &str = "\
accounts: {log-archive: \"210987654321\"}
environments: {production: {accounts: [\"111122223333\"]}}
principal_sets:
  readers: [{role: audit/Reader}, {permission_set: AuditReader, access: [decrypt]}]
  admins: [{role: KeyAdmin}, {set: owners}]
  owners: [{permission_set: Owner}]
  everyone: [{set: readers}, {service: logs-export}]
";

fn statements(config: &str, fields: &str) -> Vec<Statement> {
    let text = format!("keys:\n  - alias: audit\n    purpose: Encrypts\n{fields}");
    let made = generate(Some(config), &[("specs/audit.yaml", &text)], |generated| {
        generated.stacks[0].stack.keys[0].policy.statements.clone()
    });
    made.unwrap_or_else(|problems| panic!("{fields}{problems:?}"))
}

/// What users or administrators add to a policy, as YAML.
fn added(config: &str, list: &str, entry: &str) -> String {
    let without = match list {
        "administrators" => statements(config, "    administrators: [{role: Nobody}]\n"),
        _ => statements(config, ""),
    };
    let with = statements(config, &format!("    {list}: [{entry}]\n"));
    let own: Vec<_> = with.iter().filter(|one| !without.contains(one)).collect();
    assert!(!own.is_empty(), "{entry}");
    format!("== {list}: {entry}\n{}\n", policy::yaml(own))
}

fn snapshot(name: &str, config: &str, list: &str, entries: &[&str]) {
    let mut text = String::new();
    for entry in entries {
        write!(text, "{}", added(config, list, entry)).unwrap();
    }
    insta::assert_snapshot!(name, text);
}

#[test]
fn roles_and_users() {
    let entries = [
        "{role: team/FooBar}",
        "{role: team/FooBar, access: [encrypt]}",
        "{role: team/FooBar, match: condition}",
        "{role: team/FooBar, account: log-archive}",
        "{role: team/FooBar, account: \"210987654321\", match: condition}",
        "{role: team/FooBar, context: {department: finance}}",
        "{role: team/FooBar, match: condition, via: [s3], context: {\"a b\": \"{account}\"}}",
        "{role: team/FooBar, organization: o-a1b2c3d4e5}",
        "{role: team/FooBar, organization: o-a1b2c3d4e5, access: [decrypt], via: [s3]}",
        "{user: alice}",
        "{user: staff/alice, match: condition, access: [decrypt]}",
        "{user: alice, account: log-archive, via: [secretsmanager]}",
        "{arn: \"arn:aws:iam::210987654321:role/Reader\"}",
        "{arn: \"arn:{partition}:iam::{account}:user/alice\", access: [decrypt]}",
        "{arn: \"arn:aws:sts::210987654321:assumed-role/Reader/session\", via: [s3]}",
    ];
    snapshot("roles_and_users", CONFIG, "users", &entries);
}

#[test]
fn permission_sets_direct_and_delegated() {
    let entries = [
        "{permission_set: AuditReader}",
        "{permission_set: AuditReader, permission_sets: delegated}",
        "{permission_set: AuditReader, account: log-archive}",
        "{permission_set: AuditReader, account: log-archive, permission_sets: delegated, access: [decrypt]}",
        "{permission_set: AuditReader, access: [decrypt], via: [s3, dynamodb], context: {document: invoice}}",
    ];
    snapshot("permission_sets", CONFIG, "users", &entries);
    let delegated = format!("{CONFIG}permission_sets: delegated\n");
    let entries = [
        "{permission_set: AuditReader}",
        "{permission_set: AuditReader, permission_sets: direct}",
    ];
    snapshot(
        "permission_sets_by_default_delegated",
        &delegated,
        "users",
        &entries,
    );
    assert_eq!(
        added(CONFIG, "users", "{permission_set: AuditReader}")
            .lines()
            .skip(1)
            .collect::<Vec<_>>(),
        added(&delegated, "users", entries[1])
            .lines()
            .skip(1)
            .collect::<Vec<_>>(),
    );
}

#[test]
fn accounts_and_organizations() {
    let entries = [
        "{account: \"210987654321\"}",
        "{account: log-archive, access: [decrypt], via: [s3]}",
        "{organization: o-a1b2c3d4e5}",
        "{organization: o-a1b2c3d4e5, access: [decrypt], via: [s3]}",
        "{organizational_unit: o-a1b2c3d4e5/r-ab12/ou-ab12-11111111}",
        "{organizational_unit: o-a1b2c3d4e5/r-ab12/ou-ab12-11111111/ou-ab12-22222222, context: {department: finance}}",
    ];
    snapshot("accounts_and_organizations", CONFIG, "users", &entries);
}

#[test]
fn services_in_between() {
    let entries = [
        // Grants with `kms:GrantIsForAWSResource`, grants fenced by the service alone, no grants, both kinds at once.
        "{role: FooBar, via: [ec2]}",
        "{role: FooBar, via: [rds]}",
        "{role: FooBar, via: [dynamodb], access: [decrypt]}",
        "{role: FooBar, via: [s3, sqs]}",
        "{role: FooBar, via: [ec2, rds], context: {department: finance}}",
        "{role: FooBar, via: [efs]}",
        "{role: FooBar, via: [opensearch]}",
        "{account: log-archive, via: [ec2]}",
        "{organization: o-a1b2c3d4e5, via: [rds]}",
        // Terms of the services.
        "{role: FooBar, via: [s3], access: [read]}",
        "{role: FooBar, via: [s3], access: [write]}",
        "{role: FooBar, via: [s3, sqs, kinesis], access: [read, write]}",
        "{role: FooBar, via: [ssm], access: [write], context: {department: finance}}",
        "{role: FooBar, via: [stepfunctions], access: [write]}",
        // Writing needs Decrypt through one of them only.
        "{role: FooBar, via: [kinesis, sqs], access: [write]}",
    ];
    snapshot("services_in_between", CONFIG, "users", &entries);
}

#[test]
fn sets() {
    let entries = ["{set: readers}", "{set: everyone}"];
    snapshot("sets", CONFIG, "users", &entries);
    let plain = added(
        CONFIG,
        "users",
        "{role: audit/Reader}, {permission_set: AuditReader, access: [decrypt]}",
    );
    let set = added(CONFIG, "users", "{set: readers}");
    assert_eq!(
        plain.split_once('\n').unwrap().1,
        set.split_once('\n').unwrap().1
    );
}

/// `levels` sets, each of which holds the next one twice; the last one is a role.
fn nested(levels: usize) -> String {
    let mut config = "principal_sets:\n".to_owned();
    for level in 1..levels {
        let next = level + 1;
        writeln!(config, "  s{level}: [{{set: s{next}}}, {{set: s{next}}}]").unwrap();
    }
    writeln!(config, "  s{levels}: [{{role: R}}]").unwrap();
    config
}

#[test]
fn sets_that_hold_each_other_take_neither_time_nor_stack() {
    let config = nested(16);
    assert_eq!(
        added(&config, "users", "{role: R}")
            .split_once('\n')
            .unwrap()
            .1,
        added(&config, "users", "{set: s1}")
            .split_once('\n')
            .unwrap()
            .1
    );
    let text = "keys: [{alias: a, purpose: p, users: [{set: s1}]}]\n";
    for levels in [17, 5_000] {
        let made = generate(Some(&nested(levels)), &[("specs/a.yaml", text)], |_| ());
        let problems = made.unwrap_err();
        assert!(problems.iter().all(|it| it.code == "too-deep"), "{levels}");
    }
}

#[test]
fn administrators_separated_and_by_the_procedure() {
    let entries = [
        "{role: KeyAdmin}",
        "{role: KeyAdmin, match: condition}",
        "{role: KeyAdmin, account: \"111122223333\"}",
        "{user: alice}",
        "{permission_set: Admin}",
        "{permission_set: Admin, permission_sets: delegated}",
        "{arn: \"arn:aws:iam::111122223333:role/KeyAdmin\"}",
        "{set: admins}",
    ];
    snapshot("administrators", CONFIG, "administrators", &entries);
    let procedure = format!("{CONFIG}administration: sop\n");
    snapshot(
        "administrators_by_the_procedure",
        &procedure,
        "administrators",
        &entries[..1],
    );
}

/// Contract and procedure: whoever administers cannot use, `kms:CreateGrant` is never bare, and everyone is fenced.
#[test]
fn rules_that_hold_for_every_entry() {
    let users = "    users: [{role: A}, {permission_set: B}, {user: C, match: condition}, {role: D, via: [ec2, rds, dynamodb]}, \
                 {organization: o-a1b2c3d4e5, via: [backup]}, {account: log-archive}, {role: E, context: {a: b}}, {service: autoscaling}]\n";
    for statement in statements(CONFIG, users) {
        let json = keywright::iam::Tree::from(&statement).to_json(&ToString::to_string);
        let sid = json["Sid"].as_str().unwrap();
        let actions = statement.action.unwrap().value;
        if actions.iter().any(|action| action == "kms:CreateGrant") {
            assert_eq!(actions.len(), 1, "{sid}");
            let fenced = json["Condition"]["Bool"]["kms:GrantIsForAWSResource"] == "true"
                || json["Condition"]["StringEquals"]["kms:ViaService"].is_string()
                || json["Condition"]["StringEquals"]["kms:ViaService"].is_array();
            assert!(fenced, "{sid}");
        }
        if actions.iter().any(|action| action == "kms:DescribeKey") {
            let conditions = json["Condition"].to_string();
            assert!(!conditions.contains("EncryptionContext"), "{sid}");
        }
        if json["Principal"]["AWS"] == "*" && json["Effect"] == "Allow" {
            let condition = &json["Condition"];
            let account = condition["StringEquals"]["kms:CallerAccount"].is_string();
            let organization = condition["StringEquals"]["aws:PrincipalOrgID"].is_string();
            assert!(account || organization, "{sid}");
        }
        assert!(
            !actions.iter().any(|action| action == "kms:ReEncrypt"),
            "{sid}"
        );
    }
}

#[test]
fn the_same_name_in_two_accounts_is_two_principals() {
    let config = "environments: {production: {accounts: [\"111122223333\", \"222222222222\"]}}\n";
    let accepted = |administrator: &str, user: &str| {
        let text = format!(
            "keys:\n  - {{alias: a, purpose: b, administrators: [{administrator}], users: [{user}]}}\n"
        );
        generate(Some(config), &[("specs/a.yaml", &text)], |_| {}).is_ok()
    };
    for kind in ["role", "user", "permission_set"] {
        let own = format!("{{{kind}: X}}");
        let at = |account: &str| format!("{{{kind}: X, account: \"{account}\"}}");
        let (first, second) = (at("111122223333"), at("222222222222"));
        let foreign = at("444455556666");
        assert!(accepted(&first, &second), "{kind}");
        assert!(accepted(&first, &foreign), "{kind}");
        assert!(accepted(&own, &foreign), "{kind}");
        // The key may be deployed to each of the environment's accounts.
        assert!(!accepted(&own, &first), "{kind}");
        assert!(!accepted(&second, &own), "{kind}");
        assert!(!accepted(&first, &first), "{kind}");
    }
}

#[test]
fn scanners_are_hushed_only_where_a_fixed_value_fences_everyone() {
    let fenced = |condition: &str| {
        let statement = format!(
            "    statements: [{{reason: test, Sid: Own, Effect: Allow, Principal: \"*\", Action: \"kms:Decrypt\", \
             Condition: {condition}}}]\n"
        );
        let text = format!("keys:\n  - alias: audit\n    purpose: Encrypts\n{statement}");
        generate(None, &[("specs/audit.yaml", &text)], |generated| {
            let policy = &generated.stacks[0].stack.keys[0].policy;
            policy.has_fenced_everyone()
        })
    };
    for condition in [
        "{StringEquals: {\"kms:CallerAccount\": \"{account}\"}}",
        "{StringEquals: {\"aws:principalorgid\": o-a1b2c3d4e5}}",
        "{ArnEquals: {\"aws:PrincipalArn\": \"arn:aws:iam::111122223333:role/A\"}}",
    ] {
        assert_eq!(fenced(condition), Ok(true), "{condition}");
    }
    for condition in [
        "{StringLike: {\"aws:PrincipalArn\": \"arn:*:iam::*:role/*\"}}",
        "{ArnEquals: {\"aws:PrincipalArn\": \"arn:aws:iam::*:role/A\"}}",
        "{StringEquals: {\"aws:PrincipalOrgID\": \"${{aws:ResourceOrgID}}\"}}",
        "{StringEqualsIfExists: {\"aws:PrincipalOrgID\": o-a1b2c3d4e5}}",
        "{StringNotEquals: {\"kms:CallerAccount\": \"{account}\"}}",
        "{StringEquals: {\"kms:ViaService\": \"s3.{region}.amazonaws.com\"}}",
        "{\"Null\": {\"aws:PrincipalArn\": false}}",
    ] {
        // Those that keep nobody out are refused altogether.
        assert_ne!(fenced(condition), Ok(true), "{condition}");
    }
}

#[test]
fn who_puts_records_passes_nothing_on() {
    let writes = |access: &str| {
        let user = format!("{{role: A, via: [firehose]{access}}}");
        added(CONFIG, "users", &user).contains("kms:CreateGrant")
    };
    assert!(writes(""));
    assert!(writes(", access: [encrypt]"));
    assert!(!writes(", access: [write]"));
    assert!(!writes(", access: [decrypt]"));
}

/// KMS takes such a policy, so nothing is refused.
#[test]
fn administrators_of_another_account_are_a_warning() {
    let project = Project::new();
    project.put(
        "keywright.yaml",
        "environments: {production: {accounts: [\"111122223333\"]}}\n",
    );
    project.put(
        "specs/audit.yaml",
        "keys:\n  - alias: audit\n    purpose: Encrypts\n    administrators:\n      \
         - {role: KeyAdmin, account: \"111122223333\"}\n      - {role: KeyAdmin, account: \"210987654321\"}\n",
    );
    let ran = project.generate(&[]);
    assert_eq!(ran.status, 0, "{}", ran.told);
    let message = "role KeyAdmin in account 210987654321 can hardly administer this key";
    assert!(ran.told.contains(message), "{}", ran.told);
    assert_eq!(
        ran.told.matches("administrator-elsewhere").count(),
        1,
        "{}",
        ran.told
    );
}
