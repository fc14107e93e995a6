//! The records of all programmes, in the catalogue's database.

use toolcrib_catalog::Catalog;

/// Programmes, projects and ledgers. Cheap to clone. One method per thing that can be asked or done, in one file per
/// subject; who may do what is decided by the caller, what may happen at all is decided here.
#[derive(Clone)]
pub struct Programmes {
    pub(crate) catalog: Catalog,
}

impl Programmes {
    /// The programmes in this catalogue's database.
    pub fn new(catalog: Catalog) -> Self {
        Self { catalog }
    }
}
