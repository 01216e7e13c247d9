//! Writes a person's record as diagnostic settings do: keys, order and number formats.
//!
//! Everything goes straight into a byte buffer; no text holds a character that JSON would escape.

use super::catalog::{APPS, App, CLIENTS};
use super::envelope::{push_envelope, push_head, push_location, push_name};
use super::plan::{Kind, Plan};
use super::tally::names_person;
use super::tenant::{Person, World};
use super::text::{push, push_guid, push_ip, push_number, push_six};
use super::value::{
    push_device, push_mfa_detail, push_networks, push_processing, push_status, push_steps,
};

/// Tenant that Microsoft's own applications belong to.
pub(super) const MICROSOFT: &str = "f8cdef31-a31e-4b4a-93e4-5f571e91255a";

/// Writes the object of any record, without a line end.
pub(super) fn push_record(out: &mut Vec<u8>, plan: &Plan, world: &World) {
    if names_person(plan.kind) {
        push_user_record(out, plan, world);
    } else {
        super::service::push_service_record(out, plan, world);
    }
    push(out, "}}");
}

fn push_user_record(out: &mut Vec<u8>, plan: &Plan, world: &World) {
    let person = &world.people[plan.scene.who as usize];
    let app = &APPS[usize::from(plan.scene.app)];
    push_envelope(out, plan, world, Some(person));
    push_head(out, plan);
    push_who(out, plan, world, person, app);
    push(out, r#""status":"#);
    push_status(out, plan);
    push_client(out, plan);
    push(out, r#","deviceDetail":"#);
    push_device(out, plan, person);
    push(out, ",");
    push_location(out, plan);
    if let Some(step) = plan.second_factor() {
        push(out, r#""mfaDetail":"#);
        push_mfa_detail(out, plan, step);
        out.push(b',');
    }
    push(out, r#""correlationId":""#);
    push_guid(out, plan.scene.correlation);
    push(out, r#"","#);
    push_policies(out, plan, world, person, app);
    push_request(out, plan, app);
    push_risk_and_resource(out, plan, world, person, app);
    push(out, r#""authenticationDetails":"#);
    push_steps(out, plan);
    push_requirement(out, plan);
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

fn push_client(out: &mut Vec<u8>, plan: &Plan) {
    let client = &CLIENTS[usize::from(plan.scene.client)];
    push(out, r#","clientAppUsed":""#);
    push(out, client.app_used);
    if !client.agent.is_empty() {
        push(out, r#"","userAgent":""#);
        push(out, client.agent);
    }
    out.push(b'"');
}

fn push_policies(out: &mut Vec<u8>, plan: &Plan, world: &World, person: &Person, app: &App) {
    let list = world.policies(plan, person, app);
    push(out, r#""conditionalAccessStatus":""#);
    push(out, list.status);
    push(out, r#"","appliedConditionalAccessPolicies":["#);
    out.extend_from_slice(list.part(plan.part));
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
    push(out, r#"","authenticationProcessingDetails":"#);
    push_processing(out, plan, app);
    push(out, r#","networkLocationDetails":"#);
    push_networks(out, plan);
    push(
        out,
        r#","clientCredentialType":"none","processingTimeInMilliseconds":"#,
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

fn push_requirement(out: &mut Vec<u8>, plan: &Plan) {
    push(
        out,
        r#","authenticationRequirementPolicies":[],"sessionLifetimePolicies":[],"authenticationRequirement":""#,
    );
    push(out, plan.requirement());
    out.push(b'"');
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
    push(out, plan.incoming_token());
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
