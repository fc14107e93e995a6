//! A moment of an in-memory tenant: kept, compared, and gone back to. Vetting tries many calls from the same moment.

use super::table::Table;
use super::{Memory, State};
use crate::signal::Sample;
use crate::{Manifest, RawId};
use std::collections::BTreeMap;

/// Everything a tenant holds of one module, and what it may read of others. Comparable: nothing written means equal.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Snapshot {
    state: State,
    shared: BTreeMap<(String, String), Table>,
    samples: BTreeMap<String, Vec<(i64, Sample)>>,
    given: u64,
}

impl Snapshot {
    /// Ids of rows of the module's own record, or of another module's shared one, in order.
    pub fn ids(&self, module: &str, record: &str) -> Vec<RawId> {
        let table = if module.is_empty() {
            self.state.records.get(record).map(|table| &**table)
        } else {
            self.shared.get(&(module.to_owned(), record.to_owned()))
        };
        table.map(Table::ids).unwrap_or_default()
    }
}

impl Memory {
    /// The tenant as it is; with an open invocation, as it was before.
    pub fn snapshot(&self) -> Snapshot {
        let mut state = self.state.clone();
        if let Some(turn) = &self.turn {
            state.back_to(turn.before.clone());
        }
        Snapshot { state, shared: self.shared.clone(), samples: self.samples.clone(), given: self.given }
    }

    /// Everything as it was then, while no invocation is open. Answers of other modules stay.
    pub fn go_back(&mut self, moment: &Snapshot) {
        (self.state, self.samples, self.given) = (moment.state.clone(), moment.samples.clone(), moment.given);
        self.shared.clone_from(&moment.shared);
    }

    /// A tenant of this module at that moment. Answers of other modules' operations are not part of it.
    pub fn at(manifest: Manifest, moment: &Snapshot) -> Self {
        let Snapshot { state, shared, samples, given } = moment.clone();
        Self { state, shared, samples, given, ..Self::new(manifest) }
    }
}
