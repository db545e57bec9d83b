//! From a workspace to the files that it means: compiled, rendered, read back and proven.

use rayon::prelude::*;

use super::Artifact;
use super::job::{Job, Product};
use super::load::Workspace;
use crate::compile::{self, CompiledStack};
use crate::diag::Diagnostic;
use crate::iam::{Arn, Principals};
use crate::kms::limits;
use crate::render::{RenderedFile, Renderer};
use crate::source::Sources;
use crate::spec::Target;
use crate::spec::stack;

/// What a workspace comes to.
#[derive(Debug)]
pub struct Generated<'w> {
    /// Every stack in every environment.
    pub stacks: Vec<CompiledStack<'w>>,
    /// Every file, proven.
    pub artifacts: Vec<Artifact>,
}

/// A principal that KMS must be able to see when a key is deployed.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct RequiredPrincipal {
    /// Its ARN, deployment-time parts as placeholders.
    pub arn: String,
    /// Whether AWS makes the role when the service is first used.
    pub service_linked: bool,
    /// The keys whose policies name it: environment, stack, main alias.
    pub keys: Vec<(String, String, String)>,
}

/// Compiles all stacks; problems are added to `diagnostics`.
pub fn compile<'w>(
    workspace: &'w Workspace,
    diagnostics: &mut Vec<Diagnostic>,
) -> Vec<CompiledStack<'w>> {
    let (definitions, problems) = stack::place(&workspace.specs, &workspace.config);
    diagnostics.extend(problems);
    let compiled: Vec<_> = definitions
        .into_par_iter()
        .map(|definition| compile::stack(definition, &workspace.config))
        .collect();
    let mut stacks = Vec::with_capacity(compiled.len());
    for (stack, problems) in compiled {
        // A stack of several environments has the same mistake in each.
        for problem in problems {
            if !diagnostics.contains(&problem) {
                diagnostics.push(problem);
            }
        }
        stacks.push(stack);
    }
    diagnostics.extend(compile::across(&stacks));
    stacks
}

/// Renders all stacks for all targets and proves every file.
///
/// `done` is called, on any thread, with the number of keys of each file set that was rendered and proven, once for
/// each target.
///
/// # Errors
/// What templates have wrong, and every difference from what the specs mean; texts that diagnostics speak of are
/// added to `sources`.
pub fn generate<'w>(
    workspace: &Workspace,
    stacks: Vec<CompiledStack<'w>>,
    sources: &mut Sources,
    done: &(dyn Fn(usize) + Sync),
) -> Result<Generated<'w>, Vec<Diagnostic>> {
    let renderer = Renderer::new(&workspace.overrides, workspace.config.scanner_annotations)?;
    let jobs: Vec<Job<'_>> = stacks
        .iter()
        .flat_map(|stack| {
            let targets = stack.targets(&workspace.config).into_iter();
            targets.flat_map(move |target| Job::all(stack, target))
        })
        .collect();
    let rendered: Vec<_> = jobs
        .par_iter()
        .map(|job| {
            let files = job.render(&renderer)?;
            // Nobody reads these diagnostics, so they need no copies of the texts.
            let mut unread = Sources::new();
            let id = |file: &RenderedFile| unread.add(file.path.as_str(), "");
            let proven = job.prove(&files, id).is_ok();
            if job.product == Product::Stack {
                done(job.compiled.stack.keys.len());
            }
            Ok((files, proven))
        })
        .collect();
    let mut artifacts = Vec::new();
    let mut diagnostics: Vec<Diagnostic> = Vec::new();
    for (job, outcome) in jobs.into_iter().zip(rendered) {
        match outcome {
            // A template that cannot be rendered fails for every stack: once is enough.
            Err(problem) if diagnostics.contains(&problem) => {}
            Err(problem) => diagnostics.push(problem),
            Ok((rendered, true)) if rendered.files.iter().any(is_too_large) => {
                diagnostics.extend(
                    rendered
                        .files
                        .iter()
                        .filter(|file| is_too_large(file))
                        .map(too_large),
                );
            }
            Ok((rendered, true)) => {
                let files = rendered.files.into_iter();
                artifacts.extend(files.map(|file| Artifact {
                    path: file.path,
                    contents: file.text,
                    source: job.compiled.definition.spec.path.clone(),
                }));
            }
            // Once more, so that the diagnostics can show the text.
            Ok((rendered, false)) => {
                let id = |file: &RenderedFile| {
                    sources.add(format!("output/{}", file.path), file.text.as_str())
                };
                let differences = job.prove(&rendered, id).err();
                diagnostics.extend(differences.into_iter().flatten());
            }
        }
    }
    if diagnostics.iter().any(Diagnostic::is_error) {
        return Err(diagnostics);
    }
    Ok(Generated { stacks, artifacts })
}

fn is_too_large(file: &RenderedFile) -> bool {
    file.target == Target::CloudFormation && file.text.len() > limits::TEMPLATE_BYTES
}

fn too_large(file: &RenderedFile) -> Diagnostic {
    Diagnostic::error(
        "template-too-large",
        format!(
            "this template would be {} bytes large, CloudFormation takes {}",
            file.text.len(),
            limits::TEMPLATE_BYTES
        ),
    )
    .in_path(format!("output/{}", file.path))
    .help("split its spec file into several stacks")
}

/// The principals that policies name literally: KMS refuses a policy with one that it cannot see.
#[must_use]
pub fn required_principals(stacks: &[CompiledStack<'_>]) -> Vec<RequiredPrincipal> {
    let mut found: std::collections::BTreeMap<String, RequiredPrincipal> = Default::default();
    for compiled in stacks {
        let stack = &compiled.stack;
        for key in &stack.keys {
            let alias = key.aliases.first().map(|alias| alias.name.to_string());
            let place = (
                stack.environment.clone(),
                stack.place(),
                alias.unwrap_or_default(),
            );
            for statement in &key.policy.statements {
                let Some(Principals::Listed(kinds)) =
                    statement.principal.as_ref().map(|clause| &clause.value)
                else {
                    continue;
                };
                for name in kinds.values().flatten() {
                    let Some(arn) = Arn::parse(name) else {
                        continue;
                    };
                    let resource = arn.resource.to_string();
                    if resource == "root" {
                        continue;
                    }
                    let entry =
                        found
                            .entry(name.to_string())
                            .or_insert_with(|| RequiredPrincipal {
                                arn: name.to_string(),
                                service_linked: resource.starts_with("role/aws-service-role/"),
                                keys: Vec::new(),
                            });
                    if entry.keys.last() != Some(&place) {
                        entry.keys.push(place.clone());
                    }
                }
            }
        }
    }
    found.into_values().collect()
}
