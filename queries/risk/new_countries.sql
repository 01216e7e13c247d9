-- title: New countries of the week
-- question: Who signed in from a country where the user was never seen before?
-- row: one user and country
-- wrong: a user of less than a week or of fewer than ten sign-ins has no habits yet and is left out
-- wrong: honest people travel: look at the device, the second factor and whether the password was right
-- wrong: days that were never judged, as an older version left them, are left out: `lake info` counts them as stale
-- next: risk/signins for the user; risky_countries and trusted_countries in authlake.toml
-- tags: list, rule:Entra atypical travel
-- param: since time 7d | begin of the period
-- param: until time newest | end of the period, exclusive
-- param: tenant text all | one tenant, by id
-- param: top int 100 | rows at most
-- column: user_principal_name text | user name in lower case
-- column: tenant_id text | tenant
-- column: country text | ISO code
-- column: country_name text | its name
-- column: new_for_tenant boolean | nobody of the tenant had come from there either
-- column: signins bigint sign-ins | from there while it was new
-- column: successes bigint sign-ins | ended in success
-- column: right_passwords bigint sign-ins | the password was right
-- column: mfa_passed bigint sign-ins | the second factor was passed
-- column: highest_risk int points | of these sign-ins
-- column: first_at timestamp UTC | the first of them
-- column: last_at timestamp UTC | the last of them
SELECT user_principal_name, tenant_id, country, country_name(country) AS country_name,
  bool_or(array_to_string(location_risk_reasons, ' ') LIKE '%new_country_for_tenant%') AS new_for_tenant,
  count(*) AS signins,
  count(*) FILTER (WHERE outcome = 'success') AS successes,
  count(*) FILTER (WHERE password_correct = 'yes') AS right_passwords,
  count(*) FILTER (WHERE mfa_outcome = 'passed') AS mfa_passed,
  max(location_risk) AS highest_risk,
  min(started_at) AS first_at,
  max(started_at) AS last_at
FROM mfa_signins
WHERE started_at >= $since AND started_at < $until AND ($tenant = 'all' OR tenant_id = $tenant)
  AND new_country_for_user
GROUP BY user_principal_name, tenant_id, country
ORDER BY highest_risk DESC, successes DESC, first_at, user_principal_name, tenant_id, country
LIMIT $top
