//! Writes dates and instants as text, in UTC and the Gregorian calendar, for every value Arrow can hold.
//!
//! In: days or ticks since 1970-01-01T00:00:00Z. Out: `2026-01-05` or `2026-01-05 08:12:33.123456`, without the
//! fraction's trailing zeros. Years outside 0 to 9999 are written with a sign.
//! Never: fails, knows a time zone other than UTC, looks at the clock.
//! Why not chrono through Arrow's formatter: it refuses instants beyond the year 262,142, and a single such
//! value in a log must not cost the whole result.

use std::fmt::{Result, Write};

const SECONDS_PER_DAY: i64 = 86_400;

/// Who reads the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Style {
    /// People: `2026-01-05 08:12:33`.
    Human,
    /// Programs: `2026-01-05T08:12:33Z` (RFC 3339).
    Machine,
}

/// A time in microseconds since 1970-01-01 UTC, for people: `2026-01-05 08:12:33 UTC`.
pub fn instant(at: i64) -> String {
    written(at, Style::Human) + " UTC"
}

/// A time in microseconds since 1970-01-01 UTC, for programs: `2026-01-05T08:12:33Z` (RFC 3339).
pub fn timestamp(at: i64) -> String {
    written(at, Style::Machine)
}

fn written(at: i64, style: Style) -> String {
    let mut text = String::new();
    // Writing to a text does not fail.
    let _ = write_instant(&mut text, at, 1_000_000, style);
    text
}

/// The date of a day counted from 1970-01-01.
pub(super) fn write_date(out: &mut String, day: i64) -> Result {
    let (year, month, day) = civil(day);
    if (0..=9999).contains(&year) {
        write!(out, "{year:04}-{month:02}-{day:02}")
    } else {
        write!(out, "{year:+05}-{month:02}-{day:02}")
    }
}

/// The instant `ticks / ticks_per_s` seconds after the epoch; `ticks_per_s` is a power of ten.
pub(super) fn write_instant(
    out: &mut String,
    ticks: i64,
    ticks_per_s: i64,
    style: Style,
) -> Result {
    let (seconds, fraction) = (ticks.div_euclid(ticks_per_s), ticks.rem_euclid(ticks_per_s));
    let second_of_day = seconds.rem_euclid(SECONDS_PER_DAY);
    write_date(out, seconds.div_euclid(SECONDS_PER_DAY))?;
    out.push(if style == Style::Human { ' ' } else { 'T' });
    write!(
        out,
        "{:02}:{:02}:{:02}",
        second_of_day / 3600,
        second_of_day / 60 % 60,
        second_of_day % 60
    )?;
    if fraction != 0 {
        // The leading 1 keeps the zeros after the point; it is then overwritten by skipping it.
        let digits = (ticks_per_s + fraction).to_string();
        write!(out, ".{}", digits[1..].trim_end_matches('0'))?;
    }
    if style == Style::Machine {
        out.push('Z');
    }
    Ok(())
}

/// Year, month and day of a day count (H. Hinnant, "chrono-Compatible Low-Level Date Algorithms", 2014).
fn civil(day: i64) -> (i64, i64, i64) {
    let shifted = day + 719_468; // days from 0000-03-01, so that leap days end years
    let era = shifted.div_euclid(146_097);
    let day_of_era = shifted.rem_euclid(146_097);
    let year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = if month_from_march < 10 {
        month_from_march + 3
    } else {
        month_from_march - 9
    };
    (year_of_era + era * 400 + i64::from(month <= 2), month, day)
}
