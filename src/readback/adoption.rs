//! The proof of what takes over keys that exist already: it names what the stack means, and changes nothing else.

use std::fmt::Write as _;

use super::certain::{certain, certain_alias, retained};
use super::found::{Found, FoundKey, KeyForm};
use super::proof::{self, different};
use super::{File, cloudformation, signals};
use crate::diag::Diagnostic;
use crate::hcl::read as hcl;
use crate::iam::value::{Read, unproven};
use crate::kms::{Key, KeySpec, KeyUsage, Origin, Stack};
use crate::source::{FileId, Span};
use crate::spec::Target;
use crate::target::imports::{self, CloudFormationImport, TerraformImport};
use crate::target::names::{CloudFormation, Naming};
use crate::yaml::{self, Node};

/// Every difference between what a stack takes over and what the file says; `place` is where a missing file is told.
pub(super) fn compare(
    stack: &Stack,
    target: Target,
    file: Option<&File<'_>>,
    place: FileId,
) -> Vec<Diagnostic> {
    let compared = match (file, stack.adopted.is_empty()) {
        (None, true) => return Vec::new(),
        (None, false) => {
            let message = "nothing is printed for the keys that exist already";
            return vec![unproven(Span::new(place, 0..0), message)];
        }
        (Some(file), _) => match target {
            Target::CloudFormation => compare_cloudformation(stack, file),
            Target::Terraform => compare_terraform(stack, file),
        },
    };
    compared.unwrap_or_else(|problems| problems)
}

/// What differs, or why nobody can tell.
type Compared = Result<Vec<Diagnostic>, Vec<Diagnostic>>;

fn compare_lines(span: Span, what: &str, meant: &[String], printed: &[String]) -> Vec<Diagnostic> {
    let sorted = |lines: &[String]| {
        let mut lines: Vec<_> = lines.iter().map(|line| format!("{line}\n")).collect();
        lines.sort_unstable();
        lines.concat()
    };
    let (meant, printed) = (sorted(meant), sorted(printed));
    if meant == printed {
        return Vec::new();
    }
    vec![different(
        span,
        format!("{what} not what the spec means"),
        &meant,
        &printed,
    )]
}

/// The resources that a file of earlier output imports, by their names without the module and type, with what each is
/// imported by; `None` where nobody can tell.
#[must_use]
pub fn imported_keys(target: Target, file: &File<'_>) -> Option<Vec<(String, String)>> {
    match target {
        Target::CloudFormation => {
            let (root, _) = yaml::load(file.id, file.text, yaml::Dialect::CloudFormation);
            let input = Input::read(root.as_ref()?)?;
            let keys = input.resources.into_iter();
            let keys = keys.filter(|import| import.property == "KeyId");
            Some(keys.map(|it| (it.resource, it.value)).collect())
        }
        Target::Terraform => {
            let imports = terraform_imports(file).ok()?.into_iter();
            let keys = imports.filter_map(|import| {
                let mut names = import.to.rsplit('.');
                let (name, kind) = (names.next()?, names.next()?);
                (kind != "aws_kms_alias").then(|| (name.to_owned(), import.id))
            });
            Some(keys.collect())
        }
    }
}

fn compare_terraform(stack: &Stack, file: &File<'_>) -> Compared {
    let line = |import: &TerraformImport| format!("import: {} as {}", import.id, import.to);
    let meant: Vec<_> = imports::terraform(stack).iter().map(line).collect();
    let printed: Vec<_> = terraform_imports(file)?.iter().map(line).collect();
    let whole = Span::new(file.id, 0..0);
    Ok(compare_lines(whole, "the imports are", &meant, &printed))
}

fn terraform_imports(file: &File<'_>) -> Result<Vec<TerraformImport>, Vec<Diagnostic>> {
    let body = hcl::parse(file.id, file.text).map_err(|problem| vec![problem])?;
    let mut printed = Vec::new();
    for structure in body.iter() {
        let span = hcl::span(file.id, structure);
        let import = structure
            .as_block()
            .filter(|block| block.ident.as_str() == "import" && block.labels.is_empty())
            .and_then(|block| {
                let value = |name| hcl::attribute(&block.body, name).map(|it| &it.value);
                let import = TerraformImport {
                    to: hcl::path(value("to")?)?.join("."),
                    id: hcl::literal(value("id")?)?.into_owned(),
                };
                (block.body.iter().count() == 2).then_some(import)
            });
        let Some(import) = import else {
            let message = "this file is for `import` blocks with a plain `to` and `id`";
            return Err(vec![unproven(span, message)]);
        };
        printed.push(import);
    }
    Ok(printed)
}

fn compare_cloudformation(stack: &Stack, file: &File<'_>) -> Compared {
    let whole = Span::new(file.id, 0..0);
    let (root, problems) = yaml::load(file.id, file.text, yaml::Dialect::CloudFormation);
    if !problems.is_empty() {
        return Err(problems);
    }
    let input = root.as_ref().and_then(Input::read).ok_or_else(|| {
        let message =
            "this is no plain input of `aws cloudformation create-change-set` for an import";
        vec![unproven(whole, message)]
    })?;
    let line = |import: &CloudFormationImport| {
        let CloudFormationImport {
            kind,
            resource,
            property,
            value,
        } = import;
        format!("import: {property} {value} as {resource} ({kind})")
    };
    let meant: Vec<_> = imports::cloudformation(stack).iter().map(line).collect();
    let printed: Vec<_> = input.resources.iter().map(line).collect();
    let mut differences = compare_lines(whole, "the imports are", &meant, &printed);
    // Places in a text within a text would mislead.
    let here = |problem: Diagnostic| problem.at(input.template_span, "in this template");
    let template = compare_template(stack, file.id, input.template).unwrap_or_else(|it| it);
    differences.extend(template.into_iter().map(here));
    Ok(differences)
}

/// What `aws cloudformation create-change-set` is given.
struct Input<'n> {
    resources: Vec<CloudFormationImport>,
    template: &'n str,
    template_span: Span,
}

impl<'n> Input<'n> {
    fn read(root: &'n Node) -> Option<Self> {
        let text = |name| root.get(name).and_then(Node::as_text);
        let known = [
            "ChangeSetName",
            "ChangeSetType",
            "ResourcesToImport",
            "TemplateBody",
        ];
        let names = root.as_mapping()?.iter().map(|entry| entry.name());
        let plain = names.eq(known) && text("ChangeSetType")? == "IMPORT";
        let resources = root.get("ResourcesToImport")?.as_sequence()?;
        let input = Self {
            resources: resources.iter().map(import).collect::<Option<_>>()?,
            template: text("TemplateBody")?,
            template_span: root.entry("TemplateBody")?.key.span,
        };
        plain.then_some(input)
    }
}

fn import(node: &Node) -> Option<CloudFormationImport> {
    let text = |name| node.get(name).and_then(Node::as_text).map(str::to_owned);
    let [identifier] = node.get("ResourceIdentifier")?.as_mapping()? else {
        return None;
    };
    let import = CloudFormationImport {
        kind: text("ResourceType")?,
        resource: text("LogicalResourceId")?,
        property: identifier.name().to_owned(),
        value: identifier.value.as_text()?.to_owned(),
    };
    (node.as_mapping()?.len() == 3).then_some(import)
}

/// The template during the import: keys that were there as they are, with what tells of them; of keys that come only
/// what is fixed for ever.
fn compare_template(stack: &Stack, file: FileId, text: &str) -> Compared {
    let found = cloudformation::read(file, text)?;
    let names: Vec<_> = imports::adopted(stack)
        .map(|(key, _)| CloudFormation.key(CloudFormation.id(key)))
        .collect();
    let (coming, rest) = found
        .keys
        .into_iter()
        .partition::<Vec<_>, _>(|key| names.contains(&key.resource));
    let rest = certain(Found {
        keys: rest,
        ..found
    })?;
    let others = imports::others(stack);
    let mut differences = proof::compare(&others, &rest, &CloudFormation, file);
    let files = [File { id: file, text }];
    differences.extend(signals::compare(&others, Target::CloudFormation, &files));
    let whole = Span::new(file, 0..0);
    let adopted = imports::cloudformation(stack);
    let meant: Vec<_> = imports::adopted(stack)
        .map(|(key, _)| meant(key, &adopted))
        .collect();
    let printed = coming.into_iter().map(printed).collect::<Read<Vec<_>>>();
    let printed = printed.map_err(|problem| vec![problem])?;
    let what = "the imported keys are";
    differences.extend(compare_lines(whole, what, &meant, &printed));
    Ok(differences)
}

fn meant(key: &Key, imports: &[CloudFormationImport]) -> String {
    let mut lines = fixed(
        &CloudFormation.key(CloudFormation.id(key)),
        (key.key_spec, key.key_usage, key.origin, key.multi_region),
        key.retained,
    );
    for (alias, resource) in key.aliases.iter().zip(CloudFormation.aliases(key)) {
        if imports.iter().any(|import| import.resource == resource) {
            // Writing to a string cannot fail.
            let _ = write!(
                lines,
                "\n  alias {resource}: {} {}",
                alias.name, alias.retained
            );
        }
    }
    lines
}

fn printed(found: FoundKey) -> Read<String> {
    let span = found.span;
    if let Some(doubt) = found.doubts.into_iter().next() {
        return Err(doubt);
    }
    let said = [
        found.description.span(),
        found.enabled.span(),
        found.rotates.span(),
        found.rotation_period_days.span(),
        found.deletion_window_days.span(),
        found.bypasses_lockout_check.span(),
        found.tags.span(),
        found.policy.span(),
        found.strangers.first().map(|(_, span)| *span),
        found.assumptions.first().map(|(_, span)| *span),
    ];
    if let Some(span) = said.into_iter().flatten().next() {
        let message = "a key that is imported says only what is fixed for ever: an update sets no value that stays the same";
        return Err(unproven(span, message));
    }
    if found.form != KeyForm::Key || !found.when.is_empty() {
        return Err(unproven(span, "this is no plain key"));
    }
    let open = || unproven(span, "this is not resolved here");
    let kind = (
        found.key_spec.or_default(KeySpec::SYMMETRIC_DEFAULT),
        found.key_usage.or_default(KeyUsage::EncryptDecrypt),
        found.origin.or_default(Origin::AwsKms),
        found.multi_region.or_default(false),
    );
    let (Some(spec), Some(usage), Some(origin), Some(multi_region)) = kind else {
        return Err(open());
    };
    let is_retained = retained(found.lifetime, ["Retain", "Retain"], span)?;
    let mut lines = fixed(
        &found.resource,
        (spec, usage, origin, multi_region),
        is_retained,
    );
    for alias in found.aliases {
        let resource = alias.resource.clone();
        let alias = certain_alias(alias, is_retained)?;
        let _ = write!(
            lines,
            "\n  alias {resource}: {} {}",
            alias.name, alias.retained
        );
    }
    Ok(lines)
}

fn fixed(
    resource: &str,
    (spec, usage, origin, multi_region): (KeySpec, KeyUsage, Origin, bool),
    retained: bool,
) -> String {
    format!(
        "{resource}: {} {} {} multi-Region: {multi_region} protected: {retained}",
        spec.as_str(),
        usage.as_str(),
        origin.as_str()
    )
}
