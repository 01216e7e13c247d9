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
