# Generated
resource "aws_kms_key" "pay_ledger" {
description = "Ledger"
  enable_key_rotation   =   true
      rotation_period_in_days = 90 # quarterly
  deletion_window_in_days = 30 // the longest
  tags = {
    Owner = "payments"
  "cost centre"  = "42"
   "Ünïcode" = "é"
  }

  policy = jsonencode({
    Version = "2012-10-17"
    Id = "x"
    Statement = [
    {
        Sid = "Root"
      Effect = "Allow"
      Principal = { AWS = ["arn:${data.aws_partition.current.partition}:iam::${data.aws_caller_identity.current.account_id}:root"] }
      Action   = ["kms:*"]
      Resource = "*"
      Condition = {
        StringEquals = {
          "kms:ViaService"=["s3.${data.aws_region.current.name}.amazonaws.com"]
          "aws:PrincipalOrgID" = ["o-1"]
          "kms:EncryptionContext:aws:s3:arn" = [
            "a",
              "b",
          ]
          Bool = "true"
        }
      }
      },
    ]
  })
  lifecycle {
    prevent_destroy = true
  }
}
