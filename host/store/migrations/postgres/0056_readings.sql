-- What machines said. Only adds: hosts of the version before go on beside it, and keep readings in their files until they
-- are this one.

-- Whoever keeps readings of a tenant holds its row here until his transaction ends, and never that of `tenant_head`:
-- machines do not wait for people. A host whose memory is of another turn forgets it.
CREATE TABLE reading_head(
    tenant_id uuid PRIMARY KEY,
    turn bigint NOT NULL DEFAULT CAST(extract(epoch FROM clock_timestamp()) * 1000 AS bigint),
    -- Numbers of the next signal, and of the next reading put aside.
    next_series bigint NOT NULL DEFAULT 1, next_aside bigint NOT NULL DEFAULT 1,
    -- Bytes that the rows take, counted generously.
    bytes bigint NOT NULL DEFAULT 0) WITH (fillfactor = 50);

CREATE TABLE signal(
    tenant_id uuid NOT NULL, id bigint NOT NULL, name text COLLATE "C" NOT NULL, PRIMARY KEY (tenant_id, id),
    CONSTRAINT signal_name UNIQUE (tenant_id, name));

-- Months, UTC, as `2026-11`. Kept: 0 every reading; 1 hours and days alone; 2 the same, and readings are just leaving; 3
-- everything is just leaving. `arrival` is the number of the newest reading: every month counts its own.
CREATE TABLE reading_month(
    tenant_id uuid NOT NULL, month text COLLATE "C" NOT NULL, kept bigint NOT NULL, arrival bigint NOT NULL,
    PRIMARY KEY (tenant_id, month));

-- Kind 0 flag, 1 count (both in `value`), 2 `number`, 3 `word`; 4 more when it is uncertain, 8 when it is bad. A partition
-- for each month, made when a reading comes for it or for the one before, and kept.
CREATE TABLE reading(
    tenant_id uuid NOT NULL, series bigint NOT NULL, at_us bigint NOT NULL, arrival bigint NOT NULL, kind bigint NOT NULL,
    value bigint, number double precision, word text COLLATE "C", PRIMARY KEY (tenant_id, series, at_us))
    PARTITION BY RANGE (at_us);
CREATE INDEX reading_arrival ON reading(tenant_id, arrival);

-- Level 0 minutes, 1 hours, 2 days; `minute` is the first one since 1970. `last_us` is -1 when there is no last.
CREATE TABLE rollup(
    tenant_id uuid NOT NULL, level bigint NOT NULL, series bigint NOT NULL, minute bigint NOT NULL, readings bigint NOT NULL,
    numbers bigint NOT NULL, bad bigint NOT NULL, least double precision, most double precision, sum double precision,
    last_us bigint NOT NULL, last_kind bigint NOT NULL, last bigint, last_number double precision,
    last_word text COLLATE "C", PRIMARY KEY (tenant_id, level, series, minute));

CREATE TABLE stat(
    tenant_id uuid NOT NULL, month text COLLATE "C" NOT NULL, series bigint NOT NULL, device text NOT NULL,
    readings bigint NOT NULL, last_us bigint NOT NULL, PRIMARY KEY (tenant_id, month, series));

-- What came each day, with the month that it leaves with; none when no month took part.
CREATE TABLE tally(
    tenant_id uuid NOT NULL, month text COLLATE "C" NOT NULL, day bigint NOT NULL, accepted bigint NOT NULL,
    duplicates bigint NOT NULL, conflicts bigint NOT NULL, late bigint NOT NULL, quarantined bigint NOT NULL,
    refused bigint NOT NULL, PRIMARY KEY (tenant_id, month, day));

CREATE TABLE quarantine(
    tenant_id uuid NOT NULL, id bigint NOT NULL, device text NOT NULL, signal text NOT NULL, at_us bigint NOT NULL,
    kind bigint NOT NULL, value bigint, number double precision, word text, received_us bigint NOT NULL,
    PRIMARY KEY (tenant_id, id));

-- Which files of hosts are here already: the sum of all that they said.
CREATE TABLE readings_brought(
    tenant_id uuid NOT NULL, mark bytea NOT NULL CHECK (octet_length(mark) = 32), PRIMARY KEY (tenant_id, mark));

SELECT guard(new.guarded) FROM (VALUES ('reading_head'::regclass), ('signal'), ('reading_month'), ('reading'), ('rollup'),
    ('stat'), ('tally'), ('quarantine'), ('readings_brought')) AS new(guarded);
GRANT SELECT, INSERT, UPDATE, DELETE ON reading_head, signal, reading_month, reading, rollup, stat, tally, quarantine,
    readings_brought TO tc_app;

-- How often readings of which tenants were kept, and nothing else of them: for a host that looks whether another one did.
CREATE POLICY turns ON reading_head FOR SELECT TO tc_migrate USING (true);
CREATE FUNCTION reading_turns(wanted uuid[]) RETURNS TABLE(tenant uuid, turn bigint) LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path = tc AS $$ SELECT h.tenant_id, h.turn FROM reading_head h WHERE h.tenant_id = ANY (wanted) $$;
REVOKE ALL ON FUNCTION reading_turns(uuid[]) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION reading_turns(uuid[]) TO tc_app;
