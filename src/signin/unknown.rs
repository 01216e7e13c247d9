//! Counts what the tables do not know: AADSTS codes and MFA result texts.
//!
//! Such codes and texts decide nothing; they are told, so that a table can be completed.

use std::collections::{BTreeMap, HashMap};

use arrow::array::{Array, AsArray};
use arrow::datatypes::Int32Type;
use arrow::record_batch::RecordBatch;

use super::batch::TextReader;
use super::schema::Record;
use super::tables::Tables;

/// Different names that are counted; the rest is counted together.
const NAMES_MAX: usize = 1_000;

/// How often each of many names was met; bounded.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tally {
    names: BTreeMap<String, u64>,
    others: u64,
}

impl Tally {
    /// Counts a name.
    pub fn add(&mut self, name: &str, count: u64) {
        if let Some(held) = self.names.get_mut(name) {
            *held += count;
        } else if self.names.len() < NAMES_MAX {
            self.names.insert(name.to_owned(), count);
        } else {
            self.others += count;
        }
    }

    /// Adds another tally.
    pub fn merge(&mut self, other: Self) {
        for (name, count) in other.names {
            self.add(&name, count);
        }
        self.others += other.others;
    }

    /// Every name with its count; names beyond the bound stand together as `(others)`.
    pub fn into_counts(self) -> BTreeMap<String, u64> {
        let mut counts = self.names;
        if self.others > 0 {
            counts.insert("(others)".to_owned(), self.others);
        }
        counts
    }
}

/// Unknown codes and texts of the rows seen so far.
#[derive(Default)]
pub struct Unknown {
    pub codes: Tally,
    pub texts: Tally,
    /// Texts looked up before, and whether the table knows them.
    seen: HashMap<String, bool, foldhash::fast::RandomState>,
}

impl Unknown {
    /// Notes the rows of a batch of `records`.
    pub fn note(&mut self, batch: &RecordBatch, tables: &Tables) {
        let numbers = batch
            .column(Record::ErrorCode as usize)
            .as_primitive::<Int32Type>();
        for code in numbers.iter().flatten() {
            if tables.codes.get(code).is_none() {
                self.codes.add(&code.to_string(), 1);
            }
        }
        let details = TextReader::of(batch.column(Record::AdditionalDetails as usize));
        for i in 0..batch.num_rows() {
            if let Some(text) = details.at(i) {
                self.note_text(text, tables);
            }
        }
        let steps = batch
            .column(Record::AuthenticationDetails as usize)
            .as_list::<i32>();
        let results = steps.values().as_struct().column_by_name("result_detail");
        if let Some(results) = results {
            let texts = TextReader::of(results);
            for i in 0..results.len() {
                if let Some(text) = texts.at(i) {
                    self.note_text(text, tables);
                }
            }
        }
    }

    fn note_text(&mut self, text: &str, tables: &Tables) {
        let known = match self.seen.get(text) {
            Some(known) => *known,
            None => {
                let known = tables.results.word_of(text).is_some();
                if self.seen.len() < NAMES_MAX {
                    self.seen.insert(text.to_owned(), known);
                }
                known
            }
        };
        if !known {
            self.texts.add(text, 1);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::signin::batch::RecordBuilder;
    use crate::signin::row::{Cell, Row, Step};

    #[test]
    fn only_what_no_table_knows_is_counted() {
        let mut builder = RecordBuilder::new(2);
        let mut row = Row::default();
        row.set(Record::ErrorCode, Cell::Int(50074));
        row.set_text(
            Record::AdditionalDetails,
            "MFA denied; user declined the authentication",
        );
        builder.append(&row);
        row.set(Record::ErrorCode, Cell::Int(123));
        row.set_text(Record::AdditionalDetails, "never seen");
        row.steps.push(Step {
            result_detail: Some("never seen".into()),
            ..Step::default()
        });
        builder.append(&row);
        let mut unknown = Unknown::default();
        unknown.note(&builder.finish().expect("a batch"), &Tables::built_in());
        assert_eq!(unknown.codes.into_counts(), [("123".to_owned(), 1)].into());
        assert_eq!(
            unknown.texts.into_counts(),
            [("never seen".to_owned(), 2)].into()
        );
    }

    #[test]
    fn a_tally_is_bounded() {
        let mut tally = Tally::default();
        (0..3_000).for_each(|i| tally.add(&i.to_string(), 1));
        let counts = tally.into_counts();
        assert_eq!(counts.len(), NAMES_MAX + 1);
        assert_eq!(counts["(others)"], 2_000);
    }
}
