-- title: Seconds to the second factor
-- question: How long do people take to answer, by method: SMS against push?
-- row: one method of sign-ins that passed
-- wrong: only sign-ins with the times of challenge and answer count; a person who walks away for coffee counts as slow, so read the median
-- wrong: the percentile is approximate: with under 100 answers it can be 15 % off
-- next: a method whose median rose: run with --compare previous; health/latency tells the service's own part
-- tags: rate, workbook:authmethodsactivity
-- param: since time 30d | begin of the period
-- param: until time newest | end of the period, exclusive
-- param: tenant text all | one tenant, by id
-- param: slow_seconds float 60 | seconds from which an answer is slow
-- param: top int 20 | rows at most
-- column: mfa_method text | method of the deciding step
-- column: passed bigint sign-ins | passed with both times known: the denominator
-- column: median_seconds double s | median time from challenge to answer
-- column: p95_seconds double s | 95th percentile, approximate
-- column: max_seconds double s | longest
-- column: slow bigint sign-ins | took slow_seconds or longer: the numerator
-- column: slow_rate double ratio | slow / passed
SELECT
  mfa_method,
  count(*) AS passed,
  round(median(seconds_to_mfa), 1) AS median_seconds,
  round(approx_percentile_cont(0.95) WITHIN GROUP (ORDER BY seconds_to_mfa), 1) AS p95_seconds,
  round(max(seconds_to_mfa), 1) AS max_seconds,
  count(*) FILTER (WHERE seconds_to_mfa >= $slow_seconds) AS slow,
  round(CAST(count(*) FILTER (WHERE seconds_to_mfa >= $slow_seconds) AS double) / nullif(count(*), 0), 4) AS slow_rate
FROM mfa_signins
WHERE started_at >= $since AND started_at < $until AND ($tenant = 'all' OR tenant_id = $tenant)
  AND mfa_outcome = 'passed' AND seconds_to_mfa IS NOT NULL
GROUP BY mfa_method
ORDER BY passed DESC, mfa_method
LIMIT $top
