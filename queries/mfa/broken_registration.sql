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
WITH broken AS (
  SELECT user_principal_name AS broken_name, tenant_id AS broken_tenant
  FROM mfa_signins
  WHERE started_at >= $since AND started_at < $until AND ($tenant = 'all' OR tenant_id = $tenant)
    AND user_principal_name IS NOT NULL
  GROUP BY 1, 2
  HAVING count(*) FILTER (WHERE mfa_outcome IN ('passed', 'satisfied_by_claim')) = 0
    AND count(*) FILTER (WHERE mfa_is_failure OR mfa_outcome IN ('abandoned', 'registration_required')) >= $min_signins
)
SELECT user_principal_name, tenant_id,
  count(*) FILTER (WHERE mfa_is_failure) AS failures,
  count(*) FILTER (WHERE mfa_outcome = 'abandoned') AS abandoned,
  count(*) FILTER (WHERE mfa_outcome = 'registration_required') AS registration_required,
  count(DISTINCT date_trunc('day', started_at)) AS days,
  count(DISTINCT ip_address) AS addresses,
  max(started_at) AS last_at
FROM broken
JOIN mfa_signins ON user_principal_name = broken_name AND tenant_id IS NOT DISTINCT FROM broken_tenant
WHERE started_at >= $since AND started_at < $until AND ($tenant = 'all' OR tenant_id = $tenant)
  AND (mfa_is_failure OR mfa_outcome IN ('abandoned', 'registration_required'))
GROUP BY user_principal_name, tenant_id
ORDER BY failures DESC, abandoned DESC, registration_required DESC, user_principal_name, tenant_id
LIMIT $top
