//! Writes the nested values that diagnostic records and Log Analytics rows share.

use super::catalog::{App, CLIENTS, failure_text};
use super::instant::{MILLI, push_event_time, push_whole_second};
use super::plan::{Kind, Method, Plan, Step};
use super::tenant::Person;
use super::text::{push, push_guid, push_number, push_six};

/// Writes `{"errorCode":…}` with failure reason and note, where there are any.
pub(super) fn push_status(out: &mut Vec<u8>, plan: &Plan) {
    push(out, r#"{"errorCode":"#);
    push_number(out, u64::from(plan.code));
    if plan.code != 0 {
        push(out, r#","failureReason":""#);
        push(out, failure_text(plan.code));
        out.push(b'"');
    }
    if !plan.note.is_empty() {
        push(out, r#","additionalDetails":""#);
        push(out, plan.note);
        out.push(b'"');
    }
    out.push(b'}');
}

/// Writes the device as an object without its empty keys.
pub(super) fn push_device(out: &mut Vec<u8>, plan: &Plan, person: &Person) {
    let client = &CLIENTS[usize::from(plan.scene.client)];
    push(out, r#"{"deviceId":""#);
    let laptop = person.device(plan.scene.device);
    if let Some(id) = laptop {
        push_guid(out, id);
        push(out, r#"","displayName":"LAPTOP-"#);
        push_six(out, person.number);
    }
    out.push(b'"');
    for (key, value) in [
        ("operatingSystem", client.system),
        ("browser", client.browser),
    ] {
        if !value.is_empty() {
            push(out, ",\"");
            push(out, key);
            push(out, "\":\"");
            push(out, value);
            out.push(b'"');
        }
    }
    if laptop.is_some() {
        push(
            out,
            r#","isCompliant":true,"isManaged":true,"trustType":"Hybrid Azure AD joined""#,
        );
    }
    out.push(b'}');
}

/// Writes the method of a second factor and the telephone it went to.
pub(super) fn push_mfa_detail(out: &mut Vec<u8>, plan: &Plan, step: &Step) {
    push(out, r#"{"authMethod":""#);
    push(out, step.method.name());
    if let Some(number) = plan.telephone(step) {
        push(out, r#"","authDetail":"+XX XXXXXXXX"#);
        push_number(out, number);
    }
    push(out, r#""}"#);
}

/// Writes the processing details of a person's record as a list.
pub(super) fn push_processing(out: &mut Vec<u8>, plan: &Plan, app: &App) {
    push(
        out,
        r#"[{"key":"Legacy TLS (TLS 1.0, 1.1, 3DES)","value":"False"},"#,
    );
    if plan.kind == Kind::NonInteractive {
        push(out, r#"{"key":"Oauth Scope Info","value":""#);
        push(out, app.scopes);
        push(out, r#""},"#);
    }
    push(out, r#"{"key":"Is CAE Token","value":"False"}]"#);
}

/// Writes the named networks as a list.
pub(super) fn push_networks(out: &mut Vec<u8>, plan: &Plan) {
    push(
        out,
        if plan.scene.trusted {
            r#"[{"networkType":"trustedNamedLocation","networkNames":["Offices"]}]"#
        } else {
            "[]"
        },
    );
}

/// Writes the steps as a list, with the sequence numbers that only diagnostic logs have.
pub(super) fn push_steps(out: &mut Vec<u8>, plan: &Plan) {
    out.push(b'[');
    for (i, step) in plan.steps().iter().enumerate() {
        if i > 0 {
            out.push(b',');
        }
        push_step(out, plan, step, i as u64);
    }
    out.push(b']');
}

fn push_step(out: &mut Vec<u8>, plan: &Plan, step: &Step, number: u64) {
    let at = plan.created + i64::from(step.after_ms) * MILLI;
    push(out, r#"{"authenticationStepDateTime":""#);
    // Real arrays mix seven digits with none; half of the second factors have none.
    if step.method.second() && plan.id.0[3] & 1 == 1 {
        push_whole_second(out, at);
    } else {
        push_event_time(out, at);
    }
    if step.method != Method::Unnamed {
        push(out, r#"","authenticationMethod":""#);
        push(out, step.method.name());
    }
    if step.method == Method::Password {
        push(
            out,
            r#"","authenticationMethodDetail":"Password in the cloud"#,
        );
    }
    push(
        out,
        if step.succeeded {
            r#"","succeeded":true"#
        } else {
            r#"","succeeded":false"#
        },
    );
    push(out, r#","authenticationStepResultDetail":""#);
    push(out, step.detail);
    push(out, r#"","authenticationStepRequirement":""#);
    push(out, step.requirement());
    push(out, r#"","StatusSequence":"#);
    push_number(out, number);
    push(out, r#","RequestSequence":"#);
    push_number(out, number.min(1));
    out.push(b'}');
}
