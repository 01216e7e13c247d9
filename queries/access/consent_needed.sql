-- title: Applications that wait for consent
-- question: Which applications ask for consent that people cannot give?
-- row: one client application and code
-- wrong: a user who consented at once is counted too
-- next: judge the application; consent once for all, or block it
-- tags: list, workbook:App Consent Audit, rule:Splunk consent denied
-- param: since time 30d | begin of the period
-- param: until time newest | end of the period, exclusive
-- param: tenant text all | one tenant, by id
-- param: top int 50 | rows at most
-- column: app_display_name text | client application
-- column: app_id text | its id
-- column: code int code | code that asked
-- column: title text | its title
-- column: records bigint records | requests that asked for consent
-- column: users bigint users | distinct users
-- column: last_at timestamp UTC | the last
SELECT
  app_display_name,
  app_id,
  error_code AS code,
  aadsts_title(error_code) AS title,
  count(*) AS records,
  count(DISTINCT user_id) AS users,
  max(created_at) AS last_at
FROM records
WHERE created_at >= $since AND created_at < $until AND ($tenant = 'all' OR tenant_id = $tenant)
  AND aadsts_category(error_code) = 'consent'
GROUP BY app_display_name, app_id, error_code
ORDER BY users DESC, records DESC, app_display_name, app_id, code
LIMIT $top
