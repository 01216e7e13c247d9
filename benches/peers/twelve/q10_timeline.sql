SELECT created_at, app_name, error_code, ip, city, country, os, browser, ca_status, additional_details
FROM t WHERE upn = 'user000042@contoso.example' ORDER BY created_at DESC LIMIT 200
