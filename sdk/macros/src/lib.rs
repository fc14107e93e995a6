//! toolcrib-macros
