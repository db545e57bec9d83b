//! Printing values: the lists and objects of a policy document, laid out as `terraform fmt` keeps
//! them.

use super::format::columns;

/// Columns up to which a list of one value stays on its line.
const INLINE_COLUMNS: usize = 100;

/// A value to print. Strings and keys are HCL already: quoted, with their interpolations.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Expr {
    /// HCL as it is: a quoted template, a number, `true`, a reference.
    Raw(String),
    /// `[…]`
    List(Vec<Expr>),
    /// `{…}` with keys as they are printed, such as `Sid` or `"kms:ViaService"`.
    Object(Vec<(String, Expr)>),
}

/// Appends a value as it stands behind `=`; `indent` is the indentation of the line it starts on.
pub fn write(out: &mut String, expr: &Expr, indent: usize) {
    match expr {
        Expr::Raw(code) => out.push_str(code),
        Expr::List(items) => match items.as_slice() {
            [] => out.push_str("[]"),
            [item @ Expr::Raw(code)] if fits_inline(item) => {
                out.push('[');
                out.push_str(code);
                out.push(']');
            }
            items => {
                out.push('[');
                for item in items {
                    new_line(out, indent + 2);
                    write(out, item, indent + 2);
                    out.push(',');
                }
                new_line(out, indent);
                out.push(']');
            }
        },
        Expr::Object(items) if items.is_empty() => out.push_str("{}"),
        Expr::Object(items) => {
            out.push('{');
            // Values that leave the line are not aligned, and part those that are.
            for chain in items.chunk_by(|(_, one), (_, next)| one_line(one) && one_line(next)) {
                let aligned = chain.iter().all(|(_, value)| one_line(value));
                let width = |key: &str| if aligned { columns(key) } else { 0 };
                let widest = chain.iter().map(|(key, _)| width(key)).max().unwrap_or(0);
                for (key, value) in chain {
                    new_line(out, indent + 2);
                    out.push_str(key);
                    blanks(out, widest - width(key) + 1);
                    out.push_str("= ");
                    write(out, value, indent + 2);
                }
            }
            new_line(out, indent);
            out.push('}');
        }
    }
}

/// Whether a value is printed on the line of its key.
fn one_line(expr: &Expr) -> bool {
    match expr {
        Expr::Raw(code) => !code.contains('\n'),
        Expr::List(items) => match items.as_slice() {
            [] => true,
            [item] => fits_inline(item),
            _ => false,
        },
        Expr::Object(items) => items.is_empty(),
    }
}

fn fits_inline(item: &Expr) -> bool {
    matches!(item, Expr::Raw(code) if !code.contains('\n') && columns(code) <= INLINE_COLUMNS)
}

fn new_line(out: &mut String, indent: usize) {
    out.push('\n');
    blanks(out, indent);
}

fn blanks(out: &mut String, count: usize) {
    out.extend(std::iter::repeat_n(' ', count));
}
