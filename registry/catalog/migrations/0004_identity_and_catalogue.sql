-- Identity for machines and people, and the catalogue: segments, plans, usage, ratings.

-- Sessions say where they are.
ALTER TABLE session ADD COLUMN device TEXT NOT NULL DEFAULT '';
ALTER TABLE session ADD COLUMN used_us INTEGER NOT NULL DEFAULT 0;

-- Wrong attempts to sign in, by the address they came from.
CREATE TABLE attempt_from (
    address TEXT PRIMARY KEY NOT NULL,
    count INTEGER NOT NULL,
    since_us INTEGER NOT NULL
) STRICT;
CREATE INDEX attempt_from_since ON attempt_from (since_us);

-- Where a CI may publish a module from without a password or token of anybody.
CREATE TABLE trusted_publisher (
    id TEXT PRIMARY KEY NOT NULL,
    module TEXT NOT NULL REFERENCES module (name),
    issuer TEXT NOT NULL,
    owner_id TEXT NOT NULL,
    repository TEXT NOT NULL,
    workflow TEXT NOT NULL,
    environment TEXT,
    added_by TEXT NOT NULL REFERENCES person (id),
    added_us INTEGER NOT NULL,
    removed_us INTEGER
) STRICT;
CREATE INDEX trusted_publisher_module ON trusted_publisher (module) WHERE removed_us IS NULL;
ALTER TABLE module ADD COLUMN trusted_only INTEGER NOT NULL DEFAULT 0 CHECK (trusted_only IN (0, 1));

-- Identity tokens that were exchanged, until they would be refused for their age.
CREATE TABLE spent_identity (
    issuer TEXT NOT NULL,
    jti TEXT NOT NULL,
    until_us INTEGER NOT NULL,
    PRIMARY KEY (issuer, jti)
) STRICT;
CREATE INDEX spent_identity_until ON spent_identity (until_us);

-- A token acts for a person within one organisation, or for a trusted publisher's module.
CREATE TABLE api_token (
    id TEXT PRIMARY KEY NOT NULL,
    token_sha256 TEXT NOT NULL UNIQUE,
    person TEXT NOT NULL REFERENCES person (id),
    org TEXT NOT NULL REFERENCES org (id),
    name TEXT NOT NULL,
    scopes TEXT NOT NULL CHECK (json_valid(scopes)),
    modules TEXT NOT NULL CHECK (json_valid(modules)),
    publisher TEXT REFERENCES trusted_publisher (id),
    made_us INTEGER NOT NULL,
    expires_us INTEGER NOT NULL CHECK (expires_us > made_us),
    used_us INTEGER,
    revoked_us INTEGER
) STRICT;
CREATE INDEX api_token_person ON api_token (person, made_us);

-- Tokens of hosts that administrators give out; the configured one stands in `host`.
CREATE TABLE host_token (
    id TEXT PRIMARY KEY NOT NULL,
    host TEXT NOT NULL REFERENCES host (name),
    token_sha256 TEXT NOT NULL UNIQUE,
    made_by TEXT REFERENCES person (id),
    made_us INTEGER NOT NULL,
    expires_us INTEGER NOT NULL CHECK (expires_us > made_us),
    used_us INTEGER,
    revoked_us INTEGER
) STRICT;
CREATE INDEX host_token_host ON host_token (host, made_us);

-- How often somebody may do something: when their bucket would be full again.
CREATE TABLE bucket (
    person TEXT NOT NULL REFERENCES person (id),
    action TEXT NOT NULL,
    full_us INTEGER NOT NULL,
    PRIMARY KEY (person, action)
) STRICT;
CREATE TABLE bucket_override (
    person TEXT NOT NULL REFERENCES person (id),
    action TEXT NOT NULL,
    every_s INTEGER NOT NULL CHECK (every_s > 0),
    burst INTEGER NOT NULL CHECK (burst > 0),
    PRIMARY KEY (person, action)
) STRICT;

-- The second factor. The secret is derived from the nonce and a key outside of this database.
CREATE TABLE second_factor (
    person TEXT PRIMARY KEY NOT NULL REFERENCES person (id),
    nonce TEXT NOT NULL,
    added_us INTEGER NOT NULL,
    confirmed_us INTEGER,
    -- The newest step whose code was used; it and older ones are refused.
    last_step INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE TABLE recovery_code (
    person TEXT NOT NULL REFERENCES person (id),
    hash TEXT NOT NULL,
    used_us INTEGER,
    PRIMARY KEY (person, hash)
) STRICT;

-- What the marketplace decided for everybody.
CREATE TABLE policy (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    second_factor INTEGER NOT NULL CHECK (second_factor IN (0, 1))
) STRICT;
INSERT INTO policy (one, second_factor) VALUES (1, 0);

-- Industry segments: a tree. Filled from the crate's data when empty, then the marketplace's own.
CREATE TABLE segment (
    code TEXT PRIMARY KEY NOT NULL,
    parent TEXT REFERENCES segment (code),
    zh TEXT NOT NULL,
    en TEXT NOT NULL,
    retired_us INTEGER
) STRICT;
CREATE INDEX segment_parent ON segment (parent);

-- Words for what a module solves and which equipment it is for.
CREATE TABLE tag (
    kind TEXT NOT NULL CHECK (kind IN ('problem', 'equipment')),
    code TEXT NOT NULL,
    zh TEXT NOT NULL,
    en TEXT NOT NULL,
    retired_us INTEGER,
    PRIMARY KEY (kind, code)
) STRICT;

CREATE TABLE module_tag (
    module TEXT NOT NULL REFERENCES module (name),
    kind TEXT NOT NULL CHECK (kind IN ('segment', 'problem', 'equipment')),
    code TEXT NOT NULL,
    PRIMARY KEY (module, kind, code)
) STRICT;

-- The shelves, derived: one row per module that everybody may see. Refreshed when the audit has moved.
CREATE TABLE shelf (
    number INTEGER PRIMARY KEY,
    module TEXT NOT NULL UNIQUE,
    -- Everything that the row was made from.
    source TEXT NOT NULL,
    card TEXT NOT NULL CHECK (json_valid(card)),
    tenants INTEGER NOT NULL
) STRICT;
CREATE TABLE shelf_facet (
    module TEXT NOT NULL REFERENCES shelf (module) ON DELETE CASCADE,
    kind TEXT NOT NULL,
    code TEXT NOT NULL,
    PRIMARY KEY (module, kind, code)
) STRICT;
CREATE INDEX shelf_facet_code ON shelf_facet (kind, code, module);
CREATE TABLE shelf_head (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    audit INTEGER NOT NULL
) STRICT;
INSERT INTO shelf_head (one, audit) VALUES (1, -1);
-- Words, with Chinese cut into pairs of characters by the program.
CREATE VIRTUAL TABLE shelf_words USING fts5
    (module UNINDEXED, name, title, provider, tags, summary, description, tokenize = 'unicode61 remove_diacritics 2');

-- What a provider says of itself, and its papers.
CREATE TABLE provider_profile (
    org TEXT PRIMARY KEY NOT NULL REFERENCES org (id),
    zh TEXT NOT NULL,
    en TEXT NOT NULL
) STRICT;
CREATE TABLE qualification (
    id TEXT PRIMARY KEY NOT NULL,
    org TEXT NOT NULL REFERENCES org (id),
    title TEXT NOT NULL,
    issuer TEXT NOT NULL,
    number TEXT NOT NULL,
    -- The last day, YYYY-MM-DD.
    valid_until TEXT NOT NULL,
    digest TEXT NOT NULL,
    added_by TEXT NOT NULL REFERENCES person (id),
    added_us INTEGER NOT NULL,
    removed_us INTEGER
) STRICT;
CREATE INDEX qualification_org ON qualification (org) WHERE removed_us IS NULL;

-- What a module costs. A plan never changes; another price is another plan.
CREATE TABLE plan (
    id TEXT PRIMARY KEY NOT NULL,
    module TEXT NOT NULL REFERENCES module (name),
    code TEXT NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('free', 'trial', 'monthly', 'per_use')),
    zh TEXT NOT NULL,
    en TEXT NOT NULL,
    -- Ten-thousandths of a yuan, per month or per use.
    price_e4 INTEGER NOT NULL CHECK (price_e4 >= 0),
    trial_days INTEGER NOT NULL,
    added_by TEXT NOT NULL REFERENCES person (id),
    added_us INTEGER NOT NULL,
    retired_us INTEGER,
    CHECK ((kind IN ('free', 'trial')) = (price_e4 = 0)),
    CHECK ((kind = 'trial') = (trial_days > 0))
) STRICT;
CREATE UNIQUE INDEX plan_code ON plan (module, code) WHERE retired_us IS NULL;

-- Which plan a tenant chose, and how much it approved. The one that has not ended counts.
CREATE TABLE chosen_plan (
    number INTEGER PRIMARY KEY,
    tenant TEXT NOT NULL REFERENCES tenant (id),
    module TEXT NOT NULL REFERENCES module (name),
    plan TEXT NOT NULL REFERENCES plan (id),
    -- The most that one month may cost, in fen.
    cap_fen INTEGER NOT NULL CHECK (cap_fen >= 0),
    since_us INTEGER NOT NULL,
    until_us INTEGER,
    agreed_by TEXT NOT NULL REFERENCES person (id),
    ended_us INTEGER
) STRICT;
CREATE UNIQUE INDEX chosen_plan_current ON chosen_plan (tenant, module) WHERE ended_us IS NULL;
-- One trial per tenant and module, for ever.
CREATE TABLE trial (
    tenant TEXT NOT NULL REFERENCES tenant (id),
    module TEXT NOT NULL REFERENCES module (name),
    began_us INTEGER NOT NULL,
    PRIMARY KEY (tenant, module)
) STRICT;

-- What hosts report: one line per host, tenant, module and day (UTC).
CREATE TABLE usage_day (
    host TEXT NOT NULL REFERENCES host (name),
    tenant TEXT NOT NULL REFERENCES tenant (id),
    module TEXT NOT NULL REFERENCES module (name),
    day TEXT NOT NULL,
    -- In force at the end of that day.
    version TEXT NOT NULL,
    calls INTEGER NOT NULL CHECK (calls >= 0),
    faults INTEGER NOT NULL CHECK (faults >= 0),
    rows_written INTEGER NOT NULL CHECK (rows_written >= 0),
    cpu_us INTEGER NOT NULL CHECK (cpu_us >= 0),
    reported_us INTEGER NOT NULL,
    PRIMARY KEY (host, tenant, module, day)
) STRICT;
CREATE INDEX usage_day_module ON usage_day (module, day);
CREATE INDEX usage_day_tenant ON usage_day (tenant, module, day);

CREATE TABLE rating (
    tenant TEXT NOT NULL REFERENCES tenant (id),
    module TEXT NOT NULL REFERENCES module (name),
    id TEXT NOT NULL UNIQUE,
    stars INTEGER NOT NULL CHECK (stars BETWEEN 1 AND 5),
    text TEXT NOT NULL,
    rated_by TEXT NOT NULL REFERENCES person (id),
    rated_us INTEGER NOT NULL,
    answer TEXT,
    answered_by TEXT REFERENCES person (id),
    answered_us INTEGER,
    PRIMARY KEY (tenant, module)
) STRICT;
CREATE INDEX rating_module ON rating (module, rated_us);

CREATE TABLE deprecation (
    module TEXT PRIMARY KEY NOT NULL REFERENCES module (name),
    zh TEXT NOT NULL,
    en TEXT NOT NULL,
    successor TEXT REFERENCES module (name),
    said_by TEXT NOT NULL REFERENCES person (id),
    said_us INTEGER NOT NULL
) STRICT;
