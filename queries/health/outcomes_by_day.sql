-- title: Outcomes by day
-- question: How do sign-ins end, day by day and kind of event?
-- row: one day of the time zone and kind of event
-- wrong: the first and the last day can be cut by the period
-- next: access/failures_by_code for the day
-- tags: rate, workbook:SignIns, workbook:SignInsAADADFS
-- param: since time 30d | begin of the period
-- param: until time newest | end of the period, exclusive
-- param: tenant text all | one tenant, by id
-- param: timezone text UTC | time zone whose days and hours are meant
-- param: top int 1000 | rows at most
-- column: day date | day of the time zone
-- column: event_type text | kind of event
-- column: signins bigint sign-ins | all: the denominator
-- column: successes bigint sign-ins | ended in success
-- column: failures bigint sign-ins | ended in a failure: the numerator
-- column: interrupted bigint sign-ins | ended on a step that was asked
-- column: unknown bigint sign-ins | the code is in no table or missing
-- column: failure_rate double ratio | failures / signins
SELECT
  CAST(local_time(started_at, $timezone) AS date) AS day,
  event_type,
  count(*) AS signins,
  count(*) FILTER (WHERE outcome = 'success') AS successes,
  count(*) FILTER (WHERE outcome = 'failure') AS failures,
  count(*) FILTER (WHERE outcome = 'interrupted') AS interrupted,
  count(*) FILTER (WHERE outcome = 'unknown') AS unknown,
  round(CAST(count(*) FILTER (WHERE outcome = 'failure') AS double) / nullif(count(*), 0), 4) AS failure_rate
FROM signins
WHERE started_at >= $since AND started_at < $until AND ($tenant = 'all' OR tenant_id = $tenant)
GROUP BY 1, 2
ORDER BY day, event_type
LIMIT $top
