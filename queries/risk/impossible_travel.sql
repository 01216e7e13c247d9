-- title: Impossible travel, both places
-- question: Whose account was in two places that no journey joins in the time between?
-- row: one interactive sign-in too far from the place before, with that place
-- wrong: an address is placed wrongly, or a VPN or a carrier carries one of the two
-- wrong: wrong passwords are left out, as nobody was in: see locations/guessed_users for them
-- wrong: the place before is null where its sign-in was renamed, forgotten or is older than the lake
-- wrong: days that were never judged, as an older version left them, are left out: `lake info` counts them as stale
-- next: user/signins for the user; if both succeeded and no VPN explains it, end the sessions and reset the password
-- tags: list, attack, rule:Entra impossible travel, rule:Elastic impossible travel
-- param: since time 7d | begin of the period
-- param: until time newest | end of the period, exclusive
-- param: tenant text all | one tenant, by id
-- param: top int 100 | rows at most
-- column: started_at timestamp UTC | the sign-in
-- column: user_principal_name text | user name in lower case
-- column: tenant_id text | tenant
-- column: from_country text | ISO code of the place before
-- column: from_city text | its city
-- column: from_ip_address text | its address
-- column: country text | ISO code of the sign-in
-- column: city text | its city
-- column: ip_address text | its address
-- column: km double km | between the two, along the great circle
-- column: minutes double minutes | between the two
-- column: speed_kmh double km/h | null at the same instant
-- column: outcome text | success, failure, interrupted or unknown
-- column: password_correct text | yes, no or unknown
-- column: mfa_outcome text | outcome of the second factor
-- column: location_risk int points | 0 to 100
-- column: signin_id text | for authlake explain
WITH far AS (
  SELECT started_at, user_principal_name, tenant_id, country, city, ip_address, km_from_previous, minutes_from_previous,
    outcome, password_correct, mfa_outcome, location_risk, signin_id,
    CAST(started_at AS bigint) - CAST(round(minutes_from_previous * 60000000) AS bigint) AS before_us
  FROM mfa_signins
  WHERE started_at >= $since AND started_at < $until AND ($tenant = 'all' OR tenant_id = $tenant)
    AND (outcome = 'success' OR password_correct = 'yes')
    AND km_from_previous > 0 AND array_to_string(location_risk_reasons, ' ') LIKE '%impossible_travel%'
  ORDER BY location_risk DESC, started_at DESC, signin_id
  LIMIT $top
), places AS (
  SELECT name, tenant, at_us,
    first_value(country ORDER BY signin_id DESC) AS from_country,
    first_value(city ORDER BY signin_id DESC) AS from_city,
    first_value(ip_address ORDER BY signin_id DESC) AS from_ip_address
  FROM (SELECT DISTINCT user_principal_name AS name, tenant_id AS tenant, before_us AS at_us FROM far)
  JOIN mfa_signins ON name = user_principal_name AND at_us = CAST(started_at AS bigint)
    AND (tenant IS NOT DISTINCT FROM tenant_id)
  WHERE started_at >= (SELECT min(to_timestamp_micros(before_us)) FROM far) AND started_at < $until
    AND (outcome = 'success' OR password_correct = 'yes') AND latitude IS NOT NULL
  GROUP BY 1, 2, 3
)
SELECT started_at, user_principal_name, tenant_id, from_country, from_city, from_ip_address, country, city, ip_address,
  round(km_from_previous, 0) AS km, round(minutes_from_previous, 1) AS minutes,
  round(km_from_previous / nullif(minutes_from_previous, 0) * 60, 0) AS speed_kmh,
  outcome, password_correct, mfa_outcome, location_risk, signin_id
FROM far
LEFT JOIN places ON name = user_principal_name AND at_us = before_us AND tenant IS NOT DISTINCT FROM tenant_id
ORDER BY location_risk DESC, started_at DESC, signin_id
LIMIT $top
