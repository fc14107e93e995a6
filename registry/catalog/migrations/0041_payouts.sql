-- What was paid of the marketplace's invoices, what providers earned by it, and what they are paid out. Amounts are whole
-- fen, months YYYY-MM.

-- The marketplace's part of what modules earn, in millionths: of invoices for this month and later ones, until another row.
CREATE TABLE platform_fee (
    from_month TEXT PRIMARY KEY NOT NULL,
    ppm INTEGER NOT NULL CHECK (ppm BETWEEN 0 AND 500000),
    set_by TEXT NOT NULL REFERENCES person (id),
    set_us INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TRIGGER platform_fee_kept_1 BEFORE UPDATE ON platform_fee BEGIN SELECT raise(ABORT, 'a rate that held stays'); END;
CREATE TRIGGER platform_fee_kept_2 BEFORE DELETE ON platform_fee BEGIN SELECT raise(ABORT, 'a rate that held stays'); END;

-- An invoice is paid once, whole: what firm and programme owe of it, less what was credited before.
CREATE TABLE platform_payment (
    invoice TEXT PRIMARY KEY NOT NULL REFERENCES platform_invoice (id),
    paid_on TEXT NOT NULL,
    reference TEXT NOT NULL,
    amount_fen INTEGER NOT NULL CHECK (amount_fen > 0),
    noted_by TEXT NOT NULL REFERENCES person (id),
    noted_us INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TRIGGER platform_payment_kept_1 BEFORE UPDATE ON platform_payment
    BEGIN SELECT raise(ABORT, 'a payment that was noted stays; issue a credit note'); END;
CREATE TRIGGER platform_payment_kept_2 BEFORE DELETE ON platform_payment
    BEGIN SELECT raise(ABORT, 'a payment that was noted stays; issue a credit note'); END;

-- Invoices of which something is owed: kept, not searched, so that whoever looks for them reads nothing else.
CREATE TABLE platform_owed (
    invoice TEXT PRIMARY KEY NOT NULL REFERENCES platform_invoice (id)
) STRICT, WITHOUT ROWID;
INSERT INTO platform_owed SELECT i.id FROM platform_invoice i WHERE i.credits IS NULL AND i.firm_fen + i.programme_fen >
    (SELECT coalesce(sum(c.firm_fen + c.programme_fen), 0) FROM platform_invoice c WHERE c.credits = i.id);
CREATE TRIGGER platform_owed_1 AFTER INSERT ON platform_invoice WHEN new.credits IS NULL AND new.firm_fen + new.programme_fen > 0
    BEGIN INSERT INTO platform_owed VALUES (new.id); END;
CREATE TRIGGER platform_owed_2 AFTER INSERT ON platform_invoice WHEN new.credits IS NOT NULL BEGIN
    DELETE FROM platform_owed WHERE invoice = new.credits AND
        (SELECT firm_fen + programme_fen FROM platform_invoice WHERE id = new.credits) <=
        (SELECT sum(firm_fen + programme_fen) FROM platform_invoice WHERE credits = new.credits);
END;
CREATE TRIGGER platform_owed_3 AFTER INSERT ON platform_payment BEGIN
    DELETE FROM platform_owed WHERE invoice = new.invoice;
END;

CREATE TABLE payout (
    id TEXT PRIMARY KEY NOT NULL,
    provider TEXT NOT NULL REFERENCES org (id),
    -- The month that it goes up to.
    month TEXT NOT NULL,
    gross_fen INTEGER NOT NULL,
    fee_fen INTEGER NOT NULL,
    net_fen INTEGER NOT NULL CHECK (net_fen > 0),
    made_by TEXT NOT NULL REFERENCES person (id),
    made_us INTEGER NOT NULL,
    paid_on TEXT,
    reference TEXT,
    noted_by TEXT REFERENCES person (id),
    noted_us INTEGER,
    UNIQUE (provider, month),
    CHECK (net_fen = gross_fen - fee_fen),
    CHECK ((paid_on IS NULL) = (reference IS NULL) AND (paid_on IS NULL) = (noted_by IS NULL)
        AND (paid_on IS NULL) = (noted_us IS NULL))
) STRICT;
CREATE INDEX payout_provider ON payout (provider, id);
CREATE INDEX payout_due ON payout (id) WHERE paid_on IS NULL;
CREATE TRIGGER payout_kept_1 BEFORE UPDATE ON payout WHEN old.paid_on IS NOT NULL OR
    (new.id, new.provider, new.month, new.gross_fen, new.fee_fen, new.net_fen, new.made_by, new.made_us)
    IS NOT (old.id, old.provider, old.month, old.gross_fen, old.fee_fen, old.net_fen, old.made_by, old.made_us)
    BEGIN SELECT raise(ABORT, 'a payout can only be noted as paid, once'); END;
CREATE TRIGGER payout_kept_2 BEFORE DELETE ON payout BEGIN SELECT raise(ABORT, 'payouts are kept'); END;

-- What a provider earned by a line of an invoice that was paid, or lost by a line of a credit note after that.
CREATE TABLE earning (
    number INTEGER PRIMARY KEY,
    provider TEXT NOT NULL REFERENCES org (id),
    -- The invoice or credit note, and its line.
    document TEXT NOT NULL REFERENCES platform_invoice (id),
    line INTEGER NOT NULL,
    module TEXT NOT NULL REFERENCES module (name),
    -- The subscription: `chosen_plan`.
    choice INTEGER NOT NULL REFERENCES chosen_plan (number),
    -- When it was noted.
    month TEXT NOT NULL,
    at_us INTEGER NOT NULL,
    -- What came in or went back, the marketplace's part of it, and the provider's.
    gross_fen INTEGER NOT NULL,
    fee_fen INTEGER NOT NULL,
    net_fen INTEGER NOT NULL,
    payout TEXT REFERENCES payout (id),
    UNIQUE (document, line),
    CHECK (net_fen = gross_fen - fee_fen)
) STRICT;
CREATE INDEX earning_open ON earning (provider, month) WHERE payout IS NULL;
CREATE INDEX earning_month ON earning (provider, month, module, choice);
CREATE INDEX earning_payout ON earning (payout, number) WHERE payout IS NOT NULL;
CREATE TRIGGER earning_kept_1 BEFORE UPDATE ON earning WHEN old.payout IS NOT NULL OR
    (new.number, new.provider, new.document, new.line, new.module, new.choice, new.month, new.at_us, new.gross_fen, new.fee_fen,
        new.net_fen)
    IS NOT (old.number, old.provider, old.document, old.line, old.module, old.choice, old.month, old.at_us, old.gross_fen,
        old.fee_fen, old.net_fen)
    BEGIN SELECT raise(ABORT, 'earned is earned'); END;
CREATE TRIGGER earning_kept_2 BEFORE DELETE ON earning BEGIN SELECT raise(ABORT, 'earned is earned'); END;

-- Sums of a provider's months, kept by the same transactions.
CREATE TABLE earned_month (
    provider TEXT NOT NULL REFERENCES org (id),
    month TEXT NOT NULL,
    gross_fen INTEGER NOT NULL,
    fee_fen INTEGER NOT NULL,
    net_fen INTEGER NOT NULL,
    PRIMARY KEY (provider, month)
) STRICT, WITHOUT ROWID;
CREATE TRIGGER earning_summed AFTER INSERT ON earning BEGIN
    INSERT INTO earned_month VALUES (new.provider, new.month, new.gross_fen, new.fee_fen, new.net_fen)
        ON CONFLICT DO UPDATE SET gross_fen = gross_fen + excluded.gross_fen, fee_fen = fee_fen + excluded.fee_fen,
            net_fen = net_fen + excluded.net_fen;
END;

-- Lists of the marketplace's documents by month.
CREATE INDEX platform_invoice_by_month ON platform_invoice (month, id);
