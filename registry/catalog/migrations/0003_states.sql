-- Drafts, two reviewers, the queue, scoped consents, upgrades, staged rollouts, providers that leave.

-- A constraint is changed in place, as SQLite's documentation of ALTER TABLE describes for changes that leave the rows as
-- they are. Rebuilding the table would have to know the columns that other migrations add to it.
PRAGMA writable_schema = ON;
UPDATE sqlite_schema SET sql = replace(sql, '(''checking'', ''failed'', ''review''',
    '(''draft'', ''discarded'', ''submitted'', ''checking'', ''failed'', ''review''')
    WHERE type = 'table' AND name = 'submission';
UPDATE sqlite_schema SET sql = replace(sql, '''admin'', ''reviewer''', '''admin'', ''reviewer'', ''auditor''')
    WHERE type = 'table' AND name = 'org_member';
PRAGMA writable_schema = RESET;

-- Until when a draft is kept.
ALTER TABLE submission ADD COLUMN expires_us INTEGER;
-- Why two people must approve it; an empty list when one is enough. Known once it was checked.
ALTER TABLE submission ADD COLUMN second_because TEXT NOT NULL DEFAULT '[]' CHECK (json_valid(second_because));
-- The reviewer who works on it.
ALTER TABLE submission ADD COLUMN claimed_by TEXT REFERENCES person (id);
ALTER TABLE submission ADD COLUMN claimed_us INTEGER;

-- Every step of every submission: who, when, why. Takes the place of `decision`.
CREATE TABLE transition (
    number INTEGER PRIMARY KEY,
    submission TEXT NOT NULL REFERENCES submission (id),
    at_us INTEGER NOT NULL,
    -- A person's id, or the name of a part of the server.
    actor TEXT NOT NULL,
    act TEXT NOT NULL,
    before TEXT,
    after TEXT NOT NULL,
    reason TEXT NOT NULL
) STRICT;
CREATE INDEX transition_submission ON transition (submission);
INSERT INTO transition (submission, at_us, actor, act, before, after, reason)
    SELECT id, submitted_us, submitted_by, 'submit', NULL, 'submitted', '' FROM submission ORDER BY submitted_us, id;
INSERT INTO transition (submission, at_us, actor, act, before, after, reason)
    SELECT submission, at_us, person, CASE state WHEN 'approved' THEN 'approve' WHEN 'rejected' THEN 'reject'
        ELSE 'request_changes' END, 'review', state, reason FROM decision ORDER BY number;
DROP TABLE decision;
CREATE TRIGGER transition_kept_1 BEFORE UPDATE ON transition BEGIN SELECT raise(ABORT, 'transitions are append-only'); END;
CREATE TRIGGER transition_kept_2 BEFORE DELETE ON transition BEGIN SELECT raise(ABORT, 'transitions are append-only'); END;

-- What provider and reviewers say to each other about a submission.
CREATE TABLE comment (
    number INTEGER PRIMARY KEY,
    submission TEXT NOT NULL REFERENCES submission (id),
    person TEXT NOT NULL REFERENCES person (id),
    -- Which side the person spoke for.
    side TEXT NOT NULL CHECK (side IN ('provider', 'marketplace')),
    at_us INTEGER NOT NULL,
    text TEXT NOT NULL
) STRICT;
CREATE INDEX comment_submission ON comment (submission);
CREATE TRIGGER comment_kept_1 BEFORE UPDATE ON comment BEGIN SELECT raise(ABORT, 'comments are append-only'); END;
CREATE TRIGGER comment_kept_2 BEFORE DELETE ON comment BEGIN SELECT raise(ABORT, 'comments are append-only'); END;

-- How a consent came about, how far its grants reach, and the page that was shown: its text and the hash of it.
ALTER TABLE subscription ADD COLUMN kind TEXT NOT NULL DEFAULT 'agree'
    CHECK (kind IN ('agree', 'upgrade', 'auto', 'rollback', 'revoke'));
ALTER TABLE subscription ADD COLUMN scopes TEXT NOT NULL DEFAULT '[]' CHECK (json_valid(scopes));
ALTER TABLE subscription ADD COLUMN shown TEXT NOT NULL DEFAULT '';
ALTER TABLE subscription ADD COLUMN shown_sha256 TEXT NOT NULL DEFAULT '';
DROP TRIGGER consent_kept_1;
CREATE TRIGGER consent_kept_1 BEFORE UPDATE ON subscription WHEN old.ended_us IS NOT NULL OR
    (new.tenant, new.module, new.submission, new.wanted, new.grants, new.agreed_by, new.agreed_us, new.seq, new.kind,
        new.scopes, new.shown, new.shown_sha256)
    IS NOT (old.tenant, old.module, old.submission, old.wanted, old.grants, old.agreed_by, old.agreed_us, old.seq, old.kind,
        old.scopes, old.shown, old.shown_sha256)
    BEGIN SELECT raise(ABORT, 'a consent can only end'); END;
CREATE INDEX subscription_module ON subscription (module) WHERE ended_us IS NULL;

-- How a tenant takes new versions of a module. Without a row: automatically, inside what was agreed to.
CREATE TABLE upgrade_policy (
    tenant TEXT NOT NULL REFERENCES tenant (id),
    module TEXT NOT NULL REFERENCES module (name),
    policy TEXT NOT NULL CHECK (policy IN ('auto', 'ask')),
    -- Stays at its version until somebody says otherwise.
    pinned INTEGER NOT NULL CHECK (pinned IN (0, 1)),
    set_by TEXT NOT NULL REFERENCES person (id),
    set_us INTEGER NOT NULL,
    PRIMARY KEY (tenant, module)
) STRICT;

-- A version that reaches tenants ring by ring. A version without a row reaches all at once.
CREATE TABLE rollout (
    module TEXT NOT NULL REFERENCES module (name),
    version TEXT NOT NULL,
    -- Parts per million of all tenants, rising to 1,000,000.
    rings TEXT NOT NULL CHECK (json_valid(rings)),
    -- How long each ring is watched.
    step_s INTEGER NOT NULL CHECK (step_s > 0),
    state TEXT NOT NULL CHECK (state IN ('planned', 'running', 'halted', 'rolled_back', 'done')),
    ring INTEGER NOT NULL,
    ring_since_us INTEGER NOT NULL,
    -- What hosts had counted when the ring began.
    base_invocations INTEGER NOT NULL,
    base_faults INTEGER NOT NULL,
    -- Why it is in this state.
    why TEXT NOT NULL,
    started_by TEXT NOT NULL REFERENCES person (id),
    started_us INTEGER NOT NULL,
    PRIMARY KEY (module, version)
) STRICT;
CREATE INDEX rollout_running ON rollout (state) WHERE state = 'running';

-- What hosts counted of a version, all tenants together.
CREATE TABLE health (
    module TEXT NOT NULL,
    version TEXT NOT NULL,
    host TEXT NOT NULL REFERENCES host (name),
    invocations INTEGER NOT NULL,
    faults INTEGER NOT NULL,
    at_us INTEGER NOT NULL,
    PRIMARY KEY (module, version, host)
) STRICT;

-- A provider that has left: nothing new of it comes in, what was approved stays.
ALTER TABLE org ADD COLUMN closed_us INTEGER;
-- Who was given a module's name after its first provider.
CREATE TABLE module_successor (
    number INTEGER PRIMARY KEY,
    module TEXT NOT NULL REFERENCES module (name),
    before TEXT NOT NULL REFERENCES org (id),
    after TEXT NOT NULL REFERENCES org (id),
    given_by TEXT NOT NULL REFERENCES person (id),
    given_us INTEGER NOT NULL,
    reason TEXT NOT NULL
) STRICT;
CREATE TRIGGER module_successor_kept_1 BEFORE UPDATE ON module_successor BEGIN SELECT raise(ABORT, 'append-only'); END;
CREATE TRIGGER module_successor_kept_2 BEFORE DELETE ON module_successor BEGIN SELECT raise(ABORT, 'append-only'); END;
