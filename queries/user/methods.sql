-- title: Methods of one person
-- question: Which second factors does one person use, and how well do they work?
-- row: one method
-- wrong: a method that is registered and never used is not in the log
-- next: no pass with a method and many failures: register it again
-- tags: rate, workbook:authmethodsactivity
-- param: user text required | user name or object id
-- param: since time 90d | begin of the period
-- param: until time newest | end of the period, exclusive
-- param: tenant text all | one tenant, by id
-- column: mfa_method text | method of the deciding step, null where the export does not name it
-- column: phishing_resistant boolean | null where the method is not known
-- column: passed bigint sign-ins | passed
-- column: failures bigint sign-ins | denied, wrong code, timed out, fraud reported, blocked or failed: the numerator
-- column: decided bigint sign-ins | failures and passed: the denominator
-- column: failure_rate double ratio | failures / decided; null where nothing was decided
-- column: abandoned bigint sign-ins | challenges nobody answered
-- column: pending bigint sign-ins | challenges that may still be answered in later data
-- column: registration_required bigint sign-ins | users sent to register a method
-- column: unknown bigint sign-ins | the export cannot say
-- column: median_seconds double s | from challenge to answer
-- column: last_passed_at timestamp UTC | last pass
SELECT
  mfa_method,
  mfa_method_is_phishing_resistant(mfa_method) AS phishing_resistant,
  count(*) FILTER (WHERE mfa_outcome = 'passed') AS passed,
  count(*) FILTER (WHERE mfa_is_failure) AS failures,
  count(*) FILTER (WHERE mfa_is_decided) AS decided,
  round(CAST(count(*) FILTER (WHERE mfa_is_failure) AS double)
    / nullif(count(*) FILTER (WHERE mfa_is_decided), 0), 4) AS failure_rate,
  count(*) FILTER (WHERE mfa_outcome = 'abandoned') AS abandoned,
  count(*) FILTER (WHERE mfa_outcome = 'pending') AS pending,
  count(*) FILTER (WHERE mfa_outcome = 'registration_required') AS registration_required,
  count(*) FILTER (WHERE mfa_outcome = 'unknown') AS unknown,
  round(median(seconds_to_mfa), 1) AS median_seconds,
  max(started_at) FILTER (WHERE mfa_outcome = 'passed') AS last_passed_at
FROM mfa_signins
WHERE (user_principal_name = lower($user) OR ($user NOT LIKE '%@%' AND user_id = $user))
  AND started_at >= $since AND started_at < $until AND ($tenant = 'all' OR tenant_id = $tenant)
  AND mfa_outcome NOT IN ('not_required', 'satisfied_by_claim')
GROUP BY mfa_method
ORDER BY decided DESC, mfa_method
