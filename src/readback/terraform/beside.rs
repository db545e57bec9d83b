//! Resources beside keys, taken as they are, for those who know what they should be.

use super::File;
use super::body::Body;
use super::evaluate::{Context, Evaluator};
use super::folder::{self, Files, Folder, Parsed};
use super::module::World;
use super::value::{Kind, Val};
use crate::diag::Diagnostic;
use crate::iam::value::unproven;
use crate::readback::beside::{Beside, Plain, Resources};
use crate::readback::open::Loaded;

/// Reads the resources of these addresses from the files of a module.
///
/// # Errors
/// Text that is no HCL.
pub(in crate::readback) fn read(
    files: &[File<'_>],
    addresses: &[&str],
) -> Result<Resources, Vec<Diagnostic>> {
    let loaded: Vec<Loaded<'_>> = files
        .iter()
        .map(|file| Loaded {
            path: "main.tf",
            id: file.id,
            text: file.text,
        })
        .collect();
    let files = Files::new(&loaded);
    let parsed: Vec<Parsed> = loaded.iter().map(folder::parse).collect::<Result<_, _>>()?;
    let folders = [(String::new(), Folder::new(&parsed))].into();
    let world = World::new("", folders, &files, Vec::new());
    let Some(folder) = world.folder(0) else {
        return Ok(Resources::new());
    };
    let mut resources = Resources::new();
    for ((kind, name), block) in &folder.resources {
        let address = format!("{kind}.{name}");
        if !addresses.contains(&address.as_str()) {
            continue;
        }
        let context = Context::top(0);
        let mut evaluator = Evaluator::new(&world, None);
        evaluator.home = evaluator.home_of(context, block);
        let mut doubts = Vec::new();
        let properties = properties(&evaluator, context, block.body, &mut doubts);
        let resource = Beside {
            properties,
            span: block.span,
            doubts,
        };
        resources.insert(address, resource);
    }
    Ok(resources)
}

fn properties(
    evaluator: &Evaluator<'_, '_>,
    context: Context<'_>,
    body: Body<'_>,
    doubts: &mut Vec<Diagnostic>,
) -> Plain {
    let mut members = std::collections::BTreeMap::new();
    for argument in body.arguments() {
        match argument.name {
            "depends_on" => {}
            // How often, where and by whom it is made.
            name @ ("count" | "for_each" | "provider" | "region") => {
                let message =
                    format!("`{name}` can change whether and where this resource is made");
                doubts.push(unproven(argument.span, message));
            }
            name => {
                let value = evaluator.value(context, argument.value);
                members.insert(name.to_owned(), plain(value));
            }
        }
    }
    for block in body.blocks() {
        if let "lifecycle" | "dynamic" | "provisioner" = block.kind {
            let message = format!("a `{}` block can change what this resource is", block.kind);
            doubts.push(unproven(block.span, message));
            continue;
        }
        let inner = properties(evaluator, context, block.body, doubts);
        let known = members
            .entry(block.kind.to_owned())
            .or_insert_with(|| Plain::List(Vec::new()));
        if let Plain::List(items) = known {
            items.push(inner);
        }
    }
    Plain::Object(members)
}

/// A value; JSON is what it says, not how it is spaced.
fn plain(value: Val) -> Plain {
    match value.kind {
        Kind::Json(inner) => plain(*inner),
        Kind::List(items) | Kind::Set(items) => Plain::List(items.into_iter().map(plain).collect()),
        Kind::Object(fields) => {
            let fields = fields.into_iter();
            Plain::Object(fields.map(|it| (it.name, plain(it.value))).collect())
        }
        _ => Plain::of(value.into_value()),
    }
}
