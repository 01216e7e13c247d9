-- title: Right password from a risky place
-- question: Whose password was right where the place does not fit the user?
-- row: one user
-- wrong: a user on a journey, or who gave up at the second factor, looks the same
-- wrong: days that were never judged, as an older version left them, are left out: `lake info` counts them as stale
-- next: entered: end the sessions and reset the password; stopped only: reset the password, somebody knows it
-- tags: attack, rule:Azure-Sentinel correct password then blocked
-- param: since time 7d | begin of the period
-- param: until time newest | end of the period, exclusive
-- param: tenant text all | one tenant, by id
-- param: min_risk int 35 | points at least: 35 is medium, 65 is high
-- param: top int 50 | rows at most
-- column: user_principal_name text | user name in lower case
-- column: tenant_id text | tenant
-- column: signins bigint sign-ins | from such places with the right password
-- column: entered bigint sign-ins | of them, ended in success
-- column: stopped bigint sign-ins | of them, failed or were interrupted
-- column: mfa_failures bigint sign-ins | of them, the second factor failed
-- column: mfa_abandoned bigint sign-ins | of them, nobody answered the second factor
-- column: highest_risk int points | of these sign-ins
-- column: countries text | their countries
-- column: addresses bigint addresses | distinct addresses
-- column: first_at timestamp UTC | the first of them
-- column: last_at timestamp UTC | the last of them
SELECT user_principal_name, tenant_id,
  count(*) AS signins,
  count(*) FILTER (WHERE outcome = 'success') AS entered,
  count(*) FILTER (WHERE outcome IN ('failure', 'interrupted')) AS stopped,
  count(*) FILTER (WHERE mfa_is_failure) AS mfa_failures,
  count(*) FILTER (WHERE mfa_outcome = 'abandoned') AS mfa_abandoned,
  max(location_risk) AS highest_risk,
  array_to_string(array_agg(DISTINCT country ORDER BY country), ' ') AS countries,
  count(DISTINCT ip_address) AS addresses,
  min(started_at) AS first_at,
  max(started_at) AS last_at
FROM mfa_signins
WHERE started_at >= $since AND started_at < $until AND ($tenant = 'all' OR tenant_id = $tenant)
  AND password_correct = 'yes' AND location_risk >= $min_risk
GROUP BY user_principal_name, tenant_id
ORDER BY entered DESC, highest_risk DESC, signins DESC, user_principal_name, tenant_id
LIMIT $top
