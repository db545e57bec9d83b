//! The catalogue of AWS services that use KMS keys: data, one file per service below `src/kms/services/`.
//!
//! # Adding a service
//! Add `src/kms/services/NAME.yaml`; nothing else. Look the facts up in AWS's documentation and give the page.
//!
//! ```yaml
//! title: CloudTrail trail
//! source: https://docs.aws.amazon.com/…   # or a list
//! verified: true                          # or a sentence that says what is not
//! notes:                                  # what users of the service should know
//!   - …
//! service:                                # only if the service calls KMS with its own principal
//!   principal: cloudtrail.amazonaws.com   # or a list; or `role:`, the ARN of a service-linked role
//!   parameters:                           # what specs give beside `service: NAME`
//!     trail:
//!       meaning: Name or ARN of the trail
//!       example: management-events
//!       name: {characters: "A-Z a-z 0-9 . _ -", min: 3, max: 128}
//!       becomes: "arn:{partition}:cloudtrail:{region}:{account}:trail/{trail}"
//!   statements:
//!     - sid: Allow CloudTrail to encrypt logs
//!       actions: ["kms:GenerateDataKey*"]
//!       conditions:
//!         StringEquals: {"aws:SourceArn": "{trail}"}
//! ```
//!
//! A bare name is completed to `becomes`; a full ARN of that shape is taken as it is, also one of another account or
//! Region. In values, `{trail}` is the result, `{trail.account}` its account and `{trail.name}` the bare name;
//! `{account}`, `{partition}` and `{region}` are those of the key. An optional parameter says `required: false` and
//! gives a `default` as it shall stand in the policy; without one, conditions that mention the parameter fall away
//! when it is absent.
//!
//! Services that call KMS with their caller's credentials have, instead of `service:`, the field `via:` (the NAME in
//! `kms:ViaService` = `NAME.<Region>.amazonaws.com`), `grants:` ([`Grants`]), with more conditions on the grant under
//! `grants_when:`, and, where AWS lists them, what callers need under `use:`: a term and its actions, or `{actions: […],
//! grants: true}` where `kms:CreateGrant` is among them. `advice:` says what to write in a spec. Services of which only that name matters
//! stand in `src/kms/via.yaml`.
//!
//! Any entry may say `only_in:` ([`Places`](super::service::Places)), the only Regions or partitions in which the service
//! works with keys, and `must_not_carry:`, condition keys that would break it, each with what AWS says. Where an account
//! has to enable a Region before use, some services have a principal of that Region: their optional parameter
//! `opt_in_region` stands in `principal: inspector2{opt_in_region}.amazonaws.com`, and says whether it is the Region of
//! the key, which then fills it wherever it is known ([`OptIn`](super::service::OptIn)).
//!
//! A parameter may have `one_of:` (the only values, each with what it stands for) and `same_region:` (an ARN must be of
//! the key's Region). `{dns_suffix}` is the domain of the partition, for the few principals that end in it.
//!
//! # Rules, which tests hold the files to
//! - Conditions against the confused deputy wherever AWS supports them, and nowhere else: never what `must_not_carry` lists.
//! - `kms:DescribeKey` carries no encryption context: it never shares a statement with a condition on one.
//! - `kms:CreateGrant` only fenced. Only actions that work in a key policy. `kms:ReEncrypt*`, never `kms:ReEncrypt`.
//! - Partition, Region and the key's account are placeholders, never literal.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{LazyLock, OnceLock};

use include_dir::{Dir, include_dir};

use super::service::{Grants, Service};

static FILES: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/src/kms/services");
static VIA_ONLY: &str = include_str!("via.yaml");

struct Entry {
    text: &'static str,
    service: OnceLock<Option<Service>>,
}

/// The files by slug, unread.
static ENTRIES: LazyLock<BTreeMap<&'static str, Entry>> = LazyLock::new(|| {
    FILES
        .files()
        .filter_map(|file| {
            let slug = file.path().to_str()?.strip_suffix(".yaml")?;
            let service = OnceLock::new();
            let text = file.contents_utf8()?;
            Some((slug, Entry { text, service }))
        })
        .collect()
});

/// The service of that name, or `None`. Only its own file is read, once.
#[must_use]
pub fn find(slug: &str) -> Option<&'static Service> {
    let (slug, entry) = ENTRIES.get_key_value(slug)?;
    entry
        .service
        // The files are embedded, and a test reads every one: an unreadable file cannot be shipped.
        .get_or_init(|| parse(slug, entry.text).ok())
        .as_ref()
}

/// All names, sorted.
pub fn slugs() -> impl Iterator<Item = &'static str> {
    ENTRIES.keys().copied()
}

/// The text of a service's file.
#[must_use]
pub fn text(slug: &str) -> Option<&'static str> {
    ENTRIES.get(slug).map(|entry| entry.text)
}

/// Reads the text of a catalogue file.
///
/// # Errors
/// What the file has that a catalogue file cannot have, with line and column.
pub fn parse(slug: &'static str, text: &str) -> Result<Service, serde_yaml::Error> {
    serde_yaml::from_str(text).map(|service| Service { slug, ..service })
}

/// A name under `via:` made ready.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ViaEndpoint {
    /// What the name stands for, in AWS's words.
    pub title: &'static str,
    /// The NAMEs in `kms:ViaService` = `NAME.<Region>.amazonaws.com` (the suffix is the same in every partition).
    pub names: Vec<&'static str>,
    /// Whether callers need `kms:CreateGrant`, and its fence.
    pub grants: Grants,
    /// The catalogue entry, where there is one: its terms (`use:`), notes and sources.
    pub service: Option<&'static Service>,
}

/// Every term that some service has under `use:`, sorted.
pub fn terms() -> impl Iterator<Item = &'static str> {
    static TERMS: LazyLock<BTreeSet<&'static str>> = LazyLock::new(|| {
        let entries = ENTRIES.values();
        entries.flat_map(|entry| use_lines(entry.text)).collect()
    });
    TERMS.iter().copied()
}

/// What a name under `via:` means: a service of the catalogue (`efs`) or a name as AWS writes it in `kms:ViaService`
/// (`elasticfilesystem`). `None` if it is neither. Reads at most one file of the catalogue.
#[must_use]
pub fn via_endpoint(name: &str) -> Option<ViaEndpoint> {
    let of = |service: &'static Service, names| ViaEndpoint {
        title: &service.title,
        names,
        grants: service.grants.unwrap_or(Grants::Unknown),
        service: Some(service),
    };
    if let Some(service) = find(name).filter(|service| !service.via.is_empty()) {
        return Some(of(
            service,
            service.via.iter().map(String::as_str).collect(),
        ));
    }
    let (&name, place) = ENDPOINTS.get_key_value(name)?;
    match place {
        Place::Catalogue(slug) => find(slug).map(|service| of(service, vec![name])),
        Place::ViaOnly(title) => Some(ViaEndpoint {
            title,
            names: vec![name],
            grants: Grants::Unknown,
            service: None,
        }),
    }
}

/// Every name that [`via_endpoint`] knows, sorted.
pub fn via_names() -> impl Iterator<Item = &'static str> {
    let slugs = ENTRIES
        .iter()
        .filter(|(_, entry)| via_line(entry.text).next().is_some())
        .map(|(slug, _)| *slug);
    ENDPOINTS
        .keys()
        .copied()
        .chain(slugs)
        .collect::<BTreeSet<_>>()
        .into_iter()
}

enum Place {
    Catalogue(&'static str),
    ViaOnly(&'static str),
}

/// Where each endpoint name is described. Found by looking for `via:` lines: parsing all files would cost
/// milliseconds at every start. Of several files with one name, the one called like it comes first.
static ENDPOINTS: LazyLock<BTreeMap<&'static str, Place>> = LazyLock::new(|| {
    let mut places = BTreeMap::new();
    for line in VIA_ONLY.lines().filter(|line| !line.starts_with('#')) {
        if let Some((name, title)) = line.split_once(": ") {
            places.insert(name, Place::ViaOnly(title));
        }
    }
    for (slug, entry) in ENTRIES.iter().rev() {
        for name in via_line(entry.text) {
            if name == *slug
                || !ENTRIES
                    .get(name)
                    .is_some_and(|own| via_line(own.text).any(|n| n == name))
            {
                places.insert(name, Place::Catalogue(slug));
            }
        }
    }
    places
});

/// The terms in the lines below `use:` of a catalogue file, read like those of `via:`.
fn use_lines(text: &str) -> impl Iterator<Item = &str> {
    text.lines()
        .skip_while(|line| *line != "use:")
        .skip(1)
        .map_while(|line| line.strip_prefix("  "))
        .filter_map(|line| line.split_once(':'))
        // What stands deeper says what a term takes.
        .filter(|(term, _)| !term.starts_with(' '))
        .map(|(term, _)| term)
}

/// The names in the `via:` line of a catalogue file: `via: ec2` or `via: [es, aoss]`.
fn via_line(text: &str) -> impl Iterator<Item = &str> {
    text.lines()
        .find_map(|line| line.strip_prefix("via:"))
        .unwrap_or_default()
        .split(['[', ']', ',', ' '])
        .filter(|name| !name.is_empty())
}
