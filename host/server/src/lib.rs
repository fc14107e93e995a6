//! toolcrib-server
