-- title: MFA failures by day
-- question: How often did a second factor fail, day by day (UTC)?
-- param: since time oldest | begin of the period
-- param: until time newest | end of the period, exclusive
-- column: day date UTC | day of the start of the sign-in
-- column: signins bigint sign-ins | interactive sign-ins of the day
-- column: failures bigint sign-ins | denied, wrong code, timed out, fraud reported, blocked or failed: the numerator
-- column: decided bigint sign-ins | failures and passed: the denominator
-- column: failure_rate double ratio | failures / decided; null where nothing was decided
-- column: abandoned bigint sign-ins | challenges nobody answered
-- column: pending bigint sign-ins | challenges that may still be answered in later data
-- column: registration_required bigint sign-ins | users sent to register a method
-- column: unknown bigint sign-ins | the export cannot say
SELECT
  CAST(date_trunc('day', started_at) AS date) AS day,
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
GROUP BY 1
ORDER BY day
