//! The Unified Audit Log as CSV: Purview's export, or rows of `Search-UnifiedAuditLog`.

use super::binding::HeaderForm;
use super::detect::{Form, Format};
use super::target::Target;

/// `RecordId,CreationDate,RecordType,Operation,UserId,AuditData,…`; all is told by `AuditData`.
pub const FORMAT: Format = Format {
    name: "unified_audit_csv",
    title: "Unified Audit Log (CSV)",
    recognise: |head| {
        head.has(&["auditdata"])
            .then_some("its header has AuditData")
    },
    form: Form::Header(HeaderForm {
        resolve,
        finish: |found| {
            // A row without AuditData must not pass for a record.
            found.audit.get_or_insert_default();
        },
    }),
    lacks_tenant: false,
    lacks_id: false,
};

fn resolve(name: &str, _: bool) -> Option<(&'static str, Target)> {
    Some(if name == "auditdata" {
        ("AuditData", Target::Audit)
    } else {
        ("", Target::Ignore)
    })
}
