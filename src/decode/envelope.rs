//! Reconciles a diagnostic envelope with the record it holds.

use std::borrow::Cow;

use super::found::Found;
use super::target::{Field, int, says_nothing, text};
use crate::signin::row::{Cell, Row};
use crate::signin::schema::Record;

/// Puts the envelope's fields to use where the record lacks them; where the two disagree, the
/// record stands and the envelope's value goes to `extra`.
pub(super) fn reconcile<'de>(envelope: Vec<(Field, Cow<'de, str>)>, inner: &mut Found<'de>) {
    for (field, raw) in envelope {
        if says_nothing(&raw) {
            continue;
        }
        let mut keep = |raw: Cow<'_, str>| {
            let key = format!("envelope.{}", name_of(field));
            inner.extra.push((key, raw.into_owned()));
        };
        let Some(value) = text(raw.clone()) else {
            // A list or an object, which no column is compared with.
            keep(raw);
            continue;
        };
        let column = match field {
            Field::CallerIpAddress => Record::IpAddress,
            Field::CorrelationId => Record::CorrelationId,
            Field::Location => Record::Country,
            Field::ResultDescription => Record::FailureReason,
            Field::Identity => Record::UserDisplayName,
            Field::ResultType => {
                fill_code(&value, inner);
                continue;
            }
            field => {
                if field == Field::ResourceId && inner.row.text(Record::TenantId).is_none() {
                    let tenant = tenant_of_resource(&value);
                    inner
                        .row
                        .set(Record::TenantId, tenant.map_or(Cell::Null, Cell::Text));
                }
                if !is_usual(field, &value) {
                    keep(raw);
                }
                continue;
            }
        };
        let identity = field == Field::Identity;
        match inner.row.text(column) {
            Some(held) if held == value => {}
            None if !identity => inner.row.set_text(column, value),
            _ if identity && is_service_name(&inner.row, &value) => {}
            _ => keep(raw),
        }
    }
}

/// The name of a field in an envelope.
pub(super) fn name_of(field: Field) -> &'static str {
    match field {
        Field::ResultType => "resultType",
        Field::ResultDescription => "resultDescription",
        Field::CallerIpAddress => "callerIpAddress",
        Field::CorrelationId => "correlationId",
        Field::Identity => "identity",
        Field::Location => "location",
        Field::ResourceId => "resourceId",
        Field::OperationName => "operationName",
        Field::OperationVersion => "operationVersion",
        Field::DurationMs => "durationMs",
        Field::Level => "level",
        Field::Properties => "properties",
        Field::Table => "table",
    }
}

/// The tenant of a path `/tenants/<guid>/providers/…`, the only thing that names it in the service
/// tables of Log Analytics.
fn tenant_of_resource(path: &str) -> Option<Cow<'static, str>> {
    let lower = path.to_ascii_lowercase();
    let tenant = lower.strip_prefix("/tenants/")?.split('/').next()?;
    let guid = tenant.len() == 36 && tenant.bytes().all(|b| b.is_ascii_hexdigit() || b == b'-');
    guid.then(|| Cow::Owned(tenant.to_owned()))
}

fn is_service_name(row: &Row<'_>, name: &str) -> bool {
    row.text(Record::ServicePrincipalName) == Some(name)
}

fn fill_code(value: &str, inner: &mut Found<'_>) {
    let code = int(value).filter(|c| i32::try_from(*c).is_ok());
    match (inner.row.int(Record::ErrorCode), code) {
        (None, Some(code)) => inner.row.set(Record::ErrorCode, Cell::Int(code)),
        (held, code) if held.is_some() && held == code => {}
        _ => {
            let raw = serde_json::to_string(value).unwrap_or_default();
            inner.extra.push(("envelope.resultType".to_owned(), raw));
        }
    }
}

/// Whether an envelope field, by its raw value, is one that every sign-in carries and no column is
/// filled from.
pub(super) fn says_nothing_new(field: Field, raw: &str) -> bool {
    let bare = raw.strip_prefix('"').and_then(|r| r.strip_suffix('"'));
    let own = [
        Field::OperationName,
        Field::OperationVersion,
        Field::DurationMs,
        Field::Level,
    ];
    own.contains(&field) && is_usual(field, bare.unwrap_or(raw))
}

/// Whether the value of an envelope field is the one that every sign-in carries.
fn is_usual(field: Field, value: &str) -> bool {
    match field {
        Field::OperationName => value == "Sign-in activity",
        Field::OperationVersion => matches!(value, "1.0" | "1"),
        Field::DurationMs => value == "0",
        Field::Level => matches!(value, "4" | "Informational"),
        Field::ResourceId => {
            let (value, end) = (value.as_bytes(), b"/providers/microsoft.aadiam");
            let begins = |start: &[u8]| {
                let own = value.get(..start.len());
                own.is_some_and(|own| own.eq_ignore_ascii_case(start))
            };
            let ends = value.len() >= end.len()
                && value[value.len() - end.len()..].eq_ignore_ascii_case(end);
            begins(b"/tenants/") && ends
        }
        _ => true,
    }
}
