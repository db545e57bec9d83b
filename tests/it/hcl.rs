//! HCL: what is written is what is read, and looks as `terraform fmt` leaves it.

mod format;
mod quote;
mod read;
mod value;

use hcl_edit::expr::Expression;
use keywright::diag::Diagnostic;
use keywright::hcl::read as reader;
use keywright::source::Sources;

/// Parses a whole file.
#[allow(clippy::result_large_err, reason = "tests")]
fn parse(text: &str) -> Result<hcl_edit::structure::Body, Diagnostic> {
    let mut sources = Sources::new();
    let file = sources.add("main.tf", text);
    reader::parse(file, text)
}

/// The expression of `value = …`.
fn expression(code: &str) -> Expression {
    let body = parse(&format!("value = {code}\n")).unwrap();
    reader::attribute(&body, "value").unwrap().value.clone()
}
