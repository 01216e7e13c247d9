-- title: Failures by code
-- question: Why do sign-ins fail, and who can help?
-- row: one code
-- wrong: a code that is normal in the life of a token is marked expected
-- next: authlake code CODE tells more; health/service_or_ours says whose fault it is
-- tags: list, workbook:SignInFailureAnalysis, workbook:SignIns
-- param: since time 30d | begin of the period
-- param: until time newest | end of the period, exclusive
-- param: tenant text all | one tenant, by id
-- param: top int 50 | rows at most
-- column: final_error_code int code | code that the outcome rests on
-- column: title text | its title
-- column: category text | its category
-- column: who_can_fix text | who can mend it
-- column: expected boolean | a normal part of the flow
-- column: signins bigint sign-ins | interactive sign-ins that failed with it
-- column: users bigint users | distinct users
-- column: apps bigint applications | distinct applications
-- column: advice text | what to do
SELECT f.final_error_code, c.title, c.category, c.who_can_fix, c.expected, f.signins, f.users, f.apps, c.advice
FROM (
  SELECT final_error_code, count(*) AS signins, count(DISTINCT user_id) AS users, count(DISTINCT app_id) AS apps
  FROM mfa_signins
  WHERE started_at >= $since AND started_at < $until AND ($tenant = 'all' OR tenant_id = $tenant)
    AND outcome = 'failure'
  GROUP BY final_error_code
) f
LEFT JOIN codes c ON f.final_error_code = c.code
ORDER BY f.signins DESC, f.final_error_code
LIMIT $top
