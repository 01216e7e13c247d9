//! Graph sign-ins flattened to CSV: dotted names (`status.errorCode`), JSON in cells.

use super::binding::{HeaderForm, dotted};
use super::detect::{Form, Format};
use super::fields::SIGN_IN;
use super::portal_csv::settle_status;
use super::target::Target;

/// Made by scripts from Graph's answers; keys in any case, any choice of them.
pub const FORMAT: Format = Format {
    name: "graph_csv",
    title: "Graph sign-ins flattened to CSV",
    recognise: |head| {
        let found = head.has(&["createddatetime"])
            && (head.has(&["id"]) || head.has(&["status.errorcode"]));
        found.then_some("its header has createdDateTime and id or status.errorCode")
    },
    form: Form::Header(HeaderForm {
        resolve,
        finish: settle_status,
    }),
    lacks_tenant: true,
    lacks_id: true,
};

pub(super) fn resolve(name: &str, _: bool) -> Option<(&'static str, Target)> {
    dotted(SIGN_IN, name)
}
