-- The registry's database. Instants are microseconds since 1970 (UTC); ids are UUIDv7 texts; JSON is text.
-- Names of people, organisations and tenants are shown, never used as keys.

-- The number of the newest snapshot. Raised by every change that concerns hosts, in the same transaction.
CREATE TABLE head (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    seq INTEGER NOT NULL CHECK (seq >= 0)
) STRICT;
INSERT INTO head (one, seq) VALUES (1, 1);

CREATE TABLE person (
    id TEXT PRIMARY KEY NOT NULL,
    email TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL,
    password TEXT NOT NULL,
    -- Access tokens issued before this second are void.
    void_before_s INTEGER NOT NULL DEFAULT 0,
    created_us INTEGER NOT NULL
) STRICT;
CREATE INDEX person_void ON person (void_before_s);

-- One family of refresh tokens.
CREATE TABLE session (
    id TEXT PRIMARY KEY NOT NULL,
    person TEXT NOT NULL REFERENCES person (id),
    started_us INTEGER NOT NULL,
    expires_us INTEGER NOT NULL,
    ended_us INTEGER
) STRICT;
CREATE INDEX session_person ON session (person, started_us);

CREATE TABLE refresh_token (
    hash TEXT PRIMARY KEY NOT NULL,
    session TEXT NOT NULL REFERENCES session (id) ON DELETE CASCADE,
    expires_us INTEGER NOT NULL,
    used_us INTEGER
) STRICT;
CREATE INDEX refresh_token_session ON refresh_token (session);

-- Attempts to sign in, by address, known or not.
CREATE TABLE attempt (
    email TEXT PRIMARY KEY NOT NULL,
    count INTEGER NOT NULL,
    since_us INTEGER NOT NULL
) STRICT;
CREATE INDEX attempt_since ON attempt (since_us);

CREATE TABLE org (
    id TEXT PRIMARY KEY NOT NULL,
    slug TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('provider', 'sme', 'marketplace')),
    created_us INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX org_marketplace ON org (kind) WHERE kind = 'marketplace';

CREATE TABLE org_member (
    org TEXT NOT NULL REFERENCES org (id),
    person TEXT NOT NULL REFERENCES person (id),
    role TEXT NOT NULL CHECK (role IN ('owner', 'member', 'admin', 'reviewer')),
    since_us INTEGER NOT NULL,
    PRIMARY KEY (org, person)
) STRICT;
CREATE INDEX org_member_person ON org_member (person);

CREATE TABLE publishing_key (
    key_id TEXT PRIMARY KEY NOT NULL,
    org TEXT NOT NULL REFERENCES org (id),
    public_key TEXT NOT NULL,
    added_by TEXT NOT NULL REFERENCES person (id),
    added_us INTEGER NOT NULL,
    revoked_us INTEGER
) STRICT;
CREATE INDEX publishing_key_org ON publishing_key (org);

CREATE TABLE module (
    name TEXT PRIMARY KEY NOT NULL,
    org TEXT NOT NULL REFERENCES org (id),
    taken_by TEXT NOT NULL REFERENCES person (id),
    taken_us INTEGER NOT NULL
) STRICT;
CREATE INDEX module_org ON module (org);

-- A version on its way. A new build of a version that failed supersedes the old one, which is kept.
CREATE TABLE submission (
    id TEXT PRIMARY KEY NOT NULL,
    module TEXT NOT NULL REFERENCES module (name),
    version TEXT NOT NULL,
    digest TEXT NOT NULL,
    size_bytes INTEGER NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('checking', 'failed', 'review', 'approved', 'changes_requested', 'rejected')),
    key_id TEXT NOT NULL REFERENCES publishing_key (key_id),
    signature TEXT NOT NULL,
    submitted_by TEXT NOT NULL REFERENCES person (id),
    submitted_us INTEGER NOT NULL,
    superseded_us INTEGER,
    -- What the component says of itself.
    manifest TEXT NOT NULL CHECK (json_valid(manifest)),
    -- Listing of its package; known once it was checked.
    listing TEXT NOT NULL CHECK (json_valid(listing)),
    report TEXT CHECK (json_valid(report)),
    -- Of an approved version: rules it was checked against, the registry's signature and the key that made it.
    rules TEXT,
    approval TEXT,
    approval_key_id TEXT,
    CHECK ((state = 'approved') = (approval IS NOT NULL)),
    CHECK (approval IS NULL OR (rules IS NOT NULL AND approval_key_id IS NOT NULL AND superseded_us IS NULL))
) STRICT;
CREATE UNIQUE INDEX submission_version ON submission (module, version) WHERE superseded_us IS NULL;
CREATE INDEX submission_state ON submission (state, submitted_us);
CREATE INDEX submission_digest ON submission (digest);

CREATE TABLE decision (
    number INTEGER PRIMARY KEY,
    submission TEXT NOT NULL REFERENCES submission (id),
    person TEXT NOT NULL REFERENCES person (id),
    at_us INTEGER NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('approved', 'changes_requested', 'rejected')),
    reason TEXT NOT NULL
) STRICT;
CREATE INDEX decision_submission ON decision (submission);

CREATE TABLE tenant (
    id TEXT PRIMARY KEY NOT NULL,
    org TEXT NOT NULL REFERENCES org (id),
    slug TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL,
    time_zone TEXT NOT NULL,
    active INTEGER NOT NULL CHECK (active IN (0, 1)),
    created_us INTEGER NOT NULL
) STRICT;
CREATE INDEX tenant_org ON tenant (org);

CREATE TABLE tenant_member (
    tenant TEXT NOT NULL REFERENCES tenant (id),
    person TEXT NOT NULL REFERENCES person (id),
    role TEXT NOT NULL CHECK (role IN ('owner', 'admin', 'supervisor', 'operator', 'viewer')),
    since_us INTEGER NOT NULL,
    PRIMARY KEY (tenant, person)
) STRICT;
CREATE INDEX tenant_member_person ON tenant_member (person);

CREATE TABLE device (
    id TEXT PRIMARY KEY NOT NULL,
    tenant TEXT NOT NULL REFERENCES tenant (id),
    name TEXT NOT NULL,
    token_sha256 TEXT NOT NULL UNIQUE,
    added_us INTEGER NOT NULL,
    removed_us INTEGER
) STRICT;
CREATE INDEX device_tenant ON device (tenant) WHERE removed_us IS NULL;

-- A consent: who agreed when to what. The one that has not ended is the tenant's subscription.
CREATE TABLE subscription (
    id TEXT PRIMARY KEY NOT NULL,
    tenant TEXT NOT NULL REFERENCES tenant (id),
    module TEXT NOT NULL REFERENCES module (name),
    submission TEXT NOT NULL REFERENCES submission (id),
    -- What the version asked for, and what was agreed to.
    wanted TEXT NOT NULL CHECK (json_valid(wanted)),
    grants TEXT NOT NULL CHECK (json_valid(grants)),
    since_us INTEGER NOT NULL,
    agreed_by TEXT NOT NULL REFERENCES person (id),
    agreed_us INTEGER NOT NULL,
    -- The snapshot from which hosts know of it.
    seq INTEGER NOT NULL,
    ended_by TEXT REFERENCES person (id),
    ended_us INTEGER,
    CHECK ((ended_by IS NULL) = (ended_us IS NULL))
) STRICT;
CREATE UNIQUE INDEX subscription_current ON subscription (tenant, module) WHERE ended_us IS NULL;

CREATE TABLE host (
    name TEXT PRIMARY KEY NOT NULL,
    token_sha256 TEXT NOT NULL UNIQUE,
    -- The highest seq that it has in force, and when it last asked.
    confirmed_seq INTEGER NOT NULL DEFAULT 0,
    polled_us INTEGER
) STRICT;

-- What was done, by whom: each line carries the hash of the line before it.
CREATE TABLE audit (
    number INTEGER PRIMARY KEY,
    at_us INTEGER NOT NULL,
    actor TEXT NOT NULL,
    act TEXT NOT NULL,
    subject TEXT NOT NULL,
    detail TEXT NOT NULL CHECK (json_valid(detail)),
    hash TEXT NOT NULL
) STRICT;

CREATE TRIGGER audit_kept_1 BEFORE UPDATE ON audit BEGIN SELECT raise(ABORT, 'the audit is append-only'); END;
CREATE TRIGGER audit_kept_2 BEFORE DELETE ON audit BEGIN SELECT raise(ABORT, 'the audit is append-only'); END;
CREATE TRIGGER decision_kept_1 BEFORE UPDATE ON decision BEGIN SELECT raise(ABORT, 'decisions are append-only'); END;
CREATE TRIGGER decision_kept_2 BEFORE DELETE ON decision BEGIN SELECT raise(ABORT, 'decisions are append-only'); END;
CREATE TRIGGER head_rises BEFORE UPDATE ON head WHEN new.seq <= old.seq
    BEGIN SELECT raise(ABORT, 'the snapshot number only rises'); END;
CREATE TRIGGER submission_approved_stays BEFORE UPDATE ON submission WHEN old.state = 'approved' AND
    (new.state, new.digest, new.version, new.manifest, new.approval, new.rules, new.signature)
    IS NOT (old.state, old.digest, old.version, old.manifest, old.approval, old.rules, old.signature)
    BEGIN SELECT raise(ABORT, 'an approved version never changes'); END;
CREATE TRIGGER consent_kept_1 BEFORE UPDATE ON subscription WHEN old.ended_us IS NOT NULL OR
    (new.tenant, new.module, new.submission, new.wanted, new.grants, new.agreed_by, new.agreed_us, new.seq)
    IS NOT (old.tenant, old.module, old.submission, old.wanted, old.grants, old.agreed_by, old.agreed_us, old.seq)
    BEGIN SELECT raise(ABORT, 'a consent can only end'); END;
CREATE TRIGGER consent_kept_2 BEFORE DELETE ON subscription BEGIN SELECT raise(ABORT, 'consents are kept'); END;
