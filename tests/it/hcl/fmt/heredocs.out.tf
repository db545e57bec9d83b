resource "a" "b" {
  a      = 1
  policy = <<EOF
{ "a" = 1,
      b
}
  EOF
  bbb    = 2
  text   = <<-EOT
      a   ${local.a}
    $${b}
    EOT
  c = jsonencode(<<X
 keep   this
X
  )
  dd = 1
}
