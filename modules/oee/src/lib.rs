//! toolcrib-module-oee
