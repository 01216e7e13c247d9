-- title: Users whose registration looks broken
-- question: Who never passes the second factor, whatever they try?
-- row: one user of one tenant with no pass in the period
-- wrong: an attacker who knows the password and fails at the second factor looks the same: see addresses and apps of the user first
-- next: user/signins for the user; then let them register again, with a temporary access pass
-- tags: attack, workbook:authmethodsactivity
-- param: since time 30d | begin of the period
-- param: until time newest | end of the period, exclusive
-- param: tenant text all | one tenant, by id
-- param: min_signins int 3 | failed, abandoned and registration sign-ins together at least
-- param: top int 50 | rows at most
-- column: user_principal_name text | user name in lower case
-- column: tenant_id text | tenant
-- column: failures bigint sign-ins | the second factor failed
-- column: abandoned bigint sign-ins | nobody answered
-- column: registration_required bigint sign-ins | sent to register
-- column: days bigint days | distinct days (UTC)
-- column: addresses bigint addresses | distinct addresses
-- column: last_at timestamp UTC | the last
SELECT user_principal_name, tenant_id, sum(failed) AS failures, sum(unanswered) AS abandoned,
  sum(to_register) AS registration_required, count(*) AS days,
  max(addresses) AS addresses, max(last_at) AS last_at
FROM (
  SELECT user_principal_name, tenant_id, date_trunc('day', started_at) AS day,
    count(*) FILTER (WHERE mfa_is_failure) AS failed,
    count(*) FILTER (WHERE mfa_outcome = 'abandoned') AS unanswered,
    count(*) FILTER (WHERE mfa_outcome = 'registration_required') AS to_register,
    count(*) FILTER (WHERE mfa_outcome IN ('passed', 'satisfied_by_claim')) AS passes,
    count(DISTINCT ip_address) AS addresses,
    max(started_at) AS last_at
  FROM mfa_signins
  WHERE started_at >= $since AND started_at < $until AND ($tenant = 'all' OR tenant_id = $tenant)
    AND user_principal_name IS NOT NULL
  GROUP BY 1, 2, 3
)
GROUP BY user_principal_name, tenant_id
HAVING sum(passes) = 0
  AND sum(failed) + sum(unanswered) + sum(to_register) >= $min_signins
ORDER BY failures DESC, abandoned DESC, registration_required DESC, user_principal_name, tenant_id
LIMIT $top
