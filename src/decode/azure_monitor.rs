//! Azure Monitor diagnostic settings to a storage account: JSON lines, an envelope around each.

use super::detect::Format;

/// Blobs `tenantId=…/y=…/m=…/d=…/h=…/m=00/PT1H.json`, CRLF lines, all sign-in categories.
pub const FORMAT: Format = Format {
    name: "azure_monitor",
    title: "Azure Monitor storage archive",
    recognise: |head| {
        let wrapped = head.contains("\"category\"") && head.contains("\"properties\"");
        let page = head.get(..64).unwrap_or(head).contains("ecords\"");
        (head.starts_with('{') && wrapped && !page)
            .then_some("objects with category and properties")
    },
};
