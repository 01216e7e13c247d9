-- title: Sign-ins by client
-- question: With which kinds of clients do people sign in?
-- row: one kind of client
-- wrong: exports without the client give null
-- next: access/legacy_authentication for those that know no second factor
-- tags: rate, workbook:Legacy Authentication, workbook:SignIns
-- param: since time 30d | begin of the period
-- param: until time newest | end of the period, exclusive
-- param: tenant text all | one tenant, by id
-- param: top int 50 | rows at most
-- column: client_app_used text | kind of client
-- column: legacy_authentication boolean | knows no second factor; null where the client is unknown
-- column: signins bigint sign-ins | all: the denominator
-- column: successes bigint sign-ins | ended in success
-- column: failures bigint sign-ins | ended in a failure: the numerator
-- column: interrupted bigint sign-ins | ended on a step that was asked
-- column: unknown bigint sign-ins | the code is in no table or missing
-- column: failure_rate double ratio | failures / signins
-- column: users bigint users | distinct users
SELECT
  client_app_used,
  legacy_authentication,
  count(*) AS signins,
  count(*) FILTER (WHERE outcome = 'success') AS successes,
  count(*) FILTER (WHERE outcome = 'failure') AS failures,
  count(*) FILTER (WHERE outcome = 'interrupted') AS interrupted,
  count(*) FILTER (WHERE outcome = 'unknown') AS unknown,
  round(CAST(count(*) FILTER (WHERE outcome = 'failure') AS double) / nullif(count(*), 0), 4) AS failure_rate,
  count(DISTINCT user_id) AS users
FROM mfa_signins
WHERE started_at >= $since AND started_at < $until AND ($tenant = 'all' OR tenant_id = $tenant)
GROUP BY 1, 2
ORDER BY signins DESC, client_app_used, legacy_authentication
LIMIT $top
