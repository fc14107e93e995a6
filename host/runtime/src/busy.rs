//! What hosts on one database tell one another of busy devices, so that none of them reads from a device what all together
//! should.

use crate::runtime::Runtime;
use std::time::Duration;
use toolcrib_contract::problem::Problem;

impl Runtime {
    /// Says for so long that this host reads these devices, which it names by hashes, and no others. At how many further
    /// hosts each of them is busy; none where there is no other host.
    ///
    /// # Errors
    /// The database.
    pub async fn busy(
        &self,
        host: [u8; 16],
        devices: Vec<[u8; 16]>,
        stays: Duration,
    ) -> Result<Option<Vec<u32>>, Problem> {
        let Some(database) = self.database() else { return Ok(None) };
        let told = self.aside(move || database.busy(host, &devices, stays)).await?;
        told.map(Some).map_err(|error| crate::turn::store_problem(&error))
    }
}
