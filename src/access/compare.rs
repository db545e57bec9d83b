//! Values that are no patterns: numbers, dates, booleans, addresses.
//!
//! Source: IAM user guide, "IAM JSON policy elements: Condition operators". A value of another kind than its operator
//! compares is not documented: `None`.

use std::cmp::Ordering;
use std::net::IpAddr;

/// Compares two decimal numbers, exactly.
pub(super) fn numbers(one: &str, other: &str) -> Option<Ordering> {
    let (one, other) = (Decimal::parse(one)?, Decimal::parse(other)?);
    let magnitude = || {
        let whole =
            (one.whole.len().cmp(&other.whole.len())).then_with(|| one.whole.cmp(other.whole));
        whole.then_with(|| one.fraction.cmp(other.fraction))
    };
    Some(match (one.negative, other.negative) {
        (false, false) => magnitude(),
        (true, true) => magnitude().reverse(),
        (true, false) => Ordering::Less,
        (false, true) => Ordering::Greater,
    })
}

/// A decimal number without zeros that do not count. Then longer whole parts are greater, and fractions compare as text.
struct Decimal<'t> {
    negative: bool,
    whole: &'t str,
    fraction: &'t str,
}

impl<'t> Decimal<'t> {
    fn parse(text: &'t str) -> Option<Self> {
        let (negative, digits) = match text.strip_prefix('-') {
            Some(digits) => (true, digits),
            None => (false, text),
        };
        let (whole, fraction) = match digits.split_once('.') {
            Some((whole, fraction)) if !fraction.is_empty() => (whole, fraction),
            Some(_) => return None,
            None => (digits, ""),
        };
        let all_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
        if whole.is_empty() || !all_digits(whole) || !all_digits(fraction) {
            return None;
        }
        let whole = whole.trim_start_matches('0');
        let fraction = fraction.trim_end_matches('0');
        Some(Self {
            negative: negative && !(whole.is_empty() && fraction.is_empty()),
            whole,
            fraction,
        })
    }
}

/// Compares two points in time.
pub(super) fn dates(one: &str, other: &str) -> Option<Ordering> {
    Some(instant(one)?.cmp(&instant(other)?))
}

/// Nanoseconds since 1970 of a date in one of the W3C formats of ISO 8601 or in seconds since then. Four digits alone may
/// be either, so nobody can tell.
pub(crate) fn instant(text: &str) -> Option<i128> {
    const NANOS: i128 = 1_000_000_000;
    if text.len() != 4
        && !text.is_empty()
        && text.len() <= 18
        && text.bytes().all(|b| b.is_ascii_digit())
    {
        return Some(text.parse::<i128>().ok()? * NANOS);
    }
    let (date, time) = match text.split_once('T') {
        Some((date, time)) => (date, Some(time)),
        None => (text, None),
    };
    let mut parts = date.split('-');
    let year = digits(parts.next()?, 4)?;
    let month = digits(parts.next()?, 2)?;
    let day = match (parts.next(), time) {
        (Some(day), _) => digits(day, 2)?,
        (None, None) => 1,
        (None, Some(_)) => return None,
    };
    if parts.next().is_some() || !(1..=12).contains(&month) || day < 1 || day > days_in(year, month)
    {
        return None;
    }
    let mut nanos = days_since_1970(year, month, day) * 86_400 * NANOS;
    if let Some(time) = time {
        nanos += time_of_day(time)?;
    }
    Some(nanos)
}

/// `hh:mm`, `hh:mm:ss` or `hh:mm:ss.s`, with `Z`, `+hh:mm` or `-hh:mm` behind it, in nanoseconds.
fn time_of_day(text: &str) -> Option<i128> {
    let at = text.find(['Z', '+', '-'])?;
    let (clock, zone) = text.split_at_checked(at)?;
    let offset = match zone.split_at_checked(1)? {
        ("Z", "") => 0,
        (sign, offset) if sign != "Z" => {
            let (hours, minutes) = offset.split_once(':')?;
            let minutes = digits(hours, 2)? * 60 + digits(minutes, 2)?;
            if sign == "-" { -minutes } else { minutes }
        }
        _ => return None,
    };
    let mut parts = clock.split(':');
    let (hours, minutes) = (digits(parts.next()?, 2)?, digits(parts.next()?, 2)?);
    let (seconds, nanos) = match parts.next() {
        None => (0, 0),
        Some(seconds) => match seconds.split_once('.') {
            None => (digits(seconds, 2)?, 0),
            Some((seconds, fraction)) => {
                let known = (1..=9).contains(&fraction.len());
                let padded = known.then(|| format!("{fraction:0<9}"))?;
                (digits(seconds, 2)?, digits(&padded, 9)?)
            }
        },
    };
    if parts.next().is_some() || hours > 23 || minutes > 59 || seconds > 59 {
        return None;
    }
    Some((((hours * 60 + minutes - offset) * 60) + seconds) * 1_000_000_000 + nanos)
}

fn digits(text: &str, count: usize) -> Option<i128> {
    let plain = text.len() == count && text.bytes().all(|byte| byte.is_ascii_digit());
    plain.then(|| text.parse().ok()).flatten()
}

fn days_in(year: i128, month: i128) -> i128 {
    match month {
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// Days of the proleptic Gregorian calendar: years begin in March, so that the leap day comes last.
fn days_since_1970(year: i128, month: i128, day: i128) -> i128 {
    let year = if month <= 2 { year - 1 } else { year };
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    365 * year + year.div_euclid(4) - year.div_euclid(100) + year.div_euclid(400) + day_of_year
        - 719_468
}

/// Whether two booleans are the same.
pub(super) fn booleans(one: &str, other: &str) -> Option<bool> {
    Some(boolean(one)? == boolean(other)?)
}

/// `true` or `false`; another case is not documented.
pub(super) fn boolean(text: &str) -> Option<bool> {
    match text {
        "true" => Some(true),
        "false" => Some(false),
        _ => None,
    }
}

/// Whether an address lies in a range: `203.0.113.0/24`, or one address.
pub(super) fn in_range(address: &str, range: &str) -> Option<bool> {
    let address: IpAddr = address.parse().ok()?;
    let (network, prefix) = match range.split_once('/') {
        Some((network, prefix)) => {
            let plain =
                (1..=3).contains(&prefix.len()) && prefix.bytes().all(|b| b.is_ascii_digit());
            (
                network,
                Some(plain.then(|| prefix.parse::<u32>().ok()).flatten()?),
            )
        }
        None => (range, None),
    };
    let (bits, length, same) = match (address, network.parse().ok()?) {
        (IpAddr::V4(address), IpAddr::V4(network)) => {
            let bits = u128::from(address.to_bits() ^ network.to_bits()) << 96;
            (bits, 32, true)
        }
        (IpAddr::V6(address), IpAddr::V6(network)) => {
            (address.to_bits() ^ network.to_bits(), 128, true)
        }
        (_, IpAddr::V4(_)) => (0, 32, false),
        (_, IpAddr::V6(_)) => (0, 128, false),
    };
    let prefix = prefix.unwrap_or(length);
    if prefix > length {
        return None;
    }
    Some(same && bits.checked_shr(128 - prefix).unwrap_or(0) == 0)
}
