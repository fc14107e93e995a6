-- What is needed to leave PostgreSQL and to come to it. Only adds: hosts of the version before go on beside it.

-- A tenant that begins anew after it was erased counts on from a number that it never had: so hosts that remember an older
-- one see that it is not the newest. First, as turns lock it first.
ALTER TABLE tenant_head ALTER COLUMN turn SET DEFAULT CAST(extract(epoch FROM clock_timestamp()) * 1000 AS bigint);

-- The indexes that the tenant's version of a record declares, one a line; none until it is loaded once more.
ALTER TABLE record_table ADD COLUMN indexes text;

-- The number that an answer had in the file that it came from; none for those that were given here.
ALTER TABLE answer ADD COLUMN id bigint;

-- That a tenant was erased, and when: hosts destroy what they have besides, keys above all.
CREATE TABLE erased(tenant_id uuid NOT NULL, at_us bigint NOT NULL, PRIMARY KEY (tenant_id, at_us));
SELECT guard('erased');
GRANT SELECT, INSERT ON erased TO tc_app;
