//! Azure Monitor diagnostic settings to a storage account: JSON lines, an envelope around each.

use super::detect::{Form, Format};
use super::facts::JsonReader;
use super::sign_in;

/// Blobs `tenantId=…/y=…/m=…/d=…/h=…/m=00/PT1H.json`, CRLF lines, all sign-in categories.
pub const FORMAT: Format = Format {
    name: "azure_monitor",
    title: "Azure Monitor storage archive",
    recognise: |head| {
        let object = head.object()?;
        let wrapped = object.contains("\"category\"") && object.contains("\"properties\"");
        let page = object.get(..64).unwrap_or(object).contains("ecords\"");
        (wrapped && !page).then_some("objects with category and properties")
    },
    form: Form::Json(JsonReader(sign_in::read)),
    lacks_tenant: false,
    lacks_id: false,
};
