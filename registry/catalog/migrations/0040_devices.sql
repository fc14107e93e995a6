-- A device may be switched off and on again, and have a client certificate, known by its fingerprint.
ALTER TABLE device ADD COLUMN disabled_us INTEGER;
ALTER TABLE device ADD COLUMN certificate_sha256 TEXT;
