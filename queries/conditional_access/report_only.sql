-- title: What report-only policies would do
-- question: Whom would a report-only policy stop or ask if it were on?
-- row: one policy with a report-only result
-- wrong: counts records: one sign-in writes several
-- wrong: a policy that asks for MFA is interrupted where MFA was not yet done: that is not a block
-- next: turn a policy on when would_block is what you want
-- tags: list, workbook:ConditionalAccessInsightsAndReporting, workbook:Impact analysis of risk based access policies
-- param: since time 30d | begin of the period
-- param: until time newest | end of the period, exclusive
-- param: tenant text all | one tenant, by id
-- param: top int 100 | rows at most
-- column: policy_id text | policy
-- column: display_name text | its name
-- column: would_block bigint records | reportOnlyFailure
-- column: would_ask bigint records | reportOnlyInterrupted
-- column: would_pass bigint records | reportOnlySuccess
-- column: would_not_apply bigint records | reportOnlyNotApplied
-- column: users_blocked bigint users | distinct users it would have blocked
SELECT policy_id, max(display_name) AS display_name,
  count(*) FILTER (WHERE result = 'reportOnlyFailure') AS would_block,
  count(*) FILTER (WHERE result = 'reportOnlyInterrupted') AS would_ask,
  count(*) FILTER (WHERE result = 'reportOnlySuccess') AS would_pass,
  count(*) FILTER (WHERE result = 'reportOnlyNotApplied') AS would_not_apply,
  count(DISTINCT user_principal_name) FILTER (WHERE result = 'reportOnlyFailure') AS users_blocked
FROM policy_results
WHERE created_at >= $since AND created_at < $until AND ($tenant = 'all' OR tenant_id = $tenant)
  AND result LIKE 'reportOnly%'
GROUP BY policy_id
ORDER BY would_block DESC, would_ask DESC, policy_id
LIMIT $top
