-- title: Unmanaged devices where MFA is required
-- question: Who signs in from unmanaged devices although a second factor is required?
-- row: one user of one tenant
-- wrong: a device that is not registered tells nothing: it is counted as unknown, and could be either
-- next: require a managed device for the applications, or enrol the devices
-- tags: rate, workbook:Authentication Prompts Analysis
-- param: since time 30d | begin of the period
-- param: until time newest | end of the period, exclusive
-- param: tenant text all | one tenant, by id
-- param: top int 50 | rows at most
-- column: user_principal_name text | user name in lower case
-- column: tenant_id text | tenant
-- column: unmanaged bigint sign-ins | from a device that is known not to be managed: the numerator
-- column: known bigint sign-ins | the state of the device is known: the denominator
-- column: unmanaged_rate double ratio | unmanaged / known
-- column: unknown bigint sign-ins | the state of the device is not known
SELECT
  user_principal_name,
  tenant_id,
  count(*) FILTER (WHERE is_managed = false) AS unmanaged,
  count(is_managed) AS known,
  round(CAST(count(*) FILTER (WHERE is_managed = false) AS double) / nullif(count(is_managed), 0), 4) AS unmanaged_rate,
  count(*) - count(is_managed) AS unknown
FROM mfa_signins
WHERE started_at >= $since AND started_at < $until AND ($tenant = 'all' OR tenant_id = $tenant)
  AND mfa_required AND user_principal_name IS NOT NULL
GROUP BY user_principal_name, tenant_id
ORDER BY unmanaged DESC, unknown DESC, user_principal_name, tenant_id
LIMIT $top
