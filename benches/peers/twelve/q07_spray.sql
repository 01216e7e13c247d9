SELECT asn, date_trunc('hour', created_at) AS h, count(DISTINCT upn) AS users, count(*) AS n
FROM t WHERE error_code IN (50126, 50053) GROUP BY 1, 2 HAVING count(DISTINCT upn) >= 3
ORDER BY users DESC, n DESC, asn, h LIMIT 100
