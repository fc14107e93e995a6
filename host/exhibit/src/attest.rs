//! Counting what a tenant did in a period, and signing it.

use crate::kept::KeptStatement;
use crate::period::Period;
use crate::rows::{self, whole};
use crate::{Exhibit, sha256};
use serde_json::{Map, Value as Json};
use std::collections::{BTreeMap, BTreeSet};
use toolcrib_contract::attestation::{
    ATTESTATION_BYTES, Attestation, FIGURE_ROWS, FORM, Head, LISTED, Machine, Machines, ModuleUse, Modules, PAYLOAD,
    Source, Sources, Told, Whose,
};
use toolcrib_contract::manifest::HandlerDef;
use toolcrib_contract::offered::{Figures, PERIOD};
use toolcrib_contract::problem::{LIMIT_REACHED, Problem, UNAVAILABLE};
use toolcrib_contract::types::{Date, RawId};
use toolcrib_runtime::{Actor, Came, DeviceGrant, Loaded, ModuleUsed, Snapshot, TenantView};

/// From what each part is counted, for whoever counts again.
const FROM_READINGS: &str = "readings of the tenant, summed by hour";
const FROM_USAGE: &str = "calls of the tenant, summed by hour; people from its audit";

impl Exhibit {
    /// Counts, signs and keeps a statement; the audit says who had it made.
    ///
    /// # Errors
    /// The disk, or too much is being read at the moment. What a module cannot answer is no error: the statement says so.
    pub async fn attest(
        &self,
        tenant: &TenantView,
        actor: &Actor,
        period: &Period,
    ) -> Result<(KeptStatement, Attestation), Problem> {
        let attestation = self.count(tenant, actor, period).await?;
        let canonical = attestation.canonical();
        if canonical.len() > ATTESTATION_BYTES {
            return Err(LIMIT_REACHED
                .because(format!("a statement has at most {ATTESTATION_BYTES} bytes; take a shorter period")));
        }
        let statement = KeptStatement {
            sha256: sha256(&canonical),
            from: attestation.from.clone(),
            until: attestation.until.clone(),
            made_at: attestation.made_at.clone(),
            by: actor.id.clone(),
            key_id: self.key.id(),
            sent: Vec::new(),
        };
        let envelope = self.key.seal(PAYLOAD, canonical.as_bytes());
        self.keep(tenant.id, statement.clone(), envelope, attestation.clone()).await?;
        Ok((statement, attestation))
    }

    async fn count(&self, tenant: &TenantView, actor: &Actor, period: &Period) -> Result<Attestation, Problem> {
        let (made_at, (from, until)) = (self.runtime.now(), period.bounds());
        let days = period.clone();
        let came = self.runtime.came(tenant.id, from, until, move |at| days.day(at)).await?;
        let mut snapshot = self.runtime.snapshot(tenant.id).await?;
        let days = period.clone();
        let look = snapshot.look(move |reader| {
            Ok((reader.used_in(from, until, |at| days.day(at))?, reader.audit_head()?.unwrap_or_default()))
        });
        let (used, (line, hash)) = look.await?;
        let mut list = Vec::new();
        for module in &tenant.modules {
            let name = &module.manifest.module;
            let used = used.get(name).cloned().unwrap_or_default();
            let figures = figures(&mut snapshot, tenant.id, module, actor, period).await?;
            list.push(module_use(module, used, figures));
        }
        list.sort_by(|a, b| a.module.cmp(&b.module));
        let (machines, sources) = connected(&came, &tenant.devices);
        Ok(Attestation {
            form: FORM.to_owned(),
            tenant: whose(tenant),
            from: period.from.to_string(),
            until: period.until.to_string(),
            made_at: made_at.to_string(),
            made_by: actor.id.clone(),
            audit: Head { line, sha256: hash.iter().map(|byte| format!("{byte:02x}")).collect() },
            machines,
            sources,
            modules: Modules { counted_from: FROM_USAGE.to_owned(), list },
        })
    }
}

/// A tenant as others are told of it.
pub fn whose(tenant: &TenantView) -> Whose {
    Whose {
        id: tenant.id.to_string(),
        slug: tenant.slug.clone(),
        name: tenant.name.clone(),
        time_zone: tenant.time_zone.clone(),
    }
}

fn module_use(module: &Loaded, used: ModuleUsed, figures: Vec<Told>) -> ModuleUse {
    ModuleUse {
        module: module.manifest.module.clone(),
        version: module.manifest.version.clone(),
        digest: module.digest.clone(),
        calls: used.calls,
        faults: used.faults,
        days: used.days.len() as u64,
        people: used.people,
        figures,
    }
}

/// What a module's queries answer.
async fn figures(
    snapshot: &mut Snapshot,
    tenant: RawId,
    module: &Loaded,
    actor: &Actor,
    period: &Period,
) -> Result<Vec<Told>, Problem> {
    let mut told = Vec::new();
    for declared in &module.offered.figures {
        let Some((_, query)) = module.manifest.handler(&declared.query) else { continue };
        let input = days_of(query, period);
        let place = (module.manifest.module.as_str(), declared.query.as_str());
        let found = rows::ask(snapshot, tenant, place, input, actor, FIGURE_ROWS).await;
        // A module that is paused, or whose query fails, keeps nobody from showing the rest.
        if let Err(problem) = &found
            && problem.is(UNAVAILABLE)
        {
            return Err(problem.clone());
        }
        told.push(tell(declared, found));
    }
    Ok(told)
}

fn tell(declared: &Figures, found: Result<rows::Found, Problem>) -> Told {
    let Figures { query, columns } = declared.clone();
    match found {
        Ok(found) => {
            let value = |row: &rows::Row, name: &String| whole(row.get(name).cloned().unwrap_or_default());
            let row = |row: &rows::Row| columns.iter().map(|name| value(row, name)).collect();
            let rows = found.rows.iter().map(row).collect();
            Told { query, columns, rows, cut: found.cut, refused: None }
        }
        Err(problem) => Told { query, columns, refused: Some(problem.code), ..Told::default() },
    }
}

/// The days that a query wants to know.
fn days_of(query: &HandlerDef, period: &Period) -> Map<String, Json> {
    let takes = |name: &str| query.input.fields().iter().any(|field| field.name == name);
    let days = PERIOD.into_iter().zip([period.from, period.until]);
    days.filter(|(name, _)| takes(name)).map(|(name, day)| (name.to_owned(), day.to_string().into())).collect()
}

/// Machines by their codes and sources by their ids.
fn connected(came: &[Came], devices: &[DeviceGrant]) -> (Machines, Sources) {
    #[derive(Default)]
    struct Sum {
        signals: u64,
        readings: u64,
        bad: u64,
        days: BTreeSet<Date>,
    }
    let (mut machines, mut sources) = (BTreeMap::<&str, Sum>::new(), BTreeMap::<&str, Sum>::new());
    for one in came.iter().filter(|one| one.readings > 0) {
        let equipment = one.signal.rsplit_once('.').map_or(one.signal.as_str(), |(equipment, _)| equipment);
        for sum in [machines.entry(equipment).or_default(), sources.entry(&one.device).or_default()] {
            sum.signals += 1;
            sum.readings += one.readings;
            sum.bad += one.bad;
            sum.days.extend(&one.days);
        }
    }
    let day = |day: Option<&Date>| day.map(ToString::to_string).unwrap_or_default();
    let machine = |(equipment, sum): (&&str, &Sum)| Machine {
        equipment: (*equipment).to_owned(),
        signals: sum.signals,
        readings: sum.readings,
        bad: sum.bad,
        days: sum.days.len() as u64,
        first_day: day(sum.days.first()),
        last_day: day(sum.days.last()),
    };
    let name = |id: &str| devices.iter().find(|device| device.id == id).map(|device| device.name.clone());
    let source = |(id, sum): (&&str, &Sum)| Source {
        id: (*id).to_owned(),
        name: name(id).unwrap_or_default(),
        signals: sum.signals,
        readings: sum.readings,
        days: sum.days.len() as u64,
    };
    let mut list: Vec<_> = machines.iter().map(machine).collect();
    // By days, then by code: which ones are listed does not change by chance.
    list.sort_by(|a, b| b.days.cmp(&a.days).then_with(|| a.equipment.cmp(&b.equipment)));
    list.truncate(LISTED);
    let (from, connected) = (FROM_READINGS.to_owned(), machines.len() as u64);
    let machines = Machines { counted_from: from.clone(), connected, list };
    let list = sources.iter().map(source).take(LISTED).collect();
    (machines, Sources { counted_from: from, connected: sources.len() as u64, list })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn came(signal: &str, device: &str, days: &[i64], readings: u64) -> Came {
        let days = days.iter().map(|day| Date(*day)).collect();
        Came { signal: signal.into(), device: device.into(), readings, bad: 1, days }
    }

    #[test]
    fn a_machine_is_counted_once_whatever_it_sends_and_silence_is_no_connection() {
        let all = [
            came("press-1.good", "gateway", &[1, 2], 10),
            came("press-1.state", "gateway", &[2, 3], 5),
            came("mill.state", "other", &[1], 1),
            came("dead.state", "gateway", &[], 0),
        ];
        let (machines, sources) = connected(&all, &[]);
        assert_eq!(machines.connected, 2);
        let told: Vec<_> =
            machines.list.iter().map(|one| (one.equipment.as_str(), one.signals, one.readings, one.days)).collect();
        assert_eq!(told, [("press-1", 2, 15, 3), ("mill", 1, 1, 1)]);
        assert_eq!((sources.connected, sources.list[0].days), (2, 3));
    }

    #[test]
    fn no_more_are_listed_than_a_statement_holds_but_all_are_counted() {
        let all: Vec<_> = (0..=LISTED).map(|at| came(&format!("m{at}.state"), "gateway", &[1], 1)).collect();
        let (machines, _) = connected(&all, &[]);
        assert_eq!((machines.connected, machines.list.len()), (LISTED as u64 + 1, LISTED));
    }
}
