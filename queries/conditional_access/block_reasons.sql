-- title: What was missing
-- question: Why does Conditional Access refuse sign-ins?
-- row: one code
-- wrong: 53003 says that a policy blocked, not what it wanted
-- next: conditional_access/blocked names the policies
-- tags: list, workbook:SigninsByGrantControls, rule:Azure-Sentinel UserAccounts-CABlockedSigninSpikes
-- param: since time 30d | begin of the period
-- param: until time newest | end of the period, exclusive
-- param: tenant text all | one tenant, by id
-- param: top int 50 | rows at most
-- column: final_error_code int code | code that blocked
-- column: title text | its title
-- column: advice text | what to do
-- column: signins bigint sign-ins | interactive sign-ins that ended so
-- column: users bigint users | distinct users
-- column: apps bigint applications | distinct applications
SELECT
  final_error_code,
  aadsts_title(final_error_code) AS title,
  aadsts_advice(final_error_code) AS advice,
  count(*) AS signins,
  count(DISTINCT user_id) AS users,
  count(DISTINCT app_id) AS apps
FROM mfa_signins
WHERE started_at >= $since AND started_at < $until AND ($tenant = 'all' OR tenant_id = $tenant)
  AND outcome = 'failure' AND aadsts_category(final_error_code) IN ('conditional_access', 'device', 'risk')
GROUP BY final_error_code
ORDER BY signins DESC, final_error_code
LIMIT $top
