//! The shape of one entry of the service catalogue.
//!
//! One YAML file each; [`super::services`] explains how to write one.

mod availability;
mod parameter;
mod recipe;
mod template;

use std::collections::BTreeMap;

use serde::{Deserialize, Deserializer};

pub use availability::{Availability, Places};
pub use parameter::{BadName, BadValue, NamePattern, OptIn, Parameter, Resolved};
pub use recipe::{
    BadArgument, Caller, ConditionTemplates, Recipe, RecipeStatement, ServiceStatement, Values,
};
pub use template::{BadPlaceholder, Part, Placeholder, Template};

/// An AWS service, or one feature of it, and how it uses keys.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Service {
    /// Name of the file without `.yaml`: what specs write.
    #[serde(skip)]
    pub slug: &'static str,
    /// What it is, in AWS's words.
    pub title: String,
    /// Pages on which the facts stand.
    #[serde(deserialize_with = "one_or_many")]
    pub source: Vec<String>,
    /// Whether the facts were read there.
    pub verified: Verified,
    /// What a user should know, one sentence or two each.
    #[serde(default)]
    pub notes: Vec<String>,
    /// NAME in the `kms:ViaService` values `NAME.<Region>.amazonaws.com`; empty where it never calls with the
    /// caller's credentials.
    #[serde(default, deserialize_with = "one_or_many")]
    pub via: Vec<String>,
    /// Whether it works with KMS grants made on the caller's behalf; only beside `via`.
    pub grants: Option<Grants>,
    /// Conditions on `kms:CreateGrant` that its documentation has beside the fence of `grants`.
    #[serde(default)]
    pub grants_when: ConditionTemplates,
    /// What callers need, by the service's own terms (`read`, `write`); only beside `via`.
    #[serde(default, rename = "use")]
    pub terms: BTreeMap<String, Term>,
    /// How to let in the service itself; `None` where it acts with somebody else's credentials.
    pub service: Option<Recipe>,
    /// What to write instead of `service: SLUG`; present exactly where `service` is not.
    pub advice: Option<String>,
    /// The kind of key that it needs, where not any symmetric key will do.
    pub key: Option<RequiredKey>,
    /// The only Regions or partitions of the key, where not all will do.
    pub only_in: Option<Places>,
    /// Condition keys that would break its use of the key, each with what AWS says: it does not send them, or does not
    /// promise what is in them.
    #[serde(default)]
    pub must_not_carry: BTreeMap<String, String>,
}

/// What callers need for one thing that they do with a service.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(from = "WrittenTerm")]
pub struct Term {
    /// Action elements of a key policy, without `kms:CreateGrant`.
    pub actions: Vec<String>,
    /// Whether it takes `kms:CreateGrant` too, under the fence of the service.
    pub grants: bool,
}

/// A list of actions, or a mapping that says more.
#[derive(Deserialize)]
#[serde(untagged)]
enum WrittenTerm {
    Actions(Vec<String>),
    Whole(WholeTerm),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WholeTerm {
    actions: Vec<String>,
    grants: bool,
}

impl From<WrittenTerm> for Term {
    fn from(written: WrittenTerm) -> Self {
        match written {
            WrittenTerm::Actions(actions) => Self {
                actions,
                grants: false,
            },
            WrittenTerm::Whole(WholeTerm { actions, grants }) => Self { actions, grants },
        }
    }
}

/// In code: `` `kms:DescribeKey`, `kms:CreateGrant` ``.
impl std::fmt::Display for Term {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let grants = self.grants.then_some("kms:CreateGrant");
        let actions = self.actions.iter().map(String::as_str).chain(grants);
        let actions: Vec<_> = actions.map(|action| format!("`{action}`")).collect();
        f.write_str(&actions.join(", "))
    }
}

/// How far the facts of an entry were checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verified {
    /// All of them were read in the sources.
    Yes,
    /// This is what was not, or not quite.
    Partly(String),
}

impl<'de> Deserialize<'de> for Verified {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(untagged)]
        enum Written {
            Flag(bool),
            Sentence(String),
        }
        match Written::deserialize(deserializer)? {
            Written::Flag(true) => Ok(Self::Yes),
            Written::Flag(false) => Err(serde::de::Error::custom(
                "`verified` is `true` or a sentence that says what is not",
            )),
            Written::Sentence(sentence) => Ok(Self::Partly(sentence)),
        }
    }
}

/// Whether a service makes KMS grants on behalf of those who use it, and the fence its documentation gives.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Grants {
    /// It makes none: callers need no `kms:CreateGrant`.
    None,
    /// It does, with `kms:GrantIsForAWSResource` set to true.
    AwsResource,
    /// It does, and its documentation fences `kms:CreateGrant` with `kms:ViaService` alone.
    ViaService,
    /// Not verified.
    Unknown,
}

/// A kind of key that a service insists on.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RequiredKey {
    /// `KeySpec` of the key.
    pub key_spec: String,
    /// `KeyUsage` of the key.
    pub key_usage: String,
}

/// A list, or a single value that stands for a list of one.
fn one_or_many<'de, D, T>(deserializer: D) -> Result<Vec<T>, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de>,
{
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Written<T> {
        One(T),
        Many(Vec<T>),
    }
    Ok(match Written::deserialize(deserializer)? {
        Written::One(one) => vec![one],
        Written::Many(many) => many,
    })
}
