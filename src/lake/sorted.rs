//! Streams of batches in a table's sort order: merged from runs, and compared row by row.
//!
//! Memory is one batch per run. Equal keys keep the order of the runs.

use std::cmp::Ordering;

use arrow::array::{ArrayRef, UInt32Array};
use arrow::compute::SortOptions;
use arrow::record_batch::RecordBatch;
use arrow::row::{Row, RowConverter, Rows, SortField};

use super::packed_keys::PackedKeys;
use crate::error::{Error, Result};
use crate::signin::coded::{pick_rows, plain};
use crate::signin::columns::{row_bytes_of, take_rows};

/// Rows of a batch that a merge gives out, and bytes: a row can be as large as its record.
const BATCH_ROWS: usize = 8_192;
const BATCH_BYTES: usize = 16 << 20;
/// Rows of a piece of sorted rows.
const PIECE_ROWS: usize = 8_192;
const ORDER: SortOptions = SortOptions {
    descending: false,
    nulls_first: true,
};

/// The place of a row: its batch, and where it stands there.
pub type Place = (usize, usize);

/// Batches one after another.
pub type Batches<'a> = Box<dyn Iterator<Item = Result<RecordBatch>> + Send + 'a>;

/// The rows of a batch in the order of these columns, nulls first; equal rows keep their order.
pub fn sort(batch: &RecordBatch, order: &[&str]) -> Result<RecordBatch> {
    let keys = keys_of(batch, order)?;
    let mut places: Vec<u32> = (0..batch.num_rows() as u32).collect();
    // Each key as one run of bytes: a comparison looks at two places in memory, not at eight.
    places.sort_by(|a, b| keys.row(*a as usize).cmp(&keys.row(*b as usize)));
    take_rows(batch, &UInt32Array::from(places))
}

/// Rows of several batches, each by its batch and place, in the order of these columns, which are
/// two of texts, one of times, and then texts; equal rows keep their order. They come in pieces of
/// about so many bytes, each with its own texts, or all as one batch. Every row is copied once.
pub fn sort_rows<'p>(
    parts: Vec<&'p RecordBatch>,
    mut rows: Vec<Place>,
    order: &[&str],
    piece_bytes: Option<usize>,
) -> Result<impl Iterator<Item = Result<RecordBatch>> + 'p> {
    let keys = PackedKeys::of(&parts, order)
        .ok_or_else(|| Error::Internal(format!("rows have no keys of {order:?}")))?;
    keys.sort(&mut rows);
    let piece = match piece_bytes {
        Some(bytes) => piece_rows(&parts, bytes),
        None => rows.len().max(1),
    };
    let begins = (0..rows.len()).step_by(piece);
    Ok(begins.map(move |at| pick_rows(&parts, &rows[at..rows.len().min(at + piece)])))
}

/// Rows of these batches that make a piece of about so many bytes.
pub fn piece_rows(parts: &[&RecordBatch], bytes: usize) -> usize {
    let most = parts.iter().map(|part| row_bytes_of(part)).max();
    (bytes / most.unwrap_or_default().max(1)).clamp(1, PIECE_ROWS)
}

/// The keys of the rows of a batch, the same whether its texts are coded or not.
fn keys_of(batch: &RecordBatch, order: &[impl AsRef<str>]) -> Result<Rows> {
    let schema = batch.schema();
    let places = order
        .iter()
        .filter_map(|name| schema.index_of(name.as_ref()).ok());
    let keys = batch.project(&places.collect::<Vec<_>>());
    let keys = keys.map_err(|e| Error::Internal(format!("sort: {e}")))?;
    rows_of(plain(&keys)?.columns().to_vec())
}

/// Merges sorted streams into one, in batches of at most 8,192 rows.
pub fn merge<'a>(streams: Vec<Batches<'a>>, order: &[&str]) -> Result<Batches<'a>> {
    let mut merged = Merge {
        streams: Vec::with_capacity(streams.len()),
        heads: Vec::with_capacity(streams.len()),
        order: order.iter().map(|name| (*name).to_owned()).collect(),
    };
    for (place, stream) in streams.into_iter().enumerate() {
        merged.streams.push(Source {
            stream,
            open: None,
            at: 0,
        });
        merged.advance(place)?;
    }
    Ok(Box::new(merged))
}

struct Source<'a> {
    stream: Batches<'a>,
    /// The batch that it has come to; none at its end.
    open: Option<Open>,
    /// The row of it that comes next.
    at: usize,
}

struct Open {
    batch: RecordBatch,
    keys: Rows,
    /// Bytes of a row, on average.
    row_bytes: usize,
}

impl Source<'_> {
    fn key(&self) -> Option<Row<'_>> {
        self.open.as_ref().map(|open| open.keys.row(self.at))
    }
}

struct Merge<'a> {
    streams: Vec<Source<'a>>,
    /// Sources that have a row, the one with the least last; of equal ones the first.
    heads: Vec<usize>,
    order: Vec<String>,
}

impl Merge<'_> {
    /// Puts a source where its next row belongs, if it has one; whether its batch is a new one.
    fn advance(&mut self, place: usize) -> Result<bool> {
        let source = &mut self.streams[place];
        let mut fresh = false;
        while source
            .open
            .as_ref()
            .is_none_or(|open| source.at == open.batch.num_rows())
        {
            (source.open, source.at) = (None, 0);
            let Some(batch) = source.stream.next().transpose()? else {
                return Ok(fresh);
            };
            source.open = Some(Open {
                keys: keys_of(&batch, &self.order)?,
                row_bytes: row_bytes_of(&batch),
                batch,
            });
            fresh = true;
        }
        let key = |place: usize| (self.streams[place].key(), place);
        let own = key(place);
        let at = self.heads.partition_point(|other| key(*other) > own);
        self.heads.insert(at, place);
        Ok(fresh)
    }

    fn next_batch(&mut self) -> Result<Option<RecordBatch>> {
        let mut batches: Vec<RecordBatch> = Vec::new();
        // Where the current batch of a source stands in `batches`.
        let mut held: Vec<Option<usize>> = vec![None; self.streams.len()];
        let mut picked: Vec<(usize, usize)> = Vec::new();
        let mut bytes = 0;
        while picked.len() < BATCH_ROWS
            && bytes < BATCH_BYTES
            && let Some(head) = self.heads.pop()
        {
            let source = &mut self.streams[head];
            let Some(open) = &source.open else {
                continue;
            };
            let place = *held[head].get_or_insert_with(|| {
                batches.push(open.batch.clone());
                batches.len() - 1
            });
            picked.push((place, source.at));
            bytes += open.row_bytes;
            source.at += 1;
            if self.advance(head)? {
                held[head] = None;
            }
        }
        if picked.is_empty() {
            return Ok(None);
        }
        let batches: Vec<&RecordBatch> = batches.iter().collect();
        pick_rows(&batches, &picked).map(Some)
    }
}

impl Iterator for Merge<'_> {
    type Item = Result<RecordBatch>;

    fn next(&mut self) -> Option<Self::Item> {
        self.next_batch().transpose()
    }
}

/// How a sorted stream of sign-ins differs from the files that hold the old ones, the column of the
/// ingest aside.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Changes {
    /// Rows of the new stream that no file holds, or holds with other values.
    pub changed: u64,
    /// Rows of the files whose key the new stream lacks.
    pub gone: u64,
    /// For each row of the new stream, the file that holds its key.
    pub homes: Vec<Option<u16>>,
    /// For each file, whether a row of it changed or is gone.
    pub touched: Vec<bool>,
}

impl Changes {
    /// Whether anything differs.
    pub fn any(&self) -> bool {
        self.changed + self.gone > 0
    }
}

/// Compares a new sorted stream with the sorted rows of files; `order` are their key columns.
pub fn compare(new: Batches<'_>, files: Vec<Batches<'_>>, order: &[&str]) -> Result<Changes> {
    let mut changes = Changes {
        touched: vec![false; files.len()],
        ..Changes::default()
    };
    let mut new = Walk::new(new, order);
    let mut files: Vec<Walk<'_>> = files.into_iter().map(|f| Walk::new(f, order)).collect();
    let heads = files.iter_mut().map(Walk::next);
    let mut heads: Vec<Option<Walked>> = heads.collect::<Result<_>>()?;
    loop {
        let row = new.next()?;
        let mut home = None;
        for (place, file) in files.iter_mut().enumerate() {
            while let Some(head) = &heads[place] {
                let row = row.as_ref();
                match row.map_or(Ordering::Less, |row| head.key.cmp(&row.key)) {
                    Ordering::Less => {
                        changes.gone += 1;
                        changes.touched[place] = true;
                    }
                    // Two tenants can write one id at one time: each row has its own counterpart.
                    Ordering::Equal if home.is_none() => {
                        home = Some(place as u16);
                        let same = row.is_some_and(|row| row.row == head.row);
                        changes.changed += u64::from(!same);
                        changes.touched[place] |= !same;
                    }
                    Ordering::Equal | Ordering::Greater => break,
                }
                heads[place] = file.next()?;
            }
        }
        if row.is_none() {
            return Ok(changes);
        }
        changes.changed += u64::from(home.is_none());
        changes.homes.push(home);
    }
}

struct Walked {
    key: Box<[u8]>,
    row: Box<[u8]>,
}

/// Row after row of a stream, each as its key and its whole content.
struct Walk<'a> {
    stream: Batches<'a>,
    order: Vec<String>,
    batch: Option<(Rows, Rows)>,
    at: usize,
}

impl<'a> Walk<'a> {
    fn new(stream: Batches<'a>, order: &[&str]) -> Self {
        Self {
            stream,
            order: order.iter().map(|name| (*name).to_owned()).collect(),
            batch: None,
            at: 0,
        }
    }

    fn next(&mut self) -> Result<Option<Walked>> {
        loop {
            if let Some((keys, rows)) = &self.batch
                && self.at < rows.num_rows()
            {
                let at = self.at;
                self.at += 1;
                return Ok(Some(Walked {
                    key: keys.row(at).as_ref().into(),
                    row: rows.row(at).as_ref().into(),
                }));
            }
            let Some(batch) = self.stream.next().transpose()? else {
                return Ok(None);
            };
            let batch = plain(&batch)?;
            // In the order of the stream, which need not be that of the columns.
            let keys = self.order.iter().filter_map(|n| batch.column_by_name(n));
            let keys = rows_of(keys.cloned().collect())?;
            let schema = batch.schema();
            let columns = schema.fields().iter().zip(batch.columns());
            let content = columns.filter(|(field, _)| field.name() != "ingest_id");
            let rows = rows_of(content.map(|(_, column)| column.clone()).collect())?;
            (self.batch, self.at) = (Some((keys, rows)), 0);
        }
    }
}

/// The rows of some columns as bytes that compare as the rows do.
fn rows_of(columns: Vec<ArrayRef>) -> Result<Rows> {
    let fields = columns
        .iter()
        .map(|c| SortField::new_with_options(c.data_type().clone(), ORDER))
        .collect();
    RowConverter::new(fields)
        .and_then(|converter| converter.convert_columns(&columns))
        .map_err(|e| Error::Internal(format!("compare: {e}")))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow::array::{AsArray, Int64Array, StringArray};
    use arrow::datatypes::Int64Type;

    use super::*;

    fn batch(rows: &[(Option<&str>, i64)]) -> RecordBatch {
        let names: StringArray = rows.iter().map(|r| r.0).collect();
        let numbers: Int64Array = rows.iter().map(|r| Some(r.1)).collect();
        let columns: [(&str, ArrayRef); 2] = [("name", Arc::new(names)), ("n", Arc::new(numbers))];
        RecordBatch::try_from_iter(columns).expect("a batch")
    }

    fn stream(batches: Vec<RecordBatch>) -> Batches<'static> {
        Box::new(batches.into_iter().map(Ok))
    }

    fn numbers(batches: Batches<'_>) -> Vec<i64> {
        batches
            .flat_map(|b| {
                let b = b.expect("a batch");
                b.column(1).as_primitive::<Int64Type>().values().to_vec()
            })
            .collect()
    }

    #[test]
    fn merges_any_cut_of_sorted_runs() {
        let rows = |from: i64, step: i64| -> Vec<RecordBatch> {
            let all: Vec<(Option<&str>, i64)> =
                (0..5000).map(|i| (Some("a"), from + i * step)).collect();
            all.chunks(700).map(batch).collect()
        };
        let runs = vec![
            stream(rows(0, 3)),
            stream(Vec::new()),
            stream(rows(1, 3)),
            stream(rows(2, 3)),
            stream(vec![batch(&[(None, 99)])]),
        ];
        let merged = numbers(merge(runs, &["name", "n"]).expect("a merge"));
        let wanted: Vec<i64> = std::iter::once(99).chain(0..15_000).collect();
        assert_eq!(merged, wanted);
    }

    #[test]
    fn equal_keys_are_compared_one_by_one() {
        let twice = || batch(&[(Some("a"), 1), (Some("a"), 2), (Some("b"), 3)]);
        let files = || vec![stream(vec![twice()])];
        let same = compare(stream(vec![twice()]), files(), &["name"]).expect("a comparison");
        assert!(!same.any());
        let once = batch(&[(Some("a"), 1), (Some("b"), 3)]);
        let fewer = compare(stream(vec![once]), files(), &["name"]).expect("a comparison");
        assert_eq!((fewer.changed, fewer.gone), (0, 1));
        let apart = vec![
            stream(vec![batch(&[(Some("a"), 1)])]),
            stream(vec![batch(&[(Some("a"), 2), (Some("b"), 3)])]),
        ];
        let same = compare(stream(vec![twice()]), apart, &["name"]).expect("a comparison");
        assert!(!same.any());
        assert_eq!(same.homes, [Some(0), Some(1), Some(1)]);
    }

    #[test]
    fn compares_by_keys_that_stand_in_another_order() {
        let old = batch(&[(Some("b"), 1), (Some("a"), 2), (Some("c"), 3)]);
        let new = batch(&[
            (Some("b"), 1),
            (Some("d"), 1),
            (Some("a"), 2),
            (Some("c"), 3),
        ]);
        let files = vec![stream(vec![old])];
        let changes = compare(stream(vec![new]), files, &["n", "name"]).expect("a comparison");
        assert_eq!((changes.changed, changes.gone), (1, 0));
        assert_eq!(changes.touched, [false]);
    }

    #[test]
    fn compares_by_key() {
        let old = [
            batch(&[(Some("a"), 1), (Some("d"), 4)]),
            batch(&[(Some("b"), 2), (Some("e"), 5)]),
        ];
        let files = || old.iter().map(|b| stream(vec![b.clone()])).collect();
        let new = vec![
            batch(&[(Some("a"), 1), (Some("b"), 3)]),
            batch(&[(Some("c"), 3), (Some("e"), 5)]),
        ];
        let changes = compare(stream(new), files(), &["name"]).expect("a comparison");
        assert_eq!((changes.changed, changes.gone), (2, 1));
        assert_eq!(changes.homes, [Some(0), Some(1), None, Some(1)]);
        assert_eq!(changes.touched, [true, true]);
        let all = batch(&[
            (Some("a"), 1),
            (Some("b"), 2),
            (Some("d"), 4),
            (Some("e"), 5),
        ]);
        let same = compare(stream(vec![all]), files(), &["name"]).expect("a comparison");
        assert!(!same.any());
        assert_eq!(same.touched, [false, false]);
    }
}
