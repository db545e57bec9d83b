//! What a key is made as, it stays: a change that no key can follow is refused, and no other is.

use keywright::workspace::with_header;

use crate::project::Project;

const CFN: &str = "output/cloudformation/production/pay.yaml";
const TF: &str = "output/terraform/production/pay/main.tf";

/// Kinds of key that differ in spec or usage, as fields of a definition.
const KINDS: [&str; 8] = [
    "",
    "key_spec: RSA_2048\n    key_usage: ENCRYPT_DECRYPT",
    "key_spec: RSA_2048\n    key_usage: SIGN_VERIFY",
    "key_spec: RSA_4096\n    key_usage: SIGN_VERIFY",
    "key_spec: ECC_NIST_P256\n    key_usage: SIGN_VERIFY",
    "key_spec: ECC_NIST_P256\n    key_usage: KEY_AGREEMENT",
    "key_spec: HMAC_256",
    "key_spec: ML_DSA_65",
];

fn spec(fields: &str) -> String {
    format!("keys:\n  - alias: ledger\n    purpose: Encrypts the ledger\n    {fields}\n")
}

fn project(text: &str) -> Project {
    let project = Project::new();
    project.put("specs/pay.yaml", text).generated();
    project
}

/// A change is refused in every way of running, and nothing is written.
fn refused(project: &Project) -> String {
    let before = project.output();
    let ran = project.generate(&[]);
    for arguments in [
        &[][..],
        &["--check"],
        &["--diff"],
        &["--force", "--prune"],
        &["specs/pay.yaml"],
    ] {
        let ran = project.generate(arguments);
        assert_eq!(ran.status, 2, "{arguments:?}: {}", ran.told);
        assert!(ran.told.contains("error[immutable-change]"), "{}", ran.told);
    }
    assert_eq!(project.output(), before);
    ran.told
}

#[test]
fn a_key_cannot_become_one_of_another_kind() {
    for (from, old) in KINDS.iter().enumerate() {
        let project = project(&spec(old));
        let before = project.output();
        for (to, new) in KINDS.iter().enumerate() {
            project.put("specs/pay.yaml", &spec(new));
            let ran = project.generate(&["--force"]);
            assert_eq!(ran.status == 0, from == to, "{old} to {new}: {}", ran.told);
            // Both targets tell of it, as one mistake.
            let told = ran.told.matches("error[immutable-change]").count();
            assert_eq!(told, usize::from(from != to), "{}", ran.told);
        }
        assert_eq!(project.output(), before);
    }
}

#[test]
fn messages_name_the_change_and_the_way() {
    let signing = "key_spec: RSA_2048\n    key_usage: SIGN_VERIFY";
    let mut told = String::new();
    let mut case = |name: &str, before: &str, after: &str| {
        let project = project(before);
        project.put("specs/pay.yaml", after);
        told.push_str(&format!("==== {name}\n{}\n", refused(&project)));
    };
    case("another spec", &spec(""), &spec("key_spec: HMAC_256"));
    case(
        "another usage",
        &spec(signing),
        &spec("key_spec: RSA_2048\n    key_usage: ENCRYPT_DECRYPT"),
    );
    case("no spec any more", &spec(signing), &spec(""));
    case(
        "a key that is not protected",
        &format!("environment: development\n{}", spec("")),
        &format!("environment: development\n{}", spec(signing)),
    );
    case(
        "a key that is renamed as well",
        &spec(""),
        &spec("was: ledger\n    key_spec: HMAC_256").replace("alias: ledger", "alias: books"),
    );
    insta::assert_snapshot!(told);
}

/// Fields that a key follows, before and after.
const MUTABLE: [[&str; 2]; 16] = [
    ["", "enabled: false"],
    ["", "deletion_window_days: 14"],
    ["", "rotation: {period_days: 180}"],
    [
        "rotation: {period_days: 180}",
        "rotation: {period_days: 90}",
    ],
    ["", "tags: {team: pay}"],
    ["tags: {team: pay}", "tags: {team: books}"],
    ["", "aliases: [books]"],
    ["aliases: [books]", ""],
    ["", "users: [{role: Reader}]"],
    [
        "users: [{role: Reader}]",
        "users: [{role: Writer, via: [s3]}]",
    ],
    ["", "administrators: [{role: KeyAdmin}]"],
    ["", "retire: {reason: replaced}"],
    [
        "",
        "waive: [{control: short-deletion-window, reason: test, expires: 2027-01-31}]",
    ],
    ["", "id: Ledger"],
    // AWS's own defaults, said or not.
    [
        "",
        "key_spec: SYMMETRIC_DEFAULT\n    key_usage: ENCRYPT_DECRYPT",
    ],
    [
        "key_spec: HMAC_256",
        "key_spec: HMAC_256\n    key_usage: GENERATE_VERIFY_MAC",
    ],
];

#[test]
fn a_key_follows_every_other_change() {
    for [before, after] in MUTABLE {
        let project = project(&spec(before));
        project.put("specs/pay.yaml", &spec(after)).generated();
    }
    let project = project(&spec(""));
    let described = spec("").replace("Encrypts the ledger", "Encrypts the books");
    project.put("specs/pay.yaml", &described).generated();
    let renamed = spec("was: ledger").replace("alias: ledger", "alias: books");
    project.put("specs/pay.yaml", &renamed).generated();
    project.put(
        "keywright.yaml",
        "environments: {production: {protected: false}}\n",
    );
    project.generated();
}

/// Both tools replace a replica whose primary key's ARN changes.
#[test]
fn the_primary_key_of_replicas_stays_in_its_region() {
    let spec = |region: &str, fields: &str| {
        format!(
            "region: {region}\n{}",
            spec(&format!(
                "multi_region: {{replicas: [eu-west-1]}}\n    {fields}"
            ))
        )
    };
    let project = project(&spec("eu-central-1", ""));
    project.put("specs/pay.yaml", &spec("eu-north-1", ""));
    insta::assert_snapshot!(refused(&project));
    // The Region was not known before, or is the same.
    let open = project.put("specs/pay.yaml", &spec("eu-central-1", "enabled: false"));
    open.generated();
    let unknown = |text: &str| text.replace("region: eu-central-1\n", "");
    let spec = spec("eu-central-1", "");
    let other = crate::immutable::project(&unknown(&spec));
    other.put("specs/pay.yaml", &spec).generated();
}

/// One mistake that shows in a primary key and its replicas is told once.
#[test]
fn what_a_key_and_its_replicas_share_is_told_once() {
    let of = |origin: &str| {
        spec(&format!(
            "multi_region: {{replicas: [eu-west-1]}}\n    {origin}"
        ))
    };
    let project = project(&of("enabled: true"));
    project.put("specs/pay.yaml", &of("origin: external"));
    let told = refused(&project);
    assert_eq!(told.matches("error[immutable-change]").count(), 1, "{told}");
}

/// What specs cannot say, earlier output may still hold.
#[test]
fn earlier_output_is_believed_whatever_it_says() {
    let cloudformation = [
        (
            "      Description:",
            "      Origin: EXTERNAL\n      Description:",
        ),
        (
            "      Description:",
            "      MultiRegion: true\n      Description:",
        ),
        (
            "      Description:",
            "      KeySpec: ML_NEW_7\n      Description:",
        ),
    ];
    let terraform = [
        ("  description ", "  multi_region = true\n  description "),
        (
            "  description ",
            "  custom_key_store_id = \"cks-1\"\n  description ",
        ),
        ("\"aws_kms_key\"", "\"aws_kms_external_key\""),
        ("\"aws_kms_key\"", "\"aws_kms_replica_key\""),
        (
            "  description ",
            "  customer_master_key_spec = local.spec\n  description ",
        ),
    ];
    let all = cloudformation
        .map(|(from, to)| (CFN, from, to))
        .into_iter()
        .chain(terraform.map(|(from, to)| (TF, from, to)));
    let mut told = String::new();
    for (path, from, to) in all {
        let project = project(&spec(""));
        let text = project.get(path);
        let (_, body) = text.split_once("\n# sha256:").unwrap();
        let (_, body) = body.split_once('\n').unwrap();
        let body = body.replacen(from, to, 1);
        project.put(path, &with_header("specs/pay.yaml", &body));
        told.push_str(&format!("==== {to}\n{}\n", refused(&project)));
    }
    insta::assert_snapshot!(told);
}

/// The way out that the message names, step by step.
#[test]
fn another_kind_of_key_takes_the_alias_over() {
    let project = project(&spec(""));
    let beside = "keys:
  - alias: ledger-old
    id: Ledger
    purpose: Encrypts the ledger
  - alias: ledger
    id: LedgerMac
    key_spec: HMAC_256
    purpose: Authenticates the ledger
";
    project.put("specs/pay.yaml", beside).generated();
    let output = project.get(CFN);
    assert!(output.contains("  LedgerKey:\n") && output.contains("  LedgerMacKey:\n"));
    // Later the old key retires.
    let retired = beside.replace(
        "id: Ledger\n",
        "id: Ledger\n    retire: {reason: replaced by LedgerMac}\n",
    );
    project.put("specs/pay.yaml", &retired).generated();
    let (_, new) = beside.split_once("  - alias: ledger\n").unwrap();
    let alone = format!(
        "keys:\n  - alias: ledger\n{new}released: [{{id: Ledger, reason: replaced by LedgerMac}}]\n"
    );
    project.put("specs/pay.yaml", &alone).generated();
}

/// The other way out, where nothing is kept.
#[test]
fn an_unprotected_key_can_be_removed_and_made_anew() {
    let development = |text: &str| format!("environment: development\n{text}");
    let project = project(&development(&spec("")));
    let other = "keys: [{alias: other, purpose: Encrypts}]\n";
    project
        .put("specs/pay.yaml", &development(other))
        .generated();
    project
        .put("specs/pay.yaml", &development(&spec("key_spec: HMAC_256")))
        .generated();
}
