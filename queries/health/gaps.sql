-- title: Hours without records
-- question: Where does an export seem to lack hours?
-- row: one run of hours without a record of a kind of event
-- wrong: quiet kinds of events have empty hours by nature: the hour before tells how busy it was
-- next: export these hours again; ingesting them twice does no harm
-- tags: list
-- param: since time 90d | begin of the period
-- param: until time newest | end of the period, exclusive
-- param: tenant text all | one tenant, by id
-- param: min_hours int 1 | empty hours at least
-- param: min_before int 10 | records in the last hour before it at least
-- param: top int 200 | rows at most
-- column: event_type text | kind of event
-- column: from_hour timestamp UTC | first empty hour
-- column: until_hour timestamp UTC | first hour after it that is not empty
-- column: hours bigint hours | empty hours
-- column: records_before bigint records | records in the hour before
-- column: records_after bigint records | records in the hour after
WITH hours AS (
  SELECT event_type, date_trunc('hour', created_at) AS hour, count(*) AS n
  FROM records
  WHERE created_at >= $since AND created_at < $until AND ($tenant = 'all' OR tenant_id = $tenant)
  GROUP BY 1, 2
), beside AS (
  SELECT event_type, hour, n, lead(hour) OVER later AS after, lead(n) OVER later AS after_n
  FROM hours
  WINDOW later AS (PARTITION BY event_type ORDER BY hour)
)
SELECT event_type, hour + INTERVAL '1 hour' AS from_hour, after AS until_hour,
  (CAST(after AS bigint) - CAST(hour AS bigint)) / 3600000000 - 1 AS hours,
  n AS records_before, after_n AS records_after
FROM beside
WHERE (CAST(after AS bigint) - CAST(hour AS bigint)) / 3600000000 - 1 >= $min_hours AND n >= $min_before
ORDER BY from_hour, event_type
LIMIT $top
