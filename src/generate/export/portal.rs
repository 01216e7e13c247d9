//! Writes a record as rows of the admin centre's CSV download: display texts, odd headers.
//!
//! People's files have the same columns for interactive and silent sign-ins; the file name tells
//! them apart. The files of steps are joined by `Request ID`. Headers are verbatim for people and
//! applications; that of managed identities is taken to be the applications', and that of the
//! steps is made of the column names that are published.

use super::super::catalog::{APPS, App, CLIENTS, failure_text};
use super::super::envelope::push_name;
use super::super::format::PortalColumns;
use super::super::instant::{MILLI, push_seconds};
use super::super::plan::{Kind, Plan};
use super::super::record::MICROSOFT;
use super::super::service::{push_service_name, service_resource};
use super::super::tenant::{Person, World};
use super::super::text::{push, push_cell, push_guid, push_ip, push_number};
use super::frames::Frames;
use super::graph::method_detail;

/// In which generations a column is: 2023, 2024, 2025; all are in the newest.
type Since = [bool; 3];
const ALWAYS: Since = [true; 3];
const SINCE_2024: Since = [false, true, true];
const SINCE_2025: Since = [false, false, true];
const NOT_2025: Since = [false, true, false];

/// The newest header of people's files; the blanks at the ends and within are Microsoft's.
#[rustfmt::skip]
const PEOPLE: [(&str, Since); 57] = [
    ("Date (UTC)", ALWAYS), ("Request ID", ALWAYS), ("User agent", SINCE_2024), ("Correlation ID", ALWAYS),
    ("User ID", ALWAYS), ("User", ALWAYS), ("Username", ALWAYS), ("User type", ALWAYS),
    ("Cross tenant access type", ALWAYS), ("Incoming token type", ALWAYS), ("Authentication Protocol", ALWAYS),
    ("Unique token identifier", ALWAYS), ("Original transfer method", SINCE_2024),
    ("Client credential type", ALWAYS), ("Token Protection - Sign In Session", SINCE_2024),
    ("Token Protection - Sign In Session StatusCode", SINCE_2024), ("Application", ALWAYS),
    ("Application ID ", ALWAYS), ("App owner tenant ID", SINCE_2025), ("Resource", ALWAYS),
    ("Resource ID ", ALWAYS), ("Resource tenant ID", ALWAYS), ("Resource owner tenant ID", SINCE_2025),
    ("Home tenant ID", ALWAYS), ("Home tenant name", ALWAYS), ("IP address", ALWAYS), ("Location", ALWAYS),
    ("Status", ALWAYS), ("Sign-in error code", ALWAYS), ("Failure reason", ALWAYS), ("Client app", ALWAYS),
    ("Device ID", ALWAYS), ("Browser", ALWAYS), ("Operating System", ALWAYS), ("Compliant", ALWAYS),
    ("Managed", ALWAYS), ("Join Type", ALWAYS), ("Multifactor authentication result", ALWAYS),
    ("Multifactor authentication auth method", ALWAYS), ("Multifactor authentication auth detail", ALWAYS),
    ("Authentication requirement", ALWAYS), ("Sign-in identifier", ALWAYS), ("Session ID", SINCE_2024),
    ("IP address (seen by resource)", ALWAYS), ("Through Global Secure Access", SINCE_2024),
    ("Global Secure Access IP address", SINCE_2024), ("Autonomous system  number", ALWAYS),
    ("Flagged for review", ALWAYS), ("Token issuer type", ALWAYS), ("Incoming token type", ALWAYS),
    ("Token issuer name", ALWAYS), ("Latency", ALWAYS), ("Conditional Access", ALWAYS),
    ("Managed Identity type", NOT_2025), ("Associated Resource Id", SINCE_2024),
    ("Federated Token Id", SINCE_2024), ("Federated Token Issuer", SINCE_2024),
];

/// Header of the files of applications and managed identities.
const SERVICES: [&str; 22] = [
    "Date (UTC)",
    "Request ID",
    "Correlation ID",
    "Service principal ID",
    "Service principal name",
    "Credential key ID",
    "Credential thumbprint",
    "Application",
    "Application ID ",
    "App owner tenant ID",
    "Resource",
    "Resource ID ",
    "Resource tenant ID",
    "Resource owner tenant ID",
    "Home tenant ID",
    "Home tenant name",
    "IP address",
    "Location",
    "Status",
    "Sign-in error code",
    "Failure reason",
    "Conditional Access",
];

/// Header of the files of steps.
const STEPS: [&str; 7] = [
    "Date (UTC)",
    "Request ID",
    "Authentication method",
    "Authentication method detail",
    "Succeeded",
    "Result detail",
    "Requirement",
];

/// What the six files are called before the dates, by part, and whether they are of services.
pub(super) const FILES: [&str; 6] = [
    "InteractiveSignIns",
    "InteractiveSignIns_AuthDetails",
    "NonInteractiveSignIns",
    "NonInteractiveSignIns_AuthDetails",
    "ApplicationSignIns",
    "MSISignIns",
];

/// The first line of a file.
pub(super) fn header(part: usize, columns: PortalColumns) -> Vec<u8> {
    let mut row = Row::default();
    match part {
        0 | 2 => PEOPLE.iter().for_each(|(name, _)| row.text(name)),
        1 | 3 => STEPS.iter().for_each(|name| row.text(name)),
        _ => SERVICES.iter().for_each(|name| row.text(name)),
    }
    let mut out = Vec::new();
    match part {
        0 | 2 => row.push(&mut out, columns),
        _ => row.push_all(&mut out),
    }
    out
}

/// The cells of a row, each in full.
#[derive(Default)]
pub(super) struct Row {
    bytes: Vec<u8>,
    ends: Vec<usize>,
}

impl Row {
    fn cell(&mut self, write: impl FnOnce(&mut Vec<u8>)) {
        write(&mut self.bytes);
        self.ends.push(self.bytes.len());
    }

    fn text(&mut self, text: &str) {
        self.cell(|out| push(out, text));
    }

    fn clear(&mut self) {
        self.bytes.clear();
        self.ends.clear();
    }

    /// Writes the cells that `columns` has, quoted as that generation is.
    fn push(&self, out: &mut Vec<u8>, columns: PortalColumns) {
        let has = |since: &Since| match columns {
            PortalColumns::Of2023 => since[0],
            PortalColumns::Of2024 => since[1],
            PortalColumns::Of2025 => since[2],
            PortalColumns::Newest => true,
        };
        let quoted = columns == PortalColumns::Of2024;
        self.push_chosen(out, quoted, |i| has(&PEOPLE[i].1));
    }

    fn push_all(&self, out: &mut Vec<u8>) {
        self.push_chosen(out, false, |_| true);
    }

    fn push_chosen(&self, out: &mut Vec<u8>, quoted: bool, chosen: impl Fn(usize) -> bool) {
        let (mut start, mut first) = (0, true);
        for (i, end) in self.ends.iter().enumerate() {
            if chosen(i) {
                if !first {
                    out.push(b',');
                }
                push_cell(out, &self.bytes[start..*end], quoted);
                first = false;
            }
            start = *end;
        }
        push(out, "\r\n");
    }
}

/// Writes the row of a record and those of its steps.
pub(super) fn push_rows(
    frames: &mut Frames,
    row: &mut Row,
    plan: &Plan,
    world: &World,
    columns: PortalColumns,
) {
    row.clear();
    let part = match plan.kind {
        Kind::NonInteractive => 2,
        Kind::ServicePrincipal | Kind::FirstParty => 4,
        Kind::ManagedIdentity => 5,
        Kind::Interactive | Kind::Adfs => 0,
    };
    if part >= 4 {
        push_service(row, plan, world);
        row.push_all(&mut frames.bytes);
        return frames.end(part);
    }
    let person = &world.people[plan.scene.who as usize];
    let app = &APPS[usize::from(plan.scene.app)];
    push_who(row, plan, world, person);
    push_what(row, plan, world, person, app);
    push_device(row, plan, person);
    push_mfa(row, plan, world);
    push_rest(row, plan, world, person, app);
    row.push(&mut frames.bytes, columns);
    frames.end(part);
    for step in plan.steps() {
        row.clear();
        row.cell(|out| {
            push_seconds(out, plan.created + i64::from(step.after_ms) * MILLI);
            out.push(b'Z');
        });
        row.cell(|out| push_guid(out, plan.id));
        row.text(step.method.name());
        row.text(method_detail(step.method));
        row.text(if step.succeeded { "true" } else { "false" });
        row.text(step.detail);
        row.text(step.requirement());
        row.push_all(&mut frames.bytes);
        frames.end(part + 1);
    }
}

fn push_date(row: &mut Row, plan: &Plan) {
    row.cell(|out| {
        push_seconds(out, plan.created);
        out.push(b'Z');
    });
}

fn push_who(row: &mut Row, plan: &Plan, world: &World, person: &Person) {
    push_date(row, plan);
    row.cell(|out| push_guid(out, plan.id));
    row.text(CLIENTS[usize::from(plan.scene.client)].agent);
    row.cell(|out| push_guid(out, plan.scene.correlation));
    row.cell(|out| push_guid(out, person.id));
    row.cell(|out| push_name(out, person));
    row.text(&world.user_name(plan.scene.who));
    let (user_type, cross) = match person.guest() {
        true => ("Guest", "B2B collaboration"),
        false => ("Member", "None"),
    };
    row.text(user_type);
    row.text(cross);
    row.text(plan.incoming_token());
    row.text("None");
    row.cell(|out| {
        let token = plan.id.token_identifier();
        // A cell that a spreadsheet would take for a formula gets an apostrophe.
        if matches!(token[0], b'-' | b'+') {
            out.push(b'\'');
        }
        out.extend_from_slice(&token);
    });
    row.text("None");
    row.text("None");
    row.text("Unbound");
    row.text("1002");
}

fn push_what(row: &mut Row, plan: &Plan, world: &World, person: &Person, app: &App) {
    row.text(app.name);
    row.text(app.id);
    row.cell(|out| {
        if app.first_party {
            push(out, MICROSOFT);
        } else {
            push_guid(out, world.tenants[0].id);
        }
    });
    row.text(app.resource);
    row.text(app.resource_id);
    row.cell(|out| push_guid(out, world.tenants[usize::from(plan.scene.tenant)].id));
    row.text(MICROSOFT);
    row.cell(|out| push_guid(out, world.tenants[usize::from(person.home_tenant)].id));
    row.text("");
    push_where(row, plan);
    row.text(CLIENTS[usize::from(plan.scene.client)].app_used);
}

/// Address, place, status, code and reason.
fn push_where(row: &mut Row, plan: &Plan) {
    row.cell(|out| push_ip(out, plan.scene.ip));
    row.cell(|out| {
        let (city, state, country) = plan.scene.told_names();
        if !country.is_empty() {
            push(out, city);
            push(out, ", ");
            push(out, state);
            push(out, ", ");
            push(out, country);
        }
    });
    row.text(match plan.code {
        0 => "Success",
        50_055 | 50_058 | 50_072 | 50_074 | 50_076 | 50_079 | 50_140 | 50_158 | 65_001 => {
            "Interrupted"
        }
        _ => "Failure",
    });
    row.cell(|out| {
        if plan.code != 0 {
            push_number(out, u64::from(plan.code));
        }
    });
    row.text(match plan.code {
        0 => "Other.",
        code => failure_text(code),
    });
}

fn push_device(row: &mut Row, plan: &Plan, person: &Person) {
    let client = &CLIENTS[usize::from(plan.scene.client)];
    let laptop = person.device(plan.scene.device);
    row.cell(|out| {
        if let Some(id) = laptop {
            push_guid(out, id);
        }
    });
    row.text(client.browser);
    row.text(client.system);
    let (state, join) = match laptop {
        Some(_) => ("TRUE", "Hybrid Azure AD joined"),
        None => ("", ""),
    };
    row.text(state);
    row.text(state);
    row.text(join);
}

fn push_mfa(row: &mut Row, plan: &Plan, world: &World) {
    row.text(plan.note);
    let step = plan.second_factor();
    row.text(step.map_or("", |step| step.method.name()));
    row.cell(|out| {
        if let Some(number) = step.and_then(|step| plan.telephone(step)) {
            push(out, "+XX XXXXXXXX");
            push_number(out, number);
        }
    });
    row.text(if plan.multi {
        "Multifactor authentication"
    } else {
        "Single-factor authentication"
    });
    row.text(&world.user_name(plan.scene.who));
}

fn push_rest(row: &mut Row, plan: &Plan, world: &World, person: &Person, app: &App) {
    row.cell(|out| push_guid(out, plan.scene.session));
    row.text("");
    row.text("No");
    row.text("");
    row.cell(|out| push_number(out, u64::from(plan.scene.network)));
    row.text("No");
    row.text("Azure AD");
    row.text(match plan.incoming_token() {
        "primaryRefreshToken" => "Primary refresh token",
        "refreshToken" => "Refresh token",
        _ => "None",
    });
    row.text("");
    row.cell(|out| push_number(out, u64::from(plan.latency_ms)));
    row.text(display_status(world.policies(plan, person, app).status));
    for _ in 0..4 {
        row.text("");
    }
}

fn display_status(status: &str) -> &'static str {
    match status {
        "success" => "Success",
        "failure" => "Failure",
        _ => "Not Applied",
    }
}

fn push_service(row: &mut Row, plan: &Plan, world: &World) {
    let service = world.service(plan);
    let (resource_id, resource) = service_resource(service);
    let tenant = world.tenants[usize::from(service.tenant)].id;
    push_date(row, plan);
    row.cell(|out| push_guid(out, plan.id));
    row.cell(|out| push_guid(out, plan.scene.correlation));
    row.cell(|out| push_guid(out, service.id));
    row.cell(|out| push_service_name(out, plan.kind, service));
    row.text("");
    row.text("");
    row.cell(|out| push_service_name(out, plan.kind, service));
    row.cell(|out| push_guid(out, service.app_id));
    row.cell(|out| push_guid(out, tenant));
    row.text(resource);
    row.text(resource_id);
    row.cell(|out| push_guid(out, tenant));
    row.text(MICROSOFT);
    row.cell(|out| push_guid(out, tenant));
    row.text("");
    push_where(row, plan);
    row.text("Not Applied");
}
