//! Counts time in ticks of 100 ns since 1970 UTC and writes it as the exports do.
//!
//! No clock is read here: every instant comes from the options and the dice.

use super::text::{push, push_number};

/// Time in units of 100 ns since 1970-01-01T00:00:00Z, the precision of `createdDateTime`.
pub(super) type Ticks = i64;

/// One millisecond.
pub(super) const MILLI: Ticks = 10_000;
/// One second.
pub(super) const SECOND: Ticks = 1_000 * MILLI;
/// One minute.
pub(super) const MINUTE: Ticks = 60 * SECOND;
/// One hour.
pub(super) const HOUR: Ticks = 60 * MINUTE;
/// One day.
pub(super) const DAY: Ticks = 24 * HOUR;

/// Days since 1970-01-01 of a date of the Gregorian calendar.
pub(super) fn days_from_civil(year: i32, month: u32, day: u32) -> i64 {
    let year = i64::from(year) - i64::from(month <= 2);
    let era = year.div_euclid(400);
    let year_of_era = year - era * 400;
    let shifted = (i64::from(month) + 9) % 12;
    let day_of_year = (153 * shifted + 2) / 5 + i64::from(day) - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    era * 146_097 + day_of_era - 719_468
}

/// Year, month and day of a number of days since 1970-01-01.
pub(super) fn civil_from_days(days: i64) -> (i64, u32, u32) {
    let shifted = days + 719_468;
    let era = shifted.div_euclid(146_097);
    let day_of_era = shifted - era * 146_097;
    let year_of_era =
        (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted_month = (5 * day_of_year + 2) / 153;
    let day = (day_of_year - (153 * shifted_month + 2) / 5 + 1) as u32;
    let month = if shifted_month < 10 {
        shifted_month + 3
    } else {
        shifted_month - 9
    } as u32;
    (year_of_era + era * 400 + i64::from(month <= 2), month, day)
}

/// Day of the week, 0 = Monday.
pub(super) fn weekday(at: Ticks) -> usize {
    (at.div_euclid(DAY) + 3).rem_euclid(7) as usize
}

/// Hour of the day, 0 to 23.
pub(super) fn hour_of_day(at: Ticks) -> usize {
    (at.rem_euclid(DAY) / HOUR) as usize
}

/// Writes `2026-01-05`.
pub(super) fn push_day(out: &mut Vec<u8>, at: Ticks) {
    let (year, month, day) = civil_from_days(at.div_euclid(DAY));
    let [a, b] = two((year / 100) as u32);
    let [c, d] = two((year % 100) as u32);
    let [e, f] = two(month);
    let [g, h] = two(day);
    out.extend_from_slice(&[a, b, c, d, b'-', e, f, b'-', g, h]);
}

/// Writes `2026-01-05T08:00:00`.
pub(super) fn push_seconds(out: &mut Vec<u8>, at: Ticks) {
    push_day(out, at);
    let second = (at.rem_euclid(DAY) / SECOND) as u32;
    let [a, b] = two(second / 3_600);
    let [c, d] = two(second / 60 % 60);
    let [e, f] = two(second % 60);
    out.extend_from_slice(&[b'T', a, b, b':', c, d, b':', e, f]);
}

/// The seven digits after the second.
fn fraction(at: Ticks) -> [u8; 7] {
    let mut rest = at.rem_euclid(SECOND) as u32;
    let mut digits = [b'0'; 7];
    for digit in digits.iter_mut().rev() {
        *digit = b'0' + (rest % 10) as u8;
        rest /= 10;
    }
    digits
}

/// Writes an envelope's `time`: seven digits, zeros kept, `Z`.
pub(super) fn push_envelope_time(out: &mut Vec<u8>, at: Ticks) {
    push_seconds(out, at);
    out.push(b'.');
    out.extend_from_slice(&fraction(at));
    out.push(b'Z');
}

/// Writes an event's time: up to seven digits, zeros at the end trimmed, `+00:00`.
pub(super) fn push_event_time(out: &mut Vec<u8>, at: Ticks) {
    push_seconds(out, at);
    let digits = fraction(at);
    let kept = 7 - digits.iter().rev().take_while(|d| **d == b'0').count();
    if kept > 0 {
        out.push(b'.');
        out.extend_from_slice(&digits[..kept]);
    }
    out.extend_from_slice(b"+00:00");
}

/// Writes a time without a fraction, as some steps have it.
pub(super) fn push_whole_second(out: &mut Vec<u8>, at: Ticks) {
    push_seconds(out, at);
    out.extend_from_slice(b"+00:00");
}

/// Writes `1/5/2026` and, after `between`, `8:00:00 AM` with so many digits of a second.
pub(super) fn push_american(out: &mut Vec<u8>, at: Ticks, between: &str, digits: usize) {
    let (year, month, day) = civil_from_days(at.div_euclid(DAY));
    let second = at.rem_euclid(DAY) / SECOND;
    let hour = second / 3_600;
    push_number(out, u64::from(month));
    out.push(b'/');
    push_number(out, u64::from(day));
    out.push(b'/');
    push_number(out, year.unsigned_abs());
    push(out, between);
    push_number(out, ((hour + 11) % 12 + 1).unsigned_abs());
    for part in [second / 60 % 60, second % 60] {
        out.push(b':');
        out.extend_from_slice(&two(part as u32));
    }
    if digits > 0 {
        out.push(b'.');
        out.extend_from_slice(&fraction(at)[..digits]);
    }
    push(out, if hour < 12 { " AM" } else { " PM" });
}

/// An instant as the truth shows it: microseconds, cut and never rounded, `Z`.
pub(super) fn shown(at: Ticks) -> String {
    let mut out = Vec::with_capacity(27);
    push_seconds(&mut out, at);
    out.push(b'.');
    out.extend_from_slice(&fraction(at)[..6]);
    out.push(b'Z');
    String::from_utf8(out).unwrap_or_default()
}

fn two(n: u32) -> [u8; 2] {
    [b'0' + (n / 10 % 10) as u8, b'0' + (n % 10) as u8]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn civil_days_go_there_and_back() {
        for (year, month, day, days) in
            [(1970, 1, 1, 0), (2000, 2, 29, 11_016), (2026, 1, 5, 20_458)]
        {
            assert_eq!(days_from_civil(year, month, day), days);
            assert_eq!(civil_from_days(days), (i64::from(year), month, day));
        }
        assert_eq!(weekday(20_458 * DAY), 0);
    }

    #[test]
    fn times_look_like_the_samples() {
        let at = 20_458 * DAY + 8 * HOUR + 1_230_000;
        let mut out = Vec::new();
        push_envelope_time(&mut out, at);
        out.push(b' ');
        push_event_time(&mut out, at);
        assert_eq!(
            String::from_utf8_lossy(&out),
            "2026-01-05T08:00:00.1230000Z 2026-01-05T08:00:00.123+00:00"
        );
        for (hour, wanted) in [
            (0, "1/5/2026, 12:00:00.123 AM"),
            (8, "1/5/2026, 8:00:00.123 AM"),
            (12, "1/5/2026, 12:00:00.123 PM"),
            (23, "1/5/2026, 11:00:00.123 PM"),
        ] {
            let mut out = Vec::new();
            push_american(&mut out, at + (hour - 8) * HOUR, ", ", 3);
            assert_eq!(String::from_utf8_lossy(&out), wanted);
        }
    }
}
