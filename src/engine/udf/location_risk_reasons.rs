//! `location_risk_reasons(country, ip, …)`: Why the place of one row has its points.

use std::sync::Arc;

use arrow::array::{ListBuilder, StringBuilder};
use arrow::datatypes::{DataType, Field};

use super::{FunctionDoc, LocationFunction};

pub(super) const FUNCTION: LocationFunction = LocationFunction {
    doc: FunctionDoc {
        name: "location_risk_reasons",
        syntax: "location_risk_reasons(country, ip, latitude, longitude, is_managed, is_compliant [, risk_level])",
        description: "The reasons of location_risk of the same arguments, as a list of texts such as \
                      risky_country +30. Their points add up to it; limited_to_range is what brings the \
                      sum back into 0 to 100. An empty list where nothing is known; never null.",
        example: "array_to_string(location_risk_reasons(country, ip_address, latitude, longitude, \
                  is_managed, is_compliant), ', ')",
    },
    gives: || DataType::List(Arc::new(Field::new_list_field(DataType::Utf8, true))),
    rule: |scores| {
        let mut lists = ListBuilder::new(StringBuilder::new());
        for score in scores {
            for text in score.texts() {
                lists.values().append_value(text);
            }
            lists.append(true);
        }
        Arc::new(lists.finish())
    },
};
