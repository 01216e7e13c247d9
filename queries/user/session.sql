-- title: A session from its beginning
-- question: To which interactive sign-in does a background request belong, and what else did that session do?
-- row: one record of the session, oldest first
-- wrong: needs the session id in the export: portal CSV and older exports have none
-- wrong: a stolen token keeps the session id: look at a change of address or network
-- next: an address that changes within the session: revoke the user's sessions
-- tags: list, rule:Azure-Sentinel token reuse, rule:Elastic session from another ASN
-- param: id text required | session id, or the id of one of its records
-- param: since time oldest | begin of the period
-- param: until time newest | end of the period, exclusive
-- param: tenant text all | one tenant, by id
-- param: top int 500 | rows at most
-- column: created_at timestamp UTC | when it happened
-- column: event_type text | interactive or not
-- column: is_first_interactive boolean | the interactive record the session began with
-- column: id text | id of the record
-- column: app_display_name text | client application
-- column: resource_display_name text | what was asked for
-- column: error_code int code | AADSTS code
-- column: kind text | success, interrupt, failure or unknown
-- column: ip_address text | address
-- column: autonomous_system_number bigint key | network (ASN)
-- column: network_changed boolean | another network than the record before
-- column: country text | ISO code
WITH wanted AS (
  SELECT DISTINCT session_id AS wanted_id FROM records
  WHERE session_id IS NOT NULL AND (session_id = $id OR id = $id)
), session AS (
  SELECT created_at, event_type, id, app_display_name, resource_display_name, error_code, ip_address,
    autonomous_system_number, country
  FROM wanted JOIN records ON session_id = wanted_id
  WHERE created_at >= $since AND created_at < $until AND ($tenant = 'all' OR tenant_id = $tenant)
)
SELECT created_at, event_type,
  created_at = min(created_at) FILTER (WHERE event_type IN ('interactiveUser', 'adfs', 'unknown')) OVER () AND event_type IN ('interactiveUser', 'adfs', 'unknown')
    AS is_first_interactive,
  id, app_display_name, resource_display_name, error_code, aadsts_kind(error_code) AS kind, ip_address,
  autonomous_system_number,
  coalesce(autonomous_system_number <> lag(autonomous_system_number) OVER (ORDER BY created_at, id), false) AS network_changed,
  country
FROM session
ORDER BY created_at, id
LIMIT $top
