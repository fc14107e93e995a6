-- What factories say is wrong with a module, for the marketplace to look at. Who said it is told to the marketplace only.
CREATE TABLE complaint (
    number INTEGER PRIMARY KEY,
    tenant TEXT NOT NULL REFERENCES tenant (id),
    module TEXT NOT NULL REFERENCES module (name),
    -- The version that the factory had then; none when it only looked at the listing.
    version TEXT,
    text TEXT NOT NULL,
    said_by TEXT NOT NULL REFERENCES person (id),
    said_us INTEGER NOT NULL,
    -- Who looked at it, when, and what came of it.
    settled_by TEXT REFERENCES person (id),
    settled_us INTEGER,
    settled_reason TEXT,
    CHECK ((settled_by IS NULL) = (settled_us IS NULL) AND (settled_by IS NULL) = (settled_reason IS NULL))
) STRICT;
CREATE INDEX complaint_open ON complaint (tenant, number) WHERE settled_us IS NULL;

CREATE TRIGGER complaint_kept_1 BEFORE UPDATE ON complaint WHEN old.settled_us IS NOT NULL OR
    (new.tenant, new.module, new.version, new.text, new.said_by, new.said_us)
    IS NOT (old.tenant, old.module, old.version, old.text, old.said_by, old.said_us)
    BEGIN SELECT raise(ABORT, 'a complaint can only be settled'); END;
CREATE TRIGGER complaint_kept_2 BEFORE DELETE ON complaint BEGIN SELECT raise(ABORT, 'complaints are kept'); END;
