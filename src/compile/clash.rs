//! Names of resources that cannot be: two keys whose resources would have one name, and names that are too long.

use super::stack::CompiledStack;
use crate::diag::Diagnostic;
use crate::kms::limits;
use crate::source::Span;
use crate::target::names::{CloudFormation, Naming, Terraform, pascal_case};

/// Two keys, or two aliases of one, that make resources of one name.
pub(super) struct Clash<'c> {
    pub(super) compiled: &'c CompiledStack<'c>,
    pub(super) kind: &'static str,
    pub(super) name: String,
    /// Number and place of the key that comes second.
    pub(super) here: (usize, Span),
    /// Number and place of the key that had the name first.
    pub(super) there: (usize, Span),
}

impl Clash<'_> {
    /// What to tell, and what name to give instead.
    pub(super) fn diagnostic(&self) -> Diagnostic {
        let keys = &self.compiled.stack.keys;
        let (Some(key), Some(other)) = (keys.get(self.here.0), keys.get(self.there.0)) else {
            return Diagnostic::error("duplicate-name", "two keys have one name");
        };
        let declared = |(index, _): (usize, Span)| self.compiled.declarations.get(index).copied();
        let name_place = |at: (usize, Span)| {
            let id = declared(at).and_then(|declared| declared.id.as_ref());
            id.map_or(at.1, |id| id.span)
        };
        let (kind, name) = (self.kind, &self.name);
        if self.here.0 == self.there.0 {
            return Diagnostic::error(
                "duplicate-name",
                format!("two aliases of this key make {kind} of the name `{name}`"),
            )
            .at(self.here.1, "")
            .help("give them names that differ in letters or digits");
        }
        // A key keeps its former logical id in CloudFormation, so that is taken as well.
        let renamed = [(key, self.here, self.there), (other, self.there, self.here)];
        for (key, here, there) in renamed {
            let was = declared(here).and_then(|declared| declared.was.as_ref());
            let was = was.map_or(&[][..], |was| &was.0);
            let mut former = key.was.iter().zip(was);
            let other = keys.get(there.0).map(|other| &other.name);
            if let Some((former, was)) = former.find(|(former, _)| Some(*former) == other) {
                return Diagnostic::error(
                    "duplicate-name",
                    format!("`{former}` is the former name of one key and the name of another"),
                )
                .at(was.span, "former name")
                .also(name_place(there), "still here")
                .help("remove `was`, or the key that has this name");
            }
        }
        let message = if key.name == other.name {
            format!("two keys have the logical name `{}`", key.name)
        } else {
            format!(
                "`{}` and `{}` both make {kind} of the name `{name}`",
                other.name, key.name
            )
        };
        let alias = declared(self.here).map_or("", |declared| declared.alias.value.0.raw());
        let plain = pascal_case(alias);
        let taken = |name: &String| {
            let snake = Terraform.key(name);
            keys.iter().any(|key| Terraform.key(&key.name) == snake)
        };
        let proposal = [plain.clone()]
            .into_iter()
            .chain((2..=keys.len() + 2).map(|number| format!("{plain}{number}")))
            .find(|name| !name.is_empty() && !taken(name));
        Diagnostic::error("duplicate-name", message)
            .at(name_place(self.here), "")
            .also(name_place(self.there), "the other is here")
            .help(format!(
                "give this one a name of its own, such as `id: {}`",
                proposal.unwrap_or(plain)
            ))
    }
}

/// Refuses aliases whose logical id, made of the key's and the alias, is longer than CloudFormation takes.
pub(super) fn check_lengths(compiled: &CompiledStack<'_>, diagnostics: &mut Vec<Diagnostic>) {
    for (key, declared) in compiled.entries() {
        let longest = CloudFormation.aliases(key).iter().map(String::len).max();
        let Some(length) = longest.filter(|length| *length > limits::LOGICAL_ID_LENGTH) else {
            continue;
        };
        let alias = declared.alias.span;
        diagnostics.push(
            Diagnostic::error(
                "too-long",
                format!(
                    "the `id` of this key and one of its aliases make a logical id of {length} characters, {} are \
                     allowed",
                    limits::LOGICAL_ID_LENGTH
                ),
            )
            .at(declared.id.as_ref().map_or(alias, |id| id.span), "")
            .help("give the key a shorter `id`, or the alias a shorter name"),
        );
    }
}
