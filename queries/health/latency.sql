-- title: How long the service takes
-- question: Did requests take longer than usual?
-- row: one day of the time zone and kind of event
-- wrong: the time of the service alone: people's own time is in mfa/slow_answers
-- wrong: exports without processing times give null
-- wrong: median and percentile are approximate: with under 100 requests they can be 15 % off
-- next: a day that stands out for every kind of event is the service; see health/service_or_ours
-- tags: list, workbook:appsigninhealth
-- param: since time 30d | begin of the period
-- param: until time newest | end of the period, exclusive
-- param: tenant text all | one tenant, by id
-- param: timezone text UTC | time zone whose days and hours are meant
-- column: day date | day of the time zone
-- column: event_type text | kind of event
-- column: records bigint records | requests with a time
-- column: median_ms double ms | median, approximate
-- column: p95_ms double ms | 95th percentile, approximate
-- column: max_ms int ms | longest
SELECT
  CAST(local_time(created_at, $timezone) AS date) AS day,
  event_type,
  count(processing_time_ms) AS records,
  round(approx_percentile_cont(0.5) WITHIN GROUP (ORDER BY CAST(processing_time_ms AS double)), 1) AS median_ms,
  round(approx_percentile_cont(0.95) WITHIN GROUP (ORDER BY CAST(processing_time_ms AS double)), 1) AS p95_ms,
  max(processing_time_ms) AS max_ms
FROM records
WHERE created_at >= $since AND created_at < $until AND ($tenant = 'all' OR tenant_id = $tenant)
GROUP BY 1, 2
ORDER BY day, event_type
