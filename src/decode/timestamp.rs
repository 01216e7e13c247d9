//! Reads the timestamp forms of sign-in exports into microseconds since 1970-01-01 UTC.
//!
//! Fractions of any length are truncated, never rounded. A form without zone is UTC.

/// Microseconds since 1970-01-01 UTC of an ISO 8601 time (`2025-04-11T16:15:30.5431359+00:00`,
/// `…Z`, a space for the `T`, no fraction, no zone) or of the US form that envelopes of late 2025
/// use (`11/14/2025 1:48:53 AM`, month first, UTC). `None` for anything else.
pub fn parse(text: &str) -> Option<i64> {
    let bytes = text.trim_ascii().as_bytes();
    match bytes.get(4) {
        Some(b'-') => iso(bytes),
        _ => us(bytes),
    }
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

fn us(b: &[u8]) -> Option<i64> {
    let text = std::str::from_utf8(b).ok()?;
    let mut parts = text.split_ascii_whitespace();
    let (date, time, half) = (parts.next()?, parts.next()?, parts.next());
    if parts.next().is_some() {
        return None;
    }
    let numbers = |text: &str, by: char| -> Option<[i64; 3]> {
        let mut values = text.split(by).map(|n| n.parse::<u16>().ok().map(i64::from));
        let all = [values.next()??, values.next()??, values.next()??];
        values.next().is_none().then_some(all)
    };
    let [month, day, year] = numbers(date, '/')?;
    let [hour, minute, second] = numbers(time, ':')?;
    let hour = match half {
        Some("AM") if (1..=12).contains(&hour) => hour % 12,
        Some("PM") if (1..=12).contains(&hour) => hour % 12 + 12,
        None => hour,
        _ => return None,
    };
    Some(civil(year, month, day, hour, minute, second)? * 1_000_000)
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
