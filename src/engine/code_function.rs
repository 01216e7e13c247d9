//! What the functions of an AADSTS code share: reading codes from any integer or text.

use std::sync::Arc;

use arrow::array::{ArrayRef, AsArray, BooleanArray, StringViewArray};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Int64Type};
use datafusion::common::{Result, ScalarValue, exec_err};
use datafusion::logical_expr::{
    ColumnarValue, ScalarFunctionArgs, ScalarUDFImpl, Signature, Volatility,
};

use super::distinct::Distinct;
use crate::signin::aadsts::{Code, CodeTable, parse_code};

/// What a function is, for help and the README.
#[derive(Debug, Clone, Copy)]
pub struct FunctionDoc {
    pub name: &'static str,
    pub syntax: &'static str,
    pub description: &'static str,
    pub example: &'static str,
}

/// Applies a function of one argument to an array, or to a single value.
pub(super) fn over_one(
    function: &str,
    args: &ScalarFunctionArgs,
    over: &dyn Fn(&ArrayRef) -> Result<ArrayRef>,
) -> Result<ColumnarValue> {
    match args.args.first() {
        Some(ColumnarValue::Array(values)) => over(values).map(ColumnarValue::Array),
        Some(ColumnarValue::Scalar(value)) => {
            let array = over(&value.to_array()?)?;
            ScalarValue::try_from_array(&array, 0).map(ColumnarValue::Scalar)
        }
        None => exec_err!("{function} takes one argument"),
    }
}

/// What a function of a code gives; `None` stands for a code that is not listed.
#[derive(Debug, Clone, Copy)]
pub(super) enum Rule {
    Text(fn(Option<&Code>) -> Option<String>),
    Flag(fn(Option<&Code>) -> Option<bool>),
}

/// The definition that a function file holds.
#[derive(Debug, Clone, Copy)]
pub(super) struct CodeFunction {
    pub(super) doc: FunctionDoc,
    pub(super) rule: Rule,
}

/// A function of one AADSTS code, given as an integer or as text.
#[derive(Debug)]
pub(super) struct OfCode {
    function: CodeFunction,
    codes: Arc<CodeTable>,
    signature: Signature,
}

impl OfCode {
    pub(super) fn new(function: CodeFunction, codes: Arc<CodeTable>) -> Self {
        Self {
            function,
            codes,
            signature: Signature::any(1, Volatility::Immutable),
        }
    }

    fn over(&self, values: &ArrayRef) -> Result<ArrayRef> {
        let kind = values.data_type();
        if kind.is_integer() || kind.is_null() {
            let numbers = cast(values, &DataType::Int64)?;
            let numbers = numbers.as_primitive::<Int64Type>().iter();
            let find = |n: &i64| i32::try_from(*n).ok().and_then(|c| self.codes.get(c));
            return Distinct::of(numbers).each(|codes| self.given(codes.iter().map(find)));
        }
        if !matches!(
            kind,
            DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View
        ) {
            return exec_err!(
                "{} takes an integer or a text, not {kind}",
                self.function.doc.name
            );
        }
        let texts = cast(values, &DataType::Utf8)?;
        let texts = texts.as_string::<i32>().iter();
        let find = |t: &&str| parse_code(t).and_then(|c| self.codes.get(c));
        Distinct::of(texts).each(|texts| self.given(texts.iter().map(find)))
    }

    /// What the rule gives for codes, listed or not.
    fn given<'c>(&self, codes: impl Iterator<Item = Option<&'c Code>>) -> ArrayRef {
        match self.function.rule {
            Rule::Text(rule) => Arc::new(codes.map(rule).collect::<StringViewArray>()),
            Rule::Flag(rule) => Arc::new(codes.map(rule).collect::<BooleanArray>()),
        }
    }
}

impl PartialEq for OfCode {
    fn eq(&self, other: &Self) -> bool {
        self.function.doc.name == other.function.doc.name && Arc::ptr_eq(&self.codes, &other.codes)
    }
}

impl Eq for OfCode {}

impl std::hash::Hash for OfCode {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        self.function.doc.name.hash(state);
    }
}

impl ScalarUDFImpl for OfCode {
    fn name(&self) -> &str {
        self.function.doc.name
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _: &[DataType]) -> Result<DataType> {
        Ok(match self.function.rule {
            Rule::Text(_) => DataType::Utf8View,
            Rule::Flag(_) => DataType::Boolean,
        })
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        over_one(self.function.doc.name, &args, &|values| self.over(values))
    }
}
