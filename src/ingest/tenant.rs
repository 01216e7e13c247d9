//! Finds the tenant that a path names.

/// The tenant that a path names as `tenantId=<guid>`.
pub(super) fn tenant_of_path(path: &str) -> Option<String> {
    let at = path.to_ascii_lowercase().rfind("tenantid=")? + "tenantid=".len();
    let tenant = path.get(at..at + 36)?;
    let guid = tenant.bytes().all(|b| b.is_ascii_hexdigit() || b == b'-');
    guid.then(|| tenant.to_ascii_lowercase())
}
