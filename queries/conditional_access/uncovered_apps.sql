-- title: Applications outside Conditional Access
-- question: Which applications does no policy cover?
-- row: one client application
-- wrong: a sign-in that ended before policies were looked at says nothing, and is in no rate
-- wrong: Windows sign-in and other first-party applications cannot be covered
-- next: a policy for all applications closes the gap; conditional_access/results_by_policy shows those there are
-- tags: rate, workbook:conditionalAccessGapAnalyzer, workbook:MultiFactorAuthenticationGaps
-- param: since time 30d | begin of the period
-- param: until time newest | end of the period, exclusive
-- param: tenant text all | one tenant, by id
-- param: top int 50 | rows at most
-- column: app_display_name text | client application
-- column: app_id text | its id
-- column: uncovered bigint sign-ins | succeeded, no enforced policy covered it: the numerator
-- column: known bigint sign-ins | succeeded, and the export says whether one did: the denominator
-- column: uncovered_rate double ratio | uncovered / known
-- column: single_factor bigint sign-ins | uncovered and without a second factor
SELECT
  app_display_name,
  app_id,
  count(*) FILTER (WHERE not_evaluated) AS uncovered,
  count(not_evaluated) AS known,
  round(CAST(count(*) FILTER (WHERE not_evaluated) AS double) / nullif(count(not_evaluated), 0), 4) AS uncovered_rate,
  count(*) FILTER (WHERE not_evaluated AND mfa_outcome = 'not_required') AS single_factor
FROM mfa_signins
WHERE started_at >= $since AND started_at < $until AND ($tenant = 'all' OR tenant_id = $tenant)
  AND outcome = 'success'
GROUP BY app_display_name, app_id
ORDER BY uncovered DESC, app_display_name, app_id
LIMIT $top
