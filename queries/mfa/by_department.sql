-- title: MFA failures by department
-- question: In which departments does the second factor fail?
-- row: one department, or the people of whom none is known
-- wrong: departments are those of the last `authlake users import`, not of the day of the sign-in
-- wrong: people who left before the first import are in no department: `missing` says so
-- next: mfa/by_user for the people; mfa/by_method where one department differs from all
-- tags: rate, workbook:Sign-ins
-- param: since time 30d | begin of the period
-- param: until time newest | end of the period, exclusive
-- param: tenant text all | one tenant, by id
-- param: top int 50 | rows at most
-- column: department text | as the directory writes it, null where `missing` says why
-- column: missing text | no users imported, not in users (of this import), or no department (in the directory)
-- column: users bigint users | distinct users who signed in
-- column: users_failing bigint users | those whose second factor failed at least once
-- column: failures bigint sign-ins | denied, wrong code, timed out, fraud reported, blocked or failed: the numerator
-- column: decided bigint sign-ins | failures and passed: the denominator
-- column: failure_rate double ratio | failures / decided; null where nothing was decided
-- column: abandoned bigint sign-ins | challenges nobody answered
-- column: pending bigint sign-ins | challenges that may still be answered in later data
-- column: registration_required bigint sign-ins | users sent to register a method
-- column: unknown bigint sign-ins | the export cannot say
WITH people AS (
  SELECT tenant_id, user_id, user_principal_name,
    count(*) FILTER (WHERE mfa_is_failure) AS failures,
    count(*) FILTER (WHERE mfa_is_decided) AS decided,
    count(*) FILTER (WHERE mfa_outcome = 'abandoned') AS abandoned,
    count(*) FILTER (WHERE mfa_outcome = 'pending') AS pending,
    count(*) FILTER (WHERE mfa_outcome = 'registration_required') AS registration_required,
    count(*) FILTER (WHERE mfa_outcome = 'unknown') AS unknown
  FROM mfa_signins
  WHERE started_at >= $since AND started_at < $until AND ($tenant = 'all' OR tenant_id = $tenant)
  GROUP BY 1, 2, 3
), placed AS (
  SELECT p.*, coalesce(i.department, n.department) AS department,
    coalesce(p.user_id, p.user_principal_name) AS person,
    coalesce(i.imported_at, n.imported_at) IS NOT NULL AS is_in_users
  FROM people p
  LEFT JOIN users i ON p.user_id = i.user_id
  LEFT JOIN users n ON p.user_principal_name = n.user_principal_name AND (p.tenant_id IS NOT DISTINCT FROM n.tenant_id)
    AND (p.user_id IS NULL OR n.user_id IS NULL)
)
SELECT
  department,
  CASE
    WHEN department IS NOT NULL THEN NULL
    WHEN (SELECT count(*) FROM users) = 0 THEN 'no users imported'
    WHEN is_in_users THEN 'no department'
    ELSE 'not in users'
  END AS missing,
  count(DISTINCT person) AS users,
  count(DISTINCT CASE WHEN failures > 0 THEN person END) AS users_failing,
  sum(failures) AS failures,
  sum(decided) AS decided,
  round(CAST(sum(failures) AS double) / nullif(sum(decided), 0), 4) AS failure_rate,
  sum(abandoned) AS abandoned,
  sum(pending) AS pending,
  sum(registration_required) AS registration_required,
  sum(unknown) AS unknown
FROM placed
GROUP BY 1, 2
ORDER BY failures DESC, decided DESC, department, missing
LIMIT $top
