-- title: What locks accounts
-- question: Which device, application or address keeps sending wrong passwords, and when was the last good sign-in?
-- row: one user and source with at least `min_attempts` attempts
-- wrong: 50053 also says that an address is known for attacks: the account need not be locked
-- wrong: last_good_at knows only the period
-- next: the same device with an old password: let the user change it there; a source that never succeeded: block it
-- tags: attack, workbook:SignInsAADADFS, rule:Elastic lockouts, rule:Panther lockouts
-- param: since time 7d | begin of the period
-- param: until time newest | end of the period, exclusive
-- param: tenant text all | one tenant, by id
-- param: user text all | one user name or object id
-- param: min_attempts int 5 | attempts at least
-- param: top int 100 | rows at most
-- column: user_principal_name text | user name in lower case
-- column: tenant_id text | tenant
-- column: app_display_name text | client application
-- column: client_app_used text | kind of client
-- column: ip_address text | address
-- column: operating_system text | of the device
-- column: attempts bigint attempts | wrong or locked passwords from the source
-- column: locked bigint sign-ins | sign-ins that ended on 50053
-- column: last_at timestamp UTC | last attempt
-- column: last_good_at timestamp UTC | last success of the user from the source
-- column: last_good_elsewhere_at timestamp UTC | last success of the user from anywhere
WITH wrong AS (
  SELECT user_principal_name AS wrong_name, tenant_id AS wrong_tenant
  FROM signins
  WHERE started_at >= $since AND started_at < $until AND ($tenant = 'all' OR tenant_id = $tenant)
    AND password_attempts > 0 AND user_principal_name IS NOT NULL
    AND ($user = 'all' OR user_principal_name = lower($user)
      OR ($user NOT LIKE '%@%' AND user_id = $user))
  GROUP BY 1, 2
  HAVING sum(password_attempts) >= $min_attempts
), sources AS (
  SELECT user_principal_name, tenant_id, app_display_name, client_app_used, ip_address, operating_system,
    sum(password_attempts) AS attempts,
    count(*) FILTER (WHERE final_error_code = 50053) AS locked,
    max(ended_at) FILTER (WHERE password_attempts > 0) AS last_at,
    max(started_at) FILTER (WHERE outcome = 'success') AS last_good_at
  FROM wrong
  JOIN signins ON user_principal_name = wrong_name AND tenant_id IS NOT DISTINCT FROM wrong_tenant
  WHERE started_at >= $since AND started_at < $until AND ($tenant = 'all' OR tenant_id = $tenant)
    AND (password_attempts > 0 OR outcome = 'success')
  GROUP BY 1, 2, 3, 4, 5, 6
), people AS (
  SELECT *, max(last_good_at) OVER (PARTITION BY user_principal_name, tenant_id) AS last_good_elsewhere_at
  FROM sources
)
SELECT user_principal_name, tenant_id, app_display_name, client_app_used, ip_address, operating_system,
  attempts, locked, last_at, last_good_at, last_good_elsewhere_at
FROM people
WHERE attempts >= $min_attempts
ORDER BY attempts DESC, user_principal_name, tenant_id, app_display_name, client_app_used, ip_address, operating_system
LIMIT $top
