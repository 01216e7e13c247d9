-- title: Sign-ins by service principal
-- question: Which applications and managed identities sign in by themselves, and where do they fail?
-- row: one principal
-- wrong: failures are about credentials and permissions of the application, not about people
-- next: service_principals/failures_by_code for the reasons
-- tags: rate, workbook:ConditionalAccessInsightsAndReporting
-- param: since time 30d | begin of the period
-- param: until time newest | end of the period, exclusive
-- param: tenant text all | one tenant, by id
-- param: top int 100 | rows at most
-- column: service_principal_name text | its name
-- column: service_principal_id text | its id
-- column: event_type text | servicePrincipal or managedIdentity
-- column: signins bigint sign-ins | all: the denominator
-- column: successes bigint sign-ins | ended in success
-- column: failures bigint sign-ins | ended in a failure: the numerator
-- column: interrupted bigint sign-ins | ended on a step that was asked
-- column: unknown bigint sign-ins | the code is in no table or missing
-- column: failure_rate double ratio | failures / signins
-- column: last_at timestamp UTC | the last
SELECT
  service_principal_name,
  service_principal_id,
  event_type,
  count(*) AS signins,
  count(*) FILTER (WHERE outcome = 'success') AS successes,
  count(*) FILTER (WHERE outcome = 'failure') AS failures,
  count(*) FILTER (WHERE outcome = 'interrupted') AS interrupted,
  count(*) FILTER (WHERE outcome = 'unknown') AS unknown,
  round(CAST(count(*) FILTER (WHERE outcome = 'failure') AS double) / nullif(count(*), 0), 4) AS failure_rate,
  max(started_at) AS last_at
FROM signins
WHERE started_at >= $since AND started_at < $until AND ($tenant = 'all' OR tenant_id = $tenant)
  AND event_type IN ('servicePrincipal', 'managedIdentity')
GROUP BY 1, 2, 3
ORDER BY failures DESC, signins DESC, service_principal_name, service_principal_id, event_type
LIMIT $top
