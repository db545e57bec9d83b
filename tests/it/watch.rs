//! Rules, alarms and parameters beside keys: off by default, the same in both targets, and proven like keys.

use std::fmt::Write as _;

use indoc::indoc;

use crate::project::Project;

const SPEC: &str = indoc! {"
    watch: {topic: kms-alerts}
    parameters: {path: '/kms/{environment}'}
    metric_alarm: {log_group: trail}
    keys:
      - alias: pay/ledger
        purpose: Encrypts the ledger
      - alias: pay/bank
        purpose: Encrypts what the bank sends
        origin: external
"};

const CFN: &str = "cloudformation/production/pay.yaml";
const TF: &str = "terraform/production/pay/main.tf";

fn project(spec: &str) -> Project {
    let project = Project::new();
    project.put("specs/pay.yaml", spec);
    project
}

/// What stands beside the keys, from the first of its resources on.
fn beside(text: &str, starts: &[&str]) -> String {
    let lines = text.split_inclusive('\n');
    let blocks = lines.skip_while(|line| !starts.iter().any(|start| line.contains(start)));
    blocks.collect()
}

#[test]
fn both_targets() {
    let project = project(SPEC);
    project.generated();
    let output = project.output();
    let mut shown = beside(&output[CFN], &["  Watch1:"]);
    shown.push_str(&beside(
        &output[TF],
        &["aws_cloudwatch_event_rule\" \"watch_1\""],
    ));
    insta::assert_snapshot!(shown);
    for (path, name) in [
        (CFN, "Name: /kms/production/pay/ledger/arn"),
        (TF, "\"/kms/production/pay/ledger/arn\""),
    ] {
        assert!(output[path].contains(name), "{path}");
    }
}

#[test]
fn nothing_unless_asked_for() {
    let plain = "keys:\n  - {alias: pay/ledger, purpose: Encrypts the ledger}\n";
    let project = project(plain);
    project.generated();
    let before = project.output();
    assert!(
        before
            .values()
            .all(|text| !text.contains("Watch") && !text.contains("ssm"))
    );
    project.put("keywright.yaml", "watch: {topic: kms-alerts}\n");
    project.put("specs/pay.yaml", &format!("watch: false\n{plain}"));
    project.generated();
    assert_eq!(project.output(), before);
    project.put("specs/pay.yaml", plain);
    project.generated();
    assert!(project.output()[CFN].contains("Watch1"));
}

#[test]
fn each_region_watches_its_own_keys() {
    let project = project(indoc! {"
        watch: {topic: kms-alerts}
        keys:
          - alias: pay/ledger
            purpose: Encrypts the ledger
            multi_region: {replicas: [eu-west-1]}
    "});
    project.generated();
    let output = project.output();
    for path in [CFN, "cloudformation/production/pay.eu-west-1.yaml"] {
        assert!(
            output[path].contains("- !GetAtt PayLedgerKey.Arn\n      Targets"),
            "{path}"
        );
    }
    let module = &output["terraform/production/pay.eu-west-1/main.tf"];
    assert!(
        module.contains("aws_kms_replica_key.pay_ledger.arn,"),
        "{module}"
    );
}

/// With many keys there are several rules, each within EventBridge's limit, and every key is in exactly one.
#[test]
fn many_keys_make_several_rules() {
    let mut spec = String::from("watch: {topic: kms-alerts}\nkeys:\n");
    for number in 0..100 {
        writeln!(spec, "  - {{alias: many/key{number}, purpose: Encrypts}}").unwrap();
    }
    let project = project(&spec);
    project.generated();
    let text = &project.output()[CFN];
    let rules: Vec<&str> = text
        .split("    Type: AWS::Events::Rule\n")
        .skip(1)
        .collect();
    assert!(rules.len() > 1);
    let mut watched = Vec::new();
    for rule in rules {
        let pattern = rule.split("      Targets:").next().unwrap();
        let keys: Vec<_> = pattern.matches("!GetAtt ManyKey").collect();
        // The longest ARN of a key of a single Region, with quotes and a comma.
        let longest = "\"arn:aws-us-gov:kms:ap-northeast-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab\",";
        assert!(300 + keys.len() * longest.len() <= 2048, "{}", keys.len());
        let names = pattern
            .split("!GetAtt ")
            .skip(1)
            .map(|rest| rest.split('.').next().unwrap());
        watched.extend(names.map(str::to_owned));
    }
    assert_eq!(watched.len(), 100);
    watched.sort();
    watched.dedup();
    assert_eq!(watched.len(), 100);
}

/// A topic of another account takes a role, which stands at every target; the alarm takes none.
#[test]
fn a_central_topic_takes_a_role() {
    let central = "arn:{partition}:sns:{region}:999988887777:central";
    let arn = "arn:{partition}:iam::{account}:role/alerts/Events";
    for role in ["alerts/Events", arn] {
        let watch = format!("watch: {{topic: '{central}', role: '{role}'}}");
        let project = project(&SPEC.replace("watch: {topic: kms-alerts}", &watch));
        project.generated();
        let output = project.output();
        let in_template = "          RoleArn: !Sub \"arn:${AWS::Partition}:iam::${AWS::AccountId}:role/alerts/Events\"\n";
        let in_module = "  role_arn  = \"arn:${local.partition}:iam::${local.account_id}:role/alerts/Events\"\n";
        for (path, line) in [(CFN, in_template), (TF, in_module)] {
            assert_eq!(output[path].matches(line).count(), 2, "{}", output[path]);
        }
    }
    // The only account of the environment is the keys' own; of a stack set it is one of many.
    let config = "environments: {production: {accounts: ['111122223333']}}\n";
    let own = "watch: {topic: 'arn:aws:sns:eu-central-1:111122223333:kms-alerts'}\n\
               keys: [{alias: pay, purpose: Encrypts}]\n";
    let project = project(own);
    project.put("keywright.yaml", config);
    project.generated();
    let set = "stack_set: {organizational_units: [r-ab12], regions: [eu-central-1]}\n";
    project.put("specs/pay.yaml", &format!("{set}{own}"));
    let ran = project.generate(&[]);
    assert_eq!(ran.status, 2);
    assert!(
        ran.told.contains("topic-of-another-account"),
        "{}",
        ran.told
    );
}

/// Names clash where both can be deployed: in the same Region, or one that is not known.
#[test]
fn what_is_in_another_region_does_not_clash() {
    let project = Project::new();
    let spec = |region: &str, alias: &str| {
        format!(
            "{region}parameters: {{path: /kms}}\nmetric_alarm: {{log_group: trail, topic: alerts}}\n\
             keys: [{{alias: '{alias}', id: {}, purpose: Encrypts}}]\n",
            alias.split('-').next().unwrap()
        )
    };
    project.put(
        "specs/one.yaml",
        &spec("region: eu-central-1\n", "orders-{region}"),
    );
    project.put(
        "specs/two.yaml",
        &spec("region: us-east-1\n", "orders-{region}"),
    );
    let ran = project.generate(&[]);
    assert_eq!(
        (ran.status, ran.told.contains("warning")),
        (0, false),
        "{}",
        ran.told
    );
    // A Region that nobody names can be either.
    project.put("specs/two.yaml", &spec("", "orders-{region}"));
    let ran = project.generate(&[]);
    assert_eq!(ran.status, 2);
    for code in ["error[duplicate-alias]", "warning[duplicate-alarm]"] {
        assert_eq!(ran.told.matches(code).count(), 1, "{}", ran.told);
    }
}

/// Template, what stands there, what takes its place.
const REFUSED: &[(&str, &str, &str)] = &[
    (
        "cloudformation/rule.yaml",
        "[AWS API Call via CloudTrail]",
        "[AWS Console Sign In via CloudTrail]",
    ),
    (
        "cloudformation/rule.yaml",
        "Arn: {{ rule.topic }}",
        "Arn: !Sub \"arn:${AWS::Partition}:sns:${AWS::Region}:${AWS::AccountId}:other\"",
    ),
    (
        "cloudformation/rule.yaml",
        "{%- for call in rule.calls %}",
        "{%- for call in [\"DisableKey\"] %}",
    ),
    (
        "cloudformation/stack.yaml",
        "{%- for rule in stack.rules %}",
        "{%- for rule in [] %}",
    ),
    (
        "cloudformation/parameter.yaml",
        "{{ key.parameter.name }}",
        "/kms/other",
    ),
    ("cloudformation/parameter.yaml", ".Arn", ".KeyId"),
    (
        "cloudformation/alarm.yaml",
        "{{ alarm.pattern }}",
        "\"{$.eventName=DisableKey}\"",
    ),
    (
        "cloudformation/rule.yaml",
        "RoleArn: {{ rule.role }}",
        "RoleArn: !Sub \"arn:${AWS::Partition}:iam::${AWS::AccountId}:role/Other\"",
    ),
    (
        "cloudformation/rule.yaml",
        "{%- if rule.role %}",
        "{%- if false %}",
    ),
    (
        "terraform/rule.tf",
        "{%- if rule.role %}",
        "{%- if false %}",
    ),
    (
        "terraform/rule.tf",
        "[\"AWS API Call via CloudTrail\"]",
        "[\"AWS Console Sign In via CloudTrail\"]",
    ),
    (
        "terraform/rule.tf",
        "arn = {{ rule.topic }}",
        "arn = \"arn:aws:sns:eu-west-1:111122223333:other\"",
    ),
    (
        "terraform/rule.tf",
        "{%- for call in rule.calls %}",
        "{%- for call in [\"DisableKey\"] %}",
    ),
    (
        "terraform/main.tf",
        "{%- for rule in module.rules %}",
        "{%- for rule in [] %}",
    ),
    (
        "terraform/parameter.tf",
        "{{ key.parameter.name }}",
        "\"/kms/other\"",
    ),
    (
        "terraform/alarm.tf",
        "{{ alarm.pattern }}",
        "\"{$.eventName=DisableKey}\"",
    ),
];

#[test]
fn a_template_that_says_something_else_is_refused() {
    for (name, from, to) in REFUSED {
        let spec = SPEC.replace("alerts}", "alerts, role: Events}");
        let project = project(&spec);
        let path = format!("{}/templates/{name}.tera", env!("CARGO_MANIFEST_DIR"));
        let text = std::fs::read_to_string(path).unwrap();
        assert_eq!(text.matches(from).count(), 1, "{name}: {from}");
        project.put(&format!("templates/{name}.tera"), &text.replace(from, to));
        let ran = project.generate(&[]);
        assert_eq!(ran.status, 2, "{name}: {to}\n{}", ran.told);
        assert!(
            ran.told.contains("means") || ran.told.contains("resolved"),
            "{name}: {to}\n{}",
            ran.told
        );
        assert!(project.output().is_empty(), "{name}: {to}");
    }
}
