//! `country_name(code)`: The name of a country.

use std::sync::Arc;

use arrow::array::StringArray;
use arrow::datatypes::DataType;

use super::{FunctionDoc, RowFunction, Takes};
use crate::signin::countries;

pub(super) const FUNCTION: RowFunction = RowFunction {
    doc: FunctionDoc {
        name: "country_name",
        syntax: "country_name(code)",
        description: "The English short name of an ISO 3166-1 alpha-2 code, in ASCII; the code's case \
                      does not matter. Null where it is null or no such code.",
        example: "country_name('CH') = 'Switzerland'",
    },
    takes: &[Takes::Text],
    gives: DataType::Utf8,
    rule: |arguments| {
        let code = arguments.text(0);
        let name = |i| Some(countries::find(code(i)?)?.name.as_str());
        Ok(Arc::new(
            arguments.rows().map(name).collect::<StringArray>(),
        ))
    },
};
