// The SQLite schema as numbered steps; README.md beside this file explains the format. A step that was
// released never changes: add one at the end. `user_version` of the file is the number of steps it has taken.
#pragma once

#include "storage/schema/sqlite_step_2.hpp"

#include <array>
#include <cstdint>

namespace lockstep::storage::schema {

// "LKST": tells our files from other programs' (SQLite's application_id).
inline constexpr std::int64_t application_id = 0x4c4b5354;

// No constraint on `fact` may refuse what was decided, and each check would cost on the hot path: its columns
// are typed and nothing else.
inline constexpr const char* step_1 = R"sql(
CREATE TABLE writer (
  epoch     INTEGER PRIMARY KEY,
  opened_at INTEGER NOT NULL,
  batch     INTEGER NOT NULL, -- newest durable one of this epoch
  tail_row  INTEGER NOT NULL  -- SKUs whose newest fact is before this row have it in `milestone`
) STRICT;

CREATE TABLE fact (
  row         INTEGER PRIMARY KEY, -- 1, 2, 3, ... in commit order
  sku         INTEGER,
  version     INTEGER,
  previous    INTEGER,             -- row of this SKU's previous version; 0: none
  epoch       INTEGER,
  batch       INTEGER,
  at          INTEGER,
  late        INTEGER,             -- at + late never decreases with row
  kind        INTEGER,
  location    INTEGER,
  account     INTEGER,
  units       INTEGER,
  value       INTEGER,
  available   INTEGER,
  expires_at  INTEGER,             -- 0: never
  reservation BLOB,
  key         BLOB,
  content     INTEGER,
  reference   TEXT,
  note        TEXT
);

CREATE TABLE milestone (
  sku     INTEGER NOT NULL,
  version INTEGER NOT NULL,
  row     INTEGER NOT NULL,
  PRIMARY KEY (sku, version)
) STRICT, WITHOUT ROWID;

CREATE TABLE snapshot (
  sku     INTEGER PRIMARY KEY,
  version INTEGER NOT NULL,
  at      INTEGER NOT NULL,
  body    BLOB NOT NULL
) STRICT;

CREATE TABLE product (
  id    INTEGER PRIMARY KEY,
  code  TEXT NOT NULL,
  title TEXT NOT NULL
) STRICT;

CREATE TABLE product_identifier (
  product  INTEGER NOT NULL,
  position INTEGER NOT NULL,
  scheme   TEXT NOT NULL,
  value    TEXT NOT NULL,
  PRIMARY KEY (product, position)
) STRICT, WITHOUT ROWID;

CREATE TABLE account (
  id          INTEGER PRIMARY KEY,
  name        TEXT NOT NULL,
  marketplace TEXT NOT NULL,
  mode        TEXT NOT NULL -- observe, active, paused
) STRICT;

CREATE TABLE listing (
  id          INTEGER PRIMARY KEY,
  account     INTEGER NOT NULL,
  sku         INTEGER NOT NULL,
  item        TEXT NOT NULL,
  variant     TEXT NOT NULL,
  location    TEXT NOT NULL,
  cap         INTEGER NOT NULL, -- -1: none
  buffer      INTEGER NOT NULL,
  sells_ahead INTEGER NOT NULL
) STRICT;

CREATE TABLE publication (
  listing     INTEGER PRIMARY KEY,
  counter     INTEGER NOT NULL,
  sku_version INTEGER NOT NULL,
  quantity    INTEGER NOT NULL,
  expected    INTEGER NOT NULL,
  at          INTEGER NOT NULL,
  uncertain   INTEGER NOT NULL,
  parked      TEXT NOT NULL
) STRICT;

CREATE TABLE dead_letter (
  id        INTEGER PRIMARY KEY,
  at        INTEGER NOT NULL,
  account   INTEGER NOT NULL,
  kind      TEXT NOT NULL,
  reference TEXT NOT NULL,
  reason    TEXT NOT NULL,
  body      TEXT NOT NULL,
  replayed  INTEGER NOT NULL
) STRICT;

CREATE TABLE watermark (
  account INTEGER NOT NULL,
  stream  TEXT NOT NULL,
  at      INTEGER NOT NULL,
  PRIMARY KEY (account, stream)
) STRICT, WITHOUT ROWID;

CREATE TABLE quarantined (
  sku      INTEGER PRIMARY KEY,
  at       INTEGER NOT NULL,
  reason   TEXT NOT NULL,
  released INTEGER NOT NULL
) STRICT;

CREATE TABLE fact_kind (
  kind INTEGER PRIMARY KEY,
  name TEXT NOT NULL
) STRICT;

INSERT INTO fact_kind VALUES
  (1, 'received'), (2, 'adjusted'), (3, 'counted'), (4, 'safety_set'), (5, 'held'), (6, 'confirmed'), (7, 'released'),
  (8, 'expired'), (9, 'ordered'), (10, 'cancelled'), (11, 'cancelled_by_id'), (12, 'shipped'), (13, 'returned'),
  (14, 'restocked'), (15, 'scrapped'), (16, 'oversold'), (17, 'resolved');

CREATE VIEW ledger AS
SELECT f.row, p.code AS sku, f.version, strftime('%Y-%m-%dT%H:%M:%fZ', f.at / 1e6, 'unixepoch') AS at, k.name AS kind,
       f.units, f.value, f.available, f.location, a.name AS account, f.reference, f.note,
       lower(hex(f.reservation)) AS reservation, lower(hex(f.key)) AS key, f.epoch, f.batch
FROM fact f
LEFT JOIN product p ON p.id = f.sku
LEFT JOIN account a ON a.id = f.account
LEFT JOIN fact_kind k ON k.kind = f.kind;
)sql";

struct step {
  const char* name;
  const char* sql;
};

inline constexpr std::array steps{
    step{"ledger, snapshots and catalogue", step_1},
    step{"bundles, transfers, supply, returns and fences", step_2},
};

} // namespace lockstep::storage::schema
