-- title: Sign-ins by operating system and state of the device
-- question: From what devices do people sign in?
-- row: one operating system and state
-- wrong: the operating system is as the client tells it
-- next: mfa/unmanaged_devices
-- tags: rate, workbook:SignIns, workbook:Authentication Prompts Analysis
-- param: since time 30d | begin of the period
-- param: until time newest | end of the period, exclusive
-- param: tenant text all | one tenant, by id
-- param: top int 50 | rows at most
-- column: operating_system text | as written
-- column: is_managed boolean | null is unknown
-- column: is_compliant boolean | null is unknown
-- column: signins bigint sign-ins | all: the denominator
-- column: successes bigint sign-ins | ended in success
-- column: failures bigint sign-ins | ended in a failure: the numerator
-- column: interrupted bigint sign-ins | ended on a step that was asked
-- column: unknown bigint sign-ins | the code is in no table or missing
-- column: failure_rate double ratio | failures / signins
-- column: users bigint users | distinct users
SELECT
  operating_system,
  is_managed,
  is_compliant,
  count(*) AS signins,
  count(*) FILTER (WHERE outcome = 'success') AS successes,
  count(*) FILTER (WHERE outcome = 'failure') AS failures,
  count(*) FILTER (WHERE outcome = 'interrupted') AS interrupted,
  count(*) FILTER (WHERE outcome = 'unknown') AS unknown,
  round(CAST(count(*) FILTER (WHERE outcome = 'failure') AS double) / nullif(count(*), 0), 4) AS failure_rate,
  count(DISTINCT user_id) AS users
FROM mfa_signins
WHERE started_at >= $since AND started_at < $until AND ($tenant = 'all' OR tenant_id = $tenant)
GROUP BY 1, 2, 3
ORDER BY signins DESC, operating_system, is_managed, is_compliant
LIMIT $top
