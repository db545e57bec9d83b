//! What a recipe asks of the spec: the trail, the log group, the distribution.

use std::collections::BTreeMap;
use std::fmt;

use serde::Deserialize;

use super::template::{Part, Placeholder, Template};
use crate::kms::{Partition, Region};

/// A parameter of a recipe, given beside `service:` in a spec.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Parameter {
    /// What to give, in a few words.
    pub meaning: String,
    /// A value as a user would write it.
    pub example: String,
    /// Whether the spec must give it. Optional ones either have a `default`, or the conditions that mention them
    /// fall away when they are absent.
    #[serde(default = "yes")]
    pub required: bool,
    /// The value used when it is absent, as it stands in the policy: not checked and not completed.
    pub default: Option<Template>,
    /// What a bare name may look like.
    pub name: NamePattern,
    /// Whether `*` and `?` may stand in it.
    #[serde(default)]
    pub wildcards: bool,
    /// Given where it is a Region that accounts have to enable before use.
    pub opt_in_region: Option<OptIn>,
    /// The only values, each with what it stands for; empty where others may be given.
    #[serde(default)]
    pub one_of: BTreeMap<String, Template>,
    /// Whether what it names must be in the Region of the key, as the service's documentation says.
    #[serde(default)]
    pub same_region: bool,
    /// Whether it is an ARN, of whatever service, with wildcards in its last part at most.
    #[serde(default)]
    pub arn: bool,
    /// What a bare name is completed to, usually an ARN; a full ARN of that shape is then taken as it is.
    pub becomes: Option<Template>,
}

const fn yes() -> bool {
    true
}

/// Which Region a service names in its principal where accounts have to enable it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum OptIn {
    /// That of the key: it follows from where the key is.
    OfKey,
    /// That of another resource.
    Elsewhere,
}

/// A value made ready for a policy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Resolved {
    /// The value itself: only `{account}`, `{partition}` and `{region}` are still open.
    pub value: Template,
    /// The account part of the ARN; empty where there is none.
    pub account: Template,
    /// The bare name.
    pub name: Template,
}

impl Parameter {
    /// Checks what a spec gives for this parameter and completes a bare name to what stands in the policy.
    ///
    /// `text` may hold `{account}`, `{partition}` and `{region}`; other placeholders are the caller's to fill first.
    ///
    /// # Errors
    /// What is wrong with the value, with a byte offset where a single place is to blame.
    pub fn resolve(&self, text: &str) -> Result<Resolved, BadValue> {
        let value = Template::parse(text).map_err(|bad| BadValue::Placeholder(bad.offset))?;
        if let Some(unknown) = value.placeholders().find_map(Placeholder::parameter) {
            let offset = text.find(&format!("{{{unknown}")).unwrap_or_default();
            return Err(BadValue::Placeholder(offset));
        }
        match &self.becomes {
            None if !self.one_of.is_empty() => {
                let found = self.one_of.get(text).cloned();
                let value = found.ok_or_else(|| BadValue::NotOneOf {
                    known: self.one_of.keys().cloned().collect(),
                })?;
                Ok(Resolved {
                    name: Template::parse(text).unwrap_or_default(),
                    account: Template::default(),
                    value,
                })
            }
            None => {
                if self.arn && !is_arn(&value) {
                    return Err(BadValue::Arn {
                        expected: ANY_ARN.to_owned(),
                    });
                }
                self.check(text)?;
                Ok(Resolved {
                    name: value.clone(),
                    account: Template::default(),
                    value,
                })
            }
            Some(shape) if text.starts_with("arn:") && shape.leading_text().starts_with("arn:") => {
                self.take_arn(shape, value)
            }
            Some(shape) => {
                self.check(text)?;
                let whole = shape.fill(|gap| gap.parameter().map(|_| &value));
                Ok(Resolved {
                    account: account_of(&whole),
                    value: whole,
                    name: value,
                })
            }
        }
    }

    /// The default made ready; `None` without one.
    #[must_use]
    pub fn resolved_default(&self) -> Option<Resolved> {
        self.default.as_ref().map(|value| Resolved {
            value: value.clone(),
            account: account_of(value),
            name: value.clone(),
        })
    }

    fn check(&self, text: &str) -> Result<(), BadValue> {
        self.name
            .check(text, self.wildcards)
            .map_err(BadValue::Name)?;
        let known_at_deployment = text.contains('{');
        let is_opt_in = || Region::parse(text).is_some_and(|region| region.opt_in());
        if self.opt_in_region.is_some() && !known_at_deployment && !is_opt_in() {
            return Err(BadValue::NotOptIn);
        }
        Ok(())
    }

    fn take_arn(&self, shape: &Template, value: Template) -> Result<Resolved, BadValue> {
        let wrong = || BadValue::Arn {
            expected: shape.to_string(),
        };
        let wanted = shape.arn_segments().ok_or_else(wrong)?;
        let given = value.arn_segments().ok_or_else(wrong)?;
        let mut name = Template::default();
        for (index, (wanted, given)) in wanted.iter().zip(&given).enumerate() {
            let written = given.to_string();
            // `*` for all resources may be narrowed to some of them.
            let narrower = index == 5 && wanted.leading_text() == "*" && !given.is_empty();
            // Only the last part may hold wildcards: `*` for an account would admit every customer of AWS.
            let may_be_wild = wanted == given || narrower || (index == 5 && self.wildcards);
            if written.contains(['*', '?']) && !may_be_wild {
                return Err(wrong());
            }
            match wanted.parts() {
                [] | [Part::Text(_)] if wanted != given && !narrower => return Err(wrong()),
                [Part::Gap(gap)] if gap.parameter().is_none() => {
                    let fits = match gap {
                        Placeholder::Account => is_account(given),
                        Placeholder::Partition => {
                            is(given, gap, |id| Partition::named(id).is_some())
                        }
                        Placeholder::Region => is(given, gap, |name| Region::parse(name).is_some()),
                        _ => !given.is_empty(),
                    };
                    if !fits {
                        return Err(wrong());
                    }
                }
                parts if wanted.placeholders().any(|gap| gap.parameter().is_some()) => {
                    let before = wanted.leading_text();
                    let after = match parts.last() {
                        Some(Part::Text(text)) => text.as_str(),
                        _ => "",
                    };
                    let bare = written
                        .strip_prefix(before)
                        .and_then(|rest| rest.strip_suffix(after))
                        .ok_or_else(wrong)?;
                    self.check(bare).map_err(|bad| match bad {
                        BadValue::Name(problem) => BadValue::ArnName {
                            name: bare.to_owned(),
                            problem,
                        },
                        other => other,
                    })?;
                    name = Template::parse(bare).map_err(|_| wrong())?;
                }
                _ => {}
            }
        }
        Ok(Resolved {
            account: account_of(&value),
            value,
            name,
        })
    }

    /// Holds an ARN against the places of the key: no request crosses partitions, and some services take only keys
    /// of their own Region.
    ///
    /// # Errors
    /// Which part of it is of another place.
    pub fn check_place(&self, resolved: &Resolved, regions: &[&Region]) -> Result<(), BadValue> {
        let Some([_, partition, _, region, _, _]) = resolved.value.arn_segments() else {
            return Ok(());
        };
        let elsewhere = |found: &str, wanted: &str| BadValue::Elsewhere {
            found: found.to_owned(),
            wanted: wanted.to_owned(),
        };
        let of_region = region.as_literal().and_then(Region::parse);
        if let (Some(found), Some(of_region)) = (partition.as_literal(), &of_region)
            && found != of_region.partition().id()
        {
            return Err(elsewhere(found, of_region.partition().id()));
        }
        for key in regions {
            let wanted = key.partition().id();
            let of_region = of_region.as_ref().map(|region| region.partition().id());
            for found in [partition.as_literal(), of_region].into_iter().flatten() {
                if found != wanted {
                    return Err(elsewhere(found, wanted));
                }
            }
            if let Some(found) = region.as_literal()
                && self.same_region
                && found != key.name()
            {
                return Err(elsewhere(found, key.name()));
            }
        }
        Ok(())
    }
}

/// What the ARN of a resource looks like. Source: IAM user guide, "IAM ARNs": some have no Region, some no account.
const ANY_ARN: &str = "arn:{partition}:SERVICE:{region}:{account}:RESOURCE";

fn is_arn(text: &Template) -> bool {
    let Some([scheme, partition, service, region, account, resource]) = text.arn_segments() else {
        return false;
    };
    let known_partition = |id: &str| Partition::named(id).is_some();
    let known_region = |name: &str| Region::parse(name).is_some();
    let named = |part: &Template| {
        part.as_literal()
            .is_some_and(|text| !text.contains(['*', '?']))
    };
    scheme.as_literal() == Some("arn")
        && is(&partition, &Placeholder::Partition, known_partition)
        && named(&service)
        && (region.is_empty() || is(&region, &Placeholder::Region, known_region))
        && (account.is_empty() || is_account(&account))
        && !resource.is_empty()
}

fn is(given: &Template, gap: &Placeholder, known: impl Fn(&str) -> bool) -> bool {
    match given.parts() {
        [Part::Gap(other)] => other == gap,
        [Part::Text(text)] => known(text),
        _ => false,
    }
}

fn account_of(arn: &Template) -> Template {
    arn.arn_segments()
        .map(|[_, _, _, _, account, _]| account)
        .unwrap_or_default()
}

fn is_account(text: &Template) -> bool {
    match text.parts() {
        [Part::Gap(Placeholder::Account)] => true,
        [Part::Text(digits)] => digits.len() == 12 && digits.bytes().all(|b| b.is_ascii_digit()),
        _ => false,
    }
}

/// What is wrong with a value given for a parameter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BadValue {
    /// A brace at this byte offset belongs to no placeholder that may stand here.
    Placeholder(usize),
    /// The name has a wrong character or length.
    Name(BadName),
    /// The name within the ARN has a wrong character or length.
    ArnName {
        /// The name.
        name: String,
        /// What is wrong with it.
        problem: BadName,
    },
    /// No Region that accounts have to enable.
    NotOptIn,
    /// None of the only values.
    NotOneOf {
        /// Those values.
        known: Vec<String>,
    },
    /// It makes up the name of a condition key, and holds what only the deployment knows.
    OpenName,
    /// An opt-in Region in which the key is not.
    NotOfKey {
        /// The Regions of the key.
        regions: Vec<String>,
    },
    /// An ARN of another partition or Region than the key's, or whose Region is not of its partition.
    Elsewhere {
        /// The partition or Region in it.
        found: String,
        /// The one that should be.
        wanted: String,
    },
    /// An ARN of another service or shape, or one with a wildcard outside its last part.
    Arn {
        /// The shape that is wanted.
        expected: String,
    },
}

impl fmt::Display for BadValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Placeholder(_) => f.write_str(
                "may hold only `{account}`, `{partition}` and `{region}` in braces; write `{{` and `}}` for braces themselves",
            ),
            Self::Name(problem) => problem.fmt(f),
            Self::ArnName { name, problem } => write!(f, "`{name}` in the ARN {problem}"),
            Self::NotOptIn => {
                f.write_str("is for Regions that accounts have to enable before use; leave it out elsewhere")
            }
            Self::NotOneOf { known } => write!(f, "is none of: {}", known.join(", ")),
            Self::OpenName => f.write_str(
                "is in the name of a condition key, which cannot hold `{account}`, `{partition}` or `{region}`",
            ),
            Self::NotOfKey { regions } => write!(
                f,
                "is not where the key is, in {}; leave it out: it follows from the Region of the key",
                regions.join(", ")
            ),
            Self::Elsewhere { found, wanted } => {
                write!(f, "is in `{found}`, and has to be in `{wanted}`")
            }
            // There is no name that could be completed.
            Self::Arn { expected } if expected == ANY_ARN => {
                write!(f, "is no ARN of the form `{expected}`")
            }
            Self::Arn { expected } => {
                write!(f, "does not have the form `{expected}`; give that or the bare name")
            }
        }
    }
}

/// Allowed characters and length of a name: a regular expression without the engine.
///
/// `characters` is a list of single characters and ranges separated by blanks (`A-Z a-z 0-9 . _ -`), with `space` for
/// a blank and `any` for everything that a key policy may contain (U+0020 to U+00FF). Lengths count characters;
/// placeholders and names with wildcards are only held to the maximum.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NamePattern {
    /// Which characters may stand in it.
    pub characters: String,
    /// A character that may stand only between others: not at an end, not twice in a row.
    pub between: Option<char>,
    /// Fewest characters.
    pub min: usize,
    /// Most characters.
    pub max: usize,
}

impl NamePattern {
    /// Checks a name as written in a spec.
    ///
    /// # Errors
    /// The first wrong character with its byte offset, else a wrong length.
    pub fn check(&self, text: &str, wildcards: bool) -> Result<(), BadName> {
        let mut chars = text.char_indices().peekable();
        let mut length = 0;
        let mut loose = false;
        let mut before = None;
        while let Some((offset, found)) = chars.next() {
            if matches!(found, '{' | '}') && chars.next_if(|(_, next)| *next == found).is_none() {
                // A placeholder: its length is not known, and nothing in it is part of the name.
                loose = true;
                chars.by_ref().find(|(_, c)| *c == '}');
                continue;
            }
            length += 1;
            if wildcards && matches!(found, '*' | '?') {
                loose = true;
            } else if !self.allows(found) || (before == Some('$') && found == '{') {
                // `${` would begin a policy variable.
                return Err(BadName::Character {
                    offset,
                    found,
                    allowed: self.characters.clone(),
                });
            }
            if Some(found) == self.between && before.is_none_or(|before| before == found) {
                return Err(BadName::Between { found });
            }
            before = Some(found);
        }
        if let Some(found) = before.filter(|_| before == self.between) {
            return Err(BadName::Between { found });
        }
        match length {
            _ if length > self.max => Err(BadName::TooLong { max: self.max }),
            _ if !loose && length < self.min => Err(BadName::TooShort { min: self.min }),
            _ => Ok(()),
        }
    }

    fn allows(&self, c: char) -> bool {
        // A wildcard is a character like any other for AWS, yet in a policy it would match more than it says.
        !matches!(c, '*' | '?')
            && self.characters.split(' ').any(|token| {
                let mut chars = token.chars();
                match (token, chars.next(), chars.next(), chars.next()) {
                    ("any", ..) => ('\u{20}'..='\u{ff}').contains(&c) && !c.is_control(),
                    ("space", ..) => c == ' ',
                    (_, Some(only), None, None) => c == only,
                    (_, Some(first), Some('-'), Some(last)) => (first..=last).contains(&c),
                    _ => false,
                }
            })
    }
}

/// What is wrong with a name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BadName {
    /// A character that may not stand in it.
    Character {
        /// Its byte offset.
        offset: usize,
        /// The character.
        found: char,
        /// What may stand there.
        allowed: String,
    },
    /// A character at an end or twice in a row that may only stand between others.
    Between {
        /// The character.
        found: char,
    },
    /// Fewer characters than AWS asks for.
    TooShort {
        /// The fewest allowed.
        min: usize,
    },
    /// More characters than AWS allows.
    TooLong {
        /// The most allowed.
        max: usize,
    },
}

impl fmt::Display for BadName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Character { found, allowed, .. } => {
                write!(
                    f,
                    "may not contain `{}`; allowed: {allowed}",
                    found.escape_default()
                )
            }
            Self::Between { found } => {
                write!(f, "may have `{found}` only between other characters")
            }
            Self::TooShort { min } => write!(f, "must have at least {min} characters"),
            Self::TooLong { max } => write!(f, "must have at most {max} characters"),
        }
    }
}
