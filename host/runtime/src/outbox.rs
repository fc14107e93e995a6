//! Effects leave through the outbox: after the commit, at least once, and only where the tenant still agrees. Of several
//! hosts one sends them.

use crate::courier::{Courier, Delivery};
use crate::deliver;
use crate::runtime::Runtime;
use crate::scope::{Scope, no_such_tenant};
use crate::spans::{Attribute, SpanKind, of_module, text};
use crate::turn::store_problem;
use std::sync::atomic::Ordering;
use toolcrib_contract::Capability;
use toolcrib_contract::fetch::host_of;
use toolcrib_contract::problem::Problem;
use toolcrib_contract::types::{Instant, RawId};
use toolcrib_store::{AuditLine, Effect, StoreError, Writer};

/// Effects sent in one round of a tenant.
const ROUND: u32 = 20;
/// An effect that nobody took for so long is given up.
const PATIENCE_US: i64 = 7 * 86_400_000_000;

/// What becomes of an effect after one attempt.
enum Fate {
    Sent,
    /// Not again before this.
    Later(Instant),
    /// Never; the word goes into the audit.
    Dropped(&'static str),
}

/// Writes down what became of an effect.
fn settle(writer: &mut Writer, effect: &Effect, fate: Fate, now: Instant) -> Result<(), StoreError> {
    let settled = match fate {
        Fate::Sent => writer.effect_done(effect.id),
        Fate::Later(next) => writer.effect_failed(effect.id, effect.attempts + 1, next),
        Fate::Dropped(action) => {
            let detail = serde_json::json!({"effect": effect.id.to_string()}).to_string();
            let (at, module) = (now, effect.module.as_str());
            writer.audit(&AuditLine { at, actor: "host", action, module, detail_json: &detail })?;
            writer.effect_done(effect.id)
        }
    };
    match settled {
        // This host lost its claim on the way, and another one sent it, too.
        Err(StoreError::NotFound) => Ok(()),
        settled => settled,
    }
}

impl Runtime {
    /// Sends what is due in the tenant's outbox through the courier. Returns how many left. Without a courier, while the
    /// tenant is suspended, and while another host sends them, effects wait. Opens no files when nothing is due.
    ///
    /// # Errors
    /// Unknown tenant, the disk, or the database.
    pub async fn send_effects(&self, tenant: RawId) -> Result<u32, Problem> {
        let Some(courier) = self.inner.courier.clone() else { return Ok(0) };
        let known = self.inner.tenant(tenant).ok_or_else(no_such_tenant)?;
        let now = self.now();
        if !known.scope().active || known.outbox_us.load(Ordering::Acquire) > now.0 {
            return Ok(0);
        }
        let home = known.home.clone();
        let Some(mut claim) = self.beside(known.home.is_remote(), move || home.claim_outbox()).await? else {
            return Ok(0);
        };
        // What another host sent before is not there any more.
        let due = self.with_writer(tenant, move |writer| writer.due_effects(now, ROUND)).await?;
        let mut sent = 0;
        for effect in due {
            // Without the claim another host may be at the same effect already.
            claim = self.beside(known.home.is_remote(), move || claim.renew().map(|()| claim)).await?;
            // Looked at for each: a revocation may have come while the one before was on its way.
            let fate = self.attempt(&*courier, &known.scope(), tenant, &effect).await;
            sent += u32::from(matches!(fate, Fate::Sent));
            self.with_writer(tenant, move |writer| settle(writer, &effect, fate, now)).await?;
        }
        self.beside(known.home.is_remote(), move || {
            claim.give_back();
            Ok(sent)
        })
        .await
    }

    /// Asks another machine beside the turns; what asks none is done at once.
    async fn beside<T: Send + 'static>(
        &self,
        is_remote: bool,
        work: impl FnOnce() -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, Problem> {
        let done = if is_remote { self.aside(work).await? } else { work() };
        done.map_err(|error| store_problem(&error))
    }

    async fn attempt(&self, courier: &dyn Courier, scope: &Scope, tenant: RawId, effect: &Effect) -> Fate {
        let host = host_of(&effect.target).unwrap_or_default().to_owned();
        let agreed = scope
            .find(&effect.module)
            .is_some_and(|installed| installed.may(&Capability::Outbound { host: host.clone() }));
        if !agreed {
            tracing::warn!(effect = %effect.id, module = effect.module, "The tenant no longer agrees to an effect; it is dropped");
            return Fate::Dropped("effect-revoked");
        }
        let Effect { id, module, target, body, .. } = effect.clone();
        let delivery = Delivery { id, tenant, slug: scope.slug.clone(), module, target, body };
        // Of what led to it nothing is known any more. Nothing of the trace goes out with it: see OPERATIONS.md, Traces.
        let span = self.inner.span_after(None);
        let delivered = courier.deliver(delivery).await;
        if let Some(span) = span {
            let mut attributes = of_module(scope, &effect.module);
            attributes.extend([
                ("toolcrib.effect", text(&effect.id.to_string())),
                ("toolcrib.attempt", Attribute::Number(u64::from(effect.attempts) + 1)),
                ("server.address", text(&host)),
            ]);
            span.end(SpanKind::Client, "effect", attributes, delivered.is_err());
        }
        let Err(why) = delivered else { return Fate::Sent };
        let now = self.now();
        if now.0 - effect.at.0 > PATIENCE_US {
            tracing::error!(effect = %effect.id, attempts = effect.attempts, why, "Nobody took an effect for a week; it is given up");
            return Fate::Dropped("effect-given-up");
        }
        tracing::warn!(effect = %effect.id, attempts = effect.attempts + 1, why, "An effect is sent again later");
        Fate::Later(now.plus_us(deliver::backoff_us(effect.attempts + 1, self.inner.seed())))
    }
}
