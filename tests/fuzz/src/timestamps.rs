//! Reads a time by every clock; what is read lies in the years that authlake knows.

use crate::decode::timestamp::{Clock, DateOrder, Evidence, evidence, parse, parse_by, parse_zone};

/// A day in microseconds: as far as a zone can move a time.
const DAY_US: i64 = 86_400_000_000;
/// The end of the year 9999.
const LAST_US: i64 = 253_402_300_800_000_000;

/// Looks at the bytes as the text of a time.
pub fn run(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let in_range = |at: i64| (-DAY_US..LAST_US + DAY_US).contains(&at);
    assert!(parse(&text).is_none_or(in_range), "{text}");
    let orders = [None, Some(DateOrder::DayFirst), Some(DateOrder::MonthFirst)];
    let times = orders.map(|order| {
        parse_by(
            &text,
            Clock {
                order,
                offset_s: 3600,
            },
        )
    });
    assert!(times.iter().flatten().all(|at| in_range(*at)), "{text}");
    match evidence(&text) {
        Evidence::Settles(DateOrder::DayFirst) => assert_eq!(times[0], times[1], "{text}"),
        Evidence::Settles(DateOrder::MonthFirst) => assert_eq!(times[0], times[2], "{text}"),
        Evidence::Open => assert_eq!(times[0], None, "{text}"),
        Evidence::None => assert!(times.iter().all(|t| *t == times[0]), "{text}"),
    }
    assert!(parse_zone(&text).is_none_or(|s| s.abs() < 86_400), "{text}");
}
