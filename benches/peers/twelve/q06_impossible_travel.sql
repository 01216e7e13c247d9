SELECT upn, count(*) AS n FROM (
  SELECT upn, (epoch_s - pepoch) / 3600.0 AS hrs, 2 * 6371 * asin(sqrt(power(sin(radians(lat - plat) / 2), 2)
    + cos(radians(plat)) * cos(radians(lat)) * power(sin(radians(lon - plon) / 2), 2))) AS km
  FROM (
    SELECT upn, lat, lon, epoch_s, lag(lat) OVER w AS plat, lag(lon) OVER w AS plon, lag(epoch_s) OVER w AS pepoch
    FROM (SELECT upn, lat, lon, extract(epoch FROM created_at) AS epoch_s FROM t) e
    WINDOW w AS (PARTITION BY upn ORDER BY epoch_s)
  ) a
) b WHERE hrs > 0 AND km > 500 AND km / hrs > 900 GROUP BY upn ORDER BY n DESC, upn LIMIT 50
