-- title: Sign-ins by network
-- question: Through which networks do people sign in?
-- row: one network in one country
-- wrong: a hosting network can be a VPN of yours
-- next: locations/guessed_addresses for those with many wrong passwords
-- tags: rate, workbook:SignIns, rule:Elastic first-seen ASN
-- param: since time 30d | begin of the period
-- param: until time newest | end of the period, exclusive
-- param: tenant text all | one tenant, by id
-- param: top int 100 | rows at most
-- column: autonomous_system_number bigint key | network (ASN)
-- column: country text | ISO code
-- column: signins bigint sign-ins | all: the denominator
-- column: successes bigint sign-ins | ended in success
-- column: failures bigint sign-ins | ended in a failure: the numerator
-- column: interrupted bigint sign-ins | ended on a step that was asked
-- column: unknown bigint sign-ins | the code is in no table or missing
-- column: failure_rate double ratio | failures / signins
-- column: users bigint users | distinct users
-- column: password_attempts bigint attempts | wrong or locked passwords
SELECT
  autonomous_system_number,
  country,
  count(*) AS signins,
  count(*) FILTER (WHERE outcome = 'success') AS successes,
  count(*) FILTER (WHERE outcome = 'failure') AS failures,
  count(*) FILTER (WHERE outcome = 'interrupted') AS interrupted,
  count(*) FILTER (WHERE outcome = 'unknown') AS unknown,
  round(CAST(count(*) FILTER (WHERE outcome = 'failure') AS double) / nullif(count(*), 0), 4) AS failure_rate,
  count(DISTINCT user_id) AS users,
  sum(password_attempts) AS password_attempts
FROM mfa_signins
WHERE started_at >= $since AND started_at < $until AND ($tenant = 'all' OR tenant_id = $tenant)
GROUP BY 1, 2
ORDER BY signins DESC, autonomous_system_number, country
LIMIT $top
