-- What the marketplace bills for modules, what it takes back, and usage as it was told to whoever bills elsewhere.

-- An invoice, or a credit note that takes from one.
CREATE TABLE platform_invoice (
    id TEXT PRIMARY KEY NOT NULL,
    -- `INV-2026`, `CRN-2026`.
    series TEXT NOT NULL,
    -- From 1, without gaps.
    number INTEGER NOT NULL,
    tenant TEXT NOT NULL REFERENCES tenant (id),
    -- YYYY-MM
    month TEXT NOT NULL,
    credits TEXT REFERENCES platform_invoice (id),
    reason TEXT NOT NULL DEFAULT '',
    issued_by TEXT NOT NULL REFERENCES person (id),
    issued_us INTEGER NOT NULL,
    due TEXT,
    amount_fen INTEGER NOT NULL CHECK (amount_fen > 0),
    firm_fen INTEGER NOT NULL CHECK (firm_fen >= 0),
    provider_fen INTEGER NOT NULL CHECK (provider_fen >= 0),
    programme_fen INTEGER NOT NULL CHECK (programme_fen >= 0),
    UNIQUE (series, number),
    CHECK (amount_fen = firm_fen + provider_fen + programme_fen),
    CHECK ((credits IS NULL) = (due IS NOT NULL))
) STRICT;
CREATE UNIQUE INDEX platform_invoice_month ON platform_invoice (tenant, month) WHERE credits IS NULL;
CREATE INDEX platform_invoice_tenant ON platform_invoice (tenant, id);
CREATE INDEX platform_invoice_credits ON platform_invoice (credits) WHERE credits IS NOT NULL;
CREATE TRIGGER platform_invoice_gapless BEFORE INSERT ON platform_invoice
    WHEN new.number <> (SELECT coalesce(max(number), 0) + 1 FROM platform_invoice WHERE series = new.series)
    BEGIN SELECT raise(ABORT, 'numbers of invoices have no gaps'); END;
CREATE TRIGGER platform_invoice_kept_1 BEFORE UPDATE ON platform_invoice
    BEGIN SELECT raise(ABORT, 'an invoice never changes; issue a credit note'); END;
CREATE TRIGGER platform_invoice_kept_2 BEFORE DELETE ON platform_invoice
    BEGIN SELECT raise(ABORT, 'invoices are kept'); END;

CREATE TABLE platform_line (
    invoice TEXT NOT NULL REFERENCES platform_invoice (id),
    -- Of a credit note: the number of the line it takes from.
    line INTEGER NOT NULL CHECK (line >= 1),
    module TEXT NOT NULL REFERENCES module (name),
    -- What the tenant had chosen: `chosen_plan`.
    choice INTEGER NOT NULL REFERENCES chosen_plan (number),
    plan TEXT NOT NULL REFERENCES plan (id),
    month TEXT NOT NULL,
    quantity INTEGER NOT NULL CHECK (quantity >= 0),
    amount_fen INTEGER NOT NULL CHECK (amount_fen > 0),
    firm_fen INTEGER NOT NULL CHECK (firm_fen >= 0),
    provider_fen INTEGER NOT NULL CHECK (provider_fen >= 0),
    programme_fen INTEGER NOT NULL CHECK (programme_fen >= 0),
    contract TEXT REFERENCES contract (id),
    PRIMARY KEY (invoice, line),
    CHECK (amount_fen = firm_fen + provider_fen + programme_fen)
) STRICT;
CREATE INDEX platform_line_choice ON platform_line (choice, month);
CREATE TRIGGER platform_line_kept_1 BEFORE UPDATE ON platform_line
    BEGIN SELECT raise(ABORT, 'an invoice never changes; issue a credit note'); END;
CREATE TRIGGER platform_line_kept_2 BEFORE DELETE ON platform_line
    BEGIN SELECT raise(ABORT, 'invoices are kept'); END;
CREATE INDEX chosen_plan_tenant ON chosen_plan (tenant, number);

-- Usage as it was told: what a line of `usage_day` held more than was told before. The sum of all is the line.
CREATE TABLE usage_event (
    -- Without gaps.
    number INTEGER PRIMARY KEY,
    host TEXT NOT NULL,
    tenant TEXT NOT NULL REFERENCES tenant (id),
    module TEXT NOT NULL,
    day TEXT NOT NULL,
    version TEXT NOT NULL,
    calls INTEGER NOT NULL CHECK (calls >= 0),
    faults INTEGER NOT NULL CHECK (faults >= 0),
    rows_written INTEGER NOT NULL CHECK (rows_written >= 0),
    cpu_us INTEGER NOT NULL CHECK (cpu_us >= 0),
    made_us INTEGER NOT NULL
) STRICT;
CREATE INDEX usage_event_line ON usage_event (host, tenant, module, day);
CREATE INDEX usage_event_tenant ON usage_event (tenant, number);
CREATE TRIGGER usage_event_kept_1 BEFORE UPDATE ON usage_event BEGIN SELECT raise(ABORT, 'told is told'); END;
CREATE TRIGGER usage_event_kept_2 BEFORE DELETE ON usage_event BEGIN SELECT raise(ABORT, 'told is told'); END;
-- How far it was looked for: lines reported since then, and days that have ended since then, may hold more.
CREATE TABLE usage_event_head (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    reported_us INTEGER NOT NULL,
    day TEXT NOT NULL
) STRICT;
INSERT INTO usage_event_head (one, reported_us, day) VALUES (1, 0, '');
CREATE INDEX usage_day_reported ON usage_day (reported_us);
CREATE INDEX usage_day_day ON usage_day (day);
