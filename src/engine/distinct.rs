//! Applies a rule to each distinct value of a batch once: codes and texts of sign-ins repeat.

use std::collections::HashMap;
use std::hash::Hash;

use arrow::array::{ArrayRef, UInt32Array};
use arrow::compute::take;
use datafusion::common::Result;

/// The distinct values of a batch, and for each row the place of its own.
pub(super) struct Distinct<K> {
    values: Vec<K>,
    places: UInt32Array,
}

impl<K: Copy + Eq + Hash> Distinct<K> {
    /// The values of rows; a row without one has no place.
    pub(super) fn of(rows: impl Iterator<Item = Option<K>>) -> Self {
        let mut known: HashMap<K, u32, foldhash::fast::FixedState> = HashMap::default();
        let mut values = Vec::new();
        let mut last: Option<(K, u32)> = None;
        let places = rows.map(|value| {
            let value = value?;
            if let Some((same, place)) = last
                && same == value
            {
                return Some(place);
            }
            let place = *known.entry(value).or_insert_with(|| {
                values.push(value);
                values.len() as u32 - 1
            });
            last = Some((value, place));
            Some(place)
        });
        let places = places.collect();
        Self { values, places }
    }

    /// What a rule gives for the distinct values, for every row.
    pub(super) fn each(self, rule: impl FnOnce(Vec<K>) -> ArrayRef) -> Result<ArrayRef> {
        let given = rule(self.values);
        Ok(take(&given, &self.places, None)?)
    }
}
