data "aws_caller_identity" "current" {}

resource "aws_kms_key" "ledger" {
  for_each            = { orders = true, invoices = false }
  description         = "Encrypts ${each.key}"
  enable_key_rotation = each.value
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Sid       = "Enable IAM User Permissions"
        Effect    = "Allow"
        Principal = { AWS = "arn:aws:iam::${data.aws_caller_identity.current.account_id}:root" }
        Action    = "kms:*"
        Resource  = "*"
      },
    ]
  })

  lifecycle {
    prevent_destroy = true
  }
}

resource "aws_kms_alias" "ledger" {
  for_each      = aws_kms_key.ledger
  name          = "alias/${each.key}"
  target_key_id = each.value.key_id
}
