//! Plans and states in JSON.

use super::all;

const CASES: &[(&str, &str)] = &[
    (
        "a plan",
        r#"
--- plan.json
{
  "format_version": "1.2", "terraform_version": "1.9.0",
  "planned_values": {"root_module": {
    "resources": [
      {"address": "aws_kms_key.main[\"a\"]", "mode": "managed", "type": "aws_kms_key", "name": "main", "index": "a", "values": {
        "bypass_policy_lockout_safety_check": false, "custom_key_store_id": null, "customer_master_key_spec": "SYMMETRIC_DEFAULT",
        "deletion_window_in_days": 7, "description": "Main", "enable_key_rotation": true, "is_enabled": true, "key_usage": "ENCRYPT_DECRYPT",
        "policy": "{\"Statement\":[{\"Action\":\"kms:*\",\"Effect\":\"Allow\",\"Principal\":{\"AWS\":\"arn:aws:iam::111122223333:root\"},\"Resource\":\"*\"}],\"Version\":\"2012-10-17\"}",
        "tags": null, "tags_all": {"team": "pay"}}},
      {"address": "aws_kms_key.computed", "mode": "managed", "type": "aws_kms_key", "name": "computed", "values": {"description": null}},
      {"address": "aws_kms_key.unknown", "mode": "managed", "type": "aws_kms_key", "name": "unknown", "values": {}},
      {"address": "aws_kms_alias.main[\"a\"]", "mode": "managed", "type": "aws_kms_alias", "name": "main", "index": "a", "values": {"name": "alias/a"}},
      {"address": "data.aws_kms_key.x", "mode": "data", "type": "aws_kms_key", "name": "x", "values": {}}
    ],
    "child_modules": [{"address": "module.m[0]", "resources": [
      {"address": "module.m[0].aws_kms_key.k", "mode": "managed", "type": "aws_kms_key", "name": "k", "values": {"key_id": "123", "arn": "arn:123"}},
      {"address": "module.m[0].aws_kms_alias.k", "mode": "managed", "type": "aws_kms_alias", "name": "k", "values": {"name": "alias/k", "target_key_id": "123"}},
      {"address": "module.m[0].aws_kms_key_policy.k", "mode": "managed", "type": "aws_kms_key_policy", "name": "k", "values": {"policy": "{\"Version\":\"2012-10-17\",\"Statement\":[]}"}}
    ]}]
  }},
  "resource_changes": [
    {"address": "aws_kms_key.computed", "change": {"actions": ["create"], "after_unknown": {"policy": true, "arn": true}}},
    {"address": "aws_kms_key.unknown", "change": {"actions": ["create"], "after_unknown": {"policy": true, "enable_key_rotation": true, "tags": {}}}}
  ],
  "configuration": {"root_module": {
    "resources": [
      {"address": "aws_kms_key.computed", "expressions": {}},
      {"address": "aws_kms_key.unknown", "expressions": {"policy": {"references": ["data.x"]}, "enable_key_rotation": {}}},
      {"address": "aws_kms_alias.main", "expressions": {"target_key_id": {"references": ["aws_kms_key.main", "each.key"]}}}
    ],
    "module_calls": {"m": {"module": {"resources": [
      {"address": "aws_kms_key_policy.k", "expressions": {"key_id": {"references": ["aws_kms_key.k.id", "aws_kms_key.k"]}}}
    ]}}}
  }}
}
"#,
    ),
    (
        "a state",
        r#"
--- state.json
{"format_version": "1.0", "terraform_version": "1.9.0", "values": {"root_module": {"resources": [
  {"address": "aws_kms_external_key.e", "mode": "managed", "type": "aws_kms_external_key", "name": "e", "values": {"enabled": true, "policy": ""}}
]}}}
"#,
    ),
    (
        "a plan with wrong types",
        r#"
--- plan.json
{"planned_values": {"root_module": {"resources": [5, null, {"address": 5}, {"address": "aws_kms_key.a", "mode": "managed", "type": "aws_kms_key", "values": {"policy": 5, "tags_all": [], "is_enabled": "x", "deletion_window_in_days": -1}}], "child_modules": {}}},
 "resource_changes": [5, {}], "configuration": 5}
"#,
    ),
];

#[test]
fn plans() {
    insta::assert_snapshot!(all(CASES));
}
