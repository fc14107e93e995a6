-- Files that people handed to operations.
CREATE TABLE attached(
    tenant_id uuid NOT NULL, module text COLLATE "C" NOT NULL, digest bytea NOT NULL CHECK (octet_length(digest) = 32),
    ending text NOT NULL, bytes bigint NOT NULL, body bytea NOT NULL, taken bigint NOT NULL, at_us bigint NOT NULL,
    PRIMARY KEY (tenant_id, module, digest));
CREATE INDEX attached_waits ON attached(tenant_id, at_us) WHERE taken = 0;
SELECT guard('attached');
GRANT SELECT, INSERT, UPDATE, DELETE ON attached TO tc_app;
