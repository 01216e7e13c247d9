-- title: Sign-ins that policies blocked
-- question: Which policies stop people?
-- row: one policy, a sign-in with several failed ones counts for each
-- wrong: a policy whose grant asks for MFA fails too when the second factor fails
-- next: conditional_access/block_reasons tells what was missing; --compare previous after a change of policy
-- tags: rate, workbook:ConditionalAccessInsightsAndReporting, workbook:SigninsByCAStatus
-- param: since time 30d | begin of the period
-- param: until time newest | end of the period, exclusive
-- param: tenant text all | one tenant, by id
-- param: top int 50 | rows at most
-- column: policy text | its name
-- column: blocked bigint sign-ins | failed with this policy among the failed ones: the numerator
-- column: users bigint users | distinct users
-- column: signins bigint sign-ins | all interactive sign-ins of the period: the denominator
-- column: blocked_rate double ratio | blocked / signins
WITH asked AS (
  SELECT user_id, outcome, failed_policies
  FROM mfa_signins
  WHERE started_at >= $since AND started_at < $until AND ($tenant = 'all' OR tenant_id = $tenant)
), stopped AS (
  SELECT user_id, unnest(failed_policies) AS policy FROM asked WHERE outcome = 'failure'
)
SELECT s.policy, s.blocked, s.users, a.signins,
  round(CAST(s.blocked AS double) / nullif(a.signins, 0), 4) AS blocked_rate
FROM (SELECT policy, count(*) AS blocked, count(DISTINCT user_id) AS users FROM stopped GROUP BY policy) s
CROSS JOIN (SELECT count(*) AS signins FROM asked) a
ORDER BY s.blocked DESC, s.policy
LIMIT $top
