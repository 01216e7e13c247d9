//! Microsoft Graph pages of `auditLogs/signIns`, v1.0 and beta, and single records.

use super::detect::Format;

/// `{"@odata.context":…,"value":[…]}`, or a bare sign-in object.
pub const FORMAT: Format = Format {
    name: "graph",
    title: "Microsoft Graph sign-ins",
    recognise: |head| {
        let first = head.strip_prefix('{')?.trim_start();
        if first.starts_with("\"@odata.") || first.starts_with("\"value\"") {
            return Some("a page with @odata.context or value");
        }
        let bare = head.contains("\"createdDateTime\"") && !head.contains("\"properties\"");
        bare.then_some("objects with createdDateTime")
    },
};
