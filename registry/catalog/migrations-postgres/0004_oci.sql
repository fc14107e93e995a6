-- OCI repositories: one per module, named `organisation/module`. Content is known inside by its SHA-256; the SHA-512 is
-- another name for the same. Who may see what is decided by a submission's state, never by a digest alone.

-- Content of a repository. The bytes lie in a file, or are the component of a submission.
CREATE TABLE oci_blob (
    module TEXT COLLATE "C" NOT NULL REFERENCES module (name),
    sha256 TEXT COLLATE "C" NOT NULL,
    sha512 TEXT COLLATE "C" NOT NULL,
    size_bytes BIGINT NOT NULL,
    -- Who pushed it; the registry made it when there is nobody.
    person TEXT COLLATE "C" REFERENCES person (id),
    since_us BIGINT NOT NULL,
    PRIMARY KEY (module, sha256)
);
CREATE UNIQUE INDEX oci_blob_sha512 ON oci_blob (module, sha512);
CREATE INDEX oci_blob_content ON oci_blob (sha256);
CREATE INDEX oci_blob_person ON oci_blob (person, since_us);

-- An upload that is not finished. Its bytes up to `size_bytes` are in a file of its name.
CREATE TABLE oci_upload (
    id TEXT COLLATE "C" PRIMARY KEY,
    module TEXT COLLATE "C" NOT NULL REFERENCES module (name),
    person TEXT COLLATE "C" NOT NULL REFERENCES person (id),
    size_bytes BIGINT NOT NULL,
    touched_us BIGINT NOT NULL
);
CREATE INDEX oci_upload_person ON oci_upload (person);
CREATE INDEX oci_upload_touched ON oci_upload (touched_us);

CREATE TABLE oci_manifest (
    module TEXT COLLATE "C" NOT NULL REFERENCES module (name),
    sha256 TEXT COLLATE "C" NOT NULL,
    sha512 TEXT COLLATE "C" NOT NULL,
    media_type TEXT COLLATE "C" NOT NULL,
    artifact_type TEXT COLLATE "C" NOT NULL,
    annotations TEXT COLLATE "C" NOT NULL CHECK (json_valid(annotations)),
    -- Exactly as pushed.
    content BYTEA NOT NULL,
    -- The digest that this manifest is about, whether or not it exists.
    subject TEXT COLLATE "C",
    person TEXT COLLATE "C" REFERENCES person (id),
    since_us BIGINT NOT NULL,
    PRIMARY KEY (module, sha256)
);
CREATE UNIQUE INDEX oci_manifest_sha512 ON oci_manifest (module, sha512);
CREATE INDEX oci_manifest_subject ON oci_manifest (module, subject) WHERE subject IS NOT NULL;
CREATE INDEX oci_manifest_person ON oci_manifest (person, since_us);

-- Which content a manifest names.
CREATE TABLE oci_link (
    module TEXT COLLATE "C" NOT NULL,
    manifest TEXT COLLATE "C" NOT NULL,
    blob TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (module, manifest, blob),
    FOREIGN KEY (module, manifest) REFERENCES oci_manifest (module, sha256) ON DELETE CASCADE,
    FOREIGN KEY (module, blob) REFERENCES oci_blob (module, sha256)
);
CREATE INDEX oci_link_blob ON oci_link (module, blob);

-- A tag that was pushed and not signed yet: visible to its owner only.
CREATE TABLE oci_draft (
    module TEXT COLLATE "C" NOT NULL,
    tag TEXT COLLATE "C" NOT NULL,
    manifest TEXT COLLATE "C" NOT NULL,
    since_us BIGINT NOT NULL,
    PRIMARY KEY (module, tag),
    FOREIGN KEY (module, manifest) REFERENCES oci_manifest (module, sha256)
);
CREATE INDEX oci_draft_manifest ON oci_draft (module, manifest);

-- What belongs to a submitted version: its manifest, and what refers to that.
CREATE TABLE oci_part (
    submission TEXT COLLATE "C" NOT NULL REFERENCES submission (id),
    module TEXT COLLATE "C" NOT NULL,
    manifest TEXT COLLATE "C" NOT NULL,
    is_version BIGINT NOT NULL CHECK (is_version IN (0, 1)),
    PRIMARY KEY (submission, manifest),
    FOREIGN KEY (module, manifest) REFERENCES oci_manifest (module, sha256)
);
CREATE UNIQUE INDEX oci_part_version ON oci_part (submission) WHERE is_version = 1;
CREATE INDEX oci_part_manifest ON oci_part (module, manifest);

CREATE TRIGGER oci_manifest_stays BEFORE UPDATE ON oci_manifest FOR EACH ROW
    EXECUTE FUNCTION refuse('a manifest never changes');
CREATE TRIGGER oci_part_stays_1 BEFORE UPDATE ON oci_part FOR EACH ROW
    EXECUTE FUNCTION refuse('what belongs to a version stays');
CREATE TRIGGER oci_part_stays_2 BEFORE DELETE ON oci_part FOR EACH ROW
    EXECUTE FUNCTION refuse('what belongs to a version stays');
