//! The kind of key that a definition asks for, and what it cannot have.

use super::actions;
use crate::diag::Diagnostic;
use crate::kms::service::Service;
use crate::kms::{KeySpec, KeyUsage};
use crate::source::Span;
use crate::spec::field::Spanned;
use crate::spec::{Capability, KeyDefinition};

/// Key spec and usage that go together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Kind {
    pub(super) spec: KeySpec,
    pub(super) usage: KeyUsage,
}

/// A key spec as in "an `RSA_2048` key": all but one are read letter by letter, from a vowel.
fn with_article(spec: KeySpec) -> String {
    let article = if spec == KeySpec::SYMMETRIC_DEFAULT {
        "a"
    } else {
        "an"
    };
    format!("{article} `{}`", spec.as_str())
}

/// The kind of a key; `None` when it is impossible, which is reported.
pub(super) fn of(declared: &KeyDefinition, diagnostics: &mut Vec<Diagnostic>) -> Option<Kind> {
    let spec = declared.key_spec.as_ref();
    let usage = declared.key_usage.as_ref();
    let chosen = spec.map_or(KeySpec::SYMMETRIC_DEFAULT, |spec| spec.value.0);
    let place = spec.map_or(declared.alias.span, |spec| spec.span);
    let name = chosen.as_str();
    if !chosen.is_deployable() {
        diagnostics.push(
            Diagnostic::error(
                "not-deployable",
                format!("neither CloudFormation nor a known release of the Terraform provider makes `{name}` keys"),
            )
            .at(place, "")
            .help("choose another key spec"),
        );
        return None;
    }
    let usages = || {
        let usages = chosen.usages().iter();
        let usages: Vec<_> = usages.map(|usage| usage.as_str()).collect();
        usages.join(" or ")
    };
    let usage = match usage {
        Some(usage) if !chosen.usages().contains(&usage.value.0) => {
            diagnostics.push(
                Diagnostic::error(
                    "kind-of-key",
                    format!(
                        "{} key cannot have the usage `{}`",
                        with_article(chosen),
                        usage.value.0.as_str()
                    ),
                )
                .at(usage.span, "")
                .also(place, "the key spec")
                .help(format!("its usage is {}", usages())),
            );
            return None;
        }
        Some(usage) => usage.value.0,
        None => match chosen.default_usage() {
            Some(usage) => usage,
            None => {
                diagnostics.push(
                    Diagnostic::error(
                        "kind-of-key",
                        format!("{} key needs a `key_usage`", with_article(chosen)),
                    )
                    .at(place, "")
                    .help(format!("add `key_usage: NAME`, where NAME is {}", usages())),
                );
                return None;
            }
        },
    };
    let kind = Kind {
        spec: chosen,
        usage,
    };
    if let (Some(rotation), false) = (&declared.rotation, chosen.rotates()) {
        diagnostics.push(
            Diagnostic::error("kind-of-key", format!("AWS does not rotate `{name}` keys"))
                .at(rotation.span, "")
                .also(place, "the key spec")
                .help("remove `rotation`; rotate by hand: a new key, and the alias moved to it"),
        );
    }
    Some(kind)
}

impl Kind {
    /// How the kind is called in messages, with an article.
    pub(super) fn words(self) -> String {
        format!(
            "{} key for `{}`",
            with_article(self.spec),
            self.usage.as_str()
        )
    }

    /// The capabilities of a user entry, checked against the kind.
    pub(super) fn check_access(
        self,
        access: &[Spanned<Capability>],
        through_services: bool,
        diagnostics: &mut Vec<Diagnostic>,
    ) {
        let known = actions::capabilities(self.spec, self.usage);
        let terms = access.iter().filter(|one| one.value.is_service_term());
        let mixed = terms.clone().count() != 0 && terms.clone().count() != access.len();
        for capability in access {
            let word = capability.value.as_str();
            let problem = if capability.value.is_service_term() {
                if !through_services {
                    Some(format!("`{word}` is a service's term and needs `via`"))
                } else if mixed {
                    Some(format!(
                        "`{word}` is a service's term and cannot stand beside the key's own"
                    ))
                } else {
                    None
                }
            } else if known.contains(&capability.value) {
                None
            } else {
                Some(format!("{} has no `{word}`", self.words()))
            };
            let Some(message) = problem else { continue };
            let known: Vec<_> = known.iter().map(|known| known.as_str()).collect();
            diagnostics.push(
                Diagnostic::error("kind-of-key", message)
                    .at(capability.span, "")
                    .help(format!(
                        "this key's own: {}{}",
                        known.join(", "),
                        if self.spec == KeySpec::SYMMETRIC_DEFAULT {
                            "; with `via`: read, write"
                        } else {
                            ""
                        }
                    )),
            );
        }
    }

    /// A service that uses keys accepts symmetric ones only, unless it says otherwise.
    /// Source: KMS developer guide, "Symmetric encryption KMS keys"; the catalogue for the exceptions.
    pub(super) fn check_service(
        self,
        service: &Service,
        place: Span,
        diagnostics: &mut Vec<Diagnostic>,
    ) {
        let (spec, usage) = match &service.key {
            Some(key) => (key.key_spec.as_str(), key.key_usage.as_str()),
            None => (
                KeySpec::SYMMETRIC_DEFAULT.as_str(),
                KeyUsage::EncryptDecrypt.as_str(),
            ),
        };
        if (self.spec.as_str(), self.usage.as_str()) != (spec, usage) {
            diagnostics.push(
                Diagnostic::error(
                    "kind-of-key",
                    format!("`{}` cannot use {}", service.slug, self.words()),
                )
                .at(place, "")
                .help(format!(
                    "it needs `key_spec: {spec}` and `key_usage: {usage}`"
                )),
            );
        }
    }

    /// An encryption context, or a way through other services, is for symmetric encryption keys only.
    pub(super) fn check_symmetric(
        self,
        field: &str,
        place: Span,
        diagnostics: &mut Vec<Diagnostic>,
    ) {
        if self.spec != KeySpec::SYMMETRIC_DEFAULT {
            diagnostics.push(
                Diagnostic::error(
                    "kind-of-key",
                    format!("`{field}` does not apply to {}", self.words()),
                )
                .at(place, "")
                .help(format!(
                    "remove it: `{field}` is for symmetric encryption keys"
                )),
            );
        }
    }
}
