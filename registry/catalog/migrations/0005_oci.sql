-- OCI repositories: one per module, named `organisation/module`. Content is known inside by its SHA-256; the SHA-512 is
-- another name for the same. Who may see what is decided by a submission's state, never by a digest alone.

-- Content of a repository. The bytes lie in a file, or are the component of a submission.
CREATE TABLE oci_blob (
    module TEXT NOT NULL REFERENCES module (name),
    sha256 TEXT NOT NULL,
    sha512 TEXT NOT NULL,
    size_bytes INTEGER NOT NULL,
    -- Who pushed it; the registry made it when there is nobody.
    person TEXT REFERENCES person (id),
    since_us INTEGER NOT NULL,
    PRIMARY KEY (module, sha256)
) STRICT;
CREATE UNIQUE INDEX oci_blob_sha512 ON oci_blob (module, sha512);
CREATE INDEX oci_blob_content ON oci_blob (sha256);
CREATE INDEX oci_blob_person ON oci_blob (person, since_us);

-- An upload that is not finished. Its bytes up to `size_bytes` are in a file of its name.
CREATE TABLE oci_upload (
    id TEXT PRIMARY KEY NOT NULL,
    module TEXT NOT NULL REFERENCES module (name),
    person TEXT NOT NULL REFERENCES person (id),
    size_bytes INTEGER NOT NULL,
    touched_us INTEGER NOT NULL
) STRICT;
CREATE INDEX oci_upload_person ON oci_upload (person);
CREATE INDEX oci_upload_touched ON oci_upload (touched_us);

CREATE TABLE oci_manifest (
    module TEXT NOT NULL REFERENCES module (name),
    sha256 TEXT NOT NULL,
    sha512 TEXT NOT NULL,
    media_type TEXT NOT NULL,
    artifact_type TEXT NOT NULL,
    annotations TEXT NOT NULL CHECK (json_valid(annotations)),
    -- Exactly as pushed.
    content BLOB NOT NULL,
    -- The digest that this manifest is about, whether or not it exists.
    subject TEXT,
    person TEXT REFERENCES person (id),
    since_us INTEGER NOT NULL,
    PRIMARY KEY (module, sha256)
) STRICT;
CREATE UNIQUE INDEX oci_manifest_sha512 ON oci_manifest (module, sha512);
CREATE INDEX oci_manifest_subject ON oci_manifest (module, subject) WHERE subject IS NOT NULL;
CREATE INDEX oci_manifest_person ON oci_manifest (person, since_us);

-- Which content a manifest names.
CREATE TABLE oci_link (
    module TEXT NOT NULL,
    manifest TEXT NOT NULL,
    blob TEXT NOT NULL,
    PRIMARY KEY (module, manifest, blob),
    FOREIGN KEY (module, manifest) REFERENCES oci_manifest (module, sha256) ON DELETE CASCADE,
    FOREIGN KEY (module, blob) REFERENCES oci_blob (module, sha256)
) STRICT;
CREATE INDEX oci_link_blob ON oci_link (module, blob);

-- A tag that was pushed and not signed yet: visible to its owner only.
CREATE TABLE oci_draft (
    module TEXT NOT NULL,
    tag TEXT NOT NULL,
    manifest TEXT NOT NULL,
    since_us INTEGER NOT NULL,
    PRIMARY KEY (module, tag),
    FOREIGN KEY (module, manifest) REFERENCES oci_manifest (module, sha256)
) STRICT;
CREATE INDEX oci_draft_manifest ON oci_draft (module, manifest);

-- What belongs to a submitted version: its manifest, and what refers to that.
CREATE TABLE oci_part (
    submission TEXT NOT NULL REFERENCES submission (id),
    module TEXT NOT NULL,
    manifest TEXT NOT NULL,
    is_version INTEGER NOT NULL CHECK (is_version IN (0, 1)),
    PRIMARY KEY (submission, manifest),
    FOREIGN KEY (module, manifest) REFERENCES oci_manifest (module, sha256)
) STRICT;
CREATE UNIQUE INDEX oci_part_version ON oci_part (submission) WHERE is_version = 1;
CREATE INDEX oci_part_manifest ON oci_part (module, manifest);

CREATE TRIGGER oci_manifest_stays BEFORE UPDATE ON oci_manifest
    BEGIN SELECT raise(ABORT, 'a manifest never changes'); END;
CREATE TRIGGER oci_part_stays_1 BEFORE UPDATE ON oci_part
    BEGIN SELECT raise(ABORT, 'what belongs to a version stays'); END;
CREATE TRIGGER oci_part_stays_2 BEFORE DELETE ON oci_part
    BEGIN SELECT raise(ABORT, 'what belongs to a version stays'); END;
