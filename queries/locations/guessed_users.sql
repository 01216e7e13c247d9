-- title: Passwords that were guessed
-- question: Where did wrong passwords end in a right one from the same address?
-- row: one user and address with at least `min_attempts` wrong passwords in the day before a right one
-- wrong: people who forget their password do this at their own desk: the network and other users tried from there tell them apart
-- next: many users tried from there (locations/guessed_addresses): take it for an attack, reset the password and revoke sessions
-- tags: attack, rule:Azure-Sentinel SigninBruteForce-AzurePortal, rule:Elastic brute force success
-- param: since time 7d | begin of the period
-- param: until time newest | end of the period, exclusive
-- param: tenant text all | one tenant, by id
-- param: min_attempts int 5 | wrong passwords within a day before the right one
-- param: top int 100 | rows at most
-- column: user_principal_name text | user name in lower case
-- column: tenant_id text | tenant
-- column: ip_address text | address
-- column: country text | ISO code
-- column: attempts bigint attempts | most wrong or locked passwords within a day before a right one
-- column: right_at timestamp UTC | first sign-in after that many which proves the password
-- column: entered boolean | one of those succeeded
WITH guessed AS (
  -- A day before a sign-in touches two days of the calendar: one of them holds half of the attempts.
  SELECT DISTINCT guessed_name, guessed_tenant, guessed_from,
    unnest(make_array(day - INTERVAL '1 day', day, day + INTERVAL '1 day')) AS near_day
  FROM (
    SELECT user_principal_name AS guessed_name, tenant_id AS guessed_tenant, ip_address AS guessed_from,
      date_trunc('day', started_at) AS day
    FROM mfa_signins
    WHERE started_at >= $since AND started_at < $until AND ($tenant = 'all' OR tenant_id = $tenant)
      AND password_attempts > 0 AND user_principal_name IS NOT NULL AND ip_address IS NOT NULL
    GROUP BY 1, 2, 3, 4
    HAVING sum(password_attempts) * 2 >= $min_attempts
  )
), tried AS (
  SELECT user_principal_name, tenant_id, ip_address, country, started_at, password_attempts, password_correct, outcome
  FROM guessed
  JOIN mfa_signins ON user_principal_name = guessed_name AND ip_address = guessed_from
    AND date_trunc('day', started_at) = near_day AND (tenant_id IS NOT DISTINCT FROM guessed_tenant)
  WHERE started_at >= $since AND started_at < $until AND ($tenant = 'all' OR tenant_id = $tenant)
    AND (password_attempts > 0 OR password_correct = 'yes')
), summed AS (
  SELECT *, sum(password_attempts) OVER (PARTITION BY user_principal_name, tenant_id, ip_address
    ORDER BY started_at RANGE BETWEEN INTERVAL '1 day' PRECEDING AND CURRENT ROW) AS attempts
  FROM tried
)
SELECT user_principal_name, tenant_id, ip_address, max(country) AS country, max(attempts) AS attempts,
  min(started_at) AS right_at, bool_or(outcome = 'success') AS entered
FROM summed
WHERE password_correct = 'yes' AND attempts >= $min_attempts
GROUP BY user_principal_name, tenant_id, ip_address
ORDER BY attempts DESC, user_principal_name, tenant_id, ip_address
LIMIT $top
