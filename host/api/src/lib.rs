//! toolcrib-api
