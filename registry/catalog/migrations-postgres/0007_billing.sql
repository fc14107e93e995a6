-- What the marketplace bills for modules, what it takes back, and usage as it was told to whoever bills elsewhere.

-- An invoice, or a credit note that takes from one.
CREATE TABLE platform_invoice (
    id TEXT COLLATE "C" PRIMARY KEY,
    -- `INV-2026`, `CRN-2026`.
    series TEXT COLLATE "C" NOT NULL,
    -- From 1, without gaps.
    number BIGINT NOT NULL,
    tenant TEXT COLLATE "C" NOT NULL REFERENCES tenant (id),
    -- YYYY-MM
    month TEXT COLLATE "C" NOT NULL,
    credits TEXT COLLATE "C" REFERENCES platform_invoice (id),
    reason TEXT COLLATE "C" NOT NULL DEFAULT '',
    issued_by TEXT COLLATE "C" NOT NULL REFERENCES person (id),
    issued_us BIGINT NOT NULL,
    due TEXT COLLATE "C",
    amount_fen BIGINT NOT NULL CHECK (amount_fen > 0),
    firm_fen BIGINT NOT NULL CHECK (firm_fen >= 0),
    provider_fen BIGINT NOT NULL CHECK (provider_fen >= 0),
    programme_fen BIGINT NOT NULL CHECK (programme_fen >= 0),
    UNIQUE (series, number),
    CHECK (amount_fen = firm_fen + provider_fen + programme_fen),
    CHECK ((credits IS NULL) = (due IS NOT NULL))
);
CREATE UNIQUE INDEX platform_invoice_month ON platform_invoice (tenant, month) WHERE credits IS NULL;
CREATE INDEX platform_invoice_tenant ON platform_invoice (tenant, id);
CREATE INDEX platform_invoice_credits ON platform_invoice (credits) WHERE credits IS NOT NULL;
CREATE FUNCTION platform_invoice_gapless() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF new.number <> (SELECT coalesce(max(number), 0) + 1 FROM platform_invoice WHERE series = new.series) THEN
        RAISE EXCEPTION 'numbers of invoices have no gaps';
    END IF;
    RETURN new;
END $$;
CREATE TRIGGER platform_invoice_gapless BEFORE INSERT ON platform_invoice FOR EACH ROW
    EXECUTE FUNCTION platform_invoice_gapless();
CREATE TRIGGER platform_invoice_kept_1 BEFORE UPDATE ON platform_invoice FOR EACH ROW
    EXECUTE FUNCTION refuse('an invoice never changes; issue a credit note');
CREATE TRIGGER platform_invoice_kept_2 BEFORE DELETE ON platform_invoice FOR EACH ROW
    EXECUTE FUNCTION refuse('invoices are kept');

CREATE TABLE platform_line (
    invoice TEXT COLLATE "C" NOT NULL REFERENCES platform_invoice (id),
    -- Of a credit note: the number of the line it takes from.
    line BIGINT NOT NULL CHECK (line >= 1),
    module TEXT COLLATE "C" NOT NULL REFERENCES module (name),
    -- What the tenant had chosen: `chosen_plan`.
    choice BIGINT NOT NULL REFERENCES chosen_plan (number),
    plan TEXT COLLATE "C" NOT NULL REFERENCES plan (id),
    month TEXT COLLATE "C" NOT NULL,
    quantity BIGINT NOT NULL CHECK (quantity >= 0),
    amount_fen BIGINT NOT NULL CHECK (amount_fen > 0),
    firm_fen BIGINT NOT NULL CHECK (firm_fen >= 0),
    provider_fen BIGINT NOT NULL CHECK (provider_fen >= 0),
    programme_fen BIGINT NOT NULL CHECK (programme_fen >= 0),
    contract TEXT COLLATE "C" REFERENCES contract (id),
    PRIMARY KEY (invoice, line),
    CHECK (amount_fen = firm_fen + provider_fen + programme_fen)
);
CREATE INDEX platform_line_choice ON platform_line (choice, month);
CREATE TRIGGER platform_line_kept_1 BEFORE UPDATE ON platform_line FOR EACH ROW
    EXECUTE FUNCTION refuse('an invoice never changes; issue a credit note');
CREATE TRIGGER platform_line_kept_2 BEFORE DELETE ON platform_line FOR EACH ROW
    EXECUTE FUNCTION refuse('invoices are kept');

-- Usage as it was told: what a line of `usage_day` held more than was told before. The sum of all is the line.
CREATE TABLE usage_event (
    -- Without gaps.
    number BIGINT PRIMARY KEY,
    host TEXT COLLATE "C" NOT NULL,
    tenant TEXT COLLATE "C" NOT NULL REFERENCES tenant (id),
    module TEXT COLLATE "C" NOT NULL,
    day TEXT COLLATE "C" NOT NULL,
    version TEXT COLLATE "C" NOT NULL,
    calls BIGINT NOT NULL CHECK (calls >= 0),
    faults BIGINT NOT NULL CHECK (faults >= 0),
    rows_written BIGINT NOT NULL CHECK (rows_written >= 0),
    cpu_us BIGINT NOT NULL CHECK (cpu_us >= 0),
    made_us BIGINT NOT NULL
);
CREATE INDEX usage_event_line ON usage_event (host, tenant, module, day);
CREATE INDEX usage_event_tenant ON usage_event (tenant, number);
CREATE TRIGGER usage_event_kept_1 BEFORE UPDATE ON usage_event FOR EACH ROW EXECUTE FUNCTION refuse('told is told');
CREATE TRIGGER usage_event_kept_2 BEFORE DELETE ON usage_event FOR EACH ROW EXECUTE FUNCTION refuse('told is told');
-- How far it was looked for: lines reported since then, and days that have ended since then, may hold more.
CREATE TABLE usage_event_head (
    one BIGINT PRIMARY KEY CHECK (one = 1),
    reported_us BIGINT NOT NULL,
    day TEXT COLLATE "C" NOT NULL
);
INSERT INTO usage_event_head (one, reported_us, day) VALUES (1, 0, '');

-- What was paid of the marketplace's invoices, what providers earned by it, and what they are paid out. Amounts are
-- whole
-- fen, months YYYY-MM.

-- The marketplace's part of what modules earn, in millionths: of invoices for this month and later ones, until
-- another row.
CREATE TABLE platform_fee (
    from_month TEXT COLLATE "C" PRIMARY KEY,
    ppm BIGINT NOT NULL CHECK (ppm BETWEEN 0 AND 500000),
    set_by TEXT COLLATE "C" NOT NULL REFERENCES person (id),
    set_us BIGINT NOT NULL
);
CREATE TRIGGER platform_fee_kept_1 BEFORE UPDATE ON platform_fee FOR EACH ROW
    EXECUTE FUNCTION refuse('a rate that held stays');
CREATE TRIGGER platform_fee_kept_2 BEFORE DELETE ON platform_fee FOR EACH ROW
    EXECUTE FUNCTION refuse('a rate that held stays');

-- An invoice is paid once, whole: what firm and programme owe of it, less what was credited before.
CREATE TABLE platform_payment (
    invoice TEXT COLLATE "C" PRIMARY KEY REFERENCES platform_invoice (id),
    paid_on TEXT COLLATE "C" NOT NULL,
    reference TEXT COLLATE "C" NOT NULL,
    amount_fen BIGINT NOT NULL CHECK (amount_fen > 0),
    noted_by TEXT COLLATE "C" NOT NULL REFERENCES person (id),
    noted_us BIGINT NOT NULL
);
CREATE TRIGGER platform_payment_kept_1 BEFORE UPDATE ON platform_payment FOR EACH ROW
    EXECUTE FUNCTION refuse('a payment that was noted stays; issue a credit note');
CREATE TRIGGER platform_payment_kept_2 BEFORE DELETE ON platform_payment FOR EACH ROW
    EXECUTE FUNCTION refuse('a payment that was noted stays; issue a credit note');

-- Invoices of which something is owed: kept, not searched, so that whoever looks for them reads nothing else.
CREATE TABLE platform_owed (
    invoice TEXT COLLATE "C" PRIMARY KEY REFERENCES platform_invoice (id)
);
CREATE FUNCTION platform_owed_1() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO platform_owed VALUES (new.id);
    RETURN NULL;
END $$;
CREATE TRIGGER platform_owed_1 AFTER INSERT ON platform_invoice FOR EACH ROW
    WHEN (new.credits IS NULL AND new.firm_fen + new.programme_fen > 0) EXECUTE FUNCTION platform_owed_1();
CREATE FUNCTION platform_owed_2() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM platform_owed WHERE invoice = new.credits AND
        (SELECT firm_fen + programme_fen FROM platform_invoice WHERE id = new.credits) <=
        (SELECT sum(firm_fen + programme_fen) FROM platform_invoice WHERE credits = new.credits);
    RETURN NULL;
END $$;
CREATE TRIGGER platform_owed_2 AFTER INSERT ON platform_invoice FOR EACH ROW WHEN (new.credits IS NOT NULL)
    EXECUTE FUNCTION platform_owed_2();
CREATE FUNCTION platform_owed_3() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM platform_owed WHERE invoice = new.invoice;
    RETURN NULL;
END $$;
CREATE TRIGGER platform_owed_3 AFTER INSERT ON platform_payment FOR EACH ROW EXECUTE FUNCTION platform_owed_3();

CREATE TABLE payout (
    id TEXT COLLATE "C" PRIMARY KEY,
    provider TEXT COLLATE "C" NOT NULL REFERENCES org (id),
    -- The month that it goes up to.
    month TEXT COLLATE "C" NOT NULL,
    gross_fen BIGINT NOT NULL,
    fee_fen BIGINT NOT NULL,
    net_fen BIGINT NOT NULL CHECK (net_fen > 0),
    made_by TEXT COLLATE "C" NOT NULL REFERENCES person (id),
    made_us BIGINT NOT NULL,
    paid_on TEXT COLLATE "C",
    reference TEXT COLLATE "C",
    noted_by TEXT COLLATE "C" REFERENCES person (id),
    noted_us BIGINT,
    UNIQUE (provider, month),
    CHECK (net_fen = gross_fen - fee_fen),
    CHECK ((paid_on IS NULL) = (reference IS NULL) AND (paid_on IS NULL) = (noted_by IS NULL)
        AND (paid_on IS NULL) = (noted_us IS NULL))
);
CREATE INDEX payout_provider ON payout (provider, id);
CREATE INDEX payout_due ON payout (id) WHERE paid_on IS NULL;
CREATE TRIGGER payout_kept_1 BEFORE UPDATE ON payout FOR EACH ROW WHEN (old.paid_on IS NOT NULL OR
    (new.id, new.provider, new.month, new.gross_fen, new.fee_fen, new.net_fen, new.made_by, new.made_us)
    IS DISTINCT FROM (old.id, old.provider, old.month, old.gross_fen, old.fee_fen, old.net_fen, old.made_by,
        old.made_us))
    EXECUTE FUNCTION refuse('a payout can only be noted as paid, once');
CREATE TRIGGER payout_kept_2 BEFORE DELETE ON payout FOR EACH ROW EXECUTE FUNCTION refuse('payouts are kept');

-- What a provider earned by a line of an invoice that was paid, or lost by a line of a credit note after that.
CREATE TABLE earning (
    number BIGINT GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,
    provider TEXT COLLATE "C" NOT NULL REFERENCES org (id),
    -- The invoice or credit note, and its line.
    document TEXT COLLATE "C" NOT NULL REFERENCES platform_invoice (id),
    line BIGINT NOT NULL,
    module TEXT COLLATE "C" NOT NULL REFERENCES module (name),
    -- The subscription: `chosen_plan`.
    choice BIGINT NOT NULL REFERENCES chosen_plan (number),
    -- When it was noted.
    month TEXT COLLATE "C" NOT NULL,
    at_us BIGINT NOT NULL,
    -- What came in or went back, the marketplace's part of it, and the provider's.
    gross_fen BIGINT NOT NULL,
    fee_fen BIGINT NOT NULL,
    net_fen BIGINT NOT NULL,
    payout TEXT COLLATE "C" REFERENCES payout (id),
    UNIQUE (document, line),
    CHECK (net_fen = gross_fen - fee_fen)
);
CREATE INDEX earning_open ON earning (provider, month) WHERE payout IS NULL;
CREATE INDEX earning_month ON earning (provider, month, module, choice);
CREATE INDEX earning_payout ON earning (payout, number) WHERE payout IS NOT NULL;
CREATE TRIGGER earning_kept_1 BEFORE UPDATE ON earning FOR EACH ROW WHEN (old.payout IS NOT NULL OR
    (new.number, new.provider, new.document, new.line, new.module, new.choice, new.month, new.at_us, new.gross_fen,
        new.fee_fen,
        new.net_fen)
    IS DISTINCT FROM (old.number, old.provider, old.document, old.line, old.module, old.choice,
        old.month, old.at_us, old.gross_fen,
        old.fee_fen, old.net_fen))
    EXECUTE FUNCTION refuse('earned is earned');
CREATE TRIGGER earning_kept_2 BEFORE DELETE ON earning FOR EACH ROW EXECUTE FUNCTION refuse('earned is earned');

-- Sums of a provider's months, kept by the same transactions.
CREATE TABLE earned_month (
    provider TEXT COLLATE "C" NOT NULL REFERENCES org (id),
    month TEXT COLLATE "C" NOT NULL,
    gross_fen BIGINT NOT NULL,
    fee_fen BIGINT NOT NULL,
    net_fen BIGINT NOT NULL,
    PRIMARY KEY (provider, month)
);
CREATE FUNCTION earning_summed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO earned_month AS kept VALUES (new.provider, new.month, new.gross_fen, new.fee_fen, new.net_fen)
        ON CONFLICT (provider, month) DO UPDATE SET gross_fen = kept.gross_fen + excluded.gross_fen,
            fee_fen = kept.fee_fen + excluded.fee_fen, net_fen = kept.net_fen + excluded.net_fen;
    RETURN NULL;
END $$;
CREATE TRIGGER earning_summed AFTER INSERT ON earning FOR EACH ROW EXECUTE FUNCTION earning_summed();

-- Lists of the marketplace's documents by month.
CREATE INDEX platform_invoice_by_month ON platform_invoice (month, id);

-- Caps that are used up: since when hosts' reports say so, in which month. Hosts are told, and let nobody write after a
-- while; another plan or a higher cap takes the row away.
CREATE TABLE over_cap (
    tenant TEXT COLLATE "C" NOT NULL REFERENCES tenant (id),
    module TEXT COLLATE "C" NOT NULL REFERENCES module (name),
    month TEXT COLLATE "C" NOT NULL,
    since_us BIGINT NOT NULL,
    PRIMARY KEY (tenant, module)
);
