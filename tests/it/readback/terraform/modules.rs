//! Modules: child modules, variable files, and the JSON syntax.

use super::all;

const CASES: &[(&str, &str)] = &[
    (
        "a module and its outputs",
        r#"
data "aws_caller_identity" "current" {}
module "kms" {
  source  = "./modules/kms"
  purpose = "Encrypts ${local.what}"
  account = data.aws_caller_identity.current.account_id
}
locals { what = "the ledger" }
resource "aws_kms_alias" "main" {
  name          = "alias/main"
  target_key_id = module.kms.key.arn
}
resource "aws_kms_alias" "id" {
  name          = "alias/id"
  target_key_id = module.kms.id
}
--- modules/kms/main.tf
resource "aws_kms_key" "this" {
  description = var.purpose
  tags        = { account = var.account, days = var.days }
  deletion_window_in_days = var.days
}
--- modules/kms/variables.tf
variable "purpose" {}
variable "account" {}
variable "days" { default = 30 }
--- modules/kms/outputs.tf
output "key" { value = aws_kms_key.this }
output "id" { value = aws_kms_key.this.key_id }
"#,
    ),
    (
        "modules in several instances, and providers",
        r#"
provider "aws" { alias = "west" }
data "aws_region" "current" {}
module "each" {
  source   = "./m"
  for_each = toset(["a", "b"])
  name     = each.key
  region   = data.aws_region.current.id
}
module "west" {
  source    = "./m"
  providers = { aws = aws.west }
  name      = "west"
  region    = data.aws_region.current.id
}
module "unknown" {
  source = "./m"
  count  = var.many
  name   = "x"
}
resource "aws_kms_alias" "a" {
  name          = "alias/a"
  target_key_id = module.each["a"].id
}
--- m/main.tf
variable "name" {}
variable "region" { default = "none" }
data "aws_region" "here" {}
resource "aws_kms_key" "k" { description = "${var.name} ${var.region} ${data.aws_region.here.id}" }
output "id" { value = aws_kms_key.k.id }
"#,
    ),
    (
        "modules that are not at hand, and in a circle",
        r#"
module "remote" { source = "terraform-aws-modules/kms/aws" }
module "gone" { source = "./gone" }
module "self" { source = "./self" }
--- self/main.tf
module "self" { source = "../self" }
resource "aws_kms_key" "k" {}
"#,
    ),
    (
        "a broken file of a module",
        r#"
module "m" { source = "./m" }
--- m/a.tf
resource "aws_kms_key" "k" {}
--- m/b.tf
resource {
"#,
    ),
    (
        "variable files",
        r#"
variable "a" { default = "default" }
variable "b" { default = "default" }
variable "c" { type = number }
resource "aws_kms_key" "k" { description = "${var.a} ${var.b} ${var.c}" }
--- terraform.tfvars
a = "tfvars"
b = "tfvars"
--- x.auto.tfvars
b = "x"
c = "5"
--- y.auto.tfvars.json
{"b": "y"}
"#,
    ),
    (
        "variable files of environments",
        r#"
variable "days" {}
variable "name" { default = "none" }
resource "aws_kms_key" "k" {
  deletion_window_in_days = var.days
  description             = var.name
}
--- dev.tfvars
days = 7
--- prod.tfvars
days = 30
name = "prod"
"#,
    ),
    (
        "an override file",
        r#"
resource "aws_kms_key" "k" {}
--- main_override.tf
resource "aws_kms_key" "k" { enable_key_rotation = false }
"#,
    ),
    (
        "the JSON syntax",
        r#"
--- main.tf.json
{
  "//": "generated",
  "terraform": {"required_providers": {"aws": {"source": "hashicorp/aws"}}},
  "variable": {"days": {"type": "number", "default": 10}},
  "locals": {"role": "Admin", "on": true},
  "data": {
    "aws_caller_identity": {"me": {}},
    "aws_iam_policy_document": {"doc": {"statement": [
      {"sid": "A", "actions": ["kms:*"], "resources": ["*"], "principals": [{"type": "AWS", "identifiers": ["arn:aws:iam::${data.aws_caller_identity.me.account_id}:root"]}]},
      {"effect": "Deny", "actions": ["kms:Decrypt"], "resources": ["*"], "principals": {"type": "*", "identifiers": ["*"]},
       "condition": {"test": "Bool", "variable": "aws:SecureTransport", "values": ["false"]}}
    ], "dynamic": {"statement": {"for_each": ["x"], "content": {"sid": "${statement.value}"}}}}}
  },
  "resource": [
    {"aws_kms_key": {"one": {
      "//": "keywright:waive key-rotation reason=\"made by hand\"",
      "description": "For ${local.role} \"quoted\" $${x} %{if local.on}yes%{endif}",
      "deletion_window_in_days": "${var.days}",
      "enable_key_rotation": "${local.on ? true : false}",
      "policy": "${data.aws_iam_policy_document.doc.json}",
      "lifecycle": {"prevent_destroy": true}
    }}},
    {"aws_kms_key": {"two": [{
      "for_each": "${toset([\"a\"])}",
      "policy": "${jsonencode({\"Version\" = \"2012-10-17\", \"Statement\" = []})}"
    }]}},
    {"aws_kms_alias": {"one": {"name": "alias/one", "target_key_id": "${aws_kms_key.one.key_id}"}}}
  ],
  "moved": [{"from": "aws_kms_key.a", "to": "aws_kms_key.b"}],
  "module": {"gone": {"source": "./gone"}}
}
"#,
    ),
    (
        "JSON with wrong types everywhere",
        r#"
--- main.tf.json
{"resource": {"aws_kms_key": {"a": [1, null, "x", {"policy": {"a": 1}, "lifecycle": 5, "tags": [[]]}], "b": 5}, "x": null}, "locals": [1], "data": "y", "variable": {"v": []}, "moved": {}}
"#,
    ),
    (
        "a broken file",
        r#"
resource "aws_kms_key" "k" {
"#,
    ),
];

#[test]
fn modules() {
    insta::assert_snapshot!(all(CASES));
}
