-- title: Applications seen for the first time
-- question: Which applications came up in the period?
-- row: one application whose first sign-in lies in the period
-- wrong: first means first in the lake: a lake younger than the period makes every application new
-- next: judge the application and its permissions
-- tags: list, rule:Elastic first-seen application
-- param: since time 7d | begin of the period
-- param: until time newest | end of the period, exclusive
-- param: tenant text all | one tenant, by id
-- param: top int 50 | rows at most
-- column: app_id text | application
-- column: app_display_name text | its name
-- column: first_at timestamp UTC | first sign-in
-- column: signins bigint sign-ins | since then
-- column: users bigint users | distinct users
SELECT
  app_id,
  max(app_display_name) AS app_display_name,
  min(started_at) AS first_at,
  count(*) AS signins,
  count(DISTINCT user_id) AS users
FROM signins
WHERE started_at < $until AND ($tenant = 'all' OR tenant_id = $tenant)
  AND app_id IS NOT NULL
GROUP BY app_id
HAVING min(started_at) >= $since
ORDER BY first_at, app_id
LIMIT $top
