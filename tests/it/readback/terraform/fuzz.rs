//! Whatever stands in the files: never a panic, never slow.

use std::time::{Duration, Instant};

use proptest::prelude::*;

use super::found;
use crate::properties::config;

/// What a debug build on a busy machine may take for a file that is made to be slow.
const SLOW: Duration = Duration::from_secs(20);

fn quick(text: &str) -> String {
    let start = Instant::now();
    // The stack of a worker thread.
    let text = text.to_owned();
    let thread = std::thread::Builder::new().stack_size(2 << 20);
    let found = thread.spawn(move || found(&text)).unwrap().join().unwrap();
    assert!(start.elapsed() < SLOW, "{:?}", start.elapsed());
    found
}

#[test]
fn locals_that_double_are_bounded() {
    let mut lists = "locals {\n  l0 = [\"x\"]\n".to_owned();
    let mut texts = "locals {\n  t0 = \"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\"\n".to_owned();
    for step in 0..60 {
        let next = step + 1;
        lists.push_str(&format!(
            "  l{next} = concat(local.l{step}, local.l{step})\n"
        ));
        texts.push_str(&format!(
            "  t{next} = \"${{local.t{step}}}${{local.t{step}}}\"\n"
        ));
    }
    let key = "resource \"aws_kms_key\" \"k\" {\n  description = local.t60\n  tags = { a = join(\",\", local.l60) }\n}\n";
    let told = quick(&format!("{lists}}}\n{texts}}}\n{key}"));
    assert!(told.contains("k: Key"), "{told:.300}");
    assert!(
        told.contains("…") || told.contains("unknown"),
        "{told:.300}"
    );
}

#[test]
fn loops_in_loops_are_bounded() {
    let list = "[1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30]";
    let mut expression = "\"x\"".to_owned();
    for depth in 0..8 {
        expression = format!("join(\"\", [for v{depth} in {list} : {expression}])");
    }
    quick(&format!(
        "resource \"aws_kms_key\" \"k\" {{\n  description = {expression}\n}}\n"
    ));
    let mut directives = "x".to_owned();
    for depth in 0..6 {
        directives = format!("%{{ for v{depth} in {list} }}{directives}%{{ endfor }}");
    }
    quick(&format!(
        "resource \"aws_kms_key\" \"k\" {{\n  description = \"{directives}\"\n}}\n"
    ));
}

#[test]
fn many_choices_many_instances_and_many_modules_are_bounded() {
    let conditions: String = (0..40)
        .map(|number| format!("${{var.v{number} ? 1 : 2}}"))
        .collect();
    let instances = "[for a in [0,1,2,3,4,5,6,7,8,9] : [for b in [0,1,2,3,4,5,6,7,8,9] : [for c in [0,1,2] : \"${a}${b}${c}\"]]]";
    quick(&format!(
        "resource \"aws_kms_key\" \"k\" {{\n  for_each = toset(flatten({instances}))\n  description = \"{conditions}\"\n}}\n"
    ));
    let mut tree = String::new();
    for depth in 0..9 {
        let calls: String = (0..4)
            .map(|call| format!("module \"m{call}\" {{ source = \"../m{}\" }}\n", depth + 1))
            .collect();
        tree.push_str(&format!(
            "--- m{depth}/main.tf\n{calls}resource \"aws_kms_key\" \"k\" {{}}\n"
        ));
    }
    let told = quick(&format!("module \"m\" {{ source = \"./m0\" }}\n{tree}"));
    assert!(told.contains("more modules than are read"), "{told:.300}");
}

#[test]
fn deep_files_are_bounded() {
    for (open, close) in [
        ("[", "]"),
        ("(", ")"),
        ("{a=", "}"),
        ("!", ""),
        ("-", ""),
        ("f(", ")"),
    ] {
        for depth in [20, 59, 300, 20_000] {
            let nested = format!("{}1{}", open.repeat(depth), close.repeat(depth));
            quick(&format!(
                "locals {{ a = {nested} }}\nresource \"aws_kms_key\" \"k\" {{\n  description = local.a\n  policy = jsonencode({nested})\n}}\n"
            ));
        }
    }
    let sum = format!("1{}", " + 1".repeat(5000));
    quick(&format!(
        "resource \"aws_kms_key\" \"k\" {{\n  description = {sum}\n}}\n"
    ));
    let json = format!(
        "--- main.tf.json\n{{\"resource\": {}1{}}}\n",
        "[".repeat(5000),
        "]".repeat(5000)
    );
    quick(&json);
    let string = format!("\"{}x{}\"", "${\\\"".repeat(200), "\\\"}".repeat(200));
    quick(&format!(
        "--- main.tf.json\n{{\"resource\": {{\"aws_kms_key\": {{\"k\": {{\"description\": {string}}}}}}}}}\n"
    ));
    let chain: String = (0..300)
        .map(|n| format!("  l{} = local.l{n}\n", n + 1))
        .collect();
    quick(&format!(
        "locals {{\n  l0 = [[[[1]]]]\n{chain}}}\nresource \"aws_kms_key\" \"k\" {{ description = local.l300 }}\n"
    ));
}

/// Pieces that make modules that nearly mean something.
const PIECES: &[&str] = &[
    "resource \"aws_kms_key\" \"k\" {\n",
    "resource \"aws_kms_alias\" \"a\" {\n",
    "resource \"aws_kms_key_policy\" \"p\" {\n",
    "data \"aws_iam_policy_document\" \"d\" {\n",
    "data \"aws_caller_identity\" \"current\" {}\n",
    "locals {\n",
    "variable \"v\" {\n",
    "module \"m\" { source = \"./m\" }\n",
    "provider \"aws\" {\n",
    "statement {\n",
    "dynamic \"statement\" {\n",
    "content {\n",
    "principals {\n",
    "condition {\n",
    "lifecycle {\n",
    "default_tags {\n",
    "}\n",
    "}\n",
    "}\n",
    "moved {\n",
    "removed {\n",
    "policy = ",
    "key_id = ",
    "name = ",
    "target_key_id = ",
    "count = ",
    "for_each = ",
    "a = ",
    "b = ",
    "tags = ",
    "type = ",
    "default = ",
    "actions = ",
    "identifiers = ",
    "values = ",
    "test = ",
    "variable = ",
    "sid = ",
    "source_policy_documents = ",
    "description = ",
    "local.a",
    "local.b",
    "var.v",
    "each.value",
    "each.key",
    "count.index",
    "aws_kms_key.k",
    "aws_kms_key.k[0].arn",
    "aws_kms_key.k[*].id",
    "data.aws_iam_policy_document.d.json",
    "data.aws_caller_identity.current.account_id",
    "module.m.x",
    "path.module",
    "null",
    "true",
    "1",
    "2.5",
    "\"x\"",
    "\"${local.a}\"",
    "\"%{ if var.v }x%{ endif }\"",
    "[",
    "]",
    "{",
    "}",
    "(",
    ")",
    ",",
    "\n",
    "\n",
    " ? ",
    " : ",
    " == ",
    " && ",
    "!",
    "jsonencode(",
    "jsondecode(",
    "merge(",
    "concat(",
    "flatten(",
    "toset(",
    "lookup(",
    "try(",
    "one(",
    "format(\"%s\", ",
    "[for x in ",
    "x",
    "{ for k, v in ",
    "k => v",
    "...",
    ".*",
    "[0]",
    "[\"a\"]",
    ".x",
    "<<EOT\n",
    "EOT\n",
    "# keywright:waive ",
    "reason=\"x\"",
    "object({ a = optional(string, \"x\") })",
    "\"*\"",
    "--- m/main.tf\n",
    "--- x.tfvars\n",
    "--- main.tf.json\n",
    "\"aws_kms_key\": {\"k\": ",
    "\"resource\": ",
    "\"policy\": ",
    "\"Statement\": ",
    "\u{e9}",
    "\u{feff}",
];

/// A complete module, to be broken.
const WHOLE: &str = include_str!("whole.tf");

proptest! {
    #![proptest_config(config(192))]

    #[test]
    fn pieces_never_panic(pieces in proptest::collection::vec(proptest::sample::select(PIECES), 0..60)) {
        quick(&pieces.concat());
    }

    #[test]
    fn a_broken_module_never_panics(
        cut in 0..WHOLE.len(), length in 0..40_usize, piece in proptest::sample::select(PIECES), at in 0..WHOLE.len(),
    ) {
        let mut text = WHOLE.to_owned();
        let at = text.floor_char_boundary(at);
        text.insert_str(at, piece);
        let start = text.floor_char_boundary(cut);
        let end = text.floor_char_boundary((start + length).min(text.len()));
        text.replace_range(start..end, "");
        quick(&text);
    }

    /// Bodies of keys as expressions of every kind, which nearly always parse.
    #[test]
    fn expressions_never_panic(pieces in proptest::collection::vec(proptest::sample::select(PIECES), 1..8)) {
        let expression = pieces.concat();
        quick(&format!("{WHOLE}\nresource \"aws_kms_key\" \"z\" {{\n  description = {expression}\n  policy = {expression}\n}}\n"));
    }
}
