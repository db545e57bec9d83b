mod emit;
mod load;
mod resolve;

use keywright::diag::Diagnostic;
use keywright::source::Sources;
use keywright::yaml::{self, Dialect, Node, NodeKind};

/// Loads a text and hands back what is needed to look at the result.
fn load(text: &str, dialect: Dialect) -> (Sources, Option<Node>, Vec<Diagnostic>) {
    let mut sources = Sources::new();
    let file = sources.add("spec.yaml", text);
    let (root, problems) = yaml::load(file, text, dialect);
    (sources, root, problems)
}

/// Every node with what its span covers, depth first.
fn outline(sources: &Sources, node: &Node) -> String {
    fn walk(sources: &Sources, node: &Node, depth: usize, output: &mut String) {
        let indent = "  ".repeat(depth);
        let written = sources.slice(node.span);
        let tag = node.tag.as_deref().unwrap_or_default();
        output.push_str(&format!("{indent}{}{tag} {written:?}", node.describe()));
        match &node.kind {
            NodeKind::Scalar(scalar) => output.push_str(&format!(" = {:?}\n", scalar.text)),
            NodeKind::Sequence(items) => {
                output.push('\n');
                for item in items {
                    walk(sources, item, depth + 1, output);
                }
            }
            NodeKind::Mapping(entries) => {
                output.push('\n');
                for entry in entries {
                    walk(sources, &entry.key, depth + 1, output);
                    walk(sources, &entry.value, depth + 2, output);
                }
            }
        }
    }
    let mut output = String::new();
    walk(sources, node, 0, &mut output);
    output
}
