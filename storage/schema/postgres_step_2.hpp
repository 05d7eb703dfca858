// Step 2 of the PostgreSQL schema: old facts in an archive by month, and views that answer a seller's
// questions. README.md beside this file explains the format.
#pragma once

namespace lockstep::storage::schema::postgres {

inline constexpr const char* step_2 = R"sql(
-- Facts that were moved out of `ledger`, in partitions by month that are made when the first one arrives. They come
-- nearly in commit order, so the same kind of index finds them; latecomers are why it keeps several ranges.
CREATE TABLE ledger_archive (LIKE ledger) PARTITION BY RANGE (at);
CREATE INDEX ledger_archive_version ON ledger_archive (sku, version);
CREATE INDEX ledger_archive_row ON ledger_archive USING brin (row int8_minmax_multi_ops (values_per_range = 8))
  WITH (pages_per_range = 64, autosummarize = on);

-- New facts are written where archived ones stood, beside the newest facts of SKUs that rest. One range from least to
-- greatest would then span the whole ledger.
DROP INDEX ledger_row;
CREATE INDEX ledger_row ON ledger USING brin (row int8_minmax_multi_ops (values_per_range = 8))
  WITH (pages_per_range = 32, autosummarize = on);

-- Incidents are rare, so these cost next to nothing.
CREATE INDEX ledger_incident ON ledger (sku, version) WHERE kind IN (16, 17);
CREATE INDEX ledger_archive_incident ON ledger_archive (sku, version) WHERE kind IN (16, 17);

-- Every fact there is, wherever it stands.
CREATE VIEW fact AS
SELECT row, version, at, units, available, batch, sku, epoch, account, location, kind, value, expires_at, late, content,
       reservation, key, reference, note FROM ledger
UNION ALL
SELECT row, version, at, units, available, batch, sku, epoch, account, location, kind, value, expires_at, late, content,
       reservation, key, reference, note FROM ledger_archive;

-- Moves what may be moved out of `blocks` pages of the ledger: facts older than `before` (microseconds since 1970)
-- that a snapshot of their SKU has left behind, one with figures, because `stock_now` adds up from there. The snapshot's
-- own fact stays, so the newest fact of every SKU is in `ledger`. A writer whose epoch is over moves nothing, and one that takes over waits for a move under way.
CREATE FUNCTION archive_facts(of_epoch bigint, first_block bigint, blocks bigint, before bigint)
RETURNS bigint LANGUAGE plpgsql SECURITY DEFINER AS $$
DECLARE
  least_tid    tid := pg_catalog.format('(%s,0)', first_block)::tid;
  end_tid      tid := pg_catalog.format('(%s,0)', first_block + blocks)::tid;
  month        timestamp;
  table_name   text;
  moved        bigint;
BEGIN
  PERFORM 1 FROM writer WHERE epoch = of_epoch AND current FOR KEY SHARE;
  IF NOT FOUND THEN
    RAISE EXCEPTION USING ERRCODE = 'LS001', MESSAGE = 'epoch ' || of_epoch || ' is over';
  END IF;
  IF before > extract(epoch FROM now() - interval '24 hours') * 1000000 THEN
    RAISE EXCEPTION USING ERRCODE = '22023', MESSAGE = 'facts younger than a day are not archived';
  END IF;
  FOR month IN
    SELECT DISTINCT pg_catalog.date_trunc('month', pg_catalog.to_timestamp(l.at / 1e6) AT TIME ZONE 'UTC')
    FROM ledger l JOIN stock s ON s.sku = l.sku AND l.version < s.version AND s.on_hand IS NOT NULL
    WHERE l.ctid >= least_tid AND l.ctid < end_tid AND l.at < before
  LOOP
    table_name := 'ledger_archive_' || pg_catalog.to_char(month, 'YYYY_MM');
    CONTINUE WHEN pg_catalog.to_regclass(pg_catalog.quote_ident(table_name)) IS NOT NULL;
    -- Attached, because a table that is created as a partition keeps readers out meanwhile.
    EXECUTE pg_catalog.format('CREATE TABLE %I (LIKE ledger_archive INCLUDING INDEXES)', table_name);
    EXECUTE pg_catalog.format('ALTER TABLE ledger_archive ATTACH PARTITION %I FOR VALUES FROM (%s) TO (%s)', table_name,
                   (extract(epoch FROM month) * 1000000)::bigint,
                   (extract(epoch FROM month + interval '1 month') * 1000000)::bigint);
  END LOOP;
  WITH moving AS (
    DELETE FROM ledger l USING stock s
    WHERE l.ctid >= least_tid AND l.ctid < end_tid AND l.at < before AND s.sku = l.sku AND l.version < s.version
      AND s.on_hand IS NOT NULL
    RETURNING l.*
  )
  INSERT INTO ledger_archive SELECT * FROM moving ORDER BY row;
  GET DIAGNOSTICS moved = ROW_COUNT;
  RETURN moved;
END $$;

-- Only the owner of an index may sum it up.
CREATE FUNCTION summarize_ledger() RETURNS integer LANGUAGE sql SECURITY DEFINER
AS $$ SELECT pg_catalog.brin_summarize_new_values('ledger_row'::regclass) $$;

-- Functions that run with their owner's rights look nowhere but in this schema: not in a temporary table of the same
-- name, not in what a caller puts into its path. They name the schema of what they call, because a function there that
-- fits better is taken before the system's. Pages are few and SKUs many, so the planner gets no choice.
DO $$
BEGIN
  EXECUTE pg_catalog.format('ALTER FUNCTION archive_facts(bigint, bigint, bigint, bigint)'
                 ' SET search_path = %I, pg_temp', current_schema());
  EXECUTE pg_catalog.format('ALTER FUNCTION summarize_ledger() SET search_path = %I, pg_temp', current_schema());
END $$;
ALTER FUNCTION archive_facts(bigint, bigint, bigint, bigint) SET plan_cache_mode = force_custom_plan;
ALTER FUNCTION archive_facts(bigint, bigint, bigint, bigint) SET enable_hashjoin = off;
ALTER FUNCTION archive_facts(bigint, bigint, bigint, bigint) SET enable_mergejoin = off;
REVOKE EXECUTE ON FUNCTION archive_facts(bigint, bigint, bigint, bigint), summarize_ledger() FROM PUBLIC;

-- First row of which at + late is not before `wanted` (microseconds since 1970); one past the end when there is none.
CREATE OR REPLACE FUNCTION first_row_at(wanted bigint) RETURNS bigint LANGUAGE plpgsql STABLE AS $$
DECLARE
  low    bigint := 1;
  high   bigint := (SELECT last_row + 1 FROM writer WHERE current);
  middle bigint;
  latest bigint;
BEGIN
  WHILE low < high LOOP
    middle := low + (high - low) / 2;
    SELECT l.at + coalesce(l.late, 0) INTO latest FROM ledger l WHERE l.row = middle;
    IF NOT FOUND THEN
      SELECT l.at + coalesce(l.late, 0) INTO latest FROM ledger_archive l WHERE l.row = middle;
    END IF;
    IF NOT FOUND THEN
      RAISE EXCEPTION USING ERRCODE = 'XX001', MESSAGE = 'row ' || middle || ' of the ledger is missing';
    END IF;
    IF latest < wanted THEN low := middle + 1; ELSE high := middle; END IF;
  END LOOP;
  RETURN low;
END $$;

CREATE OR REPLACE VIEW history AS
SELECT f.row, p.code AS sku, f.version, to_timestamp(f.at / 1e6) AS at, k.name AS kind, f.units,
       coalesce(f.value, 0) AS value, f.available, f.location, a.name AS account, f.reference, f.note,
       to_timestamp(f.expires_at / 1e6) AS expires_at, f.reservation, f.key, f.epoch, f.batch, f.sku AS sku_id
FROM fact f
LEFT JOIN product p ON p.id = f.sku
LEFT JOIN account a ON a.id = f.account
LEFT JOIN fact_kind k ON k.kind = f.kind;

-- Units that were promised beyond what is there, and how each case ended.
CREATE VIEW incident AS
SELECT p.code AS sku, o.version AS incident, to_timestamp(o.at / 1e6) AS since, a.name AS account, o.reference,
       o.units, to_timestamp(r.at / 1e6) AS resolved_at, r.note AS resolution, o.sku AS sku_id
FROM fact o
LEFT JOIN fact r ON r.kind = 17 AND r.sku = o.sku AND r.value = o.version
LEFT JOIN product p ON p.id = o.sku
LEFT JOIN account a ON a.id = o.account
WHERE o.kind = 16;

-- The names under which the world knows a product, side by side; the ids that shops gave it are in
-- product_identifier.
CREATE VIEW product_codes AS
SELECT p.code AS sku, p.title, i.upc, i.ean, i.gtin, i.asin, i.walmart_item_id, p.id AS sku_id
FROM product p
LEFT JOIN LATERAL (
  SELECT string_agg(value, ' ' ORDER BY position) FILTER (WHERE scheme = 'upc') AS upc,
         string_agg(value, ' ' ORDER BY position) FILTER (WHERE scheme = 'ean') AS ean,
         string_agg(value, ' ' ORDER BY position) FILTER (WHERE scheme = 'gtin') AS gtin,
         string_agg(value, ' ' ORDER BY position) FILTER (WHERE scheme = 'asin') AS asin,
         string_agg(value, ' ' ORDER BY position) FILTER (WHERE scheme = 'walmart_item_id') AS walmart_item_id
  FROM product_identifier WHERE product = p.id
) i ON true;

-- What each channel is known to show, and since when.
CREATE VIEW listing_now AS
SELECT a.name AS account, a.marketplace, p.code AS sku, l.item, l.variant, l.location, u.quantity AS acknowledged,
       to_timestamp(u.at / 1e6) AS acknowledged_at, u.expected, u.sku_version, u.uncertain, u.parked, l.cap, l.buffer,
       l.sells_ahead, l.id AS listing_id, l.sku AS sku_id
FROM listing l
LEFT JOIN account a ON a.id = l.account
LEFT JOIN product p ON p.id = l.sku
LEFT JOIN publication u ON u.listing = l.id;

CREATE VIEW dead_letters AS
SELECT d.id, to_timestamp(d.at / 1e6) AS at, a.name AS account, d.kind, d.reference, d.reason, d.body, d.replayed
FROM dead_letter d LEFT JOIN account a ON a.id = d.account;

CREATE VIEW quarantined AS
SELECT p.code AS sku, to_timestamp(q.at / 1e6) AS at, q.reason, q.released, q.sku AS sku_id
FROM quarantine q LEFT JOIN product p ON p.id = q.sku;

-- What a writer needs and no more: nobody who holds its rights can change or remove a fact. Rights that come from
-- PUBLIC, from a role it is in or from owning something around the tables are beyond a REVOKE here, so they are refused.
CREATE FUNCTION grant_writer(role_name text) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  namespace oid := (SELECT relnamespace FROM pg_class WHERE oid = 'ledger'::regclass);
  reachable text;
BEGIN
  IF EXISTS (SELECT FROM (SELECT relowner AS id FROM pg_class WHERE relnamespace = namespace AND relname ~ '^ledger'
                          UNION SELECT nspowner FROM pg_namespace WHERE oid = namespace
                          UNION SELECT datdba FROM pg_database WHERE datname = current_database()) owner
             WHERE pg_catalog.pg_has_role(role_name, owner.id, 'MEMBER')) THEN
    RAISE EXCEPTION USING ERRCODE = '42501', MESSAGE = 'role ' || role_name || ' has the rights of the owner of the'
      || ' tables, their schema or the database, who may do anything: name another';
  END IF;
  EXECUTE pg_catalog.format('REVOKE ALL ON ALL TABLES IN SCHEMA %I FROM %I', current_schema(), role_name);
  EXECUTE pg_catalog.format('REVOKE CREATE ON SCHEMA %I FROM %I', current_schema(), role_name);
  EXECUTE pg_catalog.format('GRANT USAGE ON SCHEMA %I TO %I', current_schema(), role_name);
  EXECUTE pg_catalog.format('GRANT SELECT ON ALL TABLES IN SCHEMA %I TO %I', current_schema(), role_name);
  EXECUTE pg_catalog.format('GRANT INSERT ON ledger TO %I', role_name);
  EXECUTE pg_catalog.format('GRANT INSERT, UPDATE ON writer, stock, product, account, listing, publication, dead_letter,'
                 ' watermark, quarantine TO %I', role_name);
  EXECUTE pg_catalog.format('GRANT INSERT, DELETE ON product_identifier TO %I', role_name);
  EXECUTE pg_catalog.format('GRANT EXECUTE ON FUNCTION claim_batch(bigint, bigint, bigint, bigint), first_row_at(bigint),'
                 ' archive_facts(bigint, bigint, bigint, bigint), summarize_ledger() TO %I', role_name);
  -- A function of its own could be what one that runs with the owner's rights calls.
  IF pg_catalog.has_schema_privilege(role_name, namespace, 'CREATE') THEN
    RAISE EXCEPTION USING ERRCODE = '42501', MESSAGE = pg_catalog.format('role %s may create functions beside the'
      ' tables: REVOKE CREATE ON SCHEMA %I FROM PUBLIC, or from the role that gives it', role_name, current_schema());
  END IF;
  SELECT relname INTO reachable FROM pg_class
  WHERE relnamespace = namespace AND relname ~ '^ledger' AND relkind IN ('r', 'p')
    AND (pg_catalog.has_table_privilege(role_name, oid, 'DELETE, TRUNCATE, TRIGGER')
         OR pg_catalog.has_any_column_privilege(role_name, oid, 'UPDATE')
         OR relname <> 'ledger' AND pg_catalog.has_any_column_privilege(role_name, oid, 'INSERT'));
  IF FOUND THEN
    RAISE EXCEPTION USING ERRCODE = '42501', MESSAGE = pg_catalog.format('role %s may change facts in %s by rights of'
      ' PUBLIC or of a role it is in, such as pg_write_all_data: revoke those', role_name, reachable);
  END IF;
END $$;
)sql";

} // namespace lockstep::storage::schema::postgres
