//! `location_risk(country, ip, …)`: How unusual and dangerous the place of one row is, in points.

use std::sync::Arc;

use arrow::array::Int32Array;
use arrow::datatypes::DataType;

use super::{FunctionDoc, LocationFunction};

pub(super) const FUNCTION: LocationFunction = LocationFunction {
    doc: FunctionDoc {
        name: "location_risk",
        syntax: "location_risk(country, ip, latitude, longitude, is_managed, is_compliant [, risk_level])",
        description: "Points from 0 to 100 for what one row states of place, network and device, by the \
                      rule of signins.location_risk; for rows of any table. It knows no history: new \
                      countries, travel and hours are only in signins. The organisation's countries, \
                      networks and points are those of table location_settings. Null is unknown and \
                      gives no points; the result is never null.",
        example: "location_risk(country, ip_address, latitude, longitude, is_managed, is_compliant, \
                  risk_level_during_sign_in) >= 35",
    },
    gives: || DataType::Int32,
    rule: |scores| {
        let points = scores.map(|score| Some(i32::from(score.points)));
        Arc::new(points.collect::<Int32Array>())
    },
};
