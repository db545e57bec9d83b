//! Loading: the parser's events, turned into a tree and into diagnostics.

use granit_parser::{Event, Options, Parser, ScalarStyle, StructureStyle};

use crate::diag::Diagnostic;
use crate::source::{FileId, Span};

use super::build::{Builder, Collection};
use super::node::{Node, NodeKind, Scalar};
use super::{problem, syntax};

/// How deep lists and mappings may nest. Nothing that keywright reads needs a quarter of it, and
/// recursion over a tree of this depth is safe on any thread.
pub const MAX_DEPTH: usize = 64;

/// Who reads the text, which decides what is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dialect {
    /// Specs and workspace files: no tags, and all text in Unicode NFC.
    Spec,
    /// CloudFormation templates and other JSON: tags are kept, text is taken as it is.
    CloudFormation,
}

/// Reads one YAML (or JSON) document.
///
/// The tree is `None` where there is no document (an empty text, comments alone) and where a
/// syntax error ends the reading. Everything else that is wrong is gathered, and the tree is there
/// nevertheless: keys that may not be are left out of it, tags that may not be are dropped, and an
/// alias is the text `*name`, never expanded; where tags are kept, its tag is `*`.
///
/// Both dialects refuse anchors and aliases, merge keys, a second document, a key twice in a
/// mapping, keys that are not scalars or are left out, control characters and nesting deeper than
/// [`MAX_DEPTH`]. [`Dialect::Spec`] also refuses tags and text that is not in Unicode NFC.
#[must_use]
pub fn load(file: FileId, text: &str, dialect: Dialect) -> (Option<Node>, Vec<Diagnostic>) {
    let mut problems = problem::control_characters(file, text);
    let has_control_characters = !problems.is_empty();
    let mut loader = Loader {
        file,
        text,
        dialect,
        problems: Vec::new(),
    };
    let root = loader.run(has_control_characters);
    problems.append(&mut loader.problems);
    (root, problems)
}

struct Loader<'a> {
    file: FileId,
    text: &'a str,
    dialect: Dialect,
    problems: Vec<Diagnostic>,
}

/// The parser's options: structure only, and every problem that we name ourselves as an event.
fn options() -> Options {
    let mut options = Options::default();
    options.set_emit_comments(false);
    options.emit_anchor_events = true;
    options.emit_unresolved_aliases = true;
    options
}

impl Loader<'_> {
    /// Feeds all events to a builder; `None` after a syntax error.
    fn run(&mut self, has_control_characters: bool) -> Option<Node> {
        let mut builder = Builder::new();
        let mut documents = 0_usize;
        for event in Parser::new_from_str_with_options(self.text, options()) {
            let (event, place) = match event {
                Ok(pair) => pair,
                Err(error) => {
                    // The parser stops at a control character, which is reported already.
                    if !(has_control_characters && syntax::is_control_character(&error)) {
                        self.problems
                            .push(syntax::diagnose(self.file, self.text, &error));
                    }
                    return None;
                }
            };
            match event {
                Event::DocumentStart(..) => {
                    documents += 1;
                    if documents > 1 {
                        self.problems
                            .push(problem::second_document(self.span(&place)));
                        break;
                    }
                }
                Event::Scalar(value, style, _, tag) => {
                    let node = self.scalar(&value, style, &place, tag.is_some());
                    builder.value(node, &mut self.problems);
                }
                Event::SequenceStart(style, _, tag) => {
                    let tag = self.tag(&place, tag.is_some());
                    self.open(
                        &mut builder,
                        Collection::Sequence(Vec::new()),
                        style,
                        &place,
                        tag,
                    )?;
                }
                Event::MappingStart(style, _, tag) => {
                    let tag = self.tag(&place, tag.is_some());
                    let mapping = Collection::Mapping(Vec::new(), None);
                    self.open(&mut builder, mapping, style, &place, tag)?;
                }
                Event::SequenceEnd | Event::MappingEnd => {
                    builder.close(self.span(&place), &mut self.problems);
                }
                Event::Alias(_) | Event::UnresolvedAlias(_) => {
                    let span = self.span(&place);
                    self.problems.push(problem::alias(span, self.written(span)));
                    // Its own sign for a tag: templates have text that begins with it, and this is none.
                    let tag = (self.dialect == Dialect::CloudFormation).then(|| "*".into());
                    let node = scalar_node(span, self.written(span), false, tag);
                    builder.value(node, &mut self.problems);
                }
                Event::Anchor(..) => {
                    let span = self.span(&place);
                    self.problems
                        .push(problem::anchor(span, self.written(span)));
                }
                _ => {}
            }
        }
        // `---` and nothing else is an empty document, as good as none.
        builder
            .finish()
            .filter(|root| !(root.span.range().is_empty() && root.tag.is_none() && root.is_null()))
    }

    /// Starts a collection; `None` where it would nest too deep.
    fn open(
        &mut self,
        builder: &mut Builder,
        collection: Collection,
        style: StructureStyle,
        place: &granit_parser::Span,
        tag: Option<Box<str>>,
    ) -> Option<()> {
        let span = self.span(place);
        if builder.depth() >= MAX_DEPTH {
            self.problems.push(problem::too_deep(span));
            return None;
        }
        let flow = style == StructureStyle::Flow;
        if !flow && let Some(tab) = syntax::tab_before(self.text, span.range().start) {
            self.problems.push(syntax::tab(Span::new(self.file, tab)));
        }
        builder.open(collection, span, flow, tag);
        Some(())
    }

    fn scalar(
        &mut self,
        value: &str,
        style: ScalarStyle,
        place: &granit_parser::Span,
        tagged: bool,
    ) -> Node {
        let mut span = self.span(place);
        let mut plain = style == ScalarStyle::Plain;
        let mut tag = self.tag(place, tagged);
        if matches!(&tag, Some(tag) if matches!(&**tag, "!" | "!!str")) {
            // Both say no more than "this is text".
            tag = None;
            plain = false;
        }
        if matches!(style, ScalarStyle::Literal | ScalarStyle::Folded) {
            let trimmed = self.written(span).trim_end_matches([' ', '\t', '\r', '\n']);
            span = Span::new(
                self.file,
                span.range().start..span.range().start + trimmed.len(),
            );
        }
        // The parser writes `~` for what is left out.
        let left_out = style == ScalarStyle::Plain && span.range().is_empty();
        let value = if left_out { "" } else { value };
        if self.dialect == Dialect::Spec && !value.is_ascii() {
            self.problems.extend(problem::not_nfc(span, value));
        }
        scalar_node(span, value, plain, tag)
    }

    /// The tag of a node as it is written, or a complaint about it.
    fn tag(&mut self, place: &granit_parser::Span, tagged: bool) -> Option<Box<str>> {
        if !tagged {
            return None;
        }
        let span = self.span(&place.tag_span()?);
        if self.dialect == Dialect::CloudFormation {
            return Some(self.written(span).into());
        }
        self.problems.push(problem::tag(span, self.written(span)));
        None
    }

    fn written(&self, span: Span) -> &str {
        self.text.get(span.range()).unwrap_or_default()
    }

    fn span(&self, place: &granit_parser::Span) -> Span {
        Span::new(self.file, place.byte_range().unwrap_or_default())
    }
}

fn scalar_node(span: Span, text: &str, plain: bool, tag: Option<Box<str>>) -> Node {
    Node {
        span,
        kind: NodeKind::Scalar(Scalar {
            text: text.into(),
            plain,
        }),
        tag,
    }
}
