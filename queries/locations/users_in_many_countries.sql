-- title: Users in several countries in a day
-- question: Who succeeded from several countries on one day?
-- row: one user and day (of the time zone) with at least `min_countries` countries
-- wrong: a VPN, a mobile network or a shared account does this every day
-- wrong: near a border two countries are one commute
-- next: days in three countries and more, with applications that matter: user/signins
-- tags: list, rule:Elastic impossible travel, rule:Azure-Sentinel distributed guessing
-- param: since time 7d | begin of the period
-- param: until time newest | end of the period, exclusive
-- param: tenant text all | one tenant, by id
-- param: timezone text UTC | time zone whose days and hours are meant
-- param: min_countries int 2 | countries within the day
-- param: top int 100 | rows at most
-- column: user_principal_name text | user name in lower case
-- column: tenant_id text | tenant
-- column: day date | day of the time zone
-- column: countries bigint countries | distinct countries of successes
-- column: named text | their codes
-- column: signins bigint sign-ins | successes of the day with a known country
WITH moved AS (
  SELECT user_principal_name AS moved_name, tenant_id AS moved_tenant
  FROM mfa_signins
  WHERE started_at >= $since AND started_at < $until AND ($tenant = 'all' OR tenant_id = $tenant)
    AND outcome = 'success' AND country IS NOT NULL AND user_principal_name IS NOT NULL
  GROUP BY 1, 2
  HAVING min(country) <> max(country)
)
SELECT user_principal_name, tenant_id, day, count(*) AS countries,
  array_to_string(array_agg(country ORDER BY country), ' ') AS named, sum(n) AS signins
FROM (
  SELECT user_principal_name, tenant_id, CAST(local_time(started_at, $timezone) AS date) AS day, country, count(*) AS n
  FROM moved
  JOIN mfa_signins ON user_principal_name = moved_name AND tenant_id IS NOT DISTINCT FROM moved_tenant
  WHERE started_at >= $since AND started_at < $until AND ($tenant = 'all' OR tenant_id = $tenant)
    AND outcome = 'success' AND country IS NOT NULL
  GROUP BY 1, 2, 3, 4
)
GROUP BY user_principal_name, tenant_id, day
HAVING count(*) >= $min_countries
ORDER BY countries DESC, day DESC, user_principal_name, tenant_id
LIMIT $top
