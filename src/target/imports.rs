//! How keys that exist already come into a stack: what each target has to be told about them.

use super::names::{CloudFormation, Naming, Terraform};
use crate::kms::{Adopted, Key, Stack};

/// What one `import` block of Terraform says.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct TerraformImport {
    /// The address that the resource gets in the root module.
    pub to: String,
    /// What the provider finds it by. Source: documentation of terraform-provider-aws, "Import" of `aws_kms_key` (the
    /// key's id) and `aws_kms_alias` (the alias with `alias/`).
    pub id: String,
}

/// What CloudFormation is told about one resource to import.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct CloudFormationImport {
    /// The resource's type.
    pub kind: String,
    /// Its logical id.
    pub resource: String,
    /// The property that identifies it. Source: `primaryIdentifier` in the schemas of `AWS::KMS::Key` and
    /// `AWS::KMS::Alias`.
    pub property: String,
    /// That property's value.
    pub value: String,
}

/// The keys of a stack that exist already.
pub fn adopted(stack: &Stack) -> impl Iterator<Item = (&Key, &Adopted)> {
    stack.keys.iter().filter_map(|key| {
        let mut all = stack.adopted.iter();
        Some((key, all.find(|adopted| adopted.id == key.name)?))
    })
}

/// The stack as it was before these keys came: CloudFormation's template for an import has to hold all that the stack
/// has already, and to change nothing of it. Source: CloudFormation user guide, "Import AWS resources into a
/// CloudFormation stack manually".
#[must_use]
pub fn others(stack: &Stack) -> Stack {
    let mut others = stack.clone();
    let comes = |key: &Key| stack.adopted.iter().any(|adopted| adopted.id == key.name);
    others.keys.retain(|key| !comes(key));
    others.adopted.clear();
    others.signals = stack.signals_of_others.clone();
    others
}

/// The resources of the aliases that exist already, with the aliases' names.
fn aliases(naming: &dyn Naming, key: &Key, adopted: &Adopted) -> Vec<(String, String)> {
    let resources = key.aliases.iter().zip(naming.aliases(key));
    let existing = resources.filter_map(|(alias, resource)| {
        let name = alias.name.as_literal()?;
        let exists = adopted.aliases.iter().any(|known| known == name);
        exists.then(|| (resource, name.to_owned()))
    });
    existing.collect()
}

/// The name under which a root module calls the module of a stack: the stack's, as far as Terraform takes it.
/// Source: Terraform language documentation, "Syntax", "Identifiers".
#[must_use]
pub fn module(stack: &Stack) -> String {
    let allowed = |c: char| c.is_ascii_alphanumeric() || "_-".contains(c);
    let mut name = stack.place().replace(|c| !allowed(c), "_");
    if name.starts_with(|first: char| first.is_ascii_digit() || first == '-') {
        name.insert(0, '_');
    }
    name
}

/// Every `import` block that a root module needs for a stack.
#[must_use]
pub fn terraform(stack: &Stack) -> Vec<TerraformImport> {
    let module = module(stack);
    let import = |kind: &str, resource: &str, id: &str| TerraformImport {
        to: format!("module.{module}.{kind}.{resource}"),
        id: id.to_owned(),
    };
    let imports = adopted(stack).flat_map(|(key, adopted)| {
        let resource = Terraform.key(Terraform.id(key));
        let aliases = aliases(&Terraform, key, adopted);
        let aliases = aliases
            .iter()
            .map(|(resource, name)| import("aws_kms_alias", resource, name));
        let kind = Terraform.kind(key.origin, key.replica);
        let mut imports = vec![import(kind, &resource, &adopted.key_id)];
        imports.extend(aliases);
        imports
    });
    imports.collect()
}

/// Every resource that CloudFormation has to import for a stack.
#[must_use]
pub fn cloudformation(stack: &Stack) -> Vec<CloudFormationImport> {
    let import = |[kind, resource, property, value]: [&str; 4]| CloudFormationImport {
        kind: kind.to_owned(),
        resource: resource.to_owned(),
        property: property.to_owned(),
        value: value.to_owned(),
    };
    let imports = adopted(stack).flat_map(|(key, adopted)| {
        let resource = CloudFormation.key(CloudFormation.id(key));
        let aliases = aliases(&CloudFormation, key, adopted);
        let aliases = aliases
            .iter()
            .map(|(resource, name)| import(["AWS::KMS::Alias", resource, "AliasName", name]));
        let kind = CloudFormation.kind(key.replica);
        let mut imports = vec![import([kind, &resource, "KeyId", &adopted.key_id])];
        imports.extend(aliases);
        imports
    });
    imports.collect()
}
