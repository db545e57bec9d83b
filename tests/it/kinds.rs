//! Every key spec with every usage: what users get by every subset of capabilities, and what cannot be made.

use std::fmt::Write as _;

use keywright::diag::Diagnostic;
use keywright::kms::actions::Class;
use keywright::kms::{Key, KeySpec, KeyUsage};
use keywright::spec::Capability;

use crate::project::generate;

fn spec(spec: KeySpec, usage: KeyUsage, user: &str) -> String {
    format!(
        "keys:\n  - alias: audit\n    purpose: Encrypts\n    key_spec: {}\n    key_usage: {}\n{user}",
        spec.as_str(),
        usage.as_str()
    )
}

/// The key that a spec makes, after both targets have proven it, and the templates of both.
fn made(text: &str) -> Result<(Key, String), Vec<Diagnostic>> {
    generate(None, &[("specs/audit.yaml", text)], |generated| {
        let files = generated.artifacts.iter();
        let texts: String = files.map(|file| file.contents.as_str()).collect();
        (generated.stacks[0].stack.keys[0].clone(), texts)
    })
}

/// What the policy adds for the user `Reader`.
fn actions(key: &Key) -> Vec<String> {
    let statements = key.policy.statements.iter();
    let own = statements.filter(|statement| {
        let json = keywright::iam::Tree::from(*statement).to_json(&ToString::to_string);
        json["Principal"]["AWS"]
            .as_str()
            .is_some_and(|arn| arn.ends_with("role/Reader"))
    });
    own.flat_map(|statement| statement.action.clone().unwrap().value)
        .collect()
}

fn subsets(capabilities: &[Capability]) -> Vec<Vec<Capability>> {
    let bits = 1_usize << capabilities.len();
    (1..bits)
        .map(|mask| {
            let chosen = capabilities.iter().enumerate();
            let chosen = chosen.filter(|(index, _)| mask & (1 << index) != 0);
            chosen.map(|(_, one)| *one).collect()
        })
        .collect()
}

#[test]
fn users_get_what_their_kind_of_key_has() {
    let mut table = String::new();
    for key_spec in KeySpec::ALL {
        for usage in key_spec.usages() {
            let name = format!("{} {}", key_spec.as_str(), usage.as_str());
            let all = keywright::compile::capabilities(key_spec, *usage);
            let whole = spec(key_spec, *usage, "    users: [{role: Reader}]\n");
            let (key, texts) = match made(&whole) {
                Ok(made) => made,
                Err(problems) => {
                    writeln!(table, "{name}: refused: {}", problems[0].message).unwrap();
                    continue;
                }
            };
            let rotates = texts.contains("EnableKeyRotation: true");
            assert_eq!(rotates, texts.contains("enable_key_rotation     = true"));
            assert_eq!(rotates, key_spec.rotates(), "{name}");
            assert_eq!(
                texts.contains("otation"),
                rotates || texts.contains("kms:DisableKeyRotation")
            );
            let rotation = if rotates {
                "rotates"
            } else {
                "does not rotate"
            };
            writeln!(table, "{name}: {rotation}").unwrap();
            writeln!(table, "    all: {}", actions(&key).join(" ")).unwrap();
            for subset in subsets(&all) {
                let words: Vec<_> = subset.iter().map(|one| one.as_str()).collect();
                let words = words.join(", ");
                let user = format!("    users: [{{role: Reader, access: [{words}]}}]\n");
                let (subset_key, _) = made(&spec(key_spec, *usage, &user)).unwrap();
                let allowed = actions(&subset_key);
                if subset.len() == all.len() {
                    assert_eq!(allowed, actions(&key), "{name}");
                } else {
                    writeln!(table, "    {words}: {}", allowed.join(" ")).unwrap();
                }
            }
            let user = "    users: [{role: Reader, access: [inspect]}]\n";
            let (inspected, _) = made(&spec(key_spec, *usage, user)).unwrap();
            let allowed = actions(&inspected);
            assert!(allowed.iter().all(|action| {
                keywright::kms::actions::find(action).unwrap().class == Class::Read
            }));
            writeln!(table, "    inspect: {}", allowed.join(" ")).unwrap();
        }
    }
    insta::assert_snapshot!(table);
}

/// Sids and actions of the statements for users who inspect a key, alone or beside its use.
#[test]
fn inspection_stands_beside_use_and_ends_at_the_account() {
    let config = "environments: {production: {accounts: [\"111122223333\"]}}\n\
                  accounts: {here: \"111122223333\", other: \"210987654321\"}\norganizations: {main: o-a1b2c3d4e5}\n";
    let users = "    users:\n      \
        - {role: Auditor, access: [inspect]}\n      \
        - {permission_set: Auditor, access: [inspect]}\n      \
        - {role: Reader, access: [decrypt, inspect]}\n      \
        - {role: Owner, access: [encrypt, decrypt, inspect]}\n      \
        - {role: Limited, access: [decrypt, inspect], context: {department: finance}}\n      \
        - {role: Here, account: here, access: [inspect]}\n      \
        - {role: There, account: other, access: [inspect]}\n      \
        - {account: other, access: [inspect, encrypt]}\n      \
        - {organization: main, access: [inspect]}\n      \
        - {role: All, organization: main, access: [inspect]}\n      \
        - {organizational_unit: main/r-ab12/ou-ab12-11111111, access: [inspect]}\n";
    let text = spec(KeySpec::SYMMETRIC_DEFAULT, KeyUsage::EncryptDecrypt, users);
    let files = [("specs/audit.yaml", text.as_str())];
    let told = generate(Some(config), &files, |generated| {
        let statements = &generated.stacks[0].stack.keys[0].policy.statements;
        let own = statements.iter().skip(2);
        own.map(|statement| {
            let actions = statement.action.iter().flat_map(|clause| &clause.value);
            let actions: Vec<_> = actions.map(String::as_str).collect();
            format!(
                "{}: {}\n",
                statement.sid.as_ref().unwrap(),
                actions.join(" ")
            )
        })
        .collect::<String>()
    });
    insta::assert_snapshot!(told.unwrap());
}

#[test]
fn what_does_not_go_together_is_refused_at_its_line() {
    for key_spec in KeySpec::ALL {
        for usage in KeyUsage::ALL {
            let possible = key_spec.usages().contains(&usage) && key_spec.is_deployable();
            let problems = made(&spec(key_spec, usage, "")).err();
            assert_eq!(problems.is_none(), possible, "{key_spec:?} {usage:?}");
            for problem in problems.into_iter().flatten() {
                let place = problem.primary.unwrap().span;
                let text = spec(key_spec, usage, "");
                let shown = &text[place.start as usize..place.end as usize];
                let expected = [key_spec.as_str(), usage.as_str()];
                assert!(expected.contains(&shown), "{shown}: {}", problem.message);
            }
        }
        for capability in Capability::ALL {
            for usage in key_spec.usages() {
                let user = format!(
                    "    users: [{{role: Reader, access: [{}]}}]\n",
                    capability.as_str()
                );
                let known = keywright::compile::capabilities(key_spec, *usage);
                let accepted = made(&spec(key_spec, *usage, &user)).is_ok();
                let known = known.contains(capability) || *capability == Capability::Inspect;
                let possible = known && key_spec.is_deployable();
                assert_eq!(accepted, possible, "{key_spec:?} {usage:?} {capability:?}");
            }
        }
    }
}

#[test]
fn only_symmetric_keys_have_a_rotation_period() {
    for key_spec in KeySpec::ALL.into_iter().filter(|spec| spec.is_deployable()) {
        for usage in key_spec.usages() {
            let period = "    rotation: {period_days: 180}\n";
            let made = made(&spec(key_spec, *usage, period));
            assert_eq!(made.is_ok(), key_spec.rotates());
            if let Ok((_, texts)) = made {
                assert!(texts.contains("RotationPeriodInDays: 180"));
                assert!(texts.contains("rotation_period_in_days = 180"));
                assert!(texts.contains("\">= 5.49.0\""));
            }
        }
    }
}

#[test]
fn modules_demand_the_provider_that_takes_their_kind_of_key() {
    let mut table = String::new();
    for key_spec in KeySpec::ALL.into_iter().filter(|spec| spec.is_deployable()) {
        for usage in key_spec.usages() {
            let (_, texts) = made(&spec(key_spec, *usage, "")).unwrap();
            let version = texts
                .lines()
                .find(|line| line.trim().starts_with("version "));
            let version = version.unwrap().split('"').nth(1).unwrap();
            writeln!(table, "{} {}: {version}", key_spec.as_str(), usage.as_str()).unwrap();
        }
    }
    insta::assert_snapshot!(table);
}

/// The workspace's statements come first, then those of the environment, then the key's own.
#[test]
fn statements_of_the_workspace_and_the_environment_are_every_keys() {
    let statement = |sid: &str| {
        format!(
            "[{{reason: all, Sid: {sid}, Effect: Deny, Principal: {{AWS: '*'}}, Action: 'kms:Decrypt', Condition: {{StringNotEquals: \
             {{'aws:PrincipalOrgID': o-a1b2c3d4e5}}}}}}]"
        )
    };
    let config = format!(
        "statements: {}\nenvironments: {{production: {{statements: {}}}}}\n",
        statement("Everywhere"),
        statement("Production")
    );
    let spec = format!(
        "keys:\n  - {{alias: one, purpose: Encrypts, statements: {}}}\n  - {{alias: two, purpose: Encrypts}}\n",
        statement("Own")
    );
    let sids = generate(Some(&config), &[("specs/audit.yaml", &spec)], |generated| {
        let keys = generated.stacks[0].stack.keys.iter();
        let sids = keys.map(|key| {
            let sids = key.policy.statements.iter().filter_map(|it| it.sid.clone());
            let ours = |sid: &String| ["Everywhere", "Production", "Own"].contains(&sid.as_str());
            sids.filter(ours).collect::<Vec<_>>()
        });
        sids.collect::<Vec<_>>()
    });
    let wanted = [
        &["Everywhere", "Production", "Own"][..],
        &["Everywhere", "Production"],
    ];
    assert_eq!(sids.unwrap(), wanted);
}
