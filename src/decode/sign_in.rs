//! Reads sign-ins in Graph's own names: bare, or in the envelope of a diagnostic log.
//!
//! Keys in another case are read too: PowerShell writes PascalCase, Panther lower case.

use std::borrow::Cow;

use super::envelope::reconcile;
use super::facts::Read;
use super::fields::{ENVELOPE, SIGN_IN};
use super::found::Found;
use super::json::walk;
use super::log_analytics;
use super::timestamp::Clock;
use crate::signin::row::Cell;
use crate::signin::schema::Record;

/// Categories of diagnostic logs that hold sign-ins, with their event type.
const CATEGORIES: [(&str, &str); 7] = [
    ("SignInLogs", "interactiveUser"),
    ("NonInteractiveUserSignInLogs", "nonInteractiveUser"),
    ("ServicePrincipalSignInLogs", "servicePrincipal"),
    ("ManagedIdentitySignInLogs", "managedIdentity"),
    ("MicrosoftServicePrincipalSignInLogs", "servicePrincipal"),
    ("FirstPartyToFirstPartySignInLogs", "servicePrincipal"),
    ("ADFSSignInLogs", "adfs"),
];

/// The event type of a log category or Log Analytics table that holds sign-ins.
pub(super) fn event_type_of(category: &str) -> Option<&'static str> {
    let bare = category.get(..3).filter(|p| p.eq_ignore_ascii_case("AAD"));
    let bare = bare.map_or(category, |_| &category[3..]);
    let known = CATEGORIES
        .iter()
        .find(|(name, _)| name.eq_ignore_ascii_case(bare));
    known.map(|(_, event_type)| *event_type)
}

/// Reads one record, in an envelope or bare.
pub(super) fn read(record: &str, clock: Clock) -> Result<Read<'_>, String> {
    let mut found = Found::new(clock);
    let envelope = memchr::memmem::find(record.as_bytes(), b"\"properties\"").is_some();
    let table = if envelope { ENVELOPE } else { SIGN_IN };
    walk(record, table, &mut found)?;
    if envelope && found.properties.is_none() {
        found = Found::new(clock);
        walk(record, SIGN_IN, &mut found)?;
    }
    if found.properties.is_none() && found.respelt && log_analytics::is_row(record) {
        // Its names clash with Graph's: TenantId is the workspace, ResourceId a path.
        return log_analytics::read(record, clock);
    }
    let category = found.row.text(Record::Category).map(str::to_owned);
    if let Some(category) = category {
        found.by_category = event_type_of(&category);
        if found.by_category.is_none() {
            return Ok(Read::Other(category));
        }
    }
    match found.properties.take() {
        Some(Cow::Borrowed(raw)) => unwrap(found, raw),
        Some(Cow::Owned(raw)) => {
            // A copy with escapes: its cells cannot borrow from the record.
            let inner = unwrap(found, &raw)?;
            match inner {
                Read::SignIn(found) => Ok(Read::SignIn(Box::new(found.into_owned()))),
                _ => Err("properties hold no record".to_owned()),
            }
        }
        None => Ok(Read::SignIn(Box::new(found))),
    }
}

/// Reads the record inside an envelope and reconciles the two. One set of cells serves both: a
/// new one for each record would cost as much as a tenth of its reading.
fn unwrap<'de>(mut found: Found<'de>, raw: &'de str) -> Result<Read<'de>, String> {
    let envelope = std::mem::take(&mut found.envelope);
    let mut extra = std::mem::take(&mut found.extra);
    let tenant = found.tenant.take();
    found.row.set(Record::TenantId, Cell::Null);
    walk(raw, SIGN_IN, &mut found).map_err(|reason| format!("properties: {reason}"))?;
    found
        .row
        .set_if_null(Record::TenantId, tenant.map_or(Cell::Null, Cell::Text));
    reconcile(&envelope, &mut found);
    found.extra.append(&mut extra);
    Ok(Read::SignIn(Box::new(found)))
}
