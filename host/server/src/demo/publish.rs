//! Modules on their way through the real pipeline: built, signed, submitted, checked, approved.

use super::Stage;
use super::cast::Provider;
use crate::say;
use anyhow::{Context, bail};
use cargo_toolcrib::build::{self, Built};
use cargo_toolcrib::{Tools, provenance};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};
use toolcrib_contract::finding::{Report, Severity};
use toolcrib_registry_client::wire::{Decide, NewKey, NewModule, Submission, SubmissionState};
use toolcrib_registry_client::{Client, ClientError};
use toolcrib_trust::statement;

/// How often a submission is looked at while the checks run.
const LOOK: Duration = Duration::from_millis(200);
/// The longest that the checks of one version may take.
const CHECKS: Duration = Duration::from_secs(300);

/// Publishes one module of a provider unless this version is approved already. Returns the version.
///
/// # Errors
/// The build, a finding, or the registry.
pub async fn publish(
    stage: &mut Stage,
    provider: &Provider,
    module: &str,
    reviewers: &[Client],
) -> anyhow::Result<String> {
    let started = Instant::now();
    let folder = folder(module)?;
    let tools = Tools::of(std::env::current_exe().context("the system does not say where this program lies")?);
    let built = tokio::task::spawn_blocking(move || build::component(&folder, &tools)).await?;
    let built = built.with_context(|| format!("module `{module}` does not build"))?;
    say::done(
        format_args!("Built module {} {}, {} KiB", built.module, built.version, built.bytes.len() >> 10),
        started,
    );
    let owner = stage.sign_in(&provider.owner).await?;
    let version = built.version.clone();
    if is_approved(&owner, &built).await? {
        return Ok(version);
    }
    let started = Instant::now();
    let submission = submit(stage, provider, &owner, built).await?;
    let mut checked = checked(&owner, &submission).await?;
    for reviewer in reviewers {
        let approved_before = checked.decisions.len();
        if checked.state == SubmissionState::Review {
            let decision = Decide { decision: "approve".to_owned(), reason: String::new() };
            checked = match reviewer.decide(&checked.id, &decision).await {
                // A start that was broken off left this reviewer's approval behind.
                Err(error) if error.code() == Some("wrong-state") && approved_before > 0 => checked,
                decided => decided.context("the reviewer could not approve")?,
            };
        }
    }
    say::done(format_args!("{} published {module} {version}: checked and approved", provider.name), started);
    Ok(version)
}

/// The folder of a first-party module: upwards from where the program runs, or where it was built.
fn folder(module: &str) -> anyhow::Result<PathBuf> {
    let here = std::env::current_dir().unwrap_or_default();
    let built = Path::new(env!("CARGO_MANIFEST_DIR"));
    let candidates = here.ancestors().chain(built.ancestors()).map(|folder| folder.join("modules").join(module));
    candidates.into_iter().find(|folder| folder.join("Cargo.toml").is_file()).with_context(|| {
        format!(
            "there is no `modules/{module}` here; run the demo inside a checkout of Toolcrib, it builds its modules"
        )
    })
}

async fn is_approved(owner: &Client, built: &Built) -> anyhow::Result<bool> {
    match owner.version(&built.module, &built.version).await {
        Ok(page) if page.state == SubmissionState::Approved => {
            if page.digest != built.digest {
                say::line(format_args!(
                    "  Module {} changed without a new version; {} stays as it was published",
                    built.module, built.version
                ));
            }
            Ok(true)
        }
        Ok(_) => Ok(false),
        Err(error) if error.code() == Some("not-found") => Ok(false),
        Err(error) => Err(error.into()),
    }
}

/// The submission of this version: one that is on its way already, or a new one.
async fn submit(stage: &mut Stage, provider: &Provider, owner: &Client, built: Built) -> anyhow::Result<String> {
    let signer = stage.memory.signer(provider.slug, stage.world.chance.as_ref())?;
    let (context, message) = statement::key(provider.slug);
    let key = NewKey::plain(signer.public_key().to_base64(), signer.sign(context, &message));
    unless_known(owner.new_key(provider.slug, &key).await)?;
    let name = NewModule { name: built.module.clone(), org: provider.slug.to_owned() };
    unless_known(owner.new_module(&name).await)?;
    let pending = |known: &Submission| {
        let open = known.state.is_unchecked() || known.state == SubmissionState::Review;
        open && (&known.module, &known.version) == (&built.module, &built.version)
    };
    if let Some(known) = owner.submissions(None).await?.into_iter().find(pending) {
        return Ok(known.id);
    }
    let said = provenance::publication(&folder(&built.module)?, &built).seal(&signer);
    Ok(owner.publish(&built.module, built.bytes, &said).await?.submission)
}

/// The submission after its checks.
async fn checked(owner: &Client, id: &str) -> anyhow::Result<Submission> {
    let wait = async {
        loop {
            let submission = owner.submission(id).await?;
            if !submission.state.is_unchecked() {
                return Ok::<_, ClientError>(submission);
            }
            tokio::time::sleep(LOOK).await;
        }
    };
    let submission = tokio::time::timeout(CHECKS, wait).await;
    let submission = submission.with_context(|| format!("the checks took longer than {} s", CHECKS.as_secs()))??;
    if !matches!(submission.state, SubmissionState::Review | SubmissionState::Approved) {
        let errors = submission.report.as_deref().map(errors).unwrap_or_default();
        bail!("{} {} did not pass its checks:{errors}", submission.module, submission.version);
    }
    Ok(submission)
}

/// The errors among the findings, as lines for people.
fn errors(report: &Report) -> String {
    let errors = report.findings.iter().filter(|finding| finding.severity == Severity::Error);
    errors.map(|finding| format!("\n  {} {}: {}", finding.check, finding.place, finding.what)).collect()
}

/// What exists already is as good as made.
///
/// # Errors
/// Every other refusal.
pub fn unless_known<T>(made: Result<T, ClientError>) -> Result<Option<T>, ClientError> {
    match made {
        Ok(made) => Ok(Some(made)),
        Err(error) if error.code() == Some("not-unique") => Ok(None),
        Err(error) => Err(error),
    }
}
