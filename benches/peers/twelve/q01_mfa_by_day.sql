SELECT date_trunc('day', created_at) AS d, count(*) AS n, count(DISTINCT user_id) AS users
FROM t WHERE error_code IN (50072, 50074, 50076, 50079, 500121) GROUP BY 1 ORDER BY 1
