-- title: Sign-ins that wait for the user
-- question: At which steps do people stop?
-- row: one code that asks for a step
-- wrong: pending ones can still be finished in later data
-- next: consent: access/consent_needed; registration: mfa/broken_registration
-- tags: list, workbook:SignInFailureAnalysis
-- param: since time 30d | begin of the period
-- param: until time newest | end of the period, exclusive
-- param: tenant text all | one tenant, by id
-- param: top int 50 | rows at most
-- column: final_error_code int code | code that asked
-- column: title text | its title
-- column: category text | its category
-- column: signins bigint sign-ins | interactive sign-ins that ended on it
-- column: users bigint users | distinct users
-- column: pending bigint sign-ins | may still be answered
SELECT
  final_error_code,
  aadsts_title(final_error_code) AS title,
  aadsts_category(final_error_code) AS category,
  count(*) AS signins,
  count(DISTINCT user_id) AS users,
  count(*) FILTER (WHERE mfa_outcome = 'pending') AS pending
FROM mfa_signins
WHERE started_at >= $since AND started_at < $until AND ($tenant = 'all' OR tenant_id = $tenant)
  AND outcome = 'interrupted'
GROUP BY final_error_code
ORDER BY signins DESC, final_error_code
LIMIT $top
