//! Ids of programmes and projects: UUIDv7 from the caller's time and chance, each its own type.

use toolcrib_catalog::ids;

ids!(
    /// A city's programme; its ledger has the same id.
    ProgrammeId,
    /// A firm's project.
    ProjectId,
    /// An invoice in a project.
    InvoiceId,
    /// A payment in a project.
    PaymentId,
);
