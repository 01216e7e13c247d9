//! Reads the timestamp forms of sign-in exports into microseconds since 1970-01-01 UTC.
//!
//! Fractions of any length are truncated, never rounded. A form without zone is UTC.

use std::borrow::Cow;

/// Which of two numbers before a year is the day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DateOrder {
    DayFirst,
    MonthFirst,
}

/// How the times of one file are meant where their text does not say it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Clock {
    /// `None` where nothing settled it; then only dates that show it are read.
    pub order: Option<DateOrder>,
    /// Seconds east of UTC of culture dates without zone.
    pub offset_s: i64,
}

/// Microseconds since 1970-01-01 UTC of an ISO 8601 time (`2025-04-11T16:15:30.5431359+00:00`,
/// `…Z`, a space for the `T`, no fraction, no zone) or of the US form that envelopes of late 2025
/// use (`11/14/2025 1:48:53 AM`, month first, UTC). `None` for anything else.
pub fn parse(text: &str) -> Option<i64> {
    parse_by(text, LOGS)
}

/// How logs mean their times, whatever the culture of a file.
pub(super) const LOGS: Clock = Clock {
    order: Some(DateOrder::MonthFirst),
    offset_s: 0,
};

/// As [`parse`], with dates as this file writes them.
pub fn parse_by(text: &str, clock: Clock) -> Option<i64> {
    let bytes = text.trim_ascii().as_bytes();
    match bytes.get(4) {
        Some(b'-') if digits(bytes, 0, 4).is_some() => iso(bytes),
        _ => culture(&plain(text), clock).or_else(|| milliseconds(text)),
    }
}

/// Seconds east of UTC of `UTC`, `Z`, `+01:00` or `-0530`.
pub fn parse_zone(text: &str) -> Option<i64> {
    let text = text.trim();
    let text = text.strip_prefix("UTC").unwrap_or(text);
    zone(text.as_bytes())
}

fn digits(bytes: &[u8], from: usize, count: usize) -> Option<i64> {
    let mut value = 0;
    for b in bytes.get(from..from + count)? {
        if !b.is_ascii_digit() {
            return None;
        }
        value = value * 10 + i64::from(b - b'0');
    }
    Some(value)
}

fn iso(b: &[u8]) -> Option<i64> {
    let (year, month, day) = (digits(b, 0, 4)?, digits(b, 5, 2)?, digits(b, 8, 2)?);
    if b.get(7) != Some(&b'-') || !matches!(b.get(10), Some(b'T' | b't' | b' ')) {
        return None;
    }
    let (hour, minute, second) = (digits(b, 11, 2)?, digits(b, 14, 2)?, digits(b, 17, 2)?);
    if b[13] != b':' || b[16] != b':' {
        return None;
    }
    let mut at = 19;
    let mut micros = 0;
    if b.get(at) == Some(&b'.') {
        at += 1;
        let mut unit = 100_000;
        while let Some(digit) = b.get(at).filter(|d| d.is_ascii_digit()) {
            micros += i64::from(digit - b'0') * unit;
            unit /= 10;
            at += 1;
        }
    }
    let offset_s = zone(b.get(at..)?)?;
    let base = civil(year, month, day, hour, minute, second)?;
    Some((base - offset_s) * 1_000_000 + micros)
}

/// Seconds east of UTC.
fn zone(b: &[u8]) -> Option<i64> {
    match b {
        [] | [b'Z' | b'z'] => Some(0),
        [sign @ (b'+' | b'-'), rest @ ..] => {
            let colon = usize::from(rest.get(2) == Some(&b':'));
            if rest.len() != 4 + colon {
                return None;
            }
            let (hours, minutes) = (digits(rest, 0, 2)?, digits(rest, 2 + colon, 2)?);
            if hours > 14 || minutes > 59 {
                return None;
            }
            let east = hours * 3600 + minutes * 60;
            Some(if *sign == b'-' { -east } else { east })
        }
        _ => None,
    }
}

/// What the text of a time says of the order of day and month.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Evidence {
    /// The year comes first, or there is no date at all.
    None,
    /// It shows the order.
    Settles(DateOrder),
    /// Both numbers could be the month.
    Open,
}

/// What a text says of the order of day and month in its file.
pub fn evidence(text: &str) -> Evidence {
    let text = plain(text);
    match culture_date(&text) {
        Some((Date::Open(first, second, _), _)) => match (first > 12, second > 12) {
            (true, false) => Evidence::Settles(DateOrder::DayFirst),
            (false, true) => Evidence::Settles(DateOrder::MonthFirst),
            _ => Evidence::Open,
        },
        _ => Evidence::None,
    }
}

enum Date {
    /// Year, month, day.
    Known(i64, i64, i64),
    /// Two numbers, then the year.
    Open(i64, i64, i64),
}

/// The text without the narrow spaces that browsers put before AM and PM.
fn plain(text: &str) -> Cow<'_, str> {
    let text = text.trim();
    if text.is_ascii() {
        return Cow::Borrowed(text);
    }
    Cow::Owned(text.replace(['\u{202f}', '\u{a0}', '\u{200e}'], " "))
}

/// The date that a text begins with, and the rest behind it.
fn culture_date(text: &str) -> Option<(Date, &str)> {
    let end = text.find([' ', ',', 'T'])?;
    let (date, rest) = text.split_at(end);
    let by = date.chars().find(|c| !c.is_ascii_digit())?;
    let mut numbers = date.trim_end_matches('.').split(by);
    let mut next = || numbers.next()?.parse::<u16>().ok().map(i64::from);
    let (a, b, c) = (next()?, next()?, next()?);
    let four = |n: i64| (1000..=9999).contains(&n);
    let date = match by {
        '/' | '.' | '-' if four(a) => Date::Known(a, b, c),
        // No culture writes the month first with dots.
        '.' if four(c) => Date::Known(c, b, a),
        '/' | '-' if four(c) => Date::Open(a, b, c),
        _ => return None,
    };
    numbers
        .next()
        .is_none()
        .then_some((date, rest.trim_start_matches([',', ' ', 'T'])))
}

fn culture(text: &str, clock: Clock) -> Option<i64> {
    let (date, rest) = culture_date(text)?;
    let (year, month, day) = match (date, clock.order, evidence(text)) {
        (Date::Known(year, month, day), _, _) => (year, month, day),
        (Date::Open(first, second, year), Some(DateOrder::DayFirst), _)
        | (Date::Open(first, second, year), None, Evidence::Settles(DateOrder::DayFirst)) => {
            (year, second, first)
        }
        (Date::Open(first, second, year), Some(DateOrder::MonthFirst), _)
        | (Date::Open(first, second, year), None, Evidence::Settles(DateOrder::MonthFirst)) => {
            (year, first, second)
        }
        _ => return None,
    };
    let mut parts = rest.split_ascii_whitespace();
    let (hour, minute, second, micros) = time_of_day(parts.next()?)?;
    let mut parts = parts.peekable();
    let half = parts.next_if(|p| p.starts_with(['A', 'a', 'P', 'p']));
    let hour = match half
        .map(|h| h.to_ascii_lowercase().replace('.', ""))
        .as_deref()
    {
        Some("am") if (1..=12).contains(&hour) => hour % 12,
        Some("pm") if (1..=12).contains(&hour) => hour % 12 + 12,
        None => hour,
        _ => return None,
    };
    let east = match parts.next() {
        Some(written) => zone(written.as_bytes())?,
        None => clock.offset_s,
    };
    if parts.next().is_some() {
        return None;
    }
    let seconds = civil(year, month, day, hour, minute, second)?;
    Some((seconds - east) * 1_000_000 + micros)
}

/// Hour, minute, second and microseconds of `8:02:00.123` or `08.02.00`.
fn time_of_day(text: &str) -> Option<(i64, i64, i64, i64)> {
    let by = if text.contains(':') { ':' } else { '.' };
    let mut parts = text.splitn(3, by);
    let mut next = || parts.next();
    let (hour, minute, second) = (next()?, next()?, next().unwrap_or("0"));
    let (second, fraction) = second.split_once('.').unwrap_or((second, ""));
    let number = |text: &str| text.parse::<u8>().ok().map(i64::from);
    let mut micros = 0;
    let mut unit = 100_000;
    for digit in fraction.bytes() {
        micros += i64::from(digit.is_ascii_digit().then(|| digit - b'0')?) * unit;
        unit /= 10;
    }
    Some((number(hour)?, number(minute)?, number(second)?, micros))
}

/// `/Date(1700000000000)/`, as Windows PowerShell serialises a date: milliseconds UTC.
fn milliseconds(text: &str) -> Option<i64> {
    let inner = text.strip_prefix("/Date(")?.strip_suffix(")/")?;
    let at: i64 = inner.parse().ok()?;
    (0..253_402_300_800_000).contains(&at).then(|| at * 1000)
}

/// Seconds since 1970-01-01, by the days-from-civil algorithm of H. Hinnant.
fn civil(year: i64, month: i64, day: i64, hour: i64, minute: i64, second: i64) -> Option<i64> {
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let month_days = match month {
        2 => 28 + i64::from(leap),
        4 | 6 | 9 | 11 => 30,
        1..=12 => 31,
        _ => return None,
    };
    let valid = (1..=month_days).contains(&day) && hour < 24 && minute < 60 && second < 61;
    if !valid || !(1970..=9999).contains(&year) {
        return None;
    }
    let y = if month <= 2 { year - 1 } else { year };
    let era = y.div_euclid(400);
    let yoe = y.rem_euclid(400);
    let doy = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    let doe = yoe * 365 + yoe / 4 - yoe / 100 + doy;
    let days = era * 146_097 + doe - 719_468;
    Some(days * 86_400 + hour * 3600 + minute * 60 + second.min(59))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms() {
        let at = Some(1_744_388_130_543_135);
        assert_eq!(parse("2025-04-11T16:15:30.5431359+00:00"), at);
        assert_eq!(parse("2025-04-11T16:15:30.543135Z"), at);
        assert_eq!(parse("2025-04-11 11:15:30.543135999-05:00"), at);
        assert_eq!(parse("2025-04-11T16:15:30"), Some(1_744_388_130_000_000));
        assert_eq!(parse("11/14/2025 1:48:53 AM"), Some(1_763_084_933_000_000));
        assert_eq!(parse("12/12/2025 12:03:58 PM"), Some(1_765_541_038_000_000));
    }

    #[test]
    fn culture_dates() {
        let by = |order, offset_s| Clock {
            order: Some(order),
            offset_s,
        };
        let day = by(DateOrder::DayFirst, 0);
        let month = by(DateOrder::MonthFirst, 0);
        let at = Some(1_705_305_725_000_000); // 2024-01-15T08:02:05Z
        assert_eq!(parse_by("15/01/2024 08:02:05", day), at);
        assert_eq!(parse_by("15/01/2024 08:02:05", Clock::default()), at);
        assert_eq!(parse_by("15.01.2024 08:02:05", month), at);
        assert_eq!(parse_by("15.01.2024 08.02.05", Clock::default()), at);
        assert_eq!(parse_by("2024/01/15 8:02:05", Clock::default()), at);
        assert_eq!(
            parse_by("15/01/2024 09:02:05", by(DateOrder::DayFirst, 3600)),
            at
        );
        assert_eq!(
            parse_by(
                "1/15/2024 10:02:05 AM +02:00",
                by(DateOrder::MonthFirst, 99)
            ),
            at
        );
        assert_eq!(parse_by("1/15/2024, 8:02:05\u{202f}AM", month), at);
        assert_eq!(
            parse_by("1/15/2024, 8:02:05.123 AM", month),
            at.map(|t| t + 123_000)
        );
        assert_eq!(parse("/Date(1705305725000)/"), at);
        assert_eq!(parse_by("1/2/2024 8:02:05", Clock::default()), None);
        assert_eq!(parse_by("15/01/2024 08:02:05", month), None);
        assert_eq!(evidence("1/2/2024 8:02:05"), Evidence::Open);
        assert_eq!(evidence("2024-01-02T08:02:05Z"), Evidence::None);
        assert_eq!(
            evidence("1/22/2024 8:02"),
            Evidence::Settles(DateOrder::MonthFirst)
        );
        assert_eq!(parse_zone("+05:30"), Some(19_800));
        assert_eq!(parse_zone("UTC"), Some(0));
        assert_eq!(parse_zone("CET"), None);
    }

    #[test]
    fn nonsense() {
        for text in [
            "",
            "2025-02-29T00:00:00Z",
            "2025-13-01T00:00:00Z",
            "2025-04-11",
            "yesterday",
            "2025-04-11T16:15:30+99:00",
            "13/13/2025 1:00:00 AM",
            "2025-04-11T16:15:3é",
            "0001-01-01T00:00:00Z",
        ] {
            assert_eq!(parse(text), None, "{text}");
        }
    }
}
