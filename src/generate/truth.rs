//! Keeps the planted truth: what the records and sign-ins of an export are, by construction.
//!
//! Every number is counted from a scenario when it is posted, never from the text of a record; what
//! a format cannot tell is taken away in `carries`.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::format::Format;

/// How a sign-in ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Outcome {
    Success,
    Failure,
    Interrupted,
    /// The code is in no published table.
    Unknown,
}

impl Outcome {
    pub(super) const NAMES: [&'static str; 4] = ["success", "failure", "interrupted", "unknown"];
}

/// What came of MFA in a sign-in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mfa {
    Passed,
    Denied,
    WrongCode,
    TimedOut,
    FraudReported,
    Blocked,
    Failed,
    RegistrationRequired,
    Abandoned,
    Pending,
    NotPrompted,
    SatisfiedByClaim,
    NotRequired,
    /// The format cannot tell.
    Unknown,
}

impl Mfa {
    pub(super) const NAMES: [&'static str; 14] = [
        "passed",
        "denied",
        "wrong_code",
        "timed_out",
        "fraud_reported",
        "blocked",
        "failed",
        "registration_required",
        "abandoned",
        "pending",
        "not_prompted",
        "satisfied_by_claim",
        "not_required",
        "unknown",
    ];

    /// Whether a second factor was reached, whatever came of it.
    pub(super) fn second_factor(self) -> bool {
        matches!(
            self,
            Self::Passed
                | Self::Denied
                | Self::WrongCode
                | Self::TimedOut
                | Self::FraudReported
                | Self::Blocked
                | Self::Failed
        )
    }
}

/// What is known of the password typed in a sign-in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Password {
    /// The right one was typed in the end.
    Right,
    /// Only wrong ones were.
    Wrong,
    /// None was typed, or a token stood for it.
    Untold,
}

impl Password {
    pub(super) const NAMES: [&'static str; 3] = ["yes", "no", "unknown"];
}

/// The password spray of an export.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SprayFacts {
    /// Autonomous system number that all tries come from, if the format tells it.
    pub asn: Option<u32>,
    /// Different users tried.
    pub users: u64,
    /// Records with a wrong password or a lockout.
    pub attempts: u64,
    /// First try, `YYYY-MM-DDThh:mm:ss.ffffffZ`.
    pub first_at: String,
    /// Last record of the spray: the one success.
    pub last_at: String,
    /// User name whose password was found.
    pub success_user: String,
}

/// The MFA fatigue attack of an export.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FatigueFacts {
    /// Autonomous system number of the attacker, if the format tells it.
    pub asn: Option<u32>,
    /// User name of the victim.
    pub user: String,
    /// User id of the victim.
    pub user_id: String,
    /// Prompts sent, the approved one included; each is a sign-in of its own.
    pub prompts: u64,
    /// First prompt, `YYYY-MM-DDThh:mm:ss.ffffffZ`.
    pub first_at: String,
    /// When the victim gave in.
    pub approved_at: String,
}

/// One planted incident.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IncidentFacts {
    /// `spike`, `broken_policy`, `outage` or `sms_delay`.
    pub name: &'static str,
    /// Whole hours in which it lies, `YYYY-MM-DDThh:mm:ss.ffffffZ`; the end is exclusive.
    pub from: String,
    pub until: String,
    /// Sign-ins that were planted, and the different people in them.
    pub signins: u64,
    pub users: u64,
    /// Application that it is about, of the spike and of the broken policy.
    pub app: Option<&'static str>,
}

/// What is true of an export, as far as its format can tell.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Truth {
    /// The format; a record it cannot carry is in none of the counts.
    pub format: Format,
    /// Rows of records written, in whatever container.
    pub rows: u64,
    /// Rows of the admin centre's AuthDetails files; each belongs to a record.
    pub detail_rows: u64,
    /// Distinct records after copies are merged.
    pub records: u64,
    /// Rows that only repeat a record.
    pub late_copies: u64,
    /// Rows that give a record a second state or the other half of its policies.
    pub completions: u64,
    /// Bytes written.
    pub bytes: u64,
    /// Records by error code.
    pub by_error_code: BTreeMap<u32, u64>,
    /// Records by day (UTC) of their `createdDateTime`.
    pub by_day: BTreeMap<String, u64>,
    /// Records by country, "" for none.
    pub by_country: BTreeMap<String, u64>,
    /// Records by event type.
    pub by_event_type: BTreeMap<String, u64>,
    /// Records with 50126, 50053 or 50056.
    pub password_attempts: u64,
    /// Different (tenant, user id) pairs of user records.
    pub distinct_users: u64,
    /// Different user names in lower case: the guest has one name and two accounts.
    pub distinct_user_names: u64,
    /// Sign-ins.
    pub signins: u64,
    /// Sign-ins by MFA outcome.
    pub by_mfa_outcome: BTreeMap<String, u64>,
    /// Sign-ins by outcome.
    pub by_outcome: BTreeMap<String, u64>,
    /// Sign-ins by whether the right password was typed.
    pub by_password_correct: BTreeMap<String, u64>,
    /// Sign-ins by scenario.
    pub by_scenario: BTreeMap<String, u64>,
    /// Times that somebody was asked for a second factor; `None` without authentication steps.
    pub mfa_prompts: Option<u64>,
    /// The spray, unless the export is too small for one.
    pub spray: Option<SprayFacts>,
    /// The fatigue attack, unless the export is too small for one.
    pub fatigue: Option<FatigueFacts>,
    /// What was planted with [`Options::incidents`](super::Options::incidents).
    pub incidents: Option<Vec<IncidentFacts>>,
    /// Sign-ins of each kind of movement and the people who have any, if people move.
    pub by_movement: Option<BTreeMap<String, (u64, u64)>>,
}

impl Truth {
    /// The truth as JSON, keys always in this order, with a line feed at the end.
    pub fn to_json(&self) -> String {
        let mut out = format!("{{\n  \"format\": \"{}\",\n", self.format.name());
        for (key, value) in [
            ("rows", Some(self.rows)),
            ("detail_rows", Some(self.detail_rows)),
            ("records", Some(self.records)),
            ("duplicates_or_completions", Some(self.rows - self.records)),
            ("late_copies", Some(self.late_copies)),
            ("completions", Some(self.completions)),
            ("bytes", Some(self.bytes)),
            ("distinct_users", Some(self.distinct_users)),
            ("distinct_user_names", Some(self.distinct_user_names)),
            ("password_attempts", Some(self.password_attempts)),
            ("mfa_prompts", self.mfa_prompts),
        ] {
            let _ = writeln!(out, "  \"{key}\": {},", number(value));
        }
        out.push_str("  \"records_by\": {\n    \"error_code\": ");
        object(&mut out, &self.by_error_code);
        for (key, counts) in [
            ("day", &self.by_day),
            ("country", &self.by_country),
            ("event_type", &self.by_event_type),
        ] {
            let _ = write!(out, ",\n    \"{key}\": ");
            object(&mut out, counts);
        }
        let _ = write!(
            out,
            "\n  }},\n  \"signins\": {{\n    \"total\": {}",
            self.signins
        );
        for (key, counts) in [
            ("by_mfa_outcome", &self.by_mfa_outcome),
            ("by_outcome", &self.by_outcome),
            ("by_password_correct", &self.by_password_correct),
            ("by_scenario", &self.by_scenario),
        ] {
            let _ = write!(out, ",\n    \"{key}\": ");
            object(&mut out, counts);
        }
        out.push_str("\n  },\n  \"spray\": ");
        self.spray_json(&mut out);
        out.push_str(",\n  \"fatigue\": ");
        self.fatigue_json(&mut out);
        self.incidents_json(&mut out);
        self.movement_json(&mut out);
        out.push_str("\n}\n");
        out
    }

    fn incidents_json(&self, out: &mut String) {
        let Some(incidents) = &self.incidents else {
            return;
        };
        out.push_str(",\n  \"incidents\": {");
        for (i, facts) in incidents.iter().enumerate() {
            let comma = if i == 0 { "" } else { "," };
            let _ = write!(
                out,
                "{comma}\n    \"{}\": {{\"from\": \"{}\", \"until\": \"{}\", \"signins\": {}, \"users\": {}, \"app\": {}}}",
                facts.name,
                facts.from,
                facts.until,
                facts.signins,
                facts.users,
                facts
                    .app
                    .map_or("null".to_owned(), |app| format!("\"{app}\""))
            );
        }
        out.push_str("\n  }");
    }

    fn movement_json(&self, out: &mut String) {
        let Some(kinds) = &self.by_movement else {
            return;
        };
        out.push_str(",\n  \"movement\": {");
        for (i, (name, (signins, people))) in kinds.iter().enumerate() {
            let comma = if i == 0 { "" } else { "," };
            let _ = write!(
                out,
                "{comma}\n    \"{name}\": {{\"signins\": {signins}, \"people\": {people}}}"
            );
        }
        out.push_str("\n  }");
    }

    fn spray_json(&self, out: &mut String) {
        let Some(facts) = &self.spray else {
            out.push_str("null");
            return;
        };
        let _ = write!(
            out,
            "{{\"asn\": {}, \"users\": {}, \"attempts\": {}, \"first_at\": \"{}\", \"last_at\": \"{}\", \"success_user\": \"{}\"}}",
            number(facts.asn.map(u64::from)),
            facts.users,
            facts.attempts,
            facts.first_at,
            facts.last_at,
            facts.success_user
        );
    }

    fn fatigue_json(&self, out: &mut String) {
        let Some(facts) = &self.fatigue else {
            out.push_str("null");
            return;
        };
        let _ = write!(
            out,
            "{{\"asn\": {}, \"user\": \"{}\", \"user_id\": \"{}\", \"prompts\": {}, \"first_at\": \"{}\", \"approved_at\": \"{}\"}}",
            number(facts.asn.map(u64::from)),
            facts.user,
            facts.user_id,
            facts.prompts,
            facts.first_at,
            facts.approved_at
        );
    }
}

/// A number, or JSON's word for none.
fn number(value: Option<u64>) -> String {
    value.map_or("null".to_string(), |value| value.to_string())
}

/// Keys hold no character that JSON would escape.
fn object<K: std::fmt::Display>(out: &mut String, counts: &BTreeMap<K, u64>) {
    out.push('{');
    for (i, (key, count)) in counts.iter().enumerate() {
        let comma = if i == 0 { "" } else { ", " };
        let _ = write!(out, "{comma}\"{key}\": {count}");
    }
    out.push('}');
}
