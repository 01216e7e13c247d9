SELECT count(*) AS n, count(DISTINCT upn) AS users FROM (
  SELECT upn, error_code, sum(CASE WHEN additional_details LIKE 'MFA denied%' THEN 1 ELSE 0 END)
    OVER (PARTITION BY upn ORDER BY created_at ROWS BETWEEN 5 PRECEDING AND 1 PRECEDING) AS denied
  FROM t
) a WHERE denied >= 2 AND error_code = 0
