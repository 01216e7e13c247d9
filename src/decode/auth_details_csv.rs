//! The Entra admin centre's CSV of authentication details: one step of a sign-in a row.
//!
//! A row is a part of the record whose id it names: it has no event type of its own, which tells
//! it from every whole record.

use super::binding::HeaderForm;
use super::detect::{Form, Format};
use super::found::Found;
use super::target::{StepField, Target};
use crate::signin::row::Cell;
use crate::signin::schema::Record;

/// `InteractiveSignIns_AuthDetails_….csv`, `NonInteractiveSignIns_AuthDetails_….csv`.
pub const FORMAT: Format = Format {
    name: "portal_auth_details",
    title: "Entra admin centre download (authentication details)",
    recognise: |head| {
        let found = head.has(&["request id", "authentication method"]);
        found.then_some("its header has Request ID and Authentication method")
    },
    form: Form::Header(HeaderForm { resolve, finish }),
    lacks_tenant: false,
    lacks_id: false,
};

const COLUMNS: &[(&str, Target)] = &[
    ("Request ID", Target::Text(Record::Id)),
    ("Date (UTC)", Target::StepField(StepField::At)),
    ("Authentication step date", Target::StepField(StepField::At)),
    ("Date", Target::StepField(StepField::At)),
    (
        "Authentication method",
        Target::StepField(StepField::Method),
    ),
    (
        "Authentication method detail",
        Target::StepField(StepField::MethodDetail),
    ),
    ("Succeeded", Target::StepField(StepField::Succeeded)),
    ("Result detail", Target::StepField(StepField::ResultDetail)),
    (
        "Authentication step result detail",
        Target::StepField(StepField::ResultDetail),
    ),
    ("Requirement", Target::StepField(StepField::Requirement)),
    (
        "Authentication requirement",
        Target::StepField(StepField::Requirement),
    ),
    (
        "Authentication step requirement",
        Target::StepField(StepField::Requirement),
    ),
    (
        "Status sequence",
        Target::StepField(StepField::StatusSequence),
    ),
    (
        "Request sequence",
        Target::StepField(StepField::RequestSequence),
    ),
    ("Correlation ID", Target::Text(Record::CorrelationId)),
    ("User ID", Target::Text(Record::UserId)),
    ("Username", Target::UserName),
    ("Tenant ID", Target::Text(Record::TenantId)),
];

fn resolve(name: &str, _: bool) -> Option<(&'static str, Target)> {
    let found = COLUMNS
        .iter()
        .find(|(own, _)| own.eq_ignore_ascii_case(name));
    found.map(|(own, target)| (*own, *target))
}

/// The date of the step places the part near its record.
fn finish(found: &mut Found<'_>) {
    let step = found.step.get_or_insert_default();
    if let Some(at) = step.step_at {
        found.row.set(Record::CreatedAt, Cell::Time(at));
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow::array::Array;

    use super::*;
    use crate::decode::binding::Binding;
    use crate::decode::decoder::{Decoder, Fate, FileFacts, Reading};
    use crate::signin::batch::row_at;

    #[test]
    fn a_row_is_a_part_without_event_type() {
        let Form::Header(form) = &FORMAT.form else {
            unreachable!("a format with a header");
        };
        let header = "Request ID,Date (UTC),Authentication method,Succeeded,Result detail";
        let facts = FileFacts {
            tenant_id: Some("t".to_owned()),
            source_format: FORMAT.name,
            reading: Reading::Row(Arc::new(Binding::new(header, b',', form))),
            ..FileFacts::default()
        };
        let mut decoder = Decoder::new(2);
        let mut fates = Vec::new();
        for row in [
            "r,2026-03-15T08:02:05Z,Password,TRUE,Correct password",
            "r,,SMS,,",
            ",,SMS,,",
        ] {
            decoder.decode(row, &facts, &mut |fate, _| fates.push(fate));
        }
        assert_eq!(fates[..2], [Fate::Stored, Fate::Stored]);
        assert!(matches!(fates[2], Fate::Rejected(_)));
        let batch = decoder.take_batch().expect("a batch");
        assert_eq!(batch.column(Record::EventType as usize).null_count(), 2);
        let first = row_at(&batch, 0);
        let at = Some(1_773_561_725_000_000);
        assert_eq!(
            (first.time(Record::CreatedAt), first.text(Record::TenantId)),
            (at, Some("t"))
        );
        assert_eq!((first.steps.len(), first.steps[0].step_at), (1, at));
        assert_eq!(first.steps[0].succeeded, Some(true));
        let second = row_at(&batch, 1);
        assert_eq!(
            (second.time(Record::CreatedAt), second.steps.len()),
            (None, 1)
        );
    }
}
