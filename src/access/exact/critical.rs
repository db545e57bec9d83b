//! Numbers, dates and addresses: the few values between which nothing changes.
//!
//! What conditions ask of such a value changes only at the values that they name. So it is enough to try those, their
//! neighbours, and one value of each gap.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use crate::access::compare;
use crate::iam::operator::Test;

/// A comparison with values of a policy.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Comparable {
    test: Test,
    values: Vec<String>,
}

/// What is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Number,
    Date,
    Address,
}

impl Comparable {
    /// The comparison of a value with any of those that can be compared; whether these are all.
    pub(super) fn new(test: Test, values: impl Iterator<Item = String>) -> (Self, bool) {
        let mut all = true;
        let mut known = Vec::new();
        for value in values {
            let comparable = match test {
                Test::Numeric(_) => scaled(&value, DIGITS).is_some(),
                Test::Date(_) => seconds(&value).is_some(),
                _ => compare::in_range("192.0.2.1", &value).is_some(),
            };
            if comparable {
                known.push(value);
            } else {
                all = false;
            }
        }
        let values = known;
        (Self { test, values }, all)
    }

    fn kind(&self) -> Kind {
        match self.test {
            Test::Numeric(_) => Kind::Number,
            Test::Date(_) => Kind::Date,
            _ => Kind::Address,
        }
    }

    /// Whether a value of a request compares so.
    pub(super) fn holds(&self, value: &str) -> bool {
        self.values.iter().any(|own| {
            let holds = match self.test {
                Test::Numeric(comparison) => {
                    compare::numbers(value, own).map(|order| comparison.holds(order))
                }
                Test::Date(comparison) => {
                    compare::dates(value, own).map(|order| comparison.holds(order))
                }
                _ => compare::in_range(value, own),
            };
            holds.unwrap_or(false)
        })
    }
}

/// Values among which there is one for every answer that the comparisons can give together; `None` where they compare
/// different kinds of values, or numbers of too many digits.
pub(super) fn critical_values(comparables: &[&Comparable]) -> Option<Vec<String>> {
    let kind = comparables.first()?.kind();
    if comparables.iter().any(|other| other.kind() != kind) {
        return None;
    }
    let values = comparables.iter().flat_map(|comparable| &comparable.values);
    let values: Vec<&str> = values.map(String::as_str).collect();
    match kind {
        Kind::Number => numbers(&values),
        Kind::Date => Some(dates(&values)),
        Kind::Address => Some(addresses(&values)),
    }
}

/// Digits after the point with which numbers are compared.
const DIGITS: u32 = 9;

/// A number times a power of ten, if it is whole then.
fn scaled(text: &str, digits: u32) -> Option<i128> {
    compare::numbers(text, text)?;
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let fraction = fraction.trim_end_matches('0');
    let missing = usize::try_from(digits).ok()?.checked_sub(fraction.len())?;
    let number = format!("{whole}{fraction}{}", "0".repeat(missing));
    // Far from the limits, so that the neighbours can be computed.
    number
        .parse()
        .ok()
        .filter(|n: &i128| n.abs() < i128::MAX / 16)
}

fn numbers(values: &[&str]) -> Option<Vec<String>> {
    let one = 10_i128.pow(DIGITS);
    let numbers = values.iter().map(|value| scaled(value, DIGITS));
    let numbers = numbers.collect::<Option<Vec<_>>>()?;
    let mut found = Vec::new();
    // Whole numbers first: days and the like are never anything else.
    for step in [0, one, -one, 1] {
        let at = |number: &i128| {
            if step == 1 {
                number * 10 + 1
            } else {
                (number + step) * 10
            }
        };
        found.extend(numbers.iter().map(at));
    }
    let show = |number: &i128| {
        let digits = usize::try_from(DIGITS).unwrap_or_default() + 1;
        let sign = if *number < 0 { "-" } else { "" };
        let (whole, rest) = (
            number.unsigned_abs() / (10 * one.unsigned_abs()),
            number.unsigned_abs() % (10 * one.unsigned_abs()),
        );
        let fraction = format!("{rest:0digits$}");
        match fraction.trim_end_matches('0') {
            "" => format!("{sign}{whole}"),
            fraction => format!("{sign}{whole}.{fraction}"),
        }
    };
    found.sort_by_key(|number| (*number < 0, number % (10 * one) != 0));
    Some(found.iter().map(show).collect())
}

/// Whole seconds since 1970 of a date.
fn seconds(text: &str) -> Option<i128> {
    let nanos = compare::instant(text)?;
    (nanos % 1_000_000_000 == 0).then_some(nanos / 1_000_000_000)
}

/// Requests have dates in whole seconds.
fn dates(values: &[&str]) -> Vec<String> {
    let seconds = values.iter().filter_map(|value| seconds(value));
    let near = seconds.flat_map(|second| [second, second + 1, second - 1]);
    // Four digits alone might be a year.
    let clear = near.filter(|second| *second >= 0 && !(1000..=9999).contains(second));
    clear.map(|second| second.to_string()).collect()
}

fn addresses(values: &[&str]) -> Vec<String> {
    let mut found = vec![
        IpAddr::V4(Ipv4Addr::new(198, 51, 100, 7)),
        IpAddr::V6(Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 7)),
    ];
    for value in values {
        let (network, prefix) = match value.split_once('/') {
            Some((network, prefix)) => (network, prefix.parse::<u32>().ok()),
            None => (*value, None),
        };
        match network.parse() {
            Ok(IpAddr::V4(network)) => {
                let free = 32 - prefix.unwrap_or(32).min(32);
                let mask = u32::MAX.checked_shr(32 - free).unwrap_or(0);
                let first = network.to_bits() & !mask;
                let last = first | mask;
                let near = [
                    Some(first),
                    Some(last),
                    first.checked_sub(1),
                    last.checked_add(1),
                ];
                let near = near.into_iter().flatten();
                found.extend(near.map(|bits| IpAddr::V4(Ipv4Addr::from_bits(bits))));
            }
            Ok(IpAddr::V6(network)) => {
                let free = 128 - prefix.unwrap_or(128).min(128);
                let mask = u128::MAX.checked_shr(128 - free).unwrap_or(0);
                let first = network.to_bits() & !mask;
                let last = first | mask;
                let near = [
                    Some(first),
                    Some(last),
                    first.checked_sub(1),
                    last.checked_add(1),
                ];
                let near = near.into_iter().flatten();
                found.extend(near.map(|bits| IpAddr::V6(Ipv6Addr::from_bits(bits))));
            }
            Err(_) => {}
        }
    }
    found.iter().map(ToString::to_string).collect()
}
