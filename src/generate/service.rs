//! Writes the JSON line of a service principal's or managed identity's record.

use super::envelope::{push_envelope, push_head, push_location};
use super::machine::Service;
use super::plan::{Kind, Plan};
use super::tenant::World;
use super::text::{push, push_guid, push_ip, push_number, push_six};

/// What services ask for.
const RESOURCES: [(&str, &str); 4] = [
    ("00000003-0000-0000-c000-000000000000", "Microsoft Graph"),
    (
        "c5393580-f805-4401-95e8-94b7a6ef2fc2",
        "Office 365 Management APIs",
    ),
    ("cfa8b339-82a2-471a-a3c9-0fc0be7a4093", "Azure Key Vault"),
    ("e406a681-f3d4-42a8-90b6-c2b029497af1", "Azure Storage"),
];

/// Id and name of what a service asks for.
pub(super) fn service_resource(service: &Service) -> (&'static str, &'static str) {
    RESOURCES[usize::from(service.app_id.0[0]) % RESOURCES.len()]
}

/// Writes the name of a service.
pub(super) fn push_service_name(out: &mut Vec<u8>, kind: Kind, service: &Service) {
    push(
        out,
        match kind {
            Kind::ManagedIdentity => "vm-",
            Kind::FirstParty => "Platform service ",
            _ => "app-",
        },
    );
    push_six(out, service.number);
}

/// Writes everything but the two closing braces.
pub(super) fn push_service_record(out: &mut Vec<u8>, plan: &Plan, world: &World) {
    let managed = plan.kind == Kind::ManagedIdentity;
    let service = world.service(plan);
    push_envelope(out, plan, world, None);
    push_head(out, plan);
    push(out, r#""userId":null,"appId":""#);
    push_guid(out, service.app_id);
    push(out, r#"","ipAddress":""#);
    push_ip(out, plan.scene.ip);
    push(out, r#"","status":{"errorCode":"#);
    push_number(out, u64::from(plan.code));
    push(out, "},");
    push_location(out, plan);
    push(out, r#""correlationId":""#);
    push_guid(out, plan.scene.correlation);
    push(out, r#"","#);
    if managed {
        push(
            out,
            r#""conditionalAccessStatus":"notApplied","appliedConditionalAccessPolicies":[],"#,
        );
    }
    push(
        out,
        r#""isInteractive":false,"tokenIssuerType":"AzureAD","authenticationProcessingDetails":["#,
    );
    if !managed {
        push(
            out,
            r#"{"key":"Azure AD App Authentication Library","value":""}"#,
        );
    }
    push(
        out,
        r#"],"clientCredentialType":"none","processingTimeInMilliseconds":0,"riskDetail":"none","riskLevelAggregated":"low","riskLevelDuringSignIn":"low","riskState":"none","#,
    );
    push_resource(out, plan, service, managed);
}

fn push_resource(out: &mut Vec<u8>, plan: &Plan, service: &Service, managed: bool) {
    let (resource_id, resource) = service_resource(service);
    push(out, r#""resourceDisplayName":""#);
    push(out, resource);
    push(out, r#"","resourceId":""#);
    push(out, resource_id);
    push(out, r#"","servicePrincipalName":""#);
    push_service_name(out, plan.kind, service);
    push(out, r#"","servicePrincipalId":""#);
    push_guid(out, service.id);
    push(out, r#"","#);
    if managed {
        push(out, r#""federatedCredentialId":"","#);
    }
    push(
        out,
        r#""flaggedForReview":false,"isTenantRestricted":false,"crossTenantAccessType":"none","uniqueTokenIdentifier":""#,
    );
    out.extend_from_slice(&plan.id.token_identifier());
    push(
        out,
        r#"","incomingTokenType":"none","authenticationProtocol":"none","appServicePrincipalId":null,"resourceServicePrincipalId":""#,
    );
    if managed {
        push(out, resource_id);
    }
    push(
        out,
        r#"","signInTokenProtectionStatus":"none","originalTransferMethod":"none","isThroughGlobalSecureAccess":false"#,
    );
    if managed {
        push(out, r#","conditionalAccessAudiences":[]"#);
    }
}
