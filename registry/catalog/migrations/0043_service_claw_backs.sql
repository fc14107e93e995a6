-- Money that is demanded back from a service, and when it came.
CREATE TABLE service_claw_back (
    programme TEXT NOT NULL,
    service INTEGER NOT NULL,
    number INTEGER NOT NULL,
    amount_fen INTEGER NOT NULL CHECK (amount_fen > 0),
    document TEXT NOT NULL,
    why TEXT NOT NULL,
    at_us INTEGER NOT NULL,
    by TEXT NOT NULL REFERENCES person (id),
    recovered_on TEXT,
    PRIMARY KEY (programme, service, number),
    FOREIGN KEY (programme, service) REFERENCES programme_service (programme, number)
) STRICT, WITHOUT ROWID;
CREATE TRIGGER service_claw_back_kept_1 BEFORE UPDATE ON service_claw_back WHEN old.recovered_on IS NOT NULL OR
    (new.programme, new.service, new.number, new.amount_fen, new.document, new.why, new.at_us, new.by)
    IS NOT (old.programme, old.service, old.number, old.amount_fen, old.document, old.why, old.at_us, old.by)
    BEGIN SELECT raise(ABORT, 'what was demanded stays, and comes once'); END;
CREATE TRIGGER service_claw_back_kept_2 BEFORE DELETE ON service_claw_back
    BEGIN SELECT raise(ABORT, 'demands are kept'); END;
-- Never more than the service was paid.
CREATE TRIGGER service_claw_back_within BEFORE INSERT ON service_claw_back WHEN
    (SELECT amount_fen FROM programme_service WHERE programme = new.programme AND number = new.service AND paid_us IS NOT NULL)
    - (SELECT coalesce(sum(amount_fen), 0) FROM service_claw_back WHERE programme = new.programme AND service = new.service)
    < new.amount_fen
    BEGIN SELECT raise(ABORT, 'more is demanded back than was paid'); END;
