-- title: Declined or reported
-- question: Who declined a prompt or reported it as fraud?
-- row: one user of one tenant
-- wrong: a slip of the finger is a denial too
-- next: ask every one of them whether they had started the sign-in; a denial that was not theirs means that somebody has the password
-- tags: attack, rule:Azure-Sentinel MFARejectedbyUser, rule:Azure-Sentinel ExplicitMFADeny
-- param: since time 30d | begin of the period
-- param: until time newest | end of the period, exclusive
-- param: tenant text all | one tenant, by id
-- param: top int 100 | rows at most
-- column: user_principal_name text | user name in lower case
-- column: tenant_id text | tenant
-- column: denied bigint sign-ins | declined
-- column: fraud_reported bigint sign-ins | reported as fraud
-- column: first_at timestamp UTC | the first
-- column: last_at timestamp UTC | the last
-- column: countries bigint countries | distinct countries of them
-- column: passed_after boolean | the last sign-in of the period that decided anything passed
SELECT user_principal_name, tenant_id,
  count(*) FILTER (WHERE mfa_outcome = 'denied') AS denied,
  count(*) FILTER (WHERE mfa_outcome = 'fraud_reported') AS fraud_reported,
  min(started_at) FILTER (WHERE mfa_outcome IN ('denied', 'fraud_reported')) AS first_at,
  max(started_at) FILTER (WHERE mfa_outcome IN ('denied', 'fraud_reported')) AS last_at,
  count(DISTINCT country) FILTER (WHERE mfa_outcome IN ('denied', 'fraud_reported')) AS countries,
  coalesce(max(started_at) FILTER (WHERE mfa_outcome = 'passed')
    > max(started_at) FILTER (WHERE mfa_outcome IN ('denied', 'fraud_reported')), false) AS passed_after
FROM mfa_signins
WHERE started_at >= $since AND started_at < $until AND ($tenant = 'all' OR tenant_id = $tenant)
  AND mfa_outcome IN ('denied', 'fraud_reported', 'passed') AND user_principal_name IS NOT NULL
GROUP BY user_principal_name, tenant_id
HAVING count(*) FILTER (WHERE mfa_outcome IN ('denied', 'fraud_reported')) > 0
ORDER BY fraud_reported DESC, denied DESC, user_principal_name, tenant_id
LIMIT $top
