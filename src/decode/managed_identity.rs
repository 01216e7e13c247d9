//! The kind of a managed identity, which JSON exports write inside the details of it.

use std::borrow::Cow;

use super::lists::each_key;
use super::target::text;
use crate::signin::row::{Cell, Row};
use crate::signin::schema::Record;

/// Takes the kind out of the details, where the record does not say it elsewhere.
pub(super) fn fill_kind(row: &mut Row<'_>) {
    if !row.get(Record::ManagedIdentityType).is_null() {
        return;
    }
    let details = row.text(Record::ManagedServiceIdentity);
    if let Some(kind) = details.and_then(kind_of) {
        row.set(Record::ManagedIdentityType, Cell::Text(kind.into()));
    }
}

fn kind_of(details: &str) -> Option<String> {
    let mut kind = None;
    let whole = each_key(details, |key, raw| {
        if key.eq_ignore_ascii_case("msiType") && raw.starts_with('"') {
            kind = text(raw).map(Cow::into_owned);
        }
    });
    kind.filter(|kind| whole && !kind.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kind(details: &str, written: Option<&'static str>) -> Option<String> {
        let mut row = Row::default();
        row.set_text(Record::ManagedServiceIdentity, details.to_owned());
        if let Some(written) = written {
            row.set_text(Record::ManagedIdentityType, written);
        }
        fill_kind(&mut row);
        row.text(Record::ManagedIdentityType).map(str::to_owned)
    }

    #[test]
    fn the_kind_stands_in_the_details() {
        let of = |details| kind(details, None);
        let system = Some("systemAssigned".to_owned());
        assert_eq!(
            of(r#"{"msiType":"systemAssigned","associatedResourceId":""}"#),
            system
        );
        assert_eq!(of(r#"{"MsiType":"systemAssigned"}"#), system);
        for silent in [r#"{"msiType":""}"#, r#"{"msiType":1}"#, "{}", "[1]", "{"] {
            assert_eq!(of(silent), None, "{silent}");
        }
        let own = kind(r#"{"msiType":"none"}"#, Some("userAssigned"));
        assert_eq!(own.as_deref(), Some("userAssigned"));
    }
}
