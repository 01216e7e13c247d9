//! SQL functions, one file each, in one ordered list.
//!
//! A function file says what the function is and which rule it calls; the rules live in `signin`.
//! What they share, reading arguments of any type, stands beside this folder.

mod aadsts_advice;
mod aadsts_category;
mod aadsts_is_mfa;
mod aadsts_kind;
mod aadsts_title;
mod country_name;
mod country_region;
mod distance_km;
mod ip_in_network;
mod ip_is_private;
mod ip_network;
mod location_risk;
mod location_risk_level;
mod location_risk_reasons;
mod mfa_method;
mod mfa_method_is_phishing_resistant;
mod mfa_outcome;
mod mfa_result;
mod travel_speed_kmh;

use std::sync::Arc;

use datafusion::logical_expr::ScalarUDF;

pub use super::code_function::FunctionDoc;
use super::code_function::{CodeFunction, OfCode, Rule};
use super::location_function::{LocationFunction, OfPlace};
use super::row_function::{Arguments, OfRows, RowFunction, Takes};
use super::text_function::{OfText, TextFunction, TextRule};
use crate::signin::distance::Place;
use crate::signin::tables::Tables;

/// A function with its documentation.
pub struct Function {
    pub udf: ScalarUDF,
    pub doc: FunctionDoc,
}

/// All functions, in the order of help.
pub fn functions(tables: &Arc<Tables>) -> Vec<Function> {
    let of_code = |function: CodeFunction| Function {
        doc: function.doc,
        udf: ScalarUDF::from(OfCode::new(function, tables.codes.clone())),
    };
    let of_text = |function: TextFunction| Function {
        doc: function.doc,
        udf: ScalarUDF::from(OfText::new(function, tables.clone())),
    };
    let of_place = |function: LocationFunction| Function {
        doc: function.doc,
        udf: ScalarUDF::from(OfPlace::new(function, tables.clone())),
    };
    let of_rows = |function: RowFunction| Function {
        doc: function.doc,
        udf: ScalarUDF::from(OfRows::new(function)),
    };
    vec![
        of_code(aadsts_kind::FUNCTION),
        of_code(aadsts_category::FUNCTION),
        of_code(aadsts_title::FUNCTION),
        of_code(aadsts_advice::FUNCTION),
        of_code(aadsts_is_mfa::FUNCTION),
        of_text(mfa_result::FUNCTION),
        of_text(mfa_method::FUNCTION),
        of_text(mfa_method_is_phishing_resistant::FUNCTION),
        Function {
            doc: mfa_outcome::DOC,
            udf: ScalarUDF::from(mfa_outcome::MfaOutcome::new(tables.clone())),
        },
        of_place(location_risk::FUNCTION),
        of_place(location_risk_level::FUNCTION),
        of_place(location_risk_reasons::FUNCTION),
        of_rows(distance_km::FUNCTION),
        of_rows(travel_speed_kmh::FUNCTION),
        of_rows(ip_in_network::FUNCTION),
        of_rows(ip_network::FUNCTION),
        of_rows(ip_is_private::FUNCTION),
        of_rows(country_name::FUNCTION),
        of_rows(country_region::FUNCTION),
    ]
}

/// The place of each row whose latitude and longitude are the arguments from `first` on.
fn place_at(arguments: &Arguments, first: usize) -> impl Fn(usize) -> Option<Place> {
    let (latitude, longitude) = (arguments.number(first), arguments.number(first + 1));
    move |row| Place::new(latitude(row)?, longitude(row)?)
}
