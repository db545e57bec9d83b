//! Whatever the program accepts, the JSON Schema accepts: for specs that are right, and for those spoilt at random.

use std::fs;

use keywright::source::Sources;
use keywright::spec::{schema, stack};
use proptest::prelude::*;
use serde_json::{Map, Value, json};

/// Fields that may be absent.
fn optional(strategy: impl Strategy<Value = Value> + 'static) -> BoxedStrategy<Option<Value>> {
    proptest::option::of(strategy).boxed()
}

/// A mapping of the fields that are there.
fn record(fields: Vec<(&'static str, BoxedStrategy<Option<Value>>)>) -> BoxedStrategy<Value> {
    let (names, values): (Vec<_>, Vec<_>) = fields.into_iter().unzip();
    values
        .prop_map(move |values| {
            let given = names.iter().zip(values);
            let given = given.filter_map(|(name, value)| Some(((*name).to_owned(), value?)));
            Value::Object(given.collect())
        })
        .boxed()
}

fn always(strategy: impl Strategy<Value = Value> + 'static) -> BoxedStrategy<Option<Value>> {
    strategy.prop_map(Some).boxed()
}

fn one_of(values: &[Value]) -> BoxedStrategy<Value> {
    proptest::sample::select(values.to_vec()).boxed()
}

fn text(pattern: &'static str) -> BoxedStrategy<Value> {
    pattern.prop_map(Value::String).boxed()
}

fn some_of(values: &[&'static str]) -> BoxedStrategy<Value> {
    proptest::sample::subsequence(values.to_vec(), 1..=values.len())
        .prop_map(|words| json!(words))
        .boxed()
}

fn tags() -> BoxedStrategy<Value> {
    proptest::collection::btree_map("[a-z]{1,8}", "[ -z]{0,12}|\\{environment\\}", 1..4)
        .prop_map(|tags| json!(tags))
        .boxed()
}

fn account() -> BoxedStrategy<Value> {
    text("[0-9]{12}")
}

/// An entry of `users` of any kind that is not a service.
fn principal(administrator: bool) -> BoxedStrategy<Value> {
    let extra = |mut fields: Vec<_>| {
        let day = one_of(&[json!("2027-01-31"), json!("2028-02-29")]);
        fields.push(("expires", optional(day)));
        if !administrator {
            fields.push(("access", optional(some_of(&["encrypt", "decrypt"]))));
            fields.push((
                "via",
                optional(some_of(&["s3", "secretsmanager", "dynamodb"])),
            ));
            fields.push((
                "context",
                optional(one_of(&[json!({"department": "finance"})])),
            ));
        }
        fields
    };
    let matching = || optional(one_of(&[json!("principal"), json!("condition")]));
    let name = if administrator {
        "Admin[A-Za-z0-9_]{1,9}"
    } else {
        "(team/)?User[A-Za-z0-9_]{1,9}"
    };
    let mut kinds =
        vec![
            record(extra(vec![
                ("role", always(text(name))),
                ("account", optional(account())),
                ("match", matching()),
            ])),
            record(extra(vec![
                ("user", always(text(name))),
                ("account", optional(account())),
                ("match", matching()),
            ])),
            record(extra(vec![
                ("permission_set", always(text("Set[A-Za-z0-9_]{1,9}"))),
                ("account", optional(account())),
            ])),
            record(extra(vec![(
                "arn",
                always(name.prop_map(|name| {
                    json!(format!("arn:{{partition}}:iam::{{account}}:role/{name}"))
                })),
            )])),
        ];
    if !administrator {
        kinds.push(record(extra(vec![("account", always(account()))])));
    }
    proptest::strategy::Union::new(kinds).boxed()
}

fn service() -> BoxedStrategy<Value> {
    proptest::strategy::Union::new(vec![
        record(vec![
            ("service", always(one_of(&[json!("cloudtrail")]))),
            ("trail", always(text("[a-z]{3,12}"))),
        ]),
        record(vec![(
            "service",
            always(one_of(&[
                json!("cloudwatch-alarms"),
                json!("eventbridge-rules"),
            ])),
        )]),
        record(vec![
            ("service", always(one_of(&[json!("cloudwatch-logs")]))),
            (
                "log_group",
                always(one_of(&[json!("/shop/*"), json!(["/shop/a", "/shop/b"])])),
            ),
        ]),
        record(vec![
            ("service", always(one_of(&[json!("s3-notifications")]))),
            ("bucket", always(text("[a-z]{3,12}"))),
        ]),
    ])
    .boxed()
}

/// Entries that differ, so that none is listed twice.
fn entries(entry: BoxedStrategy<Value>) -> BoxedStrategy<Value> {
    proptest::collection::vec(entry, 1..4)
        .prop_map(|mut entries| {
            let mut seen = std::collections::BTreeSet::new();
            entries.retain(|entry| seen.insert(entry.to_string()));
            Value::Array(entries)
        })
        .boxed()
}

fn key() -> BoxedStrategy<Value> {
    let user = proptest::strategy::Union::new_weighted(vec![(3, principal(false)), (1, service())]);
    record(vec![
        ("purpose", always(text("[A-Z][a-z ]{0,20}[a-z]"))),
        ("users", optional(entries(user.boxed()))),
        ("administrators", optional(entries(principal(true)))),
        (
            "rotation",
            optional((90..=2560_u64).prop_map(|days| json!({"period_days": days}))),
        ),
        (
            "deletion_window_days",
            optional((7..=30_u64).prop_map(|days| json!(days))),
        ),
        ("enabled", optional(any::<bool>().prop_map(|on| json!(on)))),
        ("tags", optional(tags())),
    ])
}

/// Specs without a mistake.
pub(super) fn valid_spec() -> impl Strategy<Value = Value> {
    let keys = proptest::collection::vec(key(), 1..4).prop_map(|keys| {
        let numbered = keys.into_iter().enumerate().map(|(number, mut key)| {
            key["alias"] = json!(format!("shop/{{environment}}/key-{number}"));
            if number % 2 == 1 {
                key["id"] = json!(format!("Chosen{number}"));
                key["aliases"] = json!([format!("more/{number}")]);
            }
            key
        });
        Value::Array(numbered.collect())
    });
    record(vec![
        ("version", optional(one_of(&[json!(1)]))),
        ("stack", optional(text("[a-z]{1,9}"))),
        (
            "environments",
            optional(some_of(&["development", "staging", "production"])),
        ),
        ("tags", optional(tags())),
        ("keys", always(keys)),
        (
            "released",
            optional(one_of(&[json!([{"id": "Gone", "reason": "moved"}])])),
        ),
    ])
}

/// What to put where something else was.
fn junk() -> BoxedStrategy<Value> {
    one_of(&[
        json!(null),
        json!(true),
        json!(1),
        json!(7),
        json!(365),
        json!(-1),
        json!(1.5),
        json!(""),
        json!("text"),
        json!("a/b"),
        json!("{environment}"),
        json!("{nothing}"),
        json!("alias/x"),
        json!("arn:aws:iam::123456789012:root"),
        json!("012345678901"),
        json!(123456789012_u64),
        json!("production"),
        json!("decrypt"),
        json!("s3"),
        json!([]),
        json!(["text"]),
        json!({}),
        json!("2027-02-30"),
        json!({"role": "Reader"}),
        json!([{"role": "Reader"}]),
        json!({"period_days": 400}),
        json!("é"),
        json!("a b"),
        json!("true"),
        json!("1"),
        json!("o-a1b2c3d4e5"),
        json!(["s3", "s3"]),
    ])
}

/// Names to add or to take instead of others.
const NAMES: [&str; 18] = [
    "role",
    "user",
    "arn",
    "account",
    "service",
    "permission_set",
    "match",
    "access",
    "via",
    "context",
    "expires",
    "account_access",
    "alias",
    "id",
    "was",
    "aliases",
    "reason",
    "text",
];

/// One change to a value somewhere within it.
#[derive(Debug, Clone)]
pub(super) struct Mutation {
    path: Vec<prop::sample::Index>,
    kind: u8,
    name: prop::sample::Index,
    junk: Value,
}

pub(super) fn mutation() -> impl Strategy<Value = Mutation> {
    (
        proptest::collection::vec(any::<prop::sample::Index>(), 0..6),
        0..4_u8,
        any::<prop::sample::Index>(),
        junk(),
    )
        .prop_map(|(path, kind, name, junk)| Mutation {
            path,
            kind,
            name,
            junk,
        })
}

impl Mutation {
    pub(super) fn apply(&self, value: &mut Value) {
        let mut place = value;
        for step in &self.path {
            let size = match place {
                Value::Array(items) => items.len(),
                Value::Object(members) => members.len(),
                _ => 0,
            };
            if size == 0 {
                break;
            }
            let index = step.index(size);
            place = match place {
                Value::Array(items) => &mut items[index],
                Value::Object(members) => members.values_mut().nth(index).unwrap(),
                _ => return,
            };
        }
        let name = NAMES[self.name.index(NAMES.len())].to_owned();
        match place {
            Value::Object(members) if self.kind == 0 => {
                members.insert(name, self.junk.clone());
            }
            Value::Object(members) if self.kind == 1 && !members.is_empty() => {
                let gone = members
                    .keys()
                    .nth(self.name.index(members.len()))
                    .cloned()
                    .unwrap();
                members.remove(&gone);
            }
            Value::Object(members) if self.kind == 2 && !members.is_empty() => {
                let old = members
                    .keys()
                    .nth(self.name.index(members.len()))
                    .cloned()
                    .unwrap();
                let kept: Map<_, _> = std::mem::take(members)
                    .into_iter()
                    .map(|(key, value)| {
                        if key == old {
                            (name.clone(), value)
                        } else {
                            (key, value)
                        }
                    })
                    .collect();
                *members = kept;
            }
            Value::Array(items) if self.kind == 0 => items.push(self.junk.clone()),
            place => *place = self.junk.clone(),
        }
    }
}

/// What the decoder has to say about a text.
fn told(text: &str) -> Vec<String> {
    let mut sources = Sources::new();
    let file = sources.add("specs/audit.yaml", text);
    let (_, diagnostics) = stack::decode(&sources, &[file]);
    diagnostics
        .into_iter()
        .map(|diagnostic| diagnostic.message)
        .collect()
}

fn spec_schema() -> jsonschema::Validator {
    jsonschema::draft7::new(&schema::spec()).unwrap()
}

fn complaints(schema: &jsonschema::Validator, value: &Value) -> Vec<String> {
    schema
        .iter_errors(value)
        .map(|error| format!("{}: {error}", error.instance_path()))
        .collect()
}

#[test]
fn both_accept_the_examples() {
    let schema = spec_schema();
    // That the program accepts them is what `the_committed_output_is_fresh` shows.
    for spec in super::own_specs() {
        let text = fs::read_to_string(&spec).unwrap();
        assert_eq!(
            complaints(&schema, &serde_yaml::from_str(&text).unwrap()),
            Vec::<String>::new(),
            "{}",
            spec.display()
        );
    }
}

#[test]
fn the_schema_accepts_every_example_of_a_field() {
    use keywright::spec::field::{Field, Record};
    use keywright::spec::{
        KeyDefinition, Qualifiers, ReleasedKey, RotationFields, SpecFields, WorkspaceFields,
    };
    fn check(fields: &[Field]) {
        for field in fields {
            let value: Value = serde_yaml::from_str(field.example).unwrap();
            let schema = jsonschema::draft7::new(&(field.schema)()).unwrap();
            assert_eq!(
                complaints(&schema, &value),
                Vec::<String>::new(),
                "{}",
                field.name
            );
        }
    }
    check(SpecFields::FIELDS);
    check(KeyDefinition::FIELDS);
    check(RotationFields::FIELDS);
    check(ReleasedKey::FIELDS);
    check(Qualifiers::FIELDS);
    check(WorkspaceFields::FIELDS);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn both_accept_whatever_is_right(spec in valid_spec()) {
        prop_assert_eq!(told(&spec.to_string()), Vec::<String>::new());
        let schema = SCHEMA.with(|schema| complaints(schema, &spec));
        prop_assert_eq!(schema, Vec::<String>::new());
    }

    #[test]
    fn what_the_program_accepts_the_schema_accepts(
        spec in valid_spec(),
        mutations in proptest::collection::vec(mutation(), 1..3),
    ) {
        let mut spec = spec;
        for mutation in &mutations {
            mutation.apply(&mut spec);
        }
        if told(&spec.to_string()).is_empty() {
            let schema = SCHEMA.with(|schema| complaints(schema, &spec));
            prop_assert_eq!(schema, Vec::<String>::new(), "{}", spec);
        }
    }
}

thread_local! {
    static SCHEMA: jsonschema::Validator = spec_schema();
}
