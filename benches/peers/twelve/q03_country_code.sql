SELECT country, error_code, count(*) AS n, count(DISTINCT user_id) AS users
FROM t GROUP BY country, error_code ORDER BY n DESC, country, error_code
