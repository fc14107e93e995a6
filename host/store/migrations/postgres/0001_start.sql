-- What every tenant has, in tables that all tenants share. Runs as tc_migrate with the search path `tc`.
-- Integers are all bigint: each has the one type that its value is sent as.

-- Nobody sees a row of another tenant than the one his transaction named, whatever he asks; nor does the owner.
CREATE FUNCTION guard(guarded regclass) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY', guarded);
    EXECUTE format('ALTER TABLE %s FORCE ROW LEVEL SECURITY', guarded);
    EXECUTE format('CREATE POLICY tenant ON %s '
        'USING (tenant_id = (SELECT nullif(current_setting(''tc.tenant'', true), '''')::uuid)) '
        'WITH CHECK (tenant_id = (SELECT nullif(current_setting(''tc.tenant'', true), '''')::uuid))', guarded);
END $$;

-- Whoever changes something of a tenant holds its row here until his transaction ends.
CREATE TABLE tenant_head(
    tenant_id uuid PRIMARY KEY,
    -- Seq of the next event, id of the next dead letter.
    next_seq bigint NOT NULL DEFAULT 1, next_dead bigint NOT NULL DEFAULT 1,
    -- Transactions that changed something: a host whose memory is of another number forgets it.
    turn bigint NOT NULL DEFAULT 0,
    -- Bytes that the tenant's rows take, counted generously.
    bytes bigint NOT NULL DEFAULT 0) WITH (fillfactor = 50);

CREATE TABLE record_table(
    tenant_id uuid NOT NULL, physical text COLLATE "C" NOT NULL, module text COLLATE "C" NOT NULL, major bigint NOT NULL,
    record text COLLATE "C" NOT NULL, columns text NOT NULL, PRIMARY KEY (tenant_id, physical));

CREATE TABLE event(
    tenant_id uuid NOT NULL, seq bigint NOT NULL, module text COLLATE "C" NOT NULL, name text COLLATE "C" NOT NULL,
    body text NOT NULL, cause bigint, at_us bigint NOT NULL, PRIMARY KEY (tenant_id, seq)) PARTITION BY HASH (tenant_id);

CREATE TABLE cursor(
    tenant_id uuid NOT NULL, consumer text COLLATE "C" NOT NULL, seq bigint NOT NULL, attempts bigint NOT NULL,
    not_before_us bigint NOT NULL, PRIMARY KEY (tenant_id, consumer));
CREATE TABLE dead(
    tenant_id uuid NOT NULL, id bigint NOT NULL, consumer text COLLATE "C" NOT NULL, seq bigint NOT NULL, why text NOT NULL,
    body bytea NOT NULL, at_us bigint NOT NULL, PRIMARY KEY (tenant_id, id));

CREATE TABLE answer(
    tenant_id uuid NOT NULL, key bytea NOT NULL CHECK (octet_length(key) = 16),
    fingerprint bytea NOT NULL CHECK (octet_length(fingerprint) = 16), status bigint NOT NULL, body bytea NOT NULL,
    expires_us bigint NOT NULL, PRIMARY KEY (tenant_id, key));
CREATE INDEX answer_expires ON answer(tenant_id, expires_us);

CREATE TABLE timer(
    tenant_id uuid NOT NULL, module text COLLATE "C" NOT NULL, timer text COLLATE "C" NOT NULL, key text COLLATE "C" NOT NULL,
    due_us bigint NOT NULL, attempts bigint NOT NULL, payload bytea NOT NULL, PRIMARY KEY (tenant_id, module, timer, key));
CREATE INDEX timer_due ON timer(tenant_id, due_us);

CREATE TABLE effect(
    tenant_id uuid NOT NULL, id uuid NOT NULL, module text COLLATE "C" NOT NULL, kind text NOT NULL, target text NOT NULL,
    body bytea NOT NULL, at_us bigint NOT NULL, attempts bigint NOT NULL, not_before_us bigint NOT NULL,
    PRIMARY KEY (tenant_id, id));
CREATE INDEX effect_due ON effect(tenant_id, not_before_us);

CREATE TABLE audit(
    tenant_id uuid NOT NULL, id bigint NOT NULL, at_us bigint NOT NULL, actor text COLLATE "C" NOT NULL,
    action text COLLATE "C" NOT NULL, module text COLLATE "C" NOT NULL, detail text NOT NULL,
    hash bytea NOT NULL CHECK (octet_length(hash) = 32), PRIMARY KEY (tenant_id, id)) PARTITION BY HASH (tenant_id);

CREATE TABLE usage(
    tenant_id uuid NOT NULL, hour bigint NOT NULL, module text COLLATE "C" NOT NULL, operation text COLLATE "C" NOT NULL,
    calls bigint NOT NULL, faults bigint NOT NULL, rows_written bigint NOT NULL, events bigint NOT NULL,
    cpu_us bigint NOT NULL, PRIMARY KEY (tenant_id, hour, module, operation));

CREATE TABLE subscription(
    tenant_id uuid NOT NULL, module text COLLATE "C" NOT NULL, version text NOT NULL, digest text NOT NULL,
    state text NOT NULL, grants text NOT NULL, since_us bigint NOT NULL, PRIMARY KEY (tenant_id, module));
CREATE TABLE meta(
    tenant_id uuid NOT NULL, key text COLLATE "C" NOT NULL, value bytea NOT NULL, PRIMARY KEY (tenant_id, key));

CREATE TABLE terminal(
    tenant_id uuid NOT NULL, id uuid NOT NULL, name text COLLATE "C" NOT NULL, places text NOT NULL, shows text NOT NULL,
    secret bytea CHECK (octet_length(secret) = 32), paired_us bigint, seen_us bigint, PRIMARY KEY (tenant_id, id),
    CONSTRAINT terminal_name UNIQUE (tenant_id, name));
CREATE TABLE operator(
    tenant_id uuid NOT NULL, code text COLLATE "C" NOT NULL, name text NOT NULL, role text NOT NULL, language text NOT NULL,
    badge bytea CHECK (octet_length(badge) = 32), pin text, active bigint NOT NULL, wrong bigint NOT NULL,
    locked_until_us bigint, PRIMARY KEY (tenant_id, code), CONSTRAINT operator_badge UNIQUE (tenant_id, badge));

DO $$
DECLARE
    guarded regclass;
BEGIN
    FOR part IN 0..15 LOOP
        EXECUTE format('CREATE TABLE event_%s PARTITION OF event FOR VALUES WITH (MODULUS 16, REMAINDER %s)', part, part);
        EXECUTE format('CREATE TABLE audit_%s PARTITION OF audit FOR VALUES WITH (MODULUS 16, REMAINDER %s)', part, part);
    END LOOP;
    -- Partitions, too: what protects their parent does not protect them.
    FOR guarded IN SELECT oid FROM pg_class WHERE relnamespace = 'tc'::regnamespace AND relkind IN ('r', 'p')
        AND relname <> '_sqlx_migrations' LOOP
        PERFORM guard(guarded);
    END LOOP;
END $$;

-- What partitions hold is reached through their parents alone.
GRANT SELECT, INSERT, UPDATE, DELETE ON tenant_head, record_table, event, cursor, dead, answer, timer, effect, audit, usage,
    subscription, meta, terminal, operator TO tc_app;

-- How often which tenants changed, and nothing else of them: for a host that looks whether another one worked.
CREATE POLICY turns ON tenant_head FOR SELECT TO tc_migrate USING (true);
CREATE FUNCTION turns(wanted uuid[]) RETURNS TABLE(tenant uuid, turn bigint) LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path = tc AS $$ SELECT h.tenant_id, h.turn FROM tenant_head h WHERE h.tenant_id = ANY (wanted) $$;
REVOKE ALL ON FUNCTION turns(uuid[]), guard(regclass) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION turns(uuid[]) TO tc_app;

-- Which columns the tables of records have, over all tenants and the versions of modules that they run. Not of a tenant,
-- and nothing that the application reads.
CREATE TABLE shape(physical text PRIMARY KEY, columns text NOT NULL);
