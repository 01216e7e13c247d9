-- title: Prompts before an approval
-- question: Who was asked again and again, and then approved?
-- row: one user of one tenant whose prompts within two hours reached `min_prompts`, at the worst moment
-- wrong: a lost phone and a stubborn person look the same until you ask
-- next: approved: ask the user over a channel you know, whether they started it; if not, reset the password and revoke sessions
-- next: user/signins shows what came after
-- tags: attack, rule:Splunk MFA bombing, rule:Azure-Sentinel MFA fatigue
-- param: since time 30d | begin of the period
-- param: until time newest | end of the period, exclusive
-- param: tenant text all | one tenant, by id
-- param: min_prompts int 10 | prompts within two hours at least
-- param: top int 50 | rows at most
-- column: user_principal_name text | user name in lower case
-- column: tenant_id text | tenant
-- column: prompts bigint prompts | most prompts within two hours
-- column: first_at timestamp UTC | begin of those two hours: the first sign-in in them
-- column: last_at timestamp UTC | the last
-- column: failures bigint sign-ins | failed in them
-- column: approved boolean | one of them passed
WITH often AS (
  -- Two hours touch three hours of the clock at most: one of them holds a third of the prompts.
  SELECT DISTINCT often_name, often_tenant
  FROM (
    SELECT user_principal_name AS often_name, tenant_id AS often_tenant, date_trunc('hour', started_at) AS hour
    FROM mfa_signins
    WHERE started_at >= $since AND started_at < $until AND ($tenant = 'all' OR tenant_id = $tenant)
      AND mfa_prompts > 0 AND user_principal_name IS NOT NULL
    GROUP BY 1, 2, 3
    HAVING sum(mfa_prompts) * 3 >= $min_prompts
  )
), asked AS (
  SELECT user_principal_name, tenant_id, user_id, started_at, mfa_prompts, mfa_is_failure, mfa_outcome
  FROM often
  JOIN mfa_signins ON user_principal_name = often_name AND tenant_id IS NOT DISTINCT FROM often_tenant
  WHERE started_at >= $since AND started_at < $until AND ($tenant = 'all' OR tenant_id = $tenant)
    AND mfa_prompts > 0
), summed AS (
  SELECT user_principal_name, tenant_id, started_at,
    sum(mfa_prompts) OVER near AS prompts,
    min(started_at) OVER near AS first_at,
    count(*) FILTER (WHERE mfa_is_failure) OVER near AS failures,
    count(*) FILTER (WHERE mfa_outcome = 'passed') OVER near AS passed
  FROM asked
  WINDOW near AS (PARTITION BY user_principal_name, tenant_id ORDER BY started_at
    RANGE BETWEEN INTERVAL '2 hours' PRECEDING AND CURRENT ROW)
), ranked AS (
  SELECT *, row_number() OVER (PARTITION BY user_principal_name, tenant_id ORDER BY prompts DESC, started_at) AS place
  FROM summed
  WHERE prompts >= $min_prompts
)
SELECT user_principal_name, tenant_id, prompts, first_at, started_at AS last_at, failures, passed > 0 AS approved
FROM ranked
WHERE place = 1
ORDER BY prompts DESC, user_principal_name, tenant_id
LIMIT $top
