//! Expressions: what is resolved, and what is not.

use std::fmt::Write as _;

use super::all;

const PREAMBLE: &str = r#"
variable "open" {}
variable "flag" { type = bool }
variable "known" { default = "v" }
variable "number" {
  type    = string
  default = 5
}
locals {
  list = ["b", "a", "b"]
  map  = { x = 1, y = "two" }
  deep = { a = [{ b = "c" }] }
}
data "aws_caller_identity" "current" {}
data "aws_partition" "here" {}
data "aws_iam_role" "r" { name = "Looked" }
data "aws_service_principal" "s3" { service_name = "s3" }
resource "aws_iam_role" "made" {
  name = "Made"
  path = "/team/"
}
resource "aws_iam_role" "nameless" {}
resource "aws_iam_user" "u" { name = "jane" }
resource "aws_kms_key" "k" { count = 2 }
"#;

/// Each becomes the description of a key.
const EXPRESSIONS: &[&str] = &[
    r#""plain""#,
    r#""${local.map.y} and ${local.map["x"]}""#,
    "local.deep.a[0].b",
    "local.deep.a.0.b",
    "join(\",\", local.deep.a[*].b)",
    "join(\",\", local.deep.a.*.b)",
    "local.missing",
    "local.map.missing",
    "var.known",
    "var.number",
    "var.open",
    "var.undeclared",
    r#""a ${var.open} b""#,
    "true ? \"yes\" : \"no\"",
    "1 + 2 * 3 - 4",
    "7 % 4 == 3 && !(1 > 2) || false",
    "10 / 4",
    "10 / 5",
    "local.list == [\"b\", \"a\", \"b\"]",
    "var.open == null",
    "false && var.flag",
    "join(\"-\", [for x in local.list : upper(x)])",
    "join(\"-\", [for i, x in local.list : \"${i}${x}\" if x != \"a\"])",
    "join(\"-\", keys({ for k, v in local.map : upper(k) => v }))",
    "join(\"-\", values({ for x in local.list : x => \"${x}!\"... })[1])",
    "jsonencode({ for x in local.list : x => x })",
    "format(\"%s:%d %v%%\", \"a\", 3, true)",
    "format(\"%05d\", 3)",
    "join(\"|\", formatlist(\"arn:%s:%s\", local.list, \"z\"))",
    "join(\"|\", sort(distinct(local.list)))",
    "join(\"|\", toset(local.list))",
    "join(\"|\", concat(local.list, [\"z\"], []))",
    "join(\"|\", flatten([[\"a\", [\"b\"]], \"c\"]))",
    "join(\"|\", compact([\"a\", \"\", null, \"b\"]))",
    "join(\"|\", setunion([\"b\"], [\"a\", \"b\"]))",
    "jsonencode(merge(local.map, { y = 2, z = [null, true] }))",
    "lookup(local.map, \"nope\", \"default\")",
    "element(local.list, 4)",
    "length(local.list)",
    "length(local.map)",
    "coalesce(null, \"\", \"c\")",
    "coalesce(var.open, \"c\")",
    "coalescelist(null, [], [\"c\"])[0]",
    "contains(local.list, \"a\")",
    "contains([var.open], \"a\")",
    "startswith(\"abc\", \"ab\") && endswith(\"abc\", \"bc\")",
    "replace(\"a.b.c\", \".\", \"-\")",
    "replace(\"abc\", \"/b/\", \"x\")",
    "lower(\"ABC\")",
    "substr(\"hello\", 1, 3)",
    "trimspace(\"  a \")",
    "trimprefix(trimsuffix(\"abc\", \"c\"), \"a\")",
    "split(\",\", \"a,b\")[1]",
    "jsonencode(zipmap([\"a\"], [1]))",
    "one([\"only\"])",
    "jsondecode(\"{\\\"a\\\": [1]}\").a[0]",
    "tostring(5)",
    "try(local.map.nope, \"fallback\")",
    "try(var.open.x, \"fallback\")",
    "try(local.map.y, \"fallback\")",
    "can(local.map.nope)",
    "uuid()",
    "sha256(\"a\")",
    "provider::a::b(1)",
    "\"%{if true}a%{else}b%{endif}\"",
    "\"%{for x in local.list}${x},%{endfor}\"",
    "\"a ${~ \" b\" ~} c\"",
    "data.aws_caller_identity.current.account_id",
    "data.aws_caller_identity.current.arn",
    "\"${data.aws_partition.here.partition} ${data.aws_partition.here.dns_suffix}\"",
    "data.aws_iam_role.r.arn",
    "data.aws_service_principal.s3.name",
    "aws_iam_role.made.arn",
    "aws_iam_role.made.name",
    "aws_iam_role.nameless.arn",
    "aws_iam_user.u.arn",
    "aws_kms_key.k[0].arn",
    "join(\",\", aws_kms_key.k[*].arn)",
    "aws_kms_key.k.arn",
    "path.module",
    "terraform.workspace",
    "each.value",
    "(((\"in parentheses\")))",
    "1.50",
    "1e3",
    "-5",
    "{ a = 1, \"a\" = 2 }.a",
    "[for x in var.open : x]",
];

#[test]
fn values() {
    let mut told = String::new();
    for expression in EXPRESSIONS {
        let module =
            format!("resource \"aws_kms_key\" \"t\" {{\n  description = {expression}\n}}\n");
        let all = super::found(&format!("{module}--- preamble.tf\n{PREAMBLE}"));
        let lines: Vec<&str> = all
            .lines()
            .skip_while(|line| !line.starts_with("t: "))
            .take_while(|line| !line.starts_with("k["))
            .collect();
        let mut shown: Vec<String> = Vec::new();
        for line in lines {
            let line = line.split(" @").next().unwrap();
            if line.starts_with("t: Key") {
                let when = line.trim_start_matches("t: Key");
                shown.extend((!when.is_empty()).then(|| when.trim().to_owned()));
            } else {
                shown.push(line.trim().to_owned());
            }
        }
        writeln!(told, "{expression}\n    {}", shown.join("\n    ")).unwrap();
    }
    insta::assert_snapshot!(told);
}

const CHOICES: &[(&str, &str)] = &[
    (
        "one condition twice, and its negation",
        r#"
variable "prod" { type = bool }
resource "aws_kms_key" "main" {
  enable_key_rotation     = var.prod ? true : false
  deletion_window_in_days = !var.prod ? 7 : 30
  is_enabled              = var.prod ? true : true
}
"#,
    ),
    (
        "equal and not equal",
        r#"
variable "env" {}
resource "aws_kms_key" "main" {
  enable_key_rotation     = var.env == "prod" ? true : false
  deletion_window_in_days = var.env != "prod" ? 7 : 30
}
"#,
    ),
    (
        "a statement under a condition",
        r#"
variable "extra" {}
resource "aws_kms_key" "main" {
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = concat(
      [{ Effect = "Allow", Principal = { AWS = "111122223333" }, Action = "kms:*", Resource = "*" }],
      var.extra ? [{ Effect = "Allow", Principal = "*", Action = "kms:Decrypt", Resource = "*" }] : [],
      var.more,
    )
  })
}
variable "more" {}
"#,
    ),
    (
        "allowed values",
        r#"
variable "env" {
  validation {
    condition     = contains(["dev", "prod"], var.env)
    error_message = ""
  }
}
locals {
  days = { dev = 7, prod = 30 }
}
resource "aws_kms_key" "main" {
  description             = "for ${var.env}"
  deletion_window_in_days = local.days[var.env]
}
"#,
    ),
    (
        "more conditions than are tried",
        r#"
resource "aws_kms_key" "main" {
  description = "${var.a ? 1 : 2}${var.b ? 1 : 2}${var.c ? 1 : 2}${var.d ? 1 : 2}${var.e ? 1 : 2}${var.f ? 1 : 2}${var.g ? 1 : 2}"
}
"#,
    ),
    (
        "a condition of a loop is no choice",
        r#"
variable "names" { default = ["a", "b"] }
resource "aws_kms_key" "main" {
  description = join(",", [for n in var.names : var.open[n] ? n : "-"])
}
variable "open" {}
"#,
    ),
    (
        "locals in a circle",
        r#"
locals {
  a = local.b
  b = "${local.a}x"
}
resource "aws_kms_key" "main" { description = local.a }
"#,
    ),
];

#[test]
fn choices() {
    insta::assert_snapshot!(all(CHOICES));
}
