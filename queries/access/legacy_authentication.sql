-- title: Legacy authentication
-- question: Who still uses clients that know no second factor, and when last?
-- row: one user, application and client
-- wrong: silent and interactive sign-ins together
-- wrong: a client that the export does not name is not listed
-- next: move the account to a modern client, then block legacy authentication by policy
-- tags: list, workbook:Legacy Authentication, rule:Azure-Sentinel LegacyAuthAttempt
-- param: since time 90d | begin of the period
-- param: until time newest | end of the period, exclusive
-- param: tenant text all | one tenant, by id
-- param: top int 200 | rows at most
-- column: user_principal_name text | user name in lower case
-- column: tenant_id text | tenant
-- column: app_display_name text | client application
-- column: client_app_used text | kind of client
-- column: signins bigint sign-ins | all
-- column: successes bigint sign-ins | ended in success
-- column: password_attempts bigint attempts | wrong or locked passwords
-- column: last_success_at timestamp UTC | last success, null where there is none
-- column: last_at timestamp UTC | last sign-in
SELECT
  user_principal_name,
  tenant_id,
  app_display_name,
  client_app_used,
  count(*) AS signins,
  count(*) FILTER (WHERE outcome = 'success') AS successes,
  sum(password_attempts) AS password_attempts,
  max(started_at) FILTER (WHERE outcome = 'success') AS last_success_at,
  max(started_at) AS last_at
FROM signins
WHERE started_at >= $since AND started_at < $until AND ($tenant = 'all' OR tenant_id = $tenant)
  AND legacy_authentication
GROUP BY 1, 2, 3, 4
ORDER BY successes DESC, password_attempts DESC, user_principal_name, tenant_id, app_display_name, client_app_used
LIMIT $top
