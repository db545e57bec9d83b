//! The statements by which a service may use a key with its own principal.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;

use super::one_or_many;
use super::parameter::{BadValue, OptIn, Parameter, Resolved};
use super::template::{Placeholder, Template};
use crate::kms::Region;

/// How a service that calls KMS with its own principal, or with a service-linked role, is let in.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Recipe {
    /// Service principals (`Principal.Service`); empty where `role` is given.
    #[serde(default, deserialize_with = "one_or_many")]
    pub principal: Vec<Template>,
    /// ARN of a service-linked role (`Principal.AWS`), which must exist before the policy names it.
    pub role: Option<Template>,
    /// What the spec gives, by name.
    #[serde(default)]
    pub parameters: BTreeMap<String, Parameter>,
    /// The statements, in the order in which they stand in the policy.
    pub statements: Vec<RecipeStatement>,
}

/// One Allow statement of a recipe.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RecipeStatement {
    /// Letters, digits and spaces; unique within the recipe.
    pub sid: String,
    /// Action elements such as `kms:GenerateDataKey*`.
    pub actions: Vec<String>,
    /// Operator, condition key, values.
    #[serde(default)]
    pub conditions: ConditionTemplates,
}

/// Conditions of a statement: operator, condition key, values.
pub type ConditionTemplates = BTreeMap<String, BTreeMap<String, Values>>;

/// The values of one condition key.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(transparent)]
pub struct Values(#[serde(deserialize_with = "one_or_many")] pub Vec<Template>);

/// Who calls KMS.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Caller {
    /// The service itself, under these principals.
    Services(Vec<Template>),
    /// A role of the account.
    Role(Template),
}

/// A statement with all parameters filled: only `{account}`, `{partition}` and `{region}` are still open.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServiceStatement {
    /// The recipe's Sid.
    pub sid: String,
    /// Who is allowed.
    pub caller: Caller,
    /// What is allowed.
    pub actions: Vec<String>,
    /// Operator, condition key, values (sorted, without duplicates).
    pub conditions: BTreeMap<String, BTreeMap<String, Vec<Template>>>,
}

/// What is wrong with the arguments of a recipe.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BadArgument {
    /// No parameter of that name.
    Unknown {
        /// The name as given.
        parameter: String,
    },
    /// A required parameter is absent, or its list is empty.
    Missing {
        /// Its name.
        parameter: String,
    },
    /// A parameter that takes one value got several.
    Several {
        /// Its name.
        parameter: String,
    },
    /// A value that cannot be meant.
    Value {
        /// The parameter.
        parameter: String,
        /// Which of its values, from 0.
        index: usize,
        /// What is wrong.
        problem: BadValue,
    },
}

impl std::fmt::Display for BadArgument {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Unknown { parameter } => write!(f, "there is no parameter `{parameter}`"),
            Self::Missing { parameter } => write!(f, "`{parameter}` is missing"),
            Self::Several { parameter } => {
                write!(f, "`{parameter}` takes one value; write one entry for each")
            }
            Self::Value {
                parameter, problem, ..
            } => write!(f, "`{parameter}` {problem}"),
        }
    }
}

impl std::error::Error for BadArgument {}

impl Recipe {
    /// The statements for the arguments of a spec entry, in the recipe's order.
    ///
    /// Every parameter may have several values: a condition value that mentions it is repeated for each. Only
    /// recipes whose principal or whose condition value depends on more than one of them take single values.
    ///
    /// `regions` are those in which the key is, as far as they are known.
    ///
    /// # Errors
    /// Everything that is wrong with the arguments, not only the first.
    pub fn expand(
        &self,
        arguments: &BTreeMap<String, Vec<String>>,
        regions: &[&Region],
    ) -> Result<Vec<ServiceStatement>, Vec<BadArgument>> {
        let resolved = self.resolve(arguments, regions)?;
        let caller = match &self.role {
            Some(role) => {
                Caller::Role(fill(role, &resolved).into_iter().next().unwrap_or_default())
            }
            None => {
                let names = self.principal.iter();
                let names: BTreeSet<_> = names.flat_map(|name| fill(name, &resolved)).collect();
                Caller::Services(names.into_iter().collect())
            }
        };
        let statement = |statement: &RecipeStatement| {
            let mut conditions: BTreeMap<String, BTreeMap<String, Vec<Template>>> = BTreeMap::new();
            for (operator, keys) in &statement.conditions {
                for (key, Values(values)) in keys {
                    let mut filled: Vec<_> = values
                        .iter()
                        .flat_map(|value| fill(value, &resolved))
                        .collect();
                    filled.sort();
                    filled.dedup();
                    if filled.is_empty() {
                        continue;
                    }
                    let of_operator = conditions.entry(operator.clone()).or_default();
                    for key in Template::parse(key)
                        .iter()
                        .flat_map(|key| fill(key, &resolved))
                    {
                        of_operator.insert(key.to_string(), filled.clone());
                    }
                }
            }
            ServiceStatement {
                sid: statement.sid.clone(),
                caller: caller.clone(),
                actions: statement.actions.clone(),
                conditions,
            }
        };
        Ok(self.statements.iter().map(statement).collect())
    }

    fn resolve(
        &self,
        arguments: &BTreeMap<String, Vec<String>>,
        regions: &[&Region],
    ) -> Result<BTreeMap<&str, Vec<Resolved>>, Vec<BadArgument>> {
        let mut problems: Vec<_> = arguments
            .keys()
            .filter(|name| !self.parameters.contains_key(*name))
            .map(|name| BadArgument::Unknown {
                parameter: name.clone(),
            })
            .collect();
        let mut resolved = BTreeMap::new();
        for (name, parameter) in &self.parameters {
            let given = arguments.get(name).map(Vec::as_slice).unwrap_or_default();
            // An empty list is not "absent": it would widen the conditions to the default without a word.
            if given.is_empty() && (parameter.required || arguments.contains_key(name)) {
                problems.push(BadArgument::Missing {
                    parameter: name.clone(),
                });
                continue;
            }
            if given.len() > 1 && self.is_single(name) {
                problems.push(BadArgument::Several {
                    parameter: name.clone(),
                });
                continue;
            }
            let mut values: Vec<_> = Vec::new();
            for (index, text) in given.iter().enumerate() {
                let value = parameter.resolve(text).and_then(|value| {
                    parameter.check_place(&value, regions)?;
                    self.check_name(name, &value)?;
                    Ok(value)
                });
                match value {
                    Ok(value) => values.push(value),
                    Err(problem) => problems.push(BadArgument::Value {
                        parameter: name.clone(),
                        index,
                        problem,
                    }),
                }
            }
            if given.is_empty() {
                values.extend(parameter.resolved_default());
            }
            if parameter.opt_in_region == Some(OptIn::OfKey) && !regions.is_empty() {
                let strange = |(_, text): &(usize, &String)| {
                    regions.iter().all(|region| region.name() != text.as_str())
                };
                let strange = given.iter().enumerate().filter(strange);
                problems.extend(strange.map(|(index, _)| {
                    BadArgument::Value {
                        parameter: name.clone(),
                        index,
                        problem: BadValue::NotOfKey {
                            regions: regions
                                .iter()
                                .map(|region| region.name().to_owned())
                                .collect(),
                        },
                    }
                }));
                values = regions
                    .iter()
                    .filter_map(|region| match region.opt_in() {
                        true => parameter.resolve(region.name()).ok(),
                        false => parameter.resolved_default(),
                    })
                    .collect();
            }
            resolved.insert(name.as_str(), values);
        }
        if problems.is_empty() {
            Ok(resolved)
        } else {
            Err(problems)
        }
    }

    /// A part of the name of a condition key has to be known.
    fn check_name(&self, parameter: &str, value: &Resolved) -> Result<(), BadValue> {
        let open = value.value.placeholders().next().is_some();
        match self.names_key(parameter) && open {
            true => Err(BadValue::OpenName),
            false => Ok(()),
        }
    }

    /// Whether a parameter makes up the name of a condition key.
    fn names_key(&self, parameter: &str) -> bool {
        let mut keys = self.keys();
        keys.any(|key| {
            key.placeholders()
                .any(|gap| gap.parameter() == Some(parameter))
        })
    }

    /// Whether a parameter takes one value only: it makes up the role or the name of a condition key, or shares a
    /// condition value with another.
    #[must_use]
    pub fn is_single(&self, parameter: &str) -> bool {
        let mentions = |template: &Template| {
            template
                .placeholders()
                .any(|gap| gap.parameter() == Some(parameter))
        };
        let shares = |template: &Template| {
            mentions(template)
                && template
                    .placeholders()
                    .any(|gap| gap.parameter().is_some_and(|other| other != parameter))
        };
        self.role.iter().any(mentions) || self.names_key(parameter) || self.values().any(shares)
    }

    /// Every principal that it may come to, as far as the catalogue knows.
    #[must_use]
    pub fn principals(&self) -> Vec<Template> {
        let mut principals = self.principal.clone();
        for (name, parameter) in &self.parameters {
            if parameter.one_of.is_empty() {
                continue;
            }
            let gap = Placeholder::Parameter(name.clone());
            let filled = principals.iter().flat_map(|principal| {
                let values = parameter.one_of.values();
                values.map(|value| principal.fill(|other| (*other == gap).then_some(value)))
            });
            principals = filled.collect();
        }
        principals
    }

    /// Every condition key of every statement, with its gaps.
    pub fn keys(&self) -> impl Iterator<Item = Template> {
        self.statements
            .iter()
            .flat_map(|statement| statement.conditions.values())
            .flat_map(BTreeMap::keys)
            .filter_map(|key| Template::parse(key).ok())
    }

    /// Every condition value of every statement.
    pub fn values(&self) -> impl Iterator<Item = &Template> {
        self.statements
            .iter()
            .flat_map(|statement| statement.conditions.values())
            .flat_map(BTreeMap::values)
            .flat_map(|Values(values)| values)
    }
}

/// One text for each value of the parameter that it mentions; none where that is absent.
fn fill(template: &Template, resolved: &BTreeMap<&str, Vec<Resolved>>) -> Vec<Template> {
    let mut texts = vec![template.clone()];
    for (name, values) in resolved {
        if template
            .placeholders()
            .all(|gap| gap.parameter() != Some(name))
        {
            continue;
        }
        texts = texts
            .iter()
            .flat_map(|text| {
                values.iter().map(|value| {
                    text.fill(|gap| match gap {
                        Placeholder::Parameter(of) if of == name => Some(&value.value),
                        Placeholder::ParameterAccount(of) if of == name => Some(&value.account),
                        Placeholder::ParameterName(of) if of == name => Some(&value.name),
                        _ => None,
                    })
                })
            })
            .collect();
    }
    texts
}
