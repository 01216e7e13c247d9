-- title: Addresses that guess passwords
-- question: Which addresses try most wrong passwords?
-- row: one address
-- wrong: a phone with an old password behind a company address looks like guessing: few users, many attempts
-- wrong: attempts are records: many can fold into one sign-in
-- next: block the address, or find the device: user/lockouts
-- tags: attack, workbook:RiskyIPReport, rule:Azure-Sentinel DistribPassCrackAttempt, rule:Elastic brute force
-- param: since time 7d | begin of the period
-- param: until time newest | end of the period, exclusive
-- param: tenant text all | one tenant, by id
-- param: min_attempts int 10 | attempts at least
-- param: top int 100 | rows at most
-- column: ip_address text | address
-- column: country text | ISO code
-- column: autonomous_system_number bigint key | network (ASN)
-- column: attempts bigint attempts | wrong or locked passwords
-- column: users_tried bigint users | distinct users with one
-- column: successes bigint sign-ins | successes from the address
-- column: first_at timestamp UTC | first attempt
-- column: last_at timestamp UTC | last attempt
WITH guessing AS (
  SELECT ip_address AS guessing_from
  FROM signins
  WHERE started_at >= $since AND started_at < $until AND ($tenant = 'all' OR tenant_id = $tenant)
    AND event_type IN ('interactiveUser', 'adfs', 'unknown') AND password_attempts > 0 AND ip_address IS NOT NULL
  GROUP BY 1
  HAVING sum(password_attempts) >= $min_attempts
)
SELECT
  ip_address,
  max(country) AS country,
  max(autonomous_system_number) AS autonomous_system_number,
  sum(password_attempts) AS attempts,
  count(DISTINCT coalesce(user_id, user_principal_name)) FILTER (WHERE password_attempts > 0) AS users_tried,
  count(*) FILTER (WHERE outcome = 'success') AS successes,
  min(started_at) FILTER (WHERE password_attempts > 0) AS first_at,
  max(ended_at) FILTER (WHERE password_attempts > 0) AS last_at
FROM guessing
JOIN signins ON ip_address = guessing_from
WHERE started_at >= $since AND started_at < $until AND ($tenant = 'all' OR tenant_id = $tenant)
  AND event_type IN ('interactiveUser', 'adfs', 'unknown') AND (password_attempts > 0 OR outcome = 'success')
GROUP BY ip_address
ORDER BY attempts DESC, ip_address
LIMIT $top
