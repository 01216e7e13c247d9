//! Times in pasted text and in stories; all in microseconds since 1970-01-01 UTC.

use serde::Serializer;

use crate::present::{instant, timestamp};

const SECOND_US: i64 = 1_000_000;
/// One day.
pub(super) const DAY_US: i64 = 86_400 * SECOND_US;
/// One hour.
pub(super) const HOUR_US: i64 = 3_600 * SECOND_US;

/// Writes a time as RFC 3339.
pub(super) fn time<S: Serializer>(at: &i64, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&timestamp(*at))
}

/// Writes a time as RFC 3339, none as null.
pub(super) fn optional_time<S: Serializer>(
    at: &Option<i64>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    match at {
        Some(at) => time(at, serializer),
        None => serializer.serialize_none(),
    }
}

/// A time to the second: `2026-01-05 08:12:33 UTC`.
pub(super) fn to_second(at: i64) -> String {
    instant(at.div_euclid(SECOND_US) * SECOND_US)
}

/// The time of day to a tenth of a second: `08:12:33.4`.
pub(super) fn time_of_day(at: i64) -> String {
    let tenths = at.rem_euclid(DAY_US) / (SECOND_US / 10);
    let seconds = tenths / 10;
    let (hours, minutes) = (seconds / 3600, seconds / 60 % 60);
    format!(
        "{hours:02}:{minutes:02}:{:02}.{}",
        seconds % 60,
        tenths % 10
    )
}

/// A span for people: `11.4 s`, `2 min 41 s`, `3 h 12 min`, `2 d 4 h`.
pub(super) fn span(us: i64) -> String {
    let seconds = us / SECOND_US;
    match seconds {
        ..60 => format!("{:.1} s", us as f64 / 1e6),
        60..3600 => format!("{} min {} s", seconds / 60, seconds % 60),
        3600..86_400 => format!("{} h {} min", seconds / 3600, seconds / 60 % 60),
        _ => format!("{} d {} h", seconds / 86_400, seconds / 3600 % 24),
    }
}

/// The first time in a text that is written year first: `2026-01-05 08:00:00Z`, with `T`, a fraction
/// or an offset. Without an offset it is taken as UTC.
pub(super) fn find_instant(text: &str) -> Option<i64> {
    let bytes = text.as_bytes();
    (0..bytes.len()).find_map(|at| {
        let before = at.checked_sub(1).and_then(|b| bytes.get(b));
        let begins = !before.is_some_and(u8::is_ascii_alphanumeric);
        begins.then(|| instant_at(&bytes[at..])).flatten()
    })
}

fn instant_at(bytes: &[u8]) -> Option<i64> {
    let number = |from: usize, to: usize| -> Option<i64> {
        let digits = bytes.get(from..to)?;
        let mut value = 0;
        for digit in digits {
            value = value * 10 + i64::from(digit.is_ascii_digit().then(|| digit - b'0')?);
        }
        Some(value)
    };
    let marks = [(4, "-"), (7, "-"), (10, "T "), (13, ":"), (16, ":")];
    let marked =
        |(at, any): &(usize, &str)| bytes.get(*at).is_some_and(|b| any.as_bytes().contains(b));
    if !marks.iter().all(marked) {
        return None;
    }
    let (year, month, day) = (number(0, 4)?, number(5, 7)?, number(8, 10)?);
    let (hour, minute, second) = (number(11, 13)?, number(14, 16)?, number(17, 19)?);
    let in_range = (1..=12).contains(&month)
        && (1..=31).contains(&day)
        && hour < 24
        && minute < 60
        && second <= 60;
    if !in_range {
        return None;
    }
    let rest = bytes.get(19..).unwrap_or_default();
    let fraction = match rest.first() {
        Some(b'.') => 1 + rest[1..].iter().take_while(|b| b.is_ascii_digit()).count(),
        _ => 0,
    };
    let seconds = days(year, month, day) * 86_400 + hour * 3600 + minute * 60 + second;
    Some((seconds - offset_s(&rest[fraction..])) * SECOND_US)
}

/// Seconds east of UTC of an offset such as `+01:00`; 0 for anything else.
fn offset_s(text: &[u8]) -> i64 {
    let digit = |at: usize| {
        text.get(at)
            .filter(|b| b.is_ascii_digit())
            .map(|b| i64::from(b - b'0'))
    };
    let sign = match text.first() {
        Some(b'+') => 1,
        Some(b'-') => -1,
        _ => return 0,
    };
    let minutes_at = if text.get(3) == Some(&b':') { 4 } else { 3 };
    let parts = [digit(1), digit(2), digit(minutes_at), digit(minutes_at + 1)];
    match parts {
        [Some(a), Some(b), Some(c), Some(d)] => sign * ((a * 10 + b) * 3600 + (c * 10 + d) * 60),
        _ => 0,
    }
}

/// Days since 1970-01-01 of a date of the Gregorian calendar (H. Hinnant, 2014).
fn days(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    era * 146_097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719_468
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_in_text() {
        let eight = Some(1_767_600_000_000_000);
        for text in [
            "2026-01-05 08:00:00Z",
            "Timestamp: 2026-01-05T08:00:00.1234567Z.",
            "at 2026-01-05T09:00:00+01:00",
            "2026-01-05T05:30:00-0230",
            "2026-01-05 08:00:00",
        ] {
            assert_eq!(find_instant(text), eight, "{text}");
        }
        assert_eq!(
            find_instant("2026-13-05 08:00:00Z, 1/5/2026, 8:00:00 AM"),
            None
        );
        assert_eq!(
            find_instant("2024-02-29T00:00:00Z"),
            Some(1_709_164_800_000_000)
        );
    }

    #[test]
    fn spans_and_clocks() {
        assert_eq!(span(11_400_000), "11.4 s");
        assert_eq!(span(161_000_000), "2 min 41 s");
        assert_eq!(span(2 * DAY_US + 4 * HOUR_US), "2 d 4 h");
        assert_eq!(
            time_of_day(1_767_600_000_000_000 + 61_450_000),
            "08:01:01.4"
        );
        assert_eq!(to_second(1_767_600_000_999_999), "2026-01-05 08:00:00 UTC");
    }
}
