-- title: What moved with a spike
-- question: Which policy, application, place, network, method, challenge, department or user do the additional MFA failures have in common?
-- row: one value of one property, those that rose most first
-- wrong: the period must be a week at most; usual is the mean of the same hours one to four weeks before
-- wrong: properties overlap: one sign-in counts once for each
-- wrong: departments are told only of people whom `authlake users import` brought
-- next: a single application or policy: its owner; a single method: health/service_or_ours; a single user: mfa/prompts_before_approval
-- tags: list, rule:Entra Health MFA alert
-- param: since time 24h | begin of the spike
-- param: until time newest | end of the spike, exclusive
-- param: tenant text all | one tenant, by id
-- param: min_rise float 3 | additional failures at least
-- param: top int 50 | rows at most
-- column: property text | application, method, country, network, challenge, policies, department or user
-- column: value text | its value
-- column: failures bigint sign-ins | failures in the period
-- column: usual double sign-ins | mean of the same hours one to four weeks before
-- column: rise double sign-ins | failures - usual
-- column: share double ratio | failures / all failures of the period
WITH failed AS (
  SELECT started_at >= $since AS is_now, app_display_name, mfa_method, country, autonomous_system_number, challenge_code,
    failed_policies, tenant_id, user_id, user_principal_name
  FROM mfa_signins
  WHERE mfa_is_failure AND ($tenant = 'all' OR tenant_id = $tenant)
    AND started_at >= $since - INTERVAL '28 days' AND started_at < $until
    AND (started_at >= $since
      OR started_at >= $since - INTERVAL '7 days' AND started_at < $until - INTERVAL '7 days'
      OR started_at >= $since - INTERVAL '14 days' AND started_at < $until - INTERVAL '14 days'
      OR started_at >= $since - INTERVAL '21 days' AND started_at < $until - INTERVAL '21 days'
      OR started_at >= $since - INTERVAL '28 days' AND started_at < $until - INTERVAL '28 days')
), placed AS (
  SELECT f.*, coalesce(i.department, n.department) AS department
  FROM failed f
  LEFT JOIN users i ON f.user_id = i.user_id
  LEFT JOIN users n ON f.user_principal_name = n.user_principal_name AND (f.tenant_id IS NOT DISTINCT FROM n.tenant_id)
    AND (f.user_id IS NULL OR n.user_id IS NULL)
), told AS (
  SELECT is_now, unnest(make_array(
    named_struct('property', 'application', 'value', app_display_name),
    named_struct('property', 'method', 'value', mfa_method),
    named_struct('property', 'country', 'value', country),
    named_struct('property', 'network', 'value', CAST(autonomous_system_number AS text)),
    named_struct('property', 'challenge', 'value', CAST(challenge_code AS text)),
    named_struct('property', 'policies', 'value', array_to_string(failed_policies, '; ')),
    named_struct('property', 'department', 'value', department),
    named_struct('property', 'user', 'value', user_principal_name))) AS one
  FROM placed
)
SELECT property, value, failures, usual, rise, round(CAST(failures AS double) / nullif(all_failures, 0), 4) AS share
FROM (
  SELECT one['property'] AS property, one['value'] AS value,
    count(*) FILTER (WHERE is_now) AS failures,
    count(*) FILTER (WHERE NOT is_now) / 4.0 AS usual,
    count(*) FILTER (WHERE is_now) - count(*) FILTER (WHERE NOT is_now) / 4.0 AS rise,
    sum(count(*) FILTER (WHERE is_now)) OVER (PARTITION BY one['property']) AS all_failures
  FROM told
  GROUP BY 1, 2
)
WHERE rise >= $min_rise AND value IS NOT NULL AND value <> ''
ORDER BY rise DESC, property, value
LIMIT $top
