//! `country_region(code)`: The part of the world that a country is in.

use std::sync::Arc;

use arrow::array::StringArray;
use arrow::datatypes::DataType;

use super::{FunctionDoc, RowFunction, Takes};
use crate::signin::countries;

pub(super) const FUNCTION: RowFunction = RowFunction {
    doc: FunctionDoc {
        name: "country_region",
        syntax: "country_region(code)",
        description: "The UN M49 region of an ISO 3166-1 alpha-2 code: Africa, Americas, Asia, Europe or \
                      Oceania; the code's case does not matter. Null where it is null or no such code, \
                      and for Antarctica, which is in none.",
        example: "country_region('CH') = 'Europe'",
    },
    takes: &[Takes::Text],
    gives: DataType::Utf8,
    rule: |arguments| {
        let code = arguments.text(0);
        let region = |i| countries::find(code(i)?)?.region.as_deref();
        Ok(Arc::new(
            arguments.rows().map(region).collect::<StringArray>(),
        ))
    },
};
