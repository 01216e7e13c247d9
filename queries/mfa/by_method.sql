-- title: MFA failures by method
-- question: Which methods fail, and how long do they take?
-- row: one method of the deciding step
-- wrong: a sign-in that nobody answered names no method
-- next: mfa/slow_answers for the slow ones
-- tags: rate, workbook:authmethodsactivity, workbook:Authentication Prompts Analysis
-- param: since time 30d | begin of the period
-- param: until time newest | end of the period, exclusive
-- param: tenant text all | one tenant, by id
-- param: top int 50 | rows at most
-- column: mfa_method text | method of the deciding step, null where the export does not name it
-- column: median_seconds double s | median time from challenge to answer
-- column: failures bigint sign-ins | denied, wrong code, timed out, fraud reported, blocked or failed: the numerator
-- column: decided bigint sign-ins | failures and passed: the denominator
-- column: failure_rate double ratio | failures / decided; null where nothing was decided
-- column: abandoned bigint sign-ins | challenges nobody answered
-- column: pending bigint sign-ins | challenges that may still be answered in later data
-- column: registration_required bigint sign-ins | users sent to register a method
-- column: unknown bigint sign-ins | the export cannot say
SELECT
  mfa_method,
  round(median(seconds_to_mfa), 1) AS median_seconds,
  count(*) FILTER (WHERE mfa_is_failure) AS failures,
  count(*) FILTER (WHERE mfa_is_decided) AS decided,
  round(CAST(count(*) FILTER (WHERE mfa_is_failure) AS double)
    / nullif(count(*) FILTER (WHERE mfa_is_decided), 0), 4) AS failure_rate,
  count(*) FILTER (WHERE mfa_outcome = 'abandoned') AS abandoned,
  count(*) FILTER (WHERE mfa_outcome = 'pending') AS pending,
  count(*) FILTER (WHERE mfa_outcome = 'registration_required') AS registration_required,
  count(*) FILTER (WHERE mfa_outcome = 'unknown') AS unknown
FROM mfa_signins
WHERE started_at >= $since AND started_at < $until AND ($tenant = 'all' OR tenant_id = $tenant)
  AND mfa_outcome NOT IN ('not_required', 'satisfied_by_claim')
GROUP BY 1
ORDER BY decided DESC, mfa_method
LIMIT $top
