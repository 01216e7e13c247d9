-- title: MFA failures by country
-- question: From which countries does the second factor fail?
-- row: one country
-- wrong: the place is that of the address: a VPN or a mobile network can lie elsewhere
-- next: locations/by_network tells who owns the addresses
-- tags: rate, workbook:Sign-ins, workbook:MultiFactorAuthenticationGaps
-- param: since time 30d | begin of the period
-- param: until time newest | end of the period, exclusive
-- param: tenant text all | one tenant, by id
-- param: top int 50 | rows at most
-- column: country text | ISO code, null where the export has no place
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
GROUP BY 1
ORDER BY failures DESC, decided DESC, country
LIMIT $top
