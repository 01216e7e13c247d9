-- title: Records of one correlation id
-- question: Which records carry this correlation id? The client chooses it: several sign-ins can share one.
-- row: one record
-- wrong: an attacker can reuse the id of somebody else
-- next: authlake explain ID
-- tags: list
-- param: id text required | correlation id
-- param: since time oldest | begin of the period
-- param: until time newest | end of the period, exclusive
-- param: tenant text all | one tenant, by id
-- column: created_at timestamp UTC | when it happened
-- column: id text | id of the record
-- column: user_principal_name text | user name in lower case
-- column: error_code int code | AADSTS code
-- column: kind text | success, interrupt, failure or unknown
-- column: title text | what the code says
-- column: additional_details text | what the export adds
-- column: app_display_name text | client application
-- column: ip_address text | address
-- column: country text | ISO code
-- column: original_request_id text | first request of the flow
SELECT created_at, id, user_principal_name, error_code, aadsts_kind(error_code) AS kind,
  aadsts_title(error_code) AS title, additional_details, app_display_name, ip_address, country,
  original_request_id
FROM records
WHERE correlation_id = $id
  AND created_at >= $since AND created_at < $until AND ($tenant = 'all' OR tenant_id = $tenant)
ORDER BY created_at, id
