//! toolcrib-module-plant
