-- Caps that are used up: since when hosts' reports say so, in which month. Hosts are told, and let nobody write after a
-- while; another plan or a higher cap takes the row away.
CREATE TABLE over_cap (
    tenant TEXT NOT NULL REFERENCES tenant (id),
    module TEXT NOT NULL REFERENCES module (name),
    month TEXT NOT NULL,
    since_us INTEGER NOT NULL,
    PRIMARY KEY (tenant, module)
) STRICT, WITHOUT ROWID;
