//! Conditions: decided where that can be, else a choice.
//!
//! What is chosen is the value of a parameter wherever a condition asks for one, so that conditions about the same
//! parameter never contradict each other.
//!
//! Source: CloudFormation template reference, "Condition functions".

use super::intrinsics::{Argument, Call};
use super::reader::Reader;
use crate::iam::Text;
use crate::iam::value::ValueKind;
use crate::source::Span;
use crate::yaml::Node;

/// What is known of a condition.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Known {
    /// It is being decided: whoever asks again goes round in circles.
    InProgress,
    /// Its value.
    Decided(bool),
    /// Nothing that was chosen so far decides it. Holds only while nothing is chosen.
    Open,
    /// Nothing will decide it.
    Undecidable,
}

/// A side of a comparison.
enum Operand<'t> {
    /// A parameter or pseudo parameter of which the value is not known.
    Subject(&'t str),
    /// A text that is known, or not.
    Text(Text),
    /// Anything else, as it is written.
    Other(String),
}

impl<'t> Reader<'t, '_> {
    /// Whether a condition of the template holds; `None` where nothing is to be chosen that would decide it.
    pub(super) fn condition(&self, name: &'t str, span: Span) -> Option<bool> {
        let known = self.conditions.borrow().get(name).copied();
        match known {
            Some(Known::Decided(value)) => return Some(value),
            Some(Known::Undecidable) => return None,
            Some(Known::Open) if self.is_frozen() => return None,
            Some(Known::InProgress) => {
                self.doubt(span, format!("the condition `{name}` depends on itself"));
                return self.either(name, &format!("the condition `{name}`"));
            }
            Some(Known::Open) | None => {}
        }
        let Some(&body) = self.template.conditions.get(name) else {
            self.doubt(span, format!("`{name}` is no condition of this template"));
            return self.either(name, &format!("the condition `{name}`"));
        };
        self.know(name, Known::InProgress);
        // What can be decided without any choice must not cost one.
        let decided = self.comparing(|| {
            let decided = self.frozen(|| self.expression(body));
            if decided.is_some() || self.is_frozen() {
                return decided;
            }
            self.know(name, Known::InProgress);
            self.expression(body)
        });
        let open = if self.is_frozen() {
            Known::Open
        } else {
            Known::Undecidable
        };
        self.know(name, decided.map_or(open, Known::Decided));
        decided
    }

    fn know(&self, name: &'t str, known: Known) {
        self.conditions.borrow_mut().insert(name, known);
    }

    /// Takes something that nobody can decide for true or false.
    fn either(&self, what: &str, shown: &str) -> Option<bool> {
        let said = |option| format!("{shown} is {}", option == 0);
        let option = self.choose(&format!("condition {what}"), 2, said)?;
        self.forget_what_is_open();
        Some(option == 0)
    }

    /// After a choice more may be decided.
    fn forget_what_is_open(&self) {
        let mut conditions = self.conditions.borrow_mut();
        conditions.retain(|_, known| *known != Known::Open);
    }

    /// Whether an expression of condition functions holds.
    pub(super) fn expression(&self, node: &'t Node) -> Option<bool> {
        self.deeper(node.span, || self.undivided(node)).flatten()
    }

    fn undivided(&self, node: &'t Node) -> Option<bool> {
        let Some(call) = Call::of_condition(node) else {
            return self.no_condition(node);
        };
        let items = call.argument.items();
        match (call.name, items) {
            ("Condition", _) => match call.argument.word() {
                Some(name) => self.condition(name, call.span),
                None => self.no_condition(node),
            },
            ("Equals", Some([left, right])) => self.equals(left, right),
            ("Not", Some([negated])) => Some(!self.expression(negated)?),
            ("And", Some(items)) => self.all(items, true),
            ("Or", Some(items)) => self.all(items, false),
            ("Contains", Some([items, value])) => self.contains(items, value),
            _ => self.no_condition(node),
        }
    }

    fn no_condition(&self, node: &'t Node) -> Option<bool> {
        let written = self.template.written(node);
        self.doubt(node.span, format!("`{written}` cannot be decided here"));
        self.either(&written, &format!("`{written}`"))
    }

    /// Whether all are of a value that only one of them can change: And for true, Or for false.
    fn all(&self, items: &'t [Node], value: bool) -> Option<bool> {
        let mut is_open = false;
        for item in items {
            match self.expression(item) {
                Some(found) if found != value => return Some(found),
                Some(_) => {}
                None => is_open = true,
            }
        }
        (!is_open).then_some(value)
    }

    /// The function of rules: whether a list of words has a value. Rules choose nothing.
    fn contains(&self, items: &'t Node, value: &'t Node) -> Option<bool> {
        let words: Vec<_> = Argument::of(items)
            .items()?
            .iter()
            .map(Node::text)
            .collect::<Option<_>>()?;
        match self.operand(value) {
            Operand::Text(text) => Some(words.contains(&text.as_literal()?)),
            Operand::Subject(name) => {
                let candidates = self.domain(name).candidates?;
                let mut found = candidates.iter().map(|it| words.contains(&it.as_str()));
                let first = found.next()?;
                found.all(|other| other == first).then_some(first)
            }
            Operand::Other(_) => None,
        }
    }

    fn equals(&self, left: &'t Node, right: &'t Node) -> Option<bool> {
        let (left, right) = (self.operand(left), self.operand(right));
        match (&left, &right) {
            (Operand::Subject(one), Operand::Subject(other)) if one == other => return Some(true),
            (Operand::Subject(name), Operand::Text(text))
            | (Operand::Text(text), Operand::Subject(name)) => {
                if let Some(value) = text.as_literal() {
                    let is_equal = self.is_equal(name, value)?;
                    self.forget_what_is_open();
                    return Some(is_equal);
                }
            }
            (Operand::Text(one), Operand::Text(other)) => {
                if let (Some(one), Some(other)) = (one.as_literal(), other.as_literal()) {
                    return Some(one == other);
                }
                if one == other {
                    return Some(true);
                }
            }
            _ => {}
        }
        let mut sides = [shown(&left), shown(&right)];
        sides.sort();
        let [one, other] = sides;
        let said = |option| match option {
            0 => format!("`{one}` equals `{other}`"),
            _ => format!("`{one}` does not equal `{other}`"),
        };
        let option = self.choose(&format!("{one} = {other}"), 2, said)?;
        self.forget_what_is_open();
        Some(option == 0)
    }

    fn operand(&self, node: &'t Node) -> Operand<'t> {
        if let Some(name) = self.subject(node) {
            return match self.domain(name).single() {
                Some(value) => Operand::Text(Text::literal(value)),
                None => Operand::Subject(name),
            };
        }
        let value = self.comparing(|| self.value(node));
        let Some(value) = value else {
            return Operand::Other(self.template.written(node));
        };
        match value.kind {
            ValueKind::Text(text) => Operand::Text(text),
            ValueKind::Bool(value) => Operand::Text(Text::literal(value.to_string())),
            ValueKind::Number(digits) => Operand::Text(Text::literal(digits)),
            ValueKind::Unknown(written) => Operand::Text(Text::unknown(written)),
            _ => Operand::Other(self.template.written(node)),
        }
    }

    /// The parameter or pseudo parameter whose value a node is.
    pub(super) fn subject(&self, node: &'t Node) -> Option<&'t str> {
        let name = Call::of(node).filter(|call| call.name == "Ref")?;
        let name = name.argument.word()?;
        match self.template.parameters.get(name) {
            Some(parameter) => (!parameter.is_list).then_some(name),
            None => (name.starts_with("AWS::") && name != "AWS::NoValue").then_some(name),
        }
    }
}

fn shown(operand: &Operand<'_>) -> String {
    match operand {
        Operand::Subject(name) => format!("${{{name}}}"),
        Operand::Text(text) => text.to_string(),
        Operand::Other(written) => written.clone(),
    }
}
