-- title: Codes in no table
-- question: Which codes does no table know?
-- row: one code
-- wrong: unknown codes are never counted as failures
-- next: add the code to authlake.toml, with kind and title
-- tags: list
-- param: since time 90d | begin of the period
-- param: until time newest | end of the period, exclusive
-- param: tenant text all | one tenant, by id
-- param: top int 100 | rows at most
-- column: error_code int code | AADSTS code, null where the export has none
-- column: records bigint records | records with it
-- column: users bigint users | distinct users
-- column: failure_reason text | text of the export
-- column: last_at timestamp UTC | the last
SELECT
  error_code,
  count(*) AS records,
  count(DISTINCT user_id) AS users,
  max(failure_reason) AS failure_reason,
  max(created_at) AS last_at
FROM records
WHERE created_at >= $since AND created_at < $until AND ($tenant = 'all' OR tenant_id = $tenant)
  AND coalesce(aadsts_kind(error_code), 'unknown') = 'unknown'
GROUP BY error_code
ORDER BY records DESC, error_code
LIMIT $top
