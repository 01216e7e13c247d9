-- title: MFA of people with directory roles
-- question: Do people who hold an Entra role answer a second factor, and with what?
-- row: one directory role; somebody with two roles counts in both
-- wrong: roles are those of the last `authlake users import`; without roles in it there are no rows: export with `$expand=memberOf`
-- wrong: roles that are only eligible (PIM) are not in memberOf
-- next: mfa/single_factor for the sign-ins that asked for none; user/methods for one person
-- tags: rate, rule:Azure-Sentinel AADPrivilegedAccountsFailedMFA
-- param: since time 30d | begin of the period
-- param: until time newest | end of the period, exclusive
-- param: tenant text all | one tenant, by id
-- param: top int 50 | rows at most
-- column: role text | name of the directory role
-- column: holders bigint users | people who hold it
-- column: users bigint users | those of them who signed in
-- column: users_single_factor bigint users | those who got in at least once without a second factor
-- column: users_without_resistant bigint users | those who passed a second factor, and none of a phishing-resistant kind
-- column: failures bigint sign-ins | denied, wrong code, timed out, fraud reported, blocked or failed: the numerator
-- column: decided bigint sign-ins | failures and passed: the denominator
-- column: failure_rate double ratio | failures / decided; null where nothing was decided
WITH people AS (
  SELECT tenant_id, user_id, user_principal_name,
    count(*) FILTER (WHERE mfa_is_failure) AS failures,
    count(*) FILTER (WHERE mfa_is_decided) AS decided,
    count(*) FILTER (WHERE mfa_outcome = 'passed') AS passed,
    count(*) FILTER (WHERE mfa_outcome = 'passed' AND mfa_method_is_phishing_resistant(mfa_method)) AS resistant,
    count(*) FILTER (WHERE outcome = 'success' AND mfa_outcome = 'not_required') AS single_factor
  FROM mfa_signins
  WHERE started_at >= $since AND started_at < $until AND ($tenant = 'all' OR tenant_id = $tenant)
  GROUP BY 1, 2, 3
), held AS (
  SELECT tenant_id, user_id, user_principal_name, unnest(directory_roles) AS role FROM users
  WHERE $tenant = 'all' OR tenant_id = $tenant
), told AS (
  SELECT h.role, coalesce(h.user_id, h.user_principal_name) AS holder,
    coalesce(i.failures, n.failures) AS failures, coalesce(i.decided, n.decided) AS decided,
    coalesce(i.passed, n.passed) AS passed, coalesce(i.resistant, n.resistant) AS resistant,
    coalesce(i.single_factor, n.single_factor) AS single_factor
  FROM held h
  LEFT JOIN (
    SELECT user_id, sum(failures) AS failures, sum(decided) AS decided, sum(passed) AS passed,
      sum(resistant) AS resistant, sum(single_factor) AS single_factor
    FROM people WHERE user_id IS NOT NULL GROUP BY 1
  ) i ON h.user_id = i.user_id
  LEFT JOIN (
    SELECT p.tenant_id, p.user_principal_name, sum(p.failures) AS failures, sum(p.decided) AS decided,
      sum(p.passed) AS passed, sum(p.resistant) AS resistant, sum(p.single_factor) AS single_factor
    FROM people p GROUP BY 1, 2
  ) n ON h.user_id IS NULL AND h.user_principal_name = n.user_principal_name
    AND (h.tenant_id IS NOT DISTINCT FROM n.tenant_id)
)
SELECT
  role,
  count(DISTINCT holder) AS holders,
  count(DISTINCT CASE WHEN decided IS NOT NULL THEN holder END) AS users,
  count(DISTINCT CASE WHEN single_factor > 0 THEN holder END) AS users_single_factor,
  count(DISTINCT CASE WHEN passed > 0 AND resistant = 0 THEN holder END) AS users_without_resistant,
  coalesce(sum(failures), 0) AS failures,
  coalesce(sum(decided), 0) AS decided,
  round(CAST(sum(failures) AS double) / nullif(sum(decided), 0), 4) AS failure_rate
FROM told
GROUP BY 1
ORDER BY users_single_factor DESC, users_without_resistant DESC, holders DESC, role
LIMIT $top
