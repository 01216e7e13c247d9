SELECT country, count(*) AS n FROM (SELECT upn, country, min(created_at) AS f FROM t GROUP BY upn, country) a
GROUP BY country ORDER BY n DESC, country
