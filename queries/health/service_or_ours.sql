-- title: The service's fault or ours
-- question: Do sign-ins fail because of the service, of our policies and configuration, or of people?
-- row: one day of the time zone
-- wrong: a code in no table is unknown and belongs to nobody
-- wrong: failures of people rise under attack: locations/password_spray
-- next: service: wait, and look at the service's health page; policy: conditional_access/block_reasons; configuration: access/failures_by_code
-- tags: rate, workbook:appsigninhealth, rule:Entra Health
-- param: since time 30d | begin of the period
-- param: until time newest | end of the period, exclusive
-- param: tenant text all | one tenant, by id
-- param: timezone text UTC | time zone whose days and hours are meant
-- column: day date | day of the time zone
-- column: signins bigint sign-ins | interactive sign-ins: the denominator
-- column: service bigint sign-ins | failed by the service: outage, throttling, internal error
-- column: service_rate double ratio | service / signins
-- column: policy bigint sign-ins | refused by Conditional Access, device or risk
-- column: people bigint sign-ins | wrong password, locked, second factor failed
-- column: configuration bigint sign-ins | any other failure: applications, consent, federation
-- column: unknown bigint sign-ins | the code is in no table
WITH by_code AS (
  SELECT CAST(local_time(started_at, $timezone) AS date) AS day, outcome, final_error_code, count(*) AS n
  FROM mfa_signins
  WHERE started_at >= $since AND started_at < $until AND ($tenant = 'all' OR tenant_id = $tenant)
  GROUP BY 1, 2, 3
), named AS (
  SELECT day, n, CASE
    WHEN outcome = 'unknown' THEN 'unknown'
    WHEN outcome <> 'failure' THEN 'fine'
    WHEN aadsts_category(final_error_code) IN ('service_transient', 'service_error', 'throttling') THEN 'service'
    WHEN aadsts_category(final_error_code) IN ('conditional_access', 'device', 'risk') THEN 'policy'
    WHEN aadsts_category(final_error_code) IN ('credentials', 'account_lockout', 'account_state', 'password_state',
      'password_change', 'mfa', 'passwordless') THEN 'people'
    ELSE 'configuration' END AS cause
  FROM by_code
)
SELECT
  day,
  sum(n) AS signins,
  sum(CASE WHEN cause = 'service' THEN n ELSE 0 END) AS service,
  round(CAST(sum(CASE WHEN cause = 'service' THEN n ELSE 0 END) AS double) / nullif(sum(n), 0), 4) AS service_rate,
  sum(CASE WHEN cause = 'policy' THEN n ELSE 0 END) AS policy,
  sum(CASE WHEN cause = 'people' THEN n ELSE 0 END) AS people,
  sum(CASE WHEN cause = 'configuration' THEN n ELSE 0 END) AS configuration,
  sum(CASE WHEN cause = 'unknown' THEN n ELSE 0 END) AS unknown
FROM named
GROUP BY day
ORDER BY day
