//! Yes, no, and nobody can tell.

/// A truth value of which it may be unknown what it is. In this order, "and" is the least and "or" the greatest.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Truth {
    /// It does not hold.
    #[default]
    No,
    /// It may hold or not.
    Maybe,
    /// It holds.
    Yes,
}

impl Truth {
    /// Whether both hold.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        self.min(other)
    }

    /// Whether one of them holds.
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        self.max(other)
    }

    /// Whether one of many holds; stops at the first that does.
    #[must_use]
    pub fn any(truths: impl IntoIterator<Item = Self>) -> Self {
        let mut found = Self::No;
        for truth in truths {
            found = found.or(truth);
            if found == Self::Yes {
                break;
            }
        }
        found
    }

    /// Whether all of many hold; stops at the first that does not.
    #[must_use]
    pub fn all(truths: impl IntoIterator<Item = Self>) -> Self {
        let mut found = Self::Yes;
        for truth in truths {
            found = found.and(truth);
            if found == Self::No {
                break;
            }
        }
        found
    }

    /// No where it is certain that it holds, and so on.
    #[must_use]
    pub fn negate_if(self, negated: bool) -> Self {
        match (self, negated) {
            (Self::Yes, true) => Self::No,
            (Self::No, true) => Self::Yes,
            (truth, _) => truth,
        }
    }

    /// The most that can be said where something else is in doubt.
    #[must_use]
    pub fn at_most_maybe_if(self, doubtful: bool) -> Self {
        if doubtful {
            self.min(Self::Maybe)
        } else {
            self
        }
    }
}

impl From<bool> for Truth {
    fn from(holds: bool) -> Self {
        if holds { Self::Yes } else { Self::No }
    }
}
