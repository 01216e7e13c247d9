//! Decoded columns of files, those used longest ago dropped first.

use std::collections::HashMap;
use std::fmt;
use std::sync::atomic::AtomicUsize;
use std::sync::{Arc, Mutex, PoisonError};

use arrow::array::{Array, ArrayRef};
use datafusion::datasource::physical_plan::parquet::CachedParquetFileReaderFactory;

use super::dictionary::Dictionary;

/// A file, by its path in the lake, and the place of a column in its table.
type Key = (Arc<str>, usize);

/// The columns that a session keeps.
pub(in crate::engine) struct ColumnStore {
    bytes_max: usize,
    kept: Mutex<Kept>,
    dictionaries: Mutex<HashMap<String, Arc<Dictionary>>>,
    /// Bytes of the texts of all dictionaries.
    text_bytes: Arc<AtomicUsize>,
    reader: CachedParquetFileReaderFactory,
}

#[derive(Default)]
struct Kept {
    columns: HashMap<Key, Column>,
    bytes: usize,
    /// Counts uses.
    clock: u64,
}

struct Column {
    values: ArrayRef,
    bytes: usize,
    used: u64,
}

impl ColumnStore {
    /// Keeps at most so many bytes.
    pub(in crate::engine) fn new(bytes_max: usize, reader: CachedParquetFileReaderFactory) -> Self {
        Self {
            bytes_max,
            kept: Mutex::default(),
            dictionaries: Mutex::default(),
            text_bytes: Arc::default(),
            reader,
        }
    }

    pub(super) fn reader(&self) -> &CachedParquetFileReaderFactory {
        &self.reader
    }

    /// Bytes that one scan may want to keep: others find room beside it.
    pub(super) fn scan_bytes_max(&self) -> usize {
        self.bytes_max / 2
    }

    /// The dictionary of the columns with a name.
    pub(in crate::engine) fn dictionary(&self, name: &str) -> Arc<Dictionary> {
        let all = self.dictionaries.lock();
        let mut all = all.unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = all.get(name) {
            return known.clone();
        }
        let new = Arc::new(Dictionary::new(name, &self.text_bytes));
        all.insert(name.to_owned(), new.clone());
        new
    }

    /// Columns of a file, as far as they are kept.
    pub(super) fn get(&self, file: &Arc<str>, columns: &[usize]) -> Vec<Option<ArrayRef>> {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.clock += 1;
        let clock = kept.clock;
        let found = columns.iter().map(|column| {
            let column = kept.columns.get_mut(&(file.clone(), *column))?;
            column.used = clock;
            Some(column.values.clone())
        });
        found.collect()
    }

    /// Whether these columns of a file are kept.
    pub(super) fn has(&self, file: &Arc<str>, columns: &[usize]) -> bool {
        let kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let mut columns = columns.iter();
        columns.all(|column| kept.columns.contains_key(&(file.clone(), *column)))
    }

    /// Keeps a column of a file.
    pub(super) fn keep(&self, file: &Arc<str>, column: usize, values: &ArrayRef) {
        let bytes = values.get_array_memory_size();
        if bytes > self.scan_bytes_max() {
            return;
        }
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.bytes + bytes > self.bytes_max {
            kept.make_room(self.bytes_max - self.bytes_max / 8 - bytes.min(self.bytes_max / 2));
        }
        let new = Column {
            values: values.clone(),
            bytes,
            used: kept.clock,
        };
        kept.bytes += bytes;
        if let Some(old) = kept.columns.insert((file.clone(), column), new) {
            kept.bytes -= old.bytes;
        }
    }
}

impl Kept {
    /// Drops what was used longest ago until no more than so many bytes are left.
    fn make_room(&mut self, bytes_left: usize) {
        let mut uses: Vec<(u64, usize)> =
            self.columns.values().map(|c| (c.used, c.bytes)).collect();
        uses.sort_unstable();
        let mut left = self.bytes;
        let mut until = 0;
        for (used, bytes) in uses {
            if left <= bytes_left {
                break;
            }
            left -= bytes;
            until = used + 1;
        }
        self.columns.retain(|_, column| column.used >= until);
        self.bytes = self.columns.values().map(|c| c.bytes).sum();
    }
}

impl fmt::Debug for ColumnStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ColumnStore")
    }
}

#[cfg(test)]
mod tests {
    use arrow::array::Int64Array;
    use datafusion::execution::runtime_env::RuntimeEnv;
    use object_store::memory::InMemory;

    use super::*;

    fn store(bytes_max: usize) -> ColumnStore {
        let cache = RuntimeEnv::default()
            .cache_manager
            .get_file_metadata_cache();
        let reader = CachedParquetFileReaderFactory::new(Arc::new(InMemory::new()), cache);
        ColumnStore::new(bytes_max, reader)
    }

    #[test]
    fn keeps_what_was_used_last_within_its_bound() {
        let values: ArrayRef = Arc::new(Int64Array::from(vec![7; 1_000]));
        let bytes = values.get_array_memory_size();
        let store = store(bytes * 10);
        let file: Arc<str> = "a".into();
        for column in 0..10 {
            store.keep(&file, column, &values);
            // The first is used again and again.
            assert!(store.get(&file, &[0])[0].is_some());
        }
        for column in 10..30 {
            store.keep(&file, column, &values);
            assert!(store.get(&file, &[0, column]).iter().all(Option::is_some));
            let kept = store.kept.lock().expect("kept");
            assert!(kept.bytes <= bytes * 10);
            assert_eq!(kept.bytes, kept.columns.len() * bytes);
        }
        assert!(store.get(&file, &[1])[0].is_none());
        assert!(store.get(&"b".into(), &[0])[0].is_none());
        assert!(store.has(&file, &[0, 29]) && !store.has(&file, &[0, 1]));
        let large: ArrayRef = Arc::new(Int64Array::from(vec![7; 6_000]));
        store.keep(&file, 40, &large);
        assert!(store.get(&file, &[40])[0].is_none());
    }

    #[test]
    fn one_dictionary_for_a_name() {
        let store = store(1);
        assert!(Arc::ptr_eq(&store.dictionary("a"), &store.dictionary("a")));
        assert!(!Arc::ptr_eq(&store.dictionary("a"), &store.dictionary("b")));
    }
}
