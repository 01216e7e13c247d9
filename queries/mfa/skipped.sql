-- title: Why no second factor was asked
-- question: For what reasons was a second factor skipped?
-- row: one reason as written
-- wrong: only exports with details name a reason
-- next: a trusted address or a remembered device that skips too much: shorten it in the policy
-- tags: list, workbook:MultiFactorAuthenticationGaps
-- param: since time 30d | begin of the period
-- param: until time newest | end of the period, exclusive
-- param: tenant text all | one tenant, by id
-- param: top int 20 | rows at most
-- column: mfa_skip_reason text | reason as written
-- column: signins bigint sign-ins | skipped for it
-- column: users bigint users | distinct users
-- column: apps bigint applications | distinct applications
SELECT
  mfa_skip_reason,
  count(*) AS signins,
  count(DISTINCT user_id) AS users,
  count(DISTINCT app_id) AS apps
FROM mfa_signins
WHERE started_at >= $since AND started_at < $until AND ($tenant = 'all' OR tenant_id = $tenant)
  AND mfa_skip_reason IS NOT NULL
GROUP BY mfa_skip_reason
ORDER BY signins DESC, mfa_skip_reason
LIMIT $top
