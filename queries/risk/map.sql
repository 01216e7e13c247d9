-- title: Places by level of risk, for a map
-- question: Which places do sign-ins come from, and how risky are they?
-- row: one place: country, state and city, at the mean of its coordinates
-- wrong: the place is that of the address; sign-ins without coordinates are not on the map
-- next: risk/signins for places that surprise
-- tags: list, workbook:SignIns
-- param: since time 30d | begin of the period
-- param: until time newest | end of the period, exclusive
-- param: tenant text all | one tenant, by id
-- param: top int 1000 | rows at most
-- column: country text | ISO code
-- column: state text | state or province
-- column: city text | city
-- column: latitude double degrees | north
-- column: longitude double degrees | east
-- column: level text | the highest level of its sign-ins
-- column: signins bigint sign-ins | all
-- column: users bigint users | distinct users
-- column: low bigint sign-ins | of level low
-- column: medium bigint sign-ins | of level medium
-- column: high bigint sign-ins | of level high
WITH places AS (
  SELECT country, state, city,
    round(avg(latitude), 4) AS latitude,
    round(avg(longitude), 4) AS longitude,
    count(*) AS signins,
    count(DISTINCT user_id) AS users,
    count(*) FILTER (WHERE location_risk_level = 'low') AS low,
    count(*) FILTER (WHERE location_risk_level = 'medium') AS medium,
    count(*) FILTER (WHERE location_risk_level = 'high') AS high
  FROM mfa_signins
  WHERE started_at >= $since AND started_at < $until AND ($tenant = 'all' OR tenant_id = $tenant)
    AND latitude IS NOT NULL AND longitude IS NOT NULL
  GROUP BY 1, 2, 3
)
SELECT country, state, city, latitude, longitude,
  CASE WHEN high > 0 THEN 'high' WHEN medium > 0 THEN 'medium' WHEN low > 0 THEN 'low' ELSE 'none' END AS level,
  signins, users, low, medium, high
FROM places
ORDER BY high DESC, medium DESC, signins DESC, country, state, city
LIMIT $top
