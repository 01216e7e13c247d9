//! `location_risk_level(country, ip, …)`: How much attention the place of one row asks for, as a word.

use std::sync::Arc;

use arrow::array::StringArray;
use arrow::datatypes::DataType;

use super::{FunctionDoc, LocationFunction};

pub(super) const FUNCTION: LocationFunction = LocationFunction {
    doc: FunctionDoc {
        name: "location_risk_level",
        syntax: "location_risk_level(country, ip, latitude, longitude, is_managed, is_compliant [, risk_level])",
        description: "The level of location_risk of the same arguments: none, low, medium or high. From \
                      how many points on a level counts stands in table location_settings. Never null.",
        example: "location_risk_level(country, ip_address, latitude, longitude, is_managed, \
                  is_compliant) IN ('medium', 'high')",
    },
    gives: || DataType::Utf8,
    rule: |scores| {
        let words = scores.map(|score| Some(score.level.name()));
        Arc::new(words.collect::<StringArray>())
    },
};
