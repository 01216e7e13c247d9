SELECT created_at, upn, error_code, country FROM t WHERE correlation_id = '{correlation_id}' ORDER BY created_at
