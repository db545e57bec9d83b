locals {
  a   = [for x in [1, 2] : x if x != -1]
  bb  = { for k, v in var.m : k => v... }
  ccc = var.x == 1 ? "a" : -2
  d   = !var.b && (a + b) * -c[0]
  e   = aws_kms_key.this[0].arn
  f   = provider::x::y(1, "n${upper(local.b)}", [], {})
  g   = "${local.a}${local.b} %{if true}x%{endif} $${not} %%{not} 50% $"
  h = [
    1, 2,
  ]
  i = f(
    a,
    {
      b  = 1
      cc = 2
  })
  j = a
}
