-- Programmes of cities: what they are, their rules by version, and their money. Amounts are whole fen, rates basis
-- points,
-- days texts YYYY-MM-DD in China's time.

CREATE TABLE programme (
    id TEXT COLLATE "C" PRIMARY KEY,
    authority TEXT COLLATE "C" NOT NULL REFERENCES org (id),
    name TEXT COLLATE "C" NOT NULL,
    document TEXT COLLATE "C" NOT NULL,
    city_kind TEXT COLLATE "C" NOT NULL CHECK (city_kind IN ('leading', 'prefecture')),
    from_day TEXT COLLATE "C" NOT NULL,
    until_day TEXT COLLATE "C" NOT NULL CHECK (until_day >= from_day),
    budget_fen BIGINT NOT NULL,
    min_sme_share_bp BIGINT NOT NULL CHECK (min_sme_share_bp BETWEEN 8000 AND 10000),
    -- The most that firms have had at once: paid and not returned.
    drawn_max_fen BIGINT NOT NULL DEFAULT 0,
    created_by TEXT COLLATE "C" NOT NULL REFERENCES person (id),
    created_us BIGINT NOT NULL,
    -- The central cap of the kind of city.
    CHECK (budget_fen BETWEEN 1 AND CASE city_kind WHEN 'leading' THEN 15000000000 ELSE 10000000000 END)
);
CREATE INDEX programme_authority ON programme (authority, id);
CREATE UNIQUE INDEX programme_document ON programme (authority, document);

CREATE TABLE programme_segment (
    programme TEXT COLLATE "C" NOT NULL REFERENCES programme (id),
    segment TEXT COLLATE "C" NOT NULL REFERENCES segment (code),
    PRIMARY KEY (programme, segment)
);

CREATE TABLE programme_batch (
    programme TEXT COLLATE "C" NOT NULL REFERENCES programme (id),
    batch BIGINT NOT NULL,
    from_day TEXT COLLATE "C" NOT NULL,
    until_day TEXT COLLATE "C" NOT NULL CHECK (until_day >= from_day),
    budget_fen BIGINT NOT NULL,
    -- Committed, accepted, paid and not returned.
    used_fen BIGINT NOT NULL DEFAULT 0,
    PRIMARY KEY (programme, batch),
    CHECK (used_fen BETWEEN 0 AND budget_fen)
);

-- The same by provider; its cap stands in the rules.
CREATE TABLE programme_provider (
    programme TEXT COLLATE "C" NOT NULL REFERENCES programme (id),
    provider TEXT COLLATE "C" NOT NULL REFERENCES org (id),
    used_fen BIGINT NOT NULL CHECK (used_fen >= 0),
    PRIMARY KEY (programme, provider)
);

CREATE TABLE programme_rules (
    programme TEXT COLLATE "C" NOT NULL REFERENCES programme (id),
    version BIGINT NOT NULL,
    rules TEXT COLLATE "C" NOT NULL CHECK (json_valid(rules)),
    by TEXT COLLATE "C" NOT NULL REFERENCES person (id),
    at_us BIGINT NOT NULL,
    PRIMARY KEY (programme, version)
);
CREATE TRIGGER programme_rules_kept_1 BEFORE UPDATE ON programme_rules FOR EACH ROW
    EXECUTE FUNCTION refuse('a version of the rules never changes');
CREATE TRIGGER programme_rules_kept_2 BEFORE DELETE ON programme_rules FOR EACH ROW
    EXECUTE FUNCTION refuse('a version of the rules never goes');
CREATE TRIGGER programme_kept BEFORE UPDATE ON programme FOR EACH ROW
    WHEN ((new.id, new.authority, new.name, new.document, new.city_kind, new.from_day, new.until_day, new.budget_fen,
        new.min_sme_share_bp, new.created_by, new.created_us)
    IS DISTINCT FROM (old.id, old.authority, old.name, old.document, old.city_kind, old.from_day,
        old.until_day, old.budget_fen,
        old.min_sme_share_bp, old.created_by, old.created_us) OR new.drawn_max_fen < old.drawn_max_fen)
    EXECUTE FUNCTION refuse('a programme never changes');

-- Money for public services, chains and platforms.
CREATE TABLE programme_service (
    programme TEXT COLLATE "C" NOT NULL REFERENCES programme (id),
    number BIGINT NOT NULL,
    recipient_uscc TEXT COLLATE "C" NOT NULL,
    recipient TEXT COLLATE "C" NOT NULL,
    purpose TEXT COLLATE "C" NOT NULL,
    document TEXT COLLATE "C" NOT NULL,
    amount_fen BIGINT NOT NULL CHECK (amount_fen > 0),
    awarded_us BIGINT NOT NULL,
    paid_us BIGINT,
    PRIMARY KEY (programme, number)
);

-- The ledger: one row per entry with its postings [account, fen], each with the hash of the one before.
CREATE TABLE ledger_entry (
    programme TEXT COLLATE "C" NOT NULL REFERENCES programme (id),
    number BIGINT NOT NULL CHECK (number > 0),
    at_us BIGINT NOT NULL,
    booked_on TEXT COLLATE "C" NOT NULL,
    act TEXT COLLATE "C" NOT NULL,
    project TEXT COLLATE "C",
    about TEXT COLLATE "C" NOT NULL,
    by TEXT COLLATE "C" NOT NULL REFERENCES person (id),
    memo TEXT COLLATE "C" NOT NULL,
    postings TEXT COLLATE "C" NOT NULL CHECK (json_valid(postings)),
    hash TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (programme, number)
);
CREATE FUNCTION ledger_entry_balances() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (SELECT coalesce(sum(CAST(value::json ->> 1 AS BIGINT)), 1) FROM json_each(new.postings)) <> 0 THEN
        RAISE EXCEPTION 'the postings of an entry add up to nought';
    END IF;
    RETURN new;
END $$;
CREATE TRIGGER ledger_entry_balances BEFORE INSERT ON ledger_entry FOR EACH ROW EXECUTE FUNCTION
    ledger_entry_balances();
CREATE TRIGGER ledger_entry_kept_1 BEFORE UPDATE ON ledger_entry FOR EACH ROW
    EXECUTE FUNCTION refuse('the ledger is append-only');
CREATE TRIGGER ledger_entry_kept_2 BEFORE DELETE ON ledger_entry FOR EACH ROW
    EXECUTE FUNCTION refuse('the ledger is append-only');

-- What the postings of each account add up to. Nothing but the source goes below nought, whatever anybody asks for.
CREATE TABLE ledger_balance (
    programme TEXT COLLATE "C" NOT NULL REFERENCES programme (id),
    account TEXT COLLATE "C" NOT NULL,
    balance_fen BIGINT NOT NULL,
    PRIMARY KEY (programme, account),
    CHECK ((account = 'source') = (balance_fen < 0) OR balance_fen = 0)
);

-- Months that are closed: nothing is booked in them or before them any more.
CREATE TABLE ledger_period (
    programme TEXT COLLATE "C" NOT NULL REFERENCES programme (id),
    period TEXT COLLATE "C" NOT NULL,
    closed_us BIGINT NOT NULL,
    by TEXT COLLATE "C" NOT NULL REFERENCES person (id),
    -- The last entry then, and its hash.
    entry BIGINT NOT NULL,
    hash TEXT COLLATE "C" NOT NULL,
    balances TEXT COLLATE "C" NOT NULL CHECK (json_valid(balances)),
    PRIMARY KEY (programme, period)
);
CREATE TRIGGER ledger_period_kept_1 BEFORE UPDATE ON ledger_period FOR EACH ROW
    EXECUTE FUNCTION refuse('a closed month does not change');
CREATE TRIGGER ledger_period_kept_2 BEFORE DELETE ON ledger_period FOR EACH ROW
    EXECUTE FUNCTION refuse('a closed month is not opened');

-- Firms' projects in programmes: one row each with how it stands now, and what was appended to it.

CREATE TABLE project (
    id TEXT COLLATE "C" PRIMARY KEY,
    programme TEXT COLLATE "C" NOT NULL REFERENCES programme (id),
    -- The firm as it enrolled.
    uscc TEXT COLLATE "C" NOT NULL,
    name TEXT COLLATE "C" NOT NULL,
    district TEXT COLLATE "C" NOT NULL,
    segment TEXT COLLATE "C" NOT NULL REFERENCES segment (code),
    above_scale BIGINT NOT NULL CHECK (above_scale IN (0, 1)),
    class TEXT COLLATE "C" NOT NULL CHECK (class IN ('none', 'innovative', 'specialised', 'little_giant')),
    dishonest BIGINT NOT NULL CHECK (dishonest IN (0, 1)),
    funded_by TEXT COLLATE "C" NOT NULL CHECK (json_valid(funded_by)),
    org TEXT COLLATE "C" REFERENCES org (id),
    state TEXT COLLATE "C" NOT NULL CHECK (state IN ('enrolled', 'diagnosed', 'filed', 'delivering', 'delivered',
        'accepted',
        'rejected', 'publicity', 'awarded', 'paid', 'reviewed', 'withdrawn', 'clawed_back')),
    -- Since when, and the number of the last step.
    since_us BIGINT NOT NULL,
    step BIGINT NOT NULL,
    -- Pinned at filing, together.
    track TEXT COLLATE "C",
    rules_version BIGINT,
    batch BIGINT,
    filed_on TEXT COLLATE "C",
    due_on TEXT COLLATE "C",
    contracts TEXT COLLATE "C" CHECK (json_valid(contracts)),
    contracts_sha256 TEXT COLLATE "C",
    plan TEXT COLLATE "C",
    level_before BIGINT CHECK (level_before BETWEEN 0 AND 4),
    level_after BIGINT CHECK (level_after BETWEEN 0 AND 4),
    -- What it holds now, in each account of the ledger.
    committed_fen BIGINT NOT NULL DEFAULT 0 CHECK (committed_fen >= 0),
    accepted_fen BIGINT NOT NULL DEFAULT 0 CHECK (accepted_fen >= 0),
    paid_fen BIGINT NOT NULL DEFAULT 0 CHECK (paid_fen >= 0),
    clawed_back_fen BIGINT NOT NULL DEFAULT 0 CHECK (clawed_back_fen >= 0),
    -- How the award came about.
    award TEXT COLLATE "C" CHECK (json_valid(award)),
    award_fen BIGINT NOT NULL DEFAULT 0 CHECK (award_fen >= 0),
    publicity_from TEXT COLLATE "C",
    publicity_until TEXT COLLATE "C",
    CHECK ((track IS NULL) = (contracts_sha256 IS NULL) AND (track IS NULL) = (rules_version IS NULL)
        AND (track IS NULL) = (batch IS NULL) AND (track IS NULL) = (due_on IS NULL))
);
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
CREATE TRIGGER project_filed_stays BEFORE UPDATE ON project FOR EACH ROW WHEN (old.track IS NOT NULL AND
    (new.track, new.rules_version, new.batch, new.filed_on, new.due_on, new.contracts, new.contracts_sha256, new.plan)
    IS DISTINCT FROM (old.track, old.rules_version, old.batch, old.filed_on, old.due_on, old.contracts,
        old.contracts_sha256, old.plan))
    EXECUTE FUNCTION refuse('what was filed never changes');
CREATE TRIGGER project_kept BEFORE DELETE ON project FOR EACH ROW EXECUTE FUNCTION refuse('projects are kept');

-- Providers of a filed project.
CREATE TABLE project_provider (
    provider TEXT COLLATE "C" NOT NULL REFERENCES org (id),
    project TEXT COLLATE "C" NOT NULL REFERENCES project (id),
    PRIMARY KEY (provider, project)
);
CREATE INDEX project_provider_project ON project_provider (project);

-- Every step: who, when, why.
CREATE TABLE project_step (
    project TEXT COLLATE "C" NOT NULL REFERENCES project (id),
    number BIGINT NOT NULL,
    act TEXT COLLATE "C" NOT NULL,
    before TEXT COLLATE "C",
    after TEXT COLLATE "C" NOT NULL,
    at_us BIGINT NOT NULL,
    by TEXT COLLATE "C" NOT NULL REFERENCES person (id),
    why TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (project, number)
);
CREATE TRIGGER project_step_kept_1 BEFORE UPDATE ON project_step FOR EACH ROW
    EXECUTE FUNCTION refuse('steps are append-only');
CREATE TRIGGER project_step_kept_2 BEFORE DELETE ON project_step FOR EACH ROW
    EXECUTE FUNCTION refuse('steps are append-only');

CREATE TABLE project_assessment (
    project TEXT COLLATE "C" NOT NULL REFERENCES project (id),
    number BIGINT NOT NULL,
    kind TEXT COLLATE "C" NOT NULL CHECK (kind IN ('self-before', 'onsite-before', 'self-after', 'onsite-after')),
    measured TEXT COLLATE "C" NOT NULL CHECK (json_valid(measured)),
    snapshot_sha256 TEXT COLLATE "C" NOT NULL,
    level BIGINT NOT NULL CHECK (level BETWEEN 0 AND 4),
    at_us BIGINT NOT NULL,
    by TEXT COLLATE "C" NOT NULL REFERENCES person (id),
    PRIMARY KEY (project, number)
);
-- What an assessor measured, the newest first: the index ends with the primary key, which makes the order of a page.
CREATE INDEX project_assessment_by ON project_assessment (by, at_us, project, number);
CREATE TRIGGER project_assessment_kept_1 BEFORE UPDATE ON project_assessment FOR EACH ROW
    EXECUTE FUNCTION refuse('assessments are append-only');
CREATE TRIGGER project_assessment_kept_2 BEFORE DELETE ON project_assessment FOR EACH ROW
    EXECUTE FUNCTION refuse('assessments are append-only');

CREATE TABLE project_invoice (
    id TEXT COLLATE "C" PRIMARY KEY,
    project TEXT COLLATE "C" NOT NULL REFERENCES project (id),
    -- In the one form that is compared.
    number TEXT COLLATE "C" NOT NULL,
    seller_uscc TEXT COLLATE "C" NOT NULL,
    issued_on TEXT COLLATE "C" NOT NULL,
    lines TEXT COLLATE "C" NOT NULL CHECK (json_valid(lines)),
    amount_fen BIGINT NOT NULL CHECK (amount_fen > 0),
    file_sha256 TEXT COLLATE "C" NOT NULL UNIQUE,
    at_us BIGINT NOT NULL,
    UNIQUE (seller_uscc, number)
);
CREATE INDEX project_invoice_project ON project_invoice (project);

CREATE TABLE project_payment (
    id TEXT COLLATE "C" PRIMARY KEY,
    project TEXT COLLATE "C" NOT NULL REFERENCES project (id),
    invoice TEXT COLLATE "C" NOT NULL REFERENCES project_invoice (id),
    paid_on TEXT COLLATE "C" NOT NULL,
    lines TEXT COLLATE "C" NOT NULL CHECK (json_valid(lines)),
    amount_fen BIGINT NOT NULL CHECK (amount_fen > 0),
    bank_slip_sha256 TEXT COLLATE "C" NOT NULL,
    at_us BIGINT NOT NULL
);
CREATE INDEX project_payment_project ON project_payment (project);

-- A bank slip shows one transfer, whoever presents it.
CREATE TABLE bank_slip (
    sha256 TEXT COLLATE "C" PRIMARY KEY,
    used_for TEXT COLLATE "C" NOT NULL,
    at_us BIGINT NOT NULL
);

CREATE TABLE project_refund (
    project TEXT COLLATE "C" NOT NULL REFERENCES project (id),
    contract TEXT COLLATE "C" NOT NULL,
    line BIGINT NOT NULL,
    why TEXT COLLATE "C" NOT NULL,
    at_us BIGINT NOT NULL,
    by TEXT COLLATE "C" NOT NULL REFERENCES person (id),
    PRIMARY KEY (project, contract, line)
);

CREATE TABLE project_acceptance (
    project TEXT COLLATE "C" NOT NULL REFERENCES project (id),
    number BIGINT NOT NULL,
    verdict TEXT COLLATE "C" NOT NULL CHECK (json_valid(verdict)),
    level_before BIGINT NOT NULL,
    level_after BIGINT NOT NULL,
    at_us BIGINT NOT NULL,
    by TEXT COLLATE "C" NOT NULL REFERENCES person (id),
    PRIMARY KEY (project, number)
);

CREATE TABLE project_objection (
    project TEXT COLLATE "C" NOT NULL REFERENCES project (id),
    number BIGINT NOT NULL,
    text TEXT COLLATE "C" NOT NULL,
    at_us BIGINT NOT NULL,
    by TEXT COLLATE "C" NOT NULL REFERENCES person (id),
    upheld BIGINT CHECK (upheld IN (0, 1)),
    answer TEXT COLLATE "C",
    PRIMARY KEY (project, number)
);

CREATE TABLE project_tranche (
    project TEXT COLLATE "C" NOT NULL REFERENCES project (id),
    tranche BIGINT NOT NULL,
    amount_fen BIGINT NOT NULL CHECK (amount_fen >= 0),
    paid_on TEXT COLLATE "C",
    PRIMARY KEY (project, tranche)
);

CREATE TABLE project_claw_back (
    project TEXT COLLATE "C" NOT NULL REFERENCES project (id),
    number BIGINT NOT NULL,
    amount_fen BIGINT NOT NULL CHECK (amount_fen > 0),
    document TEXT COLLATE "C" NOT NULL,
    why TEXT COLLATE "C" NOT NULL,
    at_us BIGINT NOT NULL,
    by TEXT COLLATE "C" NOT NULL REFERENCES person (id),
    recovered_on TEXT COLLATE "C",
    PRIMARY KEY (project, number)
);

-- How many projects are in each state, and how far the firms of each segment and district are: kept, not counted, so
-- that
-- officials' pages cost the same for 200 and for 20,000 firms.
CREATE TABLE programme_count (
    programme TEXT COLLATE "C" NOT NULL REFERENCES programme (id),
    state TEXT COLLATE "C" NOT NULL,
    projects BIGINT NOT NULL CHECK (projects >= 0),
    PRIMARY KEY (programme, state)
);

CREATE TABLE programme_coverage (
    programme TEXT COLLATE "C" NOT NULL REFERENCES programme (id),
    segment TEXT COLLATE "C" NOT NULL,
    district TEXT COLLATE "C" NOT NULL,
    -- Those that have not withdrawn; of them by the level last measured, 9 for none; accepted or further; their awards.
    level BIGINT NOT NULL,
    firms BIGINT NOT NULL CHECK (firms >= 0),
    accepted BIGINT NOT NULL CHECK (accepted >= 0),
    award_fen BIGINT NOT NULL CHECK (award_fen >= 0),
    PRIMARY KEY (programme, segment, district, level)
);

CREATE FUNCTION project_counted_1() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO programme_count VALUES (new.programme, new.state, 1)
        ON CONFLICT (programme, state) DO UPDATE SET projects = programme_count.projects + 1;
    INSERT INTO programme_coverage VALUES (new.programme, new.segment, new.district, 9, 1, 0, 0)
        ON CONFLICT (programme, segment, district, level) DO UPDATE SET firms = programme_coverage.firms + 1;
    RETURN NULL;
END $$;
CREATE TRIGGER project_counted_1 AFTER INSERT ON project FOR EACH ROW EXECUTE FUNCTION project_counted_1();
CREATE FUNCTION project_counted_2() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE programme_count SET projects = projects - 1 WHERE programme = old.programme AND state = old.state;
    INSERT INTO programme_count VALUES (new.programme, new.state, 1)
        ON CONFLICT (programme, state) DO UPDATE SET projects = programme_count.projects + 1;
    RETURN NULL;
END $$;
CREATE TRIGGER project_counted_2 AFTER UPDATE OF state ON project FOR EACH ROW WHEN (new.state <> old.state)
    EXECUTE FUNCTION project_counted_2();
CREATE FUNCTION project_covered() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    done CONSTANT TEXT[] := ARRAY['accepted', 'publicity', 'awarded', 'paid', 'reviewed'];
BEGIN
    UPDATE programme_coverage SET
        firms = firms - CASE WHEN old.state <> 'withdrawn' THEN 1 ELSE 0 END,
        accepted = accepted - CASE WHEN old.state = ANY (done) THEN 1 ELSE 0 END,
        award_fen = award_fen - old.award_fen
        WHERE programme = old.programme AND segment = old.segment AND district = old.district
            AND level = coalesce(old.level_after, old.level_before, 9);
    INSERT INTO programme_coverage AS kept VALUES (new.programme, new.segment, new.district,
        coalesce(new.level_after, new.level_before, 9), CASE WHEN new.state <> 'withdrawn' THEN 1 ELSE 0 END,
        CASE WHEN new.state = ANY (done) THEN 1 ELSE 0 END, new.award_fen)
        ON CONFLICT (programme, segment, district, level) DO UPDATE SET firms = kept.firms + excluded.firms,
            accepted = kept.accepted + excluded.accepted, award_fen = kept.award_fen + excluded.award_fen;
    RETURN NULL;
END $$;
CREATE TRIGGER project_covered AFTER UPDATE OF state, level_before, level_after, award_fen ON project FOR EACH ROW
    EXECUTE FUNCTION project_covered();

-- Firms of a programme that have not withdrawn, by the level that they began with (9: none measured yet): the other
-- half of
-- `programme_coverage`, kept the same way, so that a city's map costs the same for any number of firms.
CREATE TABLE programme_before (
    programme TEXT COLLATE "C" NOT NULL REFERENCES programme (id),
    segment TEXT COLLATE "C" NOT NULL,
    district TEXT COLLATE "C" NOT NULL,
    level BIGINT NOT NULL,
    firms BIGINT NOT NULL CHECK (firms >= 0),
    PRIMARY KEY (programme, segment, district, level)
);
CREATE FUNCTION project_before_1() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO programme_before VALUES (new.programme, new.segment, new.district, coalesce(new.level_before, 9), 1)
        ON CONFLICT (programme, segment, district, level) DO UPDATE SET firms = programme_before.firms + 1;
    RETURN NULL;
END $$;
CREATE TRIGGER project_before_1 AFTER INSERT ON project FOR EACH ROW EXECUTE FUNCTION project_before_1();
CREATE FUNCTION project_before_2() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE programme_before SET firms = firms - CASE WHEN old.state <> 'withdrawn' THEN 1 ELSE 0 END
        WHERE programme = old.programme AND segment = old.segment AND district = old.district
            AND level = coalesce(old.level_before, 9);
    INSERT INTO programme_before VALUES (new.programme, new.segment, new.district, coalesce(new.level_before, 9),
        CASE WHEN new.state <> 'withdrawn' THEN 1 ELSE 0 END)
        ON CONFLICT (programme, segment, district, level) DO UPDATE SET firms = programme_before.firms + excluded.firms;
    RETURN NULL;
END $$;
CREATE TRIGGER project_before_2 AFTER UPDATE OF state, level_before ON project FOR EACH ROW
    WHEN (new.level_before IS DISTINCT FROM old.level_before OR (new.state = 'withdrawn') <> (old.state = 'withdrawn'))
    EXECUTE FUNCTION project_before_2();

-- Money that is demanded back from a service, and when it came.
CREATE TABLE service_claw_back (
    programme TEXT COLLATE "C" NOT NULL,
    service BIGINT NOT NULL,
    number BIGINT NOT NULL,
    amount_fen BIGINT NOT NULL CHECK (amount_fen > 0),
    document TEXT COLLATE "C" NOT NULL,
    why TEXT COLLATE "C" NOT NULL,
    at_us BIGINT NOT NULL,
    by TEXT COLLATE "C" NOT NULL REFERENCES person (id),
    recovered_on TEXT COLLATE "C",
    PRIMARY KEY (programme, service, number),
    FOREIGN KEY (programme, service) REFERENCES programme_service (programme, number)
);
CREATE TRIGGER service_claw_back_kept_1 BEFORE UPDATE ON service_claw_back FOR EACH ROW
    WHEN (old.recovered_on IS NOT NULL OR
    (new.programme, new.service, new.number, new.amount_fen, new.document, new.why, new.at_us, new.by)
    IS DISTINCT FROM (old.programme, old.service, old.number, old.amount_fen, old.document, old.why, old.at_us, old.by))
    EXECUTE FUNCTION refuse('what was demanded stays, and comes once');
CREATE TRIGGER service_claw_back_kept_2 BEFORE DELETE ON service_claw_back FOR EACH ROW
    EXECUTE FUNCTION refuse('demands are kept');
-- Never more than the service was paid.
CREATE FUNCTION service_claw_back_within() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (SELECT amount_fen FROM programme_service
            WHERE programme = new.programme AND number = new.service AND paid_us IS NOT NULL)
        - (SELECT coalesce(sum(amount_fen), 0) FROM service_claw_back
            WHERE programme = new.programme AND service = new.service)
        < new.amount_fen
    THEN
        RAISE EXCEPTION 'more is demanded back than was paid';
    END IF;
    RETURN new;
END $$;
CREATE TRIGGER service_claw_back_within BEFORE INSERT ON service_claw_back FOR EACH ROW
    EXECUTE FUNCTION service_claw_back_within();
