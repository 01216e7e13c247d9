-- title: What became of challenges
-- question: A 50074 says that a second factor was asked for; what became of it?
-- param: since time oldest | begin of the period
-- param: until time newest | end of the period, exclusive
-- param: top int 50 | rows at most
-- column: challenge_code int code | code that asked
-- column: title text | its title
-- column: signins bigint sign-ins | interactive sign-ins with this challenge
-- column: failures bigint sign-ins | denied, wrong code, timed out, fraud reported, blocked or failed: the numerator
-- column: decided bigint sign-ins | failures and passed: the denominator
-- column: failure_rate double ratio | failures / decided; null where nothing was decided
-- column: abandoned bigint sign-ins | challenges nobody answered
-- column: pending bigint sign-ins | challenges that may still be answered in later data
-- column: registration_required bigint sign-ins | users sent to register a method
-- column: unknown bigint sign-ins | the export cannot say
SELECT
  challenge_code,
  aadsts_title(challenge_code) AS title,
  count(*) AS signins,
  count(*) FILTER (WHERE mfa_outcome IN ('denied', 'wrong_code', 'timed_out', 'fraud_reported', 'blocked', 'failed')) AS failures,
  count(*) FILTER (WHERE mfa_outcome IN ('passed', 'denied', 'wrong_code', 'timed_out', 'fraud_reported', 'blocked', 'failed')) AS decided,
  round(CAST(count(*) FILTER (WHERE mfa_outcome IN ('denied', 'wrong_code', 'timed_out', 'fraud_reported', 'blocked', 'failed')) AS double)
    / nullif(count(*) FILTER (WHERE mfa_outcome IN ('passed', 'denied', 'wrong_code', 'timed_out', 'fraud_reported', 'blocked', 'failed')), 0), 4) AS failure_rate,
  count(*) FILTER (WHERE mfa_outcome = 'abandoned') AS abandoned,
  count(*) FILTER (WHERE mfa_outcome = 'pending') AS pending,
  count(*) FILTER (WHERE mfa_outcome = 'registration_required') AS registration_required,
  count(*) FILTER (WHERE mfa_outcome = 'unknown') AS unknown
FROM signins
WHERE event_type IN ('interactiveUser', 'adfs', 'unknown')
  AND started_at >= $since AND started_at < $until
  AND challenge_code IS NOT NULL
GROUP BY 1, 2
ORDER BY signins DESC, challenge_code
LIMIT $top
