// Step 3 of the PostgreSQL schema: transfers, supply, announced returns, fences and their incidents in the views,
// and the records that came with them. README.md beside this file explains the format.
#pragma once

namespace lockstep::storage::schema::postgres {

inline constexpr const char* step_3 = R"sql(
INSERT INTO fact_kind VALUES
  (18, 'sent'), (19, 'arrived'), (20, 'lost'), (21, 'announced'), (22, 'return_closed'), (23, 'expected'),
  (24, 'supply_closed'), (25, 'supply_late'), (26, 'extended'), (27, 'allocated'), (28, 'fenced'), (29, 'below_zero');

CREATE TABLE location (
  id       integer PRIMARY KEY,
  code     text NOT NULL,
  title    text NOT NULL,
  priority integer NOT NULL
);

-- From where an account's orders are served. No pick: from the main location.
ALTER TABLE account ADD COLUMN sourcing_pick text NOT NULL DEFAULT ''; -- '', priority, most_stock
ALTER TABLE account ADD COLUMN sourcing_split boolean NOT NULL DEFAULT false;

CREATE TABLE account_location (
  account  integer NOT NULL,
  position integer NOT NULL,
  location integer NOT NULL,
  PRIMARY KEY (account, position)
);

ALTER TABLE product ADD COLUMN tags text NOT NULL DEFAULT '', -- one a line
  ADD COLUMN substitutes text NOT NULL DEFAULT ''; -- their ids, one a line, best first

-- What is shown of a number: for an account (no tag), or for products with the tag there. NULL: not stated.
CREATE TABLE rule (
  account        integer NOT NULL,
  tag            text NOT NULL,
  cap            bigint,
  buffer         bigint,
  buffer_percent bigint,
  minimum        bigint,
  share          bigint, -- percent
  sells          boolean,
  sells_ahead    boolean,
  PRIMARY KEY (account, tag)
);

-- Codes that others say a SKU bears, compared byte by byte. State: 0 open, 1 confirmed, 2 rejected.
CREATE TABLE proposal (
  sku          integer NOT NULL,
  scheme       text COLLATE "C" NOT NULL,
  value        text COLLATE "C" NOT NULL,
  asked_scheme text NOT NULL,
  asked_value  text NOT NULL,
  source       text NOT NULL,
  title        text NOT NULL,
  at           bigint NOT NULL,
  state        integer NOT NULL,
  PRIMARY KEY (sku, scheme, value)
);
CREATE INDEX proposal_open ON proposal (sku, scheme, value) WHERE state = 0;

-- The same members, of one listing.
ALTER TABLE listing ALTER COLUMN cap DROP NOT NULL, ALTER COLUMN buffer DROP NOT NULL,
  ALTER COLUMN sells_ahead DROP NOT NULL, ADD COLUMN buffer_percent bigint, ADD COLUMN minimum bigint,
  ADD COLUMN share bigint, ADD COLUMN sells boolean;
UPDATE listing SET cap = nullif(cap, -1), buffer = nullif(buffer, 0), sells_ahead = nullif(sells_ahead, false);

-- NULL in snapshots of before: then there was none.
ALTER TABLE stock ADD COLUMN in_transit bigint;
ALTER TABLE stock ADD COLUMN incoming bigint;

-- Snapshot plus the facts after it, read at one moment. Every figure but the safety stock is a sum of units.
CREATE OR REPLACE VIEW stock_now AS
SELECT p.code AS sku, p.id AS sku_id, last.version, to_timestamp(last.at / 1e6) AS at, f.on_hand,
       f.on_hand - f.safety - last.available AS reserved, f.safety, last.available, f.inspecting,
       greatest(0, -f.safety - last.available - f.in_transit - f.incoming) AS oversold, f.in_transit,
       f.on_hand + f.in_transit AS total, f.incoming
FROM product p
CROSS JOIN LATERAL (SELECT version, at, available FROM ledger WHERE sku = p.id ORDER BY version DESC LIMIT 1) last
LEFT JOIN stock s ON s.sku = p.id AND s.on_hand IS NOT NULL
CROSS JOIN LATERAL (
  SELECT coalesce(s.on_hand, 0) + coalesce(sum(CASE WHEN l.kind IN (1, 2, 3, 14, 19) THEN l.units
                                                    WHEN l.kind IN (12, 18) AND l.location >= -1 THEN -l.units END), 0)::bigint AS on_hand,
         coalesce(s.inspecting, 0) + coalesce(sum(CASE WHEN l.location < -1 THEN 0 WHEN l.kind = 13 THEN l.units
                                                       WHEN l.kind IN (14, 15) THEN -l.units END), 0)::bigint
           AS inspecting,
         coalesce(s.in_transit, 0) + coalesce(sum(CASE WHEN l.kind = 18 THEN l.units
                                                       WHEN l.kind IN (19, 20) THEN -l.units END), 0)::bigint
           AS in_transit,
         coalesce(s.incoming, 0)
           + coalesce(sum(CASE WHEN l.kind = 23 THEN l.units
                               WHEN l.kind = 24 OR (l.kind = 1 AND l.reservation IS NOT NULL) THEN -l.units END),
                      0)::bigint AS incoming
  FROM ledger l WHERE l.sku = p.id AND l.version > coalesce(s.version, 0)
) moved
LEFT JOIN LATERAL (
  SELECT coalesce(l.value, 0) AS kind, l.units AS value FROM ledger l
  WHERE l.sku = p.id AND l.version > coalesce(s.version, 0) AND l.kind = 4 ORDER BY l.version DESC LIMIT 1
) rule ON true
CROSS JOIN LATERAL (
  SELECT moved.on_hand, moved.inspecting,
         CASE coalesce(rule.kind, s.safety_kind, 0)
           WHEN 1 THEN CASE WHEN moved.on_hand > 0
                            THEN (moved.on_hand * coalesce(rule.value, s.safety_value) + 99) / 100 ELSE 0 END
           ELSE coalesce(rule.value, s.safety_value, 0)
         END AS safety, moved.in_transit, moved.incoming
) f;

DROP INDEX ledger_incident;
DROP INDEX ledger_archive_incident;
CREATE INDEX ledger_incident ON ledger (sku, version) WHERE kind IN (16, 17, 25, 29);
CREATE INDEX ledger_archive_incident ON ledger_archive (sku, version) WHERE kind IN (16, 17, 25, 29);

-- What must be found beside incidents, though no time finds it: supply, holds of more than a day; transfers and
-- announced returns by their keys. As rare.
CREATE INDEX ledger_supply ON ledger (sku) WHERE kind IN (23, 24) OR (kind = 1 AND reservation IS NOT NULL);
CREATE INDEX ledger_archive_supply ON ledger_archive (sku)
  WHERE kind IN (23, 24) OR (kind = 1 AND reservation IS NOT NULL);
CREATE INDEX ledger_begun ON ledger (sku) WHERE kind IN (18, 21);
CREATE INDEX ledger_archive_begun ON ledger_archive (sku) WHERE kind IN (18, 21);
CREATE INDEX ledger_long_hold ON ledger (expires_at) WHERE kind IN (5, 26) AND expires_at > at + 86400000000;
CREATE INDEX ledger_archive_long_hold ON ledger_archive (expires_at)
  WHERE kind IN (5, 26) AND expires_at > at + 86400000000;

-- What a person must know of, why, and how each case ended.
CREATE OR REPLACE VIEW incident AS
SELECT p.code AS sku, o.version AS incident, to_timestamp(o.at / 1e6) AS since, a.name AS account, o.reference,
       o.units, to_timestamp(r.at / 1e6) AS resolved_at, r.note AS resolution, o.sku AS sku_id,
       CASE o.kind WHEN 25 THEN 'supply_late' WHEN 29 THEN 'below_zero'
         ELSE CASE coalesce(o.value, 0) WHEN 0 THEN 'oversold' WHEN 1 THEN 'supply_short' ELSE 'supply_cancelled' END
       END AS cause, o.location, coalesce(w.code, 'main') AS location_code
FROM fact o
LEFT JOIN location w ON w.id = o.location
LEFT JOIN fact r ON r.kind = 17 AND r.sku = o.sku AND r.value = o.version
LEFT JOIN product p ON p.id = o.sku
LEFT JOIN account a ON a.id = o.account
WHERE o.kind IN (16, 25, 29);

-- Columns go to the end, because replacing a view keeps the rights that others have on it.
CREATE OR REPLACE VIEW history AS
SELECT f.row, p.code AS sku, f.version, to_timestamp(f.at / 1e6) AS at, k.name AS kind, f.units,
       coalesce(f.value, 0) AS value, f.available, f.location, a.name AS account, f.reference, f.note,
       to_timestamp(f.expires_at / 1e6) AS expires_at, f.reservation, f.key, f.epoch, f.batch, f.sku AS sku_id,
       coalesce(w.code, CASE f.location WHEN 0 THEN 'main' END) AS location_code
FROM fact f
LEFT JOIN product p ON p.id = f.sku
LEFT JOIN account a ON a.id = f.account
LEFT JOIN location w ON w.id = f.location
LEFT JOIN fact_kind k ON k.kind = f.kind;

-- A revision is never changed. `is_leaf`: 0 for the components as they were defined, 1 for the plain SKUs below,
-- which an order of the bundle takes.
CREATE TABLE bundle_part (
  bundle   integer NOT NULL,
  revision integer NOT NULL,
  is_leaf  integer NOT NULL,
  sku      integer NOT NULL,
  per      bigint NOT NULL,
  PRIMARY KEY (bundle, revision, is_leaf, sku)
);

-- Those of step 2, and those of the tables above.
ALTER FUNCTION grant_writer(text) RENAME TO grant_writer_2;
CREATE FUNCTION grant_writer(role_name text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  PERFORM grant_writer_2(role_name);
  EXECUTE pg_catalog.format('GRANT INSERT, UPDATE ON location TO %I', role_name);
  EXECUTE pg_catalog.format('GRANT INSERT, UPDATE, DELETE ON rule TO %I', role_name);
  EXECUTE pg_catalog.format('GRANT INSERT, UPDATE ON bundle_part TO %I', role_name);
  EXECUTE pg_catalog.format('GRANT INSERT, UPDATE ON proposal TO %I', role_name);
  EXECUTE pg_catalog.format('GRANT INSERT, DELETE ON account_location TO %I', role_name);
END $$;
)sql";

} // namespace lockstep::storage::schema::postgres
