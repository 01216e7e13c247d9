-- title: Networks of service principals
-- question: Which principals sign in from several networks or countries?
-- row: one principal
-- wrong: a managed identity has no address of its own
-- wrong: a service that moves between regions does this
-- next: a secret used from a network that is not yours has leaked: rotate it
-- tags: list, rule:Elastic first-seen ASN, rule:Azure-Sentinel service principal from new country
-- param: since time 30d | begin of the period
-- param: until time newest | end of the period, exclusive
-- param: tenant text all | one tenant, by id
-- param: top int 100 | rows at most
-- column: service_principal_name text | its name
-- column: service_principal_id text | its id
-- column: networks bigint networks | distinct networks (ASN) of successes
-- column: countries text | their codes
-- column: addresses bigint addresses | distinct addresses of successes
-- column: signins bigint sign-ins | successes
-- column: last_at timestamp UTC | the last
SELECT service_principal_name, service_principal_id,
  count(DISTINCT autonomous_system_number) AS networks,
  array_to_string(array_sort(array_agg(DISTINCT country)), ' ') AS countries,
  count(DISTINCT ip_address) AS addresses,
  sum(n) AS signins,
  max(last_at) AS last_at
FROM (
  SELECT service_principal_name, service_principal_id, autonomous_system_number, country, ip_address, count(*) AS n, max(started_at) AS last_at
  FROM signins
  WHERE started_at >= $since AND started_at < $until AND ($tenant = 'all' OR tenant_id = $tenant)
    AND event_type = 'servicePrincipal' AND outcome = 'success'
  GROUP BY 1, 2, 3, 4, 5
)
GROUP BY service_principal_name, service_principal_id
ORDER BY networks DESC, addresses DESC, service_principal_name, service_principal_id
LIMIT $top
