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
    sum(password_attempts) AS attempts, min(started_at) AS first_at, max(ended_at) AS last_at
  FROM mfa_signins
  WHERE started_at >= $since AND started_at < $until AND ($tenant = 'all' OR tenant_id = $tenant)
    AND password_attempts > 0
  GROUP BY 1, 2, 3
), tried AS (
  SELECT autonomous_system_number, hour, count(*) AS users_tried, sum(attempts) AS attempts, min(first_at) AS first_at,
    max(last_at) AS last_at
  FROM by_user
  GROUP BY 1, 2
  HAVING count(*) >= $min_users
), victims AS (
  SELECT b.autonomous_system_number AS network, b.hour AS tried_hour, b.person AS victim
  FROM tried t
  JOIN by_user b ON t.hour = b.hour AND (t.autonomous_system_number IS NOT DISTINCT FROM b.autonomous_system_number)
), entered AS (
  SELECT network, tried_hour, count(DISTINCT victim) AS users_entered
  FROM victims
  JOIN mfa_signins ON victim = coalesce(user_id, user_principal_name)
    AND tried_hour = hour_start(started_at, $timezone)
    AND (network IS NOT DISTINCT FROM autonomous_system_number)
  WHERE started_at >= $since AND started_at < $until AND ($tenant = 'all' OR tenant_id = $tenant)
    AND outcome = 'success'
  GROUP BY 1, 2
), addresses AS (
  SELECT autonomous_system_number, hour_start(started_at, $timezone) AS hour, count(DISTINCT ip_address) AS addresses
  FROM mfa_signins
  WHERE started_at >= $since AND started_at < $until AND ($tenant = 'all' OR tenant_id = $tenant)
    AND password_attempts > 0
  GROUP BY 1, 2
)
SELECT t.autonomous_system_number, t.hour, t.users_tried, t.attempts, a.addresses,
  coalesce(e.users_entered, 0) AS users_entered, t.first_at, t.last_at
FROM tried t
LEFT JOIN addresses a ON t.hour = a.hour AND (t.autonomous_system_number IS NOT DISTINCT FROM a.autonomous_system_number)
LEFT JOIN entered e ON t.hour = e.tried_hour AND (t.autonomous_system_number IS NOT DISTINCT FROM e.network)
ORDER BY t.users_tried DESC, t.hour, t.autonomous_system_number
LIMIT $top
