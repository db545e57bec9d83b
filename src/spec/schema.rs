//! JSON Schemas of the spec file and the workspace file, from the tables of fields.

use serde_json::{Map, Value, json};

use super::field::{TITLE, record_schema};
use super::{SpecFields, WorkspaceFields};

/// The dialect that editors understand best.
const DIALECT: &str = "http://json-schema.org/draft-07/schema#";

fn titled(title: &str, mut schema: Value) -> Value {
    let mut definitions = Map::new();
    if let Value::Object(members) = &mut schema {
        for member in members.values_mut() {
            share(member, &mut definitions);
        }
        members.insert("$schema".into(), json!(DIALECT));
        members.insert(TITLE.into(), json!(title));
        members.insert("definitions".into(), definitions.into());
    }
    schema
}

/// Moves every schema with a title among the definitions, where it stands once, and refers to it.
fn share(schema: &mut Value, definitions: &mut Map<String, Value>) {
    match schema {
        Value::Object(members) => {
            for member in members.values_mut() {
                share(member, definitions);
            }
        }
        Value::Array(items) => {
            for item in items {
                share(item, definitions);
            }
        }
        _ => {}
    }
    let title = schema.get(TITLE).and_then(Value::as_str);
    let Some(name) = title.map(|title| title.replace(' ', "-")) else {
        return;
    };
    let reference = json!({"$ref": format!("#/definitions/{name}")});
    let own = std::mem::replace(schema, reference);
    let known = definitions.entry(name).or_insert_with(|| own.clone());
    if *known != own {
        // Two of one name: this one stays where it is.
        *schema = own;
    }
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
