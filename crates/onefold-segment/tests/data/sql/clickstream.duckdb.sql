WITH
-- what happened before 2026-04-01
past AS NOT MATERIALIZED (
  SELECT e."user_id" AS person,
    e."ts" AS happened,
    e."event" AS event,
    CAST(e."price" AS DECIMAL(18, 6)) AS p_price,
    CAST(e."quantity" AS DECIMAL(18, 6)) AS p_quantity
  FROM "events" AS e
  WHERE e."ts" < TIMESTAMP '2026-04-01 00:00:00'
    AND e."user_id" IS NOT NULL
),
-- everybody there is
universe AS NOT MATERIALIZED (
  SELECT e."user_id" AS person,
    CAST(e."age" AS DECIMAL(18, 6)) AS t_age,
    e."country" AS t_country,
    e."plan" AS t_plan
  FROM "people" AS e
  WHERE e."user_id" IS NOT NULL
),
-- segment a_trait = country = "DE" and plan = "pro" and age between 25 and 40
segment_1 AS (
  SELECT u.person
  FROM universe AS u
  WHERE u.t_country = 'DE'
    AND u.t_plan = 'pro'
    AND u.t_age BETWEEN 25 AND 40
),
-- did purchase in last 30 d at least 3 times
question_2 AS (
  SELECT p.person
  FROM past AS p
  WHERE p.event = 'purchase'
    AND p.happened >= TIMESTAMP '2026-03-02 00:00:00'
  GROUP BY p.person
  HAVING COUNT(*) >= 3
),
-- segment b_count30 = did purchase in last 30 d at least 3 times
segment_3 AS (
  SELECT u.person AS person
  FROM universe AS u
  LEFT JOIN question_2 ON question_2.person = u.person
  WHERE question_2.person IS NOT NULL
),
-- sum(price * quantity of purchase)
value_4 AS MATERIALIZED (
  SELECT p.person, SUM((p.p_price * p.p_quantity)) AS result, COUNT((p.p_price * p.p_quantity)) AS seen
  FROM past AS p
  WHERE p.event = 'purchase'
    AND p.happened >= TIMESTAMP '2026-01-01 00:00:00'
  GROUP BY p.person
),
-- segment c_spend90 = sum(price * quantity of purchase in last 90 d) > 500.00
segment_5 AS MATERIALIZED (
  SELECT u.person AS person
  FROM universe AS u
  LEFT JOIN value_4 ON value_4.person = u.person
  WHERE COALESCE(value_4.result, 0) > 500
),
-- sequence add_to_cart then no purchase within 24 h in last 30 d
question_6 AS (
  SELECT DISTINCT q.person
  FROM (
    SELECT s.*,
      MIN(CASE WHEN s.absent = 1 THEN s.happened END) OVER (PARTITION BY s.person ORDER BY s.place ROWS BETWEEN 1 FOLLOWING AND UNBOUNDED FOLLOWING) AS next_absent
    FROM (
      SELECT r.*, CASE WHEN r.step_1 = 1 THEN r.happened END AS start_1
      FROM (
        SELECT p.person,
          p.happened,
          ROW_NUMBER() OVER (PARTITION BY p.person ORDER BY p.happened) AS place,
          CASE WHEN p.event = 'add_to_cart' AND p.happened >= TIMESTAMP '2026-03-02 00:00:00' THEN 1 ELSE 0 END AS step_1,
          CASE WHEN p.event = 'purchase' THEN 1 ELSE 0 END AS absent
        FROM past AS p
        WHERE (p.event = 'add_to_cart' OR p.event = 'purchase')
      ) AS r
    ) AS s
  ) AS q
  WHERE q.start_1 IS NOT NULL
    AND q.happened <= TIMESTAMP '2026-03-31 00:00:00'
    AND (q.next_absent IS NULL OR q.next_absent > q.happened + to_seconds(86400))
),
-- segment d_abandon = sequence add_to_cart then no purchase within 24 h in last 30 d
segment_7 AS MATERIALIZED (
  SELECT u.person AS person
  FROM universe AS u
  LEFT JOIN question_6 ON question_6.person = u.person
  WHERE question_6.person IS NOT NULL
),
-- sequence product_viewed then add_to_cart then purchase all within 7 d
question_8 AS (
  SELECT DISTINCT q.person
  FROM (
    SELECT q.*, CASE WHEN q.step_3 = 1 THEN q.before_3 END AS start_3
    FROM (
      SELECT s.*,
        MAX(s.start_2) OVER (PARTITION BY s.person ORDER BY s.place ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS before_3
      FROM (
        SELECT q.*, CASE WHEN q.step_2 = 1 THEN q.before_2 END AS start_2
        FROM (
          SELECT s.*,
            MAX(s.start_1) OVER (PARTITION BY s.person ORDER BY s.place ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS before_2
          FROM (
            SELECT r.*, CASE WHEN r.step_1 = 1 THEN r.happened END AS start_1
            FROM (
              SELECT p.person,
                p.happened,
                ROW_NUMBER() OVER (PARTITION BY p.person ORDER BY p.happened) AS place,
                CASE WHEN p.event = 'product_viewed' THEN 1 ELSE 0 END AS step_1,
                CASE WHEN p.event = 'add_to_cart' THEN 1 ELSE 0 END AS step_2,
                CASE WHEN p.event = 'purchase' THEN 1 ELSE 0 END AS step_3
              FROM past AS p
              WHERE (p.event = 'product_viewed' OR p.event = 'add_to_cart' OR p.event = 'purchase')
            ) AS r
          ) AS s
        ) AS q
      ) AS s
    ) AS q
  ) AS q
  WHERE q.start_3 IS NOT NULL
    AND q.happened <= q.start_3 + to_seconds(604800)
),
-- segment e_seq7 = sequence product_viewed then add_to_cart then purchase all within 7 d
segment_9 AS MATERIALIZED (
  SELECT u.person AS person
  FROM universe AS u
  LEFT JOIN question_8 ON question_8.person = u.person
  WHERE question_8.person IS NOT NULL
),
-- lapsed any event for 30 d
question_10 AS (
  SELECT p.person
  FROM past AS p
  GROUP BY p.person
  HAVING MAX(p.happened) < TIMESTAMP '2026-03-02 00:00:00'
),
-- segment f_lapsed = lapsed any event for 30 d
segment_11 AS (
  SELECT u.person AS person
  FROM universe AS u
  LEFT JOIN question_10 ON question_10.person = u.person
  WHERE question_10.person IS NOT NULL
),
-- everybody who is ranked, in order
ranked_12 AS MATERIALIZED (
  SELECT r.person,
    r.result,
    LEAD(r.result) OVER (ORDER BY r.result) AS next_result,
    ROW_NUMBER() OVER (ORDER BY r.result) AS place,
    COUNT(*) OVER () AS ranked
  FROM (
    SELECT u.person AS person, COALESCE(value_4.result, 0) AS result
    FROM universe AS u
    LEFT JOIN value_4 ON value_4.person = u.person
    WHERE COALESCE(value_4.result, 0) IS NOT NULL
      AND COALESCE(value_4.seen, 0) > 0
  ) AS r
),
-- top 10 % by sum(price * quantity of purchase in last 90 d)
rank_13 AS (
  SELECT r.person AS person
  FROM ranked_12 AS r
  CROSS JOIN (
    SELECT ((q.result * 10) + (COALESCE(q.next_result - q.result, 0) * ((q.ranked - 1) * 9 - (q.place - 1) * 10))) AS bound
    FROM ranked_12 AS q
    WHERE (q.place - 1) * 10 <= (q.ranked - 1) * 9
      AND (q.ranked - 1) * 9 < q.place * 10
  ) AS low
  WHERE (r.result * 10) >= low.bound
),
-- segment g_top_decile = top 10 % by sum(price * quantity of purchase in last 90 d)
segment_14 AS (
  SELECT u.person AS person
  FROM universe AS u
  LEFT JOIN rank_13 ON rank_13.person = u.person
  WHERE rank_13.person IS NOT NULL
),
-- segment h_algebra = plan = "pro" and (in c_spend90 or in e_seq7) and not in d_abandon
segment_15 AS (
  SELECT u.person AS person
  FROM universe AS u
  LEFT JOIN segment_5 ON segment_5.person = u.person
  LEFT JOIN segment_9 ON segment_9.person = u.person
  LEFT JOIN segment_7 ON segment_7.person = u.person
  WHERE u.t_plan = 'pro'
    AND (segment_5.person IS NOT NULL OR segment_9.person IS NOT NULL)
    AND segment_7.person IS NULL
)
SELECT segment, person
FROM (
  SELECT 'a_trait' AS segment, person
  FROM segment_1
  UNION ALL
  SELECT 'b_count30' AS segment, person
  FROM segment_3
  UNION ALL
  SELECT 'c_spend90' AS segment, person
  FROM segment_5
  UNION ALL
  SELECT 'd_abandon' AS segment, person
  FROM segment_7
  UNION ALL
  SELECT 'e_seq7' AS segment, person
  FROM segment_9
  UNION ALL
  SELECT 'f_lapsed' AS segment, person
  FROM segment_11
  UNION ALL
  SELECT 'g_top_decile' AS segment, person
  FROM segment_14
  UNION ALL
  SELECT 'h_algebra' AS segment, person
  FROM segment_15
) AS members
ORDER BY segment, person
