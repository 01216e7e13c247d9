-- title: One person day by day
-- question: When did something change for one person?
-- row: one day of the time zone
-- wrong: the first and the last day can be cut by the period
-- next: user/signins for the day that stands out
-- tags: list
-- param: user text required | user name or object id
-- param: since time 90d | begin of the period
-- param: until time newest | end of the period, exclusive
-- param: tenant text all | one tenant, by id
-- param: timezone text UTC | time zone whose days and hours are meant
-- column: day date | day of the time zone
-- column: signins bigint sign-ins | interactive sign-ins
-- column: successes bigint sign-ins | ended in success
-- column: mfa_passed bigint sign-ins | second factor passed
-- column: mfa_failed bigint sign-ins | second factor failed
-- column: abandoned bigint sign-ins | challenge nobody answered
-- column: prompts bigint prompts | how often a second factor was asked for
-- column: password_attempts bigint attempts | wrong or locked passwords
-- column: apps bigint applications | distinct applications
-- column: addresses bigint addresses | distinct addresses
-- column: countries text | their codes
SELECT
  CAST(local_time(started_at, $timezone) AS date) AS day,
  count(*) AS signins,
  count(*) FILTER (WHERE outcome = 'success') AS successes,
  count(*) FILTER (WHERE mfa_outcome = 'passed') AS mfa_passed,
  count(*) FILTER (WHERE mfa_is_failure) AS mfa_failed,
  count(*) FILTER (WHERE mfa_outcome = 'abandoned') AS abandoned,
  sum(mfa_prompts) AS prompts,
  sum(password_attempts) AS password_attempts,
  count(DISTINCT app_id) AS apps,
  count(DISTINCT ip_address) AS addresses,
  array_to_string(array_sort(array_agg(DISTINCT country)), ' ') AS countries
FROM mfa_signins
WHERE (user_principal_name = lower($user) OR ($user NOT LIKE '%@%' AND user_id = $user))
  AND started_at >= $since AND started_at < $until AND ($tenant = 'all' OR tenant_id = $tenant)
GROUP BY 1
ORDER BY day
