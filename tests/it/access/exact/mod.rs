//! Questions about all requests.

mod brute_force;
mod generated;
mod questions;

pub(crate) use brute_force::statement;

use keywright::access::{Caller, Place};
use keywright::iam::{AccountId, PolicyDocument, read};
use keywright::source::{Sources, Span};
use serde_json::Value as Json;

const OWN: &str = "111122223333";

fn place() -> Place {
    Place {
        account: AccountId::parse(OWN),
        region: Some("eu-central-1".to_owned()),
        key_id: None,
    }
}

fn policy(statements: Json) -> PolicyDocument {
    let text = serde_json::json!({"Version": "2012-10-17", "Statement": statements}).to_string();
    let nowhere = Span::new(Sources::new().add("", ""), 0..0);
    let read = read::policy(read::from_json(nowhere, &text).unwrap());
    assert!(read.problems.is_empty(), "{:?}", read.problems);
    read.document
}

fn caller(text: &str) -> Caller {
    Caller::parse(text).unwrap()
}
