//! What the functions of texts share: reading texts of any Arrow type, and a rule over one of them.

use std::sync::Arc;

use arrow::array::{ArrayRef, AsArray, BooleanArray, StringViewArray};
use arrow::compute::cast;
use arrow::datatypes::DataType;
use datafusion::common::{Result, exec_err, plan_err};
use datafusion::logical_expr::{
    ColumnarValue, ScalarFunctionArgs, ScalarUDFImpl, Signature, Volatility,
};

use super::code_function::{FunctionDoc, over_one};
use super::distinct::Distinct;
use crate::signin::tables::Tables;

/// What a function of a text that says something gives.
#[derive(Debug, Clone, Copy)]
pub(super) enum TextRule {
    Word(fn(&str, &Tables) -> &'static str),
    Flag(fn(&str, &Tables) -> Option<bool>),
}

/// The definition that a function file holds.
#[derive(Debug, Clone, Copy)]
pub(super) struct TextFunction {
    pub(super) doc: FunctionDoc,
    pub(super) rule: TextRule,
}

/// A function of one text. Null and empty text say nothing and give null.
#[derive(Debug)]
pub(super) struct OfText {
    function: TextFunction,
    tables: Arc<Tables>,
    signature: Signature,
}

impl OfText {
    pub(super) fn new(function: TextFunction, tables: Arc<Tables>) -> Self {
        Self {
            function,
            tables,
            signature: Signature::any(1, Volatility::Immutable),
        }
    }

    fn over(&self, values: &ArrayRef) -> Result<ArrayRef> {
        let texts = texts(self.function.doc.name, values)?;
        let said = texts.as_string::<i32>().iter();
        let said = said.map(|text| text.filter(|t| !t.trim().is_empty()));
        Distinct::of(said).each(|texts| match self.function.rule {
            TextRule::Word(rule) => {
                let words = texts.iter().map(|t| Some(rule(t, &self.tables)));
                Arc::new(words.collect::<StringViewArray>())
            }
            TextRule::Flag(rule) => {
                let flags = texts.iter().map(|t| rule(t, &self.tables));
                Arc::new(flags.collect::<BooleanArray>())
            }
        })
    }
}

/// Whether a type holds texts, or nothing but nulls.
pub(super) fn is_text(kind: &DataType) -> bool {
    use DataType::{Dictionary, LargeUtf8, Null, Utf8, Utf8View};
    match kind {
        Dictionary(_, values) => is_text(values),
        kind => matches!(kind, Utf8 | LargeUtf8 | Utf8View | Null),
    }
}

/// Texts of any type as plain ones.
pub(super) fn texts(function: &str, values: &ArrayRef) -> Result<ArrayRef> {
    if !is_text(values.data_type()) {
        return exec_err!("{function} takes a text, not {}", values.data_type());
    }
    Ok(cast(values, &DataType::Utf8)?)
}

impl PartialEq for OfText {
    fn eq(&self, other: &Self) -> bool {
        self.function.doc.name == other.function.doc.name
            && Arc::ptr_eq(&self.tables, &other.tables)
    }
}

impl Eq for OfText {}

impl std::hash::Hash for OfText {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        self.function.doc.name.hash(state);
    }
}

impl ScalarUDFImpl for OfText {
    fn name(&self) -> &str {
        self.function.doc.name
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, kinds: &[DataType]) -> Result<DataType> {
        if let Some(kind) = kinds.iter().find(|kind| !is_text(kind)) {
            return plan_err!("{} takes a text, not {kind}", self.function.doc.name);
        }
        Ok(match self.function.rule {
            TextRule::Word(_) => DataType::Utf8View,
            TextRule::Flag(_) => DataType::Boolean,
        })
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        over_one(self.function.doc.name, &args, &|values| self.over(values))
    }
}
