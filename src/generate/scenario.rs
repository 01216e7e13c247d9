//! Names the planted scenarios and says how often each is drawn.
//!
//! The order of the list is part of an export's bytes: add new ones at the end.

/// What a sign-in is meant to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Scenario {
    Plain,
    SatisfiedByClaim,
    Skipped,
    ChallengePassed,
    StaySignedIn,
    Denied,
    FraudReported,
    TimedOut,
    WrongCode,
    WrongCodeThenPassed,
    TimedOutThenPassed,
    DeniedThenPassedInOneRecord,
    Abandoned,
    Pending,
    RegistrationLeft,
    RegistrationDone,
    WrongPasswordFolded,
    WrongPasswordApart,
    BlockedAfterMfa,
    BlockedWithoutMfa,
    StatesOfOneId,
    PoliciesSplitOneId,
    PoliciesSplitTwoIds,
    CorrelationReusedAtOnce,
    CorrelationReusedWeeksLater,
    CorrelationReusedByAttacker,
    LegacyMail,
    MfaBlocked,
    MfaFailed,
    OtherInterrupt,
    LockedOut,
    SilentFollowUp,
    SilentPlain,
    SilentClaim,
    SilentChallenge,
    SilentExpired,
    SilentBlocked,
    SilentUnheardCode,
    ServicePrincipal,
    ServicePrincipalSecret,
    ManagedIdentity,
    ManagedIdentityRefused,
    FirstParty,
    Adfs,
    Spray,
    Fatigue,
    Witness,
    Spike,
    BrokenPolicy,
    Outage,
    SmsDelay,
}

impl Scenario {
    /// The names in the truth, by number.
    pub(super) const NAMES: [&'static str; 51] = [
        "plain",
        "satisfied_by_claim",
        "skipped",
        "challenge_passed",
        "stay_signed_in",
        "denied",
        "fraud_reported",
        "timed_out",
        "wrong_code",
        "wrong_code_then_passed",
        "timed_out_then_passed",
        "denied_then_passed_in_one_record",
        "abandoned",
        "pending",
        "registration_left",
        "registration_done",
        "wrong_password_folded",
        "wrong_password_apart",
        "blocked_after_mfa",
        "blocked_without_mfa",
        "states_of_one_id",
        "policies_split_one_id",
        "policies_split_two_ids",
        "correlation_reused_at_once",
        "correlation_reused_weeks_later",
        "correlation_reused_by_attacker",
        "legacy_mail",
        "mfa_blocked",
        "mfa_failed",
        "other_interrupt",
        "locked_out",
        "silent_follow_up",
        "silent_plain",
        "silent_claim",
        "silent_challenge",
        "silent_expired",
        "silent_blocked",
        "silent_unheard_code",
        "service_principal",
        "service_principal_secret",
        "managed_identity",
        "managed_identity_refused",
        "first_party",
        "adfs",
        "spray",
        "fatigue",
        "witness",
        "spike",
        "broken_policy",
        "outage",
        "sms_delay",
    ];
}

/// Interactive scenarios, with their weights in a hundred thousand.
pub(super) const INTERACTIVE: [(Scenario, u32); 31] = [
    (Scenario::Plain, 30_000),
    (Scenario::SatisfiedByClaim, 30_000),
    (Scenario::Skipped, 4_000),
    (Scenario::ChallengePassed, 16_500),
    (Scenario::StaySignedIn, 5_000),
    (Scenario::Denied, 1_000),
    (Scenario::FraudReported, 200),
    (Scenario::TimedOut, 1_000),
    (Scenario::WrongCode, 1_000),
    (Scenario::WrongCodeThenPassed, 800),
    (Scenario::TimedOutThenPassed, 600),
    (Scenario::DeniedThenPassedInOneRecord, 400),
    // Planted as pending instead in the last hours of an export.
    (Scenario::Abandoned, 1_000),
    (Scenario::RegistrationLeft, 400),
    (Scenario::RegistrationDone, 300),
    (Scenario::WrongPasswordFolded, 1_200),
    (Scenario::WrongPasswordApart, 1_000),
    (Scenario::BlockedAfterMfa, 400),
    (Scenario::BlockedWithoutMfa, 600),
    (Scenario::StatesOfOneId, 600),
    (Scenario::PoliciesSplitOneId, 500),
    (Scenario::PoliciesSplitTwoIds, 400),
    (Scenario::CorrelationReusedAtOnce, 400),
    (Scenario::CorrelationReusedWeeksLater, 50),
    (Scenario::CorrelationReusedByAttacker, 150),
    (Scenario::LegacyMail, 1_000),
    (Scenario::MfaBlocked, 150),
    (Scenario::MfaFailed, 250),
    (Scenario::OtherInterrupt, 300),
    (Scenario::LockedOut, 300),
    (Scenario::SilentFollowUp, 500),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weights_add_up_and_names_are_apart() {
        assert_eq!(INTERACTIVE.iter().map(|(_, w)| w).sum::<u32>(), 100_000);
        let mut names = Scenario::NAMES.to_vec();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), Scenario::SmsDelay as usize + 1);
    }
}
