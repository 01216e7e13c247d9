//! Reads sign-ins in Graph's own names: bare, or in the envelope of a diagnostic log.
//!
//! Keys in another case are read too: PowerShell writes PascalCase, Panther lower case.

use std::sync::LazyLock;

use memchr::memmem::Finder;

use super::envelope::reconcile;
use super::facts::Read;
use super::fields::{ENVELOPE, SIGN_IN};
use super::found::Found;
use super::habits::Habits;
use super::json::walk_knowing;
use super::log_analytics;
use super::timestamp::Clock;
use crate::signin::schema::Record;

static PROPERTIES: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new("\"properties\""));

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
pub(super) fn read<'de>(
    record: &'de str,
    clock: Clock,
    habits: &mut Habits,
) -> Result<Read<'de>, String> {
    let mut found = Found::new(clock);
    let envelope = PROPERTIES.find(record.as_bytes()).is_some();
    let table = if envelope { ENVELOPE } else { SIGN_IN };
    walk_knowing(record, table, &mut found, habits)?;
    if envelope && !found.has_inner() {
        found = Found::new(clock);
        walk_knowing(record, SIGN_IN, &mut found, habits)?;
    }
    if !found.has_inner() && found.respelt && log_analytics::is_row(record) {
        // Its names clash with Graph's: TenantId is the workspace, ResourceId a path.
        return log_analytics::read(record, clock, habits);
    }
    if let Some(category) = found.row.text(Record::Category) {
        found.by_category = event_type_of(category);
        if found.by_category.is_none() {
            return Ok(Read::Other(category.to_owned()));
        }
    }
    if found.has_inner() {
        let envelope = std::mem::take(&mut found.envelope);
        reconcile(envelope, &mut found);
    }
    Ok(Read::SignIn(Box::new(found)))
}
