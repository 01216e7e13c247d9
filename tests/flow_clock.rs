//! Times of hand-made flows: from what a person writes to seconds, and to what an export writes.

/// The day of a time that names none.
const DAY: &str = "2026-01-05";

/// `[YYYY-MM-DD ]HH:MM:SS[.f]` as seconds since 1970, and the digits of its fraction.
pub fn seconds(at: &str) -> (i64, String) {
    let (day, time) = at.split_once([' ', 'T']).unwrap_or((DAY, at));
    let time = time.trim_end_matches("+00:00");
    let (time, fraction) = time.split_once('.').unwrap_or((time, ""));
    let numbers = |text: &str, by: char| -> Vec<i64> {
        let parts = text.split(by).map(|part| part.parse());
        let parts: Result<_, _> = parts.collect();
        parts.unwrap_or_else(|e| panic!("{at}: {e}"))
    };
    let (day, time) = (numbers(day, '-'), numbers(time, ':'));
    let days = days_before(day[0]) + day_of_year(day[0], day[1]) + day[2] - 1;
    let seconds = time[0] * 3600 + time[1] * 60 + time.get(2).unwrap_or(&0);
    (days * 86_400 + seconds, fraction.to_owned())
}

/// Days from 1970-01-01 to the first of January of a year from 1970 on.
fn days_before(year: i64) -> i64 {
    (1970..year).map(|y| 365 + i64::from(is_leap(y))).sum()
}

fn is_leap(year: i64) -> bool {
    year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
}

/// Days from the first of January to the first of a month.
fn day_of_year(year: i64, month: i64) -> i64 {
    let february = 28 + i64::from(is_leap(year));
    let lengths = [31, february, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
    lengths[..month as usize - 1].iter().sum()
}

/// Seconds since 1970 as an export writes them.
pub fn clock(at: i64, fraction: &str) -> String {
    let (days, second) = (at.div_euclid(86_400), at.rem_euclid(86_400));
    let year = (1970..)
        .find(|y| days_before(y + 1) > days)
        .expect("a year");
    let day = days - days_before(year);
    let month = (1..=12)
        .rev()
        .find(|m| day_of_year(year, *m) <= day)
        .expect("a month");
    let dot = if fraction.is_empty() { "" } else { "." };
    format!(
        "{year}-{month:02}-{:02}T{:02}:{:02}:{:02}{dot}{fraction}+00:00",
        day - day_of_year(year, month) + 1,
        second / 3600,
        second / 60 % 60,
        second % 60
    )
}
