-- title: Device code sign-ins
-- question: Who signs in with a device code, which attackers like to phish?
-- row: one user and application
-- wrong: screens in meeting rooms use it for good reason
-- next: ask every person whether they meant to; then block the flow by policy
-- tags: rate, rule:Azure-Sentinel DeviceCodeSignInFromUnseenASN, rule:Elastic device code
-- param: since time 30d | begin of the period
-- param: until time newest | end of the period, exclusive
-- param: tenant text all | one tenant, by id
-- param: top int 50 | rows at most
-- column: user_principal_name text | user name in lower case
-- column: tenant_id text | tenant
-- column: app_display_name text | client application
-- column: signins bigint sign-ins | all: the denominator
-- column: successes bigint sign-ins | ended in success
-- column: failures bigint sign-ins | ended in a failure: the numerator
-- column: interrupted bigint sign-ins | ended on a step that was asked
-- column: unknown bigint sign-ins | the code is in no table or missing
-- column: failure_rate double ratio | failures / signins
-- column: last_at timestamp UTC | the last
SELECT
  user_principal_name,
  tenant_id,
  app_display_name,
  count(*) AS signins,
  count(*) FILTER (WHERE outcome = 'success') AS successes,
  count(*) FILTER (WHERE outcome = 'failure') AS failures,
  count(*) FILTER (WHERE outcome = 'interrupted') AS interrupted,
  count(*) FILTER (WHERE outcome = 'unknown') AS unknown,
  round(CAST(count(*) FILTER (WHERE outcome = 'failure') AS double) / nullif(count(*), 0), 4) AS failure_rate,
  max(started_at) AS last_at
FROM signins
WHERE started_at >= $since AND started_at < $until AND ($tenant = 'all' OR tenant_id = $tenant)
  AND authentication_protocol = 'deviceCode'
GROUP BY 1, 2, 3
ORDER BY signins DESC, user_principal_name, tenant_id, app_display_name
LIMIT $top
