//! toolcrib-runtime
