//! Takes a person, or all time before a day, out of a lake: a plan that counts, then one commit.
//!
//! A person's records, sign-ins, waiting steps and rows of a directory go, and so do rejects that name them. Where others'
//! records, policy lists, rejects' paths or receipts name them, the name goes. Of a time, records,
//! sign-ins, steps and rejects go. Files that hold nothing of it stay as they are. What the commit
//! replaced is removed at once, and again on the next open if a kill came in between.
//! Never: makes sign-ins; a sign-in is of one person, so it goes whole (of a time, the ingest layer
//! makes those of the first day that stays).

mod names;
mod person;
mod plan;
mod remembered;
mod rewrite;
mod rows;
mod words;

pub use names::GONE;
pub use person::Person;
pub use plan::{Counts, Plan, plan};
pub use remembered::{Act, Forgotten, Guard};
pub use rewrite::rewrite;

use super::layout::Day;

/// What is to be forgotten.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum What {
    /// All events of earlier days (UTC).
    Before(Day),
    /// The person of this user id or user name.
    User(String),
}
