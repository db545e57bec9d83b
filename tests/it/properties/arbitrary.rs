//! Random valid specs, hostile texts included.

use std::collections::BTreeMap;

use keywright::yaml::emit;
use proptest::collection::{btree_map, vec};
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;
use unicode_normalization::UnicodeNormalization as _;

/// What means something to YAML, HCL, `Fn::Sub`, IAM or Tera.
const FRAGMENTS: &[&str] = &[
    "${",
    "}",
    "{",
    "$",
    "$$",
    "$${",
    "%{",
    "%%{",
    "%{ if true }",
    "${AWS::AccountId}",
    "${AWS::Region}",
    "${!AWS::Region}",
    "${Dollar}",
    "${local.region}",
    "${aws:username}",
    "${$}",
    "{{",
    "}}",
    "{{ key.policy }}",
    "{% raw %}",
    "{account}",
    "{#",
    "\"",
    "'",
    "\\",
    "\\n",
    "\\u0041",
    "\n",
    "\r\n",
    "\r",
    "\t",
    " ",
    "  ",
    "yes",
    "no",
    "null",
    "~",
    "true",
    "1:30",
    "0x1F",
    "012",
    "1e3",
    "2012-10-17",
    "!Sub x",
    "!Ref A",
    "*a",
    "&a",
    "- ",
    ": ",
    " #",
    "#",
    "---\n",
    "...\n",
    "|",
    ">",
    "<<",
    "<<EOT\n",
    "\nEOT\n",
    "=",
    "?",
    "@",
    "`",
    "%",
    ",",
    "[",
    "]",
    "Ref",
    "Fn::Sub",
    "é",
    "ÿ",
    "\u{a0}",
    "\u{ad}",
    "\u{2028}",
    "\u{2029}",
    "\u{feff}",
    "\u{200f}",
    "\u{fffe}",
    "😀",
    "e\u{301}",
    "日本",
    "x",
    "role",
    "*",
    "//",
    "/*",
];

fn raw() -> impl Strategy<Value = String> {
    let fragment = prop_oneof![
        4 => select(FRAGMENTS).prop_map(str::to_owned),
        1 => "[ -~]{1,4}",
        1 => "[\u{a0}-\u{ff}]",
        1 => "[\u{4e00}-\u{4eff}\u{1f600}-\u{1f640}\u{e000}\u{2000}-\u{200d}]",
    ];
    vec(fragment, 1..9).prop_map(|parts| parts.concat())
}

fn is_carried(text: &str) -> bool {
    !text.trim().is_empty() && !text.contains("{{resolve:")
}

fn composed(text: &str) -> String {
    text.nfc().collect()
}

/// Any text in NFC.
pub(crate) fn text() -> impl Strategy<Value = String> {
    raw()
        .prop_map(|text| composed(&text))
        .prop_filter("carried", |text| is_carried(text))
}

fn tag_key() -> impl Strategy<Value = String> {
    let fits = |text: &String| {
        let lower = text.to_lowercase();
        !text.contains(['\n', '\r', '\t'])
            && !lower.starts_with("aws:")
            && !lower.starts_with("keywright:")
            && !lower.starts_with('%')
            && text.chars().count() <= 128
    };
    text().prop_filter("tag key", fits)
}

fn in_policies(text: &str) -> String {
    let kept = text
        .chars()
        .filter(|c| matches!(c, '\t' | '\n' | '\r' | ' '..='\u{7e}' | '\u{a0}'..='\u{ff}'));
    kept.collect()
}

/// Any text that a key policy can hold.
pub(crate) fn policy_text() -> impl Strategy<Value = String> {
    raw()
        .prop_map(|text| composed(&in_policies(&text)))
        .prop_filter("carried", |text| is_carried(text))
}

#[derive(Debug, Clone)]
enum Piece {
    Literal(String),
    Placeholder(&'static str),
}

/// A text with placeholders.
#[derive(Debug, Clone)]
pub(crate) struct Value(Vec<Piece>);

pub(crate) const DEPLOYED: [(&str, &str); 4] = [
    ("account", "111122223333"),
    ("partition", "aws-cn"),
    ("region", "cn-north-1"),
    ("url-suffix", "amazonaws.com.cn"),
];

impl Value {
    /// As a spec has it.
    fn spec(&self) -> String {
        let piece = |piece: &Piece| match piece {
            Piece::Literal(text) => text.replace('{', "{{").replace('}', "}}"),
            Piece::Placeholder(name) => format!("{{{name}}}"),
        };
        self.0.iter().map(piece).collect()
    }

    /// As AWS is to receive it.
    pub(crate) fn deployed(&self) -> String {
        let piece = |piece: &Piece| match piece {
            Piece::Literal(text) => text.clone(),
            Piece::Placeholder(name) => DEPLOYED
                .iter()
                .find(|(known, _)| known == name)
                .unwrap()
                .1
                .to_owned(),
        };
        self.0.iter().map(piece).collect()
    }
}

fn value(literal: impl Strategy<Value = String> + 'static) -> impl Strategy<Value = Value> {
    let placeholder = select(&["account", "partition", "region"][..]).prop_map(Piece::Placeholder);
    let piece = prop_oneof![3 => literal.prop_map(Piece::Literal), 1 => placeholder];
    vec(piece, 1..4)
        .prop_map(Value)
        .prop_filter("a valid value", |value| {
            let spec = value.spec();
            spec.chars().count() <= 200 && composed(&spec) == spec && is_carried(&value.deployed())
        })
}

/// A user: the entry without and the encryption context.
#[derive(Debug, Clone)]
pub(crate) struct User {
    pub(crate) fields: Vec<(&'static str, String)>,
    pub(crate) context: Vec<(String, Value)>,
}

fn user() -> impl Strategy<Value = User> {
    let who = prop_oneof![
        4 => "[a-zA-Z][a-zA-Z0-9+=,.@_-]{0,9}".prop_map(|name| vec![("role", name)]),
        1 => "[a-z]{1,4}/[A-Z][a-z+=,.@_-]{0,6}".prop_map(|name| vec![("role", name), ("match", "condition".into())]),
        1 => "[a-z]{1,8}".prop_map(|name| vec![("user", name)]),
        2 => "[A-Za-z0-9_+=,.@-]{1,20}".prop_map(|name| vec![("permission_set", name)]),
        1 => "[a-z]{1,8}".prop_map(|name| vec![("role", name), ("account", "210987654321".into())]),
        1 => "[a-z]{1,8}".prop_map(|name| vec![("arn", format!("arn:aws:iam::210987654321:role/p/{name}"))]),
        1 => Just(vec![("account", "012345670123".to_owned())]),
    ];
    let access = option::of(select(
        &["[decrypt]", "[encrypt]", "[encrypt, decrypt]"][..],
    ));
    let via = option::weighted(
        0.4,
        select(
            &[
                "[s3]",
                "[secretsmanager, ssm]",
                "[dynamodb, rds, s3]",
                "[ec2]",
            ][..],
        ),
    );
    let context = btree_map(policy_text(), value(policy_text()), 0..3);
    let expires = option::weighted(0.2, "20[3-9][0-9]-0[1-9]-[12][0-8]");
    (who, access, via, context, expires).prop_map(|(who, access, via, context, expires)| {
        let quoted = |(name, text): (&'static str, String)| (name, emit::double_quoted(&text));
        let mut fields: Vec<_> = who.into_iter().map(quoted).collect();
        fields.extend(access.map(|access| ("access", access.to_owned())));
        fields.extend(via.map(|via| ("via", via.to_owned())));
        fields.extend(expires.map(|day| ("expires", day)));
        let mut seen = Vec::new();
        let context = context.into_iter().filter(|(key, _)| {
            let lower = key.to_lowercase();
            let fresh = !seen.contains(&lower) && !key.starts_with(char::is_whitespace);
            seen.push(lower);
            fresh
        });
        User {
            fields,
            context: context.collect(),
        }
    })
}

/// A key definition.
#[derive(Debug, Clone)]
pub(crate) struct KeySpec {
    pub(crate) purpose: String,
    pub(crate) users: Vec<User>,
    pub(crate) tags: Vec<(String, Value)>,
    services: Vec<&'static str>,
    aliases: usize,
    period: Option<u64>,
    window: Option<u64>,
    enabled: Option<bool>,
    nature: &'static str,
    account_access: Option<&'static str>,
    adopted: bool,
}

/// Where a key is and where its material comes from.
const NATURES: &[&str] = &[
    "",
    "",
    "",
    "multi_region: {}\n",
    "multi_region: {replicas: [eu-west-1]}\n",
    "multi_region: {primary: eu-central-1, replicas: [eu-west-1, {region: us-east-1, users: [{role: Only}]}]}\n",
    "origin: external\n",
    "origin: EXTERNAL\n    multi_region: {replicas: [us-east-1]}\n",
];

const SERVICES: &[&str] = &[
    "service: cloudtrail\n        trail: management-events",
    "service: cloudwatch-logs\n        log_group: /shop/*",
    "service: cloudwatch-logs\n        log_group: \"*\"",
    "service: cloudwatch-logs\n        log_group: /*",
    "service: cloudwatch-alarms",
];

pub(crate) fn key() -> impl Strategy<Value = KeySpec> {
    let tags = btree_map(tag_key(), value(text()), 0..4);
    let rest = (
        0..3_usize,
        option::of(90..2560_u64),
        option::of(7..=30_u64),
        option::of(any::<bool>()),
        option::of(select(&["delegated", "root-user-only"][..])),
        select(NATURES),
        any::<bool>(),
    );
    let services = proptest::sample::subsequence(SERVICES, 0..=SERVICES.len());
    (text(), vec(user(), 0..6), tags, services, rest).prop_map(
        |(
            purpose,
            users,
            tags,
            services,
            (aliases, period, window, enabled, account_access, nature, adopted),
        )| {
            KeySpec {
                purpose,
                users: apart(users),
                tags: tags.into_iter().collect(),
                services,
                aliases,
                // Imported material does not rotate by itself.
                period: period.filter(|_| !nature.starts_with("origin")),
                window,
                enabled,
                account_access,
                nature,
                adopted,
            }
        },
    )
}

/// Drops entries that would name a principal twice.
fn apart(users: Vec<User>) -> Vec<User> {
    let mut names = BTreeMap::new();
    let fresh = |user: &User| names.insert(user.fields[0].1.to_lowercase(), ()).is_none();
    users.into_iter().filter(fresh).collect()
}

/// How a spec is written down: in which order the keys of its mappings stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Order {
    Forwards,
    Backwards,
}

impl Order {
    fn of<T>(self, mut items: Vec<T>) -> Vec<T> {
        if self == Self::Backwards {
            items.reverse();
        }
        items
    }
}

impl KeySpec {
    fn yaml(&self, stack: &str, number: usize, order: Order) -> String {
        let quote = emit::double_quoted;
        let mut fields = vec![
            format!("alias: shop/key{number}\n"),
            format!("purpose: {}\n", quote(&self.purpose)),
        ];
        if !self.tags.is_empty() {
            let tags = self.tags.iter().map(|(key, value)| {
                format!("      ? {}\n      : {}\n", quote(key), quote(&value.spec()))
            });
            fields.push(format!("tags:\n{}", order.of(tags.collect()).concat()));
        }
        let mut users: Vec<_> = self.users.iter().map(|user| user.yaml(order)).collect();
        users.extend(
            self.services
                .iter()
                .map(|service| format!("      - {service}\n")),
        );
        if !users.is_empty() {
            fields.push(format!("users:\n{}", users.concat()));
        }
        if self.aliases > 0 {
            let aliases: Vec<_> = (0..self.aliases)
                .map(|n| format!("more/{{region}}/{number}-{n}"))
                .collect();
            let aliases: Vec<_> = aliases.iter().map(|alias| quote(alias)).collect();
            fields.push(format!("aliases: [{}]\n", aliases.join(", ")));
        }
        fields.extend(
            self.period
                .map(|days| format!("rotation: {{period_days: {days}}}\n")),
        );
        fields.extend(
            self.window
                .map(|days| format!("deletion_window_days: {days}\n")),
        );
        if self.adopted {
            let digits = format!("{:04x}-{number:012x}", stack.len());
            let id = match self.nature.contains("multi_region") {
                true => format!("mrk-1234abcd12ab34cd{}", digits.replace('-', "")),
                false => format!("1234abcd-12ab-34cd-{digits}"),
            };
            fields.push(format!(
                "adopt: {{key: {id}, aliases: [shop/key{number}]}}\n"
            ));
        }
        fields.extend(self.enabled.map(|enabled| format!("enabled: {enabled}\n")));
        if !self.nature.is_empty() {
            fields.push(self.nature.to_owned());
        }
        let access = self.account_access;
        fields.extend(access.map(|access| format!("account_access: {access}\n")));
        format!("  - {}", order.of(fields).join("    "))
    }
}

impl User {
    fn yaml(&self, order: Order) -> String {
        let mut fields: Vec<_> = self
            .fields
            .iter()
            .map(|(name, text)| format!("{name}: {text}\n"))
            .collect();
        if !self.context.is_empty() {
            let context = self.context.iter().map(|(key, value)| {
                let (key, value) = (emit::double_quoted(key), emit::double_quoted(&value.spec()));
                format!("          ? {key}\n          : {value}\n")
            });
            fields.push(format!(
                "context:\n{}",
                order.of(context.collect()).concat()
            ));
        }
        format!("      - {}", order.of(fields).join("        "))
    }
}

/// A spec file.
pub(crate) fn spec(keys: &[KeySpec], stack: &str, environment: &str, order: Order) -> String {
    let written: Vec<_> = keys
        .iter()
        .enumerate()
        .map(|(number, key)| key.yaml(stack, number, order))
        .collect();
    let fields = vec![
        format!("stack: {stack}\n"),
        format!("environment: {environment}\n"),
        format!("keys:\n{}", written.concat()),
    ];
    order.of(fields).concat()
}
