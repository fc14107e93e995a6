//! toolcrib-ingest
