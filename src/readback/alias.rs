//! Aliases of either target, and the keys that they name.

use std::collections::BTreeMap;

use super::ReadKey;
use crate::iam::Text;
use crate::iam::value::{Read, unproven};
use crate::kms::Alias;
use crate::source::Span;

/// An alias whose key is still to be found: it may stand before its key.
pub(super) struct PendingAlias {
    pub(super) resource: String,
    /// The resource of the key.
    pub(super) key: String,
    pub(super) name: Text,
    /// Whether it stays when its stack goes; `None` where the target says so of the key alone.
    pub(super) retained: Option<bool>,
    pub(super) span: Span,
}

/// Gives aliases to their keys, all of one `whole` (a template or a module).
///
/// # Errors
/// The first alias that names no key of it.
pub(super) fn attach(aliases: Vec<PendingAlias>, keys: &mut [ReadKey], whole: &str) -> Read<()> {
    let places: BTreeMap<String, usize> = keys
        .iter()
        .enumerate()
        .map(|(index, key)| (key.key.name.clone(), index))
        .collect();
    for alias in aliases {
        let key = places
            .get(&alias.key)
            .and_then(|index| keys.get_mut(*index));
        let Some(key) = key else {
            let message = format!(
                "this alias names `{}`, which is no key of this {whole}",
                alias.key
            );
            return Err(unproven(alias.span, message));
        };
        key.key.aliases.push(Alias {
            name: alias.name,
            retained: alias.retained.unwrap_or(key.key.retained),
        });
        key.alias_resources.push(alias.resource);
    }
    Ok(())
}
