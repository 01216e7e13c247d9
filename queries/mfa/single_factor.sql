-- title: Successes with one factor
-- question: Which applications let people in without a second factor?
-- row: one client application
-- wrong: a second factor that an earlier sign-in proved counts as one
-- wrong: an unknown outcome says nothing and is in no rate
-- next: access/legacy_authentication, and conditional_access/uncovered_apps for the policies that are missing
-- tags: rate, workbook:MultiFactorAuthenticationGaps, workbook:conditionalAccessGapAnalyzer
-- param: since time 30d | begin of the period
-- param: until time newest | end of the period, exclusive
-- param: tenant text all | one tenant, by id
-- param: top int 50 | rows at most
-- column: app_display_name text | client application
-- column: app_id text | its id
-- column: single_factor bigint sign-ins | succeeded without a second factor: the numerator
-- column: successes bigint sign-ins | succeeded with a known outcome: the denominator
-- column: single_factor_rate double ratio | single_factor / successes
-- column: users bigint users | distinct users who got in without
-- column: unknown bigint sign-ins | succeeded, the export cannot say
SELECT
  app_display_name,
  app_id,
  count(*) FILTER (WHERE mfa_outcome = 'not_required') AS single_factor,
  count(*) FILTER (WHERE mfa_outcome <> 'unknown') AS successes,
  round(CAST(count(*) FILTER (WHERE mfa_outcome = 'not_required') AS double)
    / nullif(count(*) FILTER (WHERE mfa_outcome <> 'unknown'), 0), 4) AS single_factor_rate,
  count(DISTINCT user_id) FILTER (WHERE mfa_outcome = 'not_required') AS users,
  count(*) FILTER (WHERE mfa_outcome = 'unknown') AS unknown
FROM mfa_signins
WHERE started_at >= $since AND started_at < $until AND ($tenant = 'all' OR tenant_id = $tenant)
  AND outcome = 'success'
GROUP BY app_display_name, app_id
ORDER BY single_factor DESC, app_display_name, app_id
LIMIT $top
