//! Texts in Terraform: quoted templates with references to the module's locals.

use crate::hcl::quote;
use crate::iam::{Part, Text, Variable};
use crate::kms::companion::place_in_arn;

/// How a module gets at a variable: a local that names an attribute of a data source.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Lookup {
    /// The variable.
    pub variable: Variable,
    /// The local's name.
    pub local: &'static str,
    /// The data source's type; its name is `current`.
    pub data_source: &'static str,
    /// The attribute. `id` of `aws_region` is the one spelling that provider versions 3 to 6 read without a warning:
    /// `name` is deprecated since 6.0.0 (CHANGELOG, #42131), `region` exists only since.
    pub attribute: &'static str,
}

/// Every lookup, in the order in which modules print them.
pub const LOOKUPS: [Lookup; 4] = [
    Lookup {
        variable: Variable::Account,
        local: "account_id",
        data_source: "aws_caller_identity",
        attribute: "account_id",
    },
    Lookup {
        variable: Variable::Partition,
        local: "partition",
        data_source: "aws_partition",
        attribute: "partition",
    },
    Lookup {
        variable: Variable::UrlSuffix,
        local: "dns_suffix",
        data_source: "aws_partition",
        attribute: "dns_suffix",
    },
    Lookup {
        variable: Variable::Region,
        local: "region",
        data_source: "aws_region",
        attribute: "id",
    },
];

fn local(variable: Variable) -> &'static str {
    LOOKUPS
        .iter()
        .find(|lookup| lookup.variable == variable)
        .map_or("", |lookup| lookup.local)
}

/// A text as a complete HCL expression: a quoted template, or a bare reference where it is nothing else.
#[must_use]
pub fn value(text: &Text) -> String {
    value_with(text, |variable| format!("local.{}", local(variable)))
}

/// The same, where deployment-time parts are those of a key whose ARN, taken apart, is in a local.
#[must_use]
pub fn value_of_key(text: &Text, parts: &str) -> String {
    value_with(text, |variable| {
        format!("local.{parts}[{}]", place_in_arn(variable))
    })
}

fn value_with(text: &Text, reference: impl Fn(Variable) -> String) -> String {
    if let [Part::Variable(variable)] = text.parts() {
        return reference(*variable);
    }
    let mut out = String::from("\"");
    let mut parts = text.parts().iter().peekable();
    while let Some(part) = parts.next() {
        match part {
            Part::Unknown(written) => out.push_str(written),
            Part::Literal(literal) => quote::escape_into(&mut out, literal, parts.peek().is_some()),
            Part::Variable(variable) => {
                out.push_str("${");
                out.push_str(&reference(*variable));
                out.push('}');
            }
        }
    }
    out.push('"');
    out
}
