//! Whether one policy allows anything that another does not.

use super::analysis::{Analysis, Found};
use super::answer::{Answer, Witness};
use super::dimension::Doubt;
use super::meaning::{Bound, Scene};
use super::query::{Query, Way, Whose};
use super::region::Region;
use crate::access::{Outcome, Place, decide};
use crate::iam::{Effect, PolicyDocument, Statement};

/// The policies of an [`Analysis`] for a comparison.
const NEW: usize = 0;
const OLD: usize = 1;

/// Whether a policy allows any request that another does not, for the same key; directly, or through policies of the
/// account where the other does not even that.
///
/// With the policies exchanged, the answer tells whether anything was taken away; two noes are the proof that both allow
/// the same.
#[must_use]
pub fn widens(new: &PolicyDocument, old: &PolicyDocument, place: &Place) -> Answer<Witness> {
    let mut analysis = Analysis::of(&[new, old], place);
    let cases = [
        (Whose::Account, Way::Direct),
        (Whose::Account, Way::Any),
        (Whose::Elsewhere, Way::Any),
        (Whose::Services, Way::Any),
    ];
    analysis.first_of(&cases, |analysis, (whose, way)| {
        analysis.bounded(
            |analysis, bound| analysis.find_wider(&Query::any(whose, way), bound),
            |_, found: &Found| {
                let before = decide(old, &found.request).outcome;
                decide(new, &found.request).outcome == Outcome::Allow
                    && matches!(before, Outcome::ExplicitDeny | Outcome::ImplicitDeny)
            },
            |found| Witness {
                request: found.request,
                statements: vec![found.statement],
            },
            |found| vec![found.statement],
        )
    })
}

impl Analysis<'_> {
    fn find_wider(&mut self, query: &Query<'_>, bound: Bound) -> Result<Option<Found>, Doubt> {
        let mut doubt = None;
        for scene in self.scenes(query, bound) {
            match self.find_wider_in(query, scene, bound) {
                Ok(None) => {}
                Err(Doubt::Mixed) => doubt = Some(Doubt::Mixed),
                found => return found,
            }
        }
        doubt.map_or(Ok(None), Err)
    }

    fn find_wider_in(
        &mut self,
        query: &Query<'_>,
        scene: Scene,
        bound: Bound,
    ) -> Result<Option<Found>, Doubt> {
        let allowed = self.regions(NEW, Effect::Allow, query.way, scene, bound);
        if allowed.is_empty() {
            return Ok(None);
        }
        let asked = self.asked(query, scene);
        let denied = self.denied(NEW, scene, bound.other());
        // What allowed it before must not.
        let before = self.regions(OLD, Effect::Allow, query.way, scene, bound.other());
        let mut without: Vec<Region> = before.into_iter().map(|(_, region)| region).collect();
        without.extend(denied.iter().cloned());
        // Or what denied it before, and no more.
        let once_denied = self.regions(OLD, Effect::Deny, Way::Any, scene, bound);
        let once_denied: Vec<_> = once_denied
            .into_iter()
            .filter(|(number, _)| !self.has(NEW, self.statement(OLD, *number)))
            .collect();
        for (statement, region) in allowed {
            let region = region.and(&asked);
            let mut found = None;
            // A statement that stood there before allows nothing new, whatever of it nobody can tell.
            if !self.has(OLD, self.statement(NEW, statement)) {
                found = self.point(&[scene], &region, &without)?;
            }
            for (_, once) in &once_denied {
                if found.is_none() {
                    found = self.point(&[scene], &region.clone().and(once), &denied)?;
                }
            }
            let helped = match query.whose {
                Whose::Account => query.way != Way::Direct,
                Whose::Elsewhere => true,
                Whose::Services => false,
            };
            let request = found.and_then(|point| self.request(&[scene], &point, 0, helped));
            if let Some(request) = request {
                return Ok(Some(Found { request, statement }));
            }
        }
        Ok(None)
    }

    fn statement(&self, policy: usize, number: usize) -> Option<&Statement> {
        let policy = self.policies.get(policy)?;
        policy.document.statements.get(number)
    }

    /// Whether a policy has a statement that says the same. Its name says nothing.
    fn has(&self, policy: usize, wanted: Option<&Statement>) -> bool {
        let nameless = |statement: &Statement| Statement {
            sid: None,
            ..statement.clone()
        };
        let wanted = wanted.map(nameless);
        self.policies.get(policy).is_some_and(|policy| {
            let statements = policy.document.statements.iter();
            statements
                .map(nameless)
                .any(|statement| Some(statement) == wanted)
        })
    }
}
