//! Names the kinds of movement that a sign-in is planted as, and how its place is shown.
//!
//! Shares are of the people of an export of 90 days; `life` and `plot` draw them. Nothing that
//! happens once begins before the 16th day.
//!
//! | kind | what it is | share |
//! | --- | --- | --- |
//! | home | home, office and mobile networks of the city where the person lives | the rest |
//! | commute | a carrier whose registered city is another of the country, one or two of them; or a telephone abroad that its carrier at home shows | 15 % of telephones; 10 % of a traveller's mobile sign-ins |
//! | vpn | one of two exits in another country, each with two fixed addresses; half use it daily, a third begin within the export | 25 % |
//! | travel | a business trip of 2-6 days, out and back in no less than distance at 700 km/h and 3 h | 30 % make 1-2 journeys, 3 of 5 for work |
//! | holiday_new_country | a journey of 6-14 days to a resort of a country never seen before | the other 2 of 5 |
//! | new_device | the first 14 days with a laptop of one's own, at first unmanaged | 12 % |
//! | night_owl | at home between 23 and 5 o'clock: by shift 3 %, once 5 % | 8 % |
//! | relocated | everything after a move for good | 2 % |
//! | takeover | somebody with the right password, abroad, from hosting or a home line, on an unknown device; half at the victim's night, half 3-40 min after the victim's own sign-in | 1 % |
//! | takeover_near | the same from another city of the country, by another provider | 1 % |
//! | impossible_travel | with the right password, 2,500 km and more from where the person signed in 6-80 min before, neither by an exit nor by a carrier | 1 % |
//! | guess | a stranger with a wrong password: most of the spray | - |
//! | service | nobody's sign-in: services and machines | - |
//!
//! The spray's success and every prompt of the fatigue attack are takeovers. One person in ten
//! signs in rarely, one in twelve joins and one in 25 leaves within the export, 3 % are guests. Of
//! all addresses 3 % have no or wrong coordinates, or no country; of carriers 9 %. Silent records of
//! the day after a journey may carry the address of the token they renew, and its kind.

/// What a sign-in's place is, in truth.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Movement {
    Home,
    Commute,
    Vpn,
    Travel,
    HolidayNewCountry,
    NewDevice,
    NightOwl,
    Relocated,
    Takeover,
    TakeoverNear,
    ImpossibleTravel,
    Guess,
    Service,
}

impl Movement {
    /// The names in the truth, by number.
    pub(super) const NAMES: [&'static str; 13] = [
        "home",
        "commute",
        "vpn",
        "travel",
        "holiday_new_country",
        "new_device",
        "night_owl",
        "relocated",
        "takeover",
        "takeover_near",
        "impossible_travel",
        "guess",
        "service",
    ];
}

/// What a record tells of its place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shown {
    Whole,
    /// City and country, at 0, 0.
    ZeroPosition,
    /// City and country without coordinates.
    NoPosition,
    Nowhere,
}
