resource "x" "y" {
  a = {
    "😀"           = 1 # smile
    "👨‍👩‍👧 family"    = 2 # one cluster
    "été"         = 3 # combining
    "́"           = 4 # mark after a quote
    "क्षत्रिय"       = 5 # conjuncts
    "🇩🇪🇫🇷"          = 6 # flags
    "日本語"         = 7 # wide
    "${local.a}́" = 8 # mark after an interpolation
    é_name        = 9
  }
}
