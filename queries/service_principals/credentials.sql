-- title: Credentials of service principals
-- question: Which credentials are in use, and since when?
-- row: one principal and credential
-- wrong: counts records; exports without key ids show one row a principal
-- next: a key that began yesterday and that nobody knows: rotate it, and read the audit log for who added it
-- tags: list, rule:Azure-Sentinel new credential
-- param: since time 90d | begin of the period
-- param: until time newest | end of the period, exclusive
-- param: tenant text all | one tenant, by id
-- param: top int 200 | rows at most
-- column: service_principal_name text | its name
-- column: service_principal_id text | its id
-- column: client_credential_type text | kind of credential
-- column: credential_key_id text | its key id
-- column: records bigint records | requests with it
-- column: successes bigint records | with code 0
-- column: first_at timestamp UTC | first use in the period
-- column: last_at timestamp UTC | last use
SELECT
  service_principal_name,
  service_principal_id,
  client_credential_type,
  service_principal_credential_key_id AS credential_key_id,
  count(*) AS records,
  count(*) FILTER (WHERE error_code = 0) AS successes,
  min(created_at) AS first_at,
  max(created_at) AS last_at
FROM records
WHERE created_at >= $since AND created_at < $until AND ($tenant = 'all' OR tenant_id = $tenant)
  AND event_type = 'servicePrincipal'
GROUP BY 1, 2, 3, 4
ORDER BY first_at DESC, service_principal_name, service_principal_id, client_credential_type, credential_key_id
LIMIT $top
