//! A score with its reasons, whose points always add up to it.

use super::settings::Settings;

macro_rules! reasons {
    ($($variant:ident $name:literal $doc:literal)*) => {
        /// Why a sign-in got points, or lost them.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum Reason {
            $(#[doc = $doc] $variant,)*
        }

        impl Reason {
            /// Every reason, in the order in which they are listed in a score.
            pub const ALL: &[Reason] = &[$(Reason::$variant,)*];

            /// What it says, in a sentence.
            pub fn meaning(self) -> &'static str {
                match self {
                    $(Reason::$variant => $doc,)*
                }
            }

            /// The word in results and settings.
            pub fn name(self) -> &'static str {
                match self {
                    $(Reason::$variant => $name,)*
                }
            }
        }
    };
}

reasons! {
    NewCountryForUser "new_country_for_user" "The user was not in this country in the days before."
    NewCountryForTenant "new_country_for_tenant" "No user of the tenant came from there."
    NewAsnForUser "new_asn_for_user" "The user did not come through this network (ASN) in the days before."
    NewDeviceForUser "new_device_for_user" "The user came neither with this device nor with such a system and browser in the days before."
    ImpossibleTravel "impossible_travel" "Too far from the place before, in too little time."
    RiskyCountry "risky_country" "A country on the organisation's list."
    Anonymiser "anonymiser" "A Tor exit, an anonymous VPN, or a network that carries them."
    Hosting "hosting" "A network of rented servers."
    UnusualHour "unusual_hour" "An hour of the organisation's clock in which the user does not work."
    UnmanagedDevice "unmanaged_device" "Known not to be managed."
    NoncompliantDevice "noncompliant_device" "Known not to be compliant, and not known as unmanaged."
    PasswordThenStopped "password_then_stopped" "The password was right, the sign-in failed."
    EntraRiskLow "entra_risk_low" "Entra's own level."
    EntraRiskMedium "entra_risk_medium" "Entra's own level."
    EntraRiskHigh "entra_risk_high" "Entra's own level."
    TrustedLocation "trusted_location" "A named location that is marked as trusted."
    OwnNetwork "own_network" "A network of the organisation."
    EgressCountry "egress_country" "The organisation's traffic leaves there."
    TrustedCountry "trusted_country" "A country on the organisation's list."
    CompliantDevice "compliant_device" "Managed and compliant."
    SharedEgress "shared_egress" "An address of many users of the tenant."
    KnownAddress "known_address" "The travel ends at a block of addresses from which the user came before."
    CarrierJump "carrier_jump" "Travel within a country, in a mobile carrier's network."
    PhishingResistant "phishing_resistant" "A method that resists phishing was passed."
    Limited "limited_to_range" "Keeps the score within 0 to 100, and Entra's risk whole."
}

impl Reason {
    /// Whether it is Entra's own judgement, which rests on more than place and device.
    fn is_of_entra(&self) -> bool {
        let entra = [
            Reason::EntraRiskLow,
            Reason::EntraRiskMedium,
            Reason::EntraRiskHigh,
        ];
        entra.contains(self)
    }
}

/// How much attention a score asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    None,
    Low,
    Medium,
    High,
}

impl Level {
    /// The level of a word in results.
    pub fn parse(word: &str) -> Option<Level> {
        let levels = [Level::None, Level::Low, Level::Medium, Level::High];
        levels.into_iter().find(|level| level.name() == word)
    }

    /// The word in results.
    pub fn name(self) -> &'static str {
        match self {
            Level::None => "none",
            Level::Low => "low",
            Level::Medium => "medium",
            Level::High => "high",
        }
    }
}

/// The risk of one sign-in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Score {
    /// From 0 to 100: the sum of the reasons' points.
    pub points: u8,
    pub level: Level,
    /// In the order of [`Reason::ALL`], each once; none has 0 points.
    pub reasons: Vec<(Reason, i32)>,
}

impl Score {
    /// The score of some reasons; each counts once, however often it is given.
    pub(super) fn of(mut found: Vec<Reason>, settings: &Settings) -> Score {
        found.sort_unstable();
        found.dedup();
        let with_points = found.into_iter().map(|r| (r, settings.points(r)));
        let mut reasons: Vec<_> = with_points.filter(|(_, points)| *points != 0).collect();
        let sum_of = |wanted: &dyn Fn(Reason) -> bool| {
            let of = reasons.iter().filter(|(reason, _)| wanted(*reason));
            of.fold(0_i32, |sum, (_, points)| sum.saturating_add(*points))
        };
        let sum = sum_of(&|_| true);
        let entra = sum_of(&|reason| reason.is_of_entra());
        let limited = sum.max(entra).clamp(0, 100);
        if limited != sum {
            reasons.push((Reason::Limited, limited.saturating_sub(sum)));
        }
        let points = u8::try_from(limited).unwrap_or_default();
        Score {
            points,
            level: settings.level(points),
            reasons,
        }
    }

    /// The reasons as results show them, such as `new_country_for_user +30`.
    pub fn texts(&self) -> impl Iterator<Item = String> {
        let reasons = self.reasons.iter();
        reasons.map(|(reason, points)| format!("{} {points:+}", reason.name()))
    }
}
