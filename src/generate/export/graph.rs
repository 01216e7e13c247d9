//! Writes a record as a signIn object of Microsoft Graph, beta or v1.0.
//!
//! Times have whole seconds, enumerations are in lower case, success says "Other.", and what is
//! not known is null, "" or false as the service returns it. Keys stand in the reference's order.

use super::super::catalog::{APPS, App, CLIENTS, failure_text};
use super::super::envelope::{push_name, push_place};
use super::super::instant::{MILLI, Ticks, push_american, push_seconds};
use super::super::machine::Service;
use super::super::plan::{Kind, Method, Plan};
use super::super::policy::Dialect;
use super::super::record::MICROSOFT;
use super::super::service::{push_service_name, service_resource};
use super::super::tally::names_person;
use super::super::tenant::{Person, World};
use super::super::text::{push, push_guid, push_ip, push_number, push_six};
use super::super::value::{push_networks, push_processing};

/// How `createdDateTime` is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Clock {
    /// `2026-01-05T08:00:00Z`.
    Service,
    /// `1/5/2026 8:00:00 AM`, as a script on an American machine turns it into text.
    American,
}

/// Whom a record is about.
enum Who<'a> {
    Person(&'a Person, &'a App),
    Service(&'a Service),
}

/// Writes a compact object.
pub(super) fn push_sign_in(
    out: &mut Vec<u8>,
    plan: &Plan,
    world: &World,
    dialect: Dialect,
    clock: Clock,
) {
    let who = if names_person(plan.kind) {
        let person = &world.people[plan.scene.who as usize];
        Who::Person(person, &APPS[usize::from(plan.scene.app)])
    } else {
        Who::Service(world.service(plan))
    };
    push_names(out, plan, world, &who, clock);
    if dialect == Dialect::Beta {
        push_request(out, plan, &who);
    }
    push_risk(out, plan, world, &who, dialect);
    push_status(out, plan);
    push_device(out, plan, &who);
    push(out, r#","location":"#);
    push_place(out, plan, r#""altitude":null,"#);
    push_policies(out, plan, world, &who);
    if dialect == Dialect::Beta {
        push_steps(out, plan);
        push_beta_tail(out, plan, &who);
    }
    out.push(b'}');
}

fn push_time(out: &mut Vec<u8>, at: Ticks) {
    push_seconds(out, at);
    out.push(b'Z');
}

fn push_names(out: &mut Vec<u8>, plan: &Plan, world: &World, who: &Who, clock: Clock) {
    push(out, r#"{"id":""#);
    push_guid(out, plan.id);
    push(out, r#"","createdDateTime":""#);
    match clock {
        Clock::Service => push_time(out, plan.created),
        Clock::American => push_american(out, plan.created, " ", 0),
    }
    push(out, r#"","userDisplayName":""#);
    if let Who::Person(person, app) = who {
        push_name(out, person);
        push(out, r#"","userPrincipalName":""#);
        push(out, &world.user_name(plan.scene.who));
        push(out, r#"","userId":""#);
        push_guid(out, person.id);
        push(out, r#"","appId":""#);
        push(out, app.id);
        push(out, r#"","appDisplayName":""#);
        push(out, app.name);
    }
    if let Who::Service(service) = who {
        push(out, r#"","userPrincipalName":"","userId":"","appId":""#);
        push_guid(out, service.app_id);
        push(out, r#"","appDisplayName":""#);
        push_service_name(out, plan.kind, service);
    }
    push(out, r#"","ipAddress":""#);
    push_ip(out, plan.scene.ip);
    let client = &CLIENTS[usize::from(plan.scene.client)];
    let (used, agent) = match who {
        Who::Person(..) => (client.app_used, client.agent),
        Who::Service(_) => ("", ""),
    };
    push(out, r#"","clientAppUsed":""#);
    push(out, used);
    push(out, r#"","userAgent":""#);
    push(out, agent);
    push(out, r#"","correlationId":""#);
    push_guid(out, plan.scene.correlation);
    out.push(b'"');
}

fn push_request(out: &mut Vec<u8>, plan: &Plan, who: &Who) {
    push(out, r#","authenticationRequirement":""#);
    push(out, plan.requirement());
    push(out, r#"","originalRequestId":""#);
    push_guid(out, plan.original);
    push(out, r#"","signInEventTypes":[""#);
    push(
        out,
        match plan.kind {
            Kind::Interactive | Kind::Adfs => "interactiveUser",
            Kind::NonInteractive => "nonInteractiveUser",
            Kind::ServicePrincipal | Kind::FirstParty => "servicePrincipal",
            Kind::ManagedIdentity => "managedIdentity",
        },
    );
    push(
        out,
        r#""],"tokenIssuerName":"","tokenIssuerType":"AzureAD","processingTimeInMilliseconds":"#,
    );
    let latency = match who {
        Who::Person(..) => plan.latency_ms,
        Who::Service(_) => 0,
    };
    push_number(out, u64::from(latency));
}

fn push_risk(out: &mut Vec<u8>, plan: &Plan, world: &World, who: &Who, dialect: Dialect) {
    push(out, r#","isInteractive":"#);
    let interactive = matches!(plan.kind, Kind::Interactive | Kind::Adfs);
    push(out, if interactive { "true" } else { "false" });
    push(
        out,
        r#","riskDetail":"none","riskLevelAggregated":"none","riskLevelDuringSignIn":"none","riskState":"none","riskEventTypes_v2":[],"resourceDisplayName":""#,
    );
    let (resource_id, resource, home) = match who {
        Who::Person(person, app) => (app.resource_id, app.resource, person.home_tenant),
        Who::Service(service) => {
            let (id, name) = service_resource(service);
            (id, name, service.tenant)
        }
    };
    push(out, resource);
    push(out, r#"","resourceId":""#);
    push(out, resource_id);
    push(out, r#"","resourceTenantId":""#);
    push_guid(out, world.tenants[usize::from(plan.scene.tenant)].id);
    push(out, r#"","homeTenantId":""#);
    push_guid(out, world.tenants[usize::from(home)].id);
    if dialect == Dialect::Beta {
        push(out, r#"","homeTenantName":"","appOwnerTenantId":""#);
        match who {
            Who::Person(_, app) if app.first_party => push(out, MICROSOFT),
            _ => push_guid(out, world.tenants[usize::from(home)].id),
        }
        push(out, r#"","resourceOwnerTenantId":""#);
        push(out, MICROSOFT);
    }
    push(out, r#"","servicePrincipalId":""#);
    if let Who::Service(service) = who {
        push_guid(out, service.id);
        push(out, r#"","servicePrincipalName":""#);
        push_service_name(out, plan.kind, service);
        out.push(b'"');
    } else {
        push(out, r#"","servicePrincipalName":null"#);
    }
}

fn push_status(out: &mut Vec<u8>, plan: &Plan) {
    push(out, r#","status":{"errorCode":"#);
    push_number(out, u64::from(plan.code));
    push(out, r#","failureReason":""#);
    push(
        out,
        match plan.code {
            0 => "Other.",
            code => failure_text(code),
        },
    );
    push(out, r#"","additionalDetails":"#);
    push_or_null(out, plan.note);
    out.push(b'}');
}

fn push_or_null(out: &mut Vec<u8>, text: &str) {
    if text.is_empty() {
        push(out, "null");
    } else {
        out.push(b'"');
        push(out, text);
        out.push(b'"');
    }
}

fn push_device(out: &mut Vec<u8>, plan: &Plan, who: &Who) {
    push(out, r#","deviceDetail":{"deviceId":""#);
    let Who::Person(person, _) = who else {
        push(
            out,
            r#"","displayName":"","operatingSystem":"","browser":"","isCompliant":false,"isManaged":false,"trustType":""}"#,
        );
        return;
    };
    let client = &CLIENTS[usize::from(plan.scene.client)];
    let laptop = person.device(plan.scene.device);
    if let Some(id) = laptop {
        push_guid(out, id);
    }
    push(out, r#"","displayName":""#);
    if laptop.is_some() {
        push(out, "LAPTOP-");
        push_six(out, person.number);
    }
    push(out, r#"","operatingSystem":""#);
    push(out, client.system);
    push(out, r#"","browser":""#);
    push(out, client.browser);
    push(
        out,
        if laptop.is_some() {
            r#"","isCompliant":true,"isManaged":true,"trustType":"Hybrid Azure AD joined"}"#
        } else {
            r#"","isCompliant":false,"isManaged":false,"trustType":null}"#
        },
    );
}

fn push_policies(out: &mut Vec<u8>, plan: &Plan, world: &World, who: &Who) {
    push(out, r#","conditionalAccessStatus":""#);
    let Who::Person(person, app) = who else {
        push(out, r#"notApplied","appliedConditionalAccessPolicies":[]"#);
        return;
    };
    let list = world.policies(plan, person, app);
    push(out, list.status);
    push(out, r#"","appliedConditionalAccessPolicies":["#);
    out.extend_from_slice(list.part(plan.part));
    out.push(b']');
}

fn push_steps(out: &mut Vec<u8>, plan: &Plan) {
    push(out, r#","mfaDetail":"#);
    match plan.second_factor() {
        None => push(out, "null"),
        Some(step) => {
            push(out, r#"{"authMethod":""#);
            push(out, step.method.name());
            push(out, r#"","authDetail":"#);
            if let Some(number) = plan.telephone(step) {
                push(out, "\"+XX XXXXXXXX");
                push_number(out, number);
                out.push(b'"');
            } else {
                push(out, "null");
            }
            out.push(b'}');
        }
    }
    push(out, r#","authenticationDetails":["#);
    for (i, step) in plan.steps().iter().enumerate() {
        if i > 0 {
            out.push(b',');
        }
        push(out, r#"{"authenticationStepDateTime":""#);
        push_time(out, plan.created + i64::from(step.after_ms) * MILLI);
        push(out, r#"","authenticationMethod":"#);
        push_or_null(out, step.method.name());
        push(out, r#","authenticationMethodDetail":"#);
        push_or_null(out, method_detail(step.method));
        push(out, r#","succeeded":"#);
        push(out, if step.succeeded { "true" } else { "false" });
        push(out, r#","authenticationStepResultDetail":"#);
        push_or_null(out, step.detail);
        push(out, r#","authenticationStepRequirement":""#);
        push(out, step.requirement());
        push(out, "\"}");
    }
    push(
        out,
        r#"],"authenticationRequirementPolicies":[],"sessionLifetimePolicies":[],"authenticationContextClassReferences":[],"authenticationProcessingDetails":"#,
    );
}

/// What a step says of its method.
pub(super) fn method_detail(method: Method) -> &'static str {
    match method {
        Method::Password => "Password in the cloud",
        _ => "",
    }
}

fn push_beta_tail(out: &mut Vec<u8>, plan: &Plan, who: &Who) {
    match who {
        Who::Person(_, app) => push_processing(out, plan, app),
        Who::Service(_) => push(out, "[]"),
    }
    push(out, r#","networkLocationDetails":"#);
    push_networks(out, plan);
    push(out, r#","uniqueTokenIdentifier":""#);
    out.extend_from_slice(&plan.id.token_identifier());
    push(out, r#"","incomingTokenType":""#);
    push(out, plan.incoming_token());
    let (user_type, cross) = match who {
        Who::Person(person, _) if person.guest() => ("\"guest\"", "b2bCollaboration"),
        Who::Person(..) => ("\"member\"", "none"),
        Who::Service(_) => ("null", "none"),
    };
    push(out, r#"","authenticationProtocol":"none","userType":"#);
    push(out, user_type);
    push(out, r#","crossTenantAccessType":""#);
    push(out, cross);
    push(out, r#"","autonomousSystemNumber":"#);
    push_number(out, u64::from(plan.scene.network));
    push(
        out,
        r#","flaggedForReview":false,"isTenantRestricted":false,"clientCredentialType":"none","signInTokenProtectionStatus":"none","originalTransferMethod":"none","isThroughGlobalSecureAccess":false,"globalSecureAccessIpAddress":null,"privateLinkDetails":{},"sessionId":"#,
    );
    match who {
        Who::Person(..) => {
            out.push(b'"');
            push_guid(out, plan.scene.session);
            out.push(b'"');
        }
        Who::Service(_) => push(out, "null"),
    }
    if plan.kind == Kind::ManagedIdentity {
        push(
            out,
            r#","managedServiceIdentity":{"msiType":"systemAssigned","associatedResourceId":"","federatedTokenId":"","federatedTokenIssuer":""}"#,
        );
    }
}
