//! The Entra admin centre's JSON download: one array of Graph-shaped sign-ins.

use super::detect::{Form, Format};
use super::facts::JsonReader;
use super::sign_in;

/// `[{…},{…}]` of objects with `createdDateTime`.
pub const FORMAT: Format = Format {
    name: "portal_json",
    title: "Entra admin centre download (JSON)",
    recognise: |head| {
        let head = head.value();
        let array = head.starts_with('[') && !head.contains("\"properties\"");
        (array && head.contains("\"createdDateTime\"")).then_some("an array of sign-ins")
    },
    form: Form::Json(JsonReader(sign_in::read)),
    lacks_tenant: true,
    lacks_id: true,
};
