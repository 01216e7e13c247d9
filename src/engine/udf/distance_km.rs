//! `distance_km(lat1, lon1, lat2, lon2)`: Kilometres between two places.

use std::sync::Arc;

use arrow::array::Float64Array;
use arrow::datatypes::DataType;

use super::{FunctionDoc, RowFunction, Takes, place_at};

pub(super) const FUNCTION: RowFunction = RowFunction {
    doc: FunctionDoc {
        name: "distance_km",
        syntax: "distance_km(latitude, longitude, other_latitude, other_longitude)",
        description: "Kilometres between two places along the great circle, from degrees north and \
                      east. Null where a coordinate is null or out of range, or a place is 0,0, which \
                      stands for unknown.",
        example: "distance_km(47.38, 8.54, 40.71, -74.01) > 6000",
    },
    takes: &[Takes::Number; 4],
    gives: DataType::Float64,
    rule: |arguments| {
        let (from, to) = (place_at(arguments, 0), place_at(arguments, 2));
        let distances = arguments.rows().map(|i| Some(from(i)?.distance_km(to(i)?)));
        Ok(Arc::new(distances.collect::<Float64Array>()))
    },
};
