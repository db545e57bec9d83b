//! Resources: kinds of key, aliases, policies that stand apart, instances, providers, waivers.

use super::all;

const CASES: &[(&str, &str)] = &[
    (
        "every argument of a key",
        r#"
resource "aws_kms_key" "main" {
  description                        = "Encrypts things"
  customer_master_key_spec           = "RSA_2048"
  key_usage                          = "SIGN_VERIFY"
  multi_region                       = true
  is_enabled                         = false
  enable_key_rotation                = "true"
  rotation_period_in_days            = 180
  deletion_window_in_days            = 7
  bypass_policy_lockout_safety_check = true
  tags                               = { team = "pay", size = 3 }
  depends_on                         = [aws_iam_role.other]
  colour                             = "blue"
  lifecycle {
    prevent_destroy = true
  }
  timeouts {}
}
"#,
    ),
    (
        "nothing but a key",
        r#"
resource "aws_kms_key" "main" {}
"#,
    ),
    (
        "null is not set",
        r#"
variable "policy" { default = null }
resource "aws_kms_key" "main" {
  policy              = var.policy
  description         = null
  enable_key_rotation = var.policy
}
"#,
    ),
    (
        "wrong values",
        r#"
resource "aws_kms_key" "main" {
  customer_master_key_spec = "AES"
  enable_key_rotation      = "maybe"
  deletion_window_in_days  = [7]
  tags                     = ["a"]
  policy                   = 5
}
"#,
    ),
    (
        "kinds of key",
        r#"
resource "aws_kms_external_key" "e" {
  enabled     = true
  key_spec    = "HMAC_256"
  valid_to    = "2030-01-01T00:00:00Z"
}
resource "aws_kms_replica_key" "r" { primary_key_arn = "arn:aws:kms:us-east-1:111122223333:key/mrk-1" }
resource "aws_kms_replica_external_key" "x" { primary_key_arn = aws_kms_external_key.e.arn }
resource "awscc_kms_key" "cc" {
  pending_window_in_days = 10
  origin                 = "EXTERNAL"
  tags                   = [{ key = "a", value = "b" }]
  key_policy             = jsonencode({ Version = "2012-10-17", Statement = [] })
}
resource "aws_kms_key" "store" { custom_key_store_id = "cks-1" }
resource "aws_kms_custom_key_store" "s" {}
resource "aws_kms_grant" "g" { key_id = aws_kms_key.store.key_id }
resource "aws_kms_grant" "none" { for_each = {} }
resource "aws_cloudformation_stack" "s" {}
"#,
    ),
    (
        "aliases",
        r#"
resource "aws_kms_key" "main" {}
resource "aws_kms_replica_key" "copy" { primary_key_arn = "x" }
resource "aws_kms_alias" "a" {
  name          = "alias/a"
  target_key_id = aws_kms_key.main.key_id
}
resource "aws_kms_alias" "b" {
  name_prefix   = "alias/b-"
  target_key_id = "${aws_kms_key.main.arn}"
}
resource "aws_kms_alias" "c" {
  name          = "alias/c"
  target_key_id = aws_kms_replica_key.copy.id
}
resource "aws_kms_alias" "d" {
  name          = "alias/${var.unknown}"
  target_key_id = "1234abcd-12ab-34cd-56ef-1234567890ab"
}
resource "aws_kms_alias" "e" { target_key_id = aws_kms_key.other.key_id }
"#,
    ),
    (
        "a policy of its own",
        r#"
resource "aws_kms_key" "main" {}
resource "aws_kms_key_policy" "main" {
  key_id = aws_kms_key.main.id
  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Principal = "*", Action = "kms:*", Resource = [aws_kms_key.main.arn] }]
  })
}
"#,
    ),
    (
        "two policies for one key, and one for a key elsewhere",
        r#"
resource "aws_kms_key" "main" {
  policy = jsonencode({ Version = "2012-10-17", Statement = [] })
}
resource "aws_kms_key_policy" "main" {
  key_id = aws_kms_key.main.id
  policy = jsonencode({ Version = "2012-10-17", Statement = [] })
}
resource "aws_kms_key_policy" "elsewhere" {
  key_id = "1234abcd-12ab-34cd-56ef-1234567890ab"
  policy = jsonencode({ Version = "2012-10-17", Statement = [] })
}
"#,
    ),
    (
        "count",
        r#"
resource "aws_kms_key" "two" {
  count       = 2
  description = "number ${count.index}"
}
resource "aws_kms_alias" "two" {
  count         = 2
  name          = "alias/${count.index}"
  target_key_id = aws_kms_key.two[count.index].key_id
}
resource "aws_kms_key" "none" { count = 0 }
resource "aws_kms_key" "many" { count = var.many }
"#,
    ),
    (
        "for_each over a map with a type",
        r#"
variable "keys" {
  type = map(object({
    days     = optional(number, 30)
    rotation = optional(bool)
    admins   = list(string)
  }))
  default = {
    a = { admins = ["arn:aws:iam::111122223333:role/A"] }
    b = { admins = [], days = 7, rotation = true }
  }
}
resource "aws_kms_key" "each" {
  for_each                = var.keys
  description             = each.key
  deletion_window_in_days = each.value.days
  enable_key_rotation     = each.value.rotation
}
resource "aws_kms_alias" "each" {
  for_each      = aws_kms_key.each
  name          = "alias/${each.key}"
  target_key_id = each.value.key_id
}
resource "aws_kms_alias" "by_name" {
  for_each      = toset(["b", "a", "a"])
  name          = "alias/again/${each.value}"
  target_key_id = aws_kms_key.each[each.key].id
}
"#,
    ),
    (
        "for_each over what nobody knows",
        r#"
variable "names" {}
resource "aws_kms_key" "each" {
  for_each            = toset(var.names)
  description         = "For ${each.value}"
  enable_key_rotation = true
}
"#,
    ),
    (
        "a key that is made or not",
        r#"
variable "create" { type = bool }
resource "aws_kms_key" "main" {
  count               = var.create ? 1 : 0
  enable_key_rotation = var.create
}
resource "aws_kms_alias" "main" {
  count         = var.create ? 1 : 0
  name          = "alias/main"
  target_key_id = aws_kms_key.main[0].key_id
}
resource "aws_kms_key_policy" "main" {
  count  = var.create ? 1 : 0
  key_id = aws_kms_key.main[0].id
  policy = jsonencode({ Version = "2012-10-17", Statement = [] })
}
"#,
    ),
    (
        "lifecycle",
        r#"
resource "aws_kms_key" "a" {
  lifecycle {
    ignore_changes = [tags, description]
    precondition {
      condition     = true
      error_message = ""
    }
  }
}
resource "aws_kms_key" "b" {
  lifecycle { ignore_changes = [policy] }
}
resource "aws_kms_key" "c" {
  lifecycle { ignore_changes = all }
}
resource "aws_kms_key" "d" {
  provisioner "local-exec" { command = "true" }
}
"#,
    ),
    (
        "providers",
        r#"
provider "aws" {
  default_tags {
    tags = { team = "core", env = "dev" }
  }
}
provider "aws" {
  alias = "other"
}
data "aws_caller_identity" "current" {}
data "aws_caller_identity" "other" { provider = aws.other }
data "aws_region" "current" {}
data "aws_region" "fixed" { region = "us-west-2" }
resource "aws_kms_key" "here" {
  description = "${data.aws_caller_identity.current.account_id} ${data.aws_caller_identity.other.account_id} ${data.aws_region.current.name} ${data.aws_region.fixed.region}"
  tags        = { env = "prod" }
}
resource "aws_kms_key" "there" {
  provider    = aws.other
  description = "${data.aws_caller_identity.current.account_id} ${data.aws_caller_identity.other.account_id}"
}
resource "aws_kms_key" "region" {
  region      = "eu-west-1"
  description = "${data.aws_caller_identity.current.account_id} ${data.aws_region.current.id}"
}
"#,
    ),
    (
        "waivers",
        r#"
# Rotation is done by hand.
# keywright:waive key-rotation reason="by hand, monthly" expires=2027-01-31
// keywright:waive deletion-window reason=short
resource "aws_kms_key" "a" {}

# keywright:waive key-rotation

# Not above.
resource "aws_kms_key" "b" {}
# keywright:waive key-rotation expires=2027-01-31
# keywright:waive key-rotation reason="x" expires=soon
# keywright:waive Key reason="x"
# keywright:waived reason="x"
resource "aws_kms_key" "c" {}
"#,
    ),
    (
        "moved, removed, import, check",
        r#"
moved {
  from = aws_kms_key.old["a"]
  to   = aws_kms_key.new
}
removed {
  from = aws_kms_key.gone
  lifecycle { destroy = false }
}
removed {
  from = aws_kms_key.destroyed
}
import {
  to = aws_kms_key.new
  id = "1234abcd-12ab-34cd-56ef-1234567890ab"
}
check "health" {}
resource "aws_kms_key" "new" {}
strange {}
"#,
    ),
    (
        "twice",
        r#"
locals { a = 1 }
locals { a = 2 }
resource "aws_kms_key" "main" {}
resource "aws_kms_key" "main" {}
"#,
    ),
];

#[test]
fn resources() {
    insta::assert_snapshot!(all(CASES));
}
