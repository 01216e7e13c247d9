//! The texts of a column, each with a number that is the same in every file and query of a session.

use std::fmt;
use std::hash::{BuildHasher, Hash, Hasher};
use std::mem::size_of;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use arrow::array::{Array, ArrayRef, AsArray, StringArray, StringViewArray, UInt32Array};
use arrow::compute::{concat, take};
use arrow::datatypes::{DataType, UInt32Type};
use datafusion::common::{Result, ScalarValue, exec_err};
use datafusion::logical_expr::{
    ColumnarValue, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility,
};
use foldhash::fast::RandomState;
use hashbrown::HashTable;

/// Bytes of texts beyond which a column is no longer told by numbers in new queries.
const TEXT_BYTES_MAX: usize = 64 << 20;
/// The same for all columns of a session together.
const ALL_BYTES_MAX: usize = 256 << 20;

/// Numbers are less than this.
pub(in crate::engine) const NUMBERS_MAX: usize = (1 << 31) - 1;

/// The texts of one column. It only grows.
pub(in crate::engine) struct Dictionary {
    name: String,
    known: Mutex<Known>,
    /// Bytes of the texts of all columns.
    all_bytes: Arc<AtomicUsize>,
}

struct Known {
    /// The text of each number.
    texts: Arc<StringViewArray>,
    numbers: HashTable<u32>,
    hasher: RandomState,
    bytes: usize,
}

impl Dictionary {
    pub(super) fn new(name: &str, all_bytes: &Arc<AtomicUsize>) -> Self {
        let known = Known {
            texts: Arc::new(StringViewArray::from(Vec::<&str>::new())),
            numbers: HashTable::new(),
            // Seeded anew for each session: whoever writes a text cannot choose where it goes.
            hasher: RandomState::default(),
            bytes: 0,
        };
        Self {
            name: name.to_owned(),
            known: Mutex::new(known),
            all_bytes: all_bytes.clone(),
        }
    }

    /// The texts of all numbers so far.
    pub(super) fn texts(&self) -> Arc<StringViewArray> {
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        known.texts.clone()
    }

    /// Whether new queries should use numbers of it.
    pub(super) fn is_small(&self) -> bool {
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let all = self.all_bytes.load(Ordering::Relaxed);
        known.bytes <= TEXT_BYTES_MAX && all <= ALL_BYTES_MAX
    }

    /// The numbers of these texts; those that are new get one. Null has none.
    pub(super) fn numbers(&self, texts: &StringArray) -> Result<Vec<u32>> {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let Known {
            texts: all,
            numbers,
            hasher,
            bytes,
        } = &mut *known;
        let mut fresh: Vec<&str> = Vec::new();
        let mut told = Vec::with_capacity(texts.len());
        for text in texts.iter() {
            let Some(text) = text else {
                told.push(0);
                continue;
            };
            let at = |n: u32| match all.len() {
                before if (n as usize) < before => all.value(n as usize),
                before => fresh.get(n as usize - before).copied().unwrap_or_default(),
            };
            let hash = hasher.hash_one(text);
            if let Some(number) = numbers.find(hash, |n| at(*n) == text) {
                told.push(*number);
                continue;
            }
            if all.len() + fresh.len() >= NUMBERS_MAX {
                return exec_err!("too many texts of {}", self.name);
            }
            let number = (all.len() + fresh.len()) as u32;
            numbers.insert_unique(hash, number, |n| hasher.hash_one(at(*n)));
            fresh.push(text);
            told.push(number);
        }
        if !fresh.is_empty() {
            let added: usize = fresh.iter().map(|text| text.len()).sum();
            let added = added + fresh.len() * (size_of::<u128>() + 2 * size_of::<u32>());
            *bytes += added;
            self.all_bytes.fetch_add(added, Ordering::Relaxed);
            let fresh = StringViewArray::from(fresh);
            let grown = concat(&[all.as_ref(), &fresh])?;
            // Few buffers: every array of texts names them all.
            let grown = grown.as_string_view();
            let many = grown.data_buffers().len() > 8;
            *all = Arc::new(if many { grown.gc() } else { grown.clone() });
        }
        Ok(told)
    }

    /// The texts of numbers.
    fn decoded(&self, numbers: &UInt32Array) -> Result<ArrayRef> {
        let texts = self.texts();
        if texts.is_empty() {
            return Ok(arrow::array::new_null_array(
                &DataType::Utf8View,
                numbers.len(),
            ));
        }
        Ok(compact(take(texts.as_ref(), numbers, None)?))
    }
}

/// Bytes of texts up to which nobody minds that an array holds more than it shows.
const LOOSE_BYTES_MAX: usize = 1 << 20;

/// Texts that hold little more than they show. Whoever counts memory counts all that a batch holds, and
/// many batches of one large array would be counted as many large arrays.
pub(super) fn compact(values: ArrayRef) -> ArrayRef {
    let Some(texts) = values.as_string_view_opt() else {
        return values;
    };
    let held: usize = texts.data_buffers().iter().map(|b| b.len()).sum();
    if held > LOOSE_BYTES_MAX && held / 4 > texts.total_buffer_bytes_used() {
        return Arc::new(texts.gc());
    }
    values
}

impl fmt::Debug for Dictionary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Dictionary({})", self.name)
    }
}

/// The function that gives the texts of a dictionary's numbers.
pub(in crate::engine) fn text_function(dictionary: &Arc<Dictionary>) -> ScalarUDF {
    ScalarUDF::from(TextOf {
        dictionary: dictionary.clone(),
        signature: Signature::exact(vec![DataType::UInt32], Volatility::Immutable),
    })
}

#[derive(Debug)]
struct TextOf {
    dictionary: Arc<Dictionary>,
    signature: Signature,
}

impl PartialEq for TextOf {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.dictionary, &other.dictionary)
    }
}

impl Eq for TextOf {}

impl Hash for TextOf {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.dictionary.name.hash(state);
    }
}

impl ScalarUDFImpl for TextOf {
    fn name(&self) -> &str {
        "text_of"
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _: &[DataType]) -> Result<DataType> {
        Ok(DataType::Utf8View)
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        match args.args.first() {
            Some(ColumnarValue::Array(numbers)) => {
                let numbers = numbers.as_primitive::<UInt32Type>();
                self.dictionary.decoded(numbers).map(ColumnarValue::Array)
            }
            Some(ColumnarValue::Scalar(number)) => {
                let number = number.to_array()?;
                let text = self
                    .dictionary
                    .decoded(number.as_primitive::<UInt32Type>())?;
                ScalarValue::try_from_array(&text, 0).map(ColumnarValue::Scalar)
            }
            None => exec_err!("text_of takes one number"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_keeps_its_number() {
        let dictionary = Dictionary::new("a", &Arc::default());
        let long = "a text that does not fit into a view";
        let first = StringArray::from(vec![Some("a"), None, Some(long), Some("a")]);
        let told = dictionary.numbers(&first).expect("numbers");
        assert_eq!(told, [0, 0, 1, 0]);
        for round in 0..20 {
            let new = format!("{long} {round}");
            let texts =
                StringArray::from(vec![Some(long), Some(new.as_str()), Some(""), Some("a")]);
            let told = dictionary.numbers(&texts).expect("numbers");
            assert_eq!((told[0], told[3]), (1, 0));
            let numbers = UInt32Array::from(vec![Some(told[1]), None, Some(told[2])]);
            let decoded = dictionary.decoded(&numbers).expect("texts");
            let decoded: Vec<Option<&str>> = decoded.as_string_view().iter().collect();
            assert_eq!(decoded, [Some(new.as_str()), None, Some("")]);
        }
        assert_eq!(dictionary.texts().len(), 23);
        assert!(dictionary.texts().data_buffers().len() <= 9 && dictionary.is_small());
    }

    #[test]
    fn few_texts_do_not_hold_many() {
        let texts = (0..100_000).map(|n| format!("a text that does not fit: {n}"));
        let texts: StringViewArray = texts.map(Some).collect();
        let held = |values: &ArrayRef| -> usize {
            let texts = values.as_string_view();
            texts.data_buffers().iter().map(|b| b.len()).sum()
        };
        let few: ArrayRef = Arc::new(texts.slice(7, 100));
        let small = compact(few.clone());
        assert_eq!(&small, &few);
        assert!(held(&few) > LOOSE_BYTES_MAX && held(&small) < 10_000);
        let all: ArrayRef = Arc::new(texts);
        assert_eq!(held(&compact(all.clone())), held(&all));
    }

    #[test]
    fn columns_share_their_bound() {
        let all = Arc::new(AtomicUsize::new(ALL_BYTES_MAX - 10));
        let (one, other) = (Dictionary::new("a", &all), Dictionary::new("b", &all));
        assert!(one.is_small() && other.is_small());
        let text = StringArray::from(vec![Some("a text")]);
        one.numbers(&text).expect("numbers");
        assert!(!one.is_small() && !other.is_small());
    }

    #[test]
    fn nothing_but_nulls() {
        let dictionary = Dictionary::new("a", &Arc::default());
        let decoded = dictionary.decoded(&UInt32Array::from(vec![None, None]));
        assert_eq!(decoded.expect("texts").null_count(), 2);
    }
}
