//! The catalogue of services: what each does with a key, and what to write for it.

mod json;
mod page;

use std::fmt::Write as _;

use crate::compile;
use crate::diag::Diagnostic;
use crate::iam::Statement;
use crate::kms::service::{
    Grants, Parameter, Places, Recipe, RequiredKey, Service, Term, Verified,
};
use crate::kms::services;
use crate::source::Sources;
use crate::spec::config::Config;
use crate::spec::stack::{self, SpecFile};
use crate::yaml::emit;

pub use json::json;
pub use page::{detail, markdown, overview};

/// Where the names stand that `kms:ViaService` can have.
const VIA_SOURCE: &str = "https://docs.aws.amazon.com/kms/latest/developerguide/conditions-kms.html#conditions-kms-via-service";

/// A service as the catalogue shows it.
#[derive(Debug, Clone, Copy)]
pub struct Card {
    /// What specs write.
    pub name: &'static str,
    /// What it is, in AWS's words.
    pub title: &'static str,
    /// Its entry; `None` where only the name in `kms:ViaService` matters.
    service: Option<&'static Service>,
}

/// A spec to copy, and the statements that its users become.
#[derive(Debug, Clone)]
pub struct Example {
    /// The text of a whole spec file.
    pub spec: String,
    /// What stands in the key policy because of the users.
    pub statements: Vec<Statement>,
}

/// Every service, sorted by name; those of which only the name matters are the last.
#[must_use]
pub fn all() -> Vec<Card> {
    let (mut cards, named): (Vec<_>, Vec<_>) = services::slugs()
        .chain(services::via_names())
        .filter_map(find)
        .partition(|card| card.service.is_some());
    cards.extend(named);
    let mut seen = std::collections::BTreeSet::new();
    cards.retain(|card| seen.insert(card.name));
    cards
}

/// The service of that name: as specs write it under `service` or `via`.
#[must_use]
pub fn find(name: &str) -> Option<Card> {
    let of = |service: &'static Service| Card {
        name: service.slug,
        title: &service.title,
        service: Some(service),
    };
    if let Some(service) = services::find(name) {
        return Some(of(service));
    }
    let endpoint = services::via_endpoint(name)?;
    match endpoint.service {
        Some(service) => Some(of(service)),
        None => endpoint.names.first().map(|name| Card {
            name,
            title: endpoint.title,
            service: None,
        }),
    }
}

/// Every name that [`find`] knows.
pub fn names() -> impl Iterator<Item = &'static str> {
    services::slugs().chain(services::via_names())
}

impl Card {
    /// How the service is let in with a principal of its own.
    fn recipe(&self) -> Option<&'static Recipe> {
        self.service?.service.as_ref()
    }

    /// The NAMEs in `kms:ViaService` under which it passes on its callers' requests.
    fn via(&self) -> Vec<&'static str> {
        match self.service {
            Some(service) => service.via.iter().map(String::as_str).collect(),
            None => vec![self.name],
        }
    }

    fn grants(&self) -> Option<Grants> {
        match self.service {
            Some(service) => service.grants,
            None => Some(Grants::Unknown),
        }
    }

    fn key(&self) -> Option<&'static RequiredKey> {
        self.service?.key.as_ref()
    }

    /// The only places of the key that are of use to it.
    fn only_in(&self) -> Option<&'static Places> {
        self.service?.only_in.as_ref()
    }

    /// Condition keys that would break it, and why.
    fn must_not_carry(&self) -> impl Iterator<Item = (&'static str, &'static str)> {
        let keys = self.service.map(|service| &service.must_not_carry);
        let keys = keys.into_iter().flatten();
        keys.map(|(key, why)| (key.as_str(), why.as_str()))
    }

    fn advice(&self) -> Option<&'static str> {
        self.service?.advice.as_deref()
    }

    fn notes(&self) -> &'static [String] {
        self.service.map_or(&[], |service| &service.notes)
    }

    fn sources(&self) -> Vec<&'static str> {
        match self.service {
            Some(service) => service.source.iter().map(String::as_str).collect(),
            None => vec![VIA_SOURCE],
        }
    }

    /// What was not read in the sources.
    fn unverified(&self) -> Option<&'static str> {
        match self
            .service
            .map(|service| (&service.verified, service.grants))
        {
            Some((Verified::Partly(sentence), _)) => Some(sentence),
            Some((Verified::Yes, Some(Grants::Unknown))) => {
                Some("No page says whether it makes grants for its callers.")
            }
            Some((Verified::Yes, _)) => None,
            None => Some("Only the name in kms:ViaService is verified."),
        }
    }

    fn parameters(&self) -> impl Iterator<Item = (&'static str, &'static Parameter)> {
        let parameters = self.recipe().map(|recipe| &recipe.parameters);
        parameters
            .into_iter()
            .flatten()
            .map(|(name, parameter)| (name.as_str(), parameter))
    }

    /// What AWS says that callers need, by the service's terms.
    fn terms(&self) -> impl Iterator<Item = (&'static str, &'static Term)> {
        let terms = self.service.map(|service| &service.terms);
        let terms = terms.into_iter().flatten();
        terms.map(|(term, needed)| (term.as_str(), needed))
    }

    /// How it uses a key, in two words.
    fn way(&self) -> &'static str {
        match (self.recipe().is_some(), !self.via().is_empty()) {
            (true, true) => "itself, via",
            (true, false) => "itself",
            (false, true) => "via",
            (false, false) => "-",
        }
    }

    /// A spec in which the service stands among the users with its own principal.
    #[must_use]
    pub fn own_example(&self) -> Option<Example> {
        self.recipe()?;
        let mut users = format!("      - service: {}\n", self.name);
        for (name, parameter) in self.parameters() {
            let value = emit::scalar(&parameter.example);
            let mark = if parameter.required { "" } else { "# " };
            let _ = writeln!(users, "        {mark}{name}: {value}");
        }
        self.example(&users)
    }

    /// A spec in which a role uses the key through the service only.
    #[must_use]
    pub fn via_example(&self) -> Option<Example> {
        if self.via().is_empty() {
            return None;
        }
        let mut users = String::new();
        for (term, _) in self.terms() {
            let role = match term {
                "read" => "Reader",
                "write" => "Writer",
                _ => "FooBar",
            };
            let _ = writeln!(
                users,
                "      - role: team/{role}\n        via: [{}]\n        access: [{term}]",
                self.name
            );
        }
        if users.is_empty() {
            let _ = writeln!(
                users,
                "      - role: team/FooBar\n        via: [{}]",
                self.name
            );
        }
        self.example(&users)
    }

    fn example(&self, users: &str) -> Option<Example> {
        let mut spec = format!(
            "keys:\n  - alias: {}\n    purpose: {}\n",
            self.name,
            emit::scalar(&format!("For {}", self.title))
        );
        if let Some(key) = self.key() {
            let _ = writeln!(
                spec,
                "    key_spec: {}\n    key_usage: {}",
                key.key_spec, key.key_usage
            );
        }
        let without = statements(&spec)?;
        let _ = write!(spec, "    users:\n{users}");
        let mut statements = statements(&spec)?;
        statements.retain(|statement| !without.contains(statement));
        Some(Example { spec, statements })
    }
}

/// The policy of the only key of a spec, in a workspace without a workspace file. `None` where it does not compile,
/// which a test excludes.
fn statements(spec: &str) -> Option<Vec<Statement>> {
    let mut sources = Sources::new();
    let config = Config::defaults(&mut sources).ok()?;
    let file = sources.add("specs/example.yaml", spec);
    let (specs, mut problems) = stack::decode(&sources, &[file]);
    let specs: Vec<SpecFile> = specs;
    let (definitions, found) = stack::place(&specs, &config);
    problems.extend(found);
    let definition = definitions.into_iter().next()?;
    let (compiled, found) = compile::stack(definition, &config);
    problems.extend(found);
    let key = compiled.stack.keys.into_iter().next()?;
    // That an entry is not verified is said on its page.
    let sound = !problems.iter().any(Diagnostic::is_error);
    sound.then_some(key.policy.statements)
}
