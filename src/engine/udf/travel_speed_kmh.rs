//! `travel_speed_kmh(lat1, lon1, t1, lat2, lon2, t2)`: The speed that a journey needs.

use std::sync::Arc;

use arrow::array::Float64Array;
use arrow::datatypes::DataType;

use super::{FunctionDoc, RowFunction, Takes, place_at};
use crate::signin::distance::speed_kmh;

pub(super) const FUNCTION: RowFunction = RowFunction {
    doc: FunctionDoc {
        name: "travel_speed_kmh",
        syntax: "travel_speed_kmh(latitude, longitude, time, other_latitude, other_longitude, other_time)",
        description: "Kilometres per hour that a journey from one place and time to another needs, along \
                      the great circle; which is the earlier does not matter. Null where both times are \
                      the same, and where distance_km is null. Coordinates of addresses can be far off: \
                      a speed between near places and times says little. Of three arguments and with OVER, it is \
                      the speed from the row before.",
        example: "travel_speed_kmh(latitude, longitude, started_at, \
                  lag(latitude) OVER w, lag(longitude) OVER w, lag(started_at) OVER w) > 900",
    },
    takes: &[
        Takes::Number,
        Takes::Number,
        Takes::Time,
        Takes::Number,
        Takes::Number,
        Takes::Time,
    ],
    gives: DataType::Float64,
    rule: |arguments| {
        let (from, to) = (place_at(arguments, 0), place_at(arguments, 3));
        let (start, end) = (arguments.integer(2), arguments.integer(5));
        let speed = |i| speed_kmh((from(i)?, start(i)?), (to(i)?, end(i)?));
        Ok(Arc::new(
            arguments.rows().map(speed).collect::<Float64Array>(),
        ))
    },
};
