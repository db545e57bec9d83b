//! Sets of requests, and whether something is in one of them and in none of some others.

use std::collections::BTreeMap;
use std::rc::Rc;

use super::budget::Budget;
use super::dimension::{ConstraintId, Constraints, Doubt, Values};
use super::keys::is_of_principal;

/// A part of requests.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Part {
    /// The ARN of the calling principal: a user, a role (whatever the session), the root user of an account.
    Arn,
    /// The name of a role's session.
    Session,
    /// The name of a service that calls for itself.
    Service,
    /// The values of a condition key, by its name in lower case.
    Key(Rc<str>),
}

impl Part {
    /// Whether it is the same in all requests of a caller.
    fn is_of_caller(&self) -> bool {
        match self {
            Self::Arn | Self::Service => true,
            Self::Session => false,
            Self::Key(key) => is_of_principal(key),
        }
    }
}

/// A part of one of the requests that a question is about.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Dimension {
    /// Which request; 0 where there is only one, and for what they share.
    pub(super) request: u8,
    /// Which part of it.
    pub(super) part: Part,
}

/// The requests for which all of some constraints hold.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Region {
    /// In order, each once.
    constraints: Vec<(Dimension, ConstraintId)>,
}

impl Region {
    /// Asks one thing more of the only request.
    pub(super) fn ask(&mut self, part: Part, constraint: ConstraintId) {
        self.add(Dimension { request: 0, part }, constraint);
    }

    /// Whether it asks anything of a part of the only request.
    pub(super) fn asks(&self, part: &Part) -> bool {
        self.constraints
            .iter()
            .any(|(dimension, _)| dimension.request == 0 && dimension.part == *part)
    }

    /// What it asks of the only request, asked of one of several of the same caller.
    pub(super) fn of_request(&self, request: u8) -> Self {
        let mut region = Self::default();
        for (dimension, constraint) in &self.constraints {
            let mut dimension = dimension.clone();
            if !dimension.part.is_of_caller() {
                dimension.request = request;
            }
            region.add(dimension, *constraint);
        }
        region
    }

    fn add(&mut self, dimension: Dimension, constraint: ConstraintId) {
        let one = (dimension, constraint);
        if let Err(at) = self.constraints.binary_search(&one) {
            self.constraints.insert(at, one);
        }
    }

    /// What is in both.
    pub(super) fn and(mut self, other: &Self) -> Self {
        for (dimension, constraint) in &other.constraints {
            self.add(dimension.clone(), *constraint);
        }
        self
    }
}

/// What a dimension can be in any request.
#[derive(Debug, Clone, Default)]
pub(super) struct Domain {
    /// Whether it can have several values.
    pub(super) several: bool,
    /// What holds in any case.
    pub(super) always: Vec<ConstraintId>,
}

/// One choice of values for every dimension that matters.
pub(super) type Point = BTreeMap<Dimension, Values>;

/// The space of requests in which a question is decided.
pub(super) struct Space<'s> {
    /// Everything that is asked of dimensions.
    pub(super) constraints: &'s mut Constraints,
    /// What a dimension can be.
    pub(super) domain: &'s dyn Fn(&Dimension, &mut Constraints) -> Domain,
    /// What is left of the work that the question may cost.
    pub(super) budget: &'s mut Budget,
}

type Chosen = BTreeMap<Dimension, Vec<ConstraintId>>;

impl Space<'_> {
    /// A point that is in a region and in none of others, if there is one.
    ///
    /// Takes a point of the region. If one of the others holds it, something in that one must fail: each choice is a
    /// smaller region, searched in the same way. Of the regions that hold the point it takes the one with the fewest
    /// choices, which is often none.
    ///
    /// # Errors
    /// When nobody can tell within the budget.
    pub(super) fn find(
        &mut self,
        within: &Region,
        without: &[Region],
    ) -> Result<Option<Point>, Doubt> {
        let mut chosen = Chosen::new();
        let mut point = Point::new();
        for (dimension, constraint) in &within.constraints {
            let list = chosen.entry(dimension.clone()).or_default();
            list.push(*constraint);
        }
        let dimensions = within.constraints.iter();
        let others = without.iter().flat_map(|region| &region.constraints);
        for (dimension, _) in dimensions.chain(others) {
            if point.contains_key(dimension) {
                continue;
            }
            let list = chosen.get(dimension).cloned().unwrap_or_default();
            match self.solve(dimension, list)? {
                Some(values) => point.insert(dimension.clone(), values),
                None => return Ok(None),
            };
        }
        self.narrow(&chosen, &point, without)
    }

    fn narrow(
        &mut self,
        chosen: &Chosen,
        point: &Point,
        without: &[Region],
    ) -> Result<Option<Point>, Doubt> {
        let mut fewest: Option<Vec<Choice>> = None;
        for region in without {
            if !self.holds(region, point) {
                continue;
            }
            let choices = self.choices(chosen, region)?;
            let fewer = fewest.as_ref().is_none_or(|few| choices.len() < few.len());
            if fewer {
                let done = choices.len() < 2;
                fewest = Some(choices);
                if done {
                    break;
                }
            }
        }
        let Some(choices) = fewest else {
            return Ok(Some(point.clone()));
        };
        for choice in choices {
            self.budget.spend(1)?;
            let mut chosen = chosen.clone();
            let mut point = point.clone();
            let list = chosen.entry(choice.dimension.clone()).or_default();
            list.push(choice.constraint);
            point.insert(choice.dimension, choice.values);
            if let Some(found) = self.narrow(&chosen, &point, without)? {
                return Ok(Some(found));
            }
        }
        Ok(None)
    }

    fn holds(&self, region: &Region, point: &Point) -> bool {
        region.constraints.iter().all(|(dimension, constraint)| {
            let values = point.get(dimension);
            values.is_some_and(|values| self.constraints.holds(*constraint, values))
        })
    }

    /// The ways in which a region can be left.
    fn choices(&mut self, chosen: &Chosen, region: &Region) -> Result<Vec<Choice>, Doubt> {
        let mut choices = Vec::new();
        for (dimension, constraint) in &region.constraints {
            let mut list = chosen.get(dimension).cloned().unwrap_or_default();
            if list.contains(constraint) {
                continue;
            }
            let constraint = self.constraints.opposite(*constraint);
            list.push(constraint);
            if let Some(values) = self.solve(dimension, list)? {
                choices.push(Choice {
                    dimension: dimension.clone(),
                    constraint,
                    values,
                });
            }
        }
        Ok(choices)
    }

    fn solve(
        &mut self,
        dimension: &Dimension,
        mut list: Vec<ConstraintId>,
    ) -> Result<Option<Values>, Doubt> {
        let domain = (self.domain)(dimension, self.constraints);
        list.extend(domain.always);
        self.constraints.solve(domain.several, list, self.budget)
    }
}

/// One way to leave a region.
struct Choice {
    dimension: Dimension,
    constraint: ConstraintId,
    values: Values,
}
