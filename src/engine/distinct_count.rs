//! `count` as DataFusion has it, with a fast `count(DISTINCT text)` for grouped queries.
//!
//! DataFusion keeps a set of texts for each group of its own; here each text is kept once for all
//! groups, and a group's set is pairs of numbers. Exact, as the other.

use std::hash::BuildHasher;
use std::mem::size_of;
use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, AsArray, BooleanArray, ByteView, Int64Array, ListArray, StringViewArray,
    UInt32Array, make_view,
};
use arrow::buffer::{Buffer, OffsetBuffer, ScalarBuffer};
use arrow::compute::take;
use arrow::datatypes::{DataType, Field, FieldRef};
use datafusion::common::{Result, ScalarValue, exec_datafusion_err};
use datafusion::functions_aggregate::count::Count;
use datafusion::logical_expr::function::{AccumulatorArgs, StateFieldsArgs};
use datafusion::logical_expr::utils::AggregateOrderSensitivity;
use datafusion::logical_expr::{
    Accumulator, AggregateUDF, AggregateUDFImpl, Documentation, EmitTo, GroupsAccumulator,
    ReversedUDAF, Signature, StatisticsArgs,
};
use foldhash::fast::{FixedState, RandomState};
use hashbrown::{HashSet, HashTable};

/// Texts that fit into a view itself.
const INLINE_BYTES_MAX: usize = 12;
/// Bytes of one buffer of longer texts.
const BUFFER_BYTES: usize = 1 << 20;
/// Views of a batch whose text is remembered.
const RECENT: usize = 256;

/// `count` with a distinct count of texts of its own.
pub(super) fn function() -> AggregateUDF {
    AggregateUDF::from(FastCount(Count::new()))
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct FastCount(Count);

fn counts_texts(args: &AccumulatorArgs<'_>) -> bool {
    let [field] = args.expr_fields else {
        return false;
    };
    args.is_distinct && field.data_type() == &DataType::Utf8View
}

impl AggregateUDFImpl for FastCount {
    fn name(&self) -> &str {
        self.0.name()
    }

    fn signature(&self) -> &Signature {
        self.0.signature()
    }

    fn return_type(&self, types: &[DataType]) -> Result<DataType> {
        self.0.return_type(types)
    }

    fn is_nullable(&self) -> bool {
        self.0.is_nullable()
    }

    fn state_fields(&self, args: StateFieldsArgs<'_>) -> Result<Vec<FieldRef>> {
        self.0.state_fields(args)
    }

    fn accumulator(&self, args: AccumulatorArgs<'_>) -> Result<Box<dyn Accumulator>> {
        self.0.accumulator(args)
    }

    fn groups_accumulator_supported(&self, args: AccumulatorArgs<'_>) -> bool {
        counts_texts(&args) || self.0.groups_accumulator_supported(args)
    }

    fn create_groups_accumulator(
        &self,
        args: AccumulatorArgs<'_>,
    ) -> Result<Box<dyn GroupsAccumulator>> {
        match counts_texts(&args) {
            true => Ok(Box::new(DistinctTexts::default())),
            false => self.0.create_groups_accumulator(args),
        }
    }

    fn create_sliding_accumulator(
        &self,
        args: AccumulatorArgs<'_>,
    ) -> Result<Box<dyn Accumulator>> {
        self.0.create_sliding_accumulator(args)
    }

    fn reverse_expr(&self) -> ReversedUDAF {
        self.0.reverse_expr()
    }

    fn order_sensitivity(&self) -> AggregateOrderSensitivity {
        self.0.order_sensitivity()
    }

    fn default_value(&self, kind: &DataType) -> Result<ScalarValue> {
        self.0.default_value(kind)
    }

    fn value_from_stats(&self, args: &StatisticsArgs<'_>) -> Option<ScalarValue> {
        self.0.value_from_stats(args)
    }

    fn documentation(&self) -> Option<&Documentation> {
        self.0.documentation()
    }
}

/// Distinct texts, each with a number, as views into buffers.
#[derive(Default)]
struct Texts {
    table: HashTable<u32>,
    /// Seeded anew for each query: whoever writes a text cannot choose where it goes.
    hasher: RandomState,
    views: Vec<u128>,
    /// Full buffers of texts that are longer than a view holds, and the one being filled.
    full: Vec<Buffer>,
    open: Vec<u8>,
}

impl Texts {
    /// The number of a text.
    fn number(&mut self, text: &[u8]) -> u32 {
        let (hasher, views) = (&self.hasher, &self.views);
        let (full, open) = (&self.full, &self.open);
        let (hash, known) = if text.len() <= INLINE_BYTES_MAX {
            let view = make_view(text, 0, 0);
            let hash = hasher.hash_one(view);
            let same = |n: &u32| views[*n as usize] == view;
            (hash, self.table.find(hash, same))
        } else {
            let hash = hasher.hash_one(text);
            let same = |n: &u32| long_bytes(views[*n as usize], full, open) == Some(text);
            (hash, self.table.find(hash, same))
        };
        if let Some(number) = known {
            return *number;
        }
        let number = self.views.len() as u32;
        let view = self.keep(text);
        self.views.push(view);
        let (hasher, views) = (&self.hasher, &self.views);
        let (full, open) = (&self.full, &self.open);
        let rehash = |n: &u32| {
            let view = views[*n as usize];
            match long_bytes(view, full, open) {
                Some(text) => hasher.hash_one(text),
                None => hasher.hash_one(view),
            }
        };
        self.table.insert_unique(hash, number, rehash);
        number
    }

    fn keep(&mut self, text: &[u8]) -> u128 {
        if text.len() <= INLINE_BYTES_MAX {
            return make_view(text, 0, 0);
        }
        if !self.open.is_empty() && self.open.len() + text.len() > BUFFER_BYTES {
            let full = std::mem::take(&mut self.open);
            self.full.push(Buffer::from_vec(full));
        }
        let view = make_view(text, self.full.len() as u32, self.open.len() as u32);
        self.open.extend_from_slice(text);
        view
    }

    /// The texts of these numbers.
    fn array(&self, numbers: &[u32]) -> Result<StringViewArray> {
        let views: Vec<u128> = numbers.iter().map(|n| self.views[*n as usize]).collect();
        let mut buffers = self.full.clone();
        buffers.push(Buffer::from(self.open.as_slice()));
        let views = ScalarBuffer::from(views);
        Ok(StringViewArray::try_new(views, buffers, None)?)
    }

    fn size(&self) -> usize {
        let full: usize = self.full.iter().map(Buffer::len).sum();
        let numbers = self.table.capacity() * (size_of::<u32>() + 1);
        full + self.open.capacity() + numbers + self.views.capacity() * size_of::<u128>()
    }
}

/// The text of a view where it does not stand in the view itself.
fn long_bytes<'a>(view: u128, full: &'a [Buffer], open: &'a [u8]) -> Option<&'a [u8]> {
    let view = ByteView::from(view);
    let length = view.length as usize;
    if length <= INLINE_BYTES_MAX {
        return None;
    }
    let buffer = full.get(view.buffer_index as usize);
    let buffer = buffer.map_or(open, |b| b.as_slice());
    buffer.get(view.offset as usize..)?.get(..length)
}

/// Counts the distinct texts of each group.
#[derive(Default)]
struct DistinctTexts {
    texts: Texts,
    /// Group and number of a text.
    pairs: HashSet<u64, FixedState>,
    counts: Vec<i64>,
}

fn pair(group: usize, number: u32) -> u64 {
    (group as u64) << 32 | u64::from(number)
}

fn group_of(pair: u64) -> usize {
    (pair >> 32) as usize
}

impl DistinctTexts {
    /// Counts rows of an array, each for a group.
    fn add(&mut self, array: &StringViewArray, rows: impl Iterator<Item = (usize, usize)>) {
        let views = array.views();
        // Equal views of one array are equal texts.
        let mut recent = [(0_u128, u32::MAX); RECENT];
        let mut last = u64::MAX;
        for (row, group) in rows {
            let view = views[row];
            let mixed = (view as u64) ^ (view >> 64) as u64;
            let place = (mixed.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 56) as usize % RECENT;
            let number = match recent[place] {
                (known, number) if known == view && number != u32::MAX => number,
                _ => {
                    let number = self.texts.number(array.value(row).as_bytes());
                    recent[place] = (view, number);
                    number
                }
            };
            let pair = pair(group, number);
            if pair != last && self.pairs.insert(pair) {
                self.counts[group] += 1;
            }
            last = pair;
        }
    }

    /// Forgets the first groups, or all.
    fn emitted(&mut self, emit_to: EmitTo) {
        match emit_to {
            EmitTo::All => *self = Self::default(),
            EmitTo::First(n) => {
                let rest = self.pairs.drain().filter(|pair| group_of(*pair) >= n);
                self.pairs = rest.map(|pair| pair - ((n as u64) << 32)).collect();
            }
        }
    }
}

fn texts_of(array: &ArrayRef) -> Result<&StringViewArray> {
    let texts = array.as_string_view_opt();
    texts
        .ok_or_else(|| exec_datafusion_err!("a distinct count of texts over {}", array.data_type()))
}

fn counts_row(array: &StringViewArray, filter: Option<&BooleanArray>, row: usize) -> bool {
    let passes = |f: &BooleanArray| f.is_valid(row) && f.value(row);
    array.is_valid(row) && filter.is_none_or(passes)
}

impl GroupsAccumulator for DistinctTexts {
    fn update_batch(
        &mut self,
        values: &[ArrayRef],
        groups: &[usize],
        filter: Option<&BooleanArray>,
        group_count: usize,
    ) -> Result<()> {
        self.counts.resize(group_count, 0);
        let texts = texts_of(&values[0])?;
        let rows = groups.iter().copied().enumerate();
        if texts.null_count() == 0 && filter.is_none() {
            self.add(texts, rows);
        } else {
            self.add(
                texts,
                rows.filter(|(row, _)| counts_row(texts, filter, *row)),
            );
        }
        Ok(())
    }

    fn merge_batch(
        &mut self,
        values: &[ArrayRef],
        groups: &[usize],
        group_count: usize,
    ) -> Result<()> {
        self.counts.resize(group_count, 0);
        let lists = values[0].as_list::<i32>();
        let texts = texts_of(lists.values())?;
        let offsets = lists.offsets();
        let rows = groups.iter().enumerate().flat_map(|(list, group)| {
            let held = offsets[list] as usize..offsets[list + 1] as usize;
            held.map(move |row| (row, *group))
        });
        self.add(texts, rows);
        Ok(())
    }

    fn evaluate(&mut self, emit_to: EmitTo) -> Result<ArrayRef> {
        let counts = emit_to.take_needed(&mut self.counts);
        self.emitted(emit_to);
        Ok(Arc::new(Int64Array::from(counts)))
    }

    fn state(&mut self, emit_to: EmitTo) -> Result<Vec<ArrayRef>> {
        let counts = emit_to.take_needed(&mut self.counts);
        let lengths = counts.iter().map(|count| *count as usize);
        let offsets = OffsetBuffer::<i32>::from_lengths(lengths);
        let mut next: Vec<usize> = offsets.iter().map(|at| *at as usize).collect();
        let mut numbers = vec![0; next.last().copied().unwrap_or_default()];
        for pair in &self.pairs {
            if let Some(place) = next
                .get_mut(group_of(*pair))
                .filter(|_| group_of(*pair) < counts.len())
            {
                numbers[*place] = *pair as u32;
                *place += 1;
            }
        }
        let texts = self.texts.array(&numbers)?;
        self.emitted(emit_to);
        list_of(offsets, Arc::new(texts))
    }

    fn convert_to_state(
        &self,
        values: &[ArrayRef],
        filter: Option<&BooleanArray>,
    ) -> Result<Vec<ArrayRef>> {
        let texts = texts_of(&values[0])?;
        let counted = |row: &usize| counts_row(texts, filter, *row);
        let lengths = (0..texts.len()).map(|row| usize::from(counted(&row)));
        let offsets = OffsetBuffer::<i32>::from_lengths(lengths);
        let rows = (0..texts.len()).filter(counted).map(|row| row as u32);
        let rows: UInt32Array = rows.collect::<Vec<u32>>().into();
        list_of(offsets, take(&values[0], &rows, None)?)
    }

    fn size(&self) -> usize {
        let pairs = self.pairs.capacity() * (size_of::<u64>() + 1);
        size_of::<Self>() + self.texts.size() + pairs + self.counts.capacity() * size_of::<i64>()
    }
}

fn list_of(offsets: OffsetBuffer<i32>, texts: ArrayRef) -> Result<Vec<ArrayRef>> {
    let item = Arc::new(Field::new_list_field(DataType::Utf8View, true));
    Ok(vec![Arc::new(ListArray::try_new(
        item, offsets, texts, None,
    )?)])
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use arrow::array::Int64Array;

    use super::*;

    /// Texts of all lengths, some missing, and the group and filter of each.
    fn rows(seed: usize) -> (Vec<Option<String>>, Vec<usize>, Vec<Option<bool>>) {
        let text = |n: usize| format!("{}{n}", "long text ".repeat(n % 4));
        let texts = (0..5_000).map(|i| i * (seed + 7) % 311);
        let texts = texts.map(|n| (n % 13 != 0).then(|| text(n)));
        let groups = (0..5_000).map(|i| i / 3 % 17);
        let filter = (0..5_000).map(|i| (i % 11 != 0).then_some(i % 5 != 0));
        (texts.collect(), groups.collect(), filter.collect())
    }

    fn counts(array: &ArrayRef) -> Vec<i64> {
        let counts = array.as_primitive::<arrow::datatypes::Int64Type>();
        counts.values().to_vec()
    }

    #[test]
    fn groups_count_what_sets_hold() {
        let mut sets: BTreeMap<usize, BTreeSet<String>> = BTreeMap::new();
        let (mut whole, mut second) = (DistinctTexts::default(), DistinctTexts::default());
        for seed in 0..4 {
            let (texts, groups, filter) = rows(seed);
            for (i, text) in texts.iter().enumerate() {
                if let (Some(text), Some(true)) = (text, filter[i]) {
                    sets.entry(groups[i]).or_default().insert(text.clone());
                }
            }
            let texts: ArrayRef = Arc::new(StringViewArray::from_iter(texts));
            let filter = BooleanArray::from(filter);
            let part = if seed < 2 { &mut whole } else { &mut second };
            part.update_batch(&[texts], &groups, Some(&filter), 17)
                .expect("counts");
        }
        // The second half as states: the first groups, then the rest, and raw rows as states.
        let first = second.state(EmitTo::First(5)).expect("a state");
        let rest = second.state(EmitTo::All).expect("a state");
        let places: Vec<usize> = (0..17).collect();
        whole
            .merge_batch(&first, &places[..5], 17)
            .expect("a merge");
        whole.merge_batch(&rest, &places[5..], 17).expect("a merge");
        let (texts, groups, filter) = rows(3);
        let texts: ArrayRef = Arc::new(StringViewArray::from_iter(texts));
        let raw = whole.convert_to_state(&[texts], Some(&BooleanArray::from(filter)));
        whole
            .merge_batch(&raw.expect("a state"), &groups, 17)
            .expect("a merge");
        let wanted: Vec<i64> = sets.values().map(|set| set.len() as i64).collect();
        let mut told = counts(&whole.evaluate(EmitTo::First(4)).expect("counts"));
        told.extend(counts(&whole.evaluate(EmitTo::All).expect("counts")));
        assert_eq!(told, wanted);
        assert!(wanted.iter().all(|count| *count > 100), "{wanted:?}");
        let empty: ArrayRef = Arc::new(Int64Array::from(vec![1]));
        assert!(whole.update_batch(&[empty], &[0], None, 1).is_err());
    }
}
