//! One sign-in as a line of a list.

use super::rows::Rows;
use super::story::Line;

/// Event types with somebody at the screen, as a list of SQL; v1.0 exports do not name a type.
pub(super) const WITH_A_PERSON: &str = "'interactiveUser', 'adfs', 'unknown'";

/// Columns of `signins` that [`lines`] reads.
pub(super) const LINE_COLUMNS: &str = "started_at, coalesce(app_display_name, app_id) AS app, ip_address, city, country, \
    device_display_name, operating_system, browser, outcome, mfa_outcome, mfa_method, seconds_to_mfa, \
    final_error_code, event_type, signin_id";

/// The rows of a query that selects [`LINE_COLUMNS`].
pub(super) fn lines(rows: &Rows) -> Vec<Line> {
    let joined = |names: &[&str], i: usize| {
        let parts: Vec<String> = names.iter().filter_map(|name| rows.text(name, i)).collect();
        parts.join(", ")
    };
    let line = |i| Line {
        started_at: rows.time("started_at", i).unwrap_or(0),
        app: rows.text("app", i),
        place: joined(&["city", "country", "ip_address"], i),
        device: match rows.text("device_display_name", i) {
            Some(name) => name,
            None => joined(&["operating_system", "browser"], i),
        },
        outcome: rows.text("outcome", i).unwrap_or_default(),
        mfa_outcome: rows.text("mfa_outcome", i).unwrap_or_default(),
        method: rows.text("mfa_method", i),
        seconds: rows.float("seconds_to_mfa", i),
        code: rows
            .int("final_error_code", i)
            .and_then(|code| i32::try_from(code).ok()),
        event_type: rows.text("event_type", i).unwrap_or_default(),
        signin_id: rows.text("signin_id", i).unwrap_or_default(),
    };
    (0..rows.len()).map(line).collect()
}
