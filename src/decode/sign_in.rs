//! Reads sign-ins in Graph's own names: bare, or in the envelope of a diagnostic log.
//!
//! Keys in another case are read too: PowerShell writes PascalCase, Panther lower case.

use super::envelope::reconcile;
use super::facts::Read;
use super::fields::{ENVELOPE, SIGN_IN};
use super::found::Found;
use super::habits::Habits;
use super::json::{Table, walk_knowing};
use super::log_analytics;
use super::timestamp::Clock;
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
///
/// The record stands in an envelope where its own keys hold one with an object in it, in whatever case
/// or escapes the key is written. What was read before only says which is tried first.
pub(super) fn read<'de>(
    record: &'de str,
    clock: Clock,
    habits: &mut Habits,
) -> Result<Read<'de>, String> {
    let enveloped = habits.enveloped;
    let mut found = Found::new(clock);
    let mut walked = walk_knowing(record, table_of(enveloped), &mut found, habits);
    let fails = match enveloped {
        true => !found.has_inner(),
        false => found.wraps || walked.is_err(),
    };
    if fails {
        let mut other = Found::new(clock);
        let again = walk_knowing(record, table_of(!enveloped), &mut other, habits);
        // What is wrong with a record is told as of the table that it is read by.
        if enveloped || other.has_inner() {
            (found, walked) = (other, again);
        }
    }
    habits.enveloped = found.has_inner();
    walked?;
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

fn table_of(enveloped: bool) -> Table {
    if enveloped { ENVELOPE } else { SIGN_IN }
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
            r#"{"category":"SignInLogs","pRoperties":{"id":"a"}}"#,
            r#"{"category":"SignInLogs","propert\u0069es":{"id":"a"}}"#,
            r#"{"category":"SignInLogs","PROPERTIES":{"id":}}"#,
            r#"{"category":"SignInLogs","Properties":{}}"#,
            r#"{"id":"a","x":{"properties":{"id":"b"}}}"#,
            r#"{"properties":3,"id":"a","properties":{"id":"b"}}"#,
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
