//! Answers of the Log Analytics query API: `{"tables":[{"name","columns":[…],"rows":[[…]]}]}`.

use super::detect::{Form, Format};
use super::log_analytics_csv::FORM;

/// One document with all rows of a query.
pub const FORMAT: Format = Format {
    name: "query_api",
    title: "Log Analytics query answer",
    recognise: |head| {
        let first = head.object()?.strip_prefix('{')?.trim_start();
        first
            .starts_with("\"tables\"")
            .then_some("an object whose first key is tables")
    },
    form: Form::Tables(FORM),
    lacks_tenant: true,
    lacks_id: false,
};
