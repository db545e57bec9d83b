//! JSON Schemas of the spec file and the workspace file, from the tables of fields.

use serde_json::{Value, json};

use super::field::record_schema;
use super::{SpecFields, WorkspaceFields};

/// The dialect that editors understand best.
const DIALECT: &str = "http://json-schema.org/draft-07/schema#";

fn titled(title: &str, mut schema: Value) -> Value {
    if let Value::Object(members) = &mut schema {
        members.insert("$schema".into(), json!(DIALECT));
        members.insert("title".into(), json!(title));
    }
    schema
}

/// The schema of spec files.
#[must_use]
pub fn spec() -> Value {
    titled("keywright spec file", record_schema::<SpecFields>())
}

/// The schema of `keywright.yaml`.
#[must_use]
pub fn workspace() -> Value {
    titled(
        "keywright workspace file",
        record_schema::<WorkspaceFields>(),
    )
}
