//! keywright's own policies are what its contract says.

use std::collections::BTreeSet;

use keywright::access::Place;
use keywright::access::exact::{Access, Analysis, Answer, Capability, Subject, widens};
use keywright::iam::{Effect, PolicyDocument};
use keywright::kms::actions::Class;
use keywright::source::Sources;

/// Every policy under `output/cloudformation`, with its name.
pub(super) fn policies() -> Vec<(String, PolicyDocument)> {
    let root = concat!(env!("CARGO_MANIFEST_DIR"), "/output/cloudformation");
    let mut policies = Vec::new();
    let mut files: Vec<_> = walkdir::WalkDir::new(root)
        .into_iter()
        .map(|entry| entry.unwrap().into_path())
        .filter(|path| {
            let name = path.to_string_lossy();
            name.ends_with(".yaml") && !name.ends_with(".import.yaml")
        })
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
    let (mut redundant, mut deputies) = (BTreeSet::new(), BTreeSet::new());
    for (name, policy) in policies {
        let mut analysis = Analysis::new(&policy, &Place::default());
        assert_eq!(analysis.strangers(None, |_| true), Answer::No, "{name}");
        let duties = analysis.both(|a| a.name == "PutKeyPolicy", |a| a.class == Class::Use);
        assert_eq!(duties, Answer::No, "{name}");
        assert!(analysis.can_change_policy().is_yes(), "{name}");
        for (service, answer) in analysis.deputies(None, |a| a.class == Class::Use) {
            if answer != Answer::No {
                assert!(answer.is_yes(), "{name}: {service}");
                deputies.insert(service);
            }
        }
        assert_eq!(
            widens(&policy, &policy, &Place::default()),
            Answer::No,
            "{name}"
        );
        for number in 0..policy.statements.len() {
            assert!(analysis.applies(number).is_yes(), "{name}: {number}");
            if policy.statements[number].effect == Effect::Allow {
                assert!(analysis.gives(number).is_yes(), "{name}: {number}");
                if analysis.adds(number).is_no() {
                    redundant.insert(policy.statements[number].sid.clone().unwrap());
                }
            }
        }
    }
    // Services for which AWS documents no condition that holds the account.
    let open = [
        "delivery.logs.amazonaws.com",
        "events.amazonaws.com",
        "logs.eu-central-1.amazonaws.com",
    ];
    assert_eq!(deputies.into_iter().collect::<Vec<_>>(), open);
    // Both stand beside statements that let in the whole account, their own or the other one.
    let told = [
        "Allow decryption with the key for permission set DataAnalyst in account 444455556666 through s3",
        "Allow use of the key for permission set DataAnalyst through athena and s3",
    ];
    assert_eq!(redundant.into_iter().collect::<Vec<_>>(), told);
}

#[test]
fn the_table_knows_everyone_whom_the_policy_names() {
    for (name, policy) in policies() {
        let rows = Analysis::new(&policy, &Place::default()).table();
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
