//! Nodes as values, with their intrinsic functions resolved, in both forms: `!Sub` and `Fn::Sub`.
//!
//! Source: CloudFormation template reference, "Intrinsic functions".

mod mappings;
mod names;
mod text;

pub(super) use text::resolved;

use super::reader::Reader;
use super::scalars::{self, Reading};
use crate::iam::Text;
use crate::iam::value::{Member, Value, ValueKind, unproven};
use crate::source::Span;
use crate::yaml::{Entry, Node, NodeKind, Resolved, Scalar};

/// What a function is given.
#[derive(Clone, Copy)]
pub(super) struct Argument<'t> {
    pub(super) node: &'t Node,
    /// Whether the node's tag is the function itself.
    is_tagged: bool,
}

impl<'t> Argument<'t> {
    pub(super) fn of(node: &'t Node) -> Self {
        Self {
            node,
            is_tagged: false,
        }
    }

    fn kind(self) -> Option<&'t NodeKind> {
        let is_plain = self.is_tagged || self.node.tag.is_none();
        is_plain.then_some(&self.node.kind)
    }

    fn scalar(self) -> Option<&'t Scalar> {
        match self.kind()? {
            NodeKind::Scalar(scalar) if scalar.resolved() != Resolved::Null => Some(scalar),
            _ => None,
        }
    }

    /// A word: the name of something.
    pub(super) fn word(self) -> Option<&'t str> {
        self.scalar().map(|scalar| &*scalar.text)
    }

    /// The items of a list.
    pub(super) fn items(self) -> Option<&'t [Node]> {
        match self.kind()? {
            NodeKind::Sequence(items) => Some(items),
            _ => None,
        }
    }

    fn entries(self) -> Option<&'t [Entry]> {
        match self.kind()? {
            NodeKind::Mapping(entries) => Some(entries),
            _ => None,
        }
    }
}

/// A function with its argument.
pub(super) struct Call<'t> {
    /// Its name without `!` or `Fn::`.
    pub(super) name: &'t str,
    pub(super) argument: Argument<'t>,
    /// The whole node.
    pub(super) node: &'t Node,
    pub(super) span: Span,
}

impl<'t> Call<'t> {
    /// The function that a node calls, in a place for values.
    pub(super) fn of(node: &'t Node) -> Option<Self> {
        Self::named(node, |name| match name {
            "Ref" => Some(name),
            _ => name.strip_prefix("Fn::"),
        })
    }

    /// The function that a node calls, in a place for conditions.
    pub(super) fn of_condition(node: &'t Node) -> Option<Self> {
        Self::named(node, |name| match name {
            "Condition" => Some(name),
            _ => name.strip_prefix("Fn::"),
        })
    }

    fn named(node: &'t Node, long: impl Fn(&'t str) -> Option<&'t str>) -> Option<Self> {
        let span = node.span;
        if let Some(tag) = node.tag.as_deref() {
            let argument = Argument {
                node,
                is_tagged: true,
            };
            let name = tag.strip_prefix('!').unwrap_or(tag);
            return Some(Self {
                name,
                argument,
                node,
                span,
            });
        }
        let [entry] = node.as_mapping()? else {
            return None;
        };
        if entry.key.tag.is_some() {
            return None;
        }
        Some(Self {
            name: long(entry.key.as_text()?)?,
            argument: Argument::of(&entry.value),
            node,
            span,
        })
    }
}

impl<'t> Reader<'t, '_> {
    /// A node as a value; `None` where the template says that there is none (`AWS::NoValue`).
    pub(super) fn value(&self, node: &'t Node) -> Option<Value> {
        let span = node.span;
        let kind = self.deeper(span, || match Call::of(node) {
            Some(call) => self.called(&call),
            None => Some(self.plain(node)),
        });
        let kind = kind.unwrap_or_else(|| Some(self.unknown(node)))?;
        Some(Value { span, kind })
    }

    fn unknown(&self, node: &Node) -> ValueKind {
        ValueKind::Unknown(self.template.written(node))
    }

    /// What cannot be resolved, and why that is no fault of the deployment.
    fn doubtful(&self, node: &Node, message: impl Into<String>) -> ValueKind {
        self.doubt(node.span, message);
        self.unknown(node)
    }

    fn called(&self, call: &Call<'t>) -> Option<ValueKind> {
        let argument = call.argument;
        let kind = match call.name {
            "Ref" => match argument.word() {
                Some("AWS::NoValue") => return None,
                Some(name) => self.reference(name, call),
                None => None,
            },
            "If" => match argument.items() {
                Some([condition, holds, fails]) => {
                    return self.if_then_else(call, condition, holds, fails);
                }
                _ => None,
            },
            "GetAtt" => self.get_att(call),
            "Sub" => self.sub(call),
            "Join" => self.join(call),
            "Split" => self.split(call),
            "Select" => match argument.items() {
                Some([index, list]) => return self.select(call, index, list),
                _ => None,
            },
            "FindInMap" => self.find_in_map(call),
            "Length" if self.template.has_language_extensions => self.length(call),
            "ToJsonString" if self.template.has_language_extensions => self.to_json_string(call),
            // Known only where and when the template is deployed.
            "ImportValue" | "GetAZs" | "Cidr" | "Base64" => Some(self.unknown(call.node)),
            // An alias of an anchor, of which the YAML reader has spoken.
            "*" => Some(self.unknown(call.node)),
            _ => None,
        };
        Some(kind.unwrap_or_else(|| {
            let written = self.template.written(call.node);
            self.doubtful(call.node, format!("`{written}` is not resolved here"))
        }))
    }

    fn if_then_else(
        &self,
        call: &Call<'t>,
        condition: &'t Node,
        holds: &'t Node,
        fails: &'t Node,
    ) -> Option<ValueKind> {
        let Some(name) = Argument::of(condition).word() else {
            return Some(self.doubtful(condition, "this is no name of a condition"));
        };
        let branch = match self.condition(name, condition.span) {
            Some(true) => holds,
            Some(false) => fails,
            None => return Some(self.unknown(call.node)),
        };
        self.value(branch).map(|value| value.kind)
    }

    /// A node that calls no function, or the argument of one.
    fn plain(&self, node: &'t Node) -> ValueKind {
        match &node.kind {
            NodeKind::Scalar(scalar) => self.scalar(node, scalar),
            NodeKind::Sequence(items) => {
                ValueKind::List(items.iter().filter_map(|item| self.value(item)).collect())
            }
            NodeKind::Mapping(entries) => {
                let members = entries.iter().map(|entry| self.member(entry));
                match members.collect::<Option<Vec<_>>>() {
                    Some(members) => ValueKind::Object(members.into_iter().flatten().collect()),
                    None => self.unknown(node),
                }
            }
        }
    }

    fn scalar(&self, node: &Node, scalar: &Scalar) -> ValueKind {
        match scalars::read(node.span, scalar) {
            Reading::Certain(ValueKind::Text(text)) => self.text(text, node.span),
            Reading::Certain(kind) => kind,
            Reading::Loose(kind, why) => {
                self.template.loose(node.span, why);
                kind
            }
            Reading::Doubtful(why) => self.doubtful(node, why),
        }
    }

    /// One member of a mapping, if it has a value; `None` where a macro or loop may make any members of it.
    pub(super) fn member(&self, entry: &'t Entry) -> Option<Option<Member>> {
        let span = entry.key.span;
        let name = self.name(entry)?;
        if name.starts_with("Fn::") || name == "Ref" {
            let message = format!("`{name}` beside other keys is not resolved here");
            self.doubt(span, message);
            return None;
        }
        let value = if self.template.is_repeated(&entry.key) {
            Some(Value {
                span: entry.value.span,
                kind: self.unknown(&entry.value),
            })
        } else {
            self.value(&entry.value)
        };
        Some(value.map(|value| Member { name, span, value }))
    }

    /// The name of a member, as CloudFormation takes it.
    fn name(&self, entry: &'t Entry) -> Option<String> {
        let (key, span) = (&entry.key, entry.key.span);
        if let Some(tag) = key.tag.as_deref() {
            self.doubt(span, format!("`{tag}` is not resolved here"));
            return None;
        }
        let text = key.text()?;
        match key.as_scalar()?.resolved() {
            Resolved::Null => {
                // Source: CloudFormation refuses templates with `null` in them; the operator's name is in quotes in
                // the IAM user guide's examples for YAML.
                let diagnostic = unproven(span, format!("YAML reads the key `{text}` as nothing"));
                self.invalid(diagnostic.help("put it in quotes: `\"Null\"`"));
                return Some("Null".to_owned());
            }
            Resolved::Text => {}
            _ => self.template.loose(span, "this key is not text; quote it"),
        }
        if let Reading::Doubtful(why) | Reading::Loose(_, why) =
            scalars::read(span, key.as_scalar()?)
        {
            self.template.loose(span, why);
        }
        Some(text.to_owned())
    }

    /// A value as text, as functions that make text take it.
    fn as_text(&self, value: Value) -> Text {
        let span = value.span;
        match value.into_word() {
            Ok(text) => text,
            Err(problem) => {
                self.doubt(span, problem.message);
                Text::unknown("…")
            }
        }
    }
}
