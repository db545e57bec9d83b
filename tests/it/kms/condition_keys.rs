//! The catalogue of condition keys.

use std::collections::BTreeSet;

use keywright::kms::actions;
use keywright::kms::condition_keys::{
    Actions, CONDITION_KEYS, Callers, Suffix, find, is_from_identity_provider, suggestion,
};

#[test]
fn names_are_unique_and_actions_are_known() {
    let mut names = BTreeSet::new();
    for key in CONDITION_KEYS {
        assert!(names.insert(key.name.to_ascii_lowercase()), "{}", key.name);
        let open = key.name.ends_with([':', '/']);
        assert_eq!(open, key.suffix == Suffix::Something, "{}", key.name);
        if let Actions::Only(only) = key.actions {
            assert!(!only.is_empty());
            for action in only {
                let known = actions::find(action).map(|action| action.name);
                assert_eq!(known, Some(*action), "{}", key.name);
                assert!(key.is_carried_by(action));
            }
        }
    }
}

#[test]
fn an_encryption_context_is_carried_by_the_actions_that_take_one() {
    let key = find("kms:EncryptionContextKeys").unwrap();
    for action in actions::ACTIONS {
        let takes = action.takes_encryption_context;
        assert_eq!(key.is_carried_by(action.name), takes, "{}", action.name);
    }
}

#[test]
fn names_ignore_case_and_suffixes_are_the_users_own() {
    for (name, known) in [
        ("KMS:viaservice", "kms:ViaService"),
        ("aws:principaltag/Team", "aws:PrincipalTag/"),
        ("kms:EncryptionContext:aws:s3:arn", "kms:EncryptionContext:"),
        (
            "kms:RecipientAttestation:PCR31",
            "kms:RecipientAttestation:PCR",
        ),
        (
            "kms:RecipientAttestation:NitroTPMPCR0",
            "kms:RecipientAttestation:NitroTPMPCR",
        ),
    ] {
        assert_eq!(find(name).map(|key| key.name), Some(known), "{name}");
    }
    for name in [
        "",
        "kms:",
        "kms:ViaServices",
        "kms:EncryptionContext:",
        "aws:PrincipalTag",
        "aws:PrincipalTag/",
        "kms:RecipientAttestation:PCR32",
        "kms:RecipientAttestation:PCR01",
        "kms:RecipientAttestation:PCR+1",
        "s3:prefix",
        "é",
    ] {
        assert_eq!(find(name), None, "{name}");
    }
    assert_eq!(find("aws:SourceArn").unwrap().callers, Callers::Services);
}

#[test]
fn misspelt_names_have_a_suggestion() {
    for (name, meant) in [
        ("kms:ViaServce", "kms:ViaService"),
        ("aws:PrincipleOrgID", "aws:PrincipalOrgID"),
        (
            "kms:EncryptionContex:department",
            "kms:EncryptionContext:department",
        ),
        ("aws:PrincpalTag/team", "aws:PrincipalTag/team"),
    ] {
        assert_eq!(suggestion(name).as_deref(), Some(meant), "{name}");
    }
    assert_eq!(suggestion("s3:prefix"), None);
    assert!(is_from_identity_provider(
        "token.actions.githubusercontent.com:sub"
    ));
    assert!(is_from_identity_provider("SAML:aud"));
    assert!(!is_from_identity_provider("s3:prefix"));
}
