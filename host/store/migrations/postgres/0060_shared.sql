-- What all hosts on a database share beside tenants' business: what the registry said, and what is counted over all of them.
-- Only adds: hosts of the version before go on beside it, with directories and counts of their own.
--
-- None of it is a tenant's, so it has no wall between tenants: whoever hears of a code or of entitlements does not know yet
-- whose they are. What the registry signed is believed for its signature, as if it came from a file.

-- The newest entitlements, signed.
CREATE TABLE entitlements(
    only_row bigint PRIMARY KEY CHECK (only_row = 1), seq bigint NOT NULL, signed bytea NOT NULL);

-- The newest of what else the registry said, by what it is: the list of what was withdrawn, keys of access tokens.
CREATE TABLE heard(
    what text COLLATE "C" PRIMARY KEY, number bigint NOT NULL, at_us bigint NOT NULL, body bytea NOT NULL);

-- Components: what each says of itself, and its bytes with what proves them.
CREATE TABLE artifact(
    digest text COLLATE "C" PRIMARY KEY, module text COLLATE "C" NOT NULL, version text COLLATE "C" NOT NULL,
    manifest bytea NOT NULL);
CREATE TABLE component(
    digest text COLLATE "C" PRIMARY KEY, bytes bytea NOT NULL, evidence bytea NOT NULL);
-- Code is packed already as well as it gets.
ALTER TABLE component ALTER COLUMN bytes SET STORAGE EXTERNAL;

-- Codes that make a device a terminal, good for some minutes by the server's clock: those that an administrator made for a
-- terminal, and those that a device shows, which says with the hash of its claim which one it is.
CREATE TABLE pairing_code(
    code text COLLATE "C" PRIMARY KEY, tenant uuid NOT NULL, terminal uuid NOT NULL UNIQUE, until_us bigint NOT NULL);
CREATE TABLE screen_code(
    code text COLLATE "C" PRIMARY KEY, claim bytea NOT NULL UNIQUE CHECK (octet_length(claim) = 32),
    until_us bigint NOT NULL, tenant uuid, terminal uuid);
-- Wrong codes in a minute. Whoever tries one holds the row until he knows.
CREATE TABLE pairing_wrong(
    only_row bigint PRIMARY KEY CHECK (only_row = 1), minute bigint NOT NULL, wrong bigint NOT NULL);
INSERT INTO pairing_wrong VALUES (1, 0, 0);

-- Which hosts read busy devices at present; a device by a hash.
CREATE TABLE busy(
    device bytea NOT NULL CHECK (octet_length(device) = 16), host bytea NOT NULL CHECK (octet_length(host) = 16),
    until_us bigint NOT NULL, PRIMARY KEY (device, host));
CREATE INDEX busy_until ON busy(until_us);

-- A digest stands for one content for ever, so nobody takes it back; a forged one is replaced.
GRANT SELECT, INSERT, UPDATE ON entitlements, heard, component TO tc_app;
GRANT SELECT, INSERT ON artifact TO tc_app;
GRANT SELECT, UPDATE ON pairing_wrong TO tc_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON pairing_code, screen_code, busy TO tc_app;
