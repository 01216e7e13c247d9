-- title: Passed the second factor, then blocked
-- question: Who passed MFA and was stopped all the same, and by which control?
-- row: one code and one set of failed policies
-- wrong: policies that failed beside the deciding one are listed too
-- wrong: a code without policies is not Conditional Access: the title says what it is
-- next: explain one sign-in; a device control that blocks after MFA is a device that is not enrolled
-- tags: list, workbook:SigninsByCAStatus, workbook:ConditionalAccessInsightsAndReporting
-- param: since time 30d | begin of the period
-- param: until time newest | end of the period, exclusive
-- param: tenant text all | one tenant, by id
-- param: top int 50 | rows at most
-- column: final_error_code int code | code that blocked
-- column: title text | its title
-- column: category text | its category
-- column: failed_policies text | names of failed policies
-- column: signins bigint sign-ins | passed MFA and failed
-- column: users bigint users | distinct users
-- column: last_at timestamp UTC | the last of them
SELECT
  final_error_code,
  aadsts_title(final_error_code) AS title,
  aadsts_category(final_error_code) AS category,
  array_to_string(failed_policies, '; ') AS failed_policies,
  count(*) AS signins,
  count(DISTINCT user_id) AS users,
  max(started_at) AS last_at
FROM mfa_signins
WHERE started_at >= $since AND started_at < $until AND ($tenant = 'all' OR tenant_id = $tenant)
  AND mfa_outcome = 'passed' AND outcome = 'failure'
GROUP BY final_error_code, array_to_string(failed_policies, '; ')
ORDER BY signins DESC, final_error_code, failed_policies
LIMIT $top
