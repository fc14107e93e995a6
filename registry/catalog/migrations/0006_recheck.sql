-- Later checks of approved versions, under newer rules or with newer advisories. They stand beside the report that the
-- version was approved with, which never changes, and stop nothing by themselves.
CREATE TABLE recheck (
    number INTEGER PRIMARY KEY,
    submission TEXT NOT NULL REFERENCES submission (id),
    at_us INTEGER NOT NULL,
    rules TEXT NOT NULL,
    -- What the report rests on: rules, advisories, known-bad digests.
    basis TEXT NOT NULL,
    report TEXT NOT NULL CHECK (json_valid(report)),
    -- Findings that the report before did not have, for a reviewer to look at; an empty list needs nobody.
    mark TEXT NOT NULL CHECK (json_valid(mark)),
    -- Who looked at the mark, when, and what came of it.
    settled_by TEXT REFERENCES person (id),
    settled_us INTEGER,
    settled_reason TEXT,
    CHECK ((settled_by IS NULL) = (settled_us IS NULL) AND (settled_by IS NULL) = (settled_reason IS NULL))
) STRICT;
CREATE INDEX recheck_submission ON recheck (submission, number);
CREATE INDEX recheck_open ON recheck (number) WHERE settled_us IS NULL AND mark <> '[]';

CREATE TRIGGER recheck_kept_1 BEFORE UPDATE ON recheck WHEN old.settled_us IS NOT NULL OR
    (new.submission, new.at_us, new.rules, new.basis, new.report, new.mark)
    IS NOT (old.submission, old.at_us, old.rules, old.basis, old.report, old.mark)
    BEGIN SELECT raise(ABORT, 'a report of a later check can only be settled'); END;
CREATE TRIGGER recheck_kept_2 BEFORE DELETE ON recheck BEGIN SELECT raise(ABORT, 'reports are kept'); END;
