//! The column `applied_conditional_access_policies` of `records`: the list that a key stands for.
//!
//! The lake stores each distinct list once; the column is made from the key while a query runs, and
//! costs nothing in queries that do not name it.

use std::collections::HashMap;
use std::hash::{Hash, Hasher};
use std::sync::{Arc, OnceLock};

use arrow::array::{ArrayRef, AsArray, StringViewArray};
use arrow::datatypes::{DataType, Field, Int64Type};
use datafusion::common::{Result, exec_err};
use datafusion::logical_expr::{
    ColumnarValue, ScalarFunctionArgs, ScalarUDFImpl, Signature, Volatility,
};

use crate::lake::Lake;
use crate::lake::policies::PolicySets;

/// The column's name.
pub(super) const NAME: &str = "applied_conditional_access_policies";

/// The column as a field of the table.
pub(super) fn field() -> Field {
    Field::new(NAME, DataType::Utf8View, true)
}

/// Turns keys of policy lists into the lists' JSON text.
#[derive(Debug)]
pub(super) struct PolicyTexts {
    lake: Arc<Lake>,
    /// Read when the first query asks; the text of the error where that failed.
    texts: OnceLock<Result<HashMap<i64, String>, String>>,
    signature: Signature,
}

impl PolicyTexts {
    /// The lists of a lake.
    pub(super) fn new(lake: Arc<Lake>) -> Self {
        Self {
            lake,
            texts: OnceLock::new(),
            signature: Signature::exact(vec![DataType::Int64], Volatility::Immutable),
        }
    }

    fn read(&self) -> Result<HashMap<i64, String>, String> {
        let sets = PolicySets::load(&self.lake).map_err(|e| e.to_string())?;
        Ok(sets.texts().collect())
    }
}

impl PartialEq for PolicyTexts {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.lake, &other.lake)
    }
}

impl Eq for PolicyTexts {}

impl Hash for PolicyTexts {
    fn hash<H: Hasher>(&self, state: &mut H) {
        NAME.hash(state);
    }
}

impl ScalarUDFImpl for PolicyTexts {
    fn name(&self) -> &str {
        "policy_list"
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _: &[DataType]) -> Result<DataType> {
        Ok(DataType::Utf8View)
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let texts = match self.texts.get_or_init(|| self.read()) {
            Ok(texts) => texts,
            Err(reason) => return exec_err!("{reason}"),
        };
        let Some(keys) = args.args.first() else {
            return exec_err!("policy_list takes one key");
        };
        let keys = keys.to_array(args.number_rows)?;
        let found = keys
            .as_primitive::<Int64Type>()
            .iter()
            .map(|key| texts.get(&key?).map(String::as_str));
        let lists: StringViewArray = found.collect();
        Ok(ColumnarValue::Array(Arc::new(lists) as ArrayRef))
    }
}
