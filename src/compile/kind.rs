//! The kind of key that a definition asks for, and what it cannot have.

use std::collections::BTreeSet;

use super::actions;
use crate::diag::Diagnostic;
use crate::kms::service::Service;
use crate::kms::{CustomKeyStore, KeySpec, KeyUsage, Origin, Partition, Region};
use crate::source::Span;
use crate::spec::field::Spanned;
use crate::spec::{AccessWord, Capability, KeyDefinition, Qualifiers, Target};

/// Key spec, usage and origin that go together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Kind {
    pub(super) spec: KeySpec,
    pub(super) usage: KeyUsage,
    pub(super) origin: Origin,
    pub(super) multi_region: bool,
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

/// The kind of a key; `None` when it is impossible, which is reported. `regions` are where it is made, if that is known.
pub(super) fn of(
    declared: &KeyDefinition,
    regions: &[&Region],
    targets: &BTreeSet<Target>,
    diagnostics: &mut Vec<Diagnostic>,
) -> Option<Kind> {
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
    if chosen.is_chinese()
        && let Some(region) = regions
            .iter()
            .find(|region| region.partition() != Partition::AwsCn)
    {
        diagnostics.push(
            Diagnostic::error(
                "kind-of-key",
                format!(
                    "`{name}` keys exist in Regions in China only, not in `{}`",
                    region.name()
                ),
            )
            .at(place, "")
            .help("choose another key spec"),
        );
    }
    let origin = origin(declared, diagnostics)?;
    let kind = Kind {
        spec: chosen,
        usage,
        origin,
        multi_region: declared.multi_region.is_some(),
    };
    kind.check_origin(declared, targets, diagnostics);
    kind.check_rotation(declared, diagnostics);
    Some(kind)
}

/// The custom key store that a definition names.
pub(super) fn custom_key_store(declared: &KeyDefinition) -> Option<CustomKeyStore> {
    declared
        .custom_key_store
        .as_ref()
        .map(|store| CustomKeyStore {
            id: store.id.value.as_str().to_owned(),
            xks_key_id: store
                .xks_key_id
                .as_ref()
                .map(|id| id.value.as_str().to_owned()),
        })
}

/// Where key material comes from; a custom key store tells it by itself.
fn origin(declared: &KeyDefinition, diagnostics: &mut Vec<Diagnostic>) -> Option<Origin> {
    let store = declared.custom_key_store.as_ref();
    let external = store.and_then(|store| store.xks_key_id.as_ref());
    let told = match (store, external) {
        (None, _) => Origin::AwsKms,
        (Some(_), None) => Origin::CloudHsm,
        (Some(_), Some(_)) => Origin::ExternalKeyStore,
    };
    let Some(origin) = &declared.origin else {
        return Some(told);
    };
    let chosen = origin.value.0;
    let name = chosen.as_str().to_ascii_lowercase();
    let error = |message: String| Diagnostic::error("kind-of-key", message).at(origin.span, "");
    let problem = match (chosen, store, external) {
        (Origin::AwsKms | Origin::External, Some(store), _) => error(format!(
            "the material of a key with the origin `{name}` is in no custom key store"
        ))
        .also(store.span, "the custom key store")
        .help(
            "remove `custom_key_store`, or write the origin `aws_cloudhsm` or `external_key_store`",
        ),
        (Origin::CloudHsm | Origin::ExternalKeyStore, None, _) => error(format!(
            "a key with the origin `{name}` needs a custom key store"
        ))
        .help("add `custom_key_store: {id: cks-…}`"),
        (Origin::CloudHsm, Some(_), Some(external)) => {
            error("a key in a CloudHSM key store has no external key".to_owned())
                .also(external.span, "the external key")
                .help("remove `xks_key_id`, or write `origin: external_key_store`")
        }
        (Origin::ExternalKeyStore, Some(store), None) => {
            error("a key in an external key store needs the id of its external key".to_owned())
                .also(store.span, "the external key store")
                .help("add `xks_key_id` to `custom_key_store`")
        }
        _ => return Some(chosen),
    };
    diagnostics.push(problem);
    None
}

impl Kind {
    /// Whether AWS rotates it by itself. Source: KMS developer guide, "Rotate AWS KMS keys": symmetric encryption keys
    /// with material that KMS made.
    pub(super) fn rotates(self) -> bool {
        self.spec.rotates() && self.origin == Origin::AwsKms
    }

    /// Holds the origin against spec, Regions and targets.
    ///
    /// Source: KMS API reference, `CreateKey`: `Origin`, `CustomKeyStoreId`, `MultiRegion`.
    fn check_origin(
        self,
        declared: &KeyDefinition,
        targets: &BTreeSet<Target>,
        diagnostics: &mut Vec<Diagnostic>,
    ) {
        let fields = [
            declared.origin.as_ref().map(|origin| origin.span),
            declared.custom_key_store.as_ref().map(|store| store.span),
        ];
        let Some(place) = fields.into_iter().flatten().next() else {
            return;
        };
        let mut report = |message: String, help: &str| {
            let diagnostic = Diagnostic::error("kind-of-key", message).at(place, "");
            diagnostics.push(diagnostic.help(help));
        };
        let spec = self.spec.as_str();
        if self.origin == Origin::External && !self.spec.imports_material() {
            report(
                format!("key material cannot be imported into `{spec}` keys"),
                "remove `origin`, or choose another key spec",
            );
        }
        if !self.origin.is_custom_key_store() {
            return;
        }
        if self.spec != KeySpec::SYMMETRIC_DEFAULT {
            report(
                format!("no custom key store has `{spec}` keys"),
                "remove `key_spec`: custom key stores have symmetric encryption keys only",
            );
        }
        if self.multi_region {
            report(
                "keys in custom key stores are in one Region only".to_owned(),
                "remove `multi_region`, or the custom key store",
            );
        }
        if targets.contains(&Target::CloudFormation) {
            report(
                "no key in a custom key store can be made by CloudFormation".to_owned(),
                "write `targets: [terraform]` in this spec file; other keys go into another one",
            );
        }
    }

    fn check_rotation(self, declared: &KeyDefinition, diagnostics: &mut Vec<Diagnostic>) {
        let Some(rotation) = declared.rotation.as_ref().filter(|_| !self.rotates()) else {
            return;
        };
        let by_hand = "remove `rotation`; rotate by hand: a new key, and the alias moved to it";
        let (message, also, help) = match &declared.key_spec {
            Some(spec) if !self.spec.rotates() => (
                format!("AWS does not rotate `{}` keys", self.spec.as_str()),
                Some((spec.span, "the key spec")),
                by_hand,
            ),
            _ if self.origin == Origin::External => (
                "AWS does not rotate imported key material".to_owned(),
                declared
                    .origin
                    .as_ref()
                    .map(|origin| (origin.span, "the origin")),
                "remove `rotation`; rotate by hand: import new material, and rotate on demand",
            ),
            _ => (
                "AWS does not rotate keys in custom key stores".to_owned(),
                None,
                by_hand,
            ),
        };
        let diagnostic = Diagnostic::error("kind-of-key", message).at(rotation.span, "");
        let diagnostic = match also {
            Some((place, words)) => diagnostic.also(place, words),
            None => diagnostic,
        };
        diagnostics.push(diagnostic.help(help));
    }

    /// How the kind is called in messages, with an article.
    pub(super) fn words(self) -> String {
        format!(
            "{} key for `{}`",
            with_article(self.spec),
            self.usage.as_str()
        )
    }

    /// The capabilities of a user entry, checked against the kind.
    pub(super) fn check_access(self, qualifiers: &Qualifiers, diagnostics: &mut Vec<Diagnostic>) {
        let access = qualifiers.access.as_deref().unwrap_or_default();
        let known = actions::capabilities(self.spec, self.usage);
        let mixed = access.iter().any(|one| one.value.capability().is_some());
        for capability in access {
            let word = capability.value.as_str();
            let problem = match capability.value {
                AccessWord::Service(_) if qualifiers.via.is_none() => {
                    Some(format!("`{word}` is a service's term and needs `via`"))
                }
                AccessWord::Service(_) if mixed => Some(format!(
                    "`{word}` is a service's term and cannot stand beside the key's own"
                )),
                AccessWord::Key(Capability::Inspect) => {
                    check_inspection(access, qualifiers, diagnostics);
                    None
                }
                AccessWord::Key(own) if !known.contains(&own) => {
                    Some(format!("{} has no `{word}`", self.words()))
                }
                AccessWord::Service(_) | AccessWord::Key(_) => None,
            };
            let Some(message) = problem else { continue };
            let known: Vec<_> = known.iter().map(|known| known.as_str()).collect();
            diagnostics.push(
                Diagnostic::error("kind-of-key", message)
                    .at(capability.span, "")
                    .help(format!(
                        "this key's own: {}, {}{}",
                        known.join(", "),
                        Capability::Inspect.as_str(),
                        if self.spec == KeySpec::SYMMETRIC_DEFAULT {
                            "; with `via`: terms of its services, such as read and write"
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

/// Conditions about the use of a key say nothing of requests that only look at it.
///
/// Source: service authorization reference of AWS KMS: none of the actions of access level "Read" or "List" has the
/// condition key `kms:EncryptionContext:context-key`. Nor is it documented of any service that it inspects keys for its callers.
fn check_inspection(
    access: &[Spanned<AccessWord>],
    qualifiers: &Qualifiers,
    diagnostics: &mut Vec<Diagnostic>,
) {
    let inspection =
        |one: &&Spanned<AccessWord>| one.value.capability() == Some(Capability::Inspect);
    let Some(place) = access.iter().find(inspection).map(|one| one.span) else {
        return;
    };
    let context = qualifiers.context.iter().flat_map(|context| &context.0);
    let context = context.map(|(key, _)| key.span).next();
    let via = qualifiers.via.iter().flatten().next().map(|via| via.span);
    let (field, span) = match (via, context) {
        (Some(span), _) => ("via", span),
        // Beside a use it is that which the context limits.
        (None, Some(span)) if access.iter().all(|one| inspection(&one)) => ("context", span),
        _ => return,
    };
    let message = format!("`{field}` is about the use of the key, and `inspect` is none");
    diagnostics.push(
        Diagnostic::error("kind-of-key", message)
            .at(place, "")
            .also(span, "")
            .help(format!("give `inspect` in an entry without `{field}`")),
    );
}
