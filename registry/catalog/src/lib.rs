//! toolcrib-catalog
