// Step 2 of the SQLite schema: the same as step 3 of PostgreSQL's, and its views for questions about stock.
#pragma once

namespace lockstep::storage::schema {

// The views read the whole ledger: they are for a person's question, not for a program that asks often.
inline constexpr const char* step_2 = R"sql(
INSERT INTO fact_kind VALUES
  (18, 'sent'), (19, 'arrived'), (20, 'lost'), (21, 'announced'), (22, 'return_closed'), (23, 'expected'),
  (24, 'supply_closed'), (25, 'supply_late'), (26, 'extended'), (27, 'allocated'), (28, 'fenced'), (29, 'below_zero');

-- A revision is never changed. `is_leaf`: 0 for the components as they were defined, 1 for the plain SKUs below,
-- which an order of the bundle takes.
CREATE TABLE bundle_part (
  bundle   INTEGER NOT NULL,
  revision INTEGER NOT NULL,
  is_leaf  INTEGER NOT NULL,
  sku      INTEGER NOT NULL,
  per      INTEGER NOT NULL,
  PRIMARY KEY (bundle, revision, is_leaf, sku)
) STRICT, WITHOUT ROWID;

CREATE TABLE location (
  id       INTEGER PRIMARY KEY,
  code     TEXT NOT NULL,
  title    TEXT NOT NULL,
  priority INTEGER NOT NULL
) STRICT;

-- From where an account's orders are served. No pick: from the main location.
ALTER TABLE account ADD COLUMN sourcing_pick TEXT NOT NULL DEFAULT ''; -- '', priority, most_stock
ALTER TABLE account ADD COLUMN sourcing_split INTEGER NOT NULL DEFAULT 0;

CREATE TABLE account_location (
  account  INTEGER NOT NULL,
  position INTEGER NOT NULL,
  location INTEGER NOT NULL,
  PRIMARY KEY (account, position)
) STRICT, WITHOUT ROWID;

ALTER TABLE product ADD COLUMN tags TEXT NOT NULL DEFAULT ''; -- one a line
ALTER TABLE product ADD COLUMN substitutes TEXT NOT NULL DEFAULT ''; -- their ids, one a line, best first

-- What is shown of a number: for an account (no tag), or for products with the tag there. NULL: not stated.
CREATE TABLE rule (
  account        INTEGER NOT NULL,
  tag            TEXT NOT NULL,
  cap            INTEGER,
  buffer         INTEGER,
  buffer_percent INTEGER,
  minimum        INTEGER,
  share          INTEGER, -- percent
  sells          INTEGER,
  sells_ahead    INTEGER,
  PRIMARY KEY (account, tag)
) STRICT, WITHOUT ROWID;

-- Codes that others say a SKU bears. State: 0 open, 1 confirmed, 2 rejected.
CREATE TABLE proposal (
  sku          INTEGER NOT NULL,
  scheme       TEXT NOT NULL,
  value        TEXT NOT NULL,
  asked_scheme TEXT NOT NULL,
  asked_value  TEXT NOT NULL,
  source       TEXT NOT NULL,
  title        TEXT NOT NULL,
  at           INTEGER NOT NULL,
  state        INTEGER NOT NULL,
  PRIMARY KEY (sku, scheme, value)
) STRICT, WITHOUT ROWID;
CREATE INDEX proposal_open ON proposal (sku, scheme, value) WHERE state = 0;

ALTER TABLE listing RENAME TO listing_1;
CREATE TABLE listing (
  id             INTEGER PRIMARY KEY,
  account        INTEGER NOT NULL,
  sku            INTEGER NOT NULL,
  item           TEXT NOT NULL,
  variant        TEXT NOT NULL,
  location       TEXT NOT NULL,
  cap            INTEGER, -- these as in `rule`
  buffer         INTEGER,
  buffer_percent INTEGER,
  minimum        INTEGER,
  share          INTEGER,
  sells          INTEGER,
  sells_ahead    INTEGER
) STRICT;
INSERT INTO listing (id, account, sku, item, variant, location, cap, buffer, sells_ahead)
SELECT id, account, sku, item, variant, location, nullif(cap, -1), nullif(buffer, 0), nullif(sells_ahead, 0)
FROM listing_1;
DROP TABLE listing_1;

-- Columns beside max(version) are those of that version.
CREATE VIEW stock_now AS
WITH moved AS (
  SELECT sku, max(version) AS version, at, available,
         sum(CASE WHEN kind IN (1, 2, 3, 14, 19) THEN units WHEN kind IN (12, 18) AND location >= -1 THEN -units ELSE 0 END) AS on_hand,
         sum(CASE WHEN location < -1 THEN 0 WHEN kind = 13 THEN units WHEN kind IN (14, 15) THEN -units ELSE 0 END) AS inspecting,
         sum(CASE WHEN kind = 18 THEN units WHEN kind IN (19, 20) THEN -units ELSE 0 END) AS in_transit,
         sum(CASE WHEN kind = 23 THEN units
                  WHEN kind = 24 OR (kind = 1 AND reservation IS NOT NULL) THEN -units ELSE 0 END) AS incoming
  FROM fact GROUP BY sku
), rule AS (
  SELECT sku, max(version) AS version, value AS kind, units AS value FROM fact WHERE kind = 4 GROUP BY sku
), kept AS (
  SELECT m.*, CASE coalesce(r.kind, 0) WHEN 1 THEN CASE WHEN on_hand > 0 THEN (on_hand * r.value + 99) / 100 ELSE 0 END
                                       ELSE coalesce(r.value, 0) END AS safety
  FROM moved m LEFT JOIN rule r ON r.sku = m.sku
)
SELECT p.code AS sku, p.id AS sku_id, k.version, strftime('%Y-%m-%dT%H:%M:%fZ', k.at / 1e6, 'unixepoch') AS at,
       k.on_hand, k.on_hand - k.safety - k.available AS reserved, k.safety, k.available, k.inspecting,
       max(0, -k.safety - k.available - k.in_transit - k.incoming) AS oversold, k.in_transit,
       k.on_hand + k.in_transit AS total, k.incoming
FROM kept k JOIN product p ON p.id = k.sku;

-- What a person must know of, why, and how each case ended.
CREATE VIEW incident AS
SELECT p.code AS sku, o.version AS incident, strftime('%Y-%m-%dT%H:%M:%fZ', o.at / 1e6, 'unixepoch') AS since,
       a.name AS account, o.reference, o.units,
       strftime('%Y-%m-%dT%H:%M:%fZ', r.at / 1e6, 'unixepoch') AS resolved_at, r.note AS resolution, o.sku AS sku_id,
       CASE o.kind WHEN 25 THEN 'supply_late' WHEN 29 THEN 'below_zero'
         ELSE CASE o.value WHEN 0 THEN 'oversold' WHEN 1 THEN 'supply_short' ELSE 'supply_cancelled' END
       END AS cause, o.location, coalesce(w.code, 'main') AS location_code
FROM fact o
LEFT JOIN location w ON w.id = o.location
LEFT JOIN fact r ON r.kind = 17 AND r.sku = o.sku AND r.value = o.version
LEFT JOIN product p ON p.id = o.sku
LEFT JOIN account a ON a.id = o.account
WHERE o.kind IN (16, 25, 29);

-- What must be found though no time finds it: incidents and supply; transfers and announced returns by their keys;
-- holds of more than a day. Such facts are rare, so this costs no sale anything; whoever reads by these names the same
-- conditions.
CREATE INDEX fact_matter ON fact (sku, kind)
WHERE kind IN (16, 17, 18, 21, 23, 24, 25, 29) OR (kind = 1 AND reservation IS NOT NULL);
CREATE INDEX fact_long_hold ON fact (expires_at) WHERE kind IN (5, 26) AND expires_at > at + 86400000000;

DROP VIEW ledger;
CREATE VIEW ledger AS
SELECT f.row, p.code AS sku, f.version, strftime('%Y-%m-%dT%H:%M:%fZ', f.at / 1e6, 'unixepoch') AS at, k.name AS kind,
       f.units, f.value, f.available, f.location, a.name AS account, f.reference, f.note,
       lower(hex(f.reservation)) AS reservation, lower(hex(f.key)) AS key, f.epoch, f.batch,
       coalesce(w.code, CASE f.location WHEN 0 THEN 'main' END) AS location_code
FROM fact f
LEFT JOIN product p ON p.id = f.sku
LEFT JOIN account a ON a.id = f.account
LEFT JOIN location w ON w.id = f.location
LEFT JOIN fact_kind k ON k.kind = f.kind;
)sql";

} // namespace lockstep::storage::schema
