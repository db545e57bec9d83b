//! `file(…)` and `templatefile(…)` of files that are at hand.

use super::evaluate::{Context, Evaluator, Frame};
use super::module::{normal, within};
use super::value::{Field, Kind, Val};
use crate::iam::{Part, Text};
use crate::source::Span;

/// How the folder of a module stands in a text; only paths of files are made of it.
pub(super) const MODULE_FOLDER: &str = "${path.module}";
/// How the folder of the root module stands in a text.
pub(super) const ROOT_FOLDER: &str = "${path.root}";

impl Evaluator<'_, '_> {
    pub(super) fn file(
        &self,
        context: Context<'_>,
        span: Span,
        function: &str,
        arguments: &[Val],
    ) -> Option<Val> {
        let text = self.text_of_file(context, arguments.first()?)?;
        match (function, arguments) {
            ("file", [_]) => Some(Val::text(span, text)),
            ("templatefile", [_, values]) => {
                let Kind::Object(fields) = &values.kind else {
                    return None;
                };
                // A template sees the values that it is given, and nothing else.
                let alone = Context {
                    frame: None,
                    ..context
                };
                Some(self.with_fields(alone, fields, (span, text)))
            }
            _ => None,
        }
    }

    fn text_of_file(&self, context: Context<'_>, path: &Val) -> Option<&str> {
        let path = match &path.kind {
            Kind::Text(text) => self.path_of(context, text)?,
            _ => return None,
        };
        let root = &self.world.modules.first()?.folder;
        let files = self.world.files;
        // Terraform looks from where it runs: the folder of the root module.
        let found = files
            .by_path
            .get(&within(root, &path))
            .or_else(|| files.by_path.get(&normal(&path)));
        let (file, text) = found?;
        files.used.borrow_mut().insert(*file);
        Some(text)
    }

    fn path_of(&self, context: Context<'_>, text: &Text) -> Option<String> {
        let mut path = String::new();
        for part in text.parts() {
            let module = match part {
                Part::Literal(literal) => {
                    path.push_str(literal);
                    continue;
                }
                Part::Unknown(written) if written == MODULE_FOLDER => context.module,
                Part::Unknown(written) if written == ROOT_FOLDER => 0,
                _ => return None,
            };
            let folder = &self.world.modules.get(module)?.folder;
            path.push_str(if folder.is_empty() { "." } else { folder });
        }
        Some(path)
    }

    fn with_fields(&self, context: Context<'_>, fields: &[Field], text: (Span, &str)) -> Val {
        match fields.split_first() {
            None => self.template_of(context, text.0, text.1),
            Some((field, rest)) => {
                let frame = Frame {
                    name: &field.name,
                    value: &field.value,
                    up: context.frame,
                };
                self.with_fields(context.with(&frame), rest, text)
            }
        }
    }
}
