-- title: Hours with unusually many MFA failures
-- question: In which hours did far more second factors fail than at the same hour of the same weekday, and was it one user or everyone?
-- row: one hour whose failures are at least `min_failures` and `min_score` deviations above the usual
-- wrong: needs three other weeks: younger lakes find nothing
-- wrong: departments are told only of people whom `authlake users import` brought
-- wrong: a holiday makes the hours after it look busy
-- wrong: smallest spike that is found: 20 failures where 0 to 9 are usual (with the defaults and a spread of 2 or less)
-- next: one user: mfa/prompts_before_approval
-- next: some or many users: health/spike_drivers with --since and --until around the hour
-- tags: list, rule:Azure-Sentinel LoginSpikeWithIncreaseFailureRate, workbook:appsigninhealth
-- param: since time 7d | begin of the period
-- param: until time newest | end of the period, exclusive
-- param: tenant text all | one tenant, by id
-- param: timezone text UTC | time zone whose days and hours are meant
-- param: history time 90d | begin of the weeks that tell what is usual
-- param: min_failures int 20 | failures in the hour at least
-- param: min_score float 5 | deviations above the usual at least
-- param: top int 50 | rows at most
-- column: hour timestamp UTC | begin of the hour of the time zone
-- column: failures bigint sign-ins | the second factor failed: the numerator
-- column: decided bigint sign-ins | failed or passed: the denominator
-- column: failure_rate double ratio | failures / decided
-- column: usual double sign-ins | median of the failures at this hour of this weekday
-- column: spread double sign-ins | 1.4826 x median absolute deviation, at least 1 and the root of the usual
-- column: score double | (failures - usual) / spread
-- column: weeks bigint weeks | weeks that tell what is usual
-- column: users bigint users | distinct users who failed
-- column: top_user text | who failed most
-- column: top_user_failures bigint sign-ins | how often
-- column: top_department text | department with most of the failures, null where no users are imported
-- column: top_department_failures bigint sign-ins | how many
-- column: breadth text | one user (half of the failures or more), one department (three quarters or more), few users (under 10) or many users
WITH hours AS (
  SELECT hour_start(started_at, $timezone) AS hour,
    count(*) FILTER (WHERE mfa_is_failure) AS failures,
    count(*) FILTER (WHERE mfa_is_decided) AS decided
  FROM mfa_signins
  WHERE started_at >= least($history, $since) AND started_at < $until AND ($tenant = 'all' OR tenant_id = $tenant)
  GROUP BY 1
), placed AS (
  SELECT *, date_part('dow', local_time(hour, $timezone)) AS weekday, date_part('hour', local_time(hour, $timezone)) AS of_day
  FROM hours
), usual AS (
  SELECT weekday, of_day, median(CAST(failures AS double)) AS usual, count(*) AS weeks FROM placed GROUP BY 1, 2
), spread AS (
  SELECT p.weekday, p.of_day, median(abs(p.failures - u.usual)) AS mad
  FROM placed p JOIN usual u ON p.weekday = u.weekday AND p.of_day = u.of_day
  GROUP BY 1, 2
), scored AS (
  SELECT p.hour, p.failures, p.decided, u.usual, u.weeks,
    greatest(1.4826 * s.mad, sqrt(u.usual), 1.0) AS spread
  FROM placed p
  JOIN usual u ON p.weekday = u.weekday AND p.of_day = u.of_day
  JOIN spread s ON p.weekday = s.weekday AND p.of_day = s.of_day
  WHERE p.hour >= hour_start($since, $timezone) AND p.failures >= $min_failures AND u.weeks >= 4
), people AS (
  SELECT hour_start(started_at, $timezone) AS hour, tenant_id, user_id, user_principal_name, count(*) AS n
  FROM mfa_signins
  WHERE started_at >= $since AND started_at < $until AND ($tenant = 'all' OR tenant_id = $tenant)
    AND mfa_is_failure
  GROUP BY 1, 2, 3, 4
), departments AS (
  SELECT p.hour, coalesce(i.department, n.department) AS department, sum(p.n) AS n,
    row_number() OVER (PARTITION BY p.hour ORDER BY sum(p.n) DESC, coalesce(i.department, n.department)) AS place
  FROM people p
  LEFT JOIN users i ON p.user_id = i.user_id
  LEFT JOIN users n ON p.user_principal_name = n.user_principal_name AND (p.tenant_id IS NOT DISTINCT FROM n.tenant_id)
    AND (p.user_id IS NULL OR n.user_id IS NULL)
  WHERE coalesce(i.department, n.department) IS NOT NULL
  GROUP BY 1, 2
), ranked AS (
  SELECT hour, user_principal_name, n, count(*) OVER (PARTITION BY hour) AS users,
    row_number() OVER (PARTITION BY hour ORDER BY n DESC, user_principal_name) AS place
  FROM people
)
SELECT s.hour, s.failures, s.decided,
  round(CAST(s.failures AS double) / nullif(s.decided, 0), 4) AS failure_rate,
  s.usual, round(s.spread, 2) AS spread, round((s.failures - s.usual) / s.spread, 1) AS score, s.weeks,
  r.users, r.user_principal_name AS top_user, r.n AS top_user_failures,
  d.department AS top_department, d.n AS top_department_failures,
  CASE WHEN r.n * 2 >= s.failures THEN 'one user' WHEN d.n * 4 >= s.failures * 3 THEN 'one department' WHEN r.users < 10 THEN 'few users' ELSE 'many users' END AS breadth
FROM scored s
LEFT JOIN ranked r ON s.hour = r.hour AND r.place = 1
LEFT JOIN departments d ON s.hour = d.hour AND d.place = 1
WHERE (s.failures - s.usual) / s.spread >= $min_score
ORDER BY score DESC, s.hour
LIMIT $top
