//! Policies for users in other accounts: who gets which, what they say, and that both halves together are the access.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use keywright::access::{AccessRequest, Caller, Context, Outcome, Place, decide};
use keywright::iam::{AccountId, Clause, PolicyDocument, SortedMap, Statement, Text, Variable};
use keywright::kms::Key;
use keywright::kms::Region;
use keywright::kms::actions::ACTIONS;
use keywright::kms::companion::{Companion, Consumer, KeyPlace, arn_pattern, is_arn_pattern};
use keywright::workspace::Artifact;
use proptest::collection::vec;
use proptest::prelude::*;

use crate::project::{Project, contents, generate};
use crate::properties::{arbitrary, config};

const CONFIG: &str = "\
accounts: {log-archive: \"210987654321\"}
environments: {production: {accounts: [\"111122223333\"]}}
deployers: [{role: a/deploy-everything}]
break_glass: [{role: a/break-the-glass}]
";
const REGION: &str = "eu-central-1";
const OWNER: &str = "111122223333";
const KEY_ID: &str = "1234abcd-12ab-34cd-56ef-1234567890ab";

const SET: &str = "stack_set: {organizational_units: [r-ab12], regions: [eu-central-1]}\n";

fn spec(users: &str) -> String {
    format!("keys:\n  - alias: audit\n    purpose: Encrypts\n    users: [{users}]\n")
}

fn companions(config: &str, text: &str) -> Vec<Companion> {
    let made = generate(Some(config), &[("specs/shop.yaml", text)], |generated| {
        generated.stacks[0].companions.clone()
    });
    made.unwrap_or_else(|problems| panic!("{text}{problems:?}"))
}

fn artifacts(config: &str, text: &str) -> Vec<Artifact> {
    let made = generate(Some(config), &[("specs/shop.yaml", text)], |generated| {
        generated.artifacts.clone()
    });
    made.unwrap_or_else(|problems| panic!("{text}{problems:?}"))
}

/// The consumers and the names of their policies.
fn names(config: &str, text: &str) -> Vec<(String, Vec<String>)> {
    let of = |companion: Companion| {
        let policies = companion.policies.iter().map(|policy| policy.name.clone());
        (companion.consumer.id().to_owned(), policies.collect())
    };
    companions(config, text).into_iter().map(of).collect()
}

#[test]
fn each_principal_of_another_account_gets_a_policy() {
    let entries = [
        "{role: team/FooBar, account: log-archive}",
        "{role: team/FooBar, account: \"111122223333\"}",
        "{role: team/FooBar}",
        "{user: alice, account: log-archive, match: condition}",
        "{permission_set: AuditReader, account: log-archive}",
        "{account: log-archive}",
        "{arn: \"arn:aws:iam::444455556666:role/etl/Loader\"}",
        "{arn: \"arn:{partition}:iam::{account}:role/Loader\"}",
        "{arn: \"arn:aws:iam::444455556666:root\"}",
        "{arn: \"arn:aws:sts::444455556666:assumed-role/Reader/session\"}",
        "{arn: \"arn:aws:sts::444455556666:federated-user/bob\"}",
        "{arn: \"arn:aws:iam::444455556666:role/aws-reserved/sso.amazonaws.com/AWSReservedSSO_Auditor_0123456789abcdef\"}",
        "{organization: o-a1b2c3d4e5}",
        "{organizational_unit: o-a1b2c3d4e5/r-ab12/ou-ab12-11111111}",
        "{role: team/FooBar, organization: o-a1b2c3d4e5}",
        "{service: cloudtrail, trail: management-events}",
    ];
    let mut told = String::new();
    for entry in entries {
        writeln!(told, "{entry}: {:?}", names(CONFIG, &spec(entry))).unwrap();
    }
    // With several accounts in the environment, the key is in one of them and not in the others.
    let several = "environments: {production: {accounts: [\"111122223333\", \"210987654321\"]}}\n";
    let entry = "{role: Reader, account: \"210987654321\"}";
    writeln!(told, "several: {:?}", names(several, &spec(entry))).unwrap();
    insta::assert_snapshot!("consumers", told);
}

#[test]
fn a_workspace_can_do_without() {
    let text = spec("{role: Reader, account: \"210987654321\"}");
    assert_eq!(companions("companion_policies: false\n", &text), []);
    assert_eq!(companions("companion_policies: true\n", &text).len(), 1);
}

/// Whatever entries let it in, a principal has one policy; names that only differ in what resources cannot be called
/// are told apart.
#[test]
fn names_are_those_of_principals() {
    let text = "\
keys:
  - alias: one
    purpose: p
    users:
      - {role: a/Reader, account: \"210987654321\", access: [decrypt], via: [s3]}
      - {arn: \"arn:aws:iam::210987654321:role/a/Reader\", access: [encrypt]}
      - {role: foo-bar, account: \"210987654321\"}
  - alias: two
    purpose: p
    users:
      - {role: b/Reader, account: \"210987654321\"}
      - {role: foo_bar, account: \"210987654321\"}
";
    insta::assert_debug_snapshot!("names", names(CONFIG, text));
}

const EVERYTHING: &str = "\
keys:
  - alias: ledger
    id: Ledger
    purpose: Encrypts the ledger
    users:
      - {role: pay/Reader, account: log-archive, via: [s3], context: {department: 'fin${{a}}nce', in: '{region}', of: 'x-{account}-${{'}}
      - {permission_set: Auditor, account: log-archive, access: [decrypt], via: [ec2, dynamodb]}
      - {account: log-archive, access: [decrypt]}
  - alias: journal
    id: Journal
    purpose: Encrypts the journal
    users:
      - {role: pay/Reader, account: log-archive, via: [ec2]}
      - {account: log-archive, access: [decrypt]}
";

#[test]
fn what_is_written() {
    let artifacts = artifacts(CONFIG, EVERYTHING);
    let path = "cloudformation/production/shop.consumer-210987654321.yaml";
    insta::assert_snapshot!("template", contents(&artifacts, path));
    let mut module = String::new();
    for file in ["main", "variables", "outputs", "versions"] {
        let path = format!("terraform/production/shop.consumer-210987654321/{file}.tf");
        write!(module, "# {file}.tf\n{}\n", contents(&artifacts, &path)).unwrap();
    }
    insta::assert_snapshot!("module", module);
}

#[test]
fn a_large_stack_is_several_policies() {
    let user =
        "{role: Reader, account: \"210987654321\", via: [s3, ec2], context: {department: finance}}";
    let mut text = String::from("keys:\n");
    for number in 0..40 {
        writeln!(
            text,
            "  - {{alias: key{number}, purpose: p, users: [{user}]}}"
        )
        .unwrap();
    }
    let companions = companions(CONFIG, &text);
    let policies = &companions[0].policies;
    assert!(policies.len() > 1, "{}", policies.len());
    assert_eq!(policies[0].name, "RoleReader");
    assert_eq!(policies[1].name, "RoleReaderPart2");
    let mut keys = 0;
    for policy in policies {
        let arns = arns(&companions[0]);
        let document = policy.with_arns(&arns);
        let json = keywright::iam::Tree::from(&document).to_json(&|text| text.to_string());
        assert!(json.to_string().len() <= 6_144);
        keys += resources(&document).len();
    }
    assert_eq!(keys, 40);
}

#[test]
fn only_arns_of_keys_fit() {
    let owner = AccountId::parse(OWNER).unwrap();
    let regions = ["eu-central-1", "eu-west-1", "xx-new-1", "eu-new-9"];
    let regions: Vec<_> = regions.into_iter().filter_map(Region::parse).collect();
    assert_eq!(regions.len(), 3);
    for account in [None, Some(owner)] {
        for count in 0..=regions.len() {
            for first in 0..=regions.len() - count {
                let place = KeyPlace {
                    account: account.clone(),
                    regions: regions[first..first + count].to_vec(),
                };
                for multi_region in [false, true] {
                    let pattern = arn_pattern(&place, multi_region);
                    assert!(is_arn_pattern(&pattern), "{pattern}");
                }
            }
        }
    }
    for other in [
        "^arn:aws:kms:(eu-west-1|.*):[0-9]{12}:key/[A-Za-z0-9-]+$",
        "^arn:.*:kms:eu-west-1:[0-9]{12}:key/[A-Za-z0-9-]+$",
        "^arn:aws:kms:eu-west-1:[0-9]{12}:key/mrk-.*$",
        "^arn:.*$",
        "",
        ".*",
        "^arn:aws[a-z-]*:kms:[a-z0-9-]+:.*:key/[A-Za-z0-9-]+$",
    ] {
        assert!(!is_arn_pattern(other), "{other}");
    }
}

/// What a parameter takes is as narrow as what is known of the keys.
#[test]
fn regions_and_kinds_of_keys_are_in_patterns() {
    let text = "\
region: eu-central-1
keys:
  - alias: orders
    purpose: p
    multi_region: {replicas: [eu-west-1]}
    users: [{permission_set: Support, account: log-archive}]
  - {alias: plain, purpose: p, users: [{permission_set: Support, account: log-archive}]}
";
    let artifacts = artifacts(CONFIG, text);
    let mut patterns = Vec::new();
    for path in ["shop", "shop.eu-west-1"] {
        let path = format!("cloudformation/production/{path}.consumer-210987654321.yaml");
        let lines = contents(&artifacts, &path).lines();
        let told = lines.filter(|line| {
            ["AllowedPattern", "Default"]
                .iter()
                .any(|it| line.contains(it))
        });
        patterns.extend(told.map(str::trim).map(str::to_owned));
    }
    insta::assert_debug_snapshot!("patterns", patterns);
}

/// A stack set makes a key for each account and Region: whoever uses them gives all their ARNs.
const EVERYWHERE: &str = "\
stack_set: {organizational_units: [r-ab12], regions: [eu-central-1, eu-west-1]}
keys:
  - alias: audit
    purpose: Encrypts
    users:
      - {role: Reader, account: \"111122223333\", via: [s3]}
      - {role: Writer, account: log-archive, context: {place: 'x-{region}'}}
      - {permission_set: Auditor, account: log-archive, access: [decrypt]}
  - {alias: more, purpose: p, users: [{permission_set: Auditor, account: log-archive, access: [decrypt]}]}
";

#[test]
fn keys_of_a_stack_set_are_lists() {
    let artifacts = artifacts(CONFIG, EVERYWHERE);
    // The environment's only account is one of many here, and its principals are foreign to all other keys.
    for consumer in ["111122223333", "210987654321"] {
        let path = format!("cloudformation/production/shop.consumer-{consumer}.yaml");
        insta::assert_snapshot!(format!("many_{consumer}"), contents(&artifacts, &path));
    }
    let mut module = String::new();
    for file in ["main", "variables", "versions"] {
        let path = format!("terraform/production/shop.consumer-210987654321/{file}.tf");
        write!(module, "# {file}.tf\n{}\n", contents(&artifacts, &path)).unwrap();
    }
    insta::assert_snapshot!("many_module", module);
}

/// One account alone that a stack set lists is the keys' own.
#[test]
fn a_stack_set_for_one_account_has_an_owner() {
    let spec = |account: &str| {
        let listed = format!("eu-west-1], accounts: [\"{account}\"]");
        EVERYWHERE.replace("eu-west-1]", &listed)
    };
    let consumers = |account| {
        let made = companions(CONFIG, &spec(account)).into_iter();
        let told = made.map(|it| {
            (
                it.consumer.id().to_owned(),
                it.place.account.unwrap().to_string(),
            )
        });
        told.collect::<Vec<_>>()
    };
    let pair = |one: &str, other: &str| (one.to_owned(), other.to_owned());
    assert_eq!(
        consumers("210987654321"),
        [pair("111122223333", "210987654321")]
    );
    assert_eq!(
        consumers("111122223333"),
        [pair("210987654321", "111122223333")]
    );
}

/// Nobody can attach a policy to the service-linked role of another account.
#[test]
fn service_linked_roles_get_none() {
    let role = "role: aws-service-role/autoscaling.amazonaws.com/AWSServiceRoleForAutoScaling";
    for entry in [
        format!("{{{role}, account: log-archive}}"),
        format!("{{{role}, account: log-archive, match: condition}}"),
        format!("{{{role}, organization: o-a1b2c3d4e5}}"),
    ] {
        let project = Project::new();
        project.put("keywright.yaml", CONFIG);
        project.put("specs/shop.yaml", &spec(&entry));
        let ran = project.generate(&[]);
        assert_eq!(ran.status, 0, "{}", ran.told);
        assert!(
            ran.told.contains("warning[service-linked-role-elsewhere]"),
            "{}",
            ran.told
        );
        assert!(
            project
                .output()
                .keys()
                .all(|path| !path.contains("consumer"))
        );
    }
    let own = spec(&format!("{{{role}}}"));
    assert_eq!(companions(CONFIG, &own), []);
}

/// Nothing in a name is taken for words of ours, and parts of one policy are no other's.
#[test]
fn names_of_policies_are_apart() {
    let text =
        spec("{role: in, account: log-archive}, {role: session of, organization: o-a1b2c3d4e5}")
            .replace("session of", "x/in");
    insta::assert_debug_snapshot!("odd_names", names(CONFIG, &text));
    let user = |role| {
        format!(
            "{{role: {role}, account: log-archive, via: [s3, ec2], context: {{department: finance}}}}"
        )
    };
    let mut text = String::from("keys:\n");
    for number in 0..40 {
        let users = [user("Reader"), user("ReaderPart2")].join(", ");
        writeln!(
            text,
            "  - {{alias: key{number}, purpose: p, users: [{users}]}}"
        )
        .unwrap();
    }
    let names = names(CONFIG, &text);
    let mut unique = names[0].1.clone();
    unique.dedup();
    assert!(unique.len() >= 4 && unique == names[0].1, "{names:?}");
}

#[test]
fn names_that_are_cut_stay_apart() {
    let text = |stack: &str| {
        let user = "{permission_set: Support, account: log-archive}";
        format!("stack: {stack}\n{}", spec(user))
    };
    let named = |stack: String| {
        let companions = companions(CONFIG, &text(&stack));
        companions[0].policies[0].policy_name.clone().unwrap()
    };
    let one = named(format!("a{}", "x".repeat(120)));
    let other = named(format!("b{}", "x".repeat(120)));
    assert_eq!((one.len(), other.len()), (128, 128));
    assert_ne!(one, other);
    assert!(one.ends_with("x-production-Support"), "{one}");
}

/// CloudFormation takes 200 outputs.
#[test]
fn too_many_principals_are_told() {
    let users: Vec<_> = (0..201)
        .map(|number| format!("{{role: r{number}, account: log-archive}}"))
        .collect();
    let text = spec(&users.join(", "));
    let made = generate(Some(CONFIG), &[("specs/shop.yaml", &text)], |_| ());
    let problems = format!("{:?}", made.unwrap_err());
    assert!(problems.contains("companion-too-large"), "{problems}");
    let text = spec(&users[1..].join(", "));
    assert_eq!(companions(CONFIG, &text)[0].policies.len(), 200);
}

/// A workspace's own template cannot open what the program closes.
#[test]
fn tampered_templates_are_refused() {
    let changes = [
        (
            "cloudformation/companion.yaml",
            "AllowedPattern: {{ key.pattern }}",
            "AllowedPattern: \".*\"",
        ),
        (
            "cloudformation/companion.yaml",
            "Type: CommaDelimitedList",
            "Type: List<Number>",
        ),
        (
            "terraform/companion_variables.tf",
            "regex({{ key.pattern }}, arn)",
            "regex(\".*\", arn)",
        ),
        (
            "terraform/companion_variables.tf",
            "alltrue([for arn in var.{{ key.input | identifier }} :",
            "alltrue([for arn in [] :",
        ),
        (
            "terraform/companion_variables.tf",
            "{% if key.is_list %}list(string)",
            "{% if key.is_list %}any",
        ),
        (
            "cloudformation/companion.yaml",
            "    AllowedPattern: {{ key.pattern }}\n",
            "    AllowedPattern: {{ key.pattern }}\n    Default: \"*\"\n",
        ),
        (
            "cloudformation/companion.yaml",
            "policy.document | indented(by=8)",
            "policy.document | replace(from='kms:Decrypt', to=('kms:*' | safe)) | indented(by=8) | safe",
        ),
        (
            "cloudformation/companion.yaml",
            "policy.document | indented(by=8)",
            "policy.document | replace(from='!Ref AuditKeyArn', to=('\"*\"' | safe)) | indented(by=8) | safe",
        ),
        (
            "cloudformation/companion.yaml",
            "policy.document | indented(by=8)",
            "policy.document | replace(from='!Split [\":\", !Ref AuditKeyArn]', to=('[a, b, c, !Ref AWS::Region]' | safe)) | indented(by=8) | safe",
        ),
        (
            "cloudformation/companion.yaml",
            "AWS::IAM::ManagedPolicy",
            "AWS::IAM::Policy",
        ),
        (
            "terraform/companion_main.tf",
            "policy.document | indented(by=2)",
            "policy.document | replace(from='kms:Decrypt', to=('kms:*' | safe)) | indented(by=2) | safe",
        ),
        (
            "terraform/companion_main.tf",
            "policy.document | indented(by=2)",
            "policy.document | replace(from='var.audit_key_arn', to=('\"*\"' | safe)) | indented(by=2) | safe",
        ),
        (
            "terraform/companion_main.tf",
            "resource \"aws_iam_policy\" \"",
            "resource \"aws_iam_policy\" \"x_",
        ),
        (
            "terraform/companion_variables.tf",
            "regex({{ key.pattern }}, var",
            "regex(\".*\", var",
        ),
        (
            "terraform/companion_variables.tf",
            "  description = {{ key.description }}",
            "  default = \"*\"\n  description = {{ key.description }}",
        ),
    ];
    changes.into_iter().for_each(|(name, from, to)| {
        let project = Project::new();
        let text = spec("{role: Reader, account: \"210987654321\", via: [s3]}");
        project.put("specs/shop.yaml", &text);
        if [from, to]
            .iter()
            .any(|it| it.contains("arn)") || it.contains("ist"))
            || from.contains("alltrue")
        {
            project.put("specs/shop.yaml", &format!("{SET}{text}"));
        }
        let place = format!("{}/templates/{name}.tera", env!("CARGO_MANIFEST_DIR"));
        let builtin = std::fs::read_to_string(place).unwrap();
        assert_eq!(builtin.matches(from).count(), 1, "{from}");
        project.put(
            &format!("templates/{name}.tera"),
            &builtin.replace(from, to),
        );
        let ran = project.generate(&[]);
        assert_eq!(ran.status, 2, "{name}: {to}\n{}", ran.told);
        assert!(project.output().is_empty());
    });
}

/// Files come, are checked and go as all others do.
#[test]
fn files_are_like_all_others() {
    let project = Project::new();
    project.put(
        "specs/shop.yaml",
        &spec("{role: Reader, account: \"210987654321\"}"),
    );
    project.generated();
    let path = "output/cloudformation/production/shop.consumer-210987654321.yaml";
    let text = project.get(path);
    assert!(
        text.starts_with("# Generated by keywright from specs/shop.yaml."),
        "{text}"
    );
    project.put(path, &text.replace("kms:Decrypt", "kms:*"));
    assert_eq!(project.generate(&["--check"]).status, 1);
    assert_eq!(project.generate(&[]).status, 1);
    assert_eq!(project.generate(&["--force"]).status, 0);
    assert_eq!(project.get(path), text);
    project.put("specs/shop.yaml", &spec("{role: Reader}"));
    assert_eq!(project.generate(&[]).status, 1);
    assert!(project.place(path).exists());
    assert_eq!(project.generate(&["--check"]).status, 1);
    assert_eq!(project.generate(&["--prune"]).status, 0);
    assert!(!project.place(path).exists());
    assert!(
        project
            .output()
            .keys()
            .all(|path| !path.contains("consumer"))
    );
}

fn arn(name: &str) -> String {
    format!("arn:aws:kms:{REGION}:{OWNER}:key/{KEY_ID}-{name}")
}

fn arns(companion: &Companion) -> BTreeMap<&str, String> {
    let keys = companion.keys.iter();
    keys.map(|key| (key.name.as_str(), arn(&key.name)))
        .collect()
}

fn resources(document: &PolicyDocument) -> Vec<&Text> {
    let statements = document.statements.iter();
    let clauses = statements.flat_map(|statement| &statement.resource);
    let mut texts: Vec<_> = clauses.flat_map(|clause| &clause.value).collect();
    texts.sort_unstable();
    texts.dedup();
    texts
}

/// A principal that a policy is for.
fn caller(who: &str, consumer: &Consumer) -> Caller {
    let account = match consumer {
        Consumer::Account(id) => id.as_str(),
        Consumer::Organization(_) => "777788889999",
    };
    let who = who.split(" in ").next().unwrap();
    let arn = match who.rsplit_once(' ') {
        Some(("role", path)) => format!("arn:aws:iam::{account}:role/{path}"),
        Some(("user", path)) => format!("arn:aws:iam::{account}:user/{path}"),
        Some(("permission set", name)) => format!(
            "arn:aws:iam::{account}:role/aws-reserved/sso.amazonaws.com/{REGION}/AWSReservedSSO_{name}_0123456789abcdef"
        ),
        Some(("account" | "organization" | "organizational unit", _)) => {
            format!("arn:aws:iam::{account}:role/Somebody")
        }
        other => panic!("{other:?}"),
    };
    Caller::parse(&arn).unwrap_or_else(|problem| panic!("{arn}: {problem:?}"))
}

/// A context in which the conditions of a statement hold.
fn context(statement: Option<&Statement>) -> Context {
    let mut context = Context::new();
    let conditions = statement.into_iter().flat_map(|it| it.conditions.values());
    for (key, values) in conditions.flat_map(SortedMap::iter) {
        let value = values[0].as_literal().unwrap().replace("${$}", "$");
        context.insert(key, vec![value]);
    }
    context.insert("aws:PrincipalOrgID", vec!["o-a1b2c3d4e5".to_owned()]);
    let path = "o-a1b2c3d4e5/r-ab12/ou-ab12-11111111/".to_owned();
    context.insert("aws:PrincipalOrgPaths", vec![path]);
    context
}

fn everything_of_kms() -> PolicyDocument {
    let mut statement = Statement::allow("", keywright::iam::Principals::Anyone, ["kms:*"]);
    statement.principal = None;
    statement.resource = Some(Clause::is(vec![Text::literal("*")]));
    PolicyDocument::canonical(None, vec![statement])
}

fn outcome(
    key: &Key,
    policy: &PolicyDocument,
    caller: &Caller,
    action: &str,
    context: &Context,
    identity_policies: &[PolicyDocument],
) -> Outcome {
    let request = AccessRequest {
        place: Place {
            account: AccountId::parse(OWNER),
            region: Some(REGION.to_owned()),
            key_id: Some(format!("{KEY_ID}-{}", key.name)),
        },
        caller: caller.clone(),
        action: format!("kms:{action}"),
        context: context.clone(),
        identity_policies: identity_policies.to_vec(),
    };
    decide(policy, &request).outcome
}

/// Both halves together give what the key policy gives to somebody whom the other account lets do everything, each
/// alone gives nothing, and on another key they give nothing.
fn judge(keys: &[Key], companions: &[Companion]) {
    let nothing = PolicyDocument::canonical(None, Vec::new());
    let anyone = PolicyDocument::canonical(
        None,
        vec![Statement::allow(
            "",
            keywright::iam::Principals::everyone(),
            ["kms:*"],
        )],
    );
    let mut allowed = 0;
    for companion in companions {
        let arns = arns(companion);
        let documents: Vec<_> = companion
            .policies
            .iter()
            .map(|it| it.with_arns(&arns))
            .collect();
        // What stands for everyone of the account or organization is everybody's.
        let common = companion
            .policies
            .iter()
            .zip(&documents)
            .filter(|(policy, _)| {
                ["account ", "organization ", "organizational unit "]
                    .iter()
                    .any(|kind| policy.who.starts_with(kind))
            });
        let common: Vec<_> = common.map(|(_, document)| document.clone()).collect();
        for (policy, document) in companion.policies.iter().zip(&documents) {
            let caller = caller(&policy.who, &companion.consumer);
            let mut own = common.clone();
            own.push(document.clone());
            let statements = documents.iter().flat_map(|document| &document.statements);
            let mut contexts = vec![context(None)];
            contexts.extend(statements.map(|statement| context(Some(statement))));
            contexts.dedup();
            for key in keys {
                for action in ACTIONS
                    .iter()
                    .filter(|it| it.effective_in_key_policy == Some(true))
                {
                    for context in &contexts {
                        let ask = |policy: &PolicyDocument, identity: &[PolicyDocument]| {
                            outcome(key, policy, &caller, action.name, context, identity)
                        };
                        let wanted = ask(&key.policy, &[everything_of_kms()]);
                        let both = ask(&key.policy, &own);
                        assert_eq!(
                            both == Outcome::Allow,
                            wanted == Outcome::Allow,
                            "{} {} {context:?}\n{}\n{document}",
                            policy.who,
                            action.name,
                            key.policy
                        );
                        allowed += usize::from(both == Outcome::Allow);
                        assert_ne!(ask(&key.policy, &[]), Outcome::Allow, "without companion");
                        assert_ne!(ask(&nothing, &own), Outcome::Allow, "without key policy");
                        let foreign = Key {
                            name: "Foreign".to_owned(),
                            ..key.clone()
                        };
                        let elsewhere =
                            outcome(&foreign, &anyone, &caller, action.name, context, &own);
                        assert_ne!(elsewhere, Outcome::Allow, "another key");
                    }
                }
            }
        }
    }
    let policies: usize = companions
        .iter()
        .map(|companion| companion.policies.len())
        .sum();
    assert!(allowed >= policies, "{allowed} of {policies}");
}

fn judged(text: &str) {
    let made = generate(Some(CONFIG), &[("specs/shop.yaml", text)], |generated| {
        let compiled = &generated.stacks[0];
        judge(&compiled.stack.keys, &compiled.companions);
    });
    made.unwrap_or_else(|problems| panic!("{text}{problems:?}"));
}

#[test]
fn both_halves_are_the_access() {
    judged(EVERYTHING);
    judged(&spec("{organization: o-a1b2c3d4e5, access: [decrypt]}"));
    judged(&spec(
        "{organizational_unit: o-a1b2c3d4e5/r-ab12/ou-ab12-11111111, via: [s3]}",
    ));
    judged(&spec("{role: team/FooBar, organization: o-a1b2c3d4e5}"));
    judged(
        "keys: [{alias: s, purpose: p, key_spec: RSA_3072, key_usage: SIGN_VERIFY, users: [{role: Verifier, account: log-archive, access: [verify]}]}]\n",
    );
}

proptest! {
    #![proptest_config(config(24))]

    #[test]
    fn both_halves_are_the_access_whatever_the_spec(keys in vec(arbitrary::key(), 1..3)) {
        judged(&arbitrary::spec(&keys, "shop", "production", arbitrary::Order::Forwards));
    }
}

/// Parts of the key's ARN are the key's, wherever the policy itself is deployed.
#[test]
fn parts_are_those_of_the_key() {
    let companions = companions(CONFIG, EVERYTHING);
    let arns = BTreeMap::from([
        (
            "Ledger",
            "arn:aws-cn:kms:cn-north-1:999988887777:key/a".to_owned(),
        ),
        (
            "Journal",
            "arn:aws:kms:eu-west-1:999988887777:key/b".to_owned(),
        ),
    ]);
    let policies = companions[0].policies.iter();
    let documents: Vec<_> = policies.map(|policy| policy.with_arns(&arns)).collect();
    let text: String = documents.iter().map(ToString::to_string).collect();
    for part in [
        "s3.cn-north-1.amazonaws.com",
        "x-999988887777-",
        "ec2.eu-west-1.amazonaws.com",
    ] {
        assert!(text.contains(part), "{part}: {text}");
    }
    assert!(
        documents
            .iter()
            .flat_map(PolicyDocument::texts)
            .all(|text| {
                !Variable::ALL
                    .into_iter()
                    .any(|variable| text.uses(variable))
            })
    );
}
