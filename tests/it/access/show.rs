//! Requests as text.

use keywright::access::question::question;
use serde_json::json;

#[test]
fn a_request_is_written_as_it_is_read() {
    let policy = json!({"Version": "2012-10-17", "Statement": {
        "Effect": "Allow", "Principal": "*", "Action": "kms:*", "Resource": "*"}});
    for principal in [
        json!("arn:aws:iam::111122223333:root"),
        json!("arn:aws-cn:iam::111122223333:user/team/alice"),
        json!("arn:aws:iam::111122223333:role/a/b"),
        json!("arn:aws:sts::111122223333:assumed-role/b/session"),
        json!("arn:aws:sts::111122223333:federated-user/bob"),
        json!({"service": "s3.amazonaws.com"}),
    ] {
        let asked = json!({
            "policy": policy,
            "account": "111122223333",
            "region": "eu-central-1",
            "principal": principal,
            "action": "kms:Decrypt",
            "context": {"KMS:viaservice": "s3.eu-central-1.amazonaws.com", "aws:CalledVia": ["a", "b"], "aws:PrincipalTag/team": "x"},
            "identity_policies": [policy],
        });
        let first = question(&asked.to_string(), None).unwrap();
        let written = first.request.to_json();
        assert_eq!(
            written["context"]["kms:ViaService"],
            "s3.eu-central-1.amazonaws.com"
        );
        assert_eq!(written["principal"], principal);
        let second = question(&written.to_string(), Some(&first.policy)).unwrap();
        assert_eq!(first.request, second.request);
    }
}
