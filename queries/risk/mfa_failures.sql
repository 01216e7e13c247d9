-- title: MFA failures by country and risk
-- question: Where do second factors fail, and does the place fit the users there?
-- row: one country and level of location risk
-- wrong: failures at level none are mostly users and methods; failures at high are mostly people who know a password
-- wrong: the place is that of the address: a VPN or a mobile network can lie elsewhere
-- next: high and medium: risk/password_passed; none and low: mfa/by_method
-- tags: rate, workbook:MultiFactorAuthenticationGaps
-- param: since time 30d | begin of the period
-- param: until time newest | end of the period, exclusive
-- param: tenant text all | one tenant, by id
-- param: top int 100 | rows at most
-- column: country text | ISO code, null where the export has no place
-- column: location_risk_level text | none, low, medium or high; null where the days were never judged
-- column: users bigint users | distinct users who signed in
-- column: failures bigint sign-ins | denied, wrong code, timed out, fraud reported, blocked or failed: the numerator
-- column: decided bigint sign-ins | failures and passed: the denominator
-- column: failure_rate double ratio | failures / decided; null where nothing was decided
-- column: abandoned bigint sign-ins | challenges nobody answered
-- column: pending bigint sign-ins | challenges that may still be answered in later data
-- column: unknown bigint sign-ins | the export cannot say
SELECT
  country,
  location_risk_level,
  count(DISTINCT user_id) AS users,
  count(*) FILTER (WHERE mfa_is_failure) AS failures,
  count(*) FILTER (WHERE mfa_is_decided) AS decided,
  round(CAST(count(*) FILTER (WHERE mfa_is_failure) AS double)
    / nullif(count(*) FILTER (WHERE mfa_is_decided), 0), 4) AS failure_rate,
  count(*) FILTER (WHERE mfa_outcome = 'abandoned') AS abandoned,
  count(*) FILTER (WHERE mfa_outcome = 'pending') AS pending,
  count(*) FILTER (WHERE mfa_outcome = 'unknown') AS unknown
FROM mfa_signins
WHERE started_at >= $since AND started_at < $until AND ($tenant = 'all' OR tenant_id = $tenant)
GROUP BY 1, 2
ORDER BY failures DESC, decided DESC, country, location_risk_level
LIMIT $top
