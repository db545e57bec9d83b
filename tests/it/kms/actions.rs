//! The table of actions.

use keywright::kms::actions;

fn names(pattern: &str) -> Vec<&'static str> {
    actions::matching(pattern).map(|a| a.name).collect()
}

#[test]
fn action_patterns_match_as_in_iam() {
    assert_eq!(names("kms:ReEncrypt"), [""; 0]);
    assert_eq!(names("KMS:reencrypt*"), ["ReEncryptFrom", "ReEncryptTo"]);
    assert_eq!(names("kms:Sig?"), ["Sign"]);
    assert_eq!(names("kms:*"), names("*"));
    assert_eq!(names("kms:*").len(), actions::ACTIONS.len());
    assert_eq!(names("s3:*"), [""; 0]);
    assert!(actions::ACTIONS.is_sorted_by_key(|action| action.name));
    assert!(
        actions::find("kms:decrypt")
            .unwrap()
            .takes_encryption_context
    );
    assert_eq!(actions::find("kms:ReEncrypt"), None);
}

#[test]
fn patterns_of_many_stars_end() {
    let stars = format!("kms:{}b", "*a".repeat(200));
    assert_eq!(names(&stars).len(), 0);
    assert_eq!(names("kms:*crypt"), ["Decrypt", "Encrypt"]);
    assert_eq!(
        names("kms:G*K*Pair*"),
        ["GenerateDataKeyPair", "GenerateDataKeyPairWithoutPlaintext"]
    );
    assert_eq!(names("kms:?ign"), ["Sign"]);
}
