-- title: What became of challenges
-- question: A 50074 says that a second factor was asked for; what became of it?
-- row: one code that asked for a second factor
-- wrong: 50072 and 50079 ask to register a method; a registration that was finished counts under the code that asked next
-- wrong: challenges of the last 24 hours are pending until later data settles them
-- next: codes with many abandoned: mfa/frequent_challenges tells whom they hit
-- tags: rate, rule:Azure-Sentinel MFA interrupted
-- param: since time 30d | begin of the period
-- param: until time newest | end of the period, exclusive
-- param: tenant text all | one tenant, by id
-- param: top int 20 | rows at most
-- column: challenge_code int code | code that asked first
-- column: title text | its title
-- column: signins bigint sign-ins | interactive sign-ins with this challenge
-- column: passed bigint sign-ins | the second factor passed
-- column: denied bigint sign-ins | the user declined
-- column: wrong_code bigint sign-ins | a wrong code or number
-- column: timed_out bigint sign-ins | no answer in time
-- column: other_failures bigint sign-ins | fraud reported, blocked or failed
-- column: failures bigint sign-ins | denied, wrong code, timed out, fraud reported, blocked or failed: the numerator
-- column: decided bigint sign-ins | failures and passed: the denominator
-- column: failure_rate double ratio | failures / decided; null where nothing was decided
-- column: abandoned bigint sign-ins | challenges nobody answered
-- column: pending bigint sign-ins | challenges that may still be answered in later data
-- column: registration_required bigint sign-ins | users sent to register a method
-- column: unknown bigint sign-ins | the export cannot say
WITH asked AS (
  SELECT coalesce(challenge_code, CASE WHEN mfa_outcome = 'registration_required' THEN final_error_code END) AS challenge_code,
    mfa_outcome, mfa_is_failure, mfa_is_decided
  FROM mfa_signins
  WHERE started_at >= $since AND started_at < $until AND ($tenant = 'all' OR tenant_id = $tenant)
)
SELECT
  challenge_code,
  aadsts_title(challenge_code) AS title,
  count(*) AS signins,
  count(*) FILTER (WHERE mfa_outcome = 'passed') AS passed,
  count(*) FILTER (WHERE mfa_outcome = 'denied') AS denied,
  count(*) FILTER (WHERE mfa_outcome = 'wrong_code') AS wrong_code,
  count(*) FILTER (WHERE mfa_outcome = 'timed_out') AS timed_out,
  count(*) FILTER (WHERE mfa_outcome IN ('fraud_reported', 'blocked', 'failed')) AS other_failures,
  count(*) FILTER (WHERE mfa_is_failure) AS failures,
  count(*) FILTER (WHERE mfa_is_decided) AS decided,
  round(CAST(count(*) FILTER (WHERE mfa_is_failure) AS double)
    / nullif(count(*) FILTER (WHERE mfa_is_decided), 0), 4) AS failure_rate,
  count(*) FILTER (WHERE mfa_outcome = 'abandoned') AS abandoned,
  count(*) FILTER (WHERE mfa_outcome = 'pending') AS pending,
  count(*) FILTER (WHERE mfa_outcome = 'registration_required') AS registration_required,
  count(*) FILTER (WHERE mfa_outcome = 'unknown') AS unknown
FROM asked
WHERE challenge_code IS NOT NULL
GROUP BY challenge_code
ORDER BY signins DESC, challenge_code
LIMIT $top
