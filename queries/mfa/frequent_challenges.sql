-- title: Users who are challenged often
-- question: Who is asked for a second factor so often that something must be wrong?
-- row: one user of one tenant with at least `min_challenges` challenges
-- wrong: people with many devices or short sign-in frequency are asked often for good reason
-- wrong: one sign-in can prompt several times: see prompts
-- next: many abandoned or failed: ask the user; many passed: look at sign-in frequency and at session controls
-- tags: attack, rule:Panther MFA bombing, workbook:Authentication Prompts Analysis
-- param: since time 7d | begin of the period
-- param: until time newest | end of the period, exclusive
-- param: tenant text all | one tenant, by id
-- param: min_challenges int 10 | challenged sign-ins at least
-- param: top int 50 | rows at most
-- column: user_principal_name text | user name in lower case
-- column: tenant_id text | tenant
-- column: challenges bigint sign-ins | sign-ins that asked for a second factor
-- column: prompts bigint prompts | how often a second factor was asked for
-- column: passed bigint sign-ins | the second factor passed
-- column: failures bigint sign-ins | it failed
-- column: abandoned bigint sign-ins | nobody answered
-- column: most_in_a_day bigint sign-ins | challenges on the worst day (UTC)
SELECT user_principal_name, tenant_id, CAST(sum(n) AS bigint) AS challenges, sum(prompts) AS prompts,
  sum(passed) AS passed, sum(failures) AS failures, sum(abandoned) AS abandoned,
  max(n) AS most_in_a_day
FROM (
  SELECT user_principal_name, tenant_id, date_trunc('day', started_at) AS day, count(*) AS n,
    sum(mfa_prompts) AS prompts,
    count(*) FILTER (WHERE mfa_outcome = 'passed') AS passed,
    count(*) FILTER (WHERE mfa_is_failure) AS failures,
    count(*) FILTER (WHERE mfa_outcome = 'abandoned') AS abandoned
  FROM mfa_signins
  WHERE started_at >= $since AND started_at < $until AND ($tenant = 'all' OR tenant_id = $tenant)
    AND challenge_code IS NOT NULL AND user_principal_name IS NOT NULL
  GROUP BY 1, 2, 3
)
GROUP BY user_principal_name, tenant_id
HAVING sum(n) >= $min_challenges
ORDER BY challenges DESC, prompts DESC, user_principal_name, tenant_id
LIMIT $top
