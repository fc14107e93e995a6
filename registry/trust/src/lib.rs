//! toolcrib-trust
