//! Writes a record as a row of a Log Analytics table, in three containers.
//!
//! `TenantId` is the workspace's; the Entra tenant is `AADTenantId`, in SigninLogs alone.
//! `TimeGenerated` is when the record arrived, and the only time of services' rows.

use super::super::catalog::{APPS, App, CLIENTS, failure_text};
use super::super::envelope::{category, push_name, push_place};
use super::super::instant::{Ticks, push_american, push_envelope_time};
use super::super::machine::Service;
use super::super::plan::{Kind, Plan};
use super::super::service::{push_service_name, service_resource};
use super::super::tally::names_person;
use super::super::tenant::{Person, World};
use super::super::text::{push, push_cell, push_escaped, push_guid, push_ip, push_number};
use super::super::value::{
    push_device, push_mfa_detail, push_networks, push_processing, push_status, push_steps,
};
use super::tables::{TABLES, Table, Type, part};

/// How a row is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Container {
    /// Cells, local times with milliseconds.
    Csv,
    /// An object a line.
    Lines,
    /// A list of values.
    Rows,
}

/// The workspace that everything was sent to.
const WORKSPACE: &str = "81d2c6a4-7f0e-4b39-9a55-c4e07b1f6d20";

/// What stands before the rows of a table.
pub(super) fn head(table: &Table, container: Container) -> Vec<u8> {
    let mut out = Vec::new();
    match container {
        Container::Lines => {}
        Container::Csv => {
            for (i, (name, kind)) in table.columns().enumerate() {
                if i > 0 {
                    out.push(b',');
                }
                push(&mut out, name);
                if kind == Type::Time {
                    push(&mut out, " [UTC]");
                }
            }
            push(&mut out, "\r\n");
        }
        Container::Rows => {
            push(
                &mut out,
                r#"{"tables":[{"name":"PrimaryResult","columns":["#,
            );
            for (i, (name, kind)) in table.columns().enumerate() {
                if i > 0 {
                    out.push(b',');
                }
                let kind = kind.name();
                let column = format!(r#"{{"name":"{name}","type":"{kind}"}}"#);
                push(&mut out, &column);
            }
            push(&mut out, r#"],"rows":"#);
        }
    }
    out
}

/// Writes the row of a record; `value` is room for one of its values.
pub(super) fn push_row(
    out: &mut Vec<u8>,
    plan: &Plan,
    world: &World,
    container: Container,
    value: &mut Vec<u8>,
) {
    let table = &TABLES[usize::from(part(plan.kind))];
    let source = Source::new(plan, world, table);
    push(
        out,
        match container {
            Container::Csv => "",
            Container::Lines => "{",
            Container::Rows => "[",
        },
    );
    for (i, (name, kind)) in table.columns().enumerate() {
        if i > 0 {
            out.push(b',');
        }
        value.clear();
        if kind == Type::Time {
            source.push_time(value, name, container);
        } else {
            source.push_value(value, name);
        }
        if container == Container::Csv {
            push_cell(out, value, false);
            continue;
        }
        if container == Container::Lines {
            out.push(b'"');
            push(out, name);
            push(out, "\":");
        }
        push_json(out, value, kind, container);
    }
    push(
        out,
        match container {
            Container::Csv => "\r\n",
            Container::Lines => "}\n",
            Container::Rows => "]",
        },
    );
}

/// A value of the query API's rows is a string if it is dynamic; elsewhere it is what it is.
fn push_json(out: &mut Vec<u8>, value: &[u8], kind: Type, container: Container) {
    match kind {
        Type::Bool if value == b"TRUE" => push(out, "true"),
        Type::Bool if value == b"FALSE" => push(out, "false"),
        Type::Bool | Type::Long | Type::Time | Type::Dynamic if value.is_empty() => {
            push(out, "null");
        }
        Type::Dynamic if container == Container::Lines => out.extend_from_slice(value),
        Type::Long => out.extend_from_slice(value),
        _ => {
            out.push(b'"');
            push_escaped(out, value);
            out.push(b'"');
        }
    }
}

/// Whom a row is about, and all that its values come from.
struct Source<'a> {
    plan: &'a Plan,
    world: &'a World,
    table: &'a Table,
    who: Who<'a>,
}

enum Who<'a> {
    Person(&'a Person, &'a App),
    Service(&'a Service),
}

impl<'a> Source<'a> {
    fn new(plan: &'a Plan, world: &'a World, table: &'a Table) -> Self {
        let who = if names_person(plan.kind) {
            let person = &world.people[plan.scene.who as usize];
            Who::Person(person, &APPS[usize::from(plan.scene.app)])
        } else {
            Who::Service(world.service(plan))
        };
        Self {
            plan,
            world,
            table,
            who,
        }
    }

    fn push_time(&self, out: &mut Vec<u8>, name: &str, container: Container) {
        let at: Ticks = match name {
            "CreatedDateTime" => self.plan.created,
            _ => self.plan.delivered,
        };
        match container {
            Container::Csv => push_american(out, at, ", ", 3),
            Container::Lines | Container::Rows => push_envelope_time(out, at),
        }
    }

    /// Writes the value of a column; nothing where there is none.
    fn push_value(&self, out: &mut Vec<u8>, name: &str) {
        if self.push_envelope(out, name) {
            return;
        }
        match self.who {
            Who::Person(person, app) => {
                if !self.push_person(out, name, person, app) {
                    self.push_request(out, name, person, app);
                }
            }
            Who::Service(service) => self.push_service(out, name, service),
        }
    }

    /// What every row has; false if the column is another.
    fn push_envelope(&self, out: &mut Vec<u8>, name: &str) -> bool {
        let plan = self.plan;
        let tenant = self.world.tenants[usize::from(plan.scene.tenant)].id;
        match name {
            "TenantId" => push(out, WORKSPACE),
            "SourceSystem" => push(out, "Azure AD"),
            "ResourceId" => {
                push(out, "/tenants/");
                push_guid(out, tenant);
                push(out, "/providers/Microsoft.aadiam");
            }
            "OperationName" => push(out, "Sign-in activity"),
            "OperationVersion" => push(out, "1.0"),
            "Category" => push(out, category(plan.kind)),
            "ResultType" => push_number(out, u64::from(plan.code)),
            "ResultSignature" if plan.code == 0 => push(out, "SUCCESS"),
            "ResultSignature" => push(out, "FAILURE"),
            "ResultDescription" => push(out, failure_text(plan.code)),
            "DurationMs" => push(out, "0"),
            "CorrelationId" => push_guid(out, plan.scene.correlation),
            "Resource" | "ResourceGroup" | "ResourceProvider" => push(out, "Microsoft.aadiam"),
            "Level" => push(out, "4"),
            "Location" => {
                if let Some(place) = plan.scene.told_place() {
                    push(out, place.country);
                }
            }
            "Id" => push_guid(out, plan.id),
            "IPAddress" => push_ip(out, plan.scene.ip),
            "LocationDetails" => push_place(out, plan, ""),
            "UniqueTokenIdentifier" => out.extend_from_slice(&plan.id.token_identifier()),
            "AuthenticationContextClassReferences" => push(out, "[]"),
            "Type" => push(out, self.table.name),
            _ => return false,
        }
        true
    }

    /// Who it was and with what; false if the column is another.
    fn push_person(&self, out: &mut Vec<u8>, name: &str, person: &Person, app: &App) -> bool {
        let plan = self.plan;
        let client = &CLIENTS[usize::from(plan.scene.client)];
        match name {
            "Identity" | "UserDisplayName" => push_name(out, person),
            "UserId" => push_guid(out, person.id),
            "UserPrincipalName" => push(out, &self.world.user_name(plan.scene.who)),
            "UserType" if person.guest() => push(out, "Guest"),
            "UserType" => push(out, "Member"),
            "CrossTenantAccessType" if person.guest() => push(out, "b2bCollaboration"),
            "CrossTenantAccessType" => push(out, "none"),
            "AADTenantId" | "ResourceTenantId" => {
                push_guid(out, self.world.tenants[usize::from(plan.scene.tenant)].id);
            }
            "HomeTenantId" => {
                push_guid(out, self.world.tenants[usize::from(person.home_tenant)].id);
            }
            "AppDisplayName" => push(out, app.name),
            "AppId" => push(out, app.id),
            "ResourceDisplayName" => push(out, app.resource),
            "ResourceIdentity" | "ResourceServicePrincipalId" => push(out, app.resource_id),
            "ClientAppUsed" => push(out, client.app_used),
            "UserAgent" => push(out, client.agent),
            "DeviceDetail" => push_device(out, plan, person),
            "AutonomousSystemNumber" => push_number(out, u64::from(plan.scene.network)),
            _ => return false,
        }
        true
    }

    /// How the request went.
    fn push_request(&self, out: &mut Vec<u8>, name: &str, person: &Person, app: &App) {
        let plan = self.plan;
        match name {
            "AuthenticationDetails" => push_steps(out, plan),
            "AuthenticationProcessingDetails" => push_processing(out, plan, app),
            "AuthenticationRequirement" => push(out, plan.requirement()),
            "ConditionalAccessPolicies" => {
                out.push(b'[');
                let list = self.world.policies(plan, person, app);
                out.extend_from_slice(list.part(plan.part));
                out.push(b']');
            }
            "ConditionalAccessStatus" => push(out, self.world.policies(plan, person, app).status),
            "MfaDetail" => {
                if let Some(step) = plan.second_factor() {
                    push_mfa_detail(out, plan, step);
                }
            }
            "NetworkLocationDetails" => push_networks(out, plan),
            "Status" => push_status(out, plan),
            "OriginalRequestId" => push_guid(out, plan.original),
            "ProcessingTimeInMilliseconds" | "ProcessingTimeInMs" => {
                push_number(out, u64::from(plan.latency_ms));
            }
            "IsInteractive" if plan.kind == Kind::NonInteractive => push(out, "FALSE"),
            "IsInteractive" => push(out, "TRUE"),
            "FlaggedForReview" => push(out, "FALSE"),
            "SignInEventTypes" => push(out, r#"["nonInteractiveUser"]"#),
            "TokenIssuerType" => push(out, "AzureAD"),
            "RiskDetail"
            | "RiskLevelAggregated"
            | "RiskLevelDuringSignIn"
            | "RiskState"
            | "AuthenticationProtocol" => push(out, "none"),
            "AuthenticationRequirementPolicies"
            | "SessionLifetimePolicies"
            | "RiskEventTypes"
            | "RiskEventTypes_V2" => push(out, "[]"),
            _ => {}
        }
    }

    fn push_service(&self, out: &mut Vec<u8>, name: &str, service: &Service) {
        let (resource_id, resource) = service_resource(service);
        match name {
            "AppId" => push_guid(out, service.app_id),
            "AuthenticationProcessingDetails" | "ConditionalAccessPolicies" => push(out, "[]"),
            "ConditionalAccessStatus" => push(out, "notApplied"),
            "ResourceDisplayName" => push(out, resource),
            "ResourceIdentity" => push(out, resource_id),
            "ServicePrincipalId" => push_guid(out, service.id),
            "ServicePrincipalName" => push_service_name(out, self.plan.kind, service),
            _ => {}
        }
    }
}
