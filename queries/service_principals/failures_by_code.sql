-- title: Why service principals fail
-- question: Which credentials are wrong, expired or refused?
-- row: one principal and code
-- wrong: an expired secret can be an application nobody uses any more: see last_success_at
-- next: renew the credential, or remove the application
-- tags: list, rule:reprise99 service principals
-- param: since time 30d | begin of the period
-- param: until time newest | end of the period, exclusive
-- param: tenant text all | one tenant, by id
-- param: top int 100 | rows at most
-- column: service_principal_name text | its name
-- column: service_principal_id text | its id
-- column: final_error_code int code | code
-- column: title text | its title
-- column: failures bigint sign-ins | failed with it
-- column: first_at timestamp UTC | the first
-- column: last_at timestamp UTC | the last
-- column: last_success_at timestamp UTC | last success of the principal in the period
WITH by_code AS (
  SELECT service_principal_name, service_principal_id, outcome, final_error_code, count(*) AS n,
    min(started_at) AS first_at, max(started_at) AS last_at
  FROM signins
  WHERE started_at >= $since AND started_at < $until AND ($tenant = 'all' OR tenant_id = $tenant)
    AND event_type IN ('servicePrincipal', 'managedIdentity')
  GROUP BY 1, 2, 3, 4
), beside AS (
  SELECT *, max(last_at) FILTER (WHERE outcome = 'success') OVER (PARTITION BY service_principal_id) AS last_success_at
  FROM by_code
)
SELECT service_principal_name, service_principal_id, final_error_code, aadsts_title(final_error_code) AS title, n AS failures,
  first_at, last_at, last_success_at
FROM beside
WHERE outcome = 'failure'
ORDER BY failures DESC, service_principal_name, service_principal_id, final_error_code
LIMIT $top
