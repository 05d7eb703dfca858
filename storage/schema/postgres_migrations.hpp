// The PostgreSQL schema as numbered steps; README.md beside this file explains the format. A step that was
// released never changes: add one at the end. The table `lockstep_schema` has a row for each step taken.
#pragma once

#include "storage/schema/postgres_step_2.hpp"
#include "storage/schema/postgres_step_3.hpp"

#include <array>

namespace lockstep::storage::schema::postgres {

// Columns of `ledger` stand widest first, so that none is padded. Whatever is mostly nothing is NULL when it
// is nothing and costs no byte. No constraint refuses what was decided: types, and the key that fences.
inline constexpr const char* step_1 = R"sql(
CREATE TABLE writer (
  epoch     bigint PRIMARY KEY,
  opened_at timestamptz NOT NULL DEFAULT now(),
  current   boolean NOT NULL, -- false: a later writer took over
  batch     bigint NOT NULL,  -- newest durable one of this epoch
  last_row  bigint NOT NULL,  -- where the ledger ended with it
  latest    bigint NOT NULL   -- latest `at` of the ledger then
) WITH (fillfactor = 50);
CREATE UNIQUE INDEX writer_current ON writer (current) WHERE current;

CREATE TABLE ledger (
  row         bigint NOT NULL,  -- 1, 2, 3, ... in commit order
  version     bigint NOT NULL,
  at          bigint NOT NULL,  -- microseconds since 1970
  units       bigint NOT NULL,
  available   bigint NOT NULL,
  batch       bigint NOT NULL,
  sku         integer NOT NULL,
  epoch       integer NOT NULL,
  account     integer NOT NULL,
  location    integer NOT NULL,
  kind        smallint NOT NULL,
  value       bigint,           -- NULL: 0
  expires_at  bigint,           -- NULL: never
  late        bigint,           -- NULL: 0; at + late never decreases with row
  content     bigint,           -- NULL: 0
  reservation uuid,             -- NULL: none
  key         uuid,             -- NULL: none
  reference   text,             -- NULL: empty
  note        text,             -- NULL: empty
  PRIMARY KEY (sku, version)
);
CREATE INDEX ledger_row ON ledger USING brin (row) WITH (pages_per_range = 32, autosummarize = on);

-- Snapshots. Figures are those of `body`, for SQL; NULL when it could not be read.
CREATE TABLE stock (
  sku          integer PRIMARY KEY,
  version      bigint NOT NULL,
  at           bigint NOT NULL,
  on_hand      bigint,
  inspecting   bigint,
  safety_kind  bigint, -- 0: units, 1: percent of on-hand
  safety_value bigint,
  body         bytea NOT NULL
);
ALTER TABLE stock ALTER COLUMN body SET STORAGE EXTERNAL;

CREATE TABLE product (
  id    integer PRIMARY KEY,
  code  text NOT NULL,
  title text NOT NULL
);

CREATE TABLE product_identifier (
  product  integer NOT NULL,
  position integer NOT NULL,
  scheme   text NOT NULL,
  value    text NOT NULL,
  PRIMARY KEY (product, position)
);

CREATE TABLE account (
  id          integer PRIMARY KEY,
  name        text NOT NULL,
  marketplace text NOT NULL,
  mode        text NOT NULL -- observe, active, paused
);

CREATE TABLE listing (
  id          bigint PRIMARY KEY,
  account     integer NOT NULL,
  sku         integer NOT NULL,
  item        text NOT NULL,
  variant     text NOT NULL,
  location    text NOT NULL,
  cap         bigint NOT NULL, -- -1: none
  buffer      bigint NOT NULL,
  sells_ahead boolean NOT NULL
);

CREATE TABLE publication (
  listing     bigint PRIMARY KEY,
  counter     bigint NOT NULL,
  sku_version bigint NOT NULL,
  quantity    bigint NOT NULL,
  expected    bigint NOT NULL,
  at          bigint NOT NULL,
  uncertain   boolean NOT NULL,
  parked      text NOT NULL
) WITH (fillfactor = 70);

CREATE TABLE dead_letter (
  id        bigint PRIMARY KEY,
  at        bigint NOT NULL,
  account   integer NOT NULL,
  kind      text NOT NULL,
  reference text NOT NULL,
  reason    text NOT NULL,
  body      text NOT NULL,
  replayed  boolean NOT NULL
);

CREATE TABLE watermark (
  account integer NOT NULL,
  stream  text NOT NULL,
  at      bigint NOT NULL,
  PRIMARY KEY (account, stream)
) WITH (fillfactor = 50);

CREATE TABLE quarantine (
  sku      integer PRIMARY KEY,
  at       bigint NOT NULL,
  reason   text NOT NULL,
  released boolean NOT NULL
);

CREATE TABLE fact_kind (
  kind smallint PRIMARY KEY,
  name text NOT NULL
);

INSERT INTO fact_kind VALUES
  (1, 'received'), (2, 'adjusted'), (3, 'counted'), (4, 'safety_set'), (5, 'held'), (6, 'confirmed'), (7, 'released'),
  (8, 'expired'), (9, 'ordered'), (10, 'cancelled'), (11, 'cancelled_by_id'), (12, 'shipped'), (13, 'returned'),
  (14, 'restocked'), (15, 'scrapped'), (16, 'oversold'), (17, 'resolved');

-- The fence: every transaction of a writer calls it first. The row it changes is the one a take-over changes, so one
-- of them waits for the other.
CREATE FUNCTION claim_batch(of_epoch bigint, new_batch bigint, new_last_row bigint, new_latest bigint)
RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  UPDATE writer SET batch = new_batch, last_row = new_last_row, latest = new_latest
  WHERE epoch = of_epoch AND current AND batch < new_batch;
  IF NOT FOUND THEN
    RAISE EXCEPTION USING ERRCODE = 'LS001', MESSAGE = 'epoch ' || of_epoch || ' is over, or its batch ' || new_batch
      || ' is durable';
  END IF;
END $$;

-- First row of which at + late is not before `wanted` (microseconds since 1970); one past the end when there is none.
CREATE FUNCTION first_row_at(wanted bigint) RETURNS bigint LANGUAGE plpgsql STABLE AS $$
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
      RAISE EXCEPTION USING ERRCODE = 'XX001', MESSAGE = 'row ' || middle || ' of the ledger is missing';
    END IF;
    IF latest < wanted THEN low := middle + 1; ELSE high := middle; END IF;
  END LOOP;
  RETURN low;
END $$;

CREATE VIEW history AS
SELECT l.row, p.code AS sku, l.version, to_timestamp(l.at / 1e6) AS at, k.name AS kind, l.units,
       coalesce(l.value, 0) AS value, l.available, l.location, a.name AS account, l.reference, l.note,
       to_timestamp(l.expires_at / 1e6) AS expires_at, l.reservation, l.key, l.epoch, l.batch, l.sku AS sku_id
FROM ledger l
LEFT JOIN product p ON p.id = l.sku
LEFT JOIN account a ON a.id = l.account
LEFT JOIN fact_kind k ON k.kind = l.kind;

-- Snapshot plus the facts after it, read at one moment.
CREATE VIEW stock_now AS
SELECT p.code AS sku, p.id AS sku_id, last.version, to_timestamp(last.at / 1e6) AS at, f.on_hand,
       f.on_hand - f.safety - last.available AS reserved, f.safety, last.available, f.inspecting,
       greatest(0, -f.safety - last.available) AS oversold
FROM product p
CROSS JOIN LATERAL (SELECT version, at, available FROM ledger WHERE sku = p.id ORDER BY version DESC LIMIT 1) last
LEFT JOIN stock s ON s.sku = p.id AND s.on_hand IS NOT NULL
CROSS JOIN LATERAL (
  SELECT coalesce(s.on_hand, 0) + coalesce(sum(CASE WHEN l.kind IN (1, 2, 3, 14) THEN l.units
                                                    WHEN l.kind = 12 THEN -l.units END), 0)::bigint AS on_hand,
         coalesce(s.inspecting, 0) + coalesce(sum(CASE WHEN l.kind = 13 THEN l.units
                                                       WHEN l.kind IN (14, 15) THEN -l.units END), 0)::bigint
           AS inspecting
  FROM ledger l WHERE l.sku = p.id AND l.version > coalesce(s.version, 0)
) moved
LEFT JOIN LATERAL (
  SELECT coalesce(l.value, 0) AS kind, l.units AS value FROM ledger l
  WHERE l.sku = p.id AND l.version > coalesce(s.version, 0) AND l.kind = 4 ORDER BY l.version DESC LIMIT 1
) rule ON true
CROSS JOIN LATERAL (
  SELECT moved.on_hand, moved.inspecting,
         CASE coalesce(rule.kind, s.safety_kind, 0)
           WHEN 0 THEN coalesce(rule.value, s.safety_value, 0)
           ELSE CASE WHEN moved.on_hand > 0
                     THEN (moved.on_hand * coalesce(rule.value, s.safety_value) + 99) / 100 ELSE 0 END
         END AS safety
) f;
)sql";

struct step {
  const char* name;
  const char* sql;
};

inline constexpr std::array steps{
    step{"ledger, stock and catalogue", step_1},
    step{"archive of old facts, incidents and views", step_2},
    step{"bundles, transfers, supply, returns and fences", step_3},
};

} // namespace lockstep::storage::schema::postgres
