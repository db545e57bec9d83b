variable "archive" {
  type    = string
  default = "555566667777"
}
