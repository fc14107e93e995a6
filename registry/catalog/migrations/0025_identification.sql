-- Providers that a city identified, by segment and kind; the experts, objections and appeals on the way. All of it is kept.
CREATE TABLE identification (
    id TEXT PRIMARY KEY NOT NULL,
    -- Slug of the provider.
    org TEXT NOT NULL REFERENCES org (slug),
    -- Six digits of GB/T 2260.
    city TEXT NOT NULL,
    segment TEXT NOT NULL REFERENCES segment (code),
    kind TEXT NOT NULL CHECK (kind IN ('integrator', 'product', 'chain_leader')),
    state TEXT NOT NULL CHECK (state IN ('applied', 'reviewing', 'reviewed', 'publicity', 'active', 'warned', 'rectifying',
        'reported', 'suspended', 'delisted', 'refused', 'withdrawn', 'expired', 'superseded')),
    statement TEXT NOT NULL,
    documents TEXT NOT NULL CHECK (json_valid(documents)),
    renews TEXT REFERENCES identification (id),
    stars INTEGER CHECK (stars BETWEEN 1 AND 5),
    applied_by TEXT NOT NULL REFERENCES person (id),
    applied_us INTEGER NOT NULL,
    changed_us INTEGER NOT NULL,
    -- First and last days, YYYY-MM-DD.
    publicity_from TEXT,
    publicity_until TEXT,
    valid_from TEXT,
    valid_until TEXT,
    rectify_by TEXT,
    CHECK ((publicity_from IS NULL) = (publicity_until IS NULL)),
    CHECK ((valid_from IS NULL) = (valid_until IS NULL)),
    CHECK (state NOT IN ('active', 'warned', 'rectifying', 'reported', 'suspended') OR valid_until IS NOT NULL),
    CHECK (state <> 'rectifying' OR rectify_by IS NOT NULL)
) STRICT;
CREATE UNIQUE INDEX identification_applied ON identification (org, city, segment, kind)
    WHERE state IN ('applied', 'reviewing', 'reviewed', 'publicity');
CREATE UNIQUE INDEX identification_listed ON identification (org, city, segment, kind)
    WHERE state IN ('active', 'warned', 'rectifying', 'reported', 'suspended');
CREATE INDEX identification_city ON identification (city, state, id);
CREATE INDEX identification_segment ON identification (city, segment, state, id);
CREATE INDEX identification_org ON identification (org, id);
-- What time itself does.
CREATE INDEX identification_expires ON identification (valid_until)
    WHERE state IN ('active', 'warned', 'rectifying', 'reported', 'suspended');
CREATE INDEX identification_lapses ON identification (rectify_by) WHERE state = 'rectifying';

CREATE TRIGGER identification_kept_1 BEFORE UPDATE ON identification WHEN
    (new.org, new.city, new.segment, new.kind, new.statement, new.documents, new.renews, new.applied_by, new.applied_us)
    IS NOT (old.org, old.city, old.segment, old.kind, old.statement, old.documents, old.renews, old.applied_by, old.applied_us)
    BEGIN SELECT raise(ABORT, 'what was applied for stays as it was'); END;
CREATE TRIGGER identification_kept_2 BEFORE DELETE ON identification
    BEGIN SELECT raise(ABORT, 'identifications are kept'); END;

CREATE TABLE identification_step (
    number INTEGER PRIMARY KEY,
    identification TEXT NOT NULL REFERENCES identification (id),
    at_us INTEGER NOT NULL,
    -- A person's id, or the name of a part of the server.
    actor TEXT NOT NULL,
    act TEXT NOT NULL,
    before TEXT,
    after TEXT NOT NULL,
    reason TEXT NOT NULL
) STRICT;
CREATE INDEX identification_step_of ON identification_step (identification, number);
CREATE TRIGGER identification_step_kept_1 BEFORE UPDATE ON identification_step
    BEGIN SELECT raise(ABORT, 'steps are append-only'); END;
CREATE TRIGGER identification_step_kept_2 BEFORE DELETE ON identification_step
    BEGIN SELECT raise(ABORT, 'steps are append-only'); END;

CREATE TABLE identification_expert (
    identification TEXT NOT NULL REFERENCES identification (id),
    person TEXT NOT NULL REFERENCES person (id),
    named_by TEXT NOT NULL REFERENCES person (id),
    named_us INTEGER NOT NULL,
    -- Named no more before they scored.
    relieved_us INTEGER,
    cases INTEGER CHECK (cases BETWEEN 0 AND 30),
    technology INTEGER CHECK (technology BETWEEN 0 AND 30),
    service INTEGER CHECK (service BETWEEN 0 AND 20),
    price INTEGER CHECK (price BETWEEN 0 AND 20),
    comment TEXT NOT NULL DEFAULT '',
    scored_us INTEGER,
    PRIMARY KEY (identification, person),
    CHECK ((scored_us IS NULL) = (cases IS NULL) AND (scored_us IS NULL) = (technology IS NULL)
        AND (scored_us IS NULL) = (service IS NULL) AND (scored_us IS NULL) = (price IS NULL)),
    CHECK (scored_us IS NULL OR relieved_us IS NULL)
) STRICT;
CREATE INDEX identification_expert_person ON identification_expert (person, identification);
CREATE TRIGGER identification_expert_kept_1 BEFORE UPDATE ON identification_expert WHEN old.scored_us IS NOT NULL
    BEGIN SELECT raise(ABORT, 'a score is given once'); END;
CREATE TRIGGER identification_expert_kept_2 BEFORE DELETE ON identification_expert
    BEGIN SELECT raise(ABORT, 'experts are kept'); END;

-- An objection in publicity, or the provider's appeal against a step.
CREATE TABLE identification_dispute (
    number INTEGER PRIMARY KEY,
    identification TEXT NOT NULL REFERENCES identification (id),
    against INTEGER UNIQUE REFERENCES identification_step (number),
    text TEXT NOT NULL,
    said_by TEXT NOT NULL REFERENCES person (id),
    said_us INTEGER NOT NULL,
    decided_by TEXT REFERENCES person (id),
    decided_us INTEGER,
    upheld INTEGER CHECK (upheld IN (0, 1)),
    reason TEXT,
    CHECK ((decided_by IS NULL) = (decided_us IS NULL) AND (decided_by IS NULL) = (upheld IS NULL)
        AND (decided_by IS NULL) = (reason IS NULL))
) STRICT;
CREATE INDEX identification_dispute_of ON identification_dispute (identification, number);
CREATE INDEX identification_dispute_open ON identification_dispute (identification) WHERE decided_us IS NULL;
CREATE TRIGGER identification_dispute_kept_1 BEFORE UPDATE ON identification_dispute WHEN old.decided_us IS NOT NULL OR
    (new.identification, new.against, new.text, new.said_by, new.said_us)
    IS NOT (old.identification, old.against, old.text, old.said_by, old.said_us)
    BEGIN SELECT raise(ABORT, 'what was said can only be decided, once'); END;
CREATE TRIGGER identification_dispute_kept_2 BEFORE DELETE ON identification_dispute
    BEGIN SELECT raise(ABORT, 'what was said is kept'); END;
