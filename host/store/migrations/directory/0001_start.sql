-- What the host remembers without its registry.
CREATE TABLE entitlements (
    only_row INTEGER PRIMARY KEY CHECK (only_row = 1),
    seq INTEGER NOT NULL,
    signed BLOB NOT NULL
) STRICT;

CREATE TABLE artifact (
    digest TEXT PRIMARY KEY NOT NULL,
    module TEXT NOT NULL,
    version TEXT NOT NULL,
    manifest BLOB NOT NULL
) STRICT;
