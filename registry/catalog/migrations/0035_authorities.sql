-- Authorities: cities that run a programme, with officials, assessors and auditors.

-- As in 0003: constraints that let more through are changed in place.
PRAGMA writable_schema = ON;
UPDATE sqlite_schema SET sql = replace(sql, '''sme'', ''marketplace'')', '''sme'', ''marketplace'', ''authority'')')
    WHERE type = 'table' AND name = 'org';
UPDATE sqlite_schema SET sql = replace(sql, '''auditor'')', '''auditor'', ''official'', ''assessor'')')
    WHERE type = 'table' AND name = 'org_member';
PRAGMA writable_schema = RESET;

-- The city of an authority: six digits of GB/T 2260. One authority acts for a city.
ALTER TABLE org ADD COLUMN city TEXT CHECK ((city IS NOT NULL) = (kind = 'authority'));
CREATE UNIQUE INDEX org_city ON org (city) WHERE city IS NOT NULL;

-- A factory lets the auditors of an authority see its own data, until a day.
CREATE TABLE audit_consent (
    number INTEGER PRIMARY KEY,
    tenant TEXT NOT NULL REFERENCES tenant (id),
    authority TEXT NOT NULL REFERENCES org (id),
    agreed_by TEXT NOT NULL REFERENCES person (id),
    agreed_us INTEGER NOT NULL,
    until_us INTEGER NOT NULL CHECK (until_us > agreed_us),
    ended_by TEXT REFERENCES person (id),
    ended_us INTEGER,
    CHECK ((ended_by IS NULL) = (ended_us IS NULL))
) STRICT;
CREATE UNIQUE INDEX audit_consent_current ON audit_consent (tenant, authority) WHERE ended_us IS NULL;
CREATE INDEX audit_consent_authority ON audit_consent (authority, tenant) WHERE ended_us IS NULL;
CREATE TRIGGER audit_consent_kept_1 BEFORE UPDATE ON audit_consent WHEN old.ended_us IS NOT NULL OR
    (new.tenant, new.authority, new.agreed_by, new.agreed_us, new.until_us)
    IS NOT (old.tenant, old.authority, old.agreed_by, old.agreed_us, old.until_us)
    BEGIN SELECT raise(ABORT, 'a consent can only end'); END;
CREATE TRIGGER audit_consent_kept_2 BEFORE DELETE ON audit_consent BEGIN SELECT raise(ABORT, 'consents are kept'); END;

-- What auditors looked at stands in the audit like everything else; found by who looked and by whom they looked at.
CREATE INDEX audit_looks ON audit (actor, number) WHERE act = 'auditor.look';
CREATE INDEX audit_looked_at ON audit (subject, number) WHERE act = 'auditor.look';
