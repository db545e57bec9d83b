//! The reference of spec file and workspace file, made of the tables that decoding works by.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use serde_json::Value;

use super::document::{escape, markdown_table};
use crate::compile;
use crate::iam::Variable;
use crate::kms::{KeySpec, limits};
use crate::spec::field::{Field, FieldType, Presence, Record, RecordTable};
use crate::spec::{
    ENVIRONMENT_PLACEHOLDER, KeyDefinition, KeyOverride, Qualifiers, RawStatement, SpecFields,
    WorkspaceFields, principal_kinds,
};

/// The document `docs/spec.md`.
#[must_use]
pub fn markdown() -> String {
    let mut out = INTRODUCTION.to_owned();
    let mut seen = BTreeSet::new();
    tables(&mut out, 2, SpecFields::record(), &mut seen);
    overrides(&mut out);
    statements(&mut out);
    principals(&mut out);
    kinds_of_key(&mut out);
    placeholders(&mut out);
    tables(&mut out, 2, WorkspaceFields::record(), &mut seen);
    let _ = write!(out, "\n{YAML_RULES}");
    out
}

const INTRODUCTION: &str = "\
# Spec and workspace files

What can stand in `specs/**/*.yaml` and in `keywright.yaml`. Made by the program from the tables that it decodes
files by; the JSON Schemas in `schema/` come from the same tables. A field that is not listed here is an error.
What each AWS service takes as parameters stands in [services.md](services.md).
";

const YAML_RULES: &str = "\
## Rules for YAML

- A file is one document in UTF-8, at most 4 MiB. Tags, anchors, aliases and merge keys are refused, and so is a key
  that a mapping has twice.
- Text that a YAML reader takes for a number, a boolean or nothing is refused where text is due, and so are `yes`, `no`,
  `on` and `off` where a boolean is due. Account ids may be written with or without quotes, leading zeros included.
- Text is in Unicode's composed form (NFC), because Terraform composes text and CloudFormation does not. Control
  characters other than tab and line ends are refused.
- `{{resolve:` is refused where templates of CloudFormation are made, which would replace it.
- An empty list or mapping is refused: leave the field out instead.
";

/// A record's table, and those of the records that its fields are made of.
fn tables(
    out: &mut String,
    level: usize,
    record: Option<RecordTable>,
    seen: &mut BTreeSet<&'static str>,
) {
    let Some(record) = record.filter(|record| seen.insert(record.name)) else {
        return;
    };
    let _ = write!(
        out,
        "\n{} {}\n\n{}\n\n",
        "#".repeat(level),
        heading(record.name),
        escape(&record.meaning_text())
    );
    out.push_str(&markdown_table(
        &["field", "value", "meaning", "limits", "example"],
        record.fields.iter().map(row),
    ));
    if !record.later.is_empty() {
        let names: Vec<_> = record
            .later
            .iter()
            .map(|name| format!("`{name}`"))
            .collect();
        let _ = writeln!(
            out,
            "\nKept for later versions, and refused by this one: {}.",
            names.join(", ")
        );
    }
    for field in record.fields {
        tables(out, 3, (field.record)(), seen);
    }
}

fn heading(name: &str) -> String {
    let mut characters = name.chars();
    let first = characters.next().map(|first| first.to_ascii_uppercase());
    first.into_iter().chain(characters).collect()
}

fn anchor(name: &str) -> String {
    name.to_lowercase().replace(' ', "-")
}

fn row(field: &Field) -> Vec<String> {
    let mut name = format!("`{}`", field.name);
    if field.presence == Presence::Required {
        name.push_str(" (required)");
    }
    let mut value = escape(&(field.describe)());
    let record = (field.record)().map(|record| record.name);
    let records = record.map(|name| (name, anchor(name)));
    let sections = SECTIONS.map(|(words, section)| (words, section.to_owned()));
    for (words, anchor) in records.into_iter().chain(sections) {
        value = value.replacen(words, &format!("[{words}](#{anchor})"), 1);
    }
    vec![
        name,
        value,
        escape(&field.meaning_text()),
        escape(&bounds(&(field.schema)())),
        escape(&format!("`{}: {}`", field.name, field.example)),
    ]
}

/// What values are called in words, with the section that tells more.
const SECTIONS: [(&str, &str); 8] = [
    ("key spec", "kinds-of-key"),
    ("key usage", "kinds-of-key"),
    ("capability", "kinds-of-key"),
    ("user of the key", "principals"),
    ("administrator of the key", "principals"),
    ("placeholders", "placeholders"),
    ("fields of a key definition", "overrides"),
    ("policy statement", "statements"),
];

/// The names of the properties in a schema.
fn properties(schema: &Value) -> Vec<&str> {
    let properties = schema.get("properties").and_then(Value::as_object);
    properties
        .into_iter()
        .flatten()
        .map(|(name, _)| name.as_str())
        .collect()
}

fn quoted<'n>(names: impl IntoIterator<Item = &'n str>) -> String {
    let names: Vec<_> = names.into_iter().map(|name| format!("`{name}`")).collect();
    names.join(", ")
}

fn overrides(out: &mut String) {
    let schema = KeyOverride::schema();
    let allowed = properties(&schema);
    let fixed = KeyDefinition::FIELDS.iter().map(|field| field.name);
    let fixed = fixed.filter(|name| !allowed.contains(name));
    let _ = write!(
        out,
        "\n### Overrides\n\nFor an environment and a key, by the alias as the key writes it: fields of the \
         [key definition](#key-definition) that are different there, each as a whole. What names the key cannot \
         differ: {}.\n",
        quoted(fixed)
    );
}

fn statements(out: &mut String) {
    let schema = RawStatement::schema();
    let required = schema.get("required").and_then(Value::as_array);
    let required: Vec<_> = required
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .collect();
    let elements = properties(&schema);
    let optional = elements.into_iter().filter(|name| !required.contains(name));
    let _ = write!(
        out,
        "\n### Statements\n\nPolicy statements in AWS's own words, for what keywright's own do not cover. Each has {}; \
         it may have {}. A `Resource` that is left out is `*`, the key itself; a `Sid` is of letters, digits and \
         spaces. Principals are full ARNs without wildcards, account ids, services, or `*`, which in an Allow needs \
         a `Condition` that fixes who asks, such as `kms:CallerAccount`, without wildcards. Other elements are refused: what `NotPrincipal` and `NotAction` allow grows by itself.\n",
        quoted(required.iter().copied()),
        quoted(optional)
    );
}

/// The limits of a value in words, from its schema.
fn bounds(schema: &Value) -> String {
    let mut words: Vec<String> = Vec::new();
    if let Some(longest) = schema.get("maxLength") {
        words.push(format!("at most {longest} characters"));
    }
    if let Some(pattern) = schema.get("pattern").and_then(Value::as_str) {
        words.push(format!("`{pattern}`"));
    }
    let parts = [
        ("items", "each "),
        ("propertyNames", "names "),
        ("additionalProperties", "values "),
    ];
    for (part, prefix) in parts {
        // Records have a table of their own.
        let inner = schema
            .get(part)
            .filter(|inner| inner.get("properties").is_none());
        let inner = inner.map(bounds).unwrap_or_default();
        if !inner.is_empty() {
            words.push(format!("{prefix}{inner}"));
        }
    }
    words.join(", ")
}

fn principals(out: &mut String) {
    out.push_str(
        "\n## Principals\n\nAn entry of `users`, of `administrators`, of `deployers`, of `break_glass` or of a set names \
         one principal, by one of these fields.\n\n",
    );
    let list = |names: Option<&[&str]>| -> String {
        let Some(names) = names else {
            return "cannot be one".to_owned();
        };
        let names: Vec<_> = names.iter().map(|name| format!("`{name}`")).collect();
        if names.is_empty() {
            "nothing".to_owned()
        } else {
            names.join(", ")
        }
    };
    let service = [
        "`service`".to_owned(),
        "An AWS service that calls KMS itself, by the name of its recipe.".to_owned(),
        "the recipe's parameters, see [services.md](services.md), and `expires`".to_owned(),
        list(None),
        list(None),
        "`service: cloudtrail`".to_owned(),
    ];
    let kinds = principal_kinds().map(|kind| {
        [
            format!("`{}`", kind.field.name),
            escape(&kind.field.meaning_text()),
            list(kind.users),
            list(kind.administrators),
            list(kind.deployers),
            format!("`{}: {}`", kind.field.name, kind.field.example),
        ]
    });
    out.push_str(&markdown_table(
        &[
            "kind",
            "who it is",
            "beside it as a user",
            "as an administrator",
            "as a deployer or in an emergency",
            "example",
        ],
        kinds.chain([service]),
    ));
    out.push_str(
        "\n### Qualifiers\n\nWhat may stand beside the kind, where the table above allows it.\n\n",
    );
    out.push_str(&markdown_table(
        &["field", "value", "meaning", "limits", "example"],
        Qualifiers::FIELDS.iter().map(row),
    ));
    out.push_str(
        "\nEntries of `users` in a set may be of any kind; a set whose entries have `access`, `via`, `context` or \
         `organization`, or cannot be administrators, is refused under `administrators`.\n",
    );
}

fn kinds_of_key(out: &mut String) {
    let _ = write!(
        out,
        "\n## Kinds of key\n\n`key_spec` and `key_usage` with the capabilities that can stand under `access`, and what \
         users get when they name none. Only `{}` keys rotate, take a `context`, and can be used with `via` or by a \
         `service` that does not ask for another kind.\n\n",
        KeySpec::SYMMETRIC_DEFAULT.as_str()
    );
    let words = |actions: Vec<&'static str>| -> String {
        let actions: Vec<_> = actions.iter().map(|action| format!("`{action}`")).collect();
        actions.join(", ")
    };
    // Specs that have the same usages and capabilities share their rows.
    let mut rows: Vec<(Vec<String>, [String; 5])> = Vec::new();
    for spec in KeySpec::ALL {
        for usage in spec.usages() {
            let capabilities = compile::capabilities(spec, *usage);
            let (own, all) = if spec.is_deployable() {
                let own: Vec<_> = capabilities
                    .iter()
                    .map(|one| {
                        let actions = compile::allowed_actions(spec, *usage, &[*one]);
                        format!("`{}`: {}", one.as_str(), words(actions))
                    })
                    .collect();
                (
                    own.join("; "),
                    words(compile::allowed_actions(spec, *usage, &[])),
                )
            } else {
                let reason = "refused: neither CloudFormation nor a known release of the Terraform provider makes it";
                (reason.to_owned(), String::new())
            };
            let choice = if spec.default_usage() == Some(*usage) {
                format!("`{}` (default)", usage.as_str())
            } else {
                format!("`{}`", usage.as_str())
            };
            let rotates = if spec.rotates() { "yes" } else { "no" };
            let cells = [choice, rotates.to_owned(), own, all, String::new()];
            let name = format!("`{}`", spec.as_str());
            match rows.iter_mut().find(|(_, known)| *known == cells) {
                Some((names, _)) => names.push(name),
                None => rows.push((vec![name], cells)),
            }
        }
    }
    let rows = rows
        .into_iter()
        .map(|(names, [usage, rotates, own, all, _])| [names.join(", "), usage, rotates, own, all]);
    out.push_str(&markdown_table(
        &[
            "`key_spec`",
            "`key_usage`",
            "rotates",
            "capabilities",
            "without `access`",
        ],
        rows,
    ));
    let inspected = compile::allowed_actions(
        KeySpec::SYMMETRIC_DEFAULT,
        crate::kms::KeyUsage::EncryptDecrypt,
        &[crate::spec::Capability::Inspect],
    );
    let (across, within): (Vec<_>, Vec<_>) = inspected.into_iter().partition(|action| {
        crate::kms::actions::find(action).is_some_and(|action| action.cross_account == Some(true))
    });
    let _ = write!(
        out,
        "\nEvery kind has `inspect` besides, which is no use of the key, and which nobody gets without asking for it: {}, \
         in the key's own account {} too, with asymmetric keys `kms:GetPublicKey`. It stands in an entry without `via`.\n",
        words(across),
        words(within)
    );
    out.push_str(
        "\n`read` and `write` are terms of services: beside `via` they give what every service there is documented to \
         need, and no `kms:CreateGrant`; they cannot be mixed with the key's own capabilities. \
         [services.md](services.md) lists them.\n",
    );
}

fn placeholders(out: &mut String) {
    let _ = write!(
        out,
        "\n## Placeholders\n\nIn aliases, tags, ARNs, values of a `context`, parameters of a `service` and `statements`. \
         `{{{{` and `}}}}` stand for braces. A `purpose` is always literal.\n\n"
    );
    let meaning = |variable: Variable| match variable {
        Variable::Account => "the account that the key is deployed to",
        Variable::Partition => "its partition: `aws`, `aws-cn`, `aws-us-gov`, …",
        Variable::Region => "the Region that the key is deployed to",
        Variable::UrlSuffix => "the domain of the partition",
    };
    let rows = Variable::ALL
        .into_iter()
        .map(|variable| {
            let name = format!("`{{{}}}`", variable.name());
            [name, meaning(variable).to_owned(), "deployment".to_owned()]
        })
        .chain([[
            format!("`{{{ENVIRONMENT_PLACEHOLDER}}}`"),
            "the name of the environment".to_owned(),
            "generation".to_owned(),
        ]]);
    out.push_str(&markdown_table(
        &["placeholder", "becomes", "known at"],
        rows,
    ));
    let _ = write!(
        out,
        "\n## Limits of AWS\n\nHeld with the longest account, partition and Region filled in: {} characters of an alias \
         after `alias/`, {} of a description, {} of a tag's key, {} of its value, {} tags and {} aliases of a key, {} \
         bytes of a key policy.\n",
        limits::ALIAS_LENGTH,
        limits::DESCRIPTION_LENGTH,
        limits::TAG_KEY_LENGTH,
        limits::TAG_VALUE_LENGTH,
        limits::TAGS_PER_KEY,
        limits::ALIASES_PER_KEY,
        limits::POLICY_BYTES,
    );
}
