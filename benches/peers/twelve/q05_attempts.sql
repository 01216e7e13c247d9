SELECT outcome, count(*) AS n FROM (
  SELECT correlation_id, CASE WHEN max(CASE WHEN error_code = 0 THEN 1 ELSE 0 END) = 1 THEN 'completed' ELSE 'abandoned' END AS outcome
  FROM t GROUP BY correlation_id HAVING max(CASE WHEN error_code = 50074 THEN 1 ELSE 0 END) = 1
) x GROUP BY outcome ORDER BY outcome
