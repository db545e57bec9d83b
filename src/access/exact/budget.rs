//! How much work a question may cost.

/// The steps that one question may cost: states of a product of patterns, choices among Deny statements.
///
/// A question about a policy of people takes some hundreds; this many take some ten milliseconds.
pub const LARGEST_SEARCH: usize = 40_000;

/// More steps than [`LARGEST_SEARCH`]: nobody knows the answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Exhausted;

/// What is left of them.
#[derive(Debug, Clone)]
pub(super) struct Budget {
    left: usize,
}

impl Default for Budget {
    fn default() -> Self {
        Self {
            left: LARGEST_SEARCH,
        }
    }
}

impl Budget {
    /// Takes steps off.
    ///
    /// # Errors
    /// When none are left.
    pub(super) fn spend(&mut self, steps: usize) -> Result<(), Exhausted> {
        match self.left.checked_sub(steps) {
            Some(left) => {
                self.left = left;
                Ok(())
            }
            None => {
                self.left = 0;
                Err(Exhausted)
            }
        }
    }

    /// How many were taken.
    pub(super) fn spent(&self) -> usize {
        LARGEST_SEARCH - self.left
    }
}
