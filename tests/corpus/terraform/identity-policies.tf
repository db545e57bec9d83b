# Policies of users, groups and roles: only those that decrypt with every key.
data "aws_iam_policy_document" "every" {
  statement {
    actions   = ["kms:Decrypt", "kms:DescribeKey"]
    resources = ["*"]
  }
}

resource "aws_iam_policy" "every" {
  policy = data.aws_iam_policy_document.every.json
}

resource "aws_iam_role_policy" "one" {
  role = "reader"
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect   = "Allow"
      Action   = "kms:Decrypt"
      Resource = "arn:aws:kms:eu-central-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"
    }]
  })
}

resource "aws_iam_user_policy" "pattern" {
  user = "alice"
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect   = "Allow"
      Action   = ["kms:ReEncrypt*"]
      Resource = "arn:aws:kms:*:*:*"
    }]
  })
}

resource "aws_kms_key" "ledger" {
  description         = "Encrypts the ledger of the payments team"
  enable_key_rotation = true
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Sid       = "account"
      Effect    = "Allow"
      Principal = { AWS = "arn:aws:iam::111122223333:root" }
      Action    = "kms:*"
      Resource  = "*"
    }]
  })

  lifecycle {
    prevent_destroy = true
  }
}

resource "aws_kms_alias" "ledger" {
  name          = "alias/ledger"
  target_key_id = aws_kms_key.ledger.key_id
}

resource "aws_iam_group_policy" "ledger" {
  group = "readers"
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect   = "Allow"
      Action   = "kms:Decrypt"
      Resource = aws_kms_key.ledger.arn
    }]
  })
}
