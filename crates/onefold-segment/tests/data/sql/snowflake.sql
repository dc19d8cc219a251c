WITH
-- everybody there is
universe AS (
  SELECT e."USER_ID" AS person,
    CAST(e."AGE" AS NUMBER(18, 6)) AS t_age,
    e."EMAIL" AS t_email,
    e."PLAN" AS t_plan
  FROM "PEOPLE" AS e
  WHERE e."USER_ID" IS NOT NULL
),
-- segment s = plan != "pro" and not age >= 18.5 or email contains "it's \\ 100 %"
segment_1 AS (
  SELECT u.person
  FROM universe AS u
  WHERE ((u.t_plan <> 'pro' AND NOT COALESCE(u.t_age >= 18.5, FALSE)) OR CONTAINS(u.t_email, 'it\'s \\ 100 %'))
)
SELECT segment, person
FROM (
  SELECT 's' AS segment, person
  FROM segment_1
) AS members
ORDER BY segment, person
;

WITH
-- everybody there is
universe AS (
  SELECT e."USER_ID" AS person, e."ACTIVE" AS t_active, e."EMAIL" AS t_email, e."PLAN" AS t_plan
  FROM "PEOPLE" AS e
  WHERE e."USER_ID" IS NOT NULL
),
-- segment s = plan in ["a", "b"] and email starts with "a" and email ends with "\n" and active = true
segment_1 AS (
  SELECT u.person
  FROM universe AS u
  WHERE u.t_plan IN ('a', 'b')
    AND STARTSWITH(u.t_email, 'a')
    AND ENDSWITH(u.t_email, '\n')
    AND u.t_active = TRUE
)
SELECT segment, person
FROM (
  SELECT 's' AS segment, person
  FROM segment_1
) AS members
ORDER BY segment, person
;

WITH
-- everybody there is
universe AS (
  SELECT e."USER_ID" AS person, e."PHONE" AS t_phone, e."SIGNED_UP" AS t_signed_up
  FROM "PEOPLE" AS e
  WHERE e."USER_ID" IS NOT NULL
),
-- segment s = signed_up >= 2025-01-01 and phone is unset
segment_1 AS (
  SELECT u.person
  FROM universe AS u
  WHERE u.t_signed_up >= '2025-01-01 00:00:00'::TIMESTAMP_NTZ
    AND u.t_phone IS NULL
)
SELECT segment, person
FROM (
  SELECT 's' AS segment, person
  FROM segment_1
) AS members
ORDER BY segment, person
;

WITH
-- what happened before 2026-04-01
past AS (
  SELECT e."USER_ID" AS person,
    e."TS" AS happened,
    e."EVENT" AS event,
    e."SEQ" AS tie,
    e."KIND" AS p_kind,
    CAST(e."PRICE" AS NUMBER(18, 6)) AS p_price,
    CAST(e."QUANTITY" AS NUMBER(18, 6)) AS p_quantity
  FROM "EVENTS" AS e
  WHERE e."TS" < '2026-04-01 00:00:00'::TIMESTAMP_NTZ
    AND e."USER_ID" IS NOT NULL
),
-- everybody there is
universe AS (
  SELECT e."USER_ID" AS person
  FROM "PEOPLE" AS e
  WHERE e."USER_ID" IS NOT NULL
),
-- did search | view where price * quantity > 100.50 and not kind = "x" in last 30 d at most 2 times
question_1 AS (
  SELECT p.person
  FROM past AS p
  WHERE p.event IN ('search', 'view')
    AND ((p.p_price * p.p_quantity) > 100.5 AND NOT COALESCE(p.p_kind = 'x', FALSE))
    AND p.happened >= '2026-03-02 00:00:00'::TIMESTAMP_NTZ
  GROUP BY p.person
  HAVING COUNT(*) > 2
),
-- segment s = did search | view where price * quantity > 100.50 and not kind = "x" in last 30 d at most 2 times
segment_2 AS (
  SELECT u.person AS person
  FROM universe AS u
  LEFT JOIN question_1 ON question_1.person = u.person
  WHERE question_1.person IS NULL
)
SELECT segment, person
FROM (
  SELECT 's' AS segment, person
  FROM segment_2
) AS members
ORDER BY segment, person
;

WITH
-- what happened before 2026-04-01
past AS (
  SELECT e."USER_ID" AS person, e."TS" AS happened, e."EVENT" AS event, e."SEQ" AS tie
  FROM "EVENTS" AS e
  WHERE e."TS" < '2026-04-01 00:00:00'::TIMESTAMP_NTZ
    AND e."USER_ID" IS NOT NULL
),
-- everybody there is
universe AS (
  SELECT e."USER_ID" AS person
  FROM "PEOPLE" AS e
  WHERE e."USER_ID" IS NOT NULL
),
-- did view in last 3 whole months at least 2 distinct days
question_1 AS (
  SELECT p.person
  FROM past AS p
  WHERE p.event = 'view'
    AND p.happened >= '2025-12-31 23:00:00'::TIMESTAMP_NTZ
    AND p.happened < '2026-03-31 22:00:00'::TIMESTAMP_NTZ
  GROUP BY p.person
  HAVING COUNT(DISTINCT CAST(CONVERT_TIMEZONE('UTC', 'Europe/Berlin', p.happened) AS DATE)) >= 2
),
-- segment s zone "Europe/Berlin" = did view in last 3 whole months at least 2 distinct days
segment_2 AS (
  SELECT u.person AS person
  FROM universe AS u
  LEFT JOIN question_1 ON question_1.person = u.person
  WHERE question_1.person IS NOT NULL
)
SELECT segment, person
FROM (
  SELECT 's' AS segment, person
  FROM segment_2
) AS members
ORDER BY segment, person
;

WITH
-- what happened before 2026-04-01
past AS (
  SELECT e."USER_ID" AS person,
    e."TS" AS happened,
    e."EVENT" AS event,
    e."SEQ" AS tie,
    e."PRODUCT" AS p_product
  FROM "EVENTS" AS e
  WHERE e."TS" < '2026-04-01 00:00:00'::TIMESTAMP_NTZ
    AND e."USER_ID" IS NOT NULL
),
-- everybody there is
universe AS (
  SELECT e."USER_ID" AS person
  FROM "PEOPLE" AS e
  WHERE e."USER_ID" IS NOT NULL
),
-- distinct(product of view)
value_1 AS (
  SELECT p.person, COUNT(DISTINCT p.p_product) AS result, COUNT(p.p_product) AS seen
  FROM past AS p
  WHERE p.event = 'view'
    AND p.happened >= '2026-01-01 00:00:00'::TIMESTAMP_NTZ
  GROUP BY p.person
),
-- segment s = did view since 2026-01-01 exactly 3 distinct product
segment_2 AS (
  SELECT u.person AS person
  FROM universe AS u
  LEFT JOIN value_1 ON value_1.person = u.person
  WHERE COALESCE(value_1.result, 0) = 3
)
SELECT segment, person
FROM (
  SELECT 's' AS segment, person
  FROM segment_2
) AS members
ORDER BY segment, person
;

WITH
-- what happened before 2026-04-01
past AS (
  SELECT e."USER_ID" AS person,
    e."TS" AS happened,
    e."EVENT" AS event,
    e."SEQ" AS tie,
    CAST(e."PRICE" AS NUMBER(18, 6)) AS p_price,
    CAST(e."QUANTITY" AS NUMBER(18, 6)) AS p_quantity
  FROM "EVENTS" AS e
  WHERE e."TS" < '2026-04-01 00:00:00'::TIMESTAMP_NTZ
    AND e."USER_ID" IS NOT NULL
),
-- everybody there is
universe AS (
  SELECT e."USER_ID" AS person
  FROM "PEOPLE" AS e
  WHERE e."USER_ID" IS NOT NULL
),
-- sum(price * quantity of purchase)
value_1 AS (
  SELECT p.person, SUM((p.p_price * p.p_quantity)) AS result, COUNT((p.p_price * p.p_quantity)) AS seen
  FROM past AS p
  WHERE p.event = 'purchase'
    AND p.happened >= '2026-01-01 00:00:00'::TIMESTAMP_NTZ
  GROUP BY p.person
),
-- avg(price of purchase)
value_2 AS (
  SELECT p.person,
    (CAST(SUM(p.p_price) AS NUMBER(38, 16)) / NULLIF(COUNT(p.p_price), 0)) AS result,
    COUNT(p.p_price) AS seen
  FROM past AS p
  WHERE p.event = 'purchase'
  GROUP BY p.person
),
-- segment s = sum(price * quantity of purchase in last 90 d) > 500.00 and avg(price of purchase) <= 20
segment_3 AS (
  SELECT u.person AS person
  FROM universe AS u
  LEFT JOIN value_1 ON value_1.person = u.person
  LEFT JOIN value_2 ON value_2.person = u.person
  WHERE COALESCE(value_1.result, 0) > 500
    AND value_2.result <= 20
)
SELECT segment, person
FROM (
  SELECT 's' AS segment, person
  FROM segment_3
) AS members
ORDER BY segment, person
;

WITH
-- what happened before 2026-04-01
past AS (
  SELECT e."USER_ID" AS person,
    e."TS" AS happened,
    e."EVENT" AS event,
    e."SEQ" AS tie,
    CAST(e."PRICE" AS NUMBER(18, 6)) AS p_price,
    CAST(e."QUANTITY" AS NUMBER(18, 6)) AS p_quantity
  FROM "EVENTS" AS e
  WHERE e."TS" < '2026-04-01 00:00:00'::TIMESTAMP_NTZ
    AND e."USER_ID" IS NOT NULL
),
-- everybody there is
universe AS (
  SELECT e."USER_ID" AS person
  FROM "PEOPLE" AS e
  WHERE e."USER_ID" IS NOT NULL
),
-- sum(price / quantity of purchase)
value_1 AS (
  SELECT p.person,
    CASE WHEN MAX(CASE WHEN (p.p_price IS NOT NULL AND COALESCE(p.p_quantity = 0, FALSE)) THEN 1 ELSE 0 END) = 0 THEN SUM((CAST(p.p_price AS NUMBER(38, 16)) / NULLIF(p.p_quantity, 0))) END AS result,
    COUNT((CAST(p.p_price AS NUMBER(38, 16)) / NULLIF(p.p_quantity, 0))) AS seen,
    MAX(CASE WHEN (p.p_price IS NOT NULL AND COALESCE(p.p_quantity = 0, FALSE)) THEN 1 ELSE 0 END) AS fault
  FROM past AS p
  WHERE p.event = 'purchase'
  GROUP BY p.person
),
-- count(refund)
value_2 AS (
  SELECT p.person, COUNT(*) AS result, COUNT(*) AS seen
  FROM past AS p
  WHERE p.event = 'refund'
  GROUP BY p.person
),
-- count(purchase)
value_3 AS (
  SELECT p.person, COUNT(*) AS result, COUNT(*) AS seen
  FROM past AS p
  WHERE p.event = 'purchase'
  GROUP BY p.person
),
-- segment s = sum(price / quantity of purchase) > 500.00 and count(refund) / count(purchase) < 0.1
segment_4 AS (
  SELECT u.person AS person
  FROM universe AS u
  LEFT JOIN value_1 ON value_1.person = u.person
  LEFT JOIN value_2 ON value_2.person = u.person
  LEFT JOIN value_3 ON value_3.person = u.person
  WHERE CASE WHEN COALESCE(value_1.fault, 0) = 0 THEN COALESCE(value_1.result, 0) END > 500
    AND (CAST(COALESCE(value_2.result, 0) AS NUMBER(38, 16)) / NULLIF(COALESCE(value_3.result, 0), 0)) < 0.1
)
SELECT segment, person
FROM (
  SELECT 's' AS segment, person
  FROM segment_4
) AS members
ORDER BY segment, person
;

WITH
-- what happened before 2026-04-01
past AS (
  SELECT e."USER_ID" AS person, e."TS" AS happened, e."EVENT" AS event, e."SEQ" AS tie, e."SHOP" AS p_shop
  FROM "EVENTS" AS e
  WHERE e."TS" < '2026-04-01 00:00:00'::TIMESTAMP_NTZ
    AND e."USER_ID" IS NOT NULL
),
-- everybody there is
universe AS (
  SELECT e."USER_ID" AS person
  FROM "PEOPLE" AS e
  WHERE e."USER_ID" IS NOT NULL
),
-- first(shop of purchase)
value_1 AS (
  SELECT q.person, q.result, 1 AS seen
  FROM (
    SELECT p.person,
      p.p_shop AS result,
      ROW_NUMBER() OVER (PARTITION BY p.person ORDER BY p.happened, p.tie) AS place
    FROM past AS p
    WHERE p.event = 'purchase'
      AND p.p_shop IS NOT NULL
  ) AS q
  WHERE q.place = 1
),
-- last(shop of purchase)
value_2 AS (
  SELECT q.person, q.result, 1 AS seen
  FROM (
    SELECT p.person,
      p.p_shop AS result,
      ROW_NUMBER() OVER (PARTITION BY p.person ORDER BY p.happened DESC, p.tie DESC) AS place
    FROM past AS p
    WHERE p.event = 'purchase'
      AND p.p_shop IS NOT NULL
  ) AS q
  WHERE q.place = 1
),
-- segment s = first(shop of purchase) = "a" and last(shop of purchase) != "b"
segment_3 AS (
  SELECT u.person AS person
  FROM universe AS u
  LEFT JOIN value_1 ON value_1.person = u.person
  LEFT JOIN value_2 ON value_2.person = u.person
  WHERE value_1.result = 'a'
    AND value_2.result <> 'b'
)
SELECT segment, person
FROM (
  SELECT 's' AS segment, person
  FROM segment_3
) AS members
ORDER BY segment, person
;

WITH
-- what happened before 2026-04-01
past AS (
  SELECT e."USER_ID" AS person,
    e."TS" AS happened,
    e."EVENT" AS event,
    e."SEQ" AS tie,
    CAST(e."PRICE" AS NUMBER(18, 6)) AS p_price,
    e."SHOP" AS p_shop
  FROM "EVENTS" AS e
  WHERE e."TS" < '2026-04-01 00:00:00'::TIMESTAMP_NTZ
    AND e."USER_ID" IS NOT NULL
),
-- everybody there is
universe AS (
  SELECT e."USER_ID" AS person
  FROM "PEOPLE" AS e
  WHERE e."USER_ID" IS NOT NULL
),
-- min(price of purchase)
value_1 AS (
  SELECT p.person, MIN(p.p_price) AS result, COUNT(p.p_price) AS seen
  FROM past AS p
  WHERE p.event = 'purchase'
  GROUP BY p.person
),
-- max(shop of purchase)
value_2 AS (
  SELECT p.person, MAX(p.p_shop) AS result, COUNT(p.p_shop) AS seen
  FROM past AS p
  WHERE p.event = 'purchase'
  GROUP BY p.person
),
-- distinct(shop of purchase)
value_3 AS (
  SELECT p.person, COUNT(DISTINCT p.p_shop) AS result, COUNT(p.p_shop) AS seen
  FROM past AS p
  WHERE p.event = 'purchase'
  GROUP BY p.person
),
-- segment s = min(price of purchase) > 1 and max(shop of purchase) < "m" and distinct(shop of purchase) > 2
segment_4 AS (
  SELECT u.person AS person
  FROM universe AS u
  LEFT JOIN value_1 ON value_1.person = u.person
  LEFT JOIN value_2 ON value_2.person = u.person
  LEFT JOIN value_3 ON value_3.person = u.person
  WHERE value_1.result > 1
    AND value_2.result < 'm'
    AND COALESCE(value_3.result, 0) > 2
)
SELECT segment, person
FROM (
  SELECT 's' AS segment, person
  FROM segment_4
) AS members
ORDER BY segment, person
;

WITH
-- what happened before 2026-04-01
past AS (
  SELECT e."USER_ID" AS person,
    e."TS" AS happened,
    e."EVENT" AS event,
    e."SEQ" AS tie,
    CAST(e."PRICE" AS NUMBER(18, 6)) AS p_price,
    e."SHOP" AS p_shop
  FROM "EVENTS" AS e
  WHERE e."TS" < '2026-04-01 00:00:00'::TIMESTAMP_NTZ
    AND e."USER_ID" IS NOT NULL
),
-- everybody there is
universe AS (
  SELECT e."USER_ID" AS person
  FROM "PEOPLE" AS e
  WHERE e."USER_ID" IS NOT NULL
),
-- mode(shop of purchase)
value_1 AS (
  SELECT q.person, q.seen, q.result
  FROM (
    SELECT g.person,
      g.result,
      SUM(g.times) OVER (PARTITION BY g.person) AS seen,
      ROW_NUMBER() OVER (PARTITION BY g.person ORDER BY g.times DESC, g.result) AS place
    FROM (
      SELECT r.person, r.result, COUNT(*) AS times
      FROM (
        SELECT p.person, p.p_shop AS result
        FROM past AS p
        WHERE p.event = 'purchase'
          AND p.p_shop IS NOT NULL
      ) AS r
      GROUP BY r.person, r.result
    ) AS g
  ) AS q
  WHERE q.place = 1
),
-- p90(price of purchase)
value_2 AS (
  SELECT q.person,
    (q.result + (COALESCE(q.next_result - q.result, 0) * (((q.seen - 1) * 90 - (q.place - 1) * 100) * 0.01))) AS result,
    q.seen
  FROM (
    SELECT r.person,
      r.result,
      LEAD(r.result) OVER (PARTITION BY r.person ORDER BY r.result) AS next_result,
      ROW_NUMBER() OVER (PARTITION BY r.person ORDER BY r.result) AS place,
      COUNT(*) OVER (PARTITION BY r.person) AS seen
    FROM (
      SELECT p.person, p.p_price AS result
      FROM past AS p
      WHERE p.event = 'purchase'
        AND p.p_price IS NOT NULL
    ) AS r
  ) AS q
  WHERE (q.place - 1) * 100 <= (q.seen - 1) * 90
    AND (q.seen - 1) * 90 < q.place * 100
),
-- segment s = mode(shop of purchase) = "a" and p90(price of purchase) > 10
segment_3 AS (
  SELECT u.person AS person
  FROM universe AS u
  LEFT JOIN value_1 ON value_1.person = u.person
  LEFT JOIN value_2 ON value_2.person = u.person
  WHERE value_1.result = 'a'
    AND value_2.result > 10
)
SELECT segment, person
FROM (
  SELECT 's' AS segment, person
  FROM segment_3
) AS members
ORDER BY segment, person
;

WITH
-- what happened before 2026-04-01
past AS (
  SELECT e."USER_ID" AS person,
    e."TS" AS happened,
    e."EVENT" AS event,
    e."SEQ" AS tie,
    CAST(e."PRICE" AS NUMBER(18, 6)) AS p_price
  FROM "EVENTS" AS e
  WHERE e."TS" < '2026-04-01 00:00:00'::TIMESTAMP_NTZ
    AND e."USER_ID" IS NOT NULL
),
-- everybody there is
universe AS (
  SELECT e."USER_ID" AS person
  FROM "PEOPLE" AS e
  WHERE e."USER_ID" IS NOT NULL
),
-- max(price of purchase)
value_1 AS (
  SELECT p.person, MAX(p.p_price) AS result, COUNT(p.p_price) AS seen
  FROM past AS p
  WHERE p.event = 'purchase'
  GROUP BY p.person
),
-- sum(price of refund)
value_2 AS (
  SELECT p.person, SUM(p.p_price) AS result, COUNT(p.p_price) AS seen
  FROM past AS p
  WHERE p.event = 'refund'
  GROUP BY p.person
),
-- segment s = max(price of purchase) > sum(price of refund) * 2
segment_3 AS (
  SELECT u.person AS person
  FROM universe AS u
  LEFT JOIN value_1 ON value_1.person = u.person
  LEFT JOIN value_2 ON value_2.person = u.person
  WHERE value_1.result > (COALESCE(value_2.result, 0) * 2)
)
SELECT segment, person
FROM (
  SELECT 's' AS segment, person
  FROM segment_3
) AS members
ORDER BY segment, person
;

WITH
-- what happened before 2026-04-01
past AS (
  SELECT e."USER_ID" AS person, e."TS" AS happened, e."EVENT" AS event, e."SEQ" AS tie
  FROM "EVENTS" AS e
  WHERE e."TS" < '2026-04-01 00:00:00'::TIMESTAMP_NTZ
    AND e."USER_ID" IS NOT NULL
),
-- everybody there is
universe AS (
  SELECT e."USER_ID" AS person
  FROM "PEOPLE" AS e
  WHERE e."USER_ID" IS NOT NULL
),
-- recency(login) > 30 d
question_1 AS (
  SELECT p.person
  FROM past AS p
  WHERE p.event = 'login'
  GROUP BY p.person
  HAVING MAX(p.happened) < '2026-03-02 00:00:00'::TIMESTAMP_NTZ
),
-- stopped login for 30 d after at least 3 times in 60 d: at least 3 from 7776000000000 to 2592000000000 microseconds ago
question_2 AS (
  SELECT p.person
  FROM past AS p
  WHERE p.event = 'login'
    AND p.happened >= '2026-01-01 00:00:00'::TIMESTAMP_NTZ
    AND p.happened < '2026-03-02 00:00:00'::TIMESTAMP_NTZ
  GROUP BY p.person
  HAVING COUNT(*) >= 3
),
-- stopped login for 30 d after at least 3 times in 60 d: at most 0 from 2592000000000 to 0 microseconds ago
question_3 AS (
  SELECT p.person
  FROM past AS p
  WHERE p.event = 'login'
    AND p.happened >= '2026-03-02 00:00:00'::TIMESTAMP_NTZ
  GROUP BY p.person
  HAVING COUNT(*) > 0
),
-- segment s = recency(login) > 30 d or stopped login for 30 d after at least 3 times in 60 d
segment_4 AS (
  SELECT u.person AS person
  FROM universe AS u
  LEFT JOIN question_1 ON question_1.person = u.person
  LEFT JOIN question_2 ON question_2.person = u.person
  LEFT JOIN question_3 ON question_3.person = u.person
  WHERE (question_1.person IS NOT NULL OR (question_2.person IS NOT NULL AND question_3.person IS NULL))
)
SELECT segment, person
FROM (
  SELECT 's' AS segment, person
  FROM segment_4
) AS members
ORDER BY segment, person
;

WITH
-- what happened before 2026-04-01
past AS (
  SELECT e."USER_ID" AS person, e."TS" AS happened, e."EVENT" AS event, e."SEQ" AS tie
  FROM "EVENTS" AS e
  WHERE e."TS" < '2026-04-01 00:00:00'::TIMESTAMP_NTZ
    AND e."USER_ID" IS NOT NULL
),
-- everybody there is
universe AS (
  SELECT e."USER_ID" AS person
  FROM "PEOPLE" AS e
  WHERE e."USER_ID" IS NOT NULL
),
-- restarted login after 90 d in last 7 d
question_1 AS (
  SELECT DISTINCT q.person
  FROM (
    SELECT p.person,
      p.happened,
      MAX(p.happened) OVER (PARTITION BY p.person ORDER BY p.happened, p.tie ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS previous
    FROM past AS p
    WHERE p.event = 'login'
  ) AS q
  WHERE q.happened >= '2026-03-25 00:00:00'::TIMESTAMP_NTZ
    AND q.happened > DATEADD(second, 7776000, q.previous)
),
-- did login for the 3rd time in this year
question_2 AS (
  SELECT q.person
  FROM (
    SELECT p.person,
      p.happened,
      ROW_NUMBER() OVER (PARTITION BY p.person ORDER BY p.happened, p.tie) AS place
    FROM past AS p
    WHERE p.event = 'login'
  ) AS q
  WHERE q.place = 3
    AND q.happened >= '2026-01-01 00:00:00'::TIMESTAMP_NTZ
),
-- segment s = restarted login after 90 d in last 7 d or did login for the 3rd time in this year
segment_3 AS (
  SELECT u.person AS person
  FROM universe AS u
  LEFT JOIN question_1 ON question_1.person = u.person
  LEFT JOIN question_2 ON question_2.person = u.person
  WHERE (question_1.person IS NOT NULL OR question_2.person IS NOT NULL)
)
SELECT segment, person
FROM (
  SELECT 's' AS segment, person
  FROM segment_3
) AS members
ORDER BY segment, person
;

WITH
-- what happened before 2026-04-01
past AS (
  SELECT e."USER_ID" AS person, e."TS" AS happened, e."EVENT" AS event, e."SEQ" AS tie
  FROM "EVENTS" AS e
  WHERE e."TS" < '2026-04-01 00:00:00'::TIMESTAMP_NTZ
    AND e."USER_ID" IS NOT NULL
),
-- everybody there is
universe AS (
  SELECT e."USER_ID" AS person
  FROM "PEOPLE" AS e
  WHERE e."USER_ID" IS NOT NULL
),
-- sequence view then within 1 h cart then without refund purchase all within 7 d in last 30 d
question_1 AS (
  SELECT DISTINCT q.person
  FROM (
    SELECT q.*,
      CASE WHEN q.step_3 = 1 AND (q.broken_3 IS NULL OR q.broken_3 <= q.place_3) THEN q.before_3 END AS start_3
    FROM (
      SELECT s.*,
        MAX(s.start_2) OVER (PARTITION BY s.person ORDER BY s.place ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS before_3,
        MAX(CASE WHEN s.start_2 IS NOT NULL THEN s.place END) OVER (PARTITION BY s.person ORDER BY s.place ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS place_3,
        MAX(CASE WHEN s.without_3 = 1 THEN s.place END) OVER (PARTITION BY s.person ORDER BY s.place ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS broken_3
      FROM (
        SELECT q.*,
          CASE WHEN q.step_2 = 1 AND q.happened <= DATEADD(second, 3600, q.time_2) THEN q.before_2 END AS start_2
        FROM (
          SELECT s.*,
            MAX(s.start_1) OVER (PARTITION BY s.person ORDER BY s.place ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS before_2,
            MAX(CASE WHEN s.start_1 IS NOT NULL THEN s.happened END) OVER (PARTITION BY s.person ORDER BY s.place ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS time_2
          FROM (
            SELECT r.*, CASE WHEN r.step_1 = 1 THEN r.happened END AS start_1
            FROM (
              SELECT p.person,
                p.happened,
                ROW_NUMBER() OVER (PARTITION BY p.person ORDER BY p.happened, p.tie) AS place,
                CASE WHEN p.event = 'view' THEN 1 ELSE 0 END AS step_1,
                CASE WHEN p.event = 'cart' THEN 1 ELSE 0 END AS step_2,
                CASE WHEN p.event = 'purchase' THEN 1 ELSE 0 END AS step_3,
                CASE WHEN p.event = 'refund' THEN 1 ELSE 0 END AS without_3
              FROM past AS p
              WHERE (p.event = 'view' OR p.event = 'cart' OR p.event = 'purchase' OR p.event = 'refund')
                AND p.happened >= '2026-03-02 00:00:00'::TIMESTAMP_NTZ
            ) AS r
          ) AS s
        ) AS q
      ) AS s
    ) AS q
  ) AS q
  WHERE q.start_3 IS NOT NULL
    AND q.happened <= DATEADD(second, 604800, q.start_3)
),
-- segment s = sequence view then within 1 h cart then without refund purchase all within 7 d in last 30 d
segment_2 AS (
  SELECT u.person AS person
  FROM universe AS u
  LEFT JOIN question_1 ON question_1.person = u.person
  WHERE question_1.person IS NOT NULL
)
SELECT segment, person
FROM (
  SELECT 's' AS segment, person
  FROM segment_2
) AS members
ORDER BY segment, person
;

WITH
-- what happened before 2026-04-01
past AS (
  SELECT e."USER_ID" AS person, e."TS" AS happened, e."EVENT" AS event, e."SEQ" AS tie
  FROM "EVENTS" AS e
  WHERE e."TS" < '2026-04-01 00:00:00'::TIMESTAMP_NTZ
    AND e."USER_ID" IS NOT NULL
),
-- everybody there is
universe AS (
  SELECT e."USER_ID" AS person
  FROM "PEOPLE" AS e
  WHERE e."USER_ID" IS NOT NULL
),
-- sequence cart then directly checkout then no purchase within 24 h
question_1 AS (
  SELECT DISTINCT q.person
  FROM (
    SELECT s.*,
      MIN(CASE WHEN s.absent = 1 THEN s.happened END) OVER (PARTITION BY s.person ORDER BY s.place ROWS BETWEEN 1 FOLLOWING AND UNBOUNDED FOLLOWING) AS next_absent
    FROM (
      SELECT q.*, CASE WHEN q.step_2 = 1 AND q.place_2 = q.place - 1 THEN q.before_2 END AS start_2
      FROM (
        SELECT s.*,
          MAX(s.start_1) OVER (PARTITION BY s.person ORDER BY s.place ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS before_2,
          MAX(CASE WHEN s.start_1 IS NOT NULL THEN s.place END) OVER (PARTITION BY s.person ORDER BY s.place ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS place_2
        FROM (
          SELECT r.*, CASE WHEN r.step_1 = 1 THEN r.happened END AS start_1
          FROM (
            SELECT p.person,
              p.happened,
              ROW_NUMBER() OVER (PARTITION BY p.person ORDER BY p.happened, p.tie) AS place,
              CASE WHEN p.event = 'cart' THEN 1 ELSE 0 END AS step_1,
              CASE WHEN p.event = 'checkout' THEN 1 ELSE 0 END AS step_2,
              CASE WHEN p.event = 'purchase' THEN 1 ELSE 0 END AS absent
            FROM past AS p
          ) AS r
        ) AS s
      ) AS q
    ) AS s
  ) AS q
  WHERE q.start_2 IS NOT NULL
    AND q.happened <= '2026-03-31 00:00:00'::TIMESTAMP_NTZ
    AND (q.next_absent IS NULL OR q.next_absent > DATEADD(second, 86400, q.happened))
),
-- segment s = sequence cart then directly checkout then no purchase within 24 h
segment_2 AS (
  SELECT u.person AS person
  FROM universe AS u
  LEFT JOIN question_1 ON question_1.person = u.person
  WHERE question_1.person IS NOT NULL
)
SELECT segment, person
FROM (
  SELECT 's' AS segment, person
  FROM segment_2
) AS members
ORDER BY segment, person
;

WITH
-- what happened before 2026-04-01
past AS (
  SELECT e."USER_ID" AS person,
    e."TS" AS happened,
    e."EVENT" AS event,
    e."SEQ" AS tie,
    e."PRODUCT" AS p_product
  FROM "EVENTS" AS e
  WHERE e."TS" < '2026-04-01 00:00:00'::TIMESTAMP_NTZ
    AND e."USER_ID" IS NOT NULL
),
-- everybody there is
universe AS (
  SELECT e."USER_ID" AS person
  FROM "PEOPLE" AS e
  WHERE e."USER_ID" IS NOT NULL
),
-- what the sequence looks at
rows_1 AS (
  SELECT p.person,
    p.happened,
    ROW_NUMBER() OVER (PARTITION BY p.person ORDER BY p.happened, p.tie) AS place,
    CASE WHEN p.event = 'view' THEN 1 ELSE 0 END AS step_1,
    CASE WHEN p.event = 'cart' THEN 1 ELSE 0 END AS step_2,
    CASE WHEN p.event = 'purchase' THEN 1 ELSE 0 END AS absent,
    p.p_product
  FROM past AS p
  WHERE (p.event = 'view' OR p.event = 'cart' OR p.event = 'purchase')
),
-- each first step
step_2 AS (
  SELECT r.person, r.place AS place_1, r.happened AS time_1, r.p_product AS s1_p_product
  FROM rows_1 AS r
  WHERE r.step_1 = 1
),
-- each choice of 2 steps
step_3 AS (
  SELECT m.*, r.place AS place_2, r.happened AS time_2
  FROM step_2 AS m
  JOIN rows_1 AS r ON r.person = m.person
  WHERE r.step_2 = 1
    AND r.place > m.place_1
    AND r.p_product = m.s1_p_product
),
-- choices that do not count
broken_4 AS (
  SELECT DISTINCT m.person AS person, m.place_1 AS place_1, m.place_2 AS place_2
  FROM step_3 AS m
  JOIN rows_1 AS r ON r.person = m.person
  WHERE r.absent = 1
    AND r.place > m.place_2
    AND r.happened <= DATEADD(second, 86400, m.time_2)
    AND r.p_product = m.s1_p_product
),
-- choices that count
step_5 AS (
  SELECT m.*
  FROM step_3 AS m
  LEFT JOIN broken_4 AS b ON b.person = m.person AND b.place_1 = m.place_1 AND b.place_2 = m.place_2
  WHERE b.person IS NULL
),
-- sequence view as v then cart where product = v.product then no purchase where product = v.product within 1 d
question_6 AS (
  SELECT DISTINCT m.person
  FROM step_5 AS m
  WHERE m.time_2 <= '2026-03-31 00:00:00'::TIMESTAMP_NTZ
),
-- segment s = sequence view as v then cart where product = v.product then no purchase where product = v.product within 1 d
segment_7 AS (
  SELECT u.person AS person
  FROM universe AS u
  LEFT JOIN question_6 ON question_6.person = u.person
  WHERE question_6.person IS NOT NULL
)
SELECT segment, person
FROM (
  SELECT 's' AS segment, person
  FROM segment_7
) AS members
ORDER BY segment, person
;

WITH
-- what happened before 2026-04-01
past AS (
  SELECT e."USER_ID" AS person,
    e."TS" AS happened,
    e."EVENT" AS event,
    e."SEQ" AS tie,
    CAST(e."PRICE" AS NUMBER(18, 6)) AS p_price,
    e."TEXT" AS p_text
  FROM "EVENTS" AS e
  WHERE e."TS" < '2026-04-01 00:00:00'::TIMESTAMP_NTZ
    AND e."USER_ID" IS NOT NULL
),
-- everybody there is
universe AS (
  SELECT e."USER_ID" AS person
  FROM "PEOPLE" AS e
  WHERE e."USER_ID" IS NOT NULL
),
-- what the sequence looks at
rows_1 AS (
  SELECT p.person,
    p.happened,
    ROW_NUMBER() OVER (PARTITION BY p.person ORDER BY p.happened, p.tie) AS place,
    CASE WHEN p.event = 'view' THEN 1 ELSE 0 END AS step_1,
    CASE WHEN p.event = 'buy' THEN 1 ELSE 0 END AS step_2,
    CASE WHEN p.event = 'search' THEN 1 ELSE 0 END AS without_2,
    p.p_price,
    p.p_text
  FROM past AS p
  WHERE (p.event = 'view' OR p.event = 'buy' OR p.event = 'search')
),
-- each first step
step_2 AS (
  SELECT r.person, r.place AS place_1, r.happened AS time_1, r.p_price AS s1_p_price, r.p_text AS s1_p_text
  FROM rows_1 AS r
  WHERE r.step_1 = 1
),
-- each choice of 2 steps
step_3 AS (
  SELECT m.*, r.place AS place_2, r.happened AS time_2
  FROM step_2 AS m
  JOIN rows_1 AS r ON r.person = m.person
  WHERE r.step_2 = 1
    AND r.place > m.place_1
    AND r.p_price < (m.s1_p_price - 1)
),
-- choices that do not count
broken_4 AS (
  SELECT DISTINCT m.person AS person, m.place_1 AS place_1, m.place_2 AS place_2
  FROM step_3 AS m
  JOIN rows_1 AS r ON r.person = m.person
  WHERE r.without_2 = 1
    AND r.place > m.place_1
    AND r.place < m.place_2
    AND r.p_text = m.s1_p_text
),
-- choices that count
step_5 AS (
  SELECT m.*
  FROM step_3 AS m
  LEFT JOIN broken_4 AS b ON b.person = m.person AND b.place_1 = m.place_1 AND b.place_2 = m.place_2
  WHERE b.person IS NULL
),
-- sequence view as v then without (search where text = v.text) buy where price < v.price - 1
question_6 AS (
  SELECT DISTINCT m.person
  FROM step_5 AS m
),
-- segment s = sequence view as v then without (search where text = v.text) buy where price < v.price - 1
segment_7 AS (
  SELECT u.person AS person
  FROM universe AS u
  LEFT JOIN question_6 ON question_6.person = u.person
  WHERE question_6.person IS NOT NULL
)
SELECT segment, person
FROM (
  SELECT 's' AS segment, person
  FROM segment_7
) AS members
ORDER BY segment, person
;

WITH
-- what happened before 2026-04-01
past AS (
  SELECT e."USER_ID" AS person,
    e."TS" AS happened,
    e."EVENT" AS event,
    e."SEQ" AS tie,
    CAST(e."PRICE" AS NUMBER(18, 6)) AS p_price
  FROM "EVENTS" AS e
  WHERE e."TS" < '2026-04-01 00:00:00'::TIMESTAMP_NTZ
    AND e."USER_ID" IS NOT NULL
),
-- everybody there is
universe AS (
  SELECT e."USER_ID" AS person
  FROM "PEOPLE" AS e
  WHERE e."USER_ID" IS NOT NULL
),
-- count(purchase)
value_1 AS (
  SELECT p.person, COUNT(*) AS result, COUNT(*) AS seen
  FROM past AS p
  WHERE p.event = 'purchase'
  GROUP BY p.person
),
-- everybody who is ranked, in order
ranked_2 AS (
  SELECT r.person,
    r.result,
    LEAD(r.result) OVER (ORDER BY r.result) AS next_result,
    ROW_NUMBER() OVER (ORDER BY r.result) AS place,
    COUNT(*) OVER () AS ranked
  FROM (
    SELECT u.person AS person, COALESCE(value_1.result, 0) AS result
    FROM universe AS u
    LEFT JOIN value_1 ON value_1.person = u.person
    WHERE COALESCE(value_1.result, 0) IS NOT NULL
      AND COALESCE(value_1.seen, 0) > 0
  ) AS r
),
-- top 100 by count(purchase)
rank_3 AS (
  SELECT q.person
  FROM (
    SELECT r.person, RANK() OVER (ORDER BY r.result DESC) AS place_from_end
    FROM ranked_2 AS r
  ) AS q
  WHERE q.place_from_end <= 100
),
-- sum(price of purchase)
value_4 AS (
  SELECT p.person, SUM(p.p_price) AS result, COUNT(p.p_price) AS seen
  FROM past AS p
  WHERE p.event = 'purchase'
  GROUP BY p.person
),
-- everybody who is ranked, in order
ranked_5 AS (
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
-- bottom 2.5 % by sum(price of purchase)
rank_6 AS (
  SELECT r.person AS person
  FROM ranked_5 AS r
  CROSS JOIN (
    SELECT ((q.result * 40) + (COALESCE(q.next_result - q.result, 0) * ((q.ranked - 1) * 1 - (q.place - 1) * 40))) AS bound
    FROM ranked_5 AS q
    WHERE (q.place - 1) * 40 <= (q.ranked - 1) * 1
      AND (q.ranked - 1) * 1 < q.place * 40
  ) AS high
  WHERE (r.result * 40) <= high.bound
),
-- segment s = top 100 by count(purchase) or bottom 2.5 % by sum(price of purchase)
segment_7 AS (
  SELECT u.person AS person
  FROM universe AS u
  LEFT JOIN rank_3 ON rank_3.person = u.person
  LEFT JOIN rank_6 ON rank_6.person = u.person
  WHERE (rank_3.person IS NOT NULL OR rank_6.person IS NOT NULL)
)
SELECT segment, person
FROM (
  SELECT 's' AS segment, person
  FROM segment_7
) AS members
ORDER BY segment, person
;

WITH
-- everybody there is
universe AS (
  SELECT e."USER_ID" AS person, CAST(e."SCORE" AS NUMBER(18, 6)) AS t_score
  FROM "PEOPLE" AS e
  WHERE e."USER_ID" IS NOT NULL
),
-- segment known = score is set
segment_1 AS (
  SELECT u.person
  FROM universe AS u
  WHERE u.t_score IS NOT NULL
),
-- everybody who is ranked, in order
ranked_2 AS (
  SELECT r.person,
    r.result,
    LEAD(r.result) OVER (ORDER BY r.result) AS next_result,
    ROW_NUMBER() OVER (ORDER BY r.result) AS place,
    COUNT(*) OVER () AS ranked
  FROM (
    SELECT u.person AS person, u.t_score AS result
    FROM universe AS u
    LEFT JOIN segment_1 ON segment_1.person = u.person
    WHERE u.t_score IS NOT NULL
      AND segment_1.person IS NOT NULL
  ) AS r
),
-- percentile 50 to 90 by score
rank_3 AS (
  SELECT r.person AS person
  FROM ranked_2 AS r
  CROSS JOIN (
    SELECT ((q.result * 2) + (COALESCE(q.next_result - q.result, 0) * ((q.ranked - 1) * 1 - (q.place - 1) * 2))) AS bound
    FROM ranked_2 AS q
    WHERE (q.place - 1) * 2 <= (q.ranked - 1) * 1
      AND (q.ranked - 1) * 1 < q.place * 2
  ) AS low
  CROSS JOIN (
    SELECT ((q.result * 10) + (COALESCE(q.next_result - q.result, 0) * ((q.ranked - 1) * 9 - (q.place - 1) * 10))) AS bound
    FROM ranked_2 AS q
    WHERE (q.place - 1) * 10 <= (q.ranked - 1) * 9
      AND (q.ranked - 1) * 9 < q.place * 10
  ) AS high
  WHERE (r.result * 2) >= low.bound
    AND (r.result * 10) < high.bound
),
-- segment s among known = percentile 50 to 90 by score
segment_4 AS (
  SELECT u.person AS person
  FROM universe AS u
  LEFT JOIN segment_1 ON segment_1.person = u.person
  LEFT JOIN rank_3 ON rank_3.person = u.person
  WHERE segment_1.person IS NOT NULL
    AND rank_3.person IS NOT NULL
)
SELECT segment, person
FROM (
  SELECT 's' AS segment, person
  FROM segment_4
  UNION ALL
  SELECT 'known' AS segment, person
  FROM segment_1
) AS members
ORDER BY segment, person
;

WITH
-- everybody there is
universe AS (
  SELECT e."USER_ID" AS person
  FROM "PEOPLE" AS e
  WHERE e."USER_ID" IS NOT NULL
),
-- segment s = sample 10 % to 20.5 % salt "spring '26"
segment_1 AS (
  SELECT u.person
  FROM universe AS u
  WHERE (LEFT(SHA2('spring \'26:' || CAST(u.person AS VARCHAR), 256), 16) >= '1999999999999999' AND LEFT(SHA2('spring \'26:' || CAST(u.person AS VARCHAR), 256), 16) < '347ae147ae147ae1')
)
SELECT segment, person
FROM (
  SELECT 's' AS segment, person
  FROM segment_1
) AS members
ORDER BY segment, person
;

WITH
-- everybody there is
universe AS (
  SELECT e."USER_ID" AS person
  FROM "PEOPLE" AS e
  WHERE e."USER_ID" IS NOT NULL
),
-- the organisations there are
known_organisations AS (
  SELECT e."ORGANISATION" AS organisation,
    CAST(e."SEATS" AS NUMBER(18, 6)) AS o_seats,
    e."TIER" AS o_tier
  FROM "ORGANISATIONS" AS e
  WHERE e."ORGANISATION" IS NOT NULL
),
-- memberships that hold at 2026-04-01
current_memberships AS (
  SELECT e."USER_ID" AS person, e."ORGANISATION" AS organisation, e."ROLE" AS role
  FROM "MEMBERSHIPS" AS e
  WHERE (e."VALID_FROM" IS NULL OR e."VALID_FROM" <= '2026-04-01 00:00:00'::TIMESTAMP_NTZ)
    AND (e."VALID_TO" IS NULL OR e."VALID_TO" > '2026-04-01 00:00:00'::TIMESTAMP_NTZ)
),
-- each organisation for which it holds
matching_1 AS (
  SELECT u.organisation
  FROM known_organisations AS u
  WHERE u.o_tier = 'gold'
),
-- any organisation with role "admin" (tier = "gold")
question_2 AS (
  SELECT m.person AS person
  FROM (
    SELECT DISTINCT c.person, c.organisation
    FROM current_memberships AS c
    WHERE c.role = 'admin'
  ) AS m
  JOIN known_organisations AS k ON k.organisation = m.organisation
  LEFT JOIN matching_1 AS x ON x.organisation = m.organisation
  GROUP BY m.person
  HAVING COUNT(x.organisation) >= 1
),
-- each organisation for which it holds
matching_3 AS (
  SELECT u.organisation
  FROM known_organisations AS u
  WHERE u.o_seats > 5
),
-- exactly 0 organisations (seats > 5)
question_4 AS (
  SELECT m.person AS person
  FROM (
    SELECT DISTINCT c.person, c.organisation
    FROM current_memberships AS c
  ) AS m
  JOIN known_organisations AS k ON k.organisation = m.organisation
  LEFT JOIN matching_3 AS x ON x.organisation = m.organisation
  GROUP BY m.person
  HAVING COUNT(x.organisation) > 0
),
-- segment s = any organisation with role "admin" (tier = "gold") or exactly 0 organisations (seats > 5)
segment_5 AS (
  SELECT u.person AS person
  FROM universe AS u
  LEFT JOIN question_2 ON question_2.person = u.person
  LEFT JOIN question_4 ON question_4.person = u.person
  WHERE (question_2.person IS NOT NULL OR question_4.person IS NULL)
)
SELECT segment, person
FROM (
  SELECT 's' AS segment, person
  FROM segment_5
) AS members
ORDER BY segment, person
;

WITH
-- what happened before 2026-04-01
past AS (
  SELECT e."USER_ID" AS person, e."TS" AS happened, e."EVENT" AS event, e."SEQ" AS tie
  FROM "EVENTS" AS e
  WHERE e."TS" < '2026-04-01 00:00:00'::TIMESTAMP_NTZ
    AND e."USER_ID" IS NOT NULL
),
-- everybody there is
universe AS (
  SELECT e."USER_ID" AS person
  FROM "PEOPLE" AS e
  WHERE e."USER_ID" IS NOT NULL
),
-- the organisations there are
known_organisations AS (
  SELECT e."ORGANISATION" AS organisation
  FROM "ORGANISATIONS" AS e
  WHERE e."ORGANISATION" IS NOT NULL
),
-- memberships that hold at 2026-04-01
current_memberships AS (
  SELECT e."USER_ID" AS person, e."ORGANISATION" AS organisation, e."ROLE" AS role
  FROM "MEMBERSHIPS" AS e
  WHERE (e."VALID_FROM" IS NULL OR e."VALID_FROM" <= '2026-04-01 00:00:00'::TIMESTAMP_NTZ)
    AND (e."VALID_TO" IS NULL OR e."VALID_TO" > '2026-04-01 00:00:00'::TIMESTAMP_NTZ)
),
-- did login
question_1 AS (
  SELECT p.person
  FROM past AS p
  WHERE p.event = 'login'
  GROUP BY p.person
  HAVING COUNT(*) >= 1
),
-- each person for which it holds
matching_2 AS (
  SELECT u.person AS person
  FROM universe AS u
  LEFT JOIN question_1 ON question_1.person = u.person
  WHERE question_1.person IS NOT NULL
),
-- at least 50 % members (did login)
question_3 AS (
  SELECT m.organisation AS organisation
  FROM (
    SELECT DISTINCT c.person, c.organisation
    FROM current_memberships AS c
  ) AS m
  JOIN universe AS k ON k.person = m.person
  LEFT JOIN matching_2 AS x ON x.person = m.person
  GROUP BY m.organisation
  HAVING COUNT(x.person) * 100 >= COUNT(*) * 50
),
-- segment large of organisation = at least 50 % members (did login)
segment_4 AS (
  SELECT u.organisation AS organisation
  FROM known_organisations AS u
  LEFT JOIN question_3 ON question_3.organisation = u.organisation
  WHERE question_3.organisation IS NOT NULL
),
-- each organisation for which it holds
matching_5 AS (
  SELECT u.organisation AS organisation
  FROM known_organisations AS u
  LEFT JOIN segment_4 ON segment_4.organisation = u.organisation
  WHERE segment_4.organisation IS NOT NULL
),
-- any organisation (in large)
question_6 AS (
  SELECT m.person AS person
  FROM (
    SELECT DISTINCT c.person, c.organisation
    FROM current_memberships AS c
  ) AS m
  JOIN known_organisations AS k ON k.organisation = m.organisation
  LEFT JOIN matching_5 AS x ON x.organisation = m.organisation
  GROUP BY m.person
  HAVING COUNT(x.organisation) >= 1
),
-- segment s = any organisation (in large)
segment_7 AS (
  SELECT u.person AS person
  FROM universe AS u
  LEFT JOIN question_6 ON question_6.person = u.person
  WHERE question_6.person IS NOT NULL
)
SELECT segment, person
FROM (
  SELECT 's' AS segment, person
  FROM segment_7
) AS members
ORDER BY segment, person
;

WITH
-- what happened before 2026-04-01
past AS (
  SELECT e."USER_ID" AS person, e."TS" AS happened, e."EVENT" AS event, e."SEQ" AS tie
  FROM "EVENTS" AS e
  WHERE e."TS" < '2026-04-01 00:00:00'::TIMESTAMP_NTZ
    AND e."USER_ID" IS NOT NULL
),
-- everybody there is
universe AS (
  SELECT e."USER_ID" AS person
  FROM "PEOPLE" AS e
  WHERE e."USER_ID" IS NOT NULL
),
-- the organisations there are
known_organisations AS (
  SELECT e."ORGANISATION" AS organisation
  FROM "ORGANISATIONS" AS e
  WHERE e."ORGANISATION" IS NOT NULL
),
-- memberships that hold at 2026-04-01
current_memberships AS (
  SELECT e."USER_ID" AS person, e."ORGANISATION" AS organisation, e."ROLE" AS role
  FROM "MEMBERSHIPS" AS e
  WHERE (e."VALID_FROM" IS NULL OR e."VALID_FROM" <= '2026-04-01 00:00:00'::TIMESTAMP_NTZ)
    AND (e."VALID_TO" IS NULL OR e."VALID_TO" > '2026-04-01 00:00:00'::TIMESTAMP_NTZ)
),
-- count(login)
value_1 AS (
  SELECT p.person, COUNT(*) AS result, COUNT(*) AS seen
  FROM past AS p
  WHERE p.event = 'login'
  GROUP BY p.person
),
-- the value of each person
each_2 AS (
  SELECT u.person AS person, COALESCE(value_1.result, 0) AS result
  FROM universe AS u
  LEFT JOIN value_1 ON value_1.person = u.person
),
-- p50 over members
value_3 AS (
  SELECT q.organisation,
    (q.result + (COALESCE(q.next_result - q.result, 0) * (((q.seen - 1) * 50 - (q.place - 1) * 100) * 0.01))) AS result,
    q.seen
  FROM (
    SELECT r.organisation,
      r.result,
      LEAD(r.result) OVER (PARTITION BY r.organisation ORDER BY r.result) AS next_result,
      ROW_NUMBER() OVER (PARTITION BY r.organisation ORDER BY r.result) AS place,
      COUNT(*) OVER (PARTITION BY r.organisation) AS seen
    FROM (
      SELECT m.organisation AS organisation, v.result AS result
      FROM (
        SELECT DISTINCT c.person, c.organisation
        FROM current_memberships AS c
      ) AS m
      JOIN each_2 AS v ON v.person = m.person
      WHERE v.result IS NOT NULL
    ) AS r
  ) AS q
  WHERE (q.place - 1) * 100 <= (q.seen - 1) * 50
    AND (q.seen - 1) * 50 < q.place * 100
),
-- segment busy of organisation = p50 over members (count(login)) > 3
segment_4 AS (
  SELECT u.organisation AS organisation
  FROM known_organisations AS u
  LEFT JOIN value_3 ON value_3.organisation = u.organisation
  WHERE value_3.result > 3
),
-- each organisation for which it holds
matching_5 AS (
  SELECT u.organisation AS organisation
  FROM known_organisations AS u
  LEFT JOIN segment_4 ON segment_4.organisation = u.organisation
  WHERE segment_4.organisation IS NOT NULL
),
-- any organisation (in busy)
question_6 AS (
  SELECT m.person AS person
  FROM (
    SELECT DISTINCT c.person, c.organisation
    FROM current_memberships AS c
  ) AS m
  JOIN known_organisations AS k ON k.organisation = m.organisation
  LEFT JOIN matching_5 AS x ON x.organisation = m.organisation
  GROUP BY m.person
  HAVING COUNT(x.organisation) >= 1
),
-- segment s = any organisation (in busy)
segment_7 AS (
  SELECT u.person AS person
  FROM universe AS u
  LEFT JOIN question_6 ON question_6.person = u.person
  WHERE question_6.person IS NOT NULL
)
SELECT segment, person
FROM (
  SELECT 's' AS segment, person
  FROM segment_7
) AS members
ORDER BY segment, person
;

WITH
-- everybody there is
universe AS (
  SELECT e."USER_ID" AS person
  FROM "PEOPLE" AS e
  WHERE e."USER_ID" IS NOT NULL
),
-- consent newsletter by email is granted
consent_1 AS (
  SELECT DISTINCT e."USER_ID" AS person
  FROM "CONSENTS" AS e
  WHERE e."PURPOSE" = 'newsletter'
    AND e."CHANNEL" = 'email'
    AND e."STATE" IN ('granted')
    AND e."USER_ID" IS NOT NULL
),
-- consent ads is unknown
consent_2 AS (
  SELECT DISTINCT e."USER_ID" AS person
  FROM "CONSENTS" AS e
  WHERE e."PURPOSE" = 'ads'
    AND e."CHANNEL" IS NULL
    AND e."STATE" IN ('granted', 'denied')
    AND e."USER_ID" IS NOT NULL
),
-- segment s = consent newsletter by email is granted and consent ads is unknown
segment_3 AS (
  SELECT u.person AS person
  FROM universe AS u
  LEFT JOIN consent_1 ON consent_1.person = u.person
  LEFT JOIN consent_2 ON consent_2.person = u.person
  WHERE consent_1.person IS NOT NULL
    AND consent_2.person IS NULL
)
SELECT segment, person
FROM (
  SELECT 's' AS segment, person
  FROM segment_3
) AS members
ORDER BY segment, person
;

WITH
-- what happened before 2026-04-01
past AS (
  SELECT e."USER_ID" AS person,
    e."TS" AS happened,
    e."EVENT" AS event,
    e."SEQ" AS tie,
    CAST(e."TOTAL" AS NUMBER(18, 6)) AS p_total
  FROM "EVENTS" AS e
  WHERE e."TS" < '2026-04-01 00:00:00'::TIMESTAMP_NTZ
    AND e."USER_ID" IS NOT NULL
),
-- everybody there is
universe AS (
  SELECT e."USER_ID" AS person, e."TIMEZONE" AS t_timezone
  FROM "PEOPLE" AS e
  WHERE e."USER_ID" IS NOT NULL
),
-- the windows of each zone
zones_2 AS (
  SELECT *
  FROM (VALUES
    ('CET', '2026-03-31 22:00:00'::TIMESTAMP_NTZ, '2026-04-01 00:00:00'::TIMESTAMP_NTZ),
    ('CST6CDT', '2026-03-31 05:00:00'::TIMESTAMP_NTZ, '2026-04-01 00:00:00'::TIMESTAMP_NTZ),
    ('Cuba', '2026-03-31 04:00:00'::TIMESTAMP_NTZ, '2026-04-01 00:00:00'::TIMESTAMP_NTZ),
    ('EET', '2026-03-31 21:00:00'::TIMESTAMP_NTZ, '2026-04-01 00:00:00'::TIMESTAMP_NTZ),
    ('EST', '2026-03-31 05:00:00'::TIMESTAMP_NTZ, '2026-04-01 00:00:00'::TIMESTAMP_NTZ),
    ('EST5EDT', '2026-03-31 04:00:00'::TIMESTAMP_NTZ, '2026-04-01 00:00:00'::TIMESTAMP_NTZ),
    ('Egypt', '2026-03-31 22:00:00'::TIMESTAMP_NTZ, '2026-04-01 00:00:00'::TIMESTAMP_NTZ),
    ('Eire', '2026-03-31 23:00:00'::TIMESTAMP_NTZ, '2026-04-01 00:00:00'::TIMESTAMP_NTZ),
    ('Europe/Berlin', '2026-03-31 22:00:00'::TIMESTAMP_NTZ, '2026-04-01 00:00:00'::TIMESTAMP_NTZ),
    ('GB', '2026-03-31 23:00:00'::TIMESTAMP_NTZ, '2026-04-01 00:00:00'::TIMESTAMP_NTZ),
    ('GB-Eire', '2026-03-31 23:00:00'::TIMESTAMP_NTZ, '2026-04-01 00:00:00'::TIMESTAMP_NTZ),
    ('GMT', '2026-04-01 00:00:00'::TIMESTAMP_NTZ, '2026-04-01 00:00:00'::TIMESTAMP_NTZ),
    ('GMT+0', '2026-04-01 00:00:00'::TIMESTAMP_NTZ, '2026-04-01 00:00:00'::TIMESTAMP_NTZ),
    ('GMT-0', '2026-04-01 00:00:00'::TIMESTAMP_NTZ, '2026-04-01 00:00:00'::TIMESTAMP_NTZ),
    ('GMT0', '2026-04-01 00:00:00'::TIMESTAMP_NTZ, '2026-04-01 00:00:00'::TIMESTAMP_NTZ),
    ('Greenwich', '2026-04-01 00:00:00'::TIMESTAMP_NTZ, '2026-04-01 00:00:00'::TIMESTAMP_NTZ),
    ('HST', '2026-03-31 10:00:00'::TIMESTAMP_NTZ, '2026-04-01 00:00:00'::TIMESTAMP_NTZ),
    ('Hongkong', '2026-03-31 16:00:00'::TIMESTAMP_NTZ, '2026-04-01 00:00:00'::TIMESTAMP_NTZ),
    ('Iceland', '2026-04-01 00:00:00'::TIMESTAMP_NTZ, '2026-04-01 00:00:00'::TIMESTAMP_NTZ),
    ('Iran', '2026-03-31 20:30:00'::TIMESTAMP_NTZ, '2026-04-01 00:00:00'::TIMESTAMP_NTZ),
    ('Israel', '2026-03-31 21:00:00'::TIMESTAMP_NTZ, '2026-04-01 00:00:00'::TIMESTAMP_NTZ),
    ('Jamaica', '2026-03-31 05:00:00'::TIMESTAMP_NTZ, '2026-04-01 00:00:00'::TIMESTAMP_NTZ),
    ('Japan', '2026-03-31 15:00:00'::TIMESTAMP_NTZ, '2026-04-01 00:00:00'::TIMESTAMP_NTZ),
    ('Kwajalein', '2026-03-31 12:00:00'::TIMESTAMP_NTZ, '2026-04-01 00:00:00'::TIMESTAMP_NTZ),
    ('Libya', '2026-03-31 22:00:00'::TIMESTAMP_NTZ, '2026-04-01 00:00:00'::TIMESTAMP_NTZ),
    ('MET', '2026-03-31 22:00:00'::TIMESTAMP_NTZ, '2026-04-01 00:00:00'::TIMESTAMP_NTZ),
    ('MST', '2026-03-31 07:00:00'::TIMESTAMP_NTZ, '2026-04-01 00:00:00'::TIMESTAMP_NTZ),
    ('MST7MDT', '2026-03-31 06:00:00'::TIMESTAMP_NTZ, '2026-04-01 00:00:00'::TIMESTAMP_NTZ),
    ('NZ', '2026-03-31 11:00:00'::TIMESTAMP_NTZ, '2026-04-01 00:00:00'::TIMESTAMP_NTZ),
    ('NZ-CHAT', '2026-03-31 10:15:00'::TIMESTAMP_NTZ, '2026-04-01 00:00:00'::TIMESTAMP_NTZ),
    ('Navajo', '2026-03-31 06:00:00'::TIMESTAMP_NTZ, '2026-04-01 00:00:00'::TIMESTAMP_NTZ),
    ('PRC', '2026-03-31 16:00:00'::TIMESTAMP_NTZ, '2026-04-01 00:00:00'::TIMESTAMP_NTZ),
    ('PST8PDT', '2026-03-31 07:00:00'::TIMESTAMP_NTZ, '2026-04-01 00:00:00'::TIMESTAMP_NTZ),
    ('Poland', '2026-03-31 22:00:00'::TIMESTAMP_NTZ, '2026-04-01 00:00:00'::TIMESTAMP_NTZ),
    ('Portugal', '2026-03-31 23:00:00'::TIMESTAMP_NTZ, '2026-04-01 00:00:00'::TIMESTAMP_NTZ),
    ('ROC', '2026-03-31 16:00:00'::TIMESTAMP_NTZ, '2026-04-01 00:00:00'::TIMESTAMP_NTZ),
    ('ROK', '2026-03-31 15:00:00'::TIMESTAMP_NTZ, '2026-04-01 00:00:00'::TIMESTAMP_NTZ),
    ('Singapore', '2026-03-31 16:00:00'::TIMESTAMP_NTZ, '2026-04-01 00:00:00'::TIMESTAMP_NTZ),
    ('Turkey', '2026-03-31 21:00:00'::TIMESTAMP_NTZ, '2026-04-01 00:00:00'::TIMESTAMP_NTZ),
    ('UCT', '2026-04-01 00:00:00'::TIMESTAMP_NTZ, '2026-04-01 00:00:00'::TIMESTAMP_NTZ),
    ('UTC', '2026-04-01 00:00:00'::TIMESTAMP_NTZ, '2026-04-01 00:00:00'::TIMESTAMP_NTZ),
    ('Universal', '2026-04-01 00:00:00'::TIMESTAMP_NTZ, '2026-04-01 00:00:00'::TIMESTAMP_NTZ),
    ('W-SU', '2026-03-31 21:00:00'::TIMESTAMP_NTZ, '2026-04-01 00:00:00'::TIMESTAMP_NTZ),
    ('WET', '2026-03-31 23:00:00'::TIMESTAMP_NTZ, '2026-04-01 00:00:00'::TIMESTAMP_NTZ),
    ('Zulu', '2026-04-01 00:00:00'::TIMESTAMP_NTZ, '2026-04-01 00:00:00'::TIMESTAMP_NTZ)
  ) AS z(zone, begins_1, ends_1)
),
-- each person's own clock
clock_2 AS (
  SELECT u.person AS person, z.zone AS zone, z.begins_1 AS begins_1, z.ends_1 AS ends_1
  FROM universe AS u
  LEFT JOIN zones_2 AS own ON own.zone = u.t_timezone
  JOIN zones_2 AS z ON z.zone = COALESCE(own.zone, 'UTC')
),
-- did login today
question_1 AS (
  SELECT p.person AS person
  FROM past AS p
  JOIN clock_2 ON clock_2.person = p.person
  WHERE p.event = 'login'
    AND p.happened >= clock_2.begins_1
    AND p.happened < clock_2.ends_1
  GROUP BY p.person
  HAVING COUNT(*) >= 1
),
-- segment s zone of person by timezone else "UTC" = did login today
segment_2 AS (
  SELECT u.person AS person
  FROM universe AS u
  LEFT JOIN question_1 ON question_1.person = u.person
  WHERE question_1.person IS NOT NULL
),
-- sum(total of order)
value_3 AS (
  SELECT p.person, SUM(p.p_total) AS result, COUNT(p.p_total) AS seen
  FROM past AS p
  WHERE p.event = 'order'
  GROUP BY p.person
),
-- trait spend
computed_4 AS (
  SELECT u.person AS person,
    COALESCE(value_3.result, 0) AS result,
    CASE WHEN COALESCE(value_3.seen, 0) > 0 THEN 1 ELSE 0 END AS seen
  FROM universe AS u
  LEFT JOIN value_3 ON value_3.person = u.person
),
-- segment t = spend > 5 and in s
segment_5 AS (
  SELECT u.person AS person
  FROM universe AS u
  LEFT JOIN computed_4 ON computed_4.person = u.person
  LEFT JOIN segment_2 ON segment_2.person = u.person
  WHERE computed_4.result > 5
    AND segment_2.person IS NOT NULL
)
SELECT segment, person
FROM (
  SELECT 's' AS segment, person
  FROM segment_2
  UNION ALL
  SELECT 't' AS segment, person
  FROM segment_5
) AS members
ORDER BY segment, person
