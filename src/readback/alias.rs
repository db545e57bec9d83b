//! Aliases of either target, and the keys that they name.

use super::found::{Found, FoundAlias};

/// Gives aliases to their keys, all of one file or module: an alias may stand before its key.
pub(super) fn attach(aliases: Vec<FoundAlias>, found: &mut Found) {
    for alias in aliases {
        let mut of_this_file = false;
        if let Some(resource) = &alias.key {
            for key in found
                .keys
                .iter_mut()
                .filter(|key| key.resource == *resource)
            {
                of_this_file = true;
                key.aliases.push(alias.clone());
            }
        }
        if !of_this_file {
            found.other_aliases.push(alias);
        }
    }
}
