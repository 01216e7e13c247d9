//! Names the kinds of movement that a sign-in is planted as, and how its place is shown. The
//! header of `generate` says what each of them is.

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
    /// The country alone, at its middle.
    Country,
    /// City and country without coordinates.
    NoPosition,
    Nowhere,
}
