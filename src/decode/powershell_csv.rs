//! Flat CSV files that PowerShell scripts make of sign-ins: no ids, dates in the machine's culture.

use super::binding::HeaderForm;
use super::detect::{Form, Format};
use super::graph_csv;
use super::portal_csv::settle_status;
use super::target::Target;
use crate::signin::schema::Record;

/// `CreatedDateTime,UserPrincipalName,…,City,Country,Device,Browser,OS,Status,…`.
pub const FORMAT: Format = Format {
    name: "powershell_csv",
    title: "Sign-ins flattened to CSV by a script",
    recognise: |head| {
        let found = head.has(&["createddatetime", "userprincipalname"]);
        found.then_some("its header has CreatedDateTime and UserPrincipalName")
    },
    form: Form::Header(HeaderForm {
        resolve,
        finish: settle_status,
    }),
    lacks_tenant: true,
    lacks_id: true,
};

const COLUMNS: &[(&str, Target)] = &[
    ("City", Target::Text(Record::City)),
    ("State", Target::Text(Record::State)),
    ("Country", Target::Text(Record::Country)),
    ("CountryOrRegion", Target::Text(Record::Country)),
    ("Device", Target::Text(Record::DeviceDisplayName)),
    ("DeviceName", Target::Text(Record::DeviceDisplayName)),
    ("DeviceId", Target::Text(Record::DeviceId)),
    ("Browser", Target::Text(Record::Browser)),
    ("OS", Target::Text(Record::OperatingSystem)),
    ("OperatingSystem", Target::Text(Record::OperatingSystem)),
    ("Status", Target::Status),
    ("ErrorCode", Target::Int(Record::ErrorCode)),
    ("FailureReason", Target::Text(Record::FailureReason)),
    ("AdditionalDetails", Target::Text(Record::AdditionalDetails)),
];

fn resolve(name: &str, again: bool) -> Option<(&'static str, Target)> {
    let own = COLUMNS
        .iter()
        .find(|(own, _)| own.eq_ignore_ascii_case(name));
    own.map(|(own, target)| (*own, *target))
        .or_else(|| graph_csv::resolve(name, again))
}
