//! The database's tables.

/// Marks a file as an engine's database (`PRAGMA application_id`): "ovse".
pub const APPLICATION: i32 = 0x6f76_7365;
/// The version of the tables (`PRAGMA user_version`); another one is refused.
pub const VERSION: i32 = 5;

/// Makes everything. Instants are platform time: `journal.at` in microseconds since the epoch that `meta` names, the rest
/// as RFC 3339 text.
pub const TABLES: &str = "
CREATE TABLE meta (
    key TEXT PRIMARY KEY,
    value TEXT NOT NULL
) WITHOUT ROWID;

-- Everything the engine was told since the snapshot, in order, written before anything that follows from it is sent.
-- Replaying it makes the engine again. `number` is that of the call or the delivery; `message` is the HTTP message.
CREATE TABLE journal (
    seq INTEGER PRIMARY KEY,
    at INTEGER NOT NULL,
    kind TEXT NOT NULL,
    number INTEGER NOT NULL,
    channel INTEGER NOT NULL,
    message BLOB NOT NULL
);

-- What the engine was told before the journal's first entry, as the state that it came to: up to `seq`, at `at`. `trace` is the
-- hash over everything it had put out by then, `calls` the numbers of its calls under way (8 bytes each, least significant
-- first), `build` the engine that can read `state`.
CREATE TABLE snapshot (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    seq INTEGER NOT NULL,
    at INTEGER NOT NULL,
    trace TEXT NOT NULL,
    build TEXT NOT NULL,
    calls BLOB NOT NULL,
    state BLOB NOT NULL
);

CREATE TABLE orders (
    channel TEXT NOT NULL,
    native_order_id TEXT NOT NULL,
    platform TEXT NOT NULL,
    state TEXT NOT NULL,
    created_at TEXT NOT NULL,
    known_at TEXT NOT NULL,
    changed_at TEXT NOT NULL,
    country TEXT,
    postal_code TEXT,
    allocation TEXT,
    short_units INTEGER NOT NULL DEFAULT 0,
    cancel_wanted_at TEXT,
    shipment_confirmed_at TEXT,
    shipment_given_up_at TEXT,
    PRIMARY KEY (channel, native_order_id)
) WITHOUT ROWID;

CREATE TABLE order_lines (
    channel TEXT NOT NULL,
    native_order_id TEXT NOT NULL,
    native_line_id TEXT NOT NULL,
    sku TEXT NOT NULL,
    units INTEGER NOT NULL,
    current_units INTEGER NOT NULL,
    reserved_at TEXT,
    unreserved_units INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (channel, native_order_id, native_line_id)
) WITHOUT ROWID;
CREATE INDEX order_lines_by_sku ON order_lines (sku);

CREATE TABLE fulfilments (
    id INTEGER PRIMARY KEY,
    channel TEXT NOT NULL,
    native_order_id TEXT NOT NULL,
    native_line_id TEXT NOT NULL,
    sku TEXT NOT NULL,
    location TEXT NOT NULL,
    units INTEGER NOT NULL,
    carrier TEXT NOT NULL,
    tracking_number TEXT NOT NULL,
    shipped_at TEXT NOT NULL
);
CREATE INDEX fulfilments_by_order ON fulfilments (channel, native_order_id);

-- What the warehouse told, less what was asked for since.
CREATE TABLE stock (
    sku TEXT NOT NULL,
    location TEXT NOT NULL,
    available INTEGER NOT NULL,
    changed_at TEXT NOT NULL,
    PRIMARY KEY (sku, location)
) WITHOUT ROWID;

-- What every channel lists, and what it displays as far as the engine knows: `known_by` is `read`, `signal`, `write`,
-- `pending write` (taken, but perhaps not live yet) or `order` (counted down by what was sold since).
CREATE TABLE listings (
    channel TEXT NOT NULL,
    sku TEXT NOT NULL,
    platform TEXT NOT NULL,
    native_listing_id TEXT NOT NULL,
    displayed INTEGER,
    known_at TEXT,
    known_by TEXT,
    PRIMARY KEY (channel, sku)
) WITHOUT ROWID;
CREATE INDEX listings_by_sku ON listings (sku);

-- Every movement of units between the pool and a channel (strategy escrow): `opening` counts found when the engine took
-- over, `granted` just before a grant is sent, `returned` when units are certainly back, `drain` when one is begun.
CREATE TABLE grants (
    id INTEGER PRIMARY KEY,
    at TEXT NOT NULL,
    channel TEXT NOT NULL,
    sku TEXT NOT NULL,
    kind TEXT NOT NULL,
    units INTEGER NOT NULL
);
CREATE INDEX grants_by_listing ON grants (channel, sku);

-- Units shown beyond the stock (escrow with a budget), and what decided it.
CREATE TABLE loans (
    id INTEGER PRIMARY KEY,
    at TEXT NOT NULL,
    channel TEXT NOT NULL,
    sku TEXT NOT NULL,
    units INTEGER NOT NULL,
    outstanding INTEGER NOT NULL,
    price REAL NOT NULL,
    shared_by TEXT NOT NULL
);
CREATE INDEX loans_by_sku ON loans (sku);

-- What a saved sale may cost, and what it was worked out from.
CREATE TABLE loan_prices (
    id INTEGER PRIMARY KEY,
    at TEXT NOT NULL,
    price REAL NOT NULL,
    burstiness REAL NOT NULL,
    charged REAL NOT NULL,
    oversold INTEGER NOT NULL,
    sold INTEGER NOT NULL
);

-- What could not be read, or was refused for good.
CREATE TABLE quarantine (
    id INTEGER PRIMARY KEY,
    at TEXT NOT NULL,
    channel TEXT NOT NULL,
    reason TEXT NOT NULL
);

-- A line in a row: what it is, where it stands, where its units lie or from where they left.
CREATE VIEW line_status AS
SELECT o.channel, o.platform, o.native_order_id, l.native_line_id, l.sku, l.units, coalesce(f.units, 0) AS shipped_units,
    CASE
        WHEN o.state = 'cancelled' THEN 'cancelled'
        WHEN f.units >= min(l.current_units, l.units - l.unreserved_units) AND o.shipment_confirmed_at IS NOT NULL THEN 'shipped, channel told'
        WHEN f.units >= min(l.current_units, l.units - l.unreserved_units) AND o.shipment_given_up_at IS NOT NULL
            THEN 'shipped, channel refuses to be told'
        WHEN f.units >= min(l.current_units, l.units - l.unreserved_units) THEN 'shipped, channel not told yet'
        WHEN o.cancel_wanted_at IS NOT NULL THEN 'out of stock, to be cancelled'
        WHEN o.state = 'shipped' THEN 'shipped by others'
        WHEN f.units > 0 THEN 'partly shipped'
        WHEN o.state = 'held' THEN 'held by the channel'
        WHEN l.reserved_at IS NOT NULL THEN 'reserved'
        ELSE 'not reserved yet'
    END AS status,
    coalesce(f.location, l.reserved_at) AS location, f.carrier, f.tracking_number, o.created_at, f.shipped_at
FROM order_lines l
JOIN orders o ON o.channel = l.channel AND o.native_order_id = l.native_order_id
LEFT JOIN (
    SELECT channel, native_order_id, native_line_id, sum(units) AS units, group_concat(DISTINCT location) AS location,
        group_concat(DISTINCT carrier) AS carrier, group_concat(DISTINCT tracking_number) AS tracking_number,
        max(shipped_at) AS shipped_at
    FROM fulfilments GROUP BY channel, native_order_id, native_line_id
) f ON f.channel = l.channel AND f.native_order_id = l.native_order_id AND f.native_line_id = l.native_line_id;

-- An order in a row.
CREATE VIEW order_status AS
SELECT channel, platform, native_order_id,
    CASE WHEN min(status) = max(status) THEN min(status) ELSE 'lines differ: ' || group_concat(DISTINCT status) END AS status,
    sum(units) AS units, sum(shipped_units) AS shipped_units, group_concat(DISTINCT sku) AS skus,
    group_concat(DISTINCT location) AS locations, group_concat(DISTINCT tracking_number) AS tracking_numbers, created_at,
    max(shipped_at) AS shipped_at
FROM line_status GROUP BY channel, native_order_id;

-- The journal with readable instants and senders.
CREATE VIEW journal_entries AS
SELECT seq,
    strftime('%Y-%m-%dT%H:%M:%fZ', (m.value + at) / 1e6, 'unixepoch') AS at,
    kind,
    CASE
        WHEN kind IN ('start', 'wake') THEN ''
        WHEN kind <> 'delivery' AND number >> 48 = 0 THEN 'warehouse'
        ELSE (
            SELECT c.value FROM meta c
            WHERE c.key = 'channel.' || CASE kind WHEN 'delivery' THEN channel ELSE (number >> 48) - 1 END || '.name'
        )
    END AS sender,
    CAST(message AS TEXT) AS message
FROM journal, meta m WHERE m.key = 'epoch_unix_micros';
";
