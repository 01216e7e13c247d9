//! The first of two values that is known: what a column shows whose value stands in two places.
//!
//! A function of its own, not `coalesce`: the optimizer turns that one into a choice that no filter
//! can be pushed through, while [`FirstKnown`] is taken apart by `engine::plan`.

use arrow::array::ArrayRef;
use arrow::compute::is_not_null;
use arrow::compute::kernels::zip::zip;
use arrow::datatypes::DataType;
use datafusion::common::{Result, exec_err};
use datafusion::logical_expr::{
    ColumnarValue, Expr, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility,
};

/// `first_known(a, b)`: a, and b where a is null. Both have one type.
#[derive(Debug, PartialEq, Eq, Hash)]
pub(in crate::engine) struct FirstKnown {
    signature: Signature,
}

/// The first of two values that is known.
pub(super) fn first_known(first: Expr, second: Expr) -> Expr {
    let function = FirstKnown {
        signature: Signature::any(2, Volatility::Immutable),
    };
    ScalarUDF::from(function).call(vec![first, second])
}

impl ScalarUDFImpl for FirstKnown {
    fn name(&self) -> &str {
        "first_known"
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, kinds: &[DataType]) -> Result<DataType> {
        match kinds {
            [first, second] if first == second => Ok(first.clone()),
            _ => exec_err!("first_known takes two values of one type"),
        }
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let arrays: Vec<ArrayRef> = ColumnarValue::values_to_arrays(&args.args)?;
        let [first, second] = arrays.as_slice() else {
            return exec_err!("first_known takes two values");
        };
        let known = is_not_null(first)?;
        Ok(ColumnarValue::Array(zip(&known, first, second)?))
    }
}
