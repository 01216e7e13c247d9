//! Columns of the lake that a session keeps in memory, decoded, so that the next question does not
//! read them again.
//!
//! A file of the lake never changes, so what was read of it stays true. Texts that name things of a
//! directory, such as users, apps and countries, are kept as numbers of a dictionary that is one for
//! the whole session: equal numbers are equal texts, and queries group, count and sort by the number.
//! What is kept is bounded; a scan that would not fit reads its files as it always did.

mod dictionary;
mod predicate;
mod read;
mod scan;
mod store;
mod table;

#[cfg(test)]
pub(super) use dictionary::NUMBERS_MAX;
pub(super) use dictionary::text_function;
pub(super) use store::ColumnStore;
pub(super) use table::{KeptTable, Kind};
