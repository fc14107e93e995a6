//! Taking a kit over: rows through the modules' own commands, rules through the mapping. Everything is compared before the
//! first write; each list is one commit; what was done before an interruption is found done and not done again.

use crate::Exhibit;
use crate::plan::{Plan, Stands, installed, rules};
use crate::rows::Row;
use serde::{Deserialize, Serialize};
use serde_json::{Value as Json, json};
use toolcrib_contract::kit::{Kit, KitList};
use toolcrib_contract::offered::Taken;
use toolcrib_contract::problem::{CONFLICT, KIT_REFUSED, NOT_SUBSCRIBED, Problem};
use toolcrib_contract::types::RawId;
use toolcrib_runtime::{Actor, NewSetting, Request, TenantView};

/// The setting that holds how the last one went; also what the audit calls it.
const SETTING: &str = "kit-adoption";

/// How taking a kit over went, as it is kept.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Adoption {
    /// Of the kit.
    pub kit: String,
    pub title: String,
    pub firm: String,
    pub begun_at: String,
    pub by: String,
    /// Rows and rules that were made so far.
    pub made: u64,
    /// None: it was interrupted; taking the same kit over again goes on.
    pub done_at: Option<String>,
}

impl Exhibit {
    /// The kit that was taken over last, or is half taken over; none before the first.
    ///
    /// # Errors
    /// Unknown tenant or the disk.
    pub async fn adoption(&self, tenant: RawId) -> Result<Option<Adoption>, Problem> {
        Ok(self.known(tenant).await?.map(|(_, adoption)| adoption))
    }

    async fn known(&self, tenant: RawId) -> Result<Option<(u64, Adoption)>, Problem> {
        let Some(setting) = self.runtime.setting(tenant, SETTING).await? else { return Ok(None) };
        Ok(serde_json::from_str(&setting.json).ok().map(|adoption| (setting.version, adoption)))
    }

    /// Takes a kit over, as far as it was not before. `shown` is the hash of the plan that was agreed to.
    ///
    /// # Errors
    /// `conflict` when the plan is another one by now; `kit-refused` when something stands against it; `not-subscribed` when
    /// a module is not there; nothing was written then. Whatever a module refuses: what was made before it stays, and the
    /// same call goes on from there.
    pub async fn adopt(
        &self,
        tenant: &TenantView,
        actor: &Actor,
        kit: &Kit,
        sha: &str,
        shown: &str,
    ) -> Result<Adoption, Problem> {
        let _turn = self.turn.lock().await;
        let plan = self.plan(tenant, actor, kit, sha).await?;
        agreed(&plan, shown)?;
        let mut adoption = self.begin(tenant.id, actor, &plan).await?;
        for (list, planned) in kit.lists.iter().zip(&plan.lists) {
            let made = self.write(tenant, actor, list, &planned.made).await?;
            if made > 0 {
                adoption.made += made;
                self.note(tenant.id, actor, &adoption).await?;
            }
        }
        if !plan.mapping.made.is_empty() {
            let mut all = self.mapping.kept(tenant.id).await?.rules;
            all.rules.extend(rules(&plan.mapping.made)?.rules);
            self.mapping.put(tenant.id, plan.mapping.version, all, &actor.id).await?;
            adoption.made += plan.mapping.made.len() as u64;
        }
        adoption.done_at = Some(self.runtime.now().to_string());
        self.note(tenant.id, actor, &adoption).await?;
        Ok(adoption)
    }

    /// Goes on with what was interrupted, or begins.
    async fn begin(&self, tenant: RawId, actor: &Actor, plan: &Plan) -> Result<Adoption, Problem> {
        if let Some((_, known)) = self.known(tenant).await?
            && known.kit == plan.kit
        {
            return Ok(Adoption { done_at: None, ..known });
        }
        let adoption = Adoption {
            kit: plan.kit.clone(),
            title: plan.title.clone(),
            firm: plan.firm.clone(),
            begun_at: self.runtime.now().to_string(),
            by: actor.id.clone(),
            made: 0,
            done_at: None,
        };
        self.note(tenant, actor, &adoption).await?;
        Ok(adoption)
    }

    async fn note(&self, tenant: RawId, actor: &Actor, adoption: &Adoption) -> Result<(), Problem> {
        let replaces = self.known(tenant).await?.map_or(0, |(version, _)| version);
        let detail = json!({"kit": adoption.kit, "made": adoption.made, "done": adoption.done_at.is_some()});
        let json = serde_json::to_string(adoption).unwrap_or_default();
        let (by, detail) = (actor.id.clone(), detail.to_string());
        self.runtime.set(tenant, NewSetting { name: SETTING, replaces, json, by, detail }).await.map(drop)
    }

    /// Gives rows to the module's command; how many.
    async fn write(&self, tenant: &TenantView, actor: &Actor, list: &KitList, rows: &[Row]) -> Result<u64, Problem> {
        let own = installed(tenant, &list.module).and_then(|own| own.operation(&list.set_up.write));
        let Some((_, command)) = own.filter(|_| !rows.is_empty()) else { return Ok(0) };
        let inputs: Vec<Json> = match Taken::of(command) {
            Taken::Many(name, _) => vec![json!({name: rows})],
            Taken::One(_) => rows.iter().cloned().map(Json::Object).collect(),
        };
        for input in inputs {
            let request = Request {
                tenant: tenant.id,
                module: list.module.clone(),
                operation: list.set_up.write.clone(),
                input,
                actor: actor.clone(),
                idempotency_key: None,
            };
            self.runtime.invoke(request).await?;
        }
        Ok(rows.len() as u64)
    }
}

/// Whether it may begin.
fn agreed(plan: &Plan, shown: &str) -> Result<(), Problem> {
    if let [first, ..] = plan.against.as_slice() {
        let more = plan.against.len() - 1;
        let more = if more > 0 { format!(", and {more} more") } else { String::new() };
        return Err(KIT_REFUSED.because(format!("{first}{more}")));
    }
    if let Some(unfit) = plan.modules.iter().find(|module| matches!(module.stands, Stands::Unfit(_))) {
        let needed = format!("`{}` is needed as in version {}", unfit.module, unfit.version);
        return Err(KIT_REFUSED.because(format!("{needed}; take its upgrade first")));
    }
    if let Some(missing) = plan.missing().next() {
        return Err(NOT_SUBSCRIBED.because(format!("`{}` is not in force here yet", missing.module)));
    }
    if plan.sha256() != shown {
        return Err(CONFLICT.because("what would change is not what was shown any more"));
    }
    Ok(())
}
