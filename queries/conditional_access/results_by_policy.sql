-- title: Results by policy
-- question: What did each policy decide?
-- row: one policy
-- wrong: counts records: one sign-in writes several, each with its own list
-- wrong: a policy that was renamed keeps its id and shows its greatest name
-- next: conditional_access/blocked for those that stop people, conditional_access/report_only for those that would
-- tags: list, workbook:ConditionalAccessInsightsAndReporting, workbook:singlepolicyinsights
-- param: since time 30d | begin of the period
-- param: until time newest | end of the period, exclusive
-- param: tenant text all | one tenant, by id
-- param: top int 200 | rows at most
-- column: policy_id text | policy
-- column: display_name text | its name
-- column: success bigint records | its controls were met
-- column: failure bigint records | its controls were not met, or are being asked
-- column: not_applied bigint records | its conditions did not match
-- column: report_only_failure bigint records | would have stopped the request
-- column: report_only_interrupted bigint records | would have asked for a step
-- column: other bigint records | disabled, not enabled, or report-only and fine
SELECT
  p.policy_id,
  max(p.display_name) AS display_name,
  sum(CASE WHEN p.result = 'success' THEN r.n ELSE 0 END) AS success,
  sum(CASE WHEN p.result = 'failure' THEN r.n ELSE 0 END) AS failure,
  sum(CASE WHEN p.result = 'notApplied' THEN r.n ELSE 0 END) AS not_applied,
  sum(CASE WHEN p.result = 'reportOnlyFailure' THEN r.n ELSE 0 END) AS report_only_failure,
  sum(CASE WHEN p.result = 'reportOnlyInterrupted' THEN r.n ELSE 0 END) AS report_only_interrupted,
  sum(CASE WHEN p.result IN ('success', 'failure', 'notApplied', 'reportOnlyFailure', 'reportOnlyInterrupted')
    THEN 0 ELSE r.n END) AS other
FROM (
  SELECT policy_set_id, count(*) AS n
  FROM records
  WHERE created_at >= $since AND created_at < $until AND ($tenant = 'all' OR tenant_id = $tenant)
  GROUP BY policy_set_id
) r
JOIN policy_sets p ON r.policy_set_id = p.policy_set_id
GROUP BY p.policy_id
ORDER BY failure DESC, report_only_failure DESC, p.policy_id
LIMIT $top
