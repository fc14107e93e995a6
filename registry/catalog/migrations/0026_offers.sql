-- Offers of providers to firms, in versions that both sides sign, and the contracts that come of them.
CREATE TABLE offer (
    id TEXT PRIMARY KEY NOT NULL,
    -- Slugs of both sides.
    provider TEXT NOT NULL REFERENCES org (slug),
    firm TEXT NOT NULL REFERENCES org (slug),
    title TEXT NOT NULL,
    programme TEXT,
    city TEXT,
    segment TEXT REFERENCES segment (code),
    -- Kind of project, of the rules.
    track TEXT,
    replaces TEXT REFERENCES contract (id),
    state TEXT NOT NULL CHECK (state IN ('open', 'signed', 'declined', 'withdrawn')),
    -- The newest; its last day.
    version INTEGER NOT NULL CHECK (version >= 1),
    valid_until TEXT NOT NULL,
    made_us INTEGER NOT NULL,
    changed_us INTEGER NOT NULL,
    CHECK ((programme IS NULL) = (city IS NULL) AND (programme IS NULL) = (segment IS NULL))
) STRICT;
CREATE INDEX offer_provider ON offer (provider, id);
CREATE INDEX offer_firm ON offer (firm, id);
CREATE UNIQUE INDEX offer_replaces ON offer (replaces) WHERE replaces IS NOT NULL AND state IN ('open', 'signed');
CREATE TRIGGER offer_kept_1 BEFORE UPDATE ON offer WHEN old.state <> 'open' OR new.version < old.version OR
    (new.provider, new.firm, new.title, new.programme, new.city, new.segment, new.track, new.replaces, new.made_us)
    IS NOT (old.provider, old.firm, old.title, old.programme, old.city, old.segment, old.track, old.replaces, old.made_us)
    BEGIN SELECT raise(ABORT, 'an offer that ended stays as it is'); END;
CREATE TRIGGER offer_kept_2 BEFORE DELETE ON offer BEGIN SELECT raise(ABORT, 'offers are kept'); END;

CREATE TABLE offer_version (
    offer TEXT NOT NULL REFERENCES offer (id),
    version INTEGER NOT NULL CHECK (version >= 1),
    -- Everything that is signed, as the text that the digest is of.
    content TEXT NOT NULL CHECK (json_valid(content)),
    digest TEXT NOT NULL,
    list_fen INTEGER NOT NULL CHECK (list_fen >= 0),
    net_fen INTEGER NOT NULL CHECK (net_fen BETWEEN 0 AND list_fen),
    programme_fen INTEGER NOT NULL CHECK (programme_fen BETWEEN 0 AND net_fen),
    made_by TEXT NOT NULL REFERENCES person (id),
    made_us INTEGER NOT NULL,
    PRIMARY KEY (offer, version)
) STRICT;
CREATE TRIGGER offer_version_kept_1 BEFORE UPDATE ON offer_version
    BEGIN SELECT raise(ABORT, 'a version of an offer never changes'); END;
CREATE TRIGGER offer_version_kept_2 BEFORE DELETE ON offer_version
    BEGIN SELECT raise(ABORT, 'versions of offers are kept'); END;

CREATE TABLE offer_signature (
    offer TEXT NOT NULL,
    version INTEGER NOT NULL,
    side TEXT NOT NULL CHECK (side IN ('provider', 'firm')),
    person TEXT NOT NULL REFERENCES person (id),
    at_us INTEGER NOT NULL,
    PRIMARY KEY (offer, version, side),
    FOREIGN KEY (offer, version) REFERENCES offer_version (offer, version)
) STRICT;
CREATE TRIGGER offer_signature_kept_1 BEFORE UPDATE ON offer_signature
    BEGIN SELECT raise(ABORT, 'a signature stays'); END;
CREATE TRIGGER offer_signature_kept_2 BEFORE DELETE ON offer_signature
    BEGIN SELECT raise(ABORT, 'a signature stays'); END;

CREATE TABLE offer_step (
    number INTEGER PRIMARY KEY,
    offer TEXT NOT NULL REFERENCES offer (id),
    at_us INTEGER NOT NULL,
    actor TEXT NOT NULL,
    act TEXT NOT NULL CHECK (act IN ('make', 'revise', 'sign', 'decline', 'withdraw')),
    version INTEGER NOT NULL,
    reason TEXT NOT NULL
) STRICT;
CREATE INDEX offer_step_of ON offer_step (offer, number);
CREATE TRIGGER offer_step_kept_1 BEFORE UPDATE ON offer_step BEGIN SELECT raise(ABORT, 'steps are append-only'); END;
CREATE TRIGGER offer_step_kept_2 BEFORE DELETE ON offer_step BEGIN SELECT raise(ABORT, 'steps are append-only'); END;

-- Signed by both sides. Only where it was filed, and what took its place, is added, once.
CREATE TABLE contract (
    id TEXT PRIMARY KEY NOT NULL,
    offer TEXT NOT NULL UNIQUE REFERENCES offer (id),
    version INTEGER NOT NULL,
    provider TEXT NOT NULL REFERENCES org (slug),
    firm TEXT NOT NULL REFERENCES org (slug),
    title TEXT NOT NULL,
    programme TEXT,
    city TEXT,
    -- The provider's identification that let it sign.
    identification TEXT REFERENCES identification (id),
    list_fen INTEGER NOT NULL,
    net_fen INTEGER NOT NULL,
    programme_fen INTEGER NOT NULL,
    -- Of the version's content, both parties and both signatures.
    hash TEXT NOT NULL,
    signed_us INTEGER NOT NULL,
    project TEXT,
    filed_us INTEGER,
    replaced_by TEXT REFERENCES contract (id),
    FOREIGN KEY (offer, version) REFERENCES offer_version (offer, version),
    CHECK ((project IS NULL) = (filed_us IS NULL)),
    CHECK (project IS NULL OR replaced_by IS NULL),
    CHECK ((programme IS NULL) = (city IS NULL) AND (programme IS NULL) = (identification IS NULL))
) STRICT;
CREATE INDEX contract_provider ON contract (provider, id);
CREATE INDEX contract_firm ON contract (firm, id);
CREATE INDEX contract_city ON contract (city, id);
CREATE INDEX contract_programme ON contract (programme, id);
CREATE TRIGGER contract_kept_1 BEFORE UPDATE ON contract WHEN old.project IS NOT NULL OR old.replaced_by IS NOT NULL OR
    (new.offer, new.version, new.provider, new.firm, new.title, new.programme, new.city, new.identification, new.list_fen,
        new.net_fen, new.programme_fen, new.hash, new.signed_us)
    IS NOT (old.offer, old.version, old.provider, old.firm, old.title, old.programme, old.city, old.identification,
        old.list_fen, old.net_fen, old.programme_fen, old.hash, old.signed_us)
    BEGIN SELECT raise(ABORT, 'a contract never changes'); END;
CREATE TRIGGER contract_kept_2 BEFORE DELETE ON contract BEGIN SELECT raise(ABORT, 'contracts are kept'); END;

-- The lines again, one by one: what filings, invoices and bills refer to.
CREATE TABLE contract_line (
    contract TEXT NOT NULL REFERENCES contract (id),
    line INTEGER NOT NULL CHECK (line >= 1),
    category TEXT NOT NULL,
    description TEXT NOT NULL,
    quantity INTEGER NOT NULL CHECK (quantity >= 1),
    list_fen INTEGER NOT NULL CHECK (list_fen >= 0),
    discount_fen INTEGER NOT NULL CHECK (discount_fen >= 0),
    net_fen INTEGER NOT NULL CHECK (net_fen >= 0),
    programme_fen INTEGER NOT NULL CHECK (programme_fen BETWEEN 0 AND net_fen),
    module TEXT REFERENCES module (name),
    module_version TEXT,
    plan TEXT REFERENCES plan (id),
    PRIMARY KEY (contract, line),
    CHECK (net_fen = list_fen - discount_fen),
    CHECK ((module IS NULL) = (plan IS NULL))
) STRICT;
CREATE INDEX contract_line_module ON contract_line (module) WHERE module IS NOT NULL;
CREATE TRIGGER contract_line_kept_1 BEFORE UPDATE ON contract_line
    BEGIN SELECT raise(ABORT, 'a line of a contract never changes'); END;
CREATE TRIGGER contract_line_kept_2 BEFORE DELETE ON contract_line
    BEGIN SELECT raise(ABORT, 'a line of a contract never changes'); END;
