//! Where names have to be apart: one account and Region, as far as they are known.

use std::collections::BTreeMap;

use super::stack::CompiledStack;
use crate::iam::{Part, Text, Variable};
use crate::spec::stack::StackDefinition;

/// Where a stack is deployed: in an environment, and there in the Regions that are known.
#[derive(Debug, Clone, Copy)]
pub(super) struct Scope<'s>(StackDefinition<'s>);

impl CompiledStack<'_> {
    /// Where it is deployed.
    pub(super) fn scope(&self) -> Scope<'_> {
        Scope(self.definition)
    }
}

impl Scope<'_> {
    /// Whether both are of one spec file, in one environment: keys and their replicas.
    pub(super) fn is_beside(self, other: Self) -> bool {
        std::ptr::eq(self.0.spec, other.0.spec)
            && self.0.environment.name == other.0.environment.name
    }

    /// Whether two stacks can be in one account and Region. A Region that is not known can be any, but replicas are never
    /// in that of their primary keys.
    pub(super) fn meets(self, other: Self) -> bool {
        if self.is_beside(other) {
            return self.0.replicas_in == other.0.replicas_in;
        }
        let (own, others) = (self.0.regions(), other.0.regions());
        self.0.environment.name == other.0.environment.name
            && (own.is_empty()
                || others.is_empty()
                || own.iter().any(|region| others.contains(region)))
    }

    /// Whether a text that both write is another one once both are deployed: the Regions in it differ.
    pub(super) fn parts(self, other: Self, text: &Text) -> bool {
        !self.meets(other) && text.parts().contains(&Part::Variable(Variable::Region))
    }
}

/// Names, with the stacks that have them.
#[derive(Debug)]
pub(super) struct Taken<'s, N, H> {
    holders: BTreeMap<N, Vec<(Scope<'s>, H)>>,
}

impl<N, H> Default for Taken<'_, N, H> {
    fn default() -> Self {
        Self {
            holders: BTreeMap::new(),
        }
    }
}

impl<'s, N: Ord, H: Copy> Taken<'s, N, H> {
    /// Takes a name for a stack, and tells who has it already where both can be.
    pub(super) fn take(&mut self, name: N, scope: Scope<'s>, holder: H) -> Option<H> {
        let holders = self.holders.entry(name).or_default();
        let first = holders.iter().find(|(other, _)| scope.meets(*other));
        let first = first.map(|(_, holder)| *holder);
        holders.push((scope, holder));
        first
    }

    /// Takes a name for a stack that no other spec file may have, wherever it goes, and tells who has it: where both
    /// can be, if there is one. The scopes of one call are of one environment.
    pub(super) fn take_alone(
        &mut self,
        name: N,
        scope: Scope<'s>,
        holder: H,
    ) -> Option<(Scope<'s>, H)> {
        let holders = self.holders.entry(name).or_default();
        let others = holders.iter().filter(|(other, _)| !scope.is_beside(*other));
        let first = others.clone().find(|(other, _)| scope.meets(*other));
        let first = first.or_else(|| others.clone().next()).copied();
        holders.push((scope, holder));
        first
    }
}
