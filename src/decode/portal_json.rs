//! The Entra admin centre's JSON download: one array of Graph-shaped sign-ins.

use super::detect::Format;

/// `[{…},{…}]` of objects with `createdDateTime`.
pub const FORMAT: Format = Format {
    name: "portal_json",
    title: "Entra admin centre download (JSON)",
    recognise: |head| {
        let array = head.starts_with('[') && !head.contains("\"properties\"");
        (array && head.contains("\"createdDateTime\"")).then_some("an array of sign-ins")
    },
};
