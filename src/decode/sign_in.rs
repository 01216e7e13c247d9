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

/// The place among [`CATEGORIES`] of a log category or Log Analytics table.
pub(super) fn place_of_log(category: &str) -> Option<usize> {
    let bare = category.get(..3).filter(|p| p.eq_ignore_ascii_case("AAD"));
    let bare = bare.map_or(category, |_| &category[3..]);
    let mut known = CATEGORIES.iter();
    known.position(|(name, _)| name.eq_ignore_ascii_case(bare))
}

/// The event type of a log category or Log Analytics table that holds sign-ins.
pub(super) fn event_type_of(category: &str) -> Option<&'static str> {
    place_of_log(category).map(|place| CATEGORIES[place].1)
}

/// Reads one record, in an envelope or bare.
pub(super) fn read<'de>(
    record: &'de str,
    clock: Clock,
    habits: &mut Habits,
) -> Result<Read<'de>, String> {
    let mut found = Found::new(clock);
    let named = || PROPERTIES.find(record.as_bytes()).is_some();
    // Where the last one stood in an envelope, so does this one as a rule.
    let guessed = habits.enveloped;
    let envelope = guessed || named();
    let table = if envelope { ENVELOPE } else { SIGN_IN };
    let walked = walk_knowing(record, table, &mut found, habits);
    habits.enveloped = found.has_inner();
    if envelope && !found.has_inner() && (walked.is_ok() || guessed && !named()) {
        found = Found::new(clock);
        walk_knowing(record, SIGN_IN, &mut found, habits)?;
    } else {
        walked?;
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::decode::timestamp::LOGS;

    #[test]
    fn what_was_read_before_changes_neither_rows_nor_reasons() {
        let texts = [
            r#"{"category":"SignInLogs","properties":{"id":"a","status":{"errorCode":1}}}"#,
            r#"{"category":"SignInLogs","properties":{"id":"a","status":{"errorCode":}}}"#,
            r#"{"id":"a","status":{"errorCode":1}}"#,
            r#"{"id":"a","status":{"errorCode":},"x":1"#,
            r#"{"id":"a","status":{"errorCode":1},"properties":2}"#,
            r#"{"id":"a","status":{"errorCode":},"properties":2"#,
            r#"{"category":"AuditLogs","properties":{"id":"a"}}"#,
            r#"{"id":"a"#,
        ];
        let told = |text: &str, habits: &mut Habits| match read(text, LOGS, habits) {
            Ok(Read::SignIn(found)) => {
                let cells = found.row.filled();
                let mut cells: Vec<String> =
                    cells.map(|(c, v, _)| format!("{c:?}={v:?}")).collect();
                cells.sort();
                format!("{cells:?} {:?}", found.extra)
            }
            Ok(Read::Other(log)) => log,
            Ok(Read::Inner(inner)) => inner,
            Err(reason) => reason,
        };
        for before in texts {
            for text in texts {
                let mut habits = Habits::default();
                told(before, &mut habits);
                let alone = told(text, &mut Habits::default());
                assert_eq!(told(text, &mut habits), alone, "{text} after {before}");
            }
        }
    }
}
