//! Microsoft Graph pages of `auditLogs/signIns`, v1.0 and beta, and single records.

use super::detect::{Form, Format};
use super::facts::JsonReader;
use super::sign_in;

/// `{"@odata.context":…,"value":[…]}`, or bare sign-in objects one after another.
pub const FORMAT: Format = Format {
    name: "graph",
    title: "Microsoft Graph sign-ins",
    recognise: |head| {
        let object = head.value();
        let first = object.strip_prefix('{')?.trim_start();
        if first.starts_with("\"@odata.") || first.starts_with("\"value\"") {
            return Some("a page with @odata.context or value");
        }
        let bare = object.contains("\"createdDateTime\"") && !object.contains("\"properties\"");
        bare.then_some("objects with createdDateTime")
    },
    form: Form::Json(JsonReader(sign_in::read)),
    lacks_tenant: true,
    lacks_id: true,
};
