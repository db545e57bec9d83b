//! What was found, in few words.

use std::fmt::{Debug, Write as _};

use keywright::diag::Diagnostic;
use keywright::iam::Tree;
use keywright::iam::read::ReadPolicy;
use keywright::readback::Found;
use keywright::readback::found::{FoundAlias, FoundKey, Lifetime, Property};
use keywright::source::{Sources, Span};

/// Everything that is not absent, with the line and column of each place.
pub(super) fn show(found: &Found, sources: &Sources) -> String {
    let mut show = Show {
        sources,
        out: String::new(),
    };
    for key in &found.keys {
        show.key(key);
    }
    for alias in &found.other_aliases {
        show.line("other alias", &show.alias(alias), Some(alias.span));
    }
    for (from, to) in &found.moves {
        show.line("moved", &format!("{from} to {to}"), None);
    }
    for address in &found.removals {
        show.line("removed", address, None);
    }
    show.diagnostics("doubt", &found.doubts);
    show.diagnostics("loose", &found.loose);
    show.out
}

struct Show<'s> {
    sources: &'s Sources,
    out: String,
}

impl Show<'_> {
    fn place(&self, span: Span) -> String {
        let position = self.sources.position(span);
        format!("{}:{}", position.line, position.column)
    }

    fn line(&mut self, name: &str, text: &str, span: Option<Span>) {
        let place = span.map_or_else(String::new, |span| format!(" @{}", self.place(span)));
        writeln!(self.out, "{name}: {text}{place}").unwrap();
    }

    fn diagnostics(&mut self, name: &str, diagnostics: &[Diagnostic]) {
        for diagnostic in diagnostics {
            let span = diagnostic.primary.as_ref().map(|label| label.span);
            let text = [std::slice::from_ref(&diagnostic.message), &diagnostic.help].concat();
            self.line(name, &text.join("; "), span);
        }
    }

    fn property<T>(&mut self, name: &str, value: &Property<T>, text: impl Fn(&T) -> String) {
        let name = format!("  {name}");
        match value {
            Property::Absent => {}
            Property::Known(value, span) => self.line(&name, &text(value), Some(*span)),
            Property::Unknown(written, span) => {
                self.line(&name, &format!("unknown {written}"), Some(*span));
            }
            Property::Invalid(diagnostic) => {
                self.diagnostics(&format!("{name} invalid"), std::slice::from_ref(diagnostic));
            }
        }
    }

    fn key(&mut self, key: &FoundKey) {
        let when = key.when.join("; ");
        let when = if when.is_empty() {
            when
        } else {
            format!(" where {when}")
        };
        let head = format!("{:?}{when}", key.form);
        self.line(&key.resource, &head, Some(key.span));
        self.property("description", &key.description, |it| {
            format!("{:?}", it.to_string())
        });
        self.property("spec", &key.key_spec, |it| it.as_str().to_owned());
        self.property("usage", &key.key_usage, |it| it.as_str().to_owned());
        self.property("origin", &key.origin, |it| it.as_str().to_owned());
        self.property("custom key store", &key.custom_key_store_id, Clone::clone);
        self.property("external key", &key.xks_key_id, Clone::clone);
        self.property("primary key", &key.primary_key_arn, ToString::to_string);
        self.property("multi-Region", &key.multi_region, debug);
        self.property("enabled", &key.enabled, debug);
        self.property("rotates", &key.rotates, debug);
        self.property("period", &key.rotation_period_days, debug);
        self.property("window", &key.deletion_window_days, debug);
        self.property("bypasses", &key.bypasses_lockout_check, debug);
        self.property("tags", &key.tags, |tags| {
            let tags = tags.iter().map(|(name, value)| format!("{name}={value}"));
            tags.collect::<Vec<_>>().join(", ")
        });
        match &key.policy {
            Property::Known(policy, span) => self.policy(policy, *span),
            other => self.property("policy", other, |_| String::new()),
        }
        let lifetime = lifetime(&key.lifetime);
        if !lifetime.is_empty() {
            self.line("  lifetime", &lifetime, None);
        }
        for alias in &key.aliases {
            let text = self.alias(alias);
            self.line("  alias", &text, Some(alias.span));
        }
        for waiver in &key.waivers {
            let expires = waiver.expires.as_deref().unwrap_or("never");
            let text = format!("{}: {} (expires {expires})", waiver.control, waiver.reason);
            self.line("  waiver", &text, Some(waiver.span));
        }
        for (name, span) in &key.strangers {
            self.line("  stranger", name, Some(*span));
        }
        for (words, span) in &key.assumptions {
            self.line("  assumes", words, Some(*span));
        }
        self.diagnostics("  doubt", &key.doubts);
    }

    fn policy(&mut self, policy: &ReadPolicy, span: Span) {
        let head = policy.document.version.as_str();
        self.line("  policy", head, Some(span));
        for (statement, places) in policy.document.statements.iter().zip(&policy.places) {
            let json = Tree::from(statement).to_json(&|text| text.to_string());
            let uncertain = if statement.uncertain {
                " uncertain"
            } else {
                ""
            };
            let text = format!("{json}{uncertain}");
            self.line(
                &format!("    {}", places.number),
                &text,
                Some(places.statement),
            );
        }
        for problem in &policy.problems {
            let name = format!("    {:?}", problem.doubt).to_lowercase();
            self.diagnostics(&name, std::slice::from_ref(&problem.diagnostic));
        }
    }

    fn alias(&self, alias: &FoundAlias) -> String {
        let name = match &alias.name {
            Property::Absent => "no name".to_owned(),
            Property::Known(name, _) => name.to_string(),
            Property::Unknown(written, _) => format!("unknown {written}"),
            Property::Invalid(diagnostic) => format!("invalid: {}", diagnostic.message),
        };
        let mut text = format!("{} = {name}", alias.resource);
        let lifetime = lifetime(&alias.lifetime);
        if !lifetime.is_empty() {
            write!(text, " ({lifetime})").unwrap();
        }
        for doubt in &alias.doubts {
            write!(text, " [{}]", doubt.message).unwrap();
        }
        text
    }
}

fn debug(value: &impl Debug) -> String {
    format!("{value:?}")
}

fn lifetime(lifetime: &Lifetime) -> String {
    let word = |property: &Property<String>| match property {
        Property::Absent => "-".to_owned(),
        Property::Known(word, _) => word.clone(),
        Property::Unknown(written, _) => format!("unknown {written}"),
        Property::Invalid(diagnostic) => format!("invalid: {}", diagnostic.message),
    };
    match lifetime {
        Lifetime::Policies {
            deletion: Property::Absent,
            replacement: Property::Absent,
        }
        | Lifetime::PreventDestroy(Property::Absent) => String::new(),
        Lifetime::Policies {
            deletion,
            replacement,
        } => format!("{}, {}", word(deletion), word(replacement)),
        Lifetime::PreventDestroy(Property::Known(prevents, _)) => {
            format!("prevent_destroy {prevents}")
        }
        Lifetime::PreventDestroy(_) => "prevent_destroy unclear".to_owned(),
        Lifetime::Unmanaged => "unmanaged".to_owned(),
    }
}
