-- title: Guests by home tenant
-- question: Which other organisations sign in here, and how does that go?
-- row: one home tenant and kind of access
-- wrong: needs the home tenant in the export; a tenant that is withheld is null
-- next: locations/by_country for a tenant you do not know
-- tags: rate, workbook:cross-tenant-access-activity, workbook:Guest Usage Monitoring
-- param: since time 30d | begin of the period
-- param: until time newest | end of the period, exclusive
-- param: tenant text all | one tenant, by id
-- param: top int 50 | rows at most
-- column: home_tenant_id text | tenant where the accounts live
-- column: cross_tenant_access_type text | b2bCollaboration and the like
-- column: signins bigint sign-ins | all: the denominator
-- column: successes bigint sign-ins | ended in success
-- column: failures bigint sign-ins | ended in a failure: the numerator
-- column: interrupted bigint sign-ins | ended on a step that was asked
-- column: unknown bigint sign-ins | the code is in no table or missing
-- column: failure_rate double ratio | failures / signins
-- column: users bigint users | distinct users
-- column: last_at timestamp UTC | the last
SELECT
  home_tenant_id,
  cross_tenant_access_type,
  count(*) AS signins,
  count(*) FILTER (WHERE outcome = 'success') AS successes,
  count(*) FILTER (WHERE outcome = 'failure') AS failures,
  count(*) FILTER (WHERE outcome = 'interrupted') AS interrupted,
  count(*) FILTER (WHERE outcome = 'unknown') AS unknown,
  round(CAST(count(*) FILTER (WHERE outcome = 'failure') AS double) / nullif(count(*), 0), 4) AS failure_rate,
  count(DISTINCT user_id) AS users,
  max(started_at) AS last_at
FROM mfa_signins
WHERE started_at >= $since AND started_at < $until AND ($tenant = 'all' OR tenant_id = $tenant)
  AND (user_type = 'guest' OR home_tenant_id <> tenant_id)
GROUP BY 1, 2
ORDER BY signins DESC, home_tenant_id, cross_tenant_access_type
LIMIT $top
