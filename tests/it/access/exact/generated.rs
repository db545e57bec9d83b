//! keywright's own policies are what its contract says.

use keywright::access::exact::{Access, Analysis, Answer, Capability, Subject, widens};
use keywright::iam::{Effect, PolicyDocument};
use keywright::kms::actions::Class;
use keywright::source::Sources;

use super::place;

/// Every policy under `output/cloudformation`, with its name.
pub(super) fn policies() -> Vec<(String, PolicyDocument)> {
    let root = concat!(env!("CARGO_MANIFEST_DIR"), "/output/cloudformation");
    let mut policies = Vec::new();
    let mut files: Vec<_> = walkdir::WalkDir::new(root)
        .into_iter()
        .map(|entry| entry.unwrap().into_path())
        .filter(|path| path.extension().is_some_and(|ending| ending == "yaml"))
        .collect();
    files.sort();
    for path in files {
        let text = std::fs::read_to_string(&path).unwrap();
        let file = Sources::new().add("template.yaml", text.as_str());
        let stack = keywright::readback::cloudformation(file, &text).unwrap();
        for key in stack.keys {
            policies.push((
                format!("{}:{}", path.display(), key.key.name),
                key.key.policy,
            ));
        }
    }
    policies
}

#[test]
fn nobody_else_has_access_and_duties_are_separate() {
    let policies = policies();
    assert!(policies.len() > 10);
    for (name, policy) in policies {
        let mut analysis = Analysis::new(&policy, &place());
        assert_eq!(analysis.strangers(None, |_| true), Answer::No, "{name}");
        let duties = analysis.both(|a| a.name == "PutKeyPolicy", |a| a.class == Class::Use);
        assert_eq!(duties, Answer::No, "{name}");
        assert!(analysis.can_change_policy().is_yes(), "{name}");
        for (service, answer) in analysis.deputies(None, |a| a.class == Class::Use) {
            assert_eq!(answer, Answer::No, "{name}: {service}");
        }
        assert_eq!(widens(&policy, &policy, &place()), Answer::No, "{name}");
        for number in 0..policy.statements.len() {
            assert!(analysis.applies(number).is_yes(), "{name}: {number}");
            if policy.statements[number].effect == Effect::Allow {
                assert!(analysis.gives(number).is_yes(), "{name}: {number}");
                assert!(analysis.adds(number).is_yes(), "{name}: {number}");
            }
        }
    }
}

#[test]
fn the_table_knows_everyone_whom_the_policy_names() {
    for (name, policy) in policies() {
        let rows = Analysis::new(&policy, &place()).table();
        for row in &rows {
            let strangers = row.subject == Subject::Anyone;
            assert_eq!(row.has_access(), !strangers, "{name}: {:?}", row.subject);
            let unknown = Capability::ALL.map(|capability| row.access(capability));
            assert!(
                !unknown.contains(&Access::Unknown),
                "{name}: {:?}",
                row.subject
            );
            if let Subject::Matching(..) = row.subject {
                let both = [Capability::ChangePolicy, Capability::Decrypt];
                let both =
                    both.map(|capability| row.access(capability) >= Access::DirectUnderCondition);
                assert_ne!(both, [true, true], "{name}: {:?}", row.subject);
            }
        }
    }
}
