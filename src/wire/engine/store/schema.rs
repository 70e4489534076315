//! The database's tables.

/// Marks a file as an engine's database (`PRAGMA application_id`): "ovse".
pub const APPLICATION: i32 = 0x6f76_7365;
/// The version of the tables (`PRAGMA user_version`); another one is refused.
pub const VERSION: i32 = 1;

/// Makes everything. Instants are platform time: `journal.at` in microseconds since the epoch that `meta` names, the rest
/// as RFC 3339 text.
pub const TABLES: &str = "
CREATE TABLE meta (
    key TEXT PRIMARY KEY,
    value TEXT NOT NULL
) WITHOUT ROWID;

-- Everything the engine was told, in order, written before anything that follows from it is sent. Replaying it makes the
-- engine again. `number` is that of the call or the delivery; `message` is the HTTP message.
CREATE TABLE journal (
    seq INTEGER PRIMARY KEY,
    at INTEGER NOT NULL,
    kind TEXT NOT NULL,
    number INTEGER NOT NULL,
    channel INTEGER NOT NULL,
    message BLOB NOT NULL
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
    deallocated INTEGER NOT NULL DEFAULT 0,
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

-- What could not be read, or was refused for good.
CREATE TABLE quarantine (
    id INTEGER PRIMARY KEY,
    at TEXT NOT NULL,
    channel TEXT NOT NULL,
    reason TEXT NOT NULL
);
";
