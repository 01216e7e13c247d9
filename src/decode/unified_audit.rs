//! Sign-ins of the Unified Audit Log: `AuditData` objects, bare or inside the row of a search.
//!
//! Only `UserLoggedIn` and `UserLoginFailed` of record type 15 are sign-ins; everything else is
//! counted by workload and operation. The format cannot tell interactive sign-ins from others.

use std::borrow::Cow;

use super::detect::{Form, Format};
use super::facts::{JsonReader, Read};
use super::found::Found;
use super::habits::Habits;
use super::json::{Table, walk};
use super::raw::{elements, quoted};
use super::target::{Sink, Target, boolean, text};
use super::timestamp::Clock;
use crate::signin::row::Cell;
use crate::signin::schema::Record;

/// Objects of the Management API, of Purview, or rows of `Search-UnifiedAuditLog`.
pub const FORMAT: Format = Format {
    name: "unified_audit",
    title: "Unified Audit Log (JSON)",
    recognise: |head| {
        let object = head.object()?;
        if object.contains("\"AuditData\"") {
            return Some("objects with AuditData");
        }
        let signs = ["\"Workload\"", "\"Operation\"", "\"RecordType\""];
        let audit = signs.iter().filter(|sign| object.contains(**sign)).count() > 1;
        audit.then_some("objects with Operation, RecordType or Workload")
    },
    form: Form::Json(JsonReader(read)),
    lacks_tenant: false,
    lacks_id: false,
};

/// `Ignore` marks what is looked at by name below.
const AUDIT: Table = &[
    ("CreationTime", Target::Time(Record::CreatedAt)),
    ("Id", Target::Ignore),
    ("Operation", Target::Ignore),
    ("OrganizationId", Target::Text(Record::TenantId)),
    ("RecordType", Target::Ignore),
    ("ResultStatus", Target::Ignore),
    ("UserKey", Target::Ignore),
    ("UserType", Target::Ignore),
    ("Version", Target::Ignore),
    ("Workload", Target::Ignore),
    ("ClientIP", Target::Ignore),
    ("ObjectId", Target::Text(Record::ResourceId)),
    ("UserId", Target::UserName),
    ("AzureActiveDirectoryEventType", Target::Ignore),
    ("ExtendedProperties", Target::Ignore),
    ("ModifiedProperties", Target::Ignore),
    ("Actor", Target::Ignore),
    ("ActorContextId", Target::Text(Record::HomeTenantId)),
    ("ActorIpAddress", Target::Address(Record::IpAddress)),
    ("InterSystemsId", Target::Text(Record::CorrelationId)),
    ("IntraSystemId", Target::Text(Record::Id)),
    ("SupportTicketId", Target::Ignore),
    ("Target", Target::Ignore),
    ("TargetContextId", Target::Text(Record::ResourceTenantId)),
    ("ApplicationId", Target::Text(Record::AppId)),
    ("DeviceProperties", Target::Ignore),
    ("ErrorNumber", Target::Int(Record::ErrorCode)),
    ("LogonError", Target::Text(Record::FailureReason)),
    ("AuditData", Target::Audit),
];

/// The values that need more than a column.
#[derive(Default)]
struct Audit<'de> {
    found: Found<'de>,
    own: Vec<(&'static str, Cow<'de, str>)>,
}

impl<'de> Sink<'de> for Audit<'de> {
    fn known(&mut self, target: &Target, key: &'static str, raw: Cow<'de, str>) {
        match target {
            Target::Ignore => self.own.push((key, raw)),
            target => self.found.known(target, key, raw),
        }
    }

    fn unknown(&mut self, path: &str, key: &str, raw: Cow<'de, str>) {
        self.found.unknown(path, key, raw);
    }
}

impl<'de> Audit<'de> {
    fn raw(&self, key: &str) -> Option<Cow<'de, str>> {
        let found = self.own.iter().find(|(own, _)| *own == key);
        found.map(|(_, raw)| raw.clone())
    }

    fn text(&self, key: &str) -> Option<Cow<'de, str>> {
        self.raw(key)
            .and_then(text)
            .filter(|t| !t.is_empty() && t != "null")
    }

    fn keep(&mut self, name: &str, value: &str) {
        self.found.extra.push((name.to_owned(), quoted(value)));
    }
}

/// Reads one audit record, or unwraps the row of a search.
pub(super) fn read<'de>(
    record: &'de str,
    clock: Clock,
    _: &mut Habits,
) -> Result<Read<'de>, String> {
    let mut audit = Audit {
        found: Found::new(clock),
        ..Audit::default()
    };
    walk(record, AUDIT, &mut audit)?;
    if let Some(inner) = audit.found.audit.take() {
        return Ok(Read::Inner(inner.into_owned()));
    }
    let operation = audit.text("Operation").ok_or("no Operation")?;
    let workload = audit.text("Workload").unwrap_or(Cow::Borrowed("unknown"));
    let record_type = audit.text("RecordType");
    let sign_in = matches!(&*operation, "UserLoggedIn" | "UserLoginFailed")
        && record_type.is_none_or(|t| t == "15" || t == "AzureActiveDirectoryStsLogon");
    if !sign_in {
        return Ok(Read::Other(format!("{workload}.{operation}")));
    }
    who_and_where(&mut audit);
    properties(&mut audit);
    if operation == "UserLoggedIn" {
        // A success has no number in older records.
        audit.found.row.set_if_null(Record::ErrorCode, Cell::Int(0));
    }
    if let Some(id) = audit.text("Id") {
        match audit.found.row.text(Record::Id) {
            None => audit.found.row.set_text(Record::Id, id),
            Some(own) if own == id => {}
            Some(_) => audit.keep("Id", &id),
        }
    }
    Ok(Read::SignIn(Box::new(audit.found)))
}

fn who_and_where(audit: &mut Audit<'_>) {
    let user = audit.raw("Actor").and_then(|raw| actor(&raw));
    let key = audit.text("UserKey").map(Cow::into_owned);
    let guid = key.clone().filter(|key| is_guid(key));
    if let Some(user) = user.clone().or(guid) {
        audit.found.row.set_text(Record::UserId, user);
    }
    let row = &audit.found.row;
    let told = [
        row.text(Record::UserId),
        row.text(Record::UserPrincipalName),
    ];
    if let Some(key) = key.filter(|key| !told.contains(&Some(key))) {
        audit.keep("UserKey", &key);
    }
    if let Some(client) = audit.raw("ClientIP") {
        let held = audit.found.row.text(Record::IpAddress).map(str::to_owned);
        let target = Target::Address(Record::IpAddress);
        audit.found.known(&target, "ClientIP", client.clone());
        let own = audit.found.row.text(Record::IpAddress).map(str::to_owned);
        if let Some(held) = held {
            if own.is_some_and(|own| own != held) {
                audit
                    .found
                    .extra
                    .push(("ClientIP".to_owned(), client.into_owned()));
            }
            audit.found.row.set_text(Record::IpAddress, held);
        }
    }
    for column in [Record::UserPrincipalName, Record::ResourceId] {
        let says_nothing = |t: &str| matches!(t, "Not Available" | "not available" | "Unknown");
        if audit.found.row.text(column).is_some_and(says_nothing) {
            audit.found.row.set(column, Cell::Null);
        }
    }
}

/// The object id among the actors: the one of type 0.
fn actor(raw: &str) -> Option<String> {
    for element in elements(raw)? {
        let mut pair = Pair::default();
        walk(element, &[], &mut pair).ok()?;
        if pair.kind.as_deref() == Some("0") {
            return pair.value.filter(|id| !id.contains('@'));
        }
    }
    None
}

fn is_guid(text: &str) -> bool {
    text.len() == 36 && text.bytes().all(|b| b.is_ascii_hexdigit() || b == b'-')
}

/// One entry of a list of names and values, or of actors.
#[derive(Default)]
struct Pair {
    name: Option<String>,
    value: Option<String>,
    kind: Option<String>,
}

impl<'de> Sink<'de> for Pair {
    fn known(&mut self, _: &Target, _: &'static str, _: Cow<'de, str>) {}

    fn unknown(&mut self, _: &str, key: &str, raw: Cow<'de, str>) {
        let value = text(raw).map(Cow::into_owned);
        match key {
            "Name" => self.name = value,
            "Value" | "ID" => self.value = value,
            "Type" => self.kind = value,
            _ => {}
        }
    }
}

/// Columns of the entries of `ExtendedProperties` and `DeviceProperties`.
const PROPERTIES: &[(&str, Target)] = &[
    ("UserAgent", Target::Text(Record::UserAgent)),
    ("Id", Target::Text(Record::DeviceId)),
    ("DisplayName", Target::Text(Record::DeviceDisplayName)),
    ("OS", Target::Text(Record::OperatingSystem)),
    ("BrowserType", Target::Text(Record::Browser)),
    ("IsCompliant", Target::Bool(Record::IsCompliant)),
    ("SessionId", Target::Text(Record::SessionId)),
];

fn properties(audit: &mut Audit<'_>) {
    for list in ["ExtendedProperties", "DeviceProperties"] {
        let raw = audit.raw(list);
        for element in raw.as_deref().and_then(elements).unwrap_or_default() {
            let mut pair = Pair::default();
            let whole = walk(element, &[], &mut pair).is_ok();
            if let (true, Some(name), Some(value)) = (whole, pair.name, pair.value) {
                property(audit, list, &name, value);
            }
        }
    }
}

fn property(audit: &mut Audit<'_>, list: &str, name: &str, value: String) {
    if value.is_empty() {
        return;
    }
    let sentence = value.contains(' ');
    match name {
        // Together true means both; false does not say which.
        "IsCompliantAndManaged" if boolean(&value) == Some(true) => {
            for column in [Record::IsCompliant, Record::IsManaged] {
                audit.found.row.set(column, Cell::Bool(true));
            }
        }
        // `Success` and `Redirect` say less than the code; a sentence is Graph's detail.
        "ResultStatusDetail" if sentence => {
            audit.found.row.set_text(Record::AdditionalDetails, value);
        }
        "TrustType" if value.contains(char::is_alphabetic) => {
            audit.found.row.set_text(Record::TrustType, value);
        }
        name => match PROPERTIES.iter().find(|(own, _)| *own == name) {
            Some((key, target)) => audit.found.plain(target, key, Cow::Owned(value)),
            None => audit.keep(&format!("{list}.{name}"), &value),
        },
    }
}
