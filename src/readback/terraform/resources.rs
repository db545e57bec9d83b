//! Goes over the blocks of all modules and gathers what they say about keys.

use hcl_edit::expr::Expression;

use super::aliases;
use super::body::{Block, Expr};
use super::data::is_key;
use super::evaluate::{Context, Evaluator, Notes};
use super::keys;
use super::module::World;
use super::policies::Policies;
use super::value::Instances;
use super::variables::framed;
use crate::diag::Diagnostic;
use crate::hcl::read as hcl;
use crate::iam::value::{Read, unproven};
use crate::kms::companion::is_arn_pattern;
use crate::readback::alias;
use crate::readback::found::{Found, FoundAlias, FoundIdentityPolicy};
use crate::readback::identity;
use crate::readback::variants;

/// Most loose ends of one resource that are listed.
const MAX_LOOSE: usize = 8;

/// What is gathered on the way.
pub(super) struct Gathered {
    pub(super) found: Found,
    pub(super) aliases: Vec<FoundAlias>,
}

impl Gathered {
    /// Lists what took more than reading: the proof refuses it.
    pub(super) fn loose(&mut self, notes: Notes) {
        let mut added = 0;
        for (words, span) in notes.computed {
            let message = format!("the proof reads plain values, not {words}");
            let diagnostic = unproven(span, message);
            if added < MAX_LOOSE && !self.found.loose.contains(&diagnostic) {
                self.found.loose.push(diagnostic);
                added += 1;
            }
        }
    }

    fn stranger(&mut self, diagnostic: Diagnostic) {
        self.found.loose.push(diagnostic);
    }
}

/// Reads all modules of a configuration.
pub(super) fn read(world: &World<'_>) -> Found {
    let mut gathered = Gathered {
        found: Found::default(),
        aliases: Vec::new(),
    };
    gathered.found.doubts.extend(world.doubts.iter().cloned());
    let policies = Policies::index(world, &mut gathered);
    for module in 0..world.modules.len() {
        let Some(folder) = world.folder(module) else {
            continue;
        };
        gathered.found.doubts.extend(folder.doubts.iter().cloned());
        for block in &folder.blocks {
            if let Err(doubt) = read_block(world, module, block, &policies, &mut gathered) {
                gathered.found.doubts.push(doubt);
            }
        }
    }
    policies.of_strangers(world, &mut gathered);
    let Gathered { mut found, aliases } = gathered;
    alias::attach(aliases, &mut found);
    found
}

fn read_block(
    world: &World<'_>,
    module: usize,
    block: &Block<'_>,
    policies: &Policies<'_, '_>,
    gathered: &mut Gathered,
) -> Read<()> {
    let span = block.span;
    let path = world.path(module);
    match (block.kind, block.labels.as_slice()) {
        ("resource", [kind, _]) if is_key(kind) => {
            keys::read(world, module, block, policies, gathered);
            Ok(())
        }
        ("resource", ["aws_kms_alias" | "awscc_kms_alias", _]) => {
            aliases::read(world, module, block, gathered);
            Ok(())
        }
        // Their keys come with them.
        ("resource", ["aws_kms_key_policy", _]) => Ok(()),
        ("resource", [kind @ "aws_kms_grant", name]) if !is_none(world, module, block) => {
            Err(unproven(
                span,
                format!("`{path}{kind}.{name}` gives access that no key policy shows"),
            ))
        }
        ("resource", [kind, name])
            if kind.starts_with("aws_kms_") || kind.starts_with("awscc_kms_") =>
        {
            let message = format!("`{kind}.{name}` is not in the spec");
            gathered.stranger(unproven(span, message));
            Ok(())
        }
        ("resource", [kind, name])
            if kind.starts_with("aws_cloudformation_stack")
                || kind.starts_with("awscc_cloudformation_stack") =>
        {
            Err(unproven(
                span,
                format!("`{kind}.{name}` can hold keys that nobody sees here"),
            ))
        }
        ("resource", [kind, name]) if IDENTITY.contains(kind) => {
            identity_policies(
                world,
                module,
                block,
                &format!("{path}{kind}.{name}"),
                gathered,
            );
            Ok(())
        }
        ("moved", []) => {
            let [from, to] = ["from", "to"].map(|name| address(world, block, name));
            gathered.found.moves.push((from?, to?));
            Ok(())
        }
        ("removed", []) => {
            gathered.found.removals.push(removal(world, module, block)?);
            Ok(())
        }
        ("import", []) => {
            let message = "an `import` block can change which keys are made";
            gathered.stranger(unproven(span, message));
            Ok(())
        }
        ("ephemeral", _) => {
            let message = "an `ephemeral` block is not in the spec";
            gathered.stranger(unproven(span, message));
            Ok(())
        }
        (
            "terraform" | "locals" | "data" | "resource" | "output" | "variable" | "provider"
            | "check" | "module",
            _,
        ) => Ok(()),
        (other, _) => Err(unproven(
            span,
            format!("a `{other}` block can change which keys are made"),
        )),
    }
}

/// Resources that are a policy of users, groups or roles; the first one is a managed policy.
/// Source: documentation of terraform-provider-aws, "IAM".
const IDENTITY: [&str; 4] = [
    "aws_iam_policy",
    "aws_iam_group_policy",
    "aws_iam_role_policy",
    "aws_iam_user_policy",
];

/// Reads a policy of users, groups or roles, in every way that the module leaves open.
fn identity_policies(
    world: &World<'_>,
    module: usize,
    block: &Block<'_>,
    address: &str,
    gathered: &mut Gathered,
) {
    let Some(argument) = block.body.argument("policy") else {
        return;
    };
    let ways = variants::each(|choices| {
        let evaluator = Evaluator::new(world, Some(choices));
        let top = Context::top(module);
        let frames = evaluator.frames(top, block.body, None);
        framed(module, &frames, 0, |context| {
            identity::policy(
                evaluator.policy(context, &argument).into_value(),
                &|written| is_attribute(written) || is_key_arn(world, module, written),
            )
        })
    });
    for (when, policy) in ways.into_iter().flatten() {
        gathered.found.identity_policies.push(FoundIdentityPolicy {
            resource: address.to_owned(),
            inline: block.labels.first() != Some(&"aws_iam_policy"),
            span: block.span,
            when,
            policy,
            waivers: Vec::new(),
        });
    }
}

/// Whether what is unknown is an attribute of a resource, or of a key that is looked up: one thing, no pattern.
fn is_attribute(written: &str) -> bool {
    let written = written.strip_prefix("${").unwrap_or(written);
    written.starts_with("aws_") || written.starts_with("data.aws_kms_")
}

/// Whether what is unknown is a variable that takes the ARN of a key and nothing else.
fn is_key_arn(world: &World<'_>, module: usize, written: &str) -> bool {
    let written = written.strip_prefix("${").unwrap_or(written);
    let name = written.trim_end_matches('}').strip_prefix("var.");
    let folder = world.folder(module);
    let variable = name.and_then(|name| folder?.variables.get(name));
    let blocks = variable.map(|it| it.body.blocks()).unwrap_or_default();
    blocks.iter().any(|nested| {
        let condition = nested.body.argument("condition");
        match condition.map(|it| it.value) {
            Some(Expr::Hcl(_, condition)) if nested.kind == "validation" => {
                pattern_of(condition, name.unwrap_or_default())
                    .is_some_and(|it| is_arn_pattern(&it))
            }
            _ => false,
        }
    })
}

/// The regular expression in `can(regex("…", var.NAME))`, or in `alltrue([for it in var.NAME : can(regex("…", it))])`.
fn pattern_of(condition: &Expression, name: &str) -> Option<String> {
    let argument = |expression, function: &str, place: usize| match hcl::unparenthesized(expression)
    {
        Expression::FuncCall(call) if call.name.name.as_str() == function => call.args.get(place),
        _ => None,
    };
    let (each, matched) = match argument(condition, "alltrue", 0).map(hcl::unparenthesized) {
        Some(Expression::ForExpr(each)) if each.cond.is_none() && each.key_expr.is_none() => {
            let item = each.intro.value_var.as_str();
            let is_ours = hcl::path(&each.intro.collection_expr)? == ["var", name];
            (&each.value_expr, is_ours.then(|| vec![item])?)
        }
        Some(_) => return None,
        None => (condition, vec!["var", name]),
    };
    let regex = argument(each, "can", 0)?;
    let is_ours = hcl::path(argument(regex, "regex", 1)?)? == matched;
    let pattern = hcl::literal(argument(regex, "regex", 0)?)?;
    is_ours.then(|| pattern.into_owned())
}

/// Whether a block is certain to make nothing.
fn is_none(world: &World<'_>, module: usize, block: &Block<'_>) -> bool {
    match Evaluator::new(world, None).instances(Context::top(module), block.body) {
        Instances::Count(count) => count == 0,
        Instances::Each(names) => names.is_empty(),
        Instances::Single | Instances::Unknown => false,
    }
}

fn removal(world: &World<'_>, module: usize, block: &Block<'_>) -> Read<String> {
    let evaluator = Evaluator::new(world, None);
    let lifecycle = block
        .body
        .blocks()
        .into_iter()
        .find(|it| it.kind == "lifecycle");
    let destroy = lifecycle
        .as_ref()
        .and_then(|it| it.body.argument("destroy"));
    let destroys = destroy.is_none_or(|argument| {
        let value = evaluator.value(Context::top(module), argument.value);
        value.boolean() != Some(false)
    });
    if destroys {
        return Err(unproven(
            block.span,
            "this block destroys what it removes: `destroy` is not false",
        ));
    }
    address(world, block, "from")
}

/// The address in an argument of a `moved` or `removed` block.
fn address(world: &World<'_>, block: &Block<'_>, name: &str) -> Read<String> {
    let argument = block.body.argument(name);
    let address = argument.and_then(|it| Evaluator::new(world, None).address(it.value));
    address.ok_or_else(|| {
        let span = argument.map_or(block.span, |argument| argument.value.span());
        unproven(span, format!("`{name}` is no plain address"))
    })
}
