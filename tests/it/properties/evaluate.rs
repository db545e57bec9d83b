//! A second opinion about CloudFormation: YAML by another library, functions by CloudFormation's documentation.

use std::collections::BTreeMap;

use serde_json::Value as Json;
use serde_yaml::Value as Yaml;

/// Pseudo parameters.
type Parameters = BTreeMap<&'static str, &'static str>;

/// A template as CloudFormation would send it to KMS; references to resources become `<NAME.Attribute>`.
pub(crate) fn template(text: &str, parameters: &Parameters) -> Json {
    evaluate(&serde_yaml::from_str(text).unwrap(), parameters)
}

fn evaluate(value: &Yaml, parameters: &Parameters) -> Json {
    match value {
        Yaml::Null => panic!("nothing where a value is due"),
        Yaml::Bool(value) => Json::Bool(*value),
        Yaml::Number(number) => Json::Number(number.as_u64().unwrap().into()),
        Yaml::String(text) => Json::String(text.clone()),
        Yaml::Sequence(items) => items
            .iter()
            .map(|item| evaluate(item, parameters))
            .collect(),
        Yaml::Mapping(members) => members
            .iter()
            .map(|(key, value)| {
                (
                    key.as_str().unwrap().to_owned(),
                    evaluate(value, parameters),
                )
            })
            .collect::<serde_json::Map<_, _>>()
            .into(),
        Yaml::Tagged(tagged) => match tagged.tag.to_string().as_str() {
            "!Ref" => reference(tagged.value.as_str().unwrap(), parameters).into(),
            "!GetAtt" => format!("<{}>", tagged.value.as_str().unwrap()).into(),
            "!Sub" => match &tagged.value {
                Yaml::String(text) => substitute(text, parameters, &BTreeMap::new()).into(),
                Yaml::Sequence(both) => {
                    let own = both[1].as_mapping().unwrap().iter();
                    let own =
                        own.map(|(key, value)| (key.as_str().unwrap(), value.as_str().unwrap()));
                    substitute(both[0].as_str().unwrap(), parameters, &own.collect()).into()
                }
                _ => panic!("no text to substitute in"),
            },
            other => panic!("{other}"),
        },
    }
}

fn reference(name: &str, parameters: &Parameters) -> String {
    parameters
        .get(name)
        .map_or_else(|| format!("<{name}>"), |value| (*value).to_owned())
}

/// `Fn::Sub`: "To write a dollar sign and curly braces (${}) literally, add an exclamation point (!) after the open
/// curly brace, such as ${!Literal}."
fn substitute(text: &str, parameters: &Parameters, own: &BTreeMap<&str, &str>) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some(at) = rest.find("${") {
        out.push_str(&rest[..at]);
        let inside = &rest[at + 2..];
        let end = inside.find('}').expect("a variable without an end");
        let name = &inside[..end];
        if let Some(literal) = name.strip_prefix('!') {
            // Only of names like these does the documentation show that they work.
            assert!(
                !literal.is_empty()
                    && literal
                        .chars()
                        .all(|c| c.is_ascii_alphanumeric() || "_.:/-".contains(c))
            );
            out.push_str(&format!("${{{literal}}}"));
        } else {
            // "Variable names in Fn::Sub syntax must contain only alphanumeric characters, underscores, periods, and colons"
            assert!(
                name.chars()
                    .all(|c| c.is_ascii_alphanumeric() || "_.:".contains(c)),
                "{name}"
            );
            let value = own.get(name).or_else(|| parameters.get(name));
            out.push_str(value.unwrap_or_else(|| panic!("unknown {name}")));
        }
        rest = &inside[end + 1..];
    }
    out.push_str(rest);
    out
}

/// The text that IAM compares a request's value with: `${$}`, `${*}` and `${?}` are those characters, any other
/// `${…}` is a policy variable. Source: IAM user guide, "IAM policy elements: Variables and tags".
pub(crate) fn policy_value(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some(at) = rest.find("${") {
        out.push_str(&rest[..at]);
        let special = ["${$}", "${*}", "${?}"]
            .into_iter()
            .find(|special| rest[at..].starts_with(special));
        let special = special.unwrap_or_else(|| panic!("a policy variable in {text:?}"));
        out.push_str(&special[2..3]);
        rest = &rest[at + 4..];
    }
    out.push_str(rest);
    out
}
