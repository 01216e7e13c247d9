//! SQL functions, one file each, in one ordered list.
//!
//! A function file says what the function is and which rule it calls; the rules live in `signin`.
//! What they share, reading codes from any integer or text, stands here.

mod aadsts_advice;
mod aadsts_category;
mod aadsts_is_mfa;
mod aadsts_kind;
mod aadsts_title;

use std::sync::Arc;

use datafusion::logical_expr::ScalarUDF;

pub use super::code_function::FunctionDoc;
use super::code_function::{CodeFunction, OfCode, Rule};
use crate::signin::tables::Tables;

/// A function with its documentation.
pub struct Function {
    pub udf: ScalarUDF,
    pub doc: FunctionDoc,
}

/// All functions, in the order of help.
pub fn functions(tables: &Arc<Tables>) -> Vec<Function> {
    let list = [
        aadsts_kind::FUNCTION,
        aadsts_category::FUNCTION,
        aadsts_title::FUNCTION,
        aadsts_advice::FUNCTION,
        aadsts_is_mfa::FUNCTION,
    ];
    list.into_iter()
        .map(|f| Function {
            doc: f.doc,
            udf: ScalarUDF::from(OfCode::new(f, tables.codes.clone())),
        })
        .collect()
}
