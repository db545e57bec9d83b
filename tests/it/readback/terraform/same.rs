//! The same keys in other words: keywright's own modules, rewritten as others write them.

use std::collections::BTreeMap;

use keywright::iam::{Part, PolicyDocument, Principals, Text, Tree, Variable};
use keywright::readback::found::{FoundKey, Property};
use keywright::readback::open::{Loaded, read_tree};
use keywright::readback::{File, Found, found_in_module};
use keywright::source::Sources;
use keywright::target::terraform::value;
use proptest::collection::vec;
use proptest::prelude::*;
use serde_json::{Value as Json, json};
use similar::TextDiff;

use crate::properties::arbitrary::{self, Order};
use crate::properties::{config, one};

const LOOKUPS: &str = r#"
data "aws_caller_identity" "current" {}
data "aws_partition" "current" {}
data "aws_region" "current" {}
locals {
  account_id = data.aws_caller_identity.current.account_id
  partition  = data.aws_partition.current.partition
  dns_suffix = data.aws_partition.current.dns_suffix
  region     = data.aws_region.current.id
}
"#;

fn read(files: &[(&str, String)]) -> Found {
    let mut sources = Sources::new();
    let loaded: Vec<_> = files
        .iter()
        .map(|(path, text)| Loaded {
            path,
            id: sources.add(*path, text.as_str()),
            text,
        })
        .collect();
    let mut units = read_tree(&loaded, &Default::default());
    assert_eq!(units.len(), 1);
    let read = units.remove(0).read;
    read.unwrap_or_else(|problems| panic!("{problems:#?}\n{files:#?}"))
}

fn document(key: &FoundKey) -> &PolicyDocument {
    let policy = key.policy.known().unwrap();
    assert_eq!(policy.problems, []);
    &policy.document
}

/// A text as a template without quotes; `None` where only quotes could say it.
fn template(text: &Text) -> Option<String> {
    let mut out = String::new();
    for part in text.parts() {
        match part {
            Part::Literal(literal) => {
                out.push_str(&literal.replace("${", "$${").replace("%{", "%%{"));
            }
            _ if out.ends_with(['$', '%']) => return None,
            Part::Variable(Variable::Account) => out.push_str("${local.account_id}"),
            Part::Variable(Variable::Partition) => out.push_str("${local.partition}"),
            Part::Variable(Variable::UrlSuffix) => out.push_str("${local.dns_suffix}"),
            Part::Variable(_) => out.push_str("${local.region}"),
            Part::Unknown(_) => return None,
        }
    }
    Some(out)
}

/// The policy in JSON that is a template.
fn policy_template(policy: &PolicyDocument) -> Option<String> {
    policy.texts().map(template).collect::<Option<Vec<_>>>()?;
    let json = Tree::from(policy).to_json(&|text| template(text).unwrap_or_default());
    Some(with_names(json)?.to_string())
}

/// JSON as many programs print it: whatever is not ASCII is escaped, in two halves beyond U+FFFF.
fn ascii(json: &Json) -> String {
    let mut out = String::new();
    for c in json.to_string().chars() {
        if c.is_ascii() && !c.is_ascii_control() {
            out.push(c);
        } else {
            let mut halves = [0; 2];
            for half in c.encode_utf16(&mut halves) {
                out.push_str(&format!("\\u{half:04x}"));
            }
        }
    }
    out
}

/// The names of an object are templates too.
fn with_names(json: Json) -> Option<Json> {
    match json {
        Json::Object(members) => {
            let members = members
                .into_iter()
                .map(|(name, value)| Some((template(&Text::literal(name))?, with_names(value)?)));
            members
                .collect::<Option<serde_json::Map<_, _>>>()
                .map(Json::Object)
        }
        Json::Array(items) => items.into_iter().map(with_names).collect(),
        other => Some(other),
    }
}

/// The policy as blocks of a data source.
fn blocks(name: &str, policy: &PolicyDocument) -> String {
    let quoted = |text: &str| value(&Text::literal(text));
    let list = |texts: &[Text]| {
        let texts: Vec<_> = texts.iter().map(value).collect();
        format!("[{}]", texts.join(", "))
    };
    let mut out = format!("data \"aws_iam_policy_document\" \"{name}\" {{\n");
    for statement in &policy.statements {
        out.push_str("  statement {\n");
        if let Some(sid) = &statement.sid {
            out.push_str(&format!("    sid = {}\n", quoted(sid)));
        }
        out.push_str(&format!("    effect = \"{}\"\n", statement.effect.as_str()));
        let action = statement.action.as_ref().unwrap();
        let actions: Vec<_> = action.value.iter().map(Text::literal).collect();
        let not = |negated: bool| if negated { "not_" } else { "" };
        out.push_str(&format!(
            "    {}actions = {}\n",
            not(action.negated),
            list(&actions)
        ));
        let resource = statement.resource.as_ref().unwrap();
        out.push_str(&format!(
            "    {}resources = {}\n",
            not(resource.negated),
            list(&resource.value)
        ));
        let principal = statement.principal.as_ref().unwrap();
        let Principals::Listed(kinds) = &principal.value else {
            panic!("keywright writes no bare `*`");
        };
        for (kind, names) in kinds.iter() {
            out.push_str(&format!(
                "    {}principals {{\n      type = \"{}\"\n      identifiers = {}\n    }}\n",
                not(principal.negated),
                kind.as_str(),
                list(names)
            ));
        }
        for (operator, keys) in statement.conditions.iter() {
            for (key, values) in keys.iter() {
                out.push_str(&format!(
                    "    condition {{\n      test = \"{operator}\"\n      variable = {}\n      values = {}\n    }}\n",
                    quoted(key), list(values)
                ));
            }
        }
        out.push_str("  }\n");
    }
    out.push_str("}\n");
    out
}

/// The module with each policy replaced; `None` where one cannot be said so.
fn rewritten(
    text: &str,
    keys: &[FoundKey],
    mut policy: impl FnMut(usize, &PolicyDocument) -> Option<String>,
) -> Option<String> {
    let mut out = text.to_owned();
    for (number, key) in keys.iter().enumerate().rev() {
        let Property::Known(read, span) = &key.policy else {
            panic!("{key:#?}");
        };
        let (start, end) = (
            span.start as usize - "jsonencode(".len(),
            span.end as usize + 1,
        );
        assert!(out[start..].starts_with("jsonencode("));
        out.replace_range(start..end, &policy(number, &read.document)?);
    }
    Some(out)
}

fn same(one: &Found, other: &Found) -> Result<(), TestCaseError> {
    prop_assert_eq!(&other.doubts, &[]);
    prop_assert_eq!(one.keys.len(), other.keys.len());
    for (one, other) in one.keys.iter().zip(&other.keys) {
        let (left, right) = (document(one), document(other));
        prop_assert!(
            left == right,
            "{}",
            TextDiff::from_lines(left.to_string(), right.to_string()).unified_diff()
        );
        prop_assert_eq!(&one.resource, &other.resource);
        prop_assert_eq!(one.description.known(), other.description.known());
        prop_assert_eq!(one.rotates.known(), other.rotates.known());
        prop_assert_eq!(one.tags.known(), other.tags.known());
        prop_assert_eq!(one.key_spec.known(), other.key_spec.known());
        let aliases = |key: &FoundKey| -> Vec<_> {
            key.aliases
                .iter()
                .map(|alias| alias.name.known().cloned())
                .collect()
        };
        prop_assert_eq!(aliases(one), aliases(other));
    }
    Ok(())
}

proptest! {
    #![proptest_config(config(48))]

    #[test]
    fn a_policy_reads_the_same_in_every_notation(keys in vec(arbitrary::key(), 1..4)) {
        let artifacts = one(&keys, "production", Order::Forwards);
        let main = artifacts.iter().find(|it| it.path.ends_with("main.tf")).unwrap();
        let text = main.contents.as_str();
        let id = Sources::new().add("main.tf", text);
        let plain = found_in_module(&[File { id, text }]).unwrap();

        let heredoc = rewritten(text, &plain.keys, |_, policy| {
            Some(format!("<<-EOT\n    {}\n  EOT\n", policy_template(policy)?))
        });
        if let Some(heredoc) = heredoc {
            same(&plain, &read(&[("main.tf", heredoc)]))?;
        }

        let mut documents = String::new();
        let by_name = rewritten(text, &plain.keys, |number, policy| {
            // There `&{` is another way to write `${`.
            if policy.texts().flat_map(Text::literals).any(|it| it.contains("&{")) {
                return None;
            }
            documents.push_str(&blocks(&format!("k{number}"), policy));
            Some(format!("data.aws_iam_policy_document.k{number}.json"))
        });
        if let Some(by_name) = by_name {
            same(&plain, &read(&[("main.tf", by_name), ("policies.tf", documents)]))?;
        }

        let by_call = rewritten(text, &plain.keys, |number, _| {
            Some(format!("jsonencode(merge({{ Version = \"\" }}, jsondecode(local.p{number})))"))
        });
        let locals: Option<String> = plain.keys.iter().enumerate().map(|(number, key)| {
            let json = policy_template(document(key))?;
            Some(format!("locals {{\n  p{number} = <<EOT\n{json}\nEOT\n}}\n"))
        }).collect();
        if let (Some(by_call), Some(locals)) = (by_call, locals) {
            same(&plain, &read(&[("main.tf", by_call), ("policies.tf", locals)]))?;
        }
    }

    #[test]
    fn a_module_reads_the_same_in_json(keys in vec(arbitrary::key(), 1..4)) {
        let artifacts = one(&keys, "production", Order::Forwards);
        let main = artifacts.iter().find(|it| it.path.ends_with("main.tf")).unwrap();
        let text = main.contents.as_str();
        let id = Sources::new().add("main.tf", text);
        let plain = found_in_module(&[File { id, text }]).unwrap();
        let mut resources: BTreeMap<String, serde_json::Map<_, _>> = BTreeMap::new();
        let mut aliases = serde_json::Map::new();
        for key in &plain.keys {
            let policy = policy_template(document(key));
            let description = key.description.known().and_then(template);
            let tags = key.tags.known().unwrap().iter();
            let tags: Option<serde_json::Map<_, _>> = tags
                .map(|(name, text)| Some((template(&Text::literal(name.as_str()))?, template(text)?.into())))
                .collect();
            let (Some(policy), Some(description), Some(tags)) = (policy, description, tags) else {
                return Ok(());
            };
            let mut resource = json!({
                "policy": policy, "description": description, "tags": tags, "lifecycle": [{"prevent_destroy": true}],
            });
            if let Some(rotates) = key.rotates.known() {
                resource["enable_key_rotation"] = json!(format!("${{{rotates}}}"));
            }
            if let Some(spec) = key.key_spec.known() {
                resource["customer_master_key_spec"] = json!(spec.as_str());
            }
            let address = match key.resource.contains('.') {
                true => key.resource.clone(),
                false => format!("aws_kms_key.{}", key.resource),
            };
            let (kind, name) = address.split_once('.').unwrap();
            resources.entry(kind.to_owned()).or_default().insert(name.to_owned(), resource);
            for alias in &key.aliases {
                let Some(name) = alias.name.known().and_then(template) else {
                    return Ok(());
                };
                let target = format!("${{{address}.key_id}}");
                aliases.insert(alias.resource.clone(), json!({"name": name, "target_key_id": target}));
            }
        }
        resources.insert("aws_kms_alias".to_owned(), aliases);
        let module = json!({"resource": resources});
        let mut read = read(&[("main.tf.json", ascii(&module)), ("lookups.tf", LOOKUPS.to_owned())]);
        // Objects of JSON have no order here.
        let mut plain = plain;
        plain.keys.sort_by(|one, two| one.resource.cmp(&two.resource));
        read.keys.sort_by(|one, two| one.resource.cmp(&two.resource));
        for key in plain.keys.iter_mut().chain(&mut read.keys) {
            key.aliases.sort_by(|one, two| one.resource.cmp(&two.resource));
        }
        same(&plain, &read)?;
    }
}
