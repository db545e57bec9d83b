data "aws_caller_identity" "current" {}

resource "aws_kms_key" "ledger" {
  description         = "Encrypts the ledger of the payments team"
  enable_key_rotation = true

  lifecycle {
    prevent_destroy = true
  }
}

resource "aws_kms_alias" "ledger" {
  name          = "alias/ledger"
  target_key_id = aws_kms_key.ledger.key_id
}
