//! Views over the tables of the lake.

use datafusion::common::Result;
use datafusion::prelude::SessionContext;

/// Every view with its query.
const VIEWS: &[(&str, &str)] = &[
    (
        "steps",
        "SELECT id, tenant_id, created_at, date, user_principal_name, correlation_id, \
         step['step_at'] AS step_at, step['method'] AS method, step['method_detail'] AS method_detail, \
         step['succeeded'] AS succeeded, step['result_detail'] AS result_detail, \
         step['requirement'] AS requirement, step['status_sequence'] AS status_sequence, \
         step['request_sequence'] AS request_sequence \
         FROM (SELECT id, tenant_id, created_at, date, user_principal_name, correlation_id, \
         unnest(authentication_details) AS step FROM records)",
    ),
    (
        "policy_results",
        "SELECT r.id, r.tenant_id, r.created_at, r.date, r.user_principal_name, r.correlation_id, \
         r.error_code, p.policy_id, p.display_name, p.result, p.enforced_grant_controls, \
         p.enforced_session_controls, p.conditions_satisfied, p.conditions_not_satisfied, p.ordinal \
         FROM records r JOIN policy_sets p ON r.policy_set_id = p.policy_set_id",
    ),
    (
        "mfa_signins",
        "SELECT *, \
         mfa_outcome IN ('denied', 'wrong_code', 'timed_out', 'fraud_reported', 'blocked', 'failed') \
         AS mfa_is_failure, \
         mfa_outcome IN ('passed', 'denied', 'wrong_code', 'timed_out', 'fraud_reported', 'blocked', \
         'failed') AS mfa_is_decided \
         FROM signins WHERE event_type IN ('interactiveUser', 'adfs', 'unknown')",
    ),
    (
        "signins_with_users",
        "SELECT s.*, coalesce(i.department, n.department) AS department, \
         coalesce(i.job_title, n.job_title) AS job_title, \
         coalesce(i.company_name, n.company_name) AS company_name, \
         coalesce(i.office_location, n.office_location) AS office_location, \
         coalesce(i.employee_type, n.employee_type) AS employee_type, \
         coalesce(i.directory_roles, n.directory_roles) AS directory_roles, \
         coalesce(i.account_enabled, n.account_enabled) AS account_enabled, \
         coalesce(i.imported_at, n.imported_at) IS NOT NULL AS is_in_users \
         FROM signins s LEFT JOIN users i ON s.user_id = i.user_id \
         LEFT JOIN users n ON s.user_principal_name = n.user_principal_name \
         AND (s.tenant_id IS NOT DISTINCT FROM n.tenant_id) \
         AND (s.user_id IS NULL OR n.user_id IS NULL)",
    ),
    (
        "record_signins",
        "SELECT unnest(record_ids) AS record_id, signin_id, tenant_id, started_at, mfa_outcome FROM signins",
    ),
];

/// Registers the views.
pub(super) async fn register(context: &SessionContext) -> Result<()> {
    for (name, query) in VIEWS {
        let frame = context.sql(query).await?;
        context.register_table(*name, frame.into_view())?;
    }
    Ok(())
}
