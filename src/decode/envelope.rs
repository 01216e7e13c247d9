//! Reconciles a diagnostic envelope with the record it holds.

use std::borrow::Cow;

use super::found::Found;
use super::target::{Field, int, text};
use crate::signin::row::{Cell, Row};
use crate::signin::schema::Record;

/// Puts the envelope's fields to use where the record lacks them; where the two disagree, the
/// record stands and the envelope's value goes to `extra`.
pub(super) fn reconcile<'de>(envelope: Vec<(Field, Cow<'de, str>)>, inner: &mut Found<'de>) {
    for (field, raw) in envelope {
        if matches!(&*raw, "null" | "\"\"") {
            continue;
        }
        let Some(value) = text(raw.clone()) else {
            continue;
        };
        let (name, column) = match field {
            Field::CallerIpAddress => ("callerIpAddress", Record::IpAddress),
            Field::CorrelationId => ("correlationId", Record::CorrelationId),
            Field::Location => ("location", Record::Country),
            Field::ResultDescription => ("resultDescription", Record::FailureReason),
            Field::Identity => ("identity", Record::UserDisplayName),
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
                if let Some(name) = unusual(field, &value) {
                    let key = format!("envelope.{name}");
                    inner.extra.push((key, raw.into_owned()));
                }
                continue;
            }
        };
        let identity = field == Field::Identity;
        match inner.row.text(column) {
            Some(held) if held == value => {}
            None if !identity => inner.row.set_text(column, value),
            _ if identity && is_service_name(&inner.row, &value) => {}
            _ => {
                let key = format!("envelope.{name}");
                inner.extra.push((key, raw.into_owned()));
            }
        }
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

/// The name of an envelope field whose value is not the one that every sign-in carries.
fn unusual(field: Field, value: &str) -> Option<&'static str> {
    let (name, usual) = match field {
        Field::OperationName => ("operationName", value == "Sign-in activity"),
        Field::OperationVersion => ("operationVersion", matches!(value, "1.0" | "1")),
        Field::DurationMs => ("durationMs", value == "0"),
        Field::Level => ("level", matches!(value, "4" | "Informational")),
        Field::ResourceId => {
            let (value, end) = (value.as_bytes(), b"/providers/microsoft.aadiam");
            let begins = |start: &[u8]| {
                let own = value.get(..start.len());
                own.is_some_and(|own| own.eq_ignore_ascii_case(start))
            };
            let ends = value.len() >= end.len()
                && value[value.len() - end.len()..].eq_ignore_ascii_case(end);
            ("resourceId", begins(b"/tenants/") && ends)
        }
        _ => return None,
    };
    (!usual).then_some(name)
}
