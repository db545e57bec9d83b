data "aws_caller_identity" "current" {}

resource "aws_kms_key" "ledger" {
  description         = "Encrypts the ledger of the payments team"
  enable_key_rotation = true
  policy              = data.aws_iam_policy_document.ledger.json

  lifecycle {
    prevent_destroy = true
  }
}

resource "aws_kms_alias" "ledger" {
  name          = "alias/ledger"
  target_key_id = aws_kms_key.ledger.key_id
}

data "aws_iam_policy_document" "open" {
  statement {
    sid       = "Open"
    actions   = ["kms:Decrypt"]
    resources = ["*"]

    principals {
      type        = "AWS"
      identifiers = ["*"]
    }
  }
}

data "aws_iam_policy_document" "ledger" {
  source_policy_documents = [data.aws_iam_policy_document.open.json]

  statement {
    sid       = "Enable IAM User Permissions"
    actions   = ["kms:*"]
    resources = ["*"]

    principals {
      type        = "AWS"
      identifiers = ["arn:aws:iam::${data.aws_caller_identity.current.account_id}:root"]
    }
  }
}
