-- title: MFA failures by user
-- question: Whose second factor fails most?
-- row: one user of one tenant
-- wrong: a user without a name in the export is left out
-- next: explain one of the sign-ins: user/signins, then authlake explain
-- tags: rate, workbook:Authentication Prompts Analysis
-- param: since time 30d | begin of the period
-- param: until time newest | end of the period, exclusive
-- param: tenant text all | one tenant, by id
-- param: top int 50 | rows at most
-- column: user_principal_name text | user name in lower case
-- column: tenant_id text | tenant
-- column: prompts bigint prompts | how often a second factor was asked for
-- column: failures bigint sign-ins | denied, wrong code, timed out, fraud reported, blocked or failed: the numerator
-- column: decided bigint sign-ins | failures and passed: the denominator
-- column: failure_rate double ratio | failures / decided; null where nothing was decided
-- column: abandoned bigint sign-ins | challenges nobody answered
-- column: pending bigint sign-ins | challenges that may still be answered in later data
-- column: registration_required bigint sign-ins | users sent to register a method
-- column: unknown bigint sign-ins | the export cannot say
SELECT
  user_principal_name,
  tenant_id,
  sum(mfa_prompts) AS prompts,
  count(*) FILTER (WHERE mfa_is_failure) AS failures,
  count(*) FILTER (WHERE mfa_is_decided) AS decided,
  round(CAST(count(*) FILTER (WHERE mfa_is_failure) AS double)
    / nullif(count(*) FILTER (WHERE mfa_is_decided), 0), 4) AS failure_rate,
  count(*) FILTER (WHERE mfa_outcome = 'abandoned') AS abandoned,
  count(*) FILTER (WHERE mfa_outcome = 'pending') AS pending,
  count(*) FILTER (WHERE mfa_outcome = 'registration_required') AS registration_required,
  count(*) FILTER (WHERE mfa_outcome = 'unknown') AS unknown
FROM mfa_signins
WHERE started_at >= $since AND started_at < $until AND ($tenant = 'all' OR tenant_id = $tenant)
  AND user_principal_name IS NOT NULL
GROUP BY 1, 2
ORDER BY failures DESC, abandoned DESC, user_principal_name, tenant_id
LIMIT $top
