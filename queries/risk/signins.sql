-- title: Risky sign-ins, with their reasons
-- question: Which sign-ins come from a place that does not fit the user?
-- row: one interactive sign-in of at least `min_risk` points
-- wrong: an address is placed wrongly, a VPN is not named in `[location]` of the settings, a user moved
-- wrong: without places, networks and devices in the export the risk is 0 and not unknown
-- wrong: days that were never judged, as an older version left them, are left out: `lake info` counts them as stale
-- next: explain the sign-in by its id; name offices and VPN exits in authlake.toml and run `lake rescore`
-- tags: list, attack, rule:Entra unfamiliar sign-in properties
-- param: since time 7d | begin of the period
-- param: until time newest | end of the period, exclusive
-- param: tenant text all | one tenant, by id
-- param: min_risk int 35 | points at least: 35 is medium, 65 is high
-- param: top int 100 | rows at most
-- column: started_at timestamp UTC | first record of the sign-in
-- column: user_principal_name text | user name in lower case
-- column: tenant_id text | tenant
-- column: location_risk int points | 0 to 100
-- column: location_risk_level text | low, medium or high
-- column: reasons text | each with its points; they add up to location_risk
-- column: outcome text | success, failure, interrupted or unknown
-- column: password_correct text | yes, no or unknown
-- column: mfa_outcome text | outcome of the second factor
-- column: country text | ISO code
-- column: city text | city of the address
-- column: ip_address text | address of the deciding record
-- column: autonomous_system_number bigint | network (ASN) of the address
-- column: app_display_name text | client application
-- column: signin_id text | for authlake explain
SELECT started_at, user_principal_name, tenant_id, location_risk, location_risk_level,
  array_to_string(location_risk_reasons, '; ') AS reasons, outcome, password_correct, mfa_outcome,
  country, city, ip_address, autonomous_system_number, app_display_name, signin_id
FROM mfa_signins
WHERE started_at >= $since AND started_at < $until AND ($tenant = 'all' OR tenant_id = $tenant)
  AND location_risk >= $min_risk
ORDER BY location_risk DESC, started_at DESC, signin_id
LIMIT $top
