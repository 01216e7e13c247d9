-- title: Challenges by place and network
-- question: From where do challenges come that nobody passes?
-- row: one network in one country
-- wrong: a company network sends everybody's challenges from one place
-- next: a network where many users fail and none passes: locations/password_spray
-- tags: rate, workbook:Sign-ins
-- param: since time 30d | begin of the period
-- param: until time newest | end of the period, exclusive
-- param: tenant text all | one tenant, by id
-- param: top int 50 | rows at most
-- column: country text | ISO code, null where the export has no place
-- column: autonomous_system_number bigint key | network (ASN)
-- column: challenges bigint sign-ins | sign-ins that asked for a second factor
-- column: users bigint users | distinct users who signed in
-- column: failures bigint sign-ins | denied, wrong code, timed out, fraud reported, blocked or failed: the numerator
-- column: decided bigint sign-ins | failures and passed: the denominator
-- column: failure_rate double ratio | failures / decided; null where nothing was decided
-- column: abandoned bigint sign-ins | challenges nobody answered
-- column: pending bigint sign-ins | challenges that may still be answered in later data
-- column: registration_required bigint sign-ins | users sent to register a method
-- column: unknown bigint sign-ins | the export cannot say
SELECT
  country,
  autonomous_system_number,
  count(*) AS challenges,
  count(DISTINCT user_id) AS users,
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
  AND challenge_code IS NOT NULL
GROUP BY 1, 2
ORDER BY challenges DESC, failures DESC, country, autonomous_system_number
LIMIT $top
