-- Trust: how approved versions stand, publishers' keys over time, and the transparency log.
--
-- From here on `submission.signature` holds the publisher's statement and `submission.approval` the registry's, both as
-- envelopes.

ALTER TABLE submission ADD COLUMN standing TEXT CHECK (standing IN ('deprecated', 'yanked', 'revoked'));
-- Of an approved version: where its approval stands in the log, and the proof of it.
ALTER TABLE submission ADD COLUMN log_index INTEGER;
ALTER TABLE submission ADD COLUMN proof TEXT;
-- What was approved before there was a log cannot be proven, so no host may run it.
UPDATE submission SET standing = 'revoked' WHERE state = 'approved';

ALTER TABLE publishing_key ADD COLUMN not_before_us INTEGER NOT NULL DEFAULT 0;
ALTER TABLE publishing_key ADD COLUMN not_after_us INTEGER;
-- The older key that signed for it; none: an owner of the provider.
ALTER TABLE publishing_key ADD COLUMN introduced_by TEXT REFERENCES publishing_key (key_id);
-- The registry's signed record of it, where that stands in the log, and the proof; none for keys from before the log
-- until they are registered again.
ALTER TABLE publishing_key ADD COLUMN statement TEXT;
ALTER TABLE publishing_key ADD COLUMN log_index INTEGER;
ALTER TABLE publishing_key ADD COLUMN proof TEXT;
-- Where its revocation stands in the log.
ALTER TABLE publishing_key ADD COLUMN revoked_index INTEGER;

-- Who changed the standing of an approved version, when and why.
CREATE TABLE standing_change (
    number INTEGER PRIMARY KEY,
    submission TEXT NOT NULL REFERENCES submission (id),
    person TEXT NOT NULL REFERENCES person (id),
    at_us INTEGER NOT NULL,
    standing TEXT NOT NULL CHECK (standing IN ('approved', 'deprecated', 'yanked', 'revoked')),
    reason TEXT NOT NULL,
    log_index INTEGER NOT NULL
) STRICT;
CREATE INDEX standing_change_submission ON standing_change (submission);

-- The number of the newest revocation list.
CREATE TABLE revocation_head (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    seq INTEGER NOT NULL CHECK (seq >= 0)
) STRICT;
INSERT INTO revocation_head (one, seq) VALUES (1, 1);

-- The log: its entries, the hashes of its complete subtrees, and every signed head.
CREATE TABLE log_entry (
    idx INTEGER PRIMARY KEY,
    entry BLOB NOT NULL
) STRICT;
CREATE TABLE log_node (
    level INTEGER NOT NULL,
    idx INTEGER NOT NULL,
    hash BLOB NOT NULL CHECK (length(hash) = 32),
    PRIMARY KEY (level, idx)
) STRICT, WITHOUT ROWID;
CREATE TABLE checkpoint (
    size INTEGER PRIMARY KEY,
    note TEXT NOT NULL
) STRICT;

CREATE TRIGGER standing_revoked_stays BEFORE UPDATE ON submission WHEN old.standing = 'revoked' AND new.standing IS NOT 'revoked'
    BEGIN SELECT raise(ABORT, 'a revoked version stays revoked'); END;
CREATE TRIGGER standing_needs_approval BEFORE UPDATE ON submission WHEN new.standing IS NOT NULL AND new.state <> 'approved'
    BEGIN SELECT raise(ABORT, 'only an approved version has a standing'); END;
CREATE TRIGGER proof_stays BEFORE UPDATE ON submission WHEN old.proof IS NOT NULL AND
    (new.proof, new.log_index) IS NOT (old.proof, old.log_index)
    BEGIN SELECT raise(ABORT, 'a proof never changes'); END;
CREATE TRIGGER standing_change_kept_1 BEFORE UPDATE ON standing_change BEGIN SELECT raise(ABORT, 'standings are append-only'); END;
CREATE TRIGGER standing_change_kept_2 BEFORE DELETE ON standing_change BEGIN SELECT raise(ABORT, 'standings are append-only'); END;
CREATE TRIGGER revocation_head_rises BEFORE UPDATE ON revocation_head WHEN new.seq <= old.seq
    BEGIN SELECT raise(ABORT, 'the number of the list only rises'); END;
CREATE TRIGGER log_entry_kept_1 BEFORE UPDATE ON log_entry BEGIN SELECT raise(ABORT, 'the log is append-only'); END;
CREATE TRIGGER log_entry_kept_2 BEFORE DELETE ON log_entry BEGIN SELECT raise(ABORT, 'the log is append-only'); END;
CREATE TRIGGER log_node_kept_1 BEFORE UPDATE ON log_node BEGIN SELECT raise(ABORT, 'the log is append-only'); END;
CREATE TRIGGER log_node_kept_2 BEFORE DELETE ON log_node BEGIN SELECT raise(ABORT, 'the log is append-only'); END;
CREATE TRIGGER checkpoint_kept_1 BEFORE UPDATE ON checkpoint BEGIN SELECT raise(ABORT, 'the log is append-only'); END;
CREATE TRIGGER checkpoint_kept_2 BEFORE DELETE ON checkpoint BEGIN SELECT raise(ABORT, 'the log is append-only'); END;
