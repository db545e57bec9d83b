//! What a parameter can still be, given what was chosen about it.

/// Values that a parameter can have.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Domain {
    /// The only values that it can have, where these are known.
    pub(super) candidates: Option<Vec<String>>,
    /// Values that it has not.
    pub(super) excluded: Vec<String>,
}

impl Domain {
    /// One of some values.
    pub(super) fn of(candidates: Vec<String>) -> Self {
        Self {
            candidates: Some(candidates),
            excluded: Vec::new(),
        }
    }

    /// The value, where only one is left.
    pub(super) fn single(&self) -> Option<&str> {
        match self.candidates.as_deref() {
            Some([only]) => Some(only),
            _ => None,
        }
    }

    /// Whether it can be the value.
    pub(super) fn allows(&self, value: &str) -> bool {
        let is_value = |other: &String| other == value;
        match &self.candidates {
            Some(candidates) => candidates.iter().any(is_value),
            None => !self.excluded.iter().any(is_value),
        }
    }

    /// Whether it is the value; `None` where it may or may not be.
    pub(super) fn compare(&self, value: &str) -> Option<bool> {
        match (self.allows(value), self.single()) {
            (false, _) => Some(false),
            (true, Some(_)) => Some(true),
            (true, None) => None,
        }
    }

    /// Takes for certain that it is the value.
    pub(super) fn is(&mut self, value: &str) {
        self.candidates = Some(vec![value.to_owned()]);
    }

    /// Takes for certain that it is not the value.
    pub(super) fn is_not(&mut self, value: &str) {
        match &mut self.candidates {
            Some(candidates) => candidates.retain(|candidate| candidate != value),
            None => self.excluded.push(value.to_owned()),
        }
    }
}
