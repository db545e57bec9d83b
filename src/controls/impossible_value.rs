//! Values that a condition key never has.

use std::net::IpAddr;

use super::catalogue::{Check, Control, Standards};
use super::finding::{Findings, Report};
use super::reading;
use super::rules::Subject;
use crate::iam::operator::Test;
use crate::iam::pattern::PatternKind;
use crate::iam::{Operator, Pattern, Text, Version};
use crate::kms::Region;
use crate::kms::actions::GRANT_OPERATIONS;
use crate::spec::Severity;

pub(super) const CONTROL: Control = Control {
    id: "impossible-value",
    severity: Severity::Medium,
    title: "conditions compare with values that there are",
    what: "Fires on a value that its condition key never has: `kms:ViaService` without a Region, an operation in \
           `kms:GrantOperations` that no grant has, an `aws:PrincipalOrgID` that is no id of an organization, an \
           `aws:RequestedRegion` that is no name of a Region, a private address in `aws:SourceIp` (which is public; of \
           requests through a VPC endpoint it is not there at all). And on a policy variable in a policy of version \
           2008-10-17, or of none, where `${…}` is a text like any other. Wildcards are not judged.",
    why: "A positive condition on it is never true, a negated one always: the access is not there, or the Deny does not \
          spare whom it should.",
    bad: "\
- Sid: Allow use of the key
  Effect: Allow
  Principal: {AWS: !Sub \"arn:${AWS::Partition}:iam::${AWS::AccountId}:role/Ledger\"}
  Action: kms:Decrypt
  Resource: \"*\"
  Condition:
    StringEquals: {kms:ViaService: s3.amazonaws.com}",
    good: "\
- Sid: Allow use of the key
  Effect: Allow
  Principal: {AWS: !Sub \"arn:${AWS::Partition}:iam::${AWS::AccountId}:role/Ledger\"}
  Action: kms:Decrypt
  Resource: \"*\"
  Condition:
    StringEquals: {kms:ViaService: !Sub \"s3.${AWS::Region}.amazonaws.com\"}",
    standards: Standards::NONE,
    check: Check::Key(check),
};

fn check(subject: &Subject<'_>, findings: &mut Findings<'_>) {
    let version = subject.policy().map(|policy| policy.document.version);
    for (statement, places) in subject.certain() {
        for (written, key, values) in reading::conditions(statement) {
            let Ok(operator) = Operator::parse(written) else {
                continue;
            };
            // Of several values, one that excludes nothing more does no harm where the others do.
            let all_private = values.iter().filter_map(Text::as_literal).all(is_private);
            for value in values {
                let variable = version == Some(Version::V2008) && has_variable(value);
                let problem = if variable {
                    let text = format!(
                        "`{value}` is no variable here: this policy is of version 2008-10-17"
                    );
                    Some((text, "write `Version: \"2012-10-17\"`".to_owned()))
                } else if operator.test == Test::IpAddress {
                    let excluded = operator.negated && !all_private;
                    value
                        .as_literal()
                        .filter(|_| key.eq_ignore_ascii_case("aws:SourceIp") && !excluded)
                        .and_then(private)
                } else {
                    impossible(operator, key, value)
                };
                if let Some((message, help)) = problem {
                    let report = Report::at(places.condition, message);
                    findings.add(report.statement(statement.sid.as_deref()).help(help));
                }
            }
        }
    }
}

/// Whether IAM would read a variable in a value of a later policy; `${*}` and its like are characters.
fn has_variable(value: &Text) -> bool {
    let mut literals = value.literals();
    literals.any(|text| text.contains("${"))
}

/// Why a text is none that the key can have, and what to do.
fn impossible(operator: Operator, key: &str, value: &Text) -> Option<(String, String)> {
    let (kind, case) = operator.test.pattern()?;
    let text = value.as_literal().filter(|text| !text.contains("${"))?;
    let wild = text.contains(['*', '?']);
    let key = key.to_ascii_lowercase();
    if key == "kms:grantoperations" {
        let pattern = Pattern::new(text, kind, case);
        let known = GRANT_OPERATIONS.iter().any(|known| pattern.matches(known));
        // A wildcard under an exact operator is a matter of its own.
        let passes = known || (wild && kind == PatternKind::Exact);
        return (!passes).then(|| {
            let help = match crate::diag::nearest(text, GRANT_OPERATIONS) {
                Some(near) => format!("did you mean `{near}`?"),
                None => format!("write some of {}", GRANT_OPERATIONS.join(", ")),
            };
            (format!("no grant has an operation `{text}`"), help)
        });
    }
    if wild {
        return None;
    }
    let folded: String = text.chars().map(|c| case.fold(c)).collect();
    match key.as_str() {
        "kms:viaservice" => via(&folded),
        "aws:principalorgid" | "aws:sourceorgid" | "aws:resourceorgid" => {
            (!is_organization(&folded)).then(|| {
                let help = "an id is `o-` and 10 to 32 small letters or digits".to_owned();
                (format!("`{text}` is the id of no organization"), help)
            })
        }
        "aws:requestedregion" => Region::parse(&folded).is_none().then(|| {
            let help = "write a name such as `eu-central-1`".to_owned();
            (format!("`{text}` is no Region"), help)
        }),
        _ => None,
    }
}

/// Source: KMS developer guide, "kms:ViaService": `NAME.REGION.amazonaws.com`.
fn via(text: &str) -> Option<(String, String)> {
    let name = text
        .strip_suffix(".amazonaws.com")
        .or_else(|| text.strip_suffix(".amazonaws.com.cn"));
    let service = match name.map(|name| name.rsplit_once('.')) {
        Some(Some((service, region))) if Region::parse(region).is_some() => {
            return service.is_empty().then(|| no_service(text, "s3"));
        }
        Some(_) => name.unwrap_or_default(),
        None => text,
    };
    let service = service.split('.').next().unwrap_or_default();
    Some(no_service(
        text,
        if service.is_empty() { "s3" } else { service },
    ))
}

fn no_service(text: &str, service: &str) -> (String, String) {
    (
        format!(
            "no request comes through `{text}`: `kms:ViaService` names a service and its Region"
        ),
        format!("write `{service}.REGION.amazonaws.com`"),
    )
}

/// Source: Organizations API reference, `Organization`, `Id`.
fn is_organization(text: &str) -> bool {
    text.strip_prefix("o-").is_some_and(|id| {
        (10..=32).contains(&id.len())
            && id
                .bytes()
                .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit())
    })
}

/// Source: IAM user guide, "aws:SourceIp": public addresses only, and not in requests through a VPC endpoint.
fn private(text: &str) -> Option<(String, String)> {
    is_private(text).then(|| {
        (
            format!("no request comes from `{text}`: `aws:SourceIp` is a public address"),
            "write `aws:VpcSourceIp` with `aws:SourceVpc` or `aws:SourceVpce`".to_owned(),
        )
    })
}

/// Whether a range holds private addresses only. Sources: RFC 1918, RFC 4193.
fn is_private(range: &str) -> bool {
    let (address, prefix) = range.split_once('/').unwrap_or((range, "128"));
    let Ok(prefix) = prefix.parse::<u8>() else {
        return false;
    };
    match address.parse() {
        Ok(IpAddr::V4(address)) => {
            let shortest = match address.octets() {
                [10, ..] => 8,
                [172, 16..=31, ..] => 12,
                [192, 168, ..] => 16,
                _ => return false,
            };
            prefix >= shortest
        }
        Ok(IpAddr::V6(address)) => address.is_unique_local() && prefix >= 7,
        Err(_) => false,
    }
}
