//! toolcrib-registry-api
