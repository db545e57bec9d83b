variable "v" {
  type    = map(object({ a = optional(string, "x"), b = list(string) }))
  default = { one = { b = ["y", "z"] } }
}
variable "flag" { type = bool }
locals {
  a = ["p", "q"]
  b = { for k, v in var.v : upper(k) => merge(v, { c = length(v.b) }) if v.a != "" }
}
data "aws_caller_identity" "current" {}
data "aws_iam_policy_document" "d" {
  dynamic "statement" {
    for_each = local.b
    content {
      sid       = statement.key
      actions   = ["kms:*"]
      resources = ["*"]
      principals {
        type        = "AWS"
        identifiers = [for n in statement.value.b : "arn:aws:iam::${data.aws_caller_identity.current.account_id}:role/${n}"]
      }
      condition {
        test     = "StringLike"
        variable = "aws:PrincipalArn"
        values   = concat(local.a, ["&{aws:username}"])
      }
    }
  }
}
# keywright:waive key-rotation reason="x" expires=2027-01-01
resource "aws_kms_key" "k" {
  for_each            = var.v
  description         = "%{ for x in local.a ~} ${x} %{ endfor }"
  enable_key_rotation = var.flag ? true : false
  policy              = data.aws_iam_policy_document.d.json
  lifecycle { prevent_destroy = true }
}
resource "aws_kms_key" "h" {
  policy = <<-EOT
    {"Version": "2012-10-17", "Statement": [%{ if var.flag }{"Effect": "Deny"}%{ endif }]}
  EOT
}
resource "aws_kms_alias" "k" {
  for_each      = aws_kms_key.k
  name          = format("alias/%s", each.key)
  target_key_id = each.value.key_id
}
