SELECT extract(dow FROM created_at) AS dow, extract(hour FROM created_at) AS h, count(*) AS n,
  sum(CASE WHEN error_code IN (50074, 500121) THEN 1 ELSE 0 END) AS mfa
FROM t GROUP BY 1, 2 ORDER BY 1, 2
