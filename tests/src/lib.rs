//! toolcrib-tests
