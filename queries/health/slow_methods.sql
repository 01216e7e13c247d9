-- title: Days on which a method was slow
-- question: On which days did far more answers of a second factor come late than usual, as late text messages do?
-- row: one method on one day with at least `min_slow` late answers that are `min_score` deviations above the usual
-- wrong: only answers that passed count, and only where the export has the times of challenge and answer
-- wrong: needs seven other days with the method: younger lakes find nothing
-- wrong: smallest day that is found: 10 late answers of one method where 0 to 4 are usual (with the defaults and a spread of 1)
-- next: text messages or calls: the carrier and the country, mfa/by_country; push: health/outages; then mfa/slow_answers with --since and --until of the day
-- tags: list, workbook:authmethodsactivity, rule:Entra Health MFA alert
-- param: since time 7d | begin of the period
-- param: until time newest | end of the period, exclusive
-- param: tenant text all | one tenant, by id
-- param: timezone text UTC | time zone whose days are meant
-- param: history time 60d | begin of the days that tell what is usual
-- param: slow_seconds float 120 | seconds from which an answer is late
-- param: min_slow int 10 | late answers of the day at least
-- param: min_score float 5 | deviations above the usual at least
-- param: top int 50 | rows at most
-- column: day date | day of the time zone
-- column: mfa_method text | method of the deciding step
-- column: slow bigint sign-ins | answers after slow_seconds or later: the numerator
-- column: passed bigint sign-ins | answers of the method that passed, with times: the denominator
-- column: slow_rate double ratio | slow / passed
-- column: users bigint users | distinct users who waited
-- column: median_seconds double s | median of the day
-- column: usual_seconds double s | median of the medians of all days
-- column: usual double sign-ins | median of the late answers of a day
-- column: score double | (slow - usual) / spread, the spread 1.4826 x median absolute deviation, at least 1 and the root of the usual
WITH answered AS (
  SELECT CAST(local_time(started_at, $timezone) AS date) AS day, started_at >= $since AS is_asked, user_id, mfa_method,
    seconds_to_mfa
  FROM mfa_signins
  WHERE started_at >= least($history, $since) AND started_at < $until AND ($tenant = 'all' OR tenant_id = $tenant)
    AND mfa_outcome = 'passed' AND seconds_to_mfa IS NOT NULL
), days AS (
  SELECT day, mfa_method, bool_or(is_asked) AS is_asked, count(*) AS passed,
    count(*) FILTER (WHERE seconds_to_mfa >= $slow_seconds) AS slow,
    count(DISTINCT CASE WHEN seconds_to_mfa >= $slow_seconds THEN user_id END) AS users,
    median(seconds_to_mfa) AS seconds
  FROM answered GROUP BY 1, 2
), usual AS (
  SELECT mfa_method, median(CAST(slow AS double)) AS usual, median(seconds) AS usual_seconds, count(*) AS days
  FROM days GROUP BY 1
), spread AS (
  SELECT d.mfa_method, median(abs(d.slow - u.usual)) AS mad
  FROM days d JOIN usual u ON d.mfa_method IS NOT DISTINCT FROM u.mfa_method
  GROUP BY 1
), scored AS (
  SELECT d.*, u.usual, u.usual_seconds, greatest(1.4826 * s.mad, sqrt(u.usual), 1.0) AS spread
  FROM days d
  JOIN usual u ON d.mfa_method IS NOT DISTINCT FROM u.mfa_method
  JOIN spread s ON d.mfa_method IS NOT DISTINCT FROM s.mfa_method
  WHERE d.is_asked AND d.slow >= $min_slow AND u.days >= 8
)
SELECT day, mfa_method, slow, passed, round(CAST(slow AS double) / passed, 4) AS slow_rate, users,
  round(seconds, 1) AS median_seconds, round(usual_seconds, 1) AS usual_seconds, usual,
  round((slow - usual) / spread, 1) AS score
FROM scored
WHERE (slow - usual) / spread >= $min_score
ORDER BY score DESC, day, mfa_method
LIMIT $top
