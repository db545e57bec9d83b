//! The id of a key that exists.

use serde_json::{Value, json};

use super::text::text;
use crate::diag::Diagnostic;
use crate::spec::field::{Decoder, FieldType};
use crate::yaml::Node;

/// A key's id: a UUID, or `mrk-` and 32 hexadecimal digits for a multi-Region key.
/// Source: KMS developer guide, "Key identifiers (KeyId)" and "Multi-Region keys in AWS KMS".
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct KeyId(String);

const MULTI_REGION: &str = "mrk-";
const PATTERN: &str = "^([0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|mrk-[0-9a-f]{32})$";
/// Lengths of a UUID's groups.
const GROUPS: [usize; 5] = [8, 4, 4, 4, 12];

impl KeyId {
    /// The id as KMS writes it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether it is the id of a multi-Region key, which other keys have none like.
    #[must_use]
    pub fn is_multi_region(&self) -> bool {
        self.0.starts_with(MULTI_REGION)
    }
}

fn is_key_id(text: &str) -> bool {
    let is_hex = |text: &str| {
        let mut bytes = text.bytes();
        bytes.all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
    };
    if let Some(digits) = text.strip_prefix(MULTI_REGION) {
        return digits.len() == 32 && is_hex(digits);
    }
    text.split('-').map(str::len).eq(GROUPS) && text.split('-').all(is_hex)
}

/// What to write in place of something that is no id.
fn help(written: &str) -> String {
    let resource = written
        .strip_prefix("arn:")
        .and_then(|arn| arn.splitn(5, ':').last())
        .unwrap_or(written);
    let id = resource.strip_prefix("key/").unwrap_or(resource);
    let lower = id.to_ascii_lowercase();
    if is_key_id(&lower) {
        return format!("write `{lower}`");
    }
    let alias = resource.strip_prefix("alias/").unwrap_or(resource);
    let is_alias = |c: char| c.is_ascii_alphanumeric() || "/_-".contains(c);
    let is_of_id = |c: char| c.is_ascii_hexdigit() || c == '-';
    let misspelt = id.starts_with(MULTI_REGION) || id.chars().all(is_of_id);
    if !misspelt && alias.chars().all(is_alias) {
        return format!(
            "if `{alias}` is its alias, `aws kms describe-key --key-id alias/{alias} --query KeyMetadata.KeyId` tells its id"
        );
    }
    "it looks like `1234abcd-12ab-34cd-56ef-1234567890ab`, that of a multi-Region key like \
     `mrk-1234abcd12ab34cd56ef1234567890ab`"
        .to_owned()
}

impl FieldType for KeyId {
    fn describe() -> String {
        "the id of a key".to_owned()
    }

    fn schema() -> Value {
        json!({"type": "string", "pattern": PATTERN})
    }

    fn decode(node: &Node, decoder: &mut Decoder) -> Option<Self> {
        let written = text(node, "the id of a key", decoder)?;
        if is_key_id(written) {
            return Some(Self(written.to_owned()));
        }
        let what = if written.starts_with("arn:") {
            "an ARN, and no key id"
        } else if written.starts_with("alias/") {
            "an alias, and no key id"
        } else {
            "no key id"
        };
        decoder.report(
            Diagnostic::error("invalid-key-id", format!("`{written}` is {what}"))
                .at(node.span, "")
                .help(help(written)),
        );
        None
    }
}
