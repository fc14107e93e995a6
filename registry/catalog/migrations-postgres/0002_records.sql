-- People, modules and their versions, consents, the log.

-- The number of the newest snapshot. Raised by every change that concerns hosts, in the same transaction.
CREATE TABLE head (
    one BIGINT PRIMARY KEY CHECK (one = 1),
    seq BIGINT NOT NULL CHECK (seq >= 0)
);
INSERT INTO head (one, seq) VALUES (1, 1);

CREATE TABLE person (
    id TEXT COLLATE "C" PRIMARY KEY,
    email TEXT COLLATE "C" NOT NULL UNIQUE,
    name TEXT COLLATE "C" NOT NULL,
    password TEXT COLLATE "C" NOT NULL,
    -- Access tokens issued before this second are void.
    void_before_s BIGINT NOT NULL DEFAULT 0,
    created_us BIGINT NOT NULL
);
CREATE INDEX person_void ON person (void_before_s);

-- One family of refresh tokens.
CREATE TABLE session (
    id TEXT COLLATE "C" PRIMARY KEY,
    person TEXT COLLATE "C" NOT NULL REFERENCES person (id),
    started_us BIGINT NOT NULL,
    expires_us BIGINT NOT NULL,
    ended_us BIGINT,
    -- Where it is.
    device TEXT COLLATE "C" NOT NULL DEFAULT '',
    used_us BIGINT NOT NULL DEFAULT 0
);
CREATE INDEX session_person ON session (person, started_us);

CREATE TABLE refresh_token (
    hash TEXT COLLATE "C" PRIMARY KEY,
    session TEXT COLLATE "C" NOT NULL REFERENCES session (id) ON DELETE CASCADE,
    expires_us BIGINT NOT NULL,
    used_us BIGINT
);
CREATE INDEX refresh_token_session ON refresh_token (session);

-- Attempts to sign in, by address, known or not.
CREATE TABLE attempt (
    email TEXT COLLATE "C" PRIMARY KEY,
    count BIGINT NOT NULL,
    since_us BIGINT NOT NULL
);
CREATE INDEX attempt_since ON attempt (since_us);

CREATE TABLE org (
    id TEXT COLLATE "C" PRIMARY KEY,
    slug TEXT COLLATE "C" NOT NULL UNIQUE,
    name TEXT COLLATE "C" NOT NULL,
    kind TEXT COLLATE "C" NOT NULL CHECK (kind IN ('provider', 'sme', 'marketplace', 'authority')),
    created_us BIGINT NOT NULL,
    -- A provider that has left: nothing new of it comes in, what was approved stays.
    closed_us BIGINT,
    -- The city of an authority: six digits of GB/T 2260. One authority acts for a city.
    city TEXT COLLATE "C" CHECK ((city IS NOT NULL) = (kind = 'authority'))
);
CREATE UNIQUE INDEX org_marketplace ON org (kind) WHERE kind = 'marketplace';
CREATE UNIQUE INDEX org_city ON org (city) WHERE city IS NOT NULL;
CREATE INDEX org_kind ON org (kind, name, slug);

CREATE TABLE org_member (
    org TEXT COLLATE "C" NOT NULL REFERENCES org (id),
    person TEXT COLLATE "C" NOT NULL REFERENCES person (id),
    role TEXT COLLATE "C" NOT NULL CHECK (role IN ('owner', 'member', 'admin', 'reviewer', 'auditor', 'official',
        'assessor')),
    since_us BIGINT NOT NULL,
    PRIMARY KEY (org, person)
);
CREATE INDEX org_member_person ON org_member (person);

CREATE TABLE publishing_key (
    key_id TEXT COLLATE "C" PRIMARY KEY,
    org TEXT COLLATE "C" NOT NULL REFERENCES org (id),
    public_key TEXT COLLATE "C" NOT NULL,
    added_by TEXT COLLATE "C" NOT NULL REFERENCES person (id),
    added_us BIGINT NOT NULL,
    revoked_us BIGINT,
    not_before_us BIGINT NOT NULL DEFAULT 0,
    not_after_us BIGINT,
    -- The older key that signed for it; none: an owner of the provider.
    introduced_by TEXT COLLATE "C" REFERENCES publishing_key (key_id),
    -- The registry's signed record of it, where that stands in the log, and the proof.
    statement TEXT COLLATE "C",
    log_index BIGINT,
    proof TEXT COLLATE "C",
    -- Where its revocation stands in the log.
    revoked_index BIGINT
);
CREATE INDEX publishing_key_org ON publishing_key (org);

CREATE TABLE module (
    name TEXT COLLATE "C" PRIMARY KEY,
    org TEXT COLLATE "C" NOT NULL REFERENCES org (id),
    taken_by TEXT COLLATE "C" NOT NULL REFERENCES person (id),
    taken_us BIGINT NOT NULL,
    -- Only its trusted publishers submit it.
    trusted_only BIGINT NOT NULL DEFAULT 0 CHECK (trusted_only IN (0, 1))
);
CREATE INDEX module_org ON module (org);

-- A version on its way. A new build of a version that failed supersedes the old one, which is kept.
CREATE TABLE submission (
    id TEXT COLLATE "C" PRIMARY KEY,
    module TEXT COLLATE "C" NOT NULL REFERENCES module (name),
    version TEXT COLLATE "C" NOT NULL,
    digest TEXT COLLATE "C" NOT NULL,
    size_bytes BIGINT NOT NULL,
    state TEXT COLLATE "C" NOT NULL CHECK (state IN ('draft', 'discarded', 'submitted', 'checking', 'failed', 'review',
        'approved', 'changes_requested', 'rejected')),
    key_id TEXT COLLATE "C" NOT NULL REFERENCES publishing_key (key_id),
    -- The publisher's statement, an envelope.
    signature TEXT COLLATE "C" NOT NULL,
    submitted_by TEXT COLLATE "C" NOT NULL REFERENCES person (id),
    submitted_us BIGINT NOT NULL,
    superseded_us BIGINT,
    -- What the component says of itself.
    manifest TEXT COLLATE "C" NOT NULL CHECK (json_valid(manifest)),
    -- Listing of its package; known once it was checked.
    listing TEXT COLLATE "C" NOT NULL CHECK (json_valid(listing)),
    report TEXT COLLATE "C" CHECK (json_valid(report)),
    -- Of an approved version: rules it was checked against, the registry's statement and the key that signed it.
    rules TEXT COLLATE "C",
    approval TEXT COLLATE "C",
    approval_key_id TEXT COLLATE "C",
    standing TEXT COLLATE "C" CHECK (standing IN ('deprecated', 'yanked', 'revoked')),
    -- Of an approved version: where its approval stands in the log, and the proof of it.
    log_index BIGINT,
    proof TEXT COLLATE "C",
    -- Until when a draft is kept.
    expires_us BIGINT,
    -- Why two people must approve it; an empty list when one is enough. Known once it was checked.
    second_because TEXT COLLATE "C" NOT NULL DEFAULT '[]' CHECK (json_valid(second_because)),
    -- The reviewer who works on it.
    claimed_by TEXT COLLATE "C" REFERENCES person (id),
    claimed_us BIGINT,
    CHECK ((state = 'approved') = (approval IS NOT NULL)),
    CHECK (approval IS NULL OR (rules IS NOT NULL AND approval_key_id IS NOT NULL AND superseded_us IS NULL))
);
CREATE UNIQUE INDEX submission_version ON submission (module, version) WHERE superseded_us IS NULL;
CREATE INDEX submission_state ON submission (state, submitted_us);
CREATE INDEX submission_digest ON submission (digest);

CREATE TABLE tenant (
    id TEXT COLLATE "C" PRIMARY KEY,
    org TEXT COLLATE "C" NOT NULL REFERENCES org (id),
    slug TEXT COLLATE "C" NOT NULL UNIQUE,
    name TEXT COLLATE "C" NOT NULL,
    time_zone TEXT COLLATE "C" NOT NULL,
    active BIGINT NOT NULL CHECK (active IN (0, 1)),
    created_us BIGINT NOT NULL
);
CREATE INDEX tenant_org ON tenant (org);

CREATE TABLE tenant_member (
    tenant TEXT COLLATE "C" NOT NULL REFERENCES tenant (id),
    person TEXT COLLATE "C" NOT NULL REFERENCES person (id),
    role TEXT COLLATE "C" NOT NULL CHECK (role IN ('owner', 'admin', 'supervisor', 'operator', 'viewer')),
    since_us BIGINT NOT NULL,
    PRIMARY KEY (tenant, person)
);
CREATE INDEX tenant_member_person ON tenant_member (person);

CREATE TABLE device (
    id TEXT COLLATE "C" PRIMARY KEY,
    tenant TEXT COLLATE "C" NOT NULL REFERENCES tenant (id),
    name TEXT COLLATE "C" NOT NULL,
    token_sha256 TEXT COLLATE "C" NOT NULL UNIQUE,
    added_us BIGINT NOT NULL,
    removed_us BIGINT,
    -- It may be switched off and on again, and have a client certificate, known by its fingerprint.
    disabled_us BIGINT,
    certificate_sha256 TEXT COLLATE "C"
);
CREATE INDEX device_tenant ON device (tenant) WHERE removed_us IS NULL;

-- A consent: who agreed when to what. The one that has not ended is the tenant's subscription.
CREATE TABLE subscription (
    id TEXT COLLATE "C" PRIMARY KEY,
    tenant TEXT COLLATE "C" NOT NULL REFERENCES tenant (id),
    module TEXT COLLATE "C" NOT NULL REFERENCES module (name),
    submission TEXT COLLATE "C" NOT NULL REFERENCES submission (id),
    -- What the version asked for, and what was agreed to.
    wanted TEXT COLLATE "C" NOT NULL CHECK (json_valid(wanted)),
    grants TEXT COLLATE "C" NOT NULL CHECK (json_valid(grants)),
    since_us BIGINT NOT NULL,
    agreed_by TEXT COLLATE "C" NOT NULL REFERENCES person (id),
    agreed_us BIGINT NOT NULL,
    -- The snapshot from which hosts know of it.
    seq BIGINT NOT NULL,
    ended_by TEXT COLLATE "C" REFERENCES person (id),
    ended_us BIGINT,
    -- How it came about, how far its grants reach, and the page that was shown: its text and the hash of it.
    kind TEXT COLLATE "C" NOT NULL DEFAULT 'agree' CHECK (kind IN ('agree', 'upgrade', 'auto', 'rollback', 'revoke')),
    scopes TEXT COLLATE "C" NOT NULL DEFAULT '[]' CHECK (json_valid(scopes)),
    shown TEXT COLLATE "C" NOT NULL DEFAULT '',
    shown_sha256 TEXT COLLATE "C" NOT NULL DEFAULT '',
    CHECK ((ended_by IS NULL) = (ended_us IS NULL))
);
CREATE UNIQUE INDEX subscription_current ON subscription (tenant, module) WHERE ended_us IS NULL;
CREATE INDEX subscription_module ON subscription (module) WHERE ended_us IS NULL;
CREATE INDEX subscription_of ON subscription (tenant, module, agreed_us);

CREATE TABLE host (
    name TEXT COLLATE "C" PRIMARY KEY,
    token_sha256 TEXT COLLATE "C" NOT NULL UNIQUE,
    -- The highest seq that it has in force, and when it last asked.
    confirmed_seq BIGINT NOT NULL DEFAULT 0,
    polled_us BIGINT
);

-- What was done, by whom: each line carries the hash of the line before it.
CREATE TABLE audit (
    number BIGINT PRIMARY KEY,
    at_us BIGINT NOT NULL,
    actor TEXT COLLATE "C" NOT NULL,
    act TEXT COLLATE "C" NOT NULL,
    subject TEXT COLLATE "C" NOT NULL,
    detail TEXT COLLATE "C" NOT NULL CHECK (json_valid(detail)),
    hash TEXT COLLATE "C" NOT NULL
);

CREATE TRIGGER audit_kept_1 BEFORE UPDATE ON audit FOR EACH ROW EXECUTE FUNCTION refuse('the audit is append-only');
CREATE TRIGGER audit_kept_2 BEFORE DELETE ON audit FOR EACH ROW EXECUTE FUNCTION refuse('the audit is append-only');
CREATE TRIGGER head_rises BEFORE UPDATE ON head FOR EACH ROW WHEN (new.seq <= old.seq)
    EXECUTE FUNCTION refuse('the snapshot number only rises');
CREATE TRIGGER submission_approved_stays BEFORE UPDATE ON submission FOR EACH ROW WHEN (old.state = 'approved' AND
    (new.state, new.digest, new.version, new.manifest, new.approval, new.rules, new.signature)
    IS DISTINCT FROM (old.state, old.digest, old.version, old.manifest, old.approval, old.rules, old.signature))
    EXECUTE FUNCTION refuse('an approved version never changes');
CREATE TRIGGER consent_kept_1 BEFORE UPDATE ON subscription FOR EACH ROW WHEN (old.ended_us IS NOT NULL OR
    (new.tenant, new.module, new.submission, new.wanted, new.grants, new.agreed_by, new.agreed_us, new.seq, new.kind,
        new.scopes, new.shown, new.shown_sha256)
    IS DISTINCT FROM (old.tenant, old.module, old.submission, old.wanted, old.grants, old.agreed_by,
        old.agreed_us, old.seq, old.kind,
        old.scopes, old.shown, old.shown_sha256))
    EXECUTE FUNCTION refuse('a consent can only end');
CREATE TRIGGER consent_kept_2 BEFORE DELETE ON subscription FOR EACH ROW EXECUTE FUNCTION refuse('consents are kept');

-- Who changed the standing of an approved version, when and why.
CREATE TABLE standing_change (
    number BIGINT GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,
    submission TEXT COLLATE "C" NOT NULL REFERENCES submission (id),
    person TEXT COLLATE "C" NOT NULL REFERENCES person (id),
    at_us BIGINT NOT NULL,
    standing TEXT COLLATE "C" NOT NULL CHECK (standing IN ('approved', 'deprecated', 'yanked', 'revoked')),
    reason TEXT COLLATE "C" NOT NULL,
    log_index BIGINT NOT NULL
);
CREATE INDEX standing_change_submission ON standing_change (submission);

-- The number of the newest revocation list.
CREATE TABLE revocation_head (
    one BIGINT PRIMARY KEY CHECK (one = 1),
    seq BIGINT NOT NULL CHECK (seq >= 0)
);
INSERT INTO revocation_head (one, seq) VALUES (1, 1);

-- The log: its entries, the hashes of its complete subtrees, and every signed head.
CREATE TABLE log_entry (
    idx BIGINT PRIMARY KEY,
    entry BYTEA NOT NULL
);
CREATE TABLE log_node (
    level BIGINT NOT NULL,
    idx BIGINT NOT NULL,
    hash BYTEA NOT NULL CHECK (length(hash) = 32),
    PRIMARY KEY (level, idx)
);
CREATE TABLE checkpoint (
    size BIGINT PRIMARY KEY,
    note TEXT COLLATE "C" NOT NULL
);

CREATE TRIGGER standing_revoked_stays BEFORE UPDATE ON submission FOR EACH ROW
    WHEN (old.standing = 'revoked' AND new.standing IS DISTINCT FROM 'revoked')
    EXECUTE FUNCTION refuse('a revoked version stays revoked');
CREATE TRIGGER standing_needs_approval BEFORE UPDATE ON submission FOR EACH ROW
    WHEN (new.standing IS NOT NULL AND new.state <> 'approved')
    EXECUTE FUNCTION refuse('only an approved version has a standing');
CREATE TRIGGER proof_stays BEFORE UPDATE ON submission FOR EACH ROW WHEN (old.proof IS NOT NULL AND
    (new.proof, new.log_index)
    IS DISTINCT FROM (old.proof, old.log_index))
    EXECUTE FUNCTION refuse('a proof never changes');
CREATE TRIGGER standing_change_kept_1 BEFORE UPDATE ON standing_change FOR EACH ROW
    EXECUTE FUNCTION refuse('standings are append-only');
CREATE TRIGGER standing_change_kept_2 BEFORE DELETE ON standing_change FOR EACH ROW
    EXECUTE FUNCTION refuse('standings are append-only');
CREATE TRIGGER revocation_head_rises BEFORE UPDATE ON revocation_head FOR EACH ROW WHEN (new.seq <= old.seq)
    EXECUTE FUNCTION refuse('the number of the list only rises');
CREATE TRIGGER log_entry_kept_1 BEFORE UPDATE ON log_entry FOR EACH ROW
    EXECUTE FUNCTION refuse('the log is append-only');
CREATE TRIGGER log_entry_kept_2 BEFORE DELETE ON log_entry FOR EACH ROW
    EXECUTE FUNCTION refuse('the log is append-only');
CREATE TRIGGER log_node_kept_1 BEFORE UPDATE ON log_node FOR EACH ROW
    EXECUTE FUNCTION refuse('the log is append-only');
CREATE TRIGGER log_node_kept_2 BEFORE DELETE ON log_node FOR EACH ROW
    EXECUTE FUNCTION refuse('the log is append-only');
CREATE TRIGGER checkpoint_kept_1 BEFORE UPDATE ON checkpoint FOR EACH ROW
    EXECUTE FUNCTION refuse('the log is append-only');
CREATE TRIGGER checkpoint_kept_2 BEFORE DELETE ON checkpoint FOR EACH ROW
    EXECUTE FUNCTION refuse('the log is append-only');

-- Every step of every submission: who, when, why.
CREATE TABLE transition (
    number BIGINT GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,
    submission TEXT COLLATE "C" NOT NULL REFERENCES submission (id),
    at_us BIGINT NOT NULL,
    -- A person's id, or the name of a part of the server.
    actor TEXT COLLATE "C" NOT NULL,
    act TEXT COLLATE "C" NOT NULL,
    before TEXT COLLATE "C",
    after TEXT COLLATE "C" NOT NULL,
    reason TEXT COLLATE "C" NOT NULL
);
CREATE INDEX transition_submission ON transition (submission);
CREATE TRIGGER transition_kept_1 BEFORE UPDATE ON transition FOR EACH ROW
    EXECUTE FUNCTION refuse('transitions are append-only');
CREATE TRIGGER transition_kept_2 BEFORE DELETE ON transition FOR EACH ROW
    EXECUTE FUNCTION refuse('transitions are append-only');

-- What provider and reviewers say to each other about a submission.
CREATE TABLE comment (
    number BIGINT GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,
    submission TEXT COLLATE "C" NOT NULL REFERENCES submission (id),
    person TEXT COLLATE "C" NOT NULL REFERENCES person (id),
    -- Which side the person spoke for.
    side TEXT COLLATE "C" NOT NULL CHECK (side IN ('provider', 'marketplace')),
    at_us BIGINT NOT NULL,
    text TEXT COLLATE "C" NOT NULL
);
CREATE INDEX comment_submission ON comment (submission);
CREATE TRIGGER comment_kept_1 BEFORE UPDATE ON comment FOR EACH ROW
    EXECUTE FUNCTION refuse('comments are append-only');
CREATE TRIGGER comment_kept_2 BEFORE DELETE ON comment FOR EACH ROW
    EXECUTE FUNCTION refuse('comments are append-only');

-- How a tenant takes new versions of a module. Without a row: automatically, inside what was agreed to.
CREATE TABLE upgrade_policy (
    tenant TEXT COLLATE "C" NOT NULL REFERENCES tenant (id),
    module TEXT COLLATE "C" NOT NULL REFERENCES module (name),
    policy TEXT COLLATE "C" NOT NULL CHECK (policy IN ('auto', 'ask')),
    -- Stays at its version until somebody says otherwise.
    pinned BIGINT NOT NULL CHECK (pinned IN (0, 1)),
    set_by TEXT COLLATE "C" NOT NULL REFERENCES person (id),
    set_us BIGINT NOT NULL,
    PRIMARY KEY (tenant, module)
);

-- A version that reaches tenants ring by ring. A version without a row reaches all at once.
CREATE TABLE rollout (
    module TEXT COLLATE "C" NOT NULL REFERENCES module (name),
    version TEXT COLLATE "C" NOT NULL,
    -- Parts per million of all tenants, rising to 1,000,000.
    rings TEXT COLLATE "C" NOT NULL CHECK (json_valid(rings)),
    -- How long each ring is watched.
    step_s BIGINT NOT NULL CHECK (step_s > 0),
    state TEXT COLLATE "C" NOT NULL CHECK (state IN ('planned', 'running', 'halted', 'rolled_back', 'done')),
    ring BIGINT NOT NULL,
    ring_since_us BIGINT NOT NULL,
    -- What hosts had counted when the ring began.
    base_invocations BIGINT NOT NULL,
    base_faults BIGINT NOT NULL,
    -- Why it is in this state.
    why TEXT COLLATE "C" NOT NULL,
    started_by TEXT COLLATE "C" NOT NULL REFERENCES person (id),
    started_us BIGINT NOT NULL,
    PRIMARY KEY (module, version)
);
CREATE INDEX rollout_running ON rollout (state) WHERE state = 'running';

-- What hosts counted of a version, all tenants together.
CREATE TABLE health (
    module TEXT COLLATE "C" NOT NULL,
    version TEXT COLLATE "C" NOT NULL,
    host TEXT COLLATE "C" NOT NULL REFERENCES host (name),
    invocations BIGINT NOT NULL,
    faults BIGINT NOT NULL,
    at_us BIGINT NOT NULL,
    PRIMARY KEY (module, version, host)
);

-- Who was given a module's name after its first provider.
CREATE TABLE module_successor (
    number BIGINT GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,
    module TEXT COLLATE "C" NOT NULL REFERENCES module (name),
    before TEXT COLLATE "C" NOT NULL REFERENCES org (id),
    after TEXT COLLATE "C" NOT NULL REFERENCES org (id),
    given_by TEXT COLLATE "C" NOT NULL REFERENCES person (id),
    given_us BIGINT NOT NULL,
    reason TEXT COLLATE "C" NOT NULL
);
CREATE TRIGGER module_successor_kept_1 BEFORE UPDATE ON module_successor FOR EACH ROW
    EXECUTE FUNCTION refuse('append-only');
CREATE TRIGGER module_successor_kept_2 BEFORE DELETE ON module_successor FOR EACH ROW
    EXECUTE FUNCTION refuse('append-only');
