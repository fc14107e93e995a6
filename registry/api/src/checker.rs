//! The checks, in the background: one submission at a time, the longest waiting first.
//!
//! The queue is the catalog: bounded there (`toolcrib_catalog::CHECKING`), and after a crash what was being checked is
//! simply checked again. The vetter bounds the time of each.

use crate::failed::internal;
use crate::registry::Registry;
use std::time::Duration;
use toolcrib_catalog::{CatalogError, Checking, State};
use toolcrib_contract::evidence::Stage;
use toolcrib_contract::finding::{Finding, Report, Severity, Told};
use toolcrib_contract::manifest::Words;
use toolcrib_contract::words;
use toolcrib_vetting::{RULES, Submission};

/// Pause after the catalog failed.
const PAUSE: Duration = Duration::from_secs(1);

/// Checks what is submitted, for ever. Stop it by dropping it: what it was at is checked again at the next start.
pub async fn check_submissions(registry: Registry) {
    loop {
        match check_next(&registry).await {
            Ok(Some(state)) => {
                metrics::counter!("toolcrib_registry_checks_total", "outcome" => state.as_str()).increment(1);
            }
            // A submission that comes meanwhile is remembered.
            Ok(None) => registry.catalog().submitted().await,
            Err(error) => {
                internal(&error);
                tokio::time::sleep(PAUSE).await;
            }
        }
    }
}

async fn check_next(registry: &Registry) -> Result<Option<State>, CatalogError> {
    let Some(checking) = registry.catalog().next_to_check(registry.now()).await? else { return Ok(None) };
    let (id, module, version) = (checking.id.clone(), checking.module.clone(), checking.version.clone());
    let (following, followed) = (registry.clone(), id.clone());
    let tell = move |stage| following.progress().begin(&followed, stage, following.now());
    let outcome = match report(registry, checking, tell).await {
        Ok(report) => {
            let recorded = registry.catalog().record_report(&id, &report, registry.now()).await;
            recorded.map(|state| (report.findings.len(), state))
        }
        Err(error) => Err(error),
    };
    // Not before the outcome is recorded: who asks in between is told the last step, and not that nothing goes on.
    registry.progress().end();
    let (findings, state) = outcome?;
    tracing::info!(module, version, submission.id = %id, findings, outcome = state.as_str(), "Checked");
    Ok(Some(state))
}

/// What the checks say of a version, telling which step begins. One that cannot be checked gets a report that says so.
///
/// # Errors
/// The database.
pub(crate) async fn report(
    registry: &Registry,
    checking: Checking,
    tell: impl Fn(Stage) + Send + Sync + 'static,
) -> Result<Report, CatalogError> {
    let digest = checking.digest.clone();
    Ok(match registry.catalog().component(&digest).await {
        Ok(Some(bytes)) => {
            let vetter = registry.vetter().clone();
            let vetted = tokio::task::spawn_blocking(move || vet(&vetter, &checking, &bytes, &tell)).await;
            vetted.unwrap_or_else(|error| failed(&digest, words!("检查中断：{error}", "the checks broke off: {error}")))
        }
        Ok(None) => failed(
            &digest,
            ("注册中心的磁盘上已没有该组件", "the component is not on the registry's disk any more").into(),
        ),
        Err(CatalogError::Damaged(what)) => failed(&digest, words!("保存的组件已损坏：{what}", "{what}")),
        Err(error) => return Err(error),
    })
}

fn vet(vetter: &toolcrib_vetting::Vetter, checking: &Checking, bytes: &[u8], tell: &(dyn Fn(Stage) + Sync)) -> Report {
    let Checking { module, previous, previous_package, previous_card, others, providers, .. } = checking;
    let (module, previous) = (Some(module.as_str()), previous.as_ref());
    let previous_package = previous_package.as_ref();
    let submission = Submission { bytes, module, previous, previous_package, previous_card, others, providers };
    vetter.vet_telling(&submission, tell)
}

/// A submission that could not be checked must not wait for ever.
fn failed(digest: &str, what: Words) -> Report {
    let finding = Finding {
        check: "checks-completed".into(),
        severity: Severity::Error,
        what: what.en,
        place: String::new(),
        why: "What was not checked is not offered to anybody".into(),
        fix: "Submit it again; if it persists, tell the marketplace's operator".into(),
        zh: Some(Box::new(Told {
            what: what.zh,
            why: "没有检查过的，不会提供给任何人".into(),
            fix: "请重新提交；若一再发生，请告知市场运营方".into(),
        })),
    };
    Report { rules: RULES.to_owned(), digest: digest.to_owned(), findings: vec![finding], ..Report::default() }
}
