//! Writes what the records of people and services share: the envelope, the ids and the place.

use super::catalog::{FAMILY, GIVEN, failure_text};
use super::instant::{push_envelope_time, push_event_time};
use super::plan::{Kind, Plan};
use super::tally::names_person;
use super::tenant::{Person, World};
use super::text::{Ip, push, push_guid, push_ip, push_number};

/// The category of diagnostic logs.
pub(super) fn category(kind: Kind) -> &'static str {
    match kind {
        Kind::Interactive => "SignInLogs",
        Kind::NonInteractive => "NonInteractiveUserSignInLogs",
        Kind::ServicePrincipal => "ServicePrincipalSignInLogs",
        Kind::ManagedIdentity => "ManagedIdentitySignInLogs",
        Kind::FirstParty => "MicrosoftServicePrincipalSignInLogs",
        Kind::Adfs => "ADFSSignInLogs",
    }
}

/// Writes the envelope up to and including the brace that opens `properties`.
pub(super) fn push_envelope(
    out: &mut Vec<u8>,
    plan: &Plan,
    world: &World,
    identity: Option<&Person>,
) {
    let tenant = world.tenants[usize::from(plan.scene.tenant)].id;
    push(out, r#"{ "time": ""#);
    push_envelope_time(out, plan.delivered);
    push(out, r#"", "resourceId": "/tenants/"#);
    push_guid(out, tenant);
    push(
        out,
        r#"/providers/Microsoft.aadiam", "operationName": "Sign-in activity", "operationVersion": "1.0", "category": ""#,
    );
    push(out, category(plan.kind));
    push(out, r#"", "tenantId": ""#);
    push_guid(out, tenant);
    push(out, r#"", "resultType": ""#);
    push_number(out, u64::from(plan.code));
    if plan.code == 0 {
        push(out, r#"", "resultSignature": "SUCCESS", "durationMs": 0"#);
    } else {
        push(out, r#"", "resultSignature": "FAILURE", "#);
        if names_person(plan.kind) {
            push(out, r#""resultDescription": ""#);
            push(out, failure_text(plan.code));
            push(out, r#"", "#);
        }
        push(out, r#""durationMs": 0"#);
    }
    if plan.scene.ip != Ip::None {
        push(out, r#", "callerIpAddress": ""#);
        push_ip(out, plan.scene.ip);
        out.push(b'"');
    }
    push(out, r#", "correlationId": ""#);
    push_guid(out, plan.scene.correlation);
    if let Some(person) = identity {
        push(out, r#"", "identity": ""#);
        push_name(out, person);
    }
    push(out, r#"", "Level": 4"#);
    if let Some(place) = plan.scene.told_place() {
        push(out, r#", "location": ""#);
        push(out, place.country);
        out.push(b'"');
    }
    push(out, r#", "properties": {"#);
}

/// Writes `"id":…,"createdDateTime":…,` as every kind of record begins.
pub(super) fn push_head(out: &mut Vec<u8>, plan: &Plan) {
    push(out, r#""id":""#);
    push_guid(out, plan.id);
    push(out, r#"","createdDateTime":""#);
    push_event_time(out, plan.created);
    push(out, r#"","#);
}

/// Writes `"location":{…},`.
pub(super) fn push_location(out: &mut Vec<u8>, plan: &Plan) {
    push(out, r#""location":"#);
    push_place(out, plan, "");
    out.push(b',');
}

/// Writes the place as an object; `altitude` is the key before the latitude that Graph has.
pub(super) fn push_place(out: &mut Vec<u8>, plan: &Plan, altitude: &str) {
    let nowhere = if plan.kind == Kind::Adfs { "0" } else { "0.0" };
    let (city, state, country) = plan.scene.told_names();
    let position = plan.scene.told_position(nowhere);
    push(out, r#"{"city":""#);
    push(out, city);
    push(out, r#"","state":""#);
    push(out, state);
    push(out, r#"","countryOrRegion":""#);
    push(out, country);
    push(out, r#"","geoCoordinates":{"#);
    push(out, altitude);
    match position {
        Some((latitude, longitude)) => {
            push(out, r#""latitude":"#);
            push(out, latitude);
            push(out, r#","longitude":"#);
            push(out, longitude);
        }
        // Diagnostic logs leave the keys out, Graph gives null.
        None if altitude.is_empty() => {}
        None => push(out, r#""latitude":null,"longitude":null"#),
    }
    push(out, "}}");
}

/// Writes a person's display name.
pub(super) fn push_name(out: &mut Vec<u8>, person: &Person) {
    push(out, GIVEN[usize::from(person.given)]);
    out.push(b' ');
    push(out, FAMILY[usize::from(person.family)]);
}
