//! Names of Regions.

use serde_json::{Value, json};

use super::text::text;
use crate::diag::Diagnostic;
use crate::kms::Region;
use crate::spec::field::{Decoder, FieldType};
use crate::yaml::Node;

/// The name of a Region.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct RegionName(pub Region);

impl RegionName {
    /// The name as written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        self.0.name()
    }
}

impl FieldType for RegionName {
    fn describe() -> String {
        "the name of a Region".to_owned()
    }

    fn schema() -> Value {
        // Source: KMS service model, `RegionType`.
        json!({"type": "string", "pattern": "^([a-z]+-){2,3}[0-9]+$", "maxLength": 32})
    }

    fn decode(node: &Node, decoder: &mut Decoder) -> Option<Self> {
        let written = text(node, &Self::describe(), decoder)?;
        let all: Vec<Region> = Region::all().collect();
        let names = || all.iter().map(Region::name);
        // New Regions have new numbers, and prefixes, but are named after the same directions.
        let direction = |name: &str| name.split('-').rev().nth(1).map(str::to_owned);
        let has_direction = |name: &str| {
            let named = direction(name);
            named.is_some() && names().any(|known| direction(known) == named)
        };
        let Some(region) = Region::parse(written).filter(|region| has_direction(region.name()))
        else {
            decoder.report(
                Diagnostic::error("unknown-region", format!("`{written}` is no Region"))
                    .at(node.span, "")
                    .did_you_mean(written, names())
                    .help("write a Region such as `eu-central-1`"),
            );
            return None;
        };
        if !region.known() {
            decoder.report(
                Diagnostic::warning(
                    "unknown-region",
                    format!("keywright does not know the Region `{written}`"),
                )
                .at(node.span, "")
                .did_you_mean(written, names())
                .help("if it is new, never mind: it is taken as it is"),
            );
        }
        Some(Self(region))
    }
}
