-- title: Method mix
-- question: Which methods do people pass with, and how phishing-resistant is that?
-- row: one method
-- wrong: passes whose method the export does not name are a row of their own
-- wrong: a claim from an earlier sign-in counts there, not here
-- next: move users of SMS and voice to a phishing-resistant method: --compare previous shows the progress
-- tags: rate, workbook:authmethodsactivity, workbook:Phishing-Resistant Passwordless
-- param: since time 30d | begin of the period
-- param: until time newest | end of the period, exclusive
-- param: tenant text all | one tenant, by id
-- param: top int 50 | rows at most
-- column: mfa_method text | method of the deciding step, null where the export does not name it
-- column: phishing_resistant boolean | null where the method is not known
-- column: passed bigint sign-ins | passed with it: the numerator
-- column: users bigint users | distinct users
-- column: all_passed bigint sign-ins | passed with any method: the denominator
-- column: share double ratio | passed / all_passed
SELECT
  mfa_method,
  mfa_method_is_phishing_resistant(mfa_method) AS phishing_resistant,
  passed,
  users,
  sum(passed) OVER () AS all_passed,
  round(CAST(passed AS double) / nullif(sum(passed) OVER (), 0), 4) AS share
FROM (
  SELECT mfa_method, count(*) AS passed, count(DISTINCT user_id) AS users
  FROM mfa_signins
  WHERE started_at >= $since AND started_at < $until AND ($tenant = 'all' OR tenant_id = $tenant)
    AND mfa_outcome = 'passed'
  GROUP BY mfa_method
)
ORDER BY passed DESC, mfa_method
LIMIT $top
