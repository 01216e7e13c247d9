-- title: Hours in which the service failed
-- question: In which hours did sign-ins fail because of Microsoft's service, and how many people did it hit?
-- row: one hour with at least `min_failures` such failures that are at least `min_rate` of its sign-ins
-- wrong: codes of the service also come from a client that asks too often: `top_user_failures` near `failures` is one client
-- wrong: sign-ins that never reached the service are in no log: health/gaps
-- wrong: smallest outage that is found: 10 failed sign-ins in one hour, 5 % of the hour's sign-ins (with the defaults)
-- next: Microsoft's service health page for the hour; health/service_or_ours for the days around
-- tags: list, workbook:appsigninhealth, rule:Entra Health
-- param: since time 7d | begin of the period
-- param: until time newest | end of the period, exclusive
-- param: tenant text all | one tenant, by id
-- param: timezone text UTC | time zone whose hours are meant
-- param: min_failures int 10 | failures of the service in the hour at least
-- param: min_rate float 0.05 | their share of the hour's sign-ins at least
-- param: top int 50 | rows at most
-- column: hour timestamp UTC | begin of the hour of the time zone
-- column: failures bigint sign-ins | failed by the service: outage, throttling, internal error: the numerator
-- column: signins bigint sign-ins | interactive sign-ins of the hour: the denominator
-- column: failure_rate double ratio | failures / signins
-- column: users bigint users | distinct users who failed so
-- column: top_user_failures bigint sign-ins | failures of the user with most of them
-- column: top_code int code | code with most of the failures
-- column: title text | its title
-- column: apps bigint applications | distinct applications
WITH failed AS (
  SELECT hour_start(started_at, $timezone) AS hour, user_id, app_id, final_error_code, count(*) AS n
  FROM mfa_signins
  WHERE started_at >= $since AND started_at < $until AND ($tenant = 'all' OR tenant_id = $tenant)
    AND outcome = 'failure'
  GROUP BY 1, 2, 3, 4
), service AS (
  SELECT f.* FROM failed f JOIN codes c ON f.final_error_code = c.code
  WHERE c.category IN ('service_transient', 'service_error', 'throttling')
), by_user AS (
  SELECT hour, user_id, sum(n) AS n FROM service GROUP BY 1, 2
), by_code AS (
  SELECT hour, final_error_code, sum(n) AS n,
    row_number() OVER (PARTITION BY hour ORDER BY sum(n) DESC, final_error_code) AS place
  FROM service GROUP BY 1, 2
), told AS (
  SELECT hour, sum(n) AS failures, count(DISTINCT app_id) AS apps FROM service GROUP BY 1 HAVING sum(n) >= $min_failures
), people AS (
  SELECT hour, count(*) AS users, max(n) AS most FROM by_user GROUP BY 1
), busy AS (
  SELECT hour_start(started_at, $timezone) AS hour, count(*) AS signins
  FROM mfa_signins
  WHERE started_at >= $since AND started_at < $until AND ($tenant = 'all' OR tenant_id = $tenant)
  GROUP BY 1
)
SELECT t.hour, t.failures, b.signins,
  round(CAST(t.failures AS double) / nullif(b.signins, 0), 4) AS failure_rate,
  p.users, p.most AS top_user_failures, c.final_error_code AS top_code, aadsts_title(c.final_error_code) AS title, t.apps
FROM told t
JOIN busy b ON t.hour = b.hour
JOIN people p ON t.hour = p.hour
JOIN by_code c ON t.hour = c.hour AND c.place = 1
WHERE CAST(t.failures AS double) / b.signins >= $min_rate
ORDER BY failures DESC, t.hour
LIMIT $top
