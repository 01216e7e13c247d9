//! Graph sign-ins as PowerShell writes them: PascalCase keys, values one after another.

use super::detect::{Form, Format};
use super::facts::JsonReader;
use super::sign_in;

/// Objects without commas between them, arrays behind arrays; dates may be in the machine's
/// culture.
pub const FORMAT: Format = Format {
    name: "powershell_json",
    title: "Graph sign-ins from PowerShell (JSON)",
    recognise: |head| {
        let object = head.object()?;
        let pascal = object.contains("\"CreatedDateTime\"") && !object.contains("\"properties\"");
        pascal.then_some("objects with CreatedDateTime in PascalCase")
    },
    form: Form::Json(JsonReader(sign_in::read)),
    lacks_tenant: true,
    lacks_id: true,
};
