//! Rules: what they forbid cannot be deployed, so nobody needs to look at it.
//!
//! Source: CloudFormation user guide, "Rules section".

use super::reader::Reader;
use crate::yaml::Node;

impl<'t> Reader<'t, '_> {
    /// Whether no rule forbids for certain what was chosen.
    pub(super) fn obeys_rules(&self) -> bool {
        let rules = self.template.rules;
        if rules.is_empty() {
            return true;
        }
        // What cannot be decided is no doubt: a rule only ever takes possibilities away.
        let obeys =
            self.comparing(|| self.frozen(|| rules.iter().all(|rule| self.obeys(&rule.value))));
        self.take_notes();
        obeys
    }

    fn obeys(&self, rule: &'t Node) -> bool {
        let holds = rule
            .get("RuleCondition")
            .map_or(Some(true), |node| self.expression(node));
        if holds != Some(true) {
            return true;
        }
        let assertions = rule.get("Assertions").and_then(Node::as_sequence);
        assertions
            .unwrap_or_default()
            .iter()
            .filter_map(|assertion| assertion.get("Assert"))
            .all(|assertion| self.expression(assertion) != Some(false))
    }
}
