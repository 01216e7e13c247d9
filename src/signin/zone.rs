//! Time zones: wall clocks of instants, and the instants of wall clocks.
//!
//! In: an IANA name or an offset, times in microseconds since 1970-01-01. Exact over changes of
//! clocks: an hour that a zone skips or repeats is neither counted twice nor lost.

use std::collections::HashMap;

use arrow::array::temporal_conversions::as_datetime_with_timezone;
use arrow::array::timezone::Tz;
use arrow::datatypes::TimestampMicrosecondType;

use crate::error::{Error, Result};

const DAY_US: i64 = 86_400_000_000;
const HOUR_US: i64 = 3_600_000_000;
/// Wall clocks are remembered for so long; no zone changes its offset twice in it.
const SLOT_US: i64 = 900_000_000;

/// A time zone.
#[derive(Debug, Clone)]
pub struct Zone {
    name: String,
    zone: Tz,
}

impl Zone {
    /// The zone of a name such as `Europe/Berlin`, `UTC` or `+01:00`.
    pub fn parse(name: &str) -> Result<Self> {
        let zone = name.parse().map_err(|_| {
            let hint = "give an IANA name such as Europe/Berlin, or an offset such as +01:00";
            Error::Usage(format!("no time zone {name}: {hint}"))
        })?;
        let name = name.to_owned();
        Ok(Self { name, zone })
    }

    /// The name, as given.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What the clock on the wall shows at an instant, in microseconds as if it hung in UTC.
    pub fn local(&self, at: i64) -> i64 {
        let shown = as_datetime_with_timezone::<TimestampMicrosecondType>(at, self.zone);
        shown.map_or(at, |time| time.naive_local().and_utc().timestamp_micros())
    }

    /// The first instant at which the wall clock shows a time; where clocks are put forward over
    /// it, the instant of that change.
    pub fn instant(&self, wall: i64) -> i64 {
        let offset = |at: i64| self.local(at).saturating_sub(at);
        let near = [wall.saturating_sub(DAY_US), wall.saturating_add(DAY_US)];
        let tried = near.map(|at| wall.saturating_sub(offset(at)));
        let shows = tried.iter().filter(|at| self.local(**at) == wall);
        if let Some(at) = shows.min() {
            return *at;
        }
        let (mut before, mut after) = (tried[0].min(tried[1]) - 1, tried[0].max(tried[1]));
        while after - before > 1 {
            let middle = before + (after - before) / 2;
            match self.local(middle) < wall {
                true => before = middle,
                false => after = middle,
            }
        }
        after
    }

    /// The begin of the hour on the wall clock in which an instant lies.
    pub fn hour_start(&self, at: i64) -> i64 {
        at - self.local(at).rem_euclid(HOUR_US)
    }
}

/// Wall clocks of many instants: the offset is looked up once for each quarter of an hour.
#[derive(Debug)]
pub struct Clock<'a> {
    zone: &'a Zone,
    /// The offset of a quarter of an hour that has only one.
    offsets: HashMap<i64, Option<i64>, foldhash::fast::RandomState>,
    last: (i64, Option<i64>),
}

impl<'a> Clock<'a> {
    pub fn of(zone: &'a Zone) -> Self {
        Self {
            zone,
            offsets: HashMap::default(),
            last: (i64::MAX, None),
        }
    }

    /// As [`Zone::local`].
    pub fn local(&mut self, at: i64) -> i64 {
        if self.zone.name == "UTC" {
            return at;
        }
        let slot = at.div_euclid(SLOT_US);
        if self.last.0 != slot {
            let zone = self.zone;
            let offset = self.offsets.entry(slot).or_insert_with(|| {
                let (from, to) = (slot.checked_mul(SLOT_US)?, slot.checked_add(1)?);
                let to = to.checked_mul(SLOT_US)? - 1;
                let offset = zone.local(from) - from;
                (zone.local(to) - to == offset).then_some(offset)
            });
            self.last = (slot, *offset);
        }
        match self.last.1 {
            Some(offset) => at + offset,
            None => self.zone.local(at),
        }
    }

    /// As [`Zone::hour_start`].
    pub fn hour_start(&mut self, at: i64) -> i64 {
        at - self.local(at).rem_euclid(HOUR_US)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> i64 {
        let nanos = arrow::compute::kernels::cast_utils::string_to_timestamp_nanos(text);
        nanos.expect("a time").div_euclid(1000)
    }

    #[test]
    fn a_day_that_clocks_shorten_or_lengthen() {
        let berlin = Zone::parse("Europe/Berlin").expect("a zone");
        let day = |text: &str| berlin.instant(at(text));
        assert_eq!(day("2026-03-29"), at("2026-03-28T23:00:00Z"));
        assert_eq!(day("2026-03-30") - day("2026-03-29"), 23 * HOUR_US);
        assert_eq!(day("2026-10-26") - day("2026-10-25"), 25 * HOUR_US);
        // 02:30 is skipped in spring, and stands twice in autumn.
        assert_eq!(day("2026-03-29T02:30:00"), at("2026-03-29T01:00:00Z"));
        assert_eq!(day("2026-10-25T02:30:00"), at("2026-10-25T00:30:00Z"));
        for (time, hour) in [("00:30", "00"), ("01:30", "01")] {
            let (time, hour) = (
                at(&format!("2026-10-25T{time}:00Z")),
                at(&format!("2026-10-25T{hour}:00:00Z")),
            );
            assert_eq!(berlin.hour_start(time), hour);
        }
    }

    #[test]
    fn midnight_that_never_was_and_hours_off_by_a_half() {
        let beirut = Zone::parse("Asia/Beirut").expect("a zone");
        assert_eq!(beirut.instant(at("2026-03-29")), at("2026-03-28T22:00:00Z"));
        let kolkata = Zone::parse("Asia/Kolkata").expect("a zone");
        assert_eq!(
            kolkata.hour_start(at("2026-01-05T08:29:59Z")),
            at("2026-01-05T07:30:00Z")
        );
        assert!(Zone::parse("Europe/Nowhere").is_err());
    }

    #[test]
    fn remembered_clocks_are_the_same() {
        for name in [
            "Europe/Berlin",
            "Australia/Lord_Howe",
            "America/St_Johns",
            "+05:45",
        ] {
            let zone = Zone::parse(name).expect("a zone");
            let mut clock = Clock::of(&zone);
            for step in 0..40_000 {
                let time = at("2026-01-01") + step * 797_000_003;
                assert_eq!(clock.local(time), zone.local(time), "{name}");
            }
        }
    }
}
