//! Periods: what `7d`, `2026-03` or a date mean in a time zone, and which period lies before another.
//!
//! Times are microseconds since 1970-01-01 UTC; a period ends before its end. Days and months are
//! those of the zone, so a day may have 23 or 25 hours.

use arrow::compute::kernels::cast_utils::string_to_timestamp_nanos;

use crate::error::{Error, Result};
use crate::lake::Lake;
use crate::lake::layout::Day;
use crate::signin::zone::Zone;

const DAY_US: i64 = 86_400_000_000;

/// Where relative times count from, and whose days are meant.
#[derive(Debug, Clone)]
pub struct Clock {
    pub zone: Zone,
    /// First and last event of the lake; 0 where it has none.
    pub oldest: i64,
    pub newest: i64,
}

/// A period.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Period {
    pub since: i64,
    pub until: i64,
}

impl Clock {
    /// The clock of a lake.
    pub fn of(lake: &Lake, zone: Zone) -> Self {
        let horizon = lake.manifest().horizon();
        let spans = horizon.iter().flat_map(|(.., hours)| hours.0.values());
        let span = spans.map(|span| (span.0, span.1));
        let span = span.reduce(|a, b| (a.0.min(b.0), a.1.max(b.1)));
        let (oldest, newest) = span.unwrap_or((0, 0));
        Self {
            zone,
            oldest,
            newest,
        }
    }

    /// `oldest`, `newest`, a span back from the newest record (`7d`, `12h`), a month, a date, or a
    /// time, which is one of the zone unless it names its own.
    pub fn time(&self, text: &str) -> Option<i64> {
        match text {
            "oldest" => return Some(self.oldest),
            // One past the newest record, since periods end before their end.
            "newest" => return self.newest.checked_add(1),
            _ => {}
        }
        if let Some((count, unit)) = span(text) {
            return self.back(self.newest, count, unit);
        }
        if let Some(day) = month(text).or_else(|| date(text)) {
            return Some(self.zone.instant(day.start()));
        }
        let (_, clock) = text.split_once(['T', ' '])?;
        // Seconds may be left out.
        let whole = format!("{text}{}", if clock.len() == 5 { ":00" } else { "" });
        let at = string_to_timestamp_nanos(&whole).ok()?.div_euclid(1000);
        let names_zone = clock.ends_with(['Z', 'z']) || clock.contains(['+', '-']);
        Some(match names_zone {
            true => at,
            false => self.zone.instant(at),
        })
    }

    /// So many days of the zone, or hours, before a time.
    fn back(&self, at: i64, count: u32, unit: char) -> Option<i64> {
        let count = i64::from(count);
        match unit {
            'h' => at.checked_sub(count.checked_mul(DAY_US / 24)?),
            _ => {
                let wall = self
                    .zone
                    .local(at)
                    .checked_sub(count.checked_mul(DAY_US)?)?;
                Some(self.zone.instant(wall))
            }
        }
    }

    /// The period that a word of `--compare` means: `previous`, a span right before this one, a
    /// month, a day, or `FROM..UNTIL`.
    pub fn compared(&self, period: Period, text: &str) -> Result<Period> {
        let found = match text {
            "previous" => Some(self.previous(period)),
            _ => self.named(period, text),
        };
        found.filter(|p| p.since < p.until).ok_or_else(|| {
            let may = "previous, a span such as 30d, a month, a day, or FROM..UNTIL";
            Error::Usage(format!("--compare {text}: no period; it may be {may}"))
        })
    }

    fn named(&self, period: Period, text: &str) -> Option<Period> {
        if let Some((since, until)) = text.split_once("..") {
            let (since, until) = (self.time(since)?, self.time(until)?);
            return Some(Period { since, until });
        }
        if let Some((count, unit)) = span(text) {
            let since = self.back(period.since, count, unit)?;
            let until = period.since;
            return Some(Period { since, until });
        }
        let (first, after) = match month(text) {
            Some(day) => (day, month_after(day, 1)),
            None => date(text).map(|day| (day, day.plus(1)))?,
        };
        Some(Period {
            since: self.zone.instant(first.start()),
            until: self.zone.instant(after.start()),
        })
    }

    /// The period of the same length right before: as many months for whole months, as many days
    /// of the zone for a day and longer.
    pub fn previous(&self, period: Period) -> Period {
        let wall = [period.since, period.until].map(|at| self.zone.local(at));
        let months = wall.map(month_begun);
        let until = period.since;
        let length = wall[1] - wall[0];
        let since = match months {
            [Some(first), Some(after)] if first < after => {
                let day = month_after(Day::of(wall[0]), -(after - first));
                self.zone.instant(day.start())
            }
            _ if length >= DAY_US => self.zone.instant(wall[0] - length),
            _ => until - (period.until - period.since),
        };
        Period { since, until }
    }

    /// Days of the zone from the begin of one period to that of another.
    pub fn days_between(&self, from: Period, to: Period) -> i32 {
        let day = |period: Period| Day::of(self.zone.local(period.since)).0;
        day(to) - day(from)
    }
}

/// `7d` or `12h`.
fn span(text: &str) -> Option<(u32, char)> {
    let unit = text.chars().last().filter(|c| matches!(c, 'd' | 'h'))?;
    let count = &text[..text.len() - 1];
    let digits = !count.is_empty() && count.bytes().all(|b| b.is_ascii_digit());
    digits.then(|| Some((count.parse().ok()?, unit)))?
}

/// The first day of `2026-03`.
fn month(text: &str) -> Option<Day> {
    (text.len() == 7).then(|| date(&format!("{text}-01")))?
}

/// The day of `2026-03-01`.
fn date(text: &str) -> Option<Day> {
    (text.len() == 10).then(|| Day::parse(text))?
}

/// The months since year 0 at whose begin a wall clock stands.
fn month_begun(wall: i64) -> Option<i64> {
    let name = Day::of(wall).name();
    let is_begin = wall.rem_euclid(DAY_US) == 0 && name.ends_with("-01");
    let mut parts = is_begin.then(|| name.split('-'))?;
    let mut next = || parts.next()?.parse::<i64>().ok();
    Some(next()? * 12 + next()? - 1)
}

/// The first day of the month so many months after that of a first day.
fn month_after(first: Day, months: i64) -> Day {
    let begun = month_begun(first.start()).unwrap_or(0) + months;
    let (year, month) = (begun.div_euclid(12), begun.rem_euclid(12) + 1);
    Day::parse(&format!("{year:04}-{month:02}-01")).unwrap_or(first)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn clock(zone: &str, newest: &str) -> Clock {
        let zone = Zone::parse(zone).expect("a zone");
        let newest = string_to_timestamp_nanos(newest).expect("a time") / 1000;
        Clock {
            zone,
            oldest: 0,
            newest,
        }
    }

    fn at(text: &str) -> i64 {
        string_to_timestamp_nanos(text).expect("a time") / 1000
    }

    #[test]
    fn times() {
        let utc = clock("UTC", "2026-03-05T12:00:00Z");
        let cases = [
            ("2026-01-02", "2026-01-02T00:00:00Z"),
            ("2026-01", "2026-01-01T00:00:00Z"),
            ("2026-01-02T00:00:01Z", "2026-01-02T00:00:01Z"),
            ("2026-01-02T00:00:01+01:00", "2026-01-01T23:00:01Z"),
            ("2026-01-02 08:00", "2026-01-02T08:00:00Z"),
            ("7d", "2026-02-26T12:00:00Z"),
            ("12h", "2026-03-05T00:00:00Z"),
        ];
        for (text, wanted) in cases {
            assert_eq!(utc.time(text), Some(at(wanted)), "{text}");
        }
        for text in [
            "soon",
            "",
            "d",
            "-7d",
            "2026-13",
            "2026-02-30",
            "7 d",
            "Ümd",
        ] {
            assert_eq!(utc.time(text), None, "{text}");
        }
    }

    #[test]
    fn days_of_a_zone_over_a_change_of_clocks() {
        // The 29th of March has 23 hours in Berlin.
        let berlin = clock("Europe/Berlin", "2026-03-30T10:00:00Z");
        assert_eq!(berlin.time("1d"), Some(at("2026-03-29T10:00:00Z")));
        assert_eq!(berlin.time("2d"), Some(at("2026-03-28T11:00:00Z")));
        assert_eq!(berlin.time("24h"), Some(at("2026-03-29T10:00:00Z")));
        assert_eq!(berlin.time("2026-03"), Some(at("2026-02-28T23:00:00Z")));
        assert_eq!(berlin.time("2026-04"), Some(at("2026-03-31T22:00:00Z")));
        assert_eq!(
            berlin.time("2026-07-01T08:00"),
            Some(at("2026-07-01T06:00:00Z"))
        );
    }

    #[test]
    fn the_period_before() {
        let berlin = clock("Europe/Berlin", "2026-06-01T10:00:00Z");
        let period = |since: &str, until: &str| Period {
            since: berlin.time(since).expect("a time"),
            until: berlin.time(until).expect("a time"),
        };
        let previous = |since, until| berlin.previous(period(since, until));
        assert_eq!(previous("2026-03", "2026-04"), period("2026-02", "2026-03"));
        assert_eq!(previous("2026-01", "2026-04"), period("2025-10", "2026-01"));
        // Two days, of which one has 23 hours, after two of 24.
        let days = previous("2026-03-29", "2026-03-31");
        assert_eq!(days, period("2026-03-27", "2026-03-29"));
        let hours = previous("2026-03-29T00:00:00Z", "2026-03-29T06:00:00Z");
        assert_eq!(hours.since, at("2026-03-28T18:00:00Z"));
        let asked = |text| berlin.compared(period("2026-03", "2026-04"), text);
        assert_eq!(
            asked("2025-12").expect("a period"),
            period("2025-12", "2026-01")
        );
        assert_eq!(
            asked("7d").expect("a period"),
            period("2026-02-22", "2026-03")
        );
        let range = asked("2026-01-05..2026-01-07").expect("a period");
        assert_eq!(range, period("2026-01-05", "2026-01-07"));
        assert!(asked("2026-02-02..2026-02-01").is_err());
        assert!(asked("lately").is_err());
    }
}
