//! Services that anybody can send to the key.

use super::catalogue::{Check, Control, Standards};
use super::finding::{Findings, Report};
use super::reading::{self, Who};
use super::rules::Subject;
use crate::iam::operator::ValueSet;
use crate::iam::pattern::PatternKind;
use crate::iam::{Arn, Operator, Statement, Text, Variable, contains_wildcard};
use crate::kms::Partition;
use crate::kms::actions::{Action, Class};
use crate::kms::service::{Part, Placeholder, RecipeStatement, Service, Template};
use crate::kms::services;
use crate::spec::Severity;

pub(super) const CONTROL: Control = Control {
    id: "confused-deputy",
    severity: Severity::Medium,
    title: "services act for resources of this account only",
    what: "Fires on an Allow for a service principal without a condition that ties the request to a resource, an account \
           or an organization (`aws:SourceArn`, `aws:SourceAccount`, `aws:SourceOrgID`, `aws:SourceOrgPaths`, or a value \
           of the encryption context), or with one that a wildcard leaves open to every account. Silent where AWS \
           documents that this service supports none for these actions, and for actions that only read properties. A \
           service that `keywright services` does not list is reported as unknown.",
    why: "The service acts for whoever asks it. Without the condition a stranger can make it use this key for a resource \
          of theirs, in another account.",
    bad: "\
- Sid: Allow CloudTrail to encrypt logs
  Effect: Allow
  Principal: {Service: cloudtrail.amazonaws.com}
  Action: kms:GenerateDataKey*
  Resource: \"*\"",
    good: "\
- Sid: Allow CloudTrail to encrypt logs
  Effect: Allow
  Principal: {Service: cloudtrail.amazonaws.com}
  Action: kms:GenerateDataKey*
  Resource: \"*\"
  Condition:
    StringEquals:
      aws:SourceArn:
        !Sub \"arn:${AWS::Partition}:cloudtrail:${AWS::Region}:${AWS::AccountId}:trail/main\"",
    standards: Standards {
        procedure: &["4.2"],
        ..Standards::NONE
    },
    check: Check::Key(check),
};

fn check(subject: &Subject<'_>, findings: &mut Findings<'_>) {
    for (statement, places) in subject.allowing() {
        let mut actions = reading::effective(statement);
        actions.retain(|action| action.class != Class::Read);
        if actions.is_empty() || is_tied(statement) {
            continue;
        }
        for name in reading::principals(statement) {
            if name.who != Who::Service || name.text.is_unknown() || contains_wildcard(name.text) {
                continue;
            }
            let recipes = recipes(name.text);
            if recipes.is_empty() {
                let message = format!(
                    "nobody can tell which conditions `{}` supports: it is not in the catalogue of services",
                    name.text
                );
                findings.cannot_tell(places.principal, message);
                continue;
            }
            if recipes
                .iter()
                .any(|(_, recipe)| is_open(recipe) && recipe_covers(recipe, &actions))
            {
                continue;
            }
            let message = format!("`{}` uses this key for whoever asks it to", name.text);
            let report = Report::at(places.principal, message).statement(statement.sid.as_deref());
            findings.add(report.help(advice(&recipes)));
        }
    }
}

/// Whether a condition ties every request to somebody.
fn is_tied(statement: &Statement) -> bool {
    reading::conditions(statement).any(|(operator, key, values)| {
        let Ok(operator) = Operator::parse(operator) else {
            return false;
        };
        let Some((kind, _)) = operator.test.pattern() else {
            return false;
        };
        if operator.negated || operator.if_exists || operator.set == Some(ValueSet::ForAllValues) {
            return false;
        }
        let key = key.to_ascii_lowercase();
        let Some(ties) = tying(&key) else {
            return false;
        };
        // Under an exact operator a wildcard is a character: nothing matches it.
        kind == PatternKind::Exact || values.iter().all(ties)
    })
}

/// What of the values of a condition key ties a request to somebody; `None` for keys that do not.
fn tying(key: &str) -> Option<fn(&Text) -> bool> {
    match key {
        "aws:sourceaccount" | "aws:sourceorgid" => Some(names_one),
        "aws:sourcearn" => Some(names_account),
        "aws:sourceorgpaths" => Some(names_organization),
        key if key.starts_with("kms:encryptioncontext:") => Some(names_account),
        _ => None,
    }
}

fn names_one(value: &Text) -> bool {
    !contains_wildcard(value)
}

/// The organization stands before the first slash.
fn names_organization(value: &Text) -> bool {
    let organization = value.split('/', 2).into_iter().next();
    organization.is_some_and(|organization| !contains_wildcard(&organization))
}

/// The account is in the ARN, or, where ARNs have none, a name that is unique in the world.
fn names_account(value: &Text) -> bool {
    let Some(arn) = Arn::parse(value) else {
        return !contains_wildcard(value);
    };
    if arn.account == Text::new() {
        let name = arn.resource.split('/', 2).into_iter().next();
        return name.is_some_and(|name| !contains_wildcard(&name));
    }
    !contains_wildcard(&arn.account)
}

/// The statements that the catalogue has for a service principal.
pub(crate) fn recipes(name: &Text) -> Vec<(&'static Service, &'static RecipeStatement)> {
    let of = |service: &'static Service| {
        let recipe = service.service.as_ref()?;
        let mut principals = recipe.principals().into_iter();
        let is = principals.any(|principal| is_principal(&principal, name));
        is.then(|| {
            recipe
                .statements
                .iter()
                .map(move |statement| (service, statement))
        })
    };
    // Reading a file takes a while, looking for a word in it does not.
    let label: String = name.literals().take(1).collect();
    let label = label.split('.').next().unwrap_or_default();
    let labels = [format!("{label}."), format!("{label}{{")];
    let mentions = |text: &str| labels.iter().any(|label| text.contains(label));
    let named = services::slugs().filter(|slug| services::text(slug).is_some_and(mentions));
    let all = named.filter_map(services::find);
    all.filter_map(of).flatten().collect()
}

/// Whether a name is the principal of a recipe; a Region in it may be any. The parameter of a principal is a Region with
/// a dot in front, or nothing.
fn is_principal(principal: &Template, name: &Text) -> bool {
    let shown = name.to_string();
    let mut rest = shown.as_str();
    let parts = principal.parts();
    for (at, part) in parts.iter().enumerate() {
        match part {
            Part::Text(text) => match rest.strip_prefix(text.as_str()) {
                Some(after) => rest = after,
                None => return false,
            },
            Part::Gap(gap) => {
                let next = match parts.get(at + 1) {
                    Some(Part::Text(text)) => rest.find(text.as_str()),
                    _ => Some(rest.len()),
                };
                let Some((filled, after)) = next.and_then(|next| rest.split_at_checked(next))
                else {
                    return false;
                };
                let fits = match gap {
                    Placeholder::Region => !filled.is_empty(),
                    Placeholder::DnsSuffix => is_suffix(filled),
                    Placeholder::Parameter(_) => filled.is_empty() || filled.starts_with('.'),
                    _ => false,
                };
                if !fits {
                    return false;
                }
                rest = after;
            }
        }
    }
    rest.is_empty() || rest == ".cn"
}

/// Whether this is the domain of a partition.
fn is_suffix(text: &str) -> bool {
    text == Text::variable(Variable::UrlSuffix).to_string()
        || Partition::ALL
            .into_iter()
            .any(|partition| partition.dns_suffix() == text)
}

/// Whether AWS documents no condition that ties requests to anybody.
fn is_open(recipe: &RecipeStatement) -> bool {
    let mut keys = recipe.conditions.values().flat_map(|keys| keys.keys());
    !keys.any(|key| tying(&key.to_ascii_lowercase()).is_some())
}

fn recipe_covers(recipe: &RecipeStatement, actions: &[&Action]) -> bool {
    let known: Vec<_> = recipe
        .actions
        .iter()
        .flat_map(|pattern| reading::matched(pattern))
        .collect();
    actions
        .iter()
        .all(|action| reading::includes(&known, action.name))
}

/// Which conditions the service supports.
fn advice(recipes: &[(&'static Service, &'static RecipeStatement)]) -> String {
    let mut keys: Vec<&str> = Vec::new();
    for (_, recipe) in recipes {
        for key in recipe.conditions.values().flat_map(|keys| keys.keys()) {
            if tying(&key.to_ascii_lowercase()).is_some() && !keys.contains(&key.as_str()) {
                keys.push(key);
            }
        }
    }
    let mut slugs: Vec<_> = recipes
        .iter()
        .map(|(service, _)| format!("`{}`", service.slug))
        .collect();
    slugs.dedup();
    let keys: Vec<_> = keys.iter().map(|key| format!("`{key}`")).collect();
    format!(
        "add a condition on {}; see `keywright services` for {}",
        keys.join(" or "),
        slugs.join(", ")
    )
}
