//! What targets cannot carry.

use super::stack::{CompiledStack, tag_place};
use super::{adoption, clash};
use crate::diag::Diagnostic;
use crate::iam::{Part, SortedMap, Text};
use crate::kms::limits;
use crate::spec::Target;
use crate::spec::config::Config;

/// Holds a stack against the targets that it is written for.
pub(super) fn check(
    compiled: &CompiledStack<'_>,
    config: &Config,
    diagnostics: &mut Vec<Diagnostic>,
) {
    check_targets(compiled, config, diagnostics);
    if compiled.targets(config).contains(&Target::CloudFormation) {
        check_template(compiled, diagnostics);
        adoption::check_count(compiled, diagnostics);
        clash::check_lengths(compiled, diagnostics);
        check_dynamic_references(compiled, diagnostics);
    }
}

/// A file's own targets are some of the workspace's.
fn check_targets(compiled: &CompiledStack<'_>, config: &Config, diagnostics: &mut Vec<Diagnostic>) {
    let own = compiled.definition.spec.fields.targets.iter().flatten();
    for target in own.filter(|target| !config.targets.contains(&target.value)) {
        diagnostics.push(
            Diagnostic::error(
                "target-not-written",
                format!("the workspace does not write `{}`", target.value.as_str()),
            )
            .at(target.span, "")
            .help("add it to `targets` in keywright.yaml, or remove it here"),
        );
    }
}

fn check_template(compiled: &CompiledStack<'_>, diagnostics: &mut Vec<Diagnostic>) {
    let keys = &compiled.stack.keys;
    let resources: usize = keys.iter().map(|key| 1 + key.aliases.len()).sum();
    let signals = compiled.stack.signals.resources();
    let kinds = match signals {
        0 => "keys and aliases",
        _ => "keys, aliases, rules and parameters",
    };
    let counts = [
        (
            keys.len(),
            limits::OUTPUTS_PER_TEMPLATE,
            "keys",
            "one output each",
        ),
        (
            resources + signals,
            limits::RESOURCES_PER_TEMPLATE,
            kinds,
            "one resource each",
        ),
    ];
    let first_past = compiled.declarations.get(limits::OUTPUTS_PER_TEMPLATE);
    let past_limit = first_past.map_or(compiled.definition.spec.fields.span, |declared| {
        declared.alias.span
    });
    for (count, most, what, why) in counts {
        if count > most {
            diagnostics.push(
                Diagnostic::error(
                    "too-many-keys",
                    format!(
                        "the stack `{}` has {count} {what}; a CloudFormation template takes {most}: {why}",
                        compiled.stack.name
                    ),
                )
                .at(past_limit, "")
                .help("split the file into several stacks"),
            );
        }
    }
}

/// CloudFormation resolves `{{resolve:…}}` in any text of a template.
/// Source: CloudFormation user guide, "Get values stored in other services using dynamic references".
fn check_dynamic_references(compiled: &CompiledStack<'_>, diagnostics: &mut Vec<Diagnostic>) {
    const REFERENCE: &str = "{{resolve:";
    fn literals<'t>(texts: impl Iterator<Item = &'t Text>) -> impl Iterator<Item = &'t String> {
        texts.flat_map(Text::parts).filter_map(|part| match part {
            Part::Literal(literal) => Some(literal),
            Part::Variable(_) | Part::Unknown(_) => None,
        })
    }
    let refers = |text: &str| text.contains(REFERENCE);
    for (key, declared) in compiled.entries() {
        let in_tag = key.tags.iter().find(|(name, value)| {
            refers(name) || literals(std::iter::once(*value)).any(|text| refers(text))
        });
        let names = key
            .policy
            .statements
            .iter()
            .flat_map(|statement| statement.conditions.values().flat_map(SortedMap::keys));
        let found = if refers(&key.description) {
            Some(("the purpose", declared.purpose.span))
        } else if let Some((name, _)) = in_tag {
            Some(("a tag", tag_place(declared, compiled.definition, name)))
        } else {
            literals(key.policy.texts())
                .chain(names)
                .any(|text| refers(text))
                .then_some(("the policy", declared.alias.span))
        };
        if let Some((what, place)) = found {
            diagnostics.push(
                Diagnostic::error(
                    "dynamic-reference",
                    format!("{what} of this key holds `{REFERENCE}`, which CloudFormation would replace"),
                )
                .at(place, "")
                .help("write it differently, or leave `cloudformation` out of the workspace's targets"),
            );
        }
    }
}
