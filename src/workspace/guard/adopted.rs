//! A key is taken over once: what is managed already cannot be imported again.
//!
//! Terraform passes over an `import` block whose resource is in the state (language documentation, "Import"), and
//! CloudFormation imports nothing that a stack has (CloudFormation user guide, "Import AWS resources into a
//! CloudFormation stack manually", "Considerations").

use super::revision::{Revision, name};
use crate::diag::Diagnostic;
use crate::spec::Target;

/// Adoptions of a revision that would do nothing, or fail.
pub(super) fn problems(revision: &Revision<'_, '_>) -> Vec<Diagnostic> {
    let stack = &revision.compiled.stack;
    let keys = stack.keys.iter().zip(&revision.compiled.declarations);
    let adopted: Vec<_> = keys
        .filter_map(|(key, declared)| {
            let mut all = stack.adopted.iter();
            let adopted = all.find(|adopted| adopted.id == key.name)?;
            let place = declared.adopt.as_ref()?.key.span;
            let earlier = revision.earlier(key);
            let imported = earlier.and_then(|earlier| {
                let mut imported = revision.imported.iter();
                imported.find(|(resource, _)| resource == name(&earlier.resource))
            });
            let again = imported.is_some_and(|(_, id)| *id == adopted.key_id);
            Some((key, place, earlier, again))
        })
        .collect();
    // One that comes by this import.
    let comes = adopted.iter().find(|(_, _, earlier, _)| earlier.is_none());
    let problems = adopted.iter().filter_map(|(key, place, earlier, again)| {
        let earlier = earlier.as_ref()?;
        let name = &key.name;
        if !again {
            return Some(
                Diagnostic::warning(
                    "managed-already",
                    format!("the key `{name}` stands in earlier output: if that is deployed, it cannot be adopted"),
                )
                .at(*place, "")
                .also(earlier.span, "managed here")
                .help("Terraform passes over the import without a word, and CloudFormation's fails")
                .help(format!(
                    "is it this key? remove `adopt`; another one? give its definition an `id` of its own, or release `{name}` first"
                )),
            );
        }
        let (other, ..) = comes.filter(|_| revision.target == Target::CloudFormation)?;
        Some(
            Diagnostic::warning(
                "managed-already",
                format!(
                    "the import of `{}` takes `{name}` once more: if that is deployed, CloudFormation refuses both",
                    other.name
                ),
            )
            .at(*place, "")
            .also(earlier.span, "managed here")
            .help(format!("deployed? `adopt` of `{name}` has done its work: remove it")),
        )
    });
    problems.collect()
}
