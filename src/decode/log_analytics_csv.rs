//! The Log Analytics portal's "Export to CSV" of the sign-in tables.
//!
//! Times are written in the viewer's culture and time zone; the header names the zone.

use super::binding::{HeaderForm, dotted};
use super::detect::{Form, Format};
use super::found::Found;
use super::log_analytics::{LOG_ANALYTICS, settle};
use super::target::Target;

/// `TenantId,SourceSystem,TimeGenerated [UTC],…,Type`.
pub const FORMAT: Format = Format {
    name: "log_analytics_csv",
    title: "Log Analytics rows (CSV)",
    recognise: |head| {
        let signs = [
            "type",
            "resulttype",
            "userprincipalname",
            "serviceprincipalid",
        ];
        let found = head.has(&["timegenerated"]) && signs.iter().any(|name| head.has(&[name]));
        found.then_some("its header has TimeGenerated and columns of a sign-in table")
    },
    form: Form::Header(FORM),
    lacks_tenant: true,
    lacks_id: false,
};

pub(super) const FORM: HeaderForm = HeaderForm { resolve, finish };

fn resolve(name: &str, _: bool) -> Option<(&'static str, Target)> {
    dotted(LOG_ANALYTICS, name)
}

fn finish(found: &mut Found<'_>) {
    found.other = settle(found);
}
