//! Writes a person's record as the unified audit log tells it: name and value lists, whole seconds.
//!
//! The log does not say whether somebody sat at the keyboard, nor what came of MFA.

use super::super::catalog::{APPS, CLIENTS};
use super::super::instant::push_seconds;
use super::super::plan::{Kind, Plan};
use super::super::tenant::{Person, World};
use super::super::text::{
    Ip, push, push_cell, push_escaped, push_guid, push_ip, push_number, push_six,
};

/// First line of Purview's CSV.
pub(super) const HEADER: &str = "RecordId,CreationDate,RecordType,Operation,UserId,AuditData,AssociatedAdminUnits,AssociatedAdminUnitsNames\r\n";

/// Writes a CSV row around `data`, an `AuditData` object.
pub(super) fn push_csv_row(out: &mut Vec<u8>, plan: &Plan, world: &World, data: &[u8]) {
    push_guid(out, plan.id);
    out.push(b',');
    push_seconds(out, plan.created);
    push(out, ".0000000Z ,15,");
    push(out, operation(plan.code));
    out.push(b',');
    push(out, &world.user_name(plan.scene.who));
    out.push(b',');
    push_cell(out, data, true);
    push(out, ",,\r\n");
}

/// Writes one search result around `data`; its number and their count are added by the packer.
pub(super) fn push_result(out: &mut Vec<u8>, plan: &Plan, world: &World, data: &[u8]) {
    push(
        out,
        r#"{"RecordType":"AzureActiveDirectoryStsLogon","CreationDate":""#,
    );
    push_seconds(out, plan.created);
    push(out, r#"Z","UserIds":""#);
    push(out, &world.user_name(plan.scene.who));
    push(out, r#"","Operations":""#);
    push(out, operation(plan.code));
    push(out, r#"","AuditData":""#);
    push_escaped(out, data);
    push(out, r#"","Identity":""#);
    push_guid(out, plan.id);
    push(out, r#"","IsValid":true,"ObjectState":"Unchanged"}"#);
}

/// Writes the `AuditData` object.
pub(super) fn push_data(out: &mut Vec<u8>, plan: &Plan, world: &World) {
    let person = &world.people[plan.scene.who as usize];
    let user = world.user_name(plan.scene.who);
    let app = &APPS[usize::from(plan.scene.app)];
    push(out, r#"{"CreationTime":""#);
    push_seconds(out, plan.created);
    push(out, r#"","Id":""#);
    push_guid(out, plan.id);
    push(out, r#"","Operation":""#);
    push(out, operation(plan.code));
    push(out, r#"","OrganizationId":""#);
    push_guid(out, world.tenants[usize::from(plan.scene.tenant)].id);
    push(
        out,
        r#"","RecordType":15,"ResultStatus":"Success","UserKey":""#,
    );
    push_guid(out, person.id);
    push(
        out,
        r#"","UserType":0,"Version":1,"Workload":"AzureActiveDirectory","ClientIP":""#,
    );
    push_client_address(out, plan);
    push(out, r#"","ObjectId":""#);
    push(out, app.resource_id);
    push(out, r#"","UserId":""#);
    push(out, &user);
    push(out, r#"","AzureActiveDirectoryEventType":1"#);
    push_properties(out, plan);
    push(out, r#","ModifiedProperties":[],"Actor":[{"ID":""#);
    push_guid(out, person.id);
    push(out, r#"","Type":0},{"ID":""#);
    push(out, &user);
    push(out, r#"","Type":5}],"ActorContextId":""#);
    push_guid(out, world.tenants[usize::from(person.home_tenant)].id);
    push(out, r#"","ActorIpAddress":""#);
    push_ip(out, plan.scene.ip);
    push(out, r#"","InterSystemsId":""#);
    push_guid(out, plan.scene.correlation);
    push(out, r#"","IntraSystemId":""#);
    push_guid(out, plan.id);
    push(out, r#"","SupportTicketId":"","Target":[{"ID":""#);
    push(out, app.resource_id);
    push(out, r#"","Type":0}],"TargetContextId":""#);
    push_guid(out, world.tenants[usize::from(plan.scene.tenant)].id);
    push(out, r#"","ApplicationId":""#);
    push(out, app.id);
    out.push(b'"');
    push_device(out, plan, person);
    push_error(out, plan);
    out.push(b'}');
}

fn operation(code: u32) -> &'static str {
    match code {
        0 => "UserLoggedIn",
        _ => "UserLoginFailed",
    }
}

/// One address in eight carries the port of the connection.
fn push_client_address(out: &mut Vec<u8>, plan: &Plan) {
    let port = u64::from(plan.id.0[2]) * 101 + 20_000;
    let with_port = plan.id.0[3].is_multiple_of(8);
    match plan.scene.ip {
        Ip::V6(_) if with_port => {
            out.push(b'[');
            push_ip(out, plan.scene.ip);
            out.push(b']');
        }
        ip => push_ip(out, ip),
    }
    if with_port {
        out.push(b':');
        push_number(out, port);
    }
}

fn push_pair(out: &mut Vec<u8>, name: &str, value: &str) {
    if !matches!(out.last(), Some(b'[')) {
        out.push(b',');
    }
    push(out, r#"{"Name":""#);
    push(out, name);
    push(out, r#"","Value":""#);
    push(out, value);
    push(out, "\"}");
}

fn push_properties(out: &mut Vec<u8>, plan: &Plan) {
    let request = match (plan.kind, plan.code) {
        (Kind::NonInteractive, _) => "OAuth2:Token",
        (_, 500_121) => "SAS:EndAuth",
        (_, 50_126 | 50_053 | 50_055) => "Login:login",
        (_, 50_140) => "Kmsi:kmsi",
        _ => "OAuth2:Authorize",
    };
    let detail = if request == "OAuth2:Authorize" && plan.code == 0 {
        "Redirect"
    } else {
        "Success"
    };
    push(out, r#","ExtendedProperties":["#);
    push_pair(out, "ResultStatusDetail", detail);
    let agent = CLIENTS[usize::from(plan.scene.client)].agent;
    if !agent.is_empty() {
        push_pair(out, "UserAgent", agent);
    }
    if plan.code != 0 {
        push_pair(out, "UserAuthenticationMethod", "1");
    }
    push_pair(out, "RequestType", request);
    out.push(b']');
}

fn push_device(out: &mut Vec<u8>, plan: &Plan, person: &Person) {
    let client = &CLIENTS[usize::from(plan.scene.client)];
    push(out, r#","DeviceProperties":["#);
    let laptop = person.device(plan.scene.device);
    if let Some(id) = laptop {
        push_pair(out, "Id", &id.to_string());
        let mut name = b"LAPTOP-".to_vec();
        push_six(&mut name, person.number);
        push_pair(out, "DisplayName", &String::from_utf8_lossy(&name));
    }
    if !client.system.is_empty() {
        push_pair(out, "OS", client.system);
    }
    let browser = client
        .browser
        .trim_end_matches(|c: char| c == '.' || c == ' ' || c.is_ascii_digit());
    if !browser.is_empty() {
        push_pair(out, "BrowserType", browser);
    }
    if laptop.is_some() {
        push_pair(out, "IsCompliant", "True");
        push_pair(out, "IsCompliantAndManaged", "True");
        push_pair(out, "TrustType", "2");
    } else {
        push_pair(out, "IsCompliantAndManaged", "False");
    }
    push_pair(out, "SessionId", &plan.scene.session.to_string());
    out.push(b']');
}

fn push_error(out: &mut Vec<u8>, plan: &Plan) {
    push(out, r#","ErrorNumber":""#);
    push_number(out, u64::from(plan.code));
    out.push(b'"');
    let name = symbol(plan.code);
    if !name.is_empty() {
        push(out, r#","LogonError":""#);
        push(out, name);
        out.push(b'"');
    }
}

/// The symbolic name of a code; empty for success and where none is published.
fn symbol(code: u32) -> &'static str {
    match code {
        50_053 => "IdsLocked",
        50_055 => "InvalidPasswordExpiredPassword",
        50_058 => "UserInformationNotProvided",
        50_072 => "UserStrongAuthEnrollmentRequiredInterrupt",
        50_074 => "UserStrongAuthClientAuthNRequiredInterrupt",
        50_076 => "UserStrongAuthClientAuthNRequired",
        50_079 => "UserStrongAuthEnrollmentRequired",
        50_126 => "InvalidUserNameOrPassword",
        50_140 => "KmsiInterrupt",
        50_158 => "ExternalSecurityChallenge",
        50_173 => "FreshTokenNeeded",
        53_003 => "BlockedByConditionalAccess",
        65_001 => "DelegationDoesNotExist",
        70_043 => "BadTokenDueToSignInFrequency",
        500_121 => "AuthenticationFailedSasError",
        700_082 => "ExpiredOrRevokedGrantInactiveToken",
        _ => "",
    }
}
