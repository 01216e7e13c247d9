//! What a story consists of: plain values, the same for the terminal and for JSON.
//!
//! Texts of records stand here as they were written; whoever shows them makes them safe. Times are
//! microseconds since 1970-01-01 UTC and RFC 3339 in JSON. What the data does not say is `None`.

use serde::Serialize;

use super::clock::{optional_time, time};
use super::find::{Coverage, FoundAs};
use super::question::Asked;
use super::risk::Risk;

/// The answer to a question about ids.
#[derive(Debug, Clone, Serialize)]
pub struct Answer {
    pub asked: Asked,
    /// What the ids were found as, and which of them; `None`: not at all.
    pub found_as: Option<FoundAs>,
    pub found_ids: Vec<String>,
    /// In order of time.
    pub signins: Vec<Story>,
    /// Sign-ins that were found and are not told.
    pub not_told: usize,
    /// What is worth knowing about question and data together.
    pub notes: Vec<String>,
    /// What the code of the message means, where no sign-in says it.
    pub code: Option<CodeNote>,
    /// What the lake holds, where nothing was found.
    pub coverage: Option<Coverage>,
}

/// One sign-in.
#[derive(Debug, Clone, Serialize)]
pub struct Story {
    pub signin_id: String,
    pub tenant_id: Option<String>,
    pub headline: String,
    /// success, failure, interrupted or unknown.
    pub outcome: String,
    pub mfa_outcome: String,
    pub event_type: String,
    #[serde(serialize_with = "time")]
    pub started_at: i64,
    #[serde(serialize_with = "time")]
    pub ended_at: i64,
    pub who: Who,
    pub what: What,
    /// Where the requests came from, each place once, in order of time.
    pub places: Vec<Place>,
    pub device: Device,
    pub mfa: Mfa,
    pub final_code: Option<CodeNote>,
    pub timeline: Vec<Event>,
    pub ruling: Ruling,
    pub policies: Vec<Policy>,
    /// Policies of the deciding record that did not apply.
    pub policies_not_applied: usize,
    pub signals: Vec<Signal>,
    /// `None`: the place was never judged.
    pub risk: Option<Risk>,
    pub before: Option<Before>,
    /// The next sign-ins of the same person with somebody at the screen, within a day.
    pub later: Vec<Line>,
    pub advice: Advice,
    /// What the data does not say, and what must not be read into it.
    pub not_said: Vec<String>,
    pub ids: Ids,
}

#[derive(Debug, Clone, Serialize)]
pub struct Who {
    /// user, service principal or managed identity.
    pub kind: String,
    pub name: Option<String>,
    pub user_principal_name: Option<String>,
    pub id: Option<String>,
    /// member or guest.
    pub user_type: Option<String>,
    pub home_tenant_id: Option<String>,
}

#[derive(Debug, Clone, Serialize)]
pub struct What {
    pub app: Option<String>,
    pub app_id: Option<String>,
    pub resource: Option<String>,
    pub client: Option<String>,
    pub protocol: Option<String>,
    pub incoming_token: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Place {
    pub ip_address: Option<String>,
    pub asn: Option<i64>,
    pub city: Option<String>,
    pub state: Option<String>,
    /// ISO 3166-1 alpha-2.
    pub country: Option<String>,
    /// Named locations of the tenant that matched, and their kind.
    pub networks: Vec<String>,
}

#[derive(Debug, Clone, Serialize)]
pub struct Device {
    pub id: Option<String>,
    pub name: Option<String>,
    pub operating_system: Option<String>,
    pub browser: Option<String>,
    pub trust_type: Option<String>,
    pub is_managed: Option<bool>,
    pub is_compliant: Option<bool>,
    /// Chosen by the client.
    pub user_agent: Option<String>,
}

/// What was asked and what was answered.
#[derive(Debug, Clone, Serialize)]
pub struct Mfa {
    pub requirement: Option<String>,
    pub challenge: Option<CodeNote>,
    pub prompts: i64,
    pub method: Option<String>,
    pub seconds: Option<f64>,
    pub failure_reason: Option<String>,
    pub skip_reason: Option<String>,
    /// yes, no or unknown.
    pub password_correct: String,
}

/// A code as the table knows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CodeNote {
    pub code: i32,
    /// success, interrupt, failure or unknown.
    pub kind: String,
    pub title: Option<String>,
    pub meaning: Option<String>,
    pub not_said: Option<String>,
    /// Text of the code as the export gives it.
    pub written: Option<String>,
}

/// What an event is taken from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum EventKind {
    /// An entry of `authenticationDetails`.
    Step,
    /// The code of a record.
    Code,
}

/// One thing that happened.
#[derive(Debug, Clone, Serialize)]
pub struct Event {
    pub kind: EventKind,
    /// `None`: after what stands before it; the record gives no time of its own for it.
    #[serde(serialize_with = "optional_time")]
    pub at: Option<i64>,
    /// Seconds since the sign-in began.
    pub offset_s: Option<f64>,
    /// One word: first factor, asked, passed, denied, …, or the kind of the record's code.
    pub word: String,
    pub text: String,
    pub record_id: String,
    pub method: Option<String>,
    pub result: Option<String>,
    pub succeeded: Option<bool>,
    pub code: Option<i32>,
    /// The MFA outcome rests on it.
    pub decides: bool,
}

/// Why the MFA outcome is what it is.
#[derive(Debug, Clone, Serialize)]
pub struct Ruling {
    /// As in column `decided_by`.
    pub rule: String,
    pub because: String,
    /// The rule, applied again to the records, comes to the same.
    pub confirmed: bool,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Policy {
    pub name: String,
    /// success, failure, reportOnlyFailure, …
    pub result: String,
    pub controls: Vec<String>,
    pub said: String,
    pub record_id: String,
}

/// Something that speaks for or against the user having done this.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Signal {
    /// Against: look for an attack. Otherwise it is a sign of the user.
    pub against: bool,
    pub text: String,
}

/// What the same person did in the 30 days before, from the sign-ins that had begun earlier.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Before {
    pub signins: i64,
    /// Days since the first of them.
    pub days: i64,
    pub successes: i64,
    /// Successes a day or more before, with the address, network, country and device of this one.
    pub from_address: i64,
    pub from_network: i64,
    pub from_country: i64,
    pub with_device: i64,
    /// In the 24 hours before: second factors that failed, and prompts of sign-ins that did not pass.
    pub failed_mfa_24h: i64,
    pub prompts_24h: i64,
    /// In the hour before.
    pub failed_mfa_1h: i64,
    pub wrong_passwords_24h: i64,
}

#[derive(Debug, Clone, Default, Serialize)]
pub struct Advice {
    /// What the MFA outcome means.
    pub meaning: Option<String>,
    pub user: Vec<String>,
    pub administrator: Vec<String>,
    pub developer: Vec<String>,
    /// When the outcome is not what it seems.
    pub wrong_if: Option<String>,
}

#[derive(Debug, Clone, Serialize)]
pub struct Ids {
    pub record_ids: Vec<String>,
    pub correlation_id: Option<String>,
    pub session_id: Option<String>,
    pub app_id: Option<String>,
    pub user_id: Option<String>,
    pub device_id: Option<String>,
}

/// One sign-in in a list.
#[derive(Debug, Clone, Serialize)]
pub struct Line {
    #[serde(serialize_with = "time")]
    pub started_at: i64,
    pub app: Option<String>,
    pub place: String,
    pub device: String,
    pub outcome: String,
    pub mfa_outcome: String,
    pub method: Option<String>,
    pub seconds: Option<f64>,
    pub code: Option<i32>,
    pub event_type: String,
    pub signin_id: String,
}
