-- title: Days on which a policy blocked far more than usual
-- question: On which days did a policy stop far more sign-ins than on its usual days, as a broken policy does?
-- row: one policy on one day whose blocked sign-ins are at least `min_blocked` and `min_score` deviations above the usual
-- wrong: needs seven days of the same kind, working days or weekends: younger lakes find nothing
-- wrong: sign-ins whose second factor failed are left out, though their policy failed too: health/spikes
-- wrong: smallest day that is found: 10 blocked sign-ins where 0 to 4 are usual (with the defaults and a spread of 1)
-- next: a new or changed policy: its change in the directory's audit log, then conditional_access/block_reasons for the day; else the people: mfa/passed_then_blocked
-- tags: list, workbook:ConditionalAccessInsightsAndReporting, rule:Azure-Sentinel UserAccounts-CABlockedSigninSpikes
-- param: since time 7d | begin of the period
-- param: until time newest | end of the period, exclusive
-- param: tenant text all | one tenant, by id
-- param: timezone text UTC | time zone whose days are meant
-- param: history time 60d | begin of the days that tell what is usual
-- param: min_blocked int 10 | blocked sign-ins of the day at least
-- param: min_score float 5 | deviations above the usual at least
-- param: top int 50 | rows at most
-- column: day date | day of the time zone
-- column: policy text | its name
-- column: blocked bigint sign-ins | failed with this policy among the failed ones
-- column: users bigint users | distinct users
-- column: usual double sign-ins | median of the policy's other days of the same kind
-- column: spread double sign-ins | 1.4826 x median absolute deviation, at least 1 and the root of the usual
-- column: score double | (blocked - usual) / spread
-- column: top_app text | application with most of them
-- column: top_app_blocked bigint sign-ins | how many
WITH asked AS (
  SELECT CAST(local_time(started_at, $timezone) AS date) AS day, started_at >= $since AS is_asked, user_id, app_display_name,
    outcome, mfa_is_failure, failed_policies
  FROM mfa_signins
  WHERE started_at >= least($history, $since) AND started_at < $until AND ($tenant = 'all' OR tenant_id = $tenant)
), days AS (
  SELECT day, bool_or(is_asked) AS is_asked, date_part('dow', day) IN (0, 6) AS is_weekend FROM asked GROUP BY day
), stopped AS (
  SELECT day, user_id, app_display_name, unnest(failed_policies) AS policy FROM asked
  WHERE outcome = 'failure' AND NOT mfa_is_failure
), apps AS (
  SELECT policy, day, app_display_name, count(*) AS n FROM stopped GROUP BY 1, 2, 3
), top_apps AS (
  SELECT policy, day, app_display_name, n,
    row_number() OVER (PARTITION BY policy, day ORDER BY n DESC, app_display_name) AS place
  FROM apps
), told AS (
  SELECT policy, day, count(*) AS blocked, count(DISTINCT user_id) AS users FROM stopped GROUP BY 1, 2
), every AS (
  SELECT p.policy, d.day, d.is_asked, d.is_weekend, coalesce(t.blocked, 0) AS blocked, coalesce(t.users, 0) AS users
  FROM (SELECT DISTINCT policy FROM told) p
  CROSS JOIN days d
  LEFT JOIN told t ON t.policy = p.policy AND t.day = d.day
), usual AS (
  SELECT policy, is_weekend, median(CAST(blocked AS double)) AS usual, count(*) AS days FROM every GROUP BY 1, 2
), spread AS (
  SELECT e.policy, e.is_weekend, median(abs(e.blocked - u.usual)) AS mad
  FROM every e JOIN usual u ON e.policy = u.policy AND e.is_weekend = u.is_weekend
  GROUP BY 1, 2
), scored AS (
  SELECT e.day, e.policy, e.blocked, e.users, u.usual, greatest(1.4826 * s.mad, sqrt(u.usual), 1.0) AS spread
  FROM every e
  JOIN usual u ON e.policy = u.policy AND e.is_weekend = u.is_weekend
  JOIN spread s ON e.policy = s.policy AND e.is_weekend = s.is_weekend
  WHERE e.is_asked AND e.blocked >= $min_blocked AND u.days >= 7
)
SELECT s.day, s.policy, s.blocked, s.users, s.usual, round(s.spread, 2) AS spread,
  round((s.blocked - s.usual) / s.spread, 1) AS score,
  a.app_display_name AS top_app, a.n AS top_app_blocked
FROM scored s
LEFT JOIN top_apps a ON s.policy = a.policy AND s.day = a.day AND a.place = 1
WHERE (s.blocked - s.usual) / s.spread >= $min_score
ORDER BY score DESC, s.day, s.policy
LIMIT $top
