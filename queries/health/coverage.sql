-- title: What the lake holds
-- question: Is every kind of event there on every day?
-- row: one day (UTC) and kind of event
-- wrong: a night without records is normal for a small tenant
-- next: health/gaps names hours; export the days that are missing again
-- tags: list
-- param: since time 90d | begin of the period
-- param: until time newest | end of the period, exclusive
-- param: tenant text all | one tenant, by id
-- column: day date UTC | day
-- column: event_type text | kind of event
-- column: records bigint records | records of the day
-- column: hours bigint hours | hours with a record
-- column: first_at timestamp UTC | the first
-- column: last_at timestamp UTC | the last
SELECT CAST(hour AS date) AS day, event_type, sum(n) AS records, count(*) AS hours, min(first_at) AS first_at, max(last_at) AS last_at
FROM (
  SELECT date_trunc('hour', created_at) AS hour, event_type, count(*) AS n, min(created_at) AS first_at, max(created_at) AS last_at
  FROM records
  WHERE created_at >= $since AND created_at < $until AND ($tenant = 'all' OR tenant_id = $tenant)
  GROUP BY 1, 2
)
GROUP BY 1, 2
ORDER BY day, event_type
