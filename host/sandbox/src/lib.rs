//! toolcrib-sandbox
