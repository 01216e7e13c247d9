-- title: Wrong codes, then another method
-- question: Whose one-time codes are wrong again and again until another method works?
-- row: one user and method whose codes failed, with no pass of that method in the period
-- wrong: a user who mistypes now and then also passes with the method, and is not listed
-- next: a device clock that is off, or a registration that is broken: let the user register the method again
-- tags: list
-- param: since time 30d | begin of the period
-- param: until time newest | end of the period, exclusive
-- param: tenant text all | one tenant, by id
-- param: min_wrong int 3 | wrong codes at least
-- param: top int 50 | rows at most
-- column: user_principal_name text | user name in lower case
-- column: tenant_id text | tenant
-- column: mfa_method text | method as written
-- column: wrong_codes bigint steps | wrong codes
-- column: first_at timestamp UTC | the first
-- column: last_at timestamp UTC | the last
-- column: passes_otherwise bigint steps | passes of the user with other methods after the first wrong code
WITH told AS (
  SELECT user_principal_name, tenant_id, method, coalesce(step_at, created_at) AS at, mfa_result(result_detail) AS word
  FROM steps
  WHERE created_at >= $since AND created_at < $until AND ($tenant = 'all' OR tenant_id = $tenant)
    AND user_principal_name IS NOT NULL AND method IS NOT NULL
), decisive AS (
  SELECT *, min(CASE WHEN word = 'wrong_code' THEN at END) OVER (PARTITION BY user_principal_name, tenant_id) AS first_wrong
  FROM told
  WHERE word = 'wrong_code' OR word = 'passed'
), by_method AS (
  SELECT user_principal_name, tenant_id, method AS mfa_method,
    count(*) FILTER (WHERE word = 'wrong_code') AS wrong_codes,
    count(*) FILTER (WHERE word = 'passed') AS passes,
    count(*) FILTER (WHERE word = 'passed' AND at > first_wrong) AS passes_after,
    min(at) FILTER (WHERE word = 'wrong_code') AS first_at,
    max(at) FILTER (WHERE word = 'wrong_code') AS last_at
  FROM decisive
  WHERE first_wrong IS NOT NULL
  GROUP BY 1, 2, 3
), beside AS (
  SELECT *, sum(passes_after) OVER (PARTITION BY user_principal_name, tenant_id) AS passes_otherwise
  FROM by_method
)
SELECT user_principal_name, tenant_id, mfa_method, wrong_codes, first_at, last_at, passes_otherwise
FROM beside
WHERE wrong_codes >= $min_wrong AND passes = 0 AND passes_otherwise > 0
ORDER BY wrong_codes DESC, user_principal_name, tenant_id, mfa_method
LIMIT $top
