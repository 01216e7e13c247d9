SELECT upn, count(*) AS n, count(DISTINCT app_name) AS apps, count(DISTINCT country) AS countries, min(created_at) AS first_seen,
  max(created_at) AS last_seen
FROM t WHERE error_code IN (50074, 500121) GROUP BY upn ORDER BY n DESC, upn LIMIT 50
