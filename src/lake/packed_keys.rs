//! Numbers that stand in the order of rows, so that sorting compares numbers instead of texts.
//!
//! Records are sorted by two texts (user, service), a time and an id. A text's number is its place
//! among all texts of its column; two of them and the time fill one number of 128 bits. Only rows that
//! agree in all three are compared by what follows.

use std::cmp::Ordering;

use arrow::array::{Array, ArrayRef, AsArray};
use arrow::datatypes::TimestampMicrosecondType;
use arrow::record_batch::RecordBatch;

use super::sorted::Place;
use crate::signin::batch::TextReader;
use crate::signin::coded::codes;
use crate::signin::columns::is_null_column;
use crate::signin::texts::Texts;

/// Keys of the rows of some batches.
pub(super) struct PackedKeys<'p> {
    /// For each batch those of its rows: both texts, and the time.
    keys: Vec<Vec<u128>>,
    /// The columns behind these, each of all batches.
    rest: Vec<Vec<TextReader<'p>>>,
}

impl<'p> PackedKeys<'p> {
    /// The keys of rows in the order of these columns, nulls first; `None` where they are not two of
    /// texts, one of times, and then texts.
    pub(super) fn of(parts: &[&'p RecordBatch], order: &[&str]) -> Option<Self> {
        let [first, second, time, rest @ ..] = order else {
            return None;
        };
        let columns = |name: &str| -> Option<Vec<&'p ArrayRef>> {
            parts.iter().map(|part| part.column_by_name(name)).collect()
        };
        let texts = |name: &str| {
            let columns = columns(name)?.into_iter();
            let readers: Vec<TextReader<'p>> = columns.map(TextReader::of).collect();
            let texts = readers.iter().all(|r| !matches!(r, TextReader::Nothing));
            texts.then_some(readers)
        };
        let rest = rest.iter().map(|name| texts(name)).collect::<Option<_>>()?;
        let (first, second) = (ranks(&columns(first)?)?, ranks(&columns(second)?)?);
        let mut keys = Vec::with_capacity(parts.len());
        for ((first, second), time) in first.into_iter().zip(second).zip(columns(time)?) {
            let times = time.as_primitive_opt::<TimestampMicrosecondType>()?;
            let rows = first.into_iter().zip(second).zip(times);
            let rows = rows.map(|((first, second), at)| {
                let texts = u128::from(first) << 32 | u128::from(second);
                texts << 64 | u128::from(at.map_or(0, behind_null))
            });
            keys.push(rows.collect());
        }
        Some(Self { keys, rest })
    }

    /// Sorts rows; equal ones keep their order.
    pub(super) fn sort(&self, rows: &mut Vec<Place>) {
        let keyed = rows.iter().map(|at| (self.keys[at.0][at.1], *at));
        let mut keyed: Vec<(u128, Place)> = keyed.collect();
        keyed.sort_by(|a, b| a.0.cmp(&b.0).then_with(|| self.compare_rest(a.1, b.1)));
        rows.clear();
        rows.extend(keyed.into_iter().map(|(_, at)| at));
    }

    fn compare_rest(&self, a: Place, b: Place) -> Ordering {
        let orders = self.rest.iter();
        let mut orders = orders.map(|column| column[a.0].at(a.1).cmp(&column[b.0].at(b.1)));
        orders
            .find(|order| order.is_ne())
            .unwrap_or(Ordering::Equal)
    }
}

/// A number for a time, in its order and above that of no time.
fn behind_null(at: i64) -> u64 {
    (at as u64 ^ 1 << 63).max(1)
}

/// For each batch the numbers of its rows' texts: their places among all, from 1, and 0 for none.
/// `None` where a column holds no texts.
fn ranks(columns: &[&ArrayRef]) -> Option<Vec<Vec<u32>>> {
    let mut texts = Texts::default();
    let mut numbers: Vec<Vec<u32>> = Vec::with_capacity(columns.len());
    for column in columns {
        // For each row one more than the number of its text.
        numbers.push(if is_null_column(column) {
            vec![0; column.len()]
        } else if let Some((keys, known)) = codes(column) {
            let known = known.iter().flatten();
            let told: Vec<u32> = known
                .map(|text| texts.number(text.as_bytes()) + 1)
                .collect();
            match keys.nulls() {
                None => keys
                    .values()
                    .iter()
                    .map(|key| told[*key as usize])
                    .collect(),
                Some(_) => {
                    let rows = keys.iter();
                    rows.map(|key| key.map_or(0, |key| told[key as usize]))
                        .collect()
                }
            }
        } else {
            let rows = column.as_string_opt::<i32>()?.iter();
            rows.map(|text| text.map_or(0, |text| texts.number(text.as_bytes()) + 1))
                .collect()
        });
    }
    let ranks = texts.ranks();
    for number in numbers.iter_mut().flatten().filter(|number| **number > 0) {
        *number = ranks[*number as usize - 1] + 1;
    }
    Some(numbers)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow::array::{StringArray, TimestampMicrosecondArray};
    use proptest::collection::vec;
    use proptest::option;
    use proptest::prelude::*;

    use super::*;
    use crate::lake::layout::Table;
    use crate::lake::write::sort_order;
    use crate::signin::batch::RecordBuilder;
    use crate::signin::row::{Cell, Row};
    use crate::signin::schema::Record;

    /// User, service, time and id of a row.
    type Told = (Option<String>, Option<String>, Option<i64>, Option<String>);

    fn batch(rows: &[Told]) -> RecordBatch {
        let mut builder = RecordBuilder::new(rows.len());
        for (user, service, at, id) in rows {
            let mut row = Row::default();
            let texts = [
                (Record::UserPrincipalName, user),
                (Record::ServicePrincipalId, service),
                (Record::Id, id),
            ];
            for (column, text) in texts {
                if let Some(text) = text {
                    row.set_text(column, text.clone());
                }
            }
            row.set(Record::CreatedAt, at.map_or(Cell::Null, Cell::Time));
            builder.append(&row);
        }
        builder.finish().expect("a batch")
    }

    fn rows() -> impl Strategy<Value = Vec<Told>> {
        let text = || option::of("[a-c]{0,2}");
        let row = (text(), text(), option::of(-2..2_i64), text());
        vec(row, 0..30)
    }

    proptest! {
        #[test]
        fn rows_come_in_the_order_of_their_values(parts in vec(rows(), 1..6)) {
            let batches: Vec<RecordBatch> = parts.iter().map(|rows| batch(rows)).collect();
            let batches: Vec<&RecordBatch> = batches.iter().collect();
            let keys = PackedKeys::of(&batches, sort_order(Table::Records)).expect("keys");
            let places = parts.iter().enumerate();
            let places = places.flat_map(|(part, rows)| (0..rows.len()).map(move |row| (part, row)));
            let mut sorted: Vec<Place> = places.collect();
            let mut wanted = sorted.clone();
            wanted.sort_by_key(|(part, row)| &parts[*part][*row]);
            keys.sort(&mut sorted);
            prop_assert_eq!(sorted, wanted);
        }
    }

    #[test]
    fn columns_of_other_kinds_have_no_such_keys() {
        let batch = RecordBatch::try_from_iter([
            ("a", Arc::new(StringArray::from(vec!["x"])) as ArrayRef),
            (
                "t",
                Arc::new(TimestampMicrosecondArray::from(vec![1])) as ArrayRef,
            ),
        ]);
        let batch = batch.expect("a batch");
        let of = |order: &[&str]| PackedKeys::of(&[&batch], order).is_some();
        assert!(of(&["a", "a", "t"]) && of(&["a", "a", "t", "a"]));
        for order in [
            &["a", "t"][..],
            &["a", "t", "t"],
            &["a", "a", "a"],
            &["a", "a", "t", "t"],
        ] {
            assert!(!of(order), "{order:?}");
        }
    }
}
