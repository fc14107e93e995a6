-- Firms' projects in programmes: one row each with how it stands now, and what was appended to it.

CREATE TABLE project (
    id TEXT PRIMARY KEY NOT NULL,
    programme TEXT NOT NULL REFERENCES programme (id),
    -- The firm as it enrolled.
    uscc TEXT NOT NULL,
    name TEXT NOT NULL,
    district TEXT NOT NULL,
    segment TEXT NOT NULL REFERENCES segment (code),
    above_scale INTEGER NOT NULL CHECK (above_scale IN (0, 1)),
    class TEXT NOT NULL CHECK (class IN ('none', 'innovative', 'specialised', 'little_giant')),
    dishonest INTEGER NOT NULL CHECK (dishonest IN (0, 1)),
    funded_by TEXT NOT NULL CHECK (json_valid(funded_by)),
    org TEXT REFERENCES org (id),
    state TEXT NOT NULL CHECK (state IN ('enrolled', 'diagnosed', 'filed', 'delivering', 'delivered', 'accepted',
        'rejected', 'publicity', 'awarded', 'paid', 'reviewed', 'withdrawn', 'clawed_back')),
    -- Since when, and the number of the last step.
    since_us INTEGER NOT NULL,
    step INTEGER NOT NULL,
    -- Pinned at filing, together.
    track TEXT,
    rules_version INTEGER,
    batch INTEGER,
    filed_on TEXT,
    due_on TEXT,
    contracts TEXT CHECK (json_valid(contracts)),
    contracts_sha256 TEXT,
    plan TEXT,
    level_before INTEGER CHECK (level_before BETWEEN 0 AND 4),
    level_after INTEGER CHECK (level_after BETWEEN 0 AND 4),
    -- What it holds now, in each account of the ledger.
    committed_fen INTEGER NOT NULL DEFAULT 0 CHECK (committed_fen >= 0),
    accepted_fen INTEGER NOT NULL DEFAULT 0 CHECK (accepted_fen >= 0),
    paid_fen INTEGER NOT NULL DEFAULT 0 CHECK (paid_fen >= 0),
    clawed_back_fen INTEGER NOT NULL DEFAULT 0 CHECK (clawed_back_fen >= 0),
    -- How the award came about.
    award TEXT CHECK (json_valid(award)),
    award_fen INTEGER NOT NULL DEFAULT 0 CHECK (award_fen >= 0),
    publicity_from TEXT,
    publicity_until TEXT,
    CHECK ((track IS NULL) = (contracts_sha256 IS NULL) AND (track IS NULL) = (rules_version IS NULL)
        AND (track IS NULL) = (batch IS NULL) AND (track IS NULL) = (due_on IS NULL))
) STRICT;
-- One firm, one programme.
CREATE UNIQUE INDEX project_firm ON project (uscc) WHERE state <> 'withdrawn';
-- Every list with every filter is found by its index; lists go by id, the newest first.
CREATE INDEX project_list ON project (programme, id);
CREATE INDEX project_state ON project (programme, state, id);
CREATE INDEX project_segment ON project (programme, segment, id);
CREATE INDEX project_district ON project (programme, district, id);
CREATE INDEX project_state_segment ON project (programme, state, segment, id);
CREATE INDEX project_state_district ON project (programme, state, district, id);
CREATE INDEX project_segment_district ON project (programme, segment, district, id);
CREATE INDEX project_state_segment_district ON project (programme, state, segment, district, id);
CREATE INDEX project_org ON project (org, id) WHERE org IS NOT NULL;
-- What was pinned at filing stays.
CREATE TRIGGER project_filed_stays BEFORE UPDATE ON project WHEN old.track IS NOT NULL AND
    (new.track, new.rules_version, new.batch, new.filed_on, new.due_on, new.contracts, new.contracts_sha256, new.plan)
    IS NOT (old.track, old.rules_version, old.batch, old.filed_on, old.due_on, old.contracts, old.contracts_sha256, old.plan)
    BEGIN SELECT raise(ABORT, 'what was filed never changes'); END;
CREATE TRIGGER project_kept BEFORE DELETE ON project BEGIN SELECT raise(ABORT, 'projects are kept'); END;

-- Providers of a filed project.
CREATE TABLE project_provider (
    provider TEXT NOT NULL REFERENCES org (id),
    project TEXT NOT NULL REFERENCES project (id),
    PRIMARY KEY (provider, project)
) STRICT, WITHOUT ROWID;
CREATE INDEX project_provider_project ON project_provider (project);

-- Every step: who, when, why.
CREATE TABLE project_step (
    project TEXT NOT NULL REFERENCES project (id),
    number INTEGER NOT NULL,
    act TEXT NOT NULL,
    before TEXT,
    after TEXT NOT NULL,
    at_us INTEGER NOT NULL,
    by TEXT NOT NULL REFERENCES person (id),
    why TEXT NOT NULL,
    PRIMARY KEY (project, number)
) STRICT, WITHOUT ROWID;
CREATE TRIGGER project_step_kept_1 BEFORE UPDATE ON project_step BEGIN SELECT raise(ABORT, 'steps are append-only'); END;
CREATE TRIGGER project_step_kept_2 BEFORE DELETE ON project_step BEGIN SELECT raise(ABORT, 'steps are append-only'); END;

CREATE TABLE project_assessment (
    project TEXT NOT NULL REFERENCES project (id),
    number INTEGER NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('self-before', 'onsite-before', 'self-after', 'onsite-after')),
    measured TEXT NOT NULL CHECK (json_valid(measured)),
    snapshot_sha256 TEXT NOT NULL,
    level INTEGER NOT NULL CHECK (level BETWEEN 0 AND 4),
    at_us INTEGER NOT NULL,
    by TEXT NOT NULL REFERENCES person (id),
    PRIMARY KEY (project, number)
) STRICT, WITHOUT ROWID;
CREATE TRIGGER project_assessment_kept_1 BEFORE UPDATE ON project_assessment
    BEGIN SELECT raise(ABORT, 'assessments are append-only'); END;
CREATE TRIGGER project_assessment_kept_2 BEFORE DELETE ON project_assessment
    BEGIN SELECT raise(ABORT, 'assessments are append-only'); END;

CREATE TABLE project_invoice (
    id TEXT PRIMARY KEY NOT NULL,
    project TEXT NOT NULL REFERENCES project (id),
    -- In the one form that is compared.
    number TEXT NOT NULL,
    seller_uscc TEXT NOT NULL,
    issued_on TEXT NOT NULL,
    lines TEXT NOT NULL CHECK (json_valid(lines)),
    amount_fen INTEGER NOT NULL CHECK (amount_fen > 0),
    file_sha256 TEXT NOT NULL UNIQUE,
    at_us INTEGER NOT NULL,
    UNIQUE (seller_uscc, number)
) STRICT;
CREATE INDEX project_invoice_project ON project_invoice (project);

CREATE TABLE project_payment (
    id TEXT PRIMARY KEY NOT NULL,
    project TEXT NOT NULL REFERENCES project (id),
    invoice TEXT NOT NULL REFERENCES project_invoice (id),
    paid_on TEXT NOT NULL,
    lines TEXT NOT NULL CHECK (json_valid(lines)),
    amount_fen INTEGER NOT NULL CHECK (amount_fen > 0),
    bank_slip_sha256 TEXT NOT NULL,
    at_us INTEGER NOT NULL
) STRICT;
CREATE INDEX project_payment_project ON project_payment (project);

-- A bank slip shows one transfer, whoever presents it.
CREATE TABLE bank_slip (
    sha256 TEXT PRIMARY KEY NOT NULL,
    used_for TEXT NOT NULL,
    at_us INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE project_refund (
    project TEXT NOT NULL REFERENCES project (id),
    contract TEXT NOT NULL,
    line INTEGER NOT NULL,
    why TEXT NOT NULL,
    at_us INTEGER NOT NULL,
    by TEXT NOT NULL REFERENCES person (id),
    PRIMARY KEY (project, contract, line)
) STRICT, WITHOUT ROWID;

CREATE TABLE project_acceptance (
    project TEXT NOT NULL REFERENCES project (id),
    number INTEGER NOT NULL,
    verdict TEXT NOT NULL CHECK (json_valid(verdict)),
    level_before INTEGER NOT NULL,
    level_after INTEGER NOT NULL,
    at_us INTEGER NOT NULL,
    by TEXT NOT NULL REFERENCES person (id),
    PRIMARY KEY (project, number)
) STRICT, WITHOUT ROWID;

CREATE TABLE project_objection (
    project TEXT NOT NULL REFERENCES project (id),
    number INTEGER NOT NULL,
    text TEXT NOT NULL,
    at_us INTEGER NOT NULL,
    by TEXT NOT NULL REFERENCES person (id),
    upheld INTEGER CHECK (upheld IN (0, 1)),
    answer TEXT,
    PRIMARY KEY (project, number)
) STRICT, WITHOUT ROWID;

CREATE TABLE project_tranche (
    project TEXT NOT NULL REFERENCES project (id),
    tranche INTEGER NOT NULL,
    amount_fen INTEGER NOT NULL CHECK (amount_fen >= 0),
    paid_on TEXT,
    PRIMARY KEY (project, tranche)
) STRICT, WITHOUT ROWID;

CREATE TABLE project_claw_back (
    project TEXT NOT NULL REFERENCES project (id),
    number INTEGER NOT NULL,
    amount_fen INTEGER NOT NULL CHECK (amount_fen > 0),
    document TEXT NOT NULL,
    why TEXT NOT NULL,
    at_us INTEGER NOT NULL,
    by TEXT NOT NULL REFERENCES person (id),
    recovered_on TEXT,
    PRIMARY KEY (project, number)
) STRICT, WITHOUT ROWID;

-- How many projects are in each state, and how far the firms of each segment and district are: kept, not counted, so that
-- officials' pages cost the same for 200 and for 20,000 firms.
CREATE TABLE programme_count (
    programme TEXT NOT NULL REFERENCES programme (id),
    state TEXT NOT NULL,
    projects INTEGER NOT NULL CHECK (projects >= 0),
    PRIMARY KEY (programme, state)
) STRICT, WITHOUT ROWID;

CREATE TABLE programme_coverage (
    programme TEXT NOT NULL REFERENCES programme (id),
    segment TEXT NOT NULL,
    district TEXT NOT NULL,
    -- Those that have not withdrawn; of them by the level last measured, 9 for none; accepted or further; their awards.
    level INTEGER NOT NULL,
    firms INTEGER NOT NULL CHECK (firms >= 0),
    accepted INTEGER NOT NULL CHECK (accepted >= 0),
    award_fen INTEGER NOT NULL CHECK (award_fen >= 0),
    PRIMARY KEY (programme, segment, district, level)
) STRICT, WITHOUT ROWID;

CREATE TRIGGER project_counted_1 AFTER INSERT ON project BEGIN
    INSERT INTO programme_count VALUES (new.programme, new.state, 1)
        ON CONFLICT DO UPDATE SET projects = projects + 1;
    INSERT INTO programme_coverage VALUES (new.programme, new.segment, new.district, 9, 1, 0, 0)
        ON CONFLICT DO UPDATE SET firms = firms + 1;
END;
CREATE TRIGGER project_counted_2 AFTER UPDATE OF state ON project WHEN new.state <> old.state BEGIN
    UPDATE programme_count SET projects = projects - 1 WHERE programme = old.programme AND state = old.state;
    INSERT INTO programme_count VALUES (new.programme, new.state, 1)
        ON CONFLICT DO UPDATE SET projects = projects + 1;
END;
CREATE TRIGGER project_covered AFTER UPDATE OF state, level_before, level_after, award_fen ON project BEGIN
    UPDATE programme_coverage SET
        firms = firms - (old.state <> 'withdrawn'),
        accepted = accepted - (old.state IN ('accepted', 'publicity', 'awarded', 'paid', 'reviewed')),
        award_fen = award_fen - old.award_fen
        WHERE programme = old.programme AND segment = old.segment AND district = old.district
            AND level = coalesce(old.level_after, old.level_before, 9);
    INSERT INTO programme_coverage VALUES (new.programme, new.segment, new.district,
        coalesce(new.level_after, new.level_before, 9), new.state <> 'withdrawn',
        new.state IN ('accepted', 'publicity', 'awarded', 'paid', 'reviewed'), new.award_fen)
        ON CONFLICT DO UPDATE SET firms = firms + excluded.firms, accepted = accepted + excluded.accepted,
            award_fen = award_fen + excluded.award_fen;
END;
