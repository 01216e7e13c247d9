//! Finds the tenant of exports whose records name none.

use std::collections::BTreeSet;

use super::pieces::{self, Chunk};
use crate::decode::decoder::tenants_of;
use crate::source::discover::Input;
use crate::source::open::open;

/// The tenant that a path names as `tenantId=<guid>`.
pub(super) fn tenant_of_path(path: &str) -> Option<String> {
    let at = path.to_ascii_lowercase().rfind("tenantid=")? + "tenantid=".len();
    let tenant = path.get(at..at + 36)?;
    let guid = tenant.bytes().all(|b| b.is_ascii_hexdigit() || b == b'-');
    guid.then(|| tenant.to_ascii_lowercase())
}

/// The one tenant that is home or resource of every record of a file, if there is exactly one.
/// Reads the file once more; only for exports whose records name no tenant.
pub(super) fn only_tenant(input: &Input) -> Option<String> {
    let Input::File { path, .. } = input else {
        return None;
    };
    // A pipe can be read only once.
    if !path.metadata().is_ok_and(|m| m.is_file()) {
        return None;
    }
    let mut reader = open(input, std::sync::Arc::default()).ok()?;
    let mut common: Option<BTreeSet<String>> = None;
    let mut note = |record: &str| {
        let Some(tenants) = tenants_of(record) else {
            return;
        };
        let tenants: BTreeSet<String> = tenants.into_iter().flatten().collect();
        common = Some(match common.take() {
            Some(common) => common.intersection(&tenants).cloned().collect(),
            None => tenants,
        });
    };
    pieces::read(&mut reader, "", &mut |_| {}, &mut |chunk: Chunk| {
        let text = String::from_utf8_lossy(&chunk.data);
        if chunk.records.is_empty() {
            text.lines()
                .filter(|l| !l.trim().is_empty())
                .for_each(&mut note);
        } else if let std::borrow::Cow::Borrowed(text) = text {
            chunk
                .records
                .iter()
                .filter_map(|r| text.get(r.clone()))
                .for_each(&mut note);
        }
        true
    });
    let common = common?;
    if common.len() == 1 {
        common.into_iter().next()
    } else {
        None
    }
}
