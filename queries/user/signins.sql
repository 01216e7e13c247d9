-- title: Sign-ins of one user
-- question: What did one person do, newest first?
-- row: one sign-in
-- wrong: silent requests are sign-ins of their own: see event_type
-- next: authlake explain SIGNIN_ID tells one of them
-- tags: list, workbook:SignIns
-- param: user text required | user name or object id
-- param: since time oldest | begin of the period
-- param: until time newest | end of the period, exclusive
-- param: tenant text all | one tenant, by id
-- param: top int 200 | rows at most
-- column: started_at timestamp UTC | first record of the sign-in
-- column: app_display_name text | client application
-- column: outcome text | success, failure, interrupted or unknown
-- column: mfa_outcome text | what became of the second factor
-- column: mfa_failure_reason text | why it failed
-- column: mfa_method text | method of the deciding step
-- column: seconds_to_mfa double s | from challenge to answer
-- column: final_error_code int code | code the outcome rests on
-- column: title text | its title
-- column: ip_address text | address of the deciding record
-- column: country text | ISO code
-- column: city text | city
-- column: operating_system text | of the device
-- column: event_type text | interactive or not
-- column: signin_id text | id of the sign-in
SELECT started_at, app_display_name, outcome, mfa_outcome, mfa_failure_reason, mfa_method, seconds_to_mfa,
  final_error_code, aadsts_title(final_error_code) AS title, ip_address, country, city, operating_system,
  event_type, signin_id
FROM signins
WHERE (user_principal_name = lower($user) OR ($user NOT LIKE '%@%' AND user_id = $user))
  AND started_at >= $since AND started_at < $until AND ($tenant = 'all' OR tenant_id = $tenant)
ORDER BY started_at DESC, signin_id
LIMIT $top
