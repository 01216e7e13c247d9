//! Kilometres between two places on the globe, and the speed that a journey between them needs.

/// Mean radius of the earth, in km (IUGG).
const EARTH_RADIUS_KM: f64 = 6_371.008_8;
const MICROSECONDS_PER_HOUR: f64 = 3_600e6;

/// A place on the globe, in degrees north and east.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Place {
    latitude: f64,
    longitude: f64,
}

impl Place {
    /// The place of coordinates. `None` where they are out of range, not numbers, or 0,0, which
    /// exports give for an unknown place.
    pub fn new(latitude: f64, longitude: f64) -> Option<Self> {
        let on_globe = (-90.0..=90.0).contains(&latitude) && (-180.0..=180.0).contains(&longitude);
        let known = latitude != 0.0 || longitude != 0.0;
        (on_globe && known).then_some(Self {
            latitude,
            longitude,
        })
    }

    /// Degrees east.
    pub fn longitude(self) -> f64 {
        self.longitude
    }

    /// Kilometres to another place along the great circle, by haversine: a sphere, so up to 0.6 % off.
    pub fn distance_km(self, to: Self) -> f64 {
        let east = (self.longitude - to.longitude).abs();
        // The short way round: places on both sides of the date line are near.
        let east = east.min(360.0 - east).to_radians();
        let north = (self.latitude - to.latitude).abs().to_radians();
        let across = self.latitude.to_radians().cos() * to.latitude.to_radians().cos();
        let square = (north / 2.0).sin().powi(2) + across * (east / 2.0).sin().powi(2);
        let square = square.clamp(0.0, 1.0);
        2.0 * EARTH_RADIUS_KM * square.sqrt().atan2((1.0 - square).sqrt())
    }
}

/// Kilometres per hour between a place at a time and another one at another time, in microseconds.
/// The order does not matter; `None` at the same time, when no speed is enough.
pub fn speed_kmh(from: (Place, i64), to: (Place, i64)) -> Option<f64> {
    let apart = from.1.abs_diff(to.1);
    let hours = apart as f64 / MICROSECONDS_PER_HOUR;
    (apart > 0).then(|| from.0.distance_km(to.0) / hours)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn place(latitude: f64, longitude: f64) -> Place {
        Place::new(latitude, longitude).expect("a place")
    }

    fn near(value: f64, wanted: f64, by: f64) {
        assert!((value - wanted).abs() <= by, "{value}, not {wanted}");
    }

    #[test]
    fn known_distances() {
        let quarter = std::f64::consts::FRAC_PI_2 * EARTH_RADIUS_KM;
        let (zurich, new_york) = (place(47.3769, 8.5417), place(40.7128, -74.0060));
        near(zurich.distance_km(new_york), 6_325.0, 20.0);
        near(
            place(90.0, 0.0).distance_km(place(0.0, 77.0)),
            quarter,
            1e-6,
        );
        near(
            place(90.0, 0.0).distance_km(place(-90.0, 13.0)),
            2.0 * quarter,
            1e-6,
        );
        near(
            place(12.0, 34.0).distance_km(place(-12.0, -146.0)),
            2.0 * quarter,
            1e-3,
        );
        near(
            place(0.0, 10.0).distance_km(place(0.0, 11.0)),
            quarter / 90.0,
            1e-6,
        );
    }

    #[test]
    fn poles_and_the_date_line() {
        near(
            place(90.0, -120.0).distance_km(place(90.0, 60.0)),
            0.0,
            1e-9,
        );
        near(
            place(10.0, 180.0).distance_km(place(10.0, -180.0)),
            0.0,
            1e-9,
        );
        let across = place(0.0, 179.5).distance_km(place(0.0, -179.5));
        near(across, place(0.0, 10.0).distance_km(place(0.0, 11.0)), 1e-6);
    }

    #[test]
    fn unknown_places() {
        assert!(Place::new(0.0, 0.0).is_none() && Place::new(-0.0, 0.0).is_none());
        for (latitude, longitude) in [
            (90.1, 0.0),
            (-90.1, 0.0),
            (1.0, 180.1),
            (1.0, -180.1),
            (f64::NAN, 1.0),
            (1.0, f64::NAN),
            (f64::INFINITY, 1.0),
        ] {
            assert_eq!(Place::new(latitude, longitude), None);
        }
        assert!(Place::new(0.0, 1.0).is_some() && Place::new(1.0, 0.0).is_some());
    }

    #[test]
    fn speeds() {
        let (a, b) = (place(0.0, 10.0), place(0.0, 11.0));
        let hour = 3_600_000_000;
        let speed = speed_kmh((a, 0), (b, 2 * hour)).expect("a speed");
        near(speed, a.distance_km(b) / 2.0, 1e-9);
        assert_eq!(speed_kmh((a, 2 * hour), (b, 0)), Some(speed));
        assert_eq!(speed_kmh((a, 0), (a, hour)), Some(0.0));
        assert_eq!(speed_kmh((a, 7), (b, 7)), None);
        assert!(speed_kmh((a, i64::MIN), (b, i64::MAX)).is_some_and(|s| s > 0.0 && s < 1e-6));
    }

    fn anywhere() -> impl Strategy<Value = Place> {
        let latitude = prop_oneof![Just(90.0), Just(-90.0), -90.0..=90.0];
        let longitude = prop_oneof![Just(180.0), Just(-180.0), -180.0..=180.0];
        (latitude, longitude).prop_filter_map("0,0", |(north, east)| Place::new(north, east))
    }

    proptest! {
        #[test]
        fn a_distance_is_one(a in anywhere(), b in anywhere(), c in anywhere()) {
            let half = std::f64::consts::PI * EARTH_RADIUS_KM;
            let ab = a.distance_km(b);
            prop_assert_eq!(ab, b.distance_km(a));
            prop_assert_eq!(a.distance_km(a), 0.0);
            prop_assert!((0.0..=half).contains(&ab));
            prop_assert!(ab <= a.distance_km(c) + c.distance_km(b) + 1e-3);
        }

        #[test]
        fn the_other_end_of_the_globe_is_half_round(a in anywhere()) {
            let east = if a.longitude > 0.0 { a.longitude - 180.0 } else { a.longitude + 180.0 };
            let half = std::f64::consts::PI * EARTH_RADIUS_KM;
            if let Some(b) = Place::new(-a.latitude, east) {
                prop_assert!((a.distance_km(b) - half).abs() < 1e-3);
            }
        }
    }
}
