//! toolcrib-console
