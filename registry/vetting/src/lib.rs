//! toolcrib-vetting
