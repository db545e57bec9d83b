// top
   # indented
resource "a" "b" { # open
a = 1 # one
bbb = 2 // two

c = 3 /* inline */
/* block
   kept */
dd = /* within */ 4
e = [ # list
1, # first
  100, # second
]
empty {} # nothing
  empty {
  }
one { a = 1 }
} # close
# end
