//! toolcrib-sdk
