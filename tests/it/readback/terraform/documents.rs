//! Policies: `jsonencode`, heredocs, files, and `aws_iam_policy_document`.

use super::all;

const CASES: &[(&str, &str)] = &[
    (
        "a document with everything",
        r#"
data "aws_caller_identity" "me" {}
data "aws_partition" "me" {}
data "aws_iam_policy_document" "key" {
  policy_id = "key"
  statement {
    sid       = "Account"
    actions   = ["kms:*"]
    resources = ["*"]
    principals {
      type        = "AWS"
      identifiers = ["arn:${data.aws_partition.me.partition}:iam::${data.aws_caller_identity.me.account_id}:root"]
    }
  }
  statement {
    effect        = "Deny"
    not_actions   = ["kms:Describe*"]
    not_resources = ["arn:aws:kms:*:*:key/&{aws:PrincipalTag/key}"]
    not_principals {
      type        = "Service"
      identifiers = ["s3.amazonaws.com", "logs.amazonaws.com"]
    }
    not_principals {
      type        = "AWS"
      identifiers = ["111122223333"]
    }
    condition {
      test     = "StringLike"
      variable = "aws:PrincipalArn"
      values   = ["arn:aws:iam::*:role/&{aws:username}", "x"]
    }
    condition {
      test     = "StringLike"
      variable = "aws:PrincipalArn"
      values   = ["y"]
    }
    condition {
      test     = "Bool"
      variable = "aws:SecureTransport"
      values   = [false]
    }
  }
  statement {
    actions = ["kms:Decrypt"]
    resources = []
    principals {
      type        = "*"
      identifiers = ["*"]
    }
  }
}
resource "aws_kms_key" "main" {
  policy = data.aws_iam_policy_document.key.json
}
"#,
    ),
    (
        "sources and overrides",
        r#"
data "aws_iam_policy_document" "base" {
  statement {
    sid     = "A"
    actions = ["kms:Encrypt"]
  }
  statement {
    sid     = "B"
    actions = ["kms:Encrypt"]
  }
  statement { actions = ["kms:Sign"] }
}
data "aws_iam_policy_document" "over" {
  version = "2008-10-17"
  statement {
    sid     = "B"
    effect  = "Deny"
    actions = ["kms:*"]
  }
}
data "aws_iam_policy_document" "key" {
  source_policy_documents   = [data.aws_iam_policy_document.base.json, jsonencode({ Statement = { Sid = "J", Effect = "Allow" } }), null]
  override_policy_documents = [data.aws_iam_policy_document.over.minified_json, "{\"Version\": \"2012-10-17\", \"Statement\": [{\"Sid\": \"T\", \"Effect\": \"Deny\"}]}"]
  statement {
    sid     = "A"
    actions = ["kms:Verify"]
  }
}
resource "aws_kms_key" "main" {
  policy = data.aws_iam_policy_document.key.json
}
"#,
    ),
    (
        "sources and overrides that nobody knows",
        r#"
variable "more" {}
data "aws_iam_policy_document" "a" {
  source_policy_documents = [var.more]
  statement {
    sid     = "A"
    actions = ["kms:Verify"]
  }
}
data "aws_iam_policy_document" "b" {
  override_policy_documents = [var.more]
  statement {
    sid     = "A"
    actions = ["kms:Verify"]
  }
}
resource "aws_kms_key" "a" { policy = data.aws_iam_policy_document.a.json }
resource "aws_kms_key" "b" { policy = data.aws_iam_policy_document.b.json }
"#,
    ),
    (
        "dynamic blocks",
        r#"
variable "unknown" {}
locals {
  services = { s3 = ["kms:Decrypt"], sns = ["kms:Encrypt", "kms:Decrypt"] }
  contexts = []
}
data "aws_iam_policy_document" "key" {
  dynamic "statement" {
    for_each = local.services
    content {
      sid       = "For ${statement.key}"
      actions   = statement.value
      resources = ["*"]
      principals {
        type        = "Service"
        identifiers = ["${statement.key}.amazonaws.com"]
      }
      dynamic "condition" {
        for_each = statement.key == "s3" ? ["111122223333"] : []
        iterator = account
        content {
          test     = "StringEquals"
          variable = "aws:SourceAccount"
          values   = [account.value]
        }
      }
      dynamic "condition" {
        for_each = statement.key == "s3" ? [] : var.unknown
        content {
          test     = "StringEquals"
          variable = "aws:SourceAccount"
          values   = [condition.value]
        }
      }
    }
  }
  dynamic "statement" {
    for_each = var.unknown
    content {}
  }
}
resource "aws_kms_key" "main" { policy = data.aws_iam_policy_document.key.json }
"#,
    ),
    (
        "a heredoc",
        r#"
data "aws_caller_identity" "current" {}
resource "aws_kms_key" "main" {
  policy = <<-POLICY
    {
      "Version": "2012-10-17",
      "Statement": [{
        "Sid": "a",
        "Effect": "Allow",
        "Principal": {"AWS": "arn:aws:iam::${data.aws_caller_identity.current.account_id}:root"},
        "Action": "kms:*",
        "Resource": "*",
        "Condition": {"StringEquals": {"aws:PrincipalTag/x": "$${aws:username}", "kms:ViaService": "${var.service}"}}
      }]
    }
  POLICY
}
"#,
    ),
    (
        "a heredoc with directives",
        r#"
variable "roles" { default = ["A", "B"] }
resource "aws_kms_key" "main" {
  policy = <<EOT
{
  "Version": "2012-10-17",
  "Statement": [
    %{ for i, role in var.roles ~}
    {"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::111122223333:role/${role}"}, "Action": "kms:Decrypt", "Resource": "*"}%{ if i < length(var.roles) - 1 },%{ endif }
    %{ endfor ~}
  ]
}
EOT
}
"#,
    ),
    (
        "files",
        r#"
resource "aws_kms_key" "a" { policy = file("${path.module}/policies/a.json") }
resource "aws_kms_key" "b" {
  policy = templatefile("policies/b.tftpl", { role = "R", list = ["x", "y"] })
}
resource "aws_kms_key" "c" { policy = file("policies/missing.json") }
resource "aws_kms_key" "d" {
  policy = jsonencode(merge(jsondecode(file("${path.root}/policies/a.json")), { Id = "d" }))
}
--- policies/a.json
{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Principal": "*", "Action": "kms:*", "Resource": "*"}}
--- policies/b.tftpl
{"Version": "2012-10-17", "Statement": [
  %{ for x in list }{"Sid": "${x}", "Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::111122223333:role/${role}"}, "Action": "kms:*", "Resource": "*"},%{ endfor }
  {"Effect": "Deny", "Principal": "*", "Action": "kms:${local.none}", "Resource": "*"}
]}
"#,
    ),
    (
        "broken policies",
        r#"
resource "aws_kms_key" "a" { policy = "no json" }
resource "aws_kms_key" "b" { policy = "" }
resource "aws_kms_key" "c" { policy = jsonencode("text") }
resource "aws_kms_key" "d" { policy = jsonencode({ Version = 5, Statement = [5, { Effect = "allow" }, { Effect = null }] }) }
resource "aws_kms_key" "e" { policy = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", (var.k) = "x" }] }) }
"#,
    ),
    (
        "principals that are resources",
        r#"
resource "aws_iam_role" "r" {
  for_each = toset(["one", "two"])
  name     = "Role-${each.key}"
}
resource "aws_lambda_function" "f" {}
resource "aws_kms_key" "main" {
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      { Effect = "Allow", Principal = { AWS = [for k, r in aws_iam_role.r : r.arn] }, Action = "kms:Encrypt", Resource = "*" },
      { Effect = "Allow", Principal = { AWS = values(aws_iam_role.r)[*].arn }, Action = "kms:Encrypt", Resource = "*" },
      { Effect = "Allow", Principal = { AWS = aws_iam_role.r["one"].arn }, Action = "kms:Decrypt", Resource = "*",
        Condition = { ArnEquals = { "aws:SourceArn" = aws_lambda_function.f.arn } } },
      { Effect = var.effect, Principal = var.who, Action = ["kms:Sign", var.action], Resource = aws_kms_key.other.arn },
    ]
  })
}
resource "aws_kms_key" "other" {}
"#,
    ),
];

#[test]
fn documents() {
    insta::assert_snapshot!(all(CASES));
}
