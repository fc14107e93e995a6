//! toolcrib-registry-client
