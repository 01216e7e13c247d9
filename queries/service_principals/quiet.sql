-- title: Service principals that went quiet
-- question: Which principals have stopped to sign in?
-- row: one principal whose last sign-in is at least `quiet_days` before the end of the period
-- wrong: monthly jobs are quiet for 31 days
-- next: remove what nobody needs; an application nobody watches is an open door
-- tags: list
-- param: since time oldest | begin of the period
-- param: until time newest | end of the period, exclusive
-- param: tenant text all | one tenant, by id
-- param: quiet_days int 30 | days without a sign-in
-- param: top int 100 | rows at most
-- column: service_principal_name text | its name
-- column: service_principal_id text | its id
-- column: signins bigint sign-ins | in the period
-- column: first_at timestamp UTC | the first
-- column: last_at timestamp UTC | the last
-- column: quiet_days bigint days | whole days from then to the end of the period
SELECT
  service_principal_name,
  service_principal_id,
  count(*) AS signins,
  min(started_at) AS first_at,
  max(started_at) AS last_at,
  CAST(floor((CAST($until AS bigint) - CAST(max(started_at) AS bigint)) / 86400000000) AS bigint) AS quiet_days
FROM signins
WHERE started_at >= $since AND started_at < $until AND ($tenant = 'all' OR tenant_id = $tenant)
  AND event_type IN ('servicePrincipal', 'managedIdentity')
GROUP BY service_principal_name, service_principal_id
HAVING CAST($until AS bigint) - CAST(max(started_at) AS bigint) >= $quiet_days * 86400000000
ORDER BY last_at, service_principal_name, service_principal_id
LIMIT $top
