-- title: MFA failures by state of the device
-- question: Do managed devices pass more often than others?
-- row: one state of devices
-- wrong: a device that is not registered tells nothing: its state is unknown, not unmanaged
-- next: mfa/unmanaged_devices names who signs in from them
-- tags: rate, workbook:Authentication Prompts Analysis, workbook:ConditionalAccessInsightsAndReporting
-- param: since time 30d | begin of the period
-- param: until time newest | end of the period, exclusive
-- param: tenant text all | one tenant, by id
-- param: top int 20 | rows at most
-- column: device_state text | compliant, managed, unmanaged or unknown
-- column: trust_type text | how the device is joined
-- column: users bigint users | distinct users who signed in
-- column: failures bigint sign-ins | denied, wrong code, timed out, fraud reported, blocked or failed: the numerator
-- column: decided bigint sign-ins | failures and passed: the denominator
-- column: failure_rate double ratio | failures / decided; null where nothing was decided
-- column: abandoned bigint sign-ins | challenges nobody answered
-- column: pending bigint sign-ins | challenges that may still be answered in later data
-- column: registration_required bigint sign-ins | users sent to register a method
-- column: unknown bigint sign-ins | the export cannot say
SELECT
  CASE WHEN is_compliant THEN 'compliant' WHEN is_managed THEN 'managed'
    WHEN is_managed = false OR is_compliant = false THEN 'unmanaged' ELSE 'unknown' END AS device_state,
  trust_type,
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
GROUP BY 1, 2
ORDER BY failures DESC, decided DESC, device_state, trust_type
LIMIT $top
