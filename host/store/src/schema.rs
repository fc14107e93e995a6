//! The host's own tables in a tenant's `main.db`. Each element is one version; released elements never change.

use crate::error::Result;
use rusqlite::Transaction;

/// What brings a file from one version to the next.
pub(crate) enum Step {
    Sql(&'static str),
    /// For what SQL alone cannot say.
    Run(fn(&Transaction<'_>) -> Result<()>),
}

/// `main.db`.
pub(crate) const MAIN: &[Step] =
    &[Step::Sql(HOST), Step::Run(crate::idempotency::migrate), Step::Sql(FLOOR), Step::Sql(ATTACHED)];

const HOST: &str = "
CREATE TABLE record_table(
    physical TEXT PRIMARY KEY, module TEXT NOT NULL, major INTEGER NOT NULL, record TEXT NOT NULL,
    columns TEXT NOT NULL) STRICT, WITHOUT ROWID;

-- Rows are never deleted from the end: the next seq is the largest one plus one.
CREATE TABLE event(
    seq INTEGER PRIMARY KEY, module TEXT NOT NULL, name TEXT NOT NULL, body TEXT NOT NULL,
    cause INTEGER, at_us INTEGER NOT NULL) STRICT;

CREATE TABLE cursor(
    consumer TEXT PRIMARY KEY, seq INTEGER NOT NULL, attempts INTEGER NOT NULL, not_before_us INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID;
CREATE TABLE dead(
    id INTEGER PRIMARY KEY AUTOINCREMENT, consumer TEXT NOT NULL, seq INTEGER NOT NULL, why TEXT NOT NULL,
    body BLOB NOT NULL, at_us INTEGER NOT NULL) STRICT;

CREATE TABLE idempotency(
    principal TEXT NOT NULL, key TEXT NOT NULL, fingerprint BLOB NOT NULL CHECK(length(fingerprint)=32),
    status INTEGER NOT NULL, body BLOB NOT NULL, expires_us INTEGER NOT NULL,
    PRIMARY KEY(principal, key)) STRICT, WITHOUT ROWID;
CREATE INDEX idempotency_expires ON idempotency(expires_us);

CREATE TABLE timer(
    module TEXT NOT NULL, timer TEXT NOT NULL, key TEXT NOT NULL, due_us INTEGER NOT NULL,
    attempts INTEGER NOT NULL, payload BLOB NOT NULL,
    PRIMARY KEY(module, timer, key)) STRICT, WITHOUT ROWID;
CREATE INDEX timer_due ON timer(due_us);

CREATE TABLE effect(
    id BLOB PRIMARY KEY NOT NULL CHECK(length(id)=16), module TEXT NOT NULL, kind TEXT NOT NULL,
    target TEXT NOT NULL, body BLOB NOT NULL, at_us INTEGER NOT NULL, attempts INTEGER NOT NULL,
    not_before_us INTEGER NOT NULL) STRICT, WITHOUT ROWID;
CREATE INDEX effect_due ON effect(not_before_us);

CREATE TABLE audit(
    id INTEGER PRIMARY KEY, at_us INTEGER NOT NULL, actor TEXT NOT NULL, action TEXT NOT NULL,
    module TEXT NOT NULL, detail TEXT NOT NULL, hash BLOB NOT NULL CHECK(length(hash)=32)) STRICT;

CREATE TABLE usage(
    hour INTEGER NOT NULL, module TEXT NOT NULL, operation TEXT NOT NULL, calls INTEGER NOT NULL,
    faults INTEGER NOT NULL, rows_written INTEGER NOT NULL, events INTEGER NOT NULL, cpu_us INTEGER NOT NULL,
    PRIMARY KEY(hour, module, operation)) STRICT, WITHOUT ROWID;

CREATE TABLE subscription(
    module TEXT PRIMARY KEY, version TEXT NOT NULL, digest TEXT NOT NULL, state TEXT NOT NULL,
    grants TEXT NOT NULL, since_us INTEGER NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE meta(key TEXT PRIMARY KEY, value BLOB NOT NULL) STRICT, WITHOUT ROWID;
";

const FLOOR: &str = "
CREATE TABLE terminal(
    id BLOB PRIMARY KEY NOT NULL CHECK(length(id)=16), name TEXT NOT NULL UNIQUE, places TEXT NOT NULL,
    shows TEXT NOT NULL, secret BLOB CHECK(length(secret)=32), paired_us INTEGER, seen_us INTEGER
    ) STRICT, WITHOUT ROWID;
CREATE TABLE operator(
    code TEXT PRIMARY KEY, name TEXT NOT NULL, role TEXT NOT NULL, language TEXT NOT NULL,
    badge BLOB UNIQUE CHECK(length(badge)=32), pin TEXT, active INTEGER NOT NULL, wrong INTEGER NOT NULL,
    locked_until_us INTEGER) STRICT, WITHOUT ROWID;
";

const ATTACHED: &str = "
CREATE TABLE attached(
    module TEXT NOT NULL, digest BLOB NOT NULL CHECK(length(digest)=32), ending TEXT NOT NULL, bytes INTEGER NOT NULL,
    body BLOB NOT NULL, taken INTEGER NOT NULL, at_us INTEGER NOT NULL, PRIMARY KEY(module, digest)) STRICT;
CREATE INDEX attached_waits ON attached(at_us) WHERE taken=0;
";

/// `readings.db`.
pub(crate) const READINGS: &[Step] = &[
    Step::Sql(
        "
CREATE TABLE signal(
    id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, device TEXT NOT NULL, readings INTEGER NOT NULL,
    last_us INTEGER NOT NULL) STRICT;

-- `arrival` numbers the readings as they came; the next is the largest one plus one.
CREATE TABLE reading(
    series INTEGER NOT NULL, at_us INTEGER NOT NULL, arrival INTEGER NOT NULL, kind INTEGER NOT NULL,
    value ANY NOT NULL, PRIMARY KEY(series, at_us)) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX reading_arrival ON reading(arrival);

CREATE TABLE quarantine(
    id INTEGER PRIMARY KEY, device TEXT NOT NULL, signal TEXT NOT NULL, at_us INTEGER NOT NULL,
    kind INTEGER NOT NULL, value ANY NOT NULL, received_us INTEGER NOT NULL) STRICT;
",
    ),
    Step::Run(crate::readings::split::run),
];

/// What came each day; in `readings.db` and in every month.
pub(crate) const TALLY: &str = "
CREATE TABLE tally(
    day INTEGER PRIMARY KEY, accepted INTEGER NOT NULL, duplicates INTEGER NOT NULL, conflicts INTEGER NOT NULL,
    late INTEGER NOT NULL, quarantined INTEGER NOT NULL, refused INTEGER NOT NULL) STRICT;
";

/// A month of readings. Of an older month only sums, days and signals have rows.
pub(crate) const MONTH: &[Step] = &[
    Step::Sql(
        "
-- `arrival` numbers the readings of the month as they came; the next is the largest one plus one.
CREATE TABLE reading(
    series INTEGER NOT NULL, at_us INTEGER NOT NULL, arrival INTEGER NOT NULL, kind INTEGER NOT NULL,
    value ANY NOT NULL, PRIMARY KEY(series, at_us)) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX reading_arrival ON reading(arrival);
CREATE TABLE beginning(id INTEGER PRIMARY KEY CHECK(id=1), first INTEGER NOT NULL) STRICT;

-- Level 0 minutes, 1 hours, 2 days; `minute` is the first one since 1970. `last_us` is -1 when there is no last.
CREATE TABLE rollup(
    level INTEGER NOT NULL, series INTEGER NOT NULL, minute INTEGER NOT NULL, readings INTEGER NOT NULL,
    numbers INTEGER NOT NULL, bad INTEGER NOT NULL, least REAL, most REAL, sum REAL, last_us INTEGER NOT NULL,
    last_kind INTEGER NOT NULL, last ANY NOT NULL, PRIMARY KEY(level, series, minute)) STRICT, WITHOUT ROWID;

CREATE TABLE stat(
    series INTEGER PRIMARY KEY, device TEXT NOT NULL, readings INTEGER NOT NULL, last_us INTEGER NOT NULL) STRICT;
",
    ),
    Step::Sql(TALLY),
];
