-- Keys that hosts sign with; evidence of projects; kits of firms' set-up, and who took them over.
CREATE TABLE host_key (
    key_id TEXT PRIMARY KEY,
    host TEXT NOT NULL REFERENCES host (name),
    public_key TEXT NOT NULL UNIQUE,
    added_us INTEGER NOT NULL,
    -- The registry's word for it, as an envelope.
    record TEXT NOT NULL
) STRICT;
CREATE INDEX host_key_of ON host_key (host);
CREATE TRIGGER host_key_kept_1 BEFORE UPDATE ON host_key BEGIN SELECT raise(ABORT, 'keys of hosts are kept'); END;
CREATE TRIGGER host_key_kept_2 BEFORE DELETE ON host_key BEGIN SELECT raise(ABORT, 'keys of hosts are kept'); END;

-- An item is a file in `papers`; a statement's file is its envelope, its hash that of what is signed in it.
CREATE TABLE evidence (
    number INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    project TEXT NOT NULL REFERENCES project (id),
    key TEXT NOT NULL,
    source TEXT NOT NULL CHECK (source IN ('generated', 'uploaded')),
    name TEXT NOT NULL,
    media TEXT NOT NULL,
    bytes INTEGER NOT NULL,
    sha256 TEXT NOT NULL CHECK (length(sha256) = 64),
    -- Digest of the file.
    file TEXT NOT NULL,
    signer TEXT REFERENCES host_key (key_id),
    -- What a statement says in short, as JSON.
    told TEXT,
    added_by TEXT NOT NULL REFERENCES person (id),
    added_us INTEGER NOT NULL,
    withdrawn_by TEXT REFERENCES person (id),
    withdrawn_us INTEGER,
    CHECK ((source = 'generated') = (signer IS NOT NULL) AND (source = 'generated') = (told IS NOT NULL)),
    CHECK ((withdrawn_by IS NULL) = (withdrawn_us IS NULL))
) STRICT;
CREATE INDEX evidence_of ON evidence (project, number);
-- The same file under the same key counts once in a project; the same file elsewhere is found by its hash.
CREATE UNIQUE INDEX evidence_once ON evidence (project, key, sha256) WHERE withdrawn_us IS NULL;
CREATE INDEX evidence_hash ON evidence (sha256) WHERE withdrawn_us IS NULL;
CREATE TRIGGER evidence_kept_1 BEFORE UPDATE ON evidence WHEN old.withdrawn_us IS NOT NULL OR
    (new.id, new.project, new.key, new.source, new.name, new.media, new.bytes, new.sha256, new.file, new.signer, new.told,
     new.added_by, new.added_us)
    IS NOT (old.id, old.project, old.key, old.source, old.name, old.media, old.bytes, old.sha256, old.file, old.signer,
     old.told, old.added_by, old.added_us)
    BEGIN SELECT raise(ABORT, 'evidence can only be withdrawn'); END;
CREATE TRIGGER evidence_kept_2 BEFORE DELETE ON evidence BEGIN SELECT raise(ABORT, 'evidence is kept'); END;

CREATE TABLE kit (
    number INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    tenant TEXT NOT NULL REFERENCES tenant (id),
    title TEXT NOT NULL,
    sha256 TEXT NOT NULL,
    signer TEXT NOT NULL REFERENCES host_key (key_id),
    envelope TEXT NOT NULL,
    -- Names of its modules and its number of rows.
    modules TEXT NOT NULL,
    rows INTEGER NOT NULL,
    published_by TEXT NOT NULL REFERENCES person (id),
    published_us INTEGER NOT NULL,
    withdrawn_us INTEGER
) STRICT;
-- The same kit is published once.
CREATE UNIQUE INDEX kit_once ON kit (tenant, sha256) WHERE withdrawn_us IS NULL;
CREATE TRIGGER kit_kept_1 BEFORE UPDATE ON kit WHEN old.withdrawn_us IS NOT NULL OR
    (new.id, new.tenant, new.title, new.sha256, new.signer, new.envelope, new.modules, new.rows, new.published_by,
     new.published_us)
    IS NOT (old.id, old.tenant, old.title, old.sha256, old.signer, old.envelope, old.modules, old.rows, old.published_by,
     old.published_us)
    BEGIN SELECT raise(ABORT, 'a kit can only be withdrawn'); END;
CREATE TRIGGER kit_kept_2 BEFORE DELETE ON kit BEGIN SELECT raise(ABORT, 'kits are kept'); END;

-- Whom it is for: a factory, or every factory whose firm takes part in a programme in this segment.
CREATE TABLE kit_for (
    kit TEXT NOT NULL REFERENCES kit (id),
    tenant TEXT REFERENCES tenant (id),
    segment TEXT REFERENCES segment (code),
    CHECK ((tenant IS NULL) <> (segment IS NULL))
) STRICT;
CREATE INDEX kit_for_kit ON kit_for (kit);
CREATE INDEX kit_for_tenant ON kit_for (tenant) WHERE tenant IS NOT NULL;
CREATE INDEX kit_for_segment ON kit_for (segment) WHERE segment IS NOT NULL;

-- Who took it over, as the factory says; once for each kit and factory, the figures only rise.
CREATE TABLE kit_adoption (
    kit TEXT NOT NULL REFERENCES kit (id),
    tenant TEXT NOT NULL REFERENCES tenant (id),
    at_us INTEGER NOT NULL,
    by TEXT NOT NULL REFERENCES person (id),
    subscribed TEXT NOT NULL,
    made INTEGER NOT NULL,
    PRIMARY KEY (kit, tenant)
) STRICT;
