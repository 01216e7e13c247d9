-- title: Password spray
-- question: Which networks try few passwords on many users?
-- row: one network and hour of the time zone with at least `min_users` users tried
-- wrong: a company network where a password policy changed can look alike: see successes_before
-- wrong: attempts are records: an attacker's tries can fold into one sign-in
-- next: users_entered above 0: those passwords are known to the attacker: reset them first (locations/guessed_users)
-- tags: attack, rule:Azure-Sentinel SigninPasswordSpray, rule:Elastic spray, rule:Splunk spray
-- param: since time 30d | begin of the period
-- param: until time newest | end of the period, exclusive
-- param: tenant text all | one tenant, by id
-- param: timezone text UTC | time zone whose days and hours are meant
-- param: min_users int 10 | distinct users tried within the hour
-- param: top int 100 | rows at most
-- column: autonomous_system_number bigint key | network (ASN)
-- column: hour timestamp UTC | begin of the hour
-- column: users_tried bigint users | distinct users with a wrong or locked password
-- column: attempts bigint attempts | wrong or locked passwords
-- column: addresses bigint addresses | distinct addresses
-- column: users_entered bigint users | users tried from there in the hour who also succeeded from there
-- column: first_at timestamp UTC | first attempt
-- column: last_at timestamp UTC | last attempt
WITH by_user AS (
  SELECT autonomous_system_number, hour_start(started_at, $timezone) AS hour, coalesce(user_id, user_principal_name) AS person,
    sum(password_attempts) AS attempts,
    count(*) FILTER (WHERE outcome = 'success') AS successes,
    min(started_at) FILTER (WHERE password_attempts > 0) AS first_at,
    max(ended_at) FILTER (WHERE password_attempts > 0) AS last_at
  FROM signins
  WHERE started_at >= $since AND started_at < $until AND ($tenant = 'all' OR tenant_id = $tenant)
    AND event_type IN ('interactiveUser', 'adfs', 'unknown') AND (password_attempts > 0 OR outcome = 'success')
  GROUP BY 1, 2, 3
), addresses AS (
  SELECT autonomous_system_number, hour_start(started_at, $timezone) AS hour, count(DISTINCT ip_address) AS addresses
  FROM signins
  WHERE started_at >= $since AND started_at < $until AND ($tenant = 'all' OR tenant_id = $tenant)
    AND event_type IN ('interactiveUser', 'adfs', 'unknown') AND password_attempts > 0
  GROUP BY 1, 2
), tried AS (
  SELECT autonomous_system_number, hour, count(*) AS users_tried, sum(attempts) AS attempts,
    count(*) FILTER (WHERE successes > 0) AS users_entered, min(first_at) AS first_at, max(last_at) AS last_at
  FROM by_user
  WHERE attempts > 0
  GROUP BY 1, 2
  HAVING count(*) >= $min_users
)
SELECT t.autonomous_system_number, t.hour, t.users_tried, t.attempts, a.addresses, t.users_entered, t.first_at, t.last_at
FROM tried t
LEFT JOIN addresses a ON t.hour = a.hour AND t.autonomous_system_number IS NOT DISTINCT FROM a.autonomous_system_number
ORDER BY t.users_tried DESC, t.hour, t.autonomous_system_number
LIMIT $top
