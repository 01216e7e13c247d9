SELECT date_trunc('month', created_at) AS m, app_name, trust_type, count(*) AS n, count(DISTINCT user_id) AS users,
  count(DISTINCT ip) AS ips, sum(CASE WHEN error_code <> 0 THEN 1 ELSE 0 END) AS failed
FROM t GROUP BY 1, 2, 3 ORDER BY n DESC, app_name, trust_type, m LIMIT 100
