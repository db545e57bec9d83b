//! Regions.

use serde_json::{Value, json};

use super::text::text;
use crate::diag::Diagnostic;
use crate::kms::Region;
use crate::spec::field::{Decoder, FieldType};
use crate::yaml::Node;

/// The name of a Region, be it one of next year.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RegionName(pub Region);

impl FieldType for RegionName {
    fn describe() -> String {
        "the name of a Region".to_owned()
    }

    fn schema() -> Value {
        json!({"type": "string", "pattern": "^[a-z]+(-[a-z]+)+-[0-9]+$"})
    }

    fn decode(node: &Node, decoder: &mut Decoder) -> Option<Self> {
        let written = text(node, "the name of a Region", decoder)?;
        if let Some(region) = Region::parse(written) {
            return Some(Self(region));
        }
        let known: Vec<_> = Region::all()
            .map(|region| region.name().to_owned())
            .collect();
        decoder.report(
            Diagnostic::error(
                "invalid-name",
                format!("`{written}` is not the name of a Region"),
            )
            .at(node.span, "")
            .did_you_mean(written, known.iter().map(String::as_str))
            .help("it looks like `eu-central-1`"),
        );
        None
    }
}
