//! The proof against a workspace's own templates: whatever they print is what the specs mean, or nothing is written.

use rayon::prelude::*;

use crate::project::Project;

const SPEC: &str =
    "keys:\n  - alias: ledger\n    purpose: Encrypts the ledger\n    users: [{role: Teller}]\n";
const OTHER: &str = "cloudformation/stack.yaml";

fn project() -> Project {
    let project = Project::new();
    project.put("specs/pay.yaml", SPEC);
    project
}

fn builtin(name: &str) -> String {
    let path = format!("{}/templates/{name}.tera", env!("CARGO_MANIFEST_DIR"));
    std::fs::read_to_string(path).unwrap()
}

/// A workspace in which one text of a built-in template is another.
fn changed(name: &str, from: &str, to: &str) -> Project {
    let project = project();
    let text = builtin(name);
    assert_eq!(text.matches(from).count(), 1, "{from}");
    project.put(&format!("templates/{name}.tera"), &text.replace(from, to));
    project
}

/// The message of a refusal, after a look that nothing was written.
fn refused(project: &Project) -> String {
    let ran = project.generate(&[]);
    assert_eq!(ran.status, 2, "{}", ran.told);
    assert!(project.output().is_empty(), "{:?}", project.output().keys());
    ran.told
}

const KEY: &str = "cloudformation/key.yaml";
const ALIAS: &str = "cloudformation/alias.yaml";
const STACK: &str = "cloudformation/stack.yaml";
const TF_KEY: &str = "terraform/key.tf";
const TF_ALIAS: &str = "terraform/alias.tf";
const TF_MAIN: &str = "terraform/main.tf";
const TF_VERSIONS: &str = "terraform/versions.tf";

const CFN_PROPERTIES: &str = "      EnableKeyRotation: true\n";
const CFN_POLICY: &str = "        {{ key.policy | indented(by=8) }}\n";
const CFN_TAGS: &str = "      Tags:\n";
const TF_PROPERTIES: &str = "  enable_key_rotation = true\n";
const TF_POLICY: &str = "jsonencode({{ key.policy | indented(by=2) }})";
const TF_END: &str = "  }\n{%- endif %}\n}";
const CFN_RESOURCES: &str = "Resources:\n";
const TF_START: &str = "{%- for data_source in module.data_sources %}\ndata";

/// Name, template, what stands there, what takes its place.
type Case = (&'static str, &'static str, &'static str, &'static str);

const REFUSED: &[Case] = &[
    (
        "an action changes",
        KEY,
        "key.policy | indented(by=8)",
        "key.policy | replace(from='kms:Encrypt', to=('kms:*' | safe)) | indented(by=8) | safe",
    ),
    (
        "another principal",
        KEY,
        "key.policy | indented(by=8)",
        "key.policy | replace(from='role/Teller', to=('role/Tellers' | safe)) | indented(by=8) | safe",
    ),
    (
        "a principal is added",
        TF_KEY,
        "key.policy | indented(by=2)",
        "key.policy | replace(from=`\"arn:${local.partition}:iam::${local.account_id}:role/Teller\"`, to=(`[\"*\", \"arn:${local.partition}:iam::${local.account_id}:role/Teller\"]` | safe)) | indented(by=2) | safe",
    ),
    ("no rotation", KEY, CFN_PROPERTIES, ""),
    ("no rotation in Terraform", TF_KEY, TF_PROPERTIES, ""),
    (
        "no deletion policy",
        KEY,
        "    DeletionPolicy: {{ key.deletion_policy | identifier }}\n",
        "",
    ),
    (
        "no deletion policies",
        KEY,
        "    DeletionPolicy: {{ key.deletion_policy | identifier }}\n    UpdateReplacePolicy: {{ key.deletion_policy | identifier }}\n",
        "",
    ),
    (
        "snapshot as deletion policy",
        KEY,
        "    DeletionPolicy: {{ key.deletion_policy | identifier }}\n",
        "    DeletionPolicy: Snapshot\n",
    ),
    (
        "a tag on a deletion policy",
        KEY,
        "    DeletionPolicy: {{",
        "    DeletionPolicy: !Ref {{",
    ),
    (
        "a deletion policy that is no text",
        KEY,
        "    DeletionPolicy: {{ key.deletion_policy | identifier }}\n",
        "    DeletionPolicy: [Retain]\n",
    ),
    (
        "no prevent_destroy",
        TF_KEY,
        "prevent_destroy = true",
        "prevent_destroy = false",
    ),
    (
        "no lifecycle",
        TF_KEY,
        "{%- if key.prevent_destroy %}",
        "{%- if false %}",
    ),
    (
        "another description",
        KEY,
        "{{ key.description }}",
        "{{ key.description | upper }}",
    ),
    (
        "another description in Terraform",
        TF_KEY,
        "{{ key.description }}",
        "{{ key.description | upper }}",
    ),
    (
        "no alias",
        STACK,
        "{% include \"cloudformation/alias.yaml\" %}",
        "",
    ),
    (
        "no alias in Terraform",
        TF_MAIN,
        "{% include \"terraform/alias.tf\" %}",
        "",
    ),
    ("another alias", ALIAS, "{{ alias.name }}", "alias/other"),
    (
        "another target",
        ALIAS,
        "!Ref {{ key.resource | identifier }}",
        "!Ref OtherKey",
    ),
    (
        "a target elsewhere",
        TF_ALIAS,
        "{{ key.type | identifier }}.{{ key.resource | identifier }}.{{ key.id_attribute | identifier }}",
        "\"1234abcd-12ab-34cd-56ef-1234567890ab\"",
    ),
    (
        "another resource for the alias",
        ALIAS,
        "{{ alias.resource | identifier }}",
        "{{ alias.resource | identifier }}2",
    ),
    (
        "a second key",
        STACK,
        CFN_RESOURCES,
        "Resources:\n  Second:\n    Type: AWS::KMS::Key\n    Properties: {KeyPolicy: {Version: \"2012-10-17\", Statement: []}}\n",
    ),
    (
        "a second key in Terraform",
        TF_MAIN,
        TF_START,
        "resource \"aws_kms_key\" \"second\" {\n  policy = jsonencode({ Version = \"2012-10-17\", Statement = [] })\n}\n{%- for data_source in module.data_sources %}\ndata",
    ),
    (
        "a replica",
        STACK,
        CFN_RESOURCES,
        "Resources:\n  Replica:\n    Type: AWS::KMS::ReplicaKey\n    Properties: {}\n",
    ),
    (
        "a grant",
        TF_MAIN,
        TF_START,
        "resource \"aws_kms_grant\" \"back_door\" {\n}\n{%- for data_source in module.data_sources %}\ndata",
    ),
    (
        "a key policy of its own",
        TF_VERSIONS,
        "terraform {",
        "resource \"aws_kms_key_policy\" \"ledger\" {\n}\nterraform {",
    ),
    (
        "no lockout safety check",
        KEY,
        CFN_PROPERTIES,
        "      EnableKeyRotation: true\n      BypassPolicyLockoutSafetyCheck: true\n",
    ),
    (
        "no lockout safety check in Terraform",
        TF_KEY,
        TF_PROPERTIES,
        "  enable_key_rotation = true\n  bypass_policy_lockout_safety_check = true\n",
    ),
    (
        "ignore_changes",
        TF_KEY,
        "prevent_destroy = true",
        "prevent_destroy = true\n    ignore_changes = [policy]",
    ),
    (
        "count",
        TF_KEY,
        TF_PROPERTIES,
        "  count = 0\n  enable_key_rotation = true\n",
    ),
    (
        "provider",
        TF_KEY,
        TF_PROPERTIES,
        "  provider = aws.other\n  enable_key_rotation = true\n",
    ),
    (
        "provider of an alias",
        TF_ALIAS,
        "  name =",
        "  provider = aws.other\n  name =",
    ),
    (
        "a data source with arguments",
        TF_MAIN,
        "\"current\" {}",
        "\"current\" {\n  provider = aws.other\n}",
    ),
    (
        "another local",
        TF_MAIN,
        "data.{{ lookup.data_source | identifier }}.current.{{ lookup.attribute | identifier }}",
        "\"210987654321\"",
    ),
    (
        "a local twice",
        TF_VERSIONS,
        "terraform {",
        "locals {\n  account_id = \"210987654321\"\n}\nterraform {",
    ),
    (
        "Condition",
        KEY,
        "    Type: AWS::KMS::{{ key.type | identifier }}\n",
        "    Type: AWS::KMS::{{ key.type | identifier }}\n    Condition: Never\n",
    ),
    (
        "CreationPolicy",
        KEY,
        "    Type: AWS::KMS::{{ key.type | identifier }}\n",
        "    Type: AWS::KMS::{{ key.type | identifier }}\n    UpdatePolicy: {}\n",
    ),
    (
        "Transform",
        STACK,
        CFN_RESOURCES,
        "Transform: AWS::LanguageExtensions\nResources:\n",
    ),
    (
        "Fn::Transform among the resources",
        STACK,
        CFN_RESOURCES,
        "Resources:\n  Fn::Transform: {Type: Include, Name: AWS::Include, Parameters: {Location: s3://bucket/x.yaml}}\n",
    ),
    (
        "a module",
        TF_MAIN,
        TF_START,
        "module \"keys\" {\n  source = \"./keys\"\n}\n{%- for data_source in module.data_sources %}\ndata",
    ),
    (
        "a nested stack",
        STACK,
        CFN_RESOURCES,
        "Resources:\n  Nested:\n    Type: AWS::CloudFormation::Stack\n    Properties: {TemplateURL: https://example.com/x.yaml}\n",
    ),
    (
        "a module of CloudFormation",
        STACK,
        CFN_RESOURCES,
        "Resources:\n  Module:\n    Type: My::KMS::Key::MODULE\n",
    ),
    (
        "a nested stack in Terraform",
        TF_MAIN,
        TF_START,
        "resource \"aws_cloudformation_stack\" \"keys\" {\n}\n{%- for data_source in module.data_sources %}\ndata",
    ),
    (
        "a fixed account",
        KEY,
        "key.policy | indented(by=8)",
        "key.policy | replace(from='${AWS::AccountId}', to=('210987654321' | safe)) | indented(by=8) | safe",
    ),
    (
        "a fixed account in Terraform",
        TF_KEY,
        "key.policy | indented(by=2)",
        "key.policy | replace(from='${local.account_id}', to=('210987654321' | safe)) | indented(by=2) | safe",
    ),
    (
        "a key twice in YAML",
        KEY,
        CFN_PROPERTIES,
        "      EnableKeyRotation: false\n      EnableKeyRotation: true\n",
    ),
    (
        "a key twice in HCL",
        TF_KEY,
        TF_POLICY,
        "jsonencode({\n    Version = \"2008-10-17\"\n    \"Version\" = \"2012-10-17\"\n    Statement = []\n  })",
    ),
    (
        "an attribute twice in HCL",
        TF_KEY,
        TF_PROPERTIES,
        "  enable_key_rotation = false\n  enable_key_rotation = true\n",
    ),
    (
        "a heredoc",
        TF_KEY,
        TF_POLICY,
        "<<POLICY\n{\"Version\": \"2012-10-17\", \"Statement\": []}\nPOLICY\n",
    ),
    (
        "a policy from elsewhere",
        TF_KEY,
        TF_POLICY,
        "file(\"policy.json\")",
    ),
    (
        "jsonencode of a conditional",
        TF_KEY,
        TF_POLICY,
        "jsonencode(true ? { Version = \"2012-10-17\" } : {})",
    ),
    (
        "a merged policy",
        TF_KEY,
        TF_POLICY,
        "jsonencode(merge({{ key.policy | indented(by=2) }}, { Statement = [] }))",
    ),
    (
        "Fn::If",
        KEY,
        CFN_PROPERTIES,
        "      EnableKeyRotation: {\"Fn::If\": [Never, true, false]}\n",
    ),
    (
        "!If",
        KEY,
        CFN_PROPERTIES,
        "      EnableKeyRotation: !If [Never, true, false]\n",
    ),
    (
        "a parameter",
        KEY,
        CFN_PROPERTIES,
        "      EnableKeyRotation: !Ref Rotation\n",
    ),
    (
        "no value",
        KEY,
        CFN_PROPERTIES,
        "      EnableKeyRotation: !Ref AWS::NoValue\n",
    ),
    (
        "no policy",
        TF_KEY,
        "  policy = jsonencode({{ key.policy | indented(by=2) }})\n",
        "",
    ),
    (
        "a policy as text",
        KEY,
        CFN_POLICY,
        "        '{\"Version\": \"2012-10-17\", \"Statement\": []}'\n",
    ),
    (
        "a tag twice",
        KEY,
        CFN_TAGS,
        "      Tags:\n        - {Key: \"keywright:key\", Value: Other}\n",
    ),
    (
        "no tags",
        TF_KEY,
        "    {{ tag.key }} = {{ tag.value }}\n",
        "",
    ),
    (
        "a directive in a string",
        TF_KEY,
        "{{ key.description }}",
        "\"%{ if true }Encrypts the ledger%{ endif }\"",
    ),
    (
        "a text that YAML 1.1 splits",
        KEY,
        "{{ key.description }}",
        "\"Encrypts the\u{2028}ledger\"",
    ),
    (
        "another prefix for tags",
        STACK,
        "AWSTemplateFormatVersion: \"2010-09-09\"",
        "%TAG ! tag:example.com,2000:\n---\nAWSTemplateFormatVersion: \"2010-09-09\"",
    ),
    (
        "a second document",
        STACK,
        "AWSTemplateFormatVersion: \"2010-09-09\"",
        "Resources: {}\n---\nAWSTemplateFormatVersion: \"2010-09-09\"",
    ),
    (
        "a tag inside a substitution",
        ALIAS,
        "{{ alias.name }}",
        "{\"Fn::Sub\": !Base64 alias/ledger}",
    ),
    (
        "a provisioner",
        TF_KEY,
        TF_END,
        "  }\n{%- endif %}\n  provisioner \"local-exec\" {\n    command = \"true\"\n  }\n}",
    ),
    (
        "a removed key",
        TF_MAIN,
        TF_START,
        "removed {\n  from = aws_kms_key.old\n\n  lifecycle {\n    destroy = true\n  }\n}\n{%- for data_source in module.data_sources %}\ndata",
    ),
    (
        "a move",
        TF_MAIN,
        TF_START,
        "moved {\n  from = aws_kms_key.old\n  to = aws_kms_key.ledger\n}\n{%- for data_source in module.data_sources %}\ndata",
    ),
    (
        "a key with for_each",
        TF_KEY,
        TF_PROPERTIES,
        "  for_each = toset([])\n  enable_key_rotation = true\n",
    ),
    (
        "an anchor",
        KEY,
        CFN_PROPERTIES,
        "      EnableKeyRotation: &on true\n",
    ),
    (
        "a merge key",
        KEY,
        CFN_PROPERTIES,
        "      <<: {EnableKeyRotation: true}\n",
    ),
    (
        "broken YAML",
        KEY,
        CFN_PROPERTIES,
        "      EnableKeyRotation: [true\n",
    ),
    (
        "broken HCL",
        TF_KEY,
        TF_PROPERTIES,
        "  enable_key_rotation = = true\n",
    ),
    ("no resources", STACK, CFN_RESOURCES, "Mappings:\n"),
    (
        "nothing",
        TF_VERSIONS,
        "terraform {",
        "{%- if false %}{%- endif %}nonsense {",
    ),
    (
        "a syntax error",
        KEY,
        "{%- if not key.enabled %}",
        "{%- if not key.enabled",
    ),
    (
        "an unknown variable",
        KEY,
        "{{ key.description }}",
        "{{ key.descripton }}",
    ),
    (
        "an unknown filter",
        KEY,
        "{{ key.description }}",
        "{{ key.description | shout }}",
    ),
    (
        "an unknown include",
        STACK,
        "cloudformation/alias.yaml",
        "cloudformation/aliases.yaml",
    ),
    (
        "no identifier",
        KEY,
        "{{ key.resource | identifier }}",
        "{{ key.description | identifier }}",
    ),
];

#[test]
fn whatever_differs_is_refused_and_nothing_is_written() {
    let told: Vec<_> = REFUSED
        .par_iter()
        .map(|(name, template, from, to)| {
            let message = refused(&changed(template, from, to));
            format!("==== {name} ({template})\n{message}\n")
        })
        .collect();
    insta::assert_snapshot!(told.concat());
}

const ACCEPTED: &[Case] = &[
    (
        "a tag",
        KEY,
        CFN_TAGS,
        "      Tags:\n        - {Key: cost-center, Value: \"4711\"}\n",
    ),
    (
        "a tag in Terraform",
        TF_KEY,
        "  tags = {\n",
        "  tags = {\n    cost_center = 4711\n",
    ),
    (
        "a comment",
        KEY,
        CFN_PROPERTIES,
        "      # Rotation is law.\n      EnableKeyRotation: true\n",
    ),
    (
        "a comment in Terraform",
        TF_KEY,
        TF_PROPERTIES,
        "  # Rotation is law.\n  enable_key_rotation = true\n",
    ),
    (
        "an SSM parameter",
        STACK,
        CFN_RESOURCES,
        "Resources:\n  Parameter:\n    Type: AWS::SSM::Parameter\n    Properties: {Type: String, Value: !GetAtt LedgerKey.Arn}\n",
    ),
    (
        "an SSM parameter in Terraform",
        TF_MAIN,
        TF_START,
        "resource \"aws_ssm_parameter\" \"arn\" {\n  name = \"/keys/ledger\"\n  type = \"String\"\n  value = aws_kms_key.ledger.arn\n}\n{%- for data_source in module.data_sources %}\ndata",
    ),
    (
        "an output",
        STACK,
        "\nOutputs:\n",
        "\nOutputs:\n  Region:\n    Value: !Ref AWS::Region\n",
    ),
    (
        "metadata",
        KEY,
        "    Metadata:\n",
        "    Metadata:\n      owner: {team: [ledger]}\n",
    ),
    (
        "text instead of a boolean",
        KEY,
        CFN_PROPERTIES,
        "      EnableKeyRotation: \"true\"\n",
    ),
    (
        "an array of one",
        TF_KEY,
        TF_PROPERTIES,
        "  enable_key_rotation = (true)\n",
    ),
];

#[test]
fn what_means_the_same_is_accepted() {
    for (name, template, from, to) in ACCEPTED {
        let project = changed(template, from, to);
        let ran = project.generate(&[]);
        assert_eq!(ran.status, 0, "{name}\n{}", ran.told);
        assert_eq!(project.generate(&["--check"]).status, 0, "{name}");
    }
}

#[test]
fn an_override_can_extend_the_builtin_of_its_name() {
    let project = project();
    let text = "{% extends \"builtin/cloudformation/stack.yaml\" %}\n";
    project.put(&format!("templates/{OTHER}.tera"), text);
    project.generated();
    let plain = self::project();
    assert_eq!(project.output(), plain.generated().output());
}

#[test]
fn line_ends_and_byte_order_mark_of_a_template_are_not_printed() {
    let plain = project();
    plain.generated();
    let project = project();
    for name in [STACK, KEY, TF_MAIN, TF_KEY] {
        let text = format!("\u{feff}{}", builtin(name).replace('\n', "\r\n"));
        let text = if name.contains("key") {
            text.trim_start_matches('\u{feff}').to_owned()
        } else {
            text
        };
        project.put(&format!("templates/{name}.tera"), &text);
    }
    project.generated();
    assert_eq!(project.output(), plain.output());
    // The next change finds no file that was edited by hand.
    project
        .put("specs/pay.yaml", &SPEC.replace("the ledger", "the books"))
        .generated();
}

#[test]
fn a_misspelt_override_is_noticed() {
    let project = project();
    project.put("templates/cloudformation/kye.yaml.tera", "x");
    let ran = project.generate(&[]);
    assert_eq!(ran.status, 0);
    insta::assert_snapshot!(ran.told);
}

/// Texts without quotes, in a template that prints them bare: taken only where every reader sees the same text.
#[test]
fn bare_scalars_are_taken_only_where_they_are_certain() {
    let certain = [
        "Encrypts",
        "a-b",
        "2012-10-17",
        "3 keys",
        "x: y".trim_end_matches(": y"),
    ];
    let uncertain = [
        "yes",
        "On",
        "n",
        "1:30",
        "12:30:45",
        "1_000",
        "0b11",
        "=",
        "<<",
        "0123",
        "1.0",
        "1e3",
        "2001-12-14 21:59:43",
        "0o7",
        "true",
        "~",
        "+1",
    ];
    for (texts, status) in [(&certain[..], 0), (&uncertain[..], 2)] {
        for text in texts {
            let project = changed(KEY, "{{ key.description }}", "{{ key.description | safe }}");
            project.put(
                "specs/pay.yaml",
                &SPEC.replace("Encrypts the ledger", &format!("{text:?}")),
            );
            let ran = project.generate(&[]);
            assert_eq!(ran.status, status, "{text}\n{}", ran.told);
        }
    }
    // Numbers in tags, where Terraform and YAML 1.1 have their own idea of digits.
    let numbers = [
        (KEY, "30", 0),
        (KEY, "012", 2),
        (KEY, "1.0", 2),
        (TF_KEY, "30", 0),
        (TF_KEY, "1.0", 2),
        (TF_KEY, "1e3", 2),
    ];
    for (template, number, status) in numbers {
        let bare = format!(
            "{{% if tag.key == 'size' %}}{number}{{% else %}}{{{{ tag.value }}}}{{% endif %}}"
        );
        let project = changed(template, "{{ tag.value }}", &bare);
        project.put(
            "specs/pay.yaml",
            &format!("{SPEC}    tags: {{size: {number:?}}}\n"),
        );
        let ran = project.generate(&[]);
        assert_eq!(ran.status, status, "{template} {number}\n{}", ran.told);
    }
}
