//! Which kind of sign-in a record is of.

use super::found::Found;
use super::raw::elements;
use crate::signin::row::Cell;
use crate::signin::schema::Record;

const EVENT_TYPES: [&str; 5] = [
    "interactiveUser",
    "nonInteractiveUser",
    "servicePrincipal",
    "managedIdentity",
    "adfs",
];

impl Found<'_> {
    /// The event type: as the record names it, else by its log, else by what it holds.
    pub(super) fn event_type(&self, by_file: Option<&'static str>) -> &'static str {
        let raw = self.event_types.as_deref();
        let known = raw.and_then(|raw| {
            let alone = EVENT_TYPES.into_iter().find(|t| is_only(raw, t));
            alone.or_else(|| {
                let named = elements(raw)?;
                let named = |t: &&str| named.iter().any(|n| n.trim_matches('"') == *t);
                EVENT_TYPES.into_iter().find(named)
            })
        });
        if let Some(event_type) = known.or(self.by_category).or(by_file) {
            return event_type;
        }
        let row = &self.row;
        let service = row.text(Record::ServicePrincipalId).is_some();
        match row.get(Record::IsInteractive) {
            _ if service && row.text(Record::UserId).is_none() => "servicePrincipal",
            Cell::Bool(true) => "interactiveUser",
            Cell::Bool(false) => "nonInteractiveUser",
            _ => "unknown",
        }
    }
}

/// Whether a raw list is that of one text.
pub(super) fn is_only(raw: &str, text: &str) -> bool {
    let inner = raw.strip_prefix("[\"").and_then(|r| r.strip_suffix("\"]"));
    inner == Some(text) || {
        let listed = elements(raw).unwrap_or_default();
        matches!(listed.as_slice(), [one] if one.trim_matches('"') == text)
    }
}
