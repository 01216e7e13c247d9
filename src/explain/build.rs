//! Builds the story of one sign-in from its row, its records and their policies.

use super::advice::advice;
use super::load::Loaded;
use super::policies::policies;
use super::risk::risk;
use super::ruling::{again, ruling};
use super::story::{Before, CodeNote, Device, Ids, Line, Mfa, Place, Story, What, Who};
use super::surroundings::signals;
use super::timeline::timeline;
use super::unsaid::not_said;
use crate::signin::aadsts::{CodeTable, Kind};
use crate::signin::advice::advice as by_outcome;
use crate::signin::mfa::is_person;
use crate::signin::row::{Cell, Row};
use crate::signin::schema::{Record, Signin};
use crate::signin::tables::Tables;

/// What the table says of codes, as stories tell it.
pub(super) struct CodeNotes<'a>(pub(super) &'a CodeTable);

impl CodeNotes<'_> {
    pub(super) fn kind(&self, code: i32) -> Kind {
        self.0.kind(code)
    }

    /// What is known of a code; `written` is the export's own text for it.
    pub(super) fn note(&self, code: i32, written: Option<String>) -> CodeNote {
        let row = self.0.get(code);
        let text = |text: &String| (!text.is_empty()).then(|| text.clone());
        CodeNote {
            code,
            kind: self.kind(code).name().to_owned(),
            title: row.and_then(|row| text(&row.title)),
            meaning: row.and_then(|row| text(&row.meaning)),
            not_said: row.and_then(|row| text(&row.not_said)),
            written,
        }
    }
}

/// The story of a sign-in and what surrounds it.
pub(super) fn story(
    loaded: &Loaded,
    tables: &Tables,
    before: Option<Before>,
    later: Vec<Line>,
) -> Story {
    let (signin, codes) = (&loaded.signin, &*tables.codes);
    let notes = CodeNotes(codes);
    let decision = again(loaded, tables);
    let (policies, policies_not_applied) = policies(loaded);
    let places = places(&loaded.records);
    let signals = signals(loaded, before.as_ref(), &places);
    let written = signin.text(Signin::FinalFailureReason);
    let final_code = signin
        .code(Signin::FinalErrorCode)
        .map(|code| notes.note(code, written));
    let ruling = ruling(loaded, &decision);
    Story {
        signin_id: signin.word(Signin::SigninId),
        tenant_id: signin.text(Signin::TenantId),
        headline: headline(loaded, final_code.as_ref(), codes),
        outcome: signin.word(Signin::Outcome),
        mfa_outcome: signin.word(Signin::MfaOutcome),
        event_type: signin.word(Signin::EventType),
        started_at: signin.started_at(),
        ended_at: signin.ended_at(),
        who: who(loaded),
        what: what(loaded),
        device: device(loaded),
        mfa: mfa(loaded, &notes),
        timeline: timeline(loaded, &notes, &tables.results, decision.evidence),
        advice: advice(loaded, codes, &policies, &signals),
        signals,
        not_said: not_said(loaded, codes),
        ids: ids(loaded),
        risk: risk(signin),
        places,
        final_code,
        ruling,
        policies,
        policies_not_applied,
        before,
        later,
    }
}

fn is_service(loaded: &Loaded) -> bool {
    !is_person(&loaded.signin.word(Signin::EventType))
}

fn headline(loaded: &Loaded, code: Option<&CodeNote>, codes: &CodeTable) -> String {
    let signin = &loaded.signin;
    let mfa_outcome = signin.word(Signin::MfaOutcome);
    let mfa = by_outcome(&mfa_outcome).map_or(mfa_outcome, |row| row.title.clone());
    let named = |code: &CodeNote| match code.title.as_ref().or(code.written.as_ref()) {
        Some(title) => format!("AADSTS{}: {}", code.code, title.trim_end_matches('.')),
        None => format!("AADSTS{}, which is in no table", code.code),
    };
    let code = code.filter(|code| code.code != 0);
    let ended = match (signin.word(Signin::Outcome).as_str(), code) {
        ("success", _) => "The sign-in succeeded".to_owned(),
        ("failure", Some(code)) => format!("The sign-in failed with {}", named(code)),
        ("failure", None) => "The sign-in failed".to_owned(),
        ("interrupted", Some(code)) => format!("The sign-in stopped at {}", named(code)),
        ("interrupted", None) => "The sign-in was not finished".to_owned(),
        (_, Some(code)) => format!(
            "How the sign-in ended is unknown; its last code is {}",
            named(code)
        ),
        (_, None) => "How the sign-in ended is unknown".to_owned(),
    };
    if is_service(loaded) {
        return format!("{ended}.");
    }
    let about_mfa = code.is_none_or(|code| codes.mfa_stage(code.code) != "none");
    if about_mfa {
        format!("{mfa}. {ended}.")
    } else {
        format!("{ended}. {mfa}.")
    }
}

fn who(loaded: &Loaded) -> Who {
    let signin = &loaded.signin;
    if is_service(loaded) {
        let kind = match signin.word(Signin::EventType).as_str() {
            "managedIdentity" => "managed identity",
            _ => "service principal",
        };
        return Who {
            kind: kind.to_owned(),
            name: signin
                .text(Signin::ServicePrincipalName)
                .or(signin.text(Signin::AppDisplayName)),
            user_principal_name: None,
            id: signin
                .text(Signin::ServicePrincipalId)
                .or(signin.text(Signin::AppId)),
            user_type: None,
            home_tenant_id: None,
        };
    }
    let home = signin.text(Signin::HomeTenantId);
    Who {
        kind: "user".to_owned(),
        name: signin.text(Signin::UserDisplayName),
        user_principal_name: signin.text(Signin::UserPrincipalName),
        id: signin.text(Signin::UserId),
        user_type: signin.text(Signin::UserType),
        home_tenant_id: home.filter(|home| Some(home) != signin.text(Signin::TenantId).as_ref()),
    }
}

/// A text that says something: exports write `none` for "does not apply".
fn told(text: Option<String>) -> Option<String> {
    text.filter(|text| !text.eq_ignore_ascii_case("none"))
}

fn what(loaded: &Loaded) -> What {
    let signin = &loaded.signin;
    What {
        app: signin.text(Signin::AppDisplayName),
        app_id: signin.text(Signin::AppId),
        resource: signin
            .text(Signin::ResourceDisplayName)
            .or(signin.text(Signin::ResourceId)),
        client: signin.text(Signin::ClientAppUsed),
        protocol: told(signin.text(Signin::AuthenticationProtocol)),
        incoming_token: told(signin.text(Signin::IncomingTokenType)),
    }
}

fn places(records: &[Row<'static>]) -> Vec<Place> {
    let mut places: Vec<Place> = Vec::new();
    for record in records {
        let text = |column| record.text(column).map(str::to_owned);
        let place = Place {
            ip_address: text(Record::IpAddress),
            asn: record.int(Record::AutonomousSystemNumber),
            city: text(Record::City),
            state: text(Record::State),
            country: text(Record::Country),
            networks: networks(
                record
                    .text(Record::NetworkLocationDetails)
                    .unwrap_or_default(),
            ),
        };
        if !places.contains(&place) {
            places.push(place);
        }
    }
    places
}

/// The named locations of `networkLocationDetails`.
fn networks(json: &str) -> Vec<String> {
    let list: serde_json::Value = serde_json::from_str(json).unwrap_or_default();
    let mut names = Vec::new();
    for entry in list.as_array().into_iter().flatten() {
        let kind = entry["networkType"].as_str().unwrap_or_default();
        let trusted = kind.eq_ignore_ascii_case("trustedNamedLocation");
        for name in entry["networkNames"].as_array().into_iter().flatten() {
            let name = name.as_str().unwrap_or_default();
            names.push(if trusted {
                format!("{name} (trusted)")
            } else {
                name.to_owned()
            });
        }
    }
    names.retain(|name| !name.is_empty());
    names
}

fn device(loaded: &Loaded) -> Device {
    let signin = &loaded.signin;
    Device {
        id: signin.text(Signin::DeviceId),
        name: signin.text(Signin::DeviceDisplayName),
        operating_system: signin.text(Signin::OperatingSystem),
        browser: signin.text(Signin::Browser),
        trust_type: signin.text(Signin::TrustType),
        is_managed: signin.flag(Signin::IsManaged),
        is_compliant: signin.flag(Signin::IsCompliant),
        user_agent: signin.text(Signin::UserAgent),
    }
}

fn mfa(loaded: &Loaded, codes: &CodeNotes<'_>) -> Mfa {
    let signin = &loaded.signin;
    Mfa {
        requirement: signin.text(Signin::AuthenticationRequirement),
        challenge: signin
            .code(Signin::ChallengeCode)
            .map(|code| codes.note(code, None)),
        prompts: signin.int(Signin::MfaPrompts).unwrap_or(0),
        method: signin.text(Signin::MfaMethod),
        seconds: signin.float(Signin::SecondsToMfa),
        failure_reason: signin.text(Signin::MfaFailureReason),
        skip_reason: signin.text(Signin::MfaSkipReason),
        password_correct: signin.word(Signin::PasswordCorrect),
    }
}

fn ids(loaded: &Loaded) -> Ids {
    let signin = &loaded.signin;
    Ids {
        record_ids: signin.texts(Signin::RecordIds),
        correlation_id: signin.text(Signin::CorrelationId),
        session_id: signin.text(Signin::SessionId),
        app_id: signin.text(Signin::AppId),
        user_id: signin.text(Signin::UserId),
        device_id: signin.text(Signin::DeviceId),
    }
}

/// Whether a record's flag is set.
pub(super) fn is_set(record: &Row<'_>, column: Record) -> bool {
    matches!(record.get(column), Cell::Bool(true))
}
