//! Writes the JSON line of a person's record: keys, order and number formats of the real exports.
//!
//! Everything goes straight into a byte buffer; no text holds a character that JSON would escape.

use super::catalog::{APPS, App, CLIENTS, failure_text};
use super::envelope::{push_envelope, push_head, push_location, push_name};
use super::instant::{MILLI, push_event_time, push_whole_second};
use super::plan::{Device, Kind, Method, Part, Plan, Step};
use super::tally::names_person;
use super::tenant::{Person, World};
use super::text::{push, push_guid, push_ip, push_number, push_six};

/// Tenant that Microsoft's own applications belong to.
const MICROSOFT: &str = "f8cdef31-a31e-4b4a-93e4-5f571e91255a";

/// Writes the line of any record, with its line end.
pub(super) fn push_record(out: &mut Vec<u8>, plan: &Plan, world: &World) {
    if names_person(plan.kind) {
        push_user_record(out, plan, world);
    } else {
        super::service::push_service_record(out, plan, world);
    }
    push(out, "}}\r\n");
}

fn push_user_record(out: &mut Vec<u8>, plan: &Plan, world: &World) {
    let person = &world.people[plan.scene.who as usize];
    let app = &APPS[usize::from(plan.scene.app)];
    push_envelope(out, plan, world, Some(person));
    push_head(out, plan);
    push_who(out, plan, world, person, app);
    push_status(out, plan);
    push_device(out, plan, person);
    push_location(out, plan);
    push_mfa_detail(out, plan);
    push(out, r#""correlationId":""#);
    push_guid(out, plan.scene.correlation);
    push(out, r#"","#);
    push_policies(out, plan, world, person, app);
    push_request(out, plan, app);
    push_risk_and_resource(out, plan, world, person, app);
    push_steps(out, plan);
    push_tail(out, plan, world, person, app);
}

fn push_who(out: &mut Vec<u8>, plan: &Plan, world: &World, person: &Person, app: &App) {
    push(out, r#""userDisplayName":""#);
    push_name(out, person);
    let tenant = &world.tenants[usize::from(person.home_tenant)];
    let as_typed = person.mixed_case && plan.kind == Kind::NonInteractive;
    push(out, r#"","userPrincipalName":""#);
    push(out, if as_typed { "User" } else { "user" });
    push_six(out, person.number);
    out.push(b'@');
    push(
        out,
        if as_typed {
            tenant.domain_as_typed
        } else {
            tenant.domain
        },
    );
    push(out, r#"","userId":""#);
    push_guid(out, person.id);
    push(out, r#"","appId":""#);
    push(out, app.id);
    push(out, r#"","appDisplayName":""#);
    push(out, app.name);
    push(out, r#"","ipAddress":""#);
    push_ip(out, plan.scene.ip);
    push(out, r#"","#);
}

fn push_status(out: &mut Vec<u8>, plan: &Plan) {
    push(out, r#""status":{"errorCode":"#);
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
    push(out, "},");
}

fn push_device(out: &mut Vec<u8>, plan: &Plan, person: &Person) {
    let client = &CLIENTS[usize::from(plan.scene.client)];
    push(out, r#""clientAppUsed":""#);
    push(out, client.app_used);
    if !client.agent.is_empty() {
        push(out, r#"","userAgent":""#);
        push(out, client.agent);
    }
    push(out, r#"","deviceDetail":{"deviceId":""#);
    let laptop = match plan.scene.device {
        Device::Laptop => person.laptop,
        Device::Phone | Device::Unknown => None,
    };
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
    push(out, "},");
}

fn push_mfa_detail(out: &mut Vec<u8>, plan: &Plan) {
    let Some(step) = plan.steps().iter().rev().find(|s| s.method.second()) else {
        return;
    };
    push(out, r#""mfaDetail":{"authMethod":""#);
    push(out, step.method.name());
    if matches!(step.method, Method::Sms | Method::Call) {
        push(out, r#"","authDetail":"+XX XXXXXXXX"#);
        push_number(out, u64::from(plan.scene.who % 90 + 10));
    }
    push(out, r#""},"#);
}

fn push_policies(out: &mut Vec<u8>, plan: &Plan, world: &World, person: &Person, app: &App) {
    let list = world
        .lists
        .of(plan.scene.tenant, person.class, app.group, plan.access);
    push(out, r#""conditionalAccessStatus":""#);
    push(out, list.status);
    push(out, r#"","appliedConditionalAccessPolicies":["#);
    out.extend_from_slice(match plan.part {
        Part::Whole => &list.elements,
        Part::First => &list.elements[..list.halves.0],
        Part::Second => &list.elements[list.halves.1..],
    });
    push(out, r#"],"authenticationContextClassReferences":[],"#);
}

fn push_request(out: &mut Vec<u8>, plan: &Plan, app: &App) {
    push(out, r#""originalRequestId":""#);
    push_guid(out, plan.original);
    let (interactive, issuer) = match plan.kind {
        Kind::NonInteractive => ("false", "AzureAD"),
        Kind::Adfs => ("true", "ADFederationServices"),
        _ => ("true", "AzureAD"),
    };
    push(out, r#"","isInteractive":"#);
    push(out, interactive);
    push(out, r#","tokenIssuerName":"","tokenIssuerType":""#);
    push(out, issuer);
    push(
        out,
        r#"","authenticationProcessingDetails":[{"key":"Legacy TLS (TLS 1.0, 1.1, 3DES)","value":"False"},"#,
    );
    if plan.kind == Kind::NonInteractive {
        push(out, r#"{"key":"Oauth Scope Info","value":""#);
        push(out, app.scopes);
        push(out, r#""},"#);
    }
    push(
        out,
        r#"{"key":"Is CAE Token","value":"False"}],"networkLocationDetails":["#,
    );
    if plan.scene.trusted {
        push(
            out,
            r#"{"networkType":"trustedNamedLocation","networkNames":["Offices"]}"#,
        );
    }
    push(
        out,
        r#"],"clientCredentialType":"none","processingTimeInMilliseconds":"#,
    );
    push_number(out, u64::from(plan.latency_ms));
    out.push(b',');
}

fn push_risk_and_resource(
    out: &mut Vec<u8>,
    plan: &Plan,
    world: &World,
    person: &Person,
    app: &App,
) {
    let detail = if plan.kind == Kind::Adfs {
        "hidden"
    } else {
        "none"
    };
    push(out, r#""riskDetail":""#);
    push(out, detail);
    push(
        out,
        r#"","riskLevelAggregated":"none","riskLevelDuringSignIn":"none","riskState":"none","riskEventTypes":[],"riskEventTypes_v2":[],"resourceDisplayName":""#,
    );
    push(out, app.resource);
    push(out, r#"","resourceId":""#);
    if plan.kind == Kind::Adfs {
        push(out, "https://apps.contoso.example/");
    } else {
        push(out, app.resource_id);
    }
    let tenant = world.tenants[usize::from(plan.scene.tenant)].id;
    push(out, r#"","resourceTenantId":""#);
    push_guid(out, tenant);
    push(out, r#"","homeTenantId":""#);
    push_guid(out, world.tenants[usize::from(person.home_tenant)].id);
    push(out, r#"","tenantId":""#);
    push_guid(out, tenant);
    push(out, r#"","#);
}

fn push_steps(out: &mut Vec<u8>, plan: &Plan) {
    push(out, r#""authenticationDetails":["#);
    for (i, step) in plan.steps().iter().enumerate() {
        if i > 0 {
            out.push(b',');
        }
        push_step(out, plan, step, i as u64);
    }
    push(
        out,
        r#"],"authenticationRequirementPolicies":[],"sessionLifetimePolicies":[],"authenticationRequirement":""#,
    );
    push(
        out,
        if plan.multi {
            "multiFactorAuthentication"
        } else {
            "singleFactorAuthentication"
        },
    );
    out.push(b'"');
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
    if step.method == Method::Unnamed || step.method.second() {
        push(out, r#"","StatusSequence":"#);
    } else {
        push(out, r#"Primary authentication","StatusSequence":"#);
    }
    push_number(out, number);
    push(out, r#","RequestSequence":"#);
    push_number(out, number.min(1));
    out.push(b'}');
}

fn push_tail(out: &mut Vec<u8>, plan: &Plan, world: &World, person: &Person, app: &App) {
    let (user_type, cross) = match person.guest() {
        true => ("Guest", "b2bCollaboration"),
        false => ("Member", "none"),
    };
    push(out, r#","servicePrincipalId":"","userType":""#);
    push(out, user_type);
    push(
        out,
        r#"","flaggedForReview":false,"isTenantRestricted":false,"autonomousSystemNumber":"#,
    );
    push_number(out, u64::from(plan.scene.network));
    push(out, r#","crossTenantAccessType":""#);
    push(out, cross);
    push(
        out,
        r#"","privateLinkDetails":{},"ssoExtensionVersion":"","uniqueTokenIdentifier":""#,
    );
    out.extend_from_slice(&plan.id.token_identifier());
    push(
        out,
        r#"","authenticationStrengths":[],"incomingTokenType":""#,
    );
    push(
        out,
        match (plan.kind, plan.scene.device) {
            (Kind::NonInteractive, Device::Laptop) => "primaryRefreshToken",
            (Kind::NonInteractive, _) => "refreshToken",
            _ => "none",
        },
    );
    push(
        out,
        r#"","authenticationProtocol":"none","appServicePrincipalId":null,"resourceServicePrincipalId":""#,
    );
    push(out, app.resource_id);
    push(
        out,
        r#"","rngcStatus":0,"signInTokenProtectionStatus":"none","tokenProtectionStatusDetails":{"signInSessionStatus":"unbound","signInSessionStatusCode":1002},"originalTransferMethod":"none","isThroughGlobalSecureAccess":false,"conditionalAccessAudiences":[{"applicationId":""#,
    );
    push(out, app.resource_id);
    push(out, r#"","audienceReasons":"none"}],"sessionId":""#);
    push_guid(out, plan.scene.session);
    push(out, r#"","appOwnerTenantId":""#);
    if app.first_party {
        push(out, MICROSOFT);
    } else {
        push_guid(out, world.tenants[0].id);
    }
    push(out, r#"","resourceOwnerTenantId":""#);
    push(out, MICROSOFT);
    out.push(b'"');
}
