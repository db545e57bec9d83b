//! Short YAML and long JSON are one template.

use keywright::readback;
use keywright::readback::found::{Found, Property};
use keywright::source::Sources;
use keywright::yaml::{Dialect, Node, NodeKind, Resolved, load};
use proptest::prelude::*;
use serde_json::{Map, Value, json};

use crate::project::{contents, generate};
use crate::properties::CONFIG;
use crate::properties::arbitrary::{self, Order};

/// A YAML node as JSON, with its functions in their long form.
fn long(node: &Node) -> Value {
    let plain = match &node.kind {
        NodeKind::Scalar(scalar) => match scalar.resolved() {
            Resolved::Null => Value::Null,
            Resolved::Bool(value) => value.into(),
            Resolved::Integer => scalar.text.parse::<i64>().unwrap().into(),
            _ => Value::from(&*scalar.text),
        },
        NodeKind::Sequence(items) => items.iter().map(long).collect(),
        NodeKind::Mapping(entries) => {
            let entries = entries.iter();
            let members = entries.map(|entry| (entry.name().to_owned(), long(&entry.value)));
            members.collect::<Map<_, _>>().into()
        }
    };
    match node.tag.as_deref() {
        None => plain,
        Some("!Ref") => json!({ "Ref": plain }),
        Some("!GetAtt") => {
            let (resource, attribute) = plain.as_str().unwrap().split_once('.').unwrap();
            json!({ "Fn::GetAtt": [resource, attribute] })
        }
        Some(tag) => json!({ format!("Fn::{}", &tag[1..]): plain }),
    }
}

/// A template as JSON, with functions in their long form.
pub(super) fn to_long(text: &str) -> String {
    let id = Sources::new().add("template.yaml", text);
    let (root, problems) = load(id, text, Dialect::CloudFormation);
    assert_eq!(problems, []);
    let json = serde_json::to_string_pretty(&long(&root.unwrap())).unwrap();
    // As programs that write ASCII alone: some characters are none that YAML allows.
    let mut ascii = String::new();
    for c in json.chars() {
        if c.is_ascii() && c != '\u{7f}' {
            ascii.push(c);
            continue;
        }
        for unit in c.encode_utf16(&mut [0; 2]) {
            ascii += &format!("\\u{unit:04x}");
        }
    }
    ascii
}

/// Everything but places, which are those of two files.
fn placeless(found: &Found) -> String {
    let mut text = String::new();
    for key in &found.keys {
        let policy = match &key.policy {
            Property::Known(policy, _) => policy.document.to_string(),
            other => format!("{other:?}"),
        };
        let names: Vec<_> = key
            .aliases
            .iter()
            .map(|alias| (&alias.resource, alias.name.known()))
            .collect();
        text += &format!(
            "{} {:?} {:?} {:?} {:?} {:?} {:?} {names:?} {policy}\n",
            key.resource,
            key.description.known(),
            key.key_spec.known(),
            key.rotates.known(),
            key.deletion_window_days.known(),
            key.tags.known(),
            key.when,
        );
    }
    text
}

proptest! {
    #![proptest_config(crate::properties::config(32))]

    #[test]
    fn our_own_templates_read_the_same_in_long_form(
        keys in proptest::collection::vec(arbitrary::key(), 1..4),
    ) {
        let spec = arbitrary::spec(&keys, "shop", "production", Order::Forwards);
        let made = generate(Some(CONFIG), &[("specs/shop.yaml", &spec)], |it| it.artifacts.clone());
        let made = made.unwrap();
        let short = contents(&made, "cloudformation/production/shop.yaml");
        let long = to_long(short);
        let mut sources = Sources::new();
        let [one, other] = [short, long.as_str()].map(|text| {
            let id = sources.add("template", text);
            let certain = readback::cloudformation(id, text).unwrap();
            let found = readback::found_in_template(id, text).unwrap();
            let keys: Vec<_> = certain.keys.into_iter().map(|key| key.key).collect();
            (keys, placeless(&found))
        });
        prop_assert_eq!(&one.0, &other.0);
        prop_assert_eq!(&one.1, &other.1);
    }
}
