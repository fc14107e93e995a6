-- Programmes of cities: what they are, their rules by version, and their money. Amounts are whole fen, rates basis points,
-- days texts YYYY-MM-DD in China's time.

CREATE TABLE programme (
    id TEXT PRIMARY KEY NOT NULL,
    authority TEXT NOT NULL REFERENCES org (id),
    name TEXT NOT NULL,
    document TEXT NOT NULL,
    city_kind TEXT NOT NULL CHECK (city_kind IN ('leading', 'prefecture')),
    from_day TEXT NOT NULL,
    until_day TEXT NOT NULL CHECK (until_day >= from_day),
    budget_fen INTEGER NOT NULL,
    min_sme_share_bp INTEGER NOT NULL CHECK (min_sme_share_bp BETWEEN 8000 AND 10000),
    -- The most that firms have had at once: paid and not returned.
    drawn_max_fen INTEGER NOT NULL DEFAULT 0,
    created_by TEXT NOT NULL REFERENCES person (id),
    created_us INTEGER NOT NULL,
    -- The central cap of the kind of city.
    CHECK (budget_fen BETWEEN 1 AND CASE city_kind WHEN 'leading' THEN 15000000000 ELSE 10000000000 END)
) STRICT;
CREATE INDEX programme_authority ON programme (authority, id);
CREATE UNIQUE INDEX programme_document ON programme (authority, document);

CREATE TABLE programme_segment (
    programme TEXT NOT NULL REFERENCES programme (id),
    segment TEXT NOT NULL REFERENCES segment (code),
    PRIMARY KEY (programme, segment)
) STRICT, WITHOUT ROWID;

CREATE TABLE programme_batch (
    programme TEXT NOT NULL REFERENCES programme (id),
    batch INTEGER NOT NULL,
    from_day TEXT NOT NULL,
    until_day TEXT NOT NULL CHECK (until_day >= from_day),
    budget_fen INTEGER NOT NULL,
    -- Committed, accepted, paid and not returned.
    used_fen INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (programme, batch),
    CHECK (used_fen BETWEEN 0 AND budget_fen)
) STRICT, WITHOUT ROWID;

-- The same by provider; its cap stands in the rules.
CREATE TABLE programme_provider (
    programme TEXT NOT NULL REFERENCES programme (id),
    provider TEXT NOT NULL REFERENCES org (id),
    used_fen INTEGER NOT NULL CHECK (used_fen >= 0),
    PRIMARY KEY (programme, provider)
) STRICT, WITHOUT ROWID;

CREATE TABLE programme_rules (
    programme TEXT NOT NULL REFERENCES programme (id),
    version INTEGER NOT NULL,
    rules TEXT NOT NULL CHECK (json_valid(rules)),
    by TEXT NOT NULL REFERENCES person (id),
    at_us INTEGER NOT NULL,
    PRIMARY KEY (programme, version)
) STRICT, WITHOUT ROWID;
CREATE TRIGGER programme_rules_kept_1 BEFORE UPDATE ON programme_rules
    BEGIN SELECT raise(ABORT, 'a version of the rules never changes'); END;
CREATE TRIGGER programme_rules_kept_2 BEFORE DELETE ON programme_rules
    BEGIN SELECT raise(ABORT, 'a version of the rules never goes'); END;
CREATE TRIGGER programme_kept BEFORE UPDATE ON programme WHEN
    (new.id, new.authority, new.name, new.document, new.city_kind, new.from_day, new.until_day, new.budget_fen,
        new.min_sme_share_bp, new.created_by, new.created_us)
    IS NOT (old.id, old.authority, old.name, old.document, old.city_kind, old.from_day, old.until_day, old.budget_fen,
        old.min_sme_share_bp, old.created_by, old.created_us) OR new.drawn_max_fen < old.drawn_max_fen
    BEGIN SELECT raise(ABORT, 'a programme never changes'); END;

-- Money for public services, chains and platforms.
CREATE TABLE programme_service (
    programme TEXT NOT NULL REFERENCES programme (id),
    number INTEGER NOT NULL,
    recipient_uscc TEXT NOT NULL,
    recipient TEXT NOT NULL,
    purpose TEXT NOT NULL,
    document TEXT NOT NULL,
    amount_fen INTEGER NOT NULL CHECK (amount_fen > 0),
    awarded_us INTEGER NOT NULL,
    paid_us INTEGER,
    PRIMARY KEY (programme, number)
) STRICT, WITHOUT ROWID;

-- The ledger: one row per entry with its postings [account, fen], each with the hash of the one before.
CREATE TABLE ledger_entry (
    programme TEXT NOT NULL REFERENCES programme (id),
    number INTEGER NOT NULL CHECK (number > 0),
    at_us INTEGER NOT NULL,
    booked_on TEXT NOT NULL,
    act TEXT NOT NULL,
    project TEXT,
    about TEXT NOT NULL,
    by TEXT NOT NULL REFERENCES person (id),
    memo TEXT NOT NULL,
    postings TEXT NOT NULL CHECK (json_valid(postings)),
    hash TEXT NOT NULL,
    PRIMARY KEY (programme, number)
) STRICT, WITHOUT ROWID;
CREATE TRIGGER ledger_entry_balances BEFORE INSERT ON ledger_entry
    WHEN (SELECT coalesce(sum(value ->> 1), 1) FROM json_each(new.postings)) <> 0
    BEGIN SELECT raise(ABORT, 'the postings of an entry add up to nought'); END;
CREATE TRIGGER ledger_entry_kept_1 BEFORE UPDATE ON ledger_entry
    BEGIN SELECT raise(ABORT, 'the ledger is append-only'); END;
CREATE TRIGGER ledger_entry_kept_2 BEFORE DELETE ON ledger_entry
    BEGIN SELECT raise(ABORT, 'the ledger is append-only'); END;

-- What the postings of each account add up to. Nothing but the source goes below nought, whatever anybody asks for.
CREATE TABLE ledger_balance (
    programme TEXT NOT NULL REFERENCES programme (id),
    account TEXT NOT NULL,
    balance_fen INTEGER NOT NULL,
    PRIMARY KEY (programme, account),
    CHECK ((account = 'source') = (balance_fen < 0) OR balance_fen = 0)
) STRICT, WITHOUT ROWID;

-- Months that are closed: nothing is booked in them or before them any more.
CREATE TABLE ledger_period (
    programme TEXT NOT NULL REFERENCES programme (id),
    period TEXT NOT NULL,
    closed_us INTEGER NOT NULL,
    by TEXT NOT NULL REFERENCES person (id),
    -- The last entry then, and its hash.
    entry INTEGER NOT NULL,
    hash TEXT NOT NULL,
    balances TEXT NOT NULL CHECK (json_valid(balances)),
    PRIMARY KEY (programme, period)
) STRICT, WITHOUT ROWID;
CREATE TRIGGER ledger_period_kept_1 BEFORE UPDATE ON ledger_period
    BEGIN SELECT raise(ABORT, 'a closed month does not change'); END;
CREATE TRIGGER ledger_period_kept_2 BEFORE DELETE ON ledger_period
    BEGIN SELECT raise(ABORT, 'a closed month is not opened'); END;
