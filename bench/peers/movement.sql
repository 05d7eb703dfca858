-- One movement: take a unit of a random SKU if there is one, and record it. One statement, so one transaction.
\set sku random(1, :rows)
WITH moved AS (
  UPDATE stock SET available = available - 1, version = version + 1
  WHERE sku = :sku AND available >= 1
  RETURNING sku, version, available)
INSERT INTO event (sku, version, units, available) SELECT sku, version, -1, available FROM moved;
