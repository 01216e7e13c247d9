//! Says how large an export is to be, over which days, and from which seed.
//!
//! Options are checked once, by [`Options::checked`]; everything behind it may rely on them.

use super::format::{Format, PortalColumns};
use super::instant::{DAY, Ticks, days_from_civil};
use crate::error::{Error, Result};

/// The first day of an export when none is given: a Monday.
pub const DEFAULT_START: Day = Day {
    year: 2026,
    month: 1,
    day: 5,
};
/// The most people an export may have; larger numbers do not fit the six-digit names.
pub const USERS_MAX: u32 = 999_999;
/// The most days an export may cover.
pub const DAYS_MAX: u32 = 3_660;
/// The most Conditional Access policies in one record; real tenants stop near 240.
pub const POLICIES_MAX: u32 = 300;

/// A calendar day, UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Day {
    /// Year, 1970 to 9999.
    pub year: i32,
    /// Month, 1 to 12.
    pub month: u32,
    /// Day of the month, from 1.
    pub day: u32,
}

impl Day {
    /// Reads `YYYY-MM-DD`.
    pub fn parse(text: &str) -> Result<Self> {
        let wrong = || Error::Usage(format!("{text:?} is not a day; write YYYY-MM-DD"));
        let mut parts = text.split('-');
        let (Some(year), Some(month), Some(day), None) =
            (parts.next(), parts.next(), parts.next(), parts.next())
        else {
            return Err(wrong());
        };
        let day = Self {
            year: year.parse().map_err(|_| wrong())?,
            month: month.parse().map_err(|_| wrong())?,
            day: day.parse().map_err(|_| wrong())?,
        };
        if day.exists() { Ok(day) } else { Err(wrong()) }
    }

    fn exists(self) -> bool {
        let leap = self.year % 4 == 0 && (self.year % 100 != 0 || self.year % 400 == 0);
        let last = match self.month {
            2 if leap => 29,
            2 => 28,
            4 | 6 | 9 | 11 => 30,
            1..=12 => 31,
            _ => 0,
        };
        (1970..=9999).contains(&self.year) && (1..=last).contains(&self.day)
    }
}

/// What [`generate`](super::generate) is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Options {
    /// Distinct records of the tenants; a format writes those that it can carry. Late copies and
    /// second states come on top.
    pub records: u64,
    /// Members of the two tenants together; one guest account is added.
    pub users: u32,
    /// Days covered, from midnight to midnight UTC.
    pub days: u32,
    /// The same options and seed give the same bytes.
    pub seed: u64,
    /// First day, [`DEFAULT_START`] when absent.
    pub start: Option<Day>,
    /// Conditional Access policies listed in every user record.
    pub policies: u32,
    /// What is written; the tenants, people, records and ids of a seed are the same in every format.
    pub format: Format,
    /// Whether people travel, move and use exits, and strangers take accounts over; the truth then
    /// tells of each sign-in what its place is.
    pub movement: bool,
    /// Whether a spike of failures, a broken policy, an outage and late text messages are planted.
    pub incidents: bool,
    /// Header of the admin centre's CSV files; no other format looks at it.
    pub portal_columns: PortalColumns,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            records: 100_000,
            users: 500,
            days: 30,
            seed: 1,
            start: None,
            policies: 9,
            format: Format::AzureMonitor,
            movement: false,
            incidents: false,
            portal_columns: PortalColumns::Newest,
        }
    }
}

impl Options {
    /// Refuses what cannot be generated, and returns the time covered.
    pub(super) fn checked(&self) -> Result<Span> {
        let refuse = |what: &str| Err(Error::Usage(format!("generate: {what}")));
        if self.records == 0 {
            return refuse("at least one record");
        }
        if !(2..=USERS_MAX).contains(&self.users) {
            return refuse("between 2 and 999,999 users");
        }
        if !(1..=DAYS_MAX).contains(&self.days) {
            return refuse("between 1 and 3,660 days");
        }
        if self.policies > POLICIES_MAX {
            return refuse("at most 300 policies");
        }
        let first = self.start.unwrap_or(DEFAULT_START);
        if !first.exists() {
            return refuse("the first day is not in the calendar");
        }
        let start = days_from_civil(first.year, first.month, first.day) * DAY;
        Ok(Span {
            start,
            end: start + i64::from(self.days) * DAY,
        })
    }
}

/// The time an export covers; every event lies at or after `start` and before `end`.
#[derive(Debug, Clone, Copy)]
pub(super) struct Span {
    pub(super) start: Ticks,
    pub(super) end: Ticks,
}
