//! What the catalogue of services says against an entry, beside what is wrong with the entry itself.

use crate::diag::Diagnostic;
use crate::kms::service::{Grants, Service, Verified};
use crate::kms::services;
use crate::source::Span;
use crate::spec::field::Spanned;
use crate::spec::{Qualifiers, ViaName};

const UNVERIFIED: &str = "unverified-service";

/// That not everything about a service was read in AWS's documentation.
pub(super) fn unverified(service: &Service, place: Span) -> Option<Diagnostic> {
    let Verified::Partly(what) = &service.verified else {
        return None;
    };
    let sources = service.source.join(" and ");
    Some(
        Diagnostic::warning(
            UNVERIFIED,
            format!(
                "not everything about `{}` is verified: {}",
                service.slug,
                what.trim_end_matches('.')
            ),
        )
        .at(place, "")
        .help(format!(
            "hold its statements against {sources} before you deploy"
        )),
    )
}

/// The same for a service that is named under `via`.
pub(super) fn unverified_endpoint(name: &Spanned<ViaName>) -> Option<Diagnostic> {
    let endpoint = services::via_endpoint(name.value.as_str())?;
    let own = endpoint.service;
    if let Some(diagnostic) = own.and_then(|service| unverified(service, name.span)) {
        return Some(diagnostic);
    }
    if endpoint.grants != Grants::Unknown {
        return None;
    }
    let message = format!(
        "not everything about `{}` is verified: whether it makes grants, for which callers need `kms:CreateGrant`",
        name.value.as_str()
    );
    Some(
        Diagnostic::warning(UNVERIFIED, message)
            .at(name.span, "")
            .help(format!(
                "look into the documentation of {}; a fenced `kms:CreateGrant` goes under `statements`",
                endpoint.title
            )),
    )
}

/// That an encryption context is asked for of a service for which that would break.
pub(super) fn forbidden_context(
    name: &Spanned<ViaName>,
    qualifiers: &Qualifiers,
) -> Option<Diagnostic> {
    let service = services::via_endpoint(name.value.as_str())?.service?;
    let keys = qualifiers.context.iter().flat_map(|context| &context.0);
    let (key, why) = keys.into_iter().find_map(|(key, _)| {
        let why = service.forbids(&format!("kms:EncryptionContext:{}", key.value.0))?;
        Some((key, why))
    })?;
    Some(
        Diagnostic::error(
            "unsupported-condition",
            format!(
                "`context` with `{}` would break `{}`: {why}",
                key.value.0,
                name.value.as_str()
            ),
        )
        .at(key.span, "")
        .also(name.span, "this service")
        .help("remove it from the context, or give the service an entry of its own"),
    )
}
