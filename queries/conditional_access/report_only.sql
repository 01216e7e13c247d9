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
WITH listed AS (
  SELECT policy_set_id, user_principal_name, count(*) AS n
  FROM records
  WHERE created_at >= $since AND created_at < $until AND ($tenant = 'all' OR tenant_id = $tenant)
    AND policy_set_id IS NOT NULL
  GROUP BY 1, 2
)
SELECT p.policy_id, max(p.display_name) AS display_name,
  coalesce(sum(l.n) FILTER (WHERE p.result = 'reportOnlyFailure'), 0) AS would_block,
  coalesce(sum(l.n) FILTER (WHERE p.result = 'reportOnlyInterrupted'), 0) AS would_ask,
  coalesce(sum(l.n) FILTER (WHERE p.result = 'reportOnlySuccess'), 0) AS would_pass,
  coalesce(sum(l.n) FILTER (WHERE p.result = 'reportOnlyNotApplied'), 0) AS would_not_apply,
  count(DISTINCT l.user_principal_name) FILTER (WHERE p.result = 'reportOnlyFailure') AS users_blocked
FROM listed l JOIN policy_sets p ON l.policy_set_id = p.policy_set_id
WHERE p.result LIKE 'reportOnly%'
GROUP BY p.policy_id
ORDER BY would_block DESC, would_ask DESC, p.policy_id
LIMIT $top
