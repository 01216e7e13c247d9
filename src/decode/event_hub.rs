//! Event Hub message bodies: `{"records":[…]}` around diagnostic envelopes.

use super::detect::{Form, Format};
use super::facts::JsonReader;
use super::sign_in;

/// One body a line, or bodies one after another.
pub const FORMAT: Format = Format {
    name: "event_hub",
    title: "Event Hub messages",
    recognise: |head| {
        let first = head.object()?.strip_prefix('{')?.trim_start();
        let records = first.starts_with("\"records\"") || first.starts_with("\"Records\"");
        records.then_some("an object whose first key is records")
    },
    form: Form::Json(JsonReader(sign_in::read)),
    lacks_tenant: false,
    lacks_id: false,
};
