//! Prints hostile strings as keywright writes them in HCL, for a real Terraform to read back.
//!
//! One JSON object a line: `hcl`, an expression in which `local.a` is "A", and `text`, its value.
//! The component `hcl-strings` of `tests/conformance/run` compares the two.

use std::io::Write as _;

use keywright::hcl::quote::escape_into;
use serde_json::json;
use unicode_normalization::UnicodeNormalization as _;

const SYMBOLS: [&str; 28] = [
    "$",
    "%",
    "{",
    "}",
    "\\",
    "\"",
    "a",
    "~",
    "\n",
    "é",
    "${",
    "%{",
    "$${",
    "%%{",
    "\r",
    "\t",
    "\0",
    "\u{1}",
    "\u{1b}",
    "\u{7f}",
    "\u{85}",
    "\u{2028}",
    "\u{feff}",
    "\u{301}",
    "😀",
    "👨‍👩‍👧",
    "#",
    "/*",
];

fn main() -> std::io::Result<()> {
    let mut texts = vec![String::new()];
    let mut from = 0;
    for _ in 0..3 {
        let until = texts.len();
        for at in from..until {
            let start = texts.get(at).cloned().unwrap_or_default();
            // All of the first ten, which are those with a meaning.
            texts.extend(
                SYMBOLS
                    .iter()
                    .take(10)
                    .map(|symbol| format!("{start}{symbol}")),
            );
        }
        from = until;
    }
    let mut state = 1_u64;
    for _ in 0..5000 {
        let mut text = String::new();
        for _ in 0..2 + state % 10 {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            let chosen = SYMBOLS
                .iter()
                .cycle()
                .nth((state >> 33) as usize % SYMBOLS.len());
            text.push_str(chosen.copied().unwrap_or_default());
        }
        texts.push(text);
    }
    let mut out = std::io::stdout().lock();
    for text in texts {
        // Terraform makes every string NFC.
        let text: String = text.nfc().collect();
        let mut hcl = String::from("\"");
        escape_into(&mut hcl, &text, true);
        hcl.push_str("${local.a}");
        escape_into(&mut hcl, &text, false);
        hcl.push('"');
        let text: String = format!("{text}A{text}").nfc().collect();
        writeln!(out, "{}", json!({ "hcl": hcl, "text": text }))?;
    }
    Ok(())
}
