//! A provider asks the city to identify it: papers, three experts, publicity, the list.

use super::Stage;
use super::cast::{Person, Provider};
use super::city::{ASSESSOR, EXPERTS, OFFICIAL, pass_days};
use anyhow::Context;
use sha2::{Digest, Sha256};
use toolcrib_registry_client::wire::{
    GiveScore, IdentificationKind, NewIdentification, QualificationPaper, Scores, TakeIdentificationStep,
};

/// The shortest publicity of an identification.
const PUBLICITY_DAYS: u32 = 5;

fn step(act: &str) -> TakeIdentificationStep {
    TakeIdentificationStep { act: act.to_owned(), ..TakeIdentificationStep::default() }
}

/// Applies and calls the experts; with `whole` until it stands on the list with its stars.
///
/// # Errors
/// The registry.
pub async fn identify(
    stage: &mut Stage,
    provider: &Provider,
    city: &str,
    segment: &str,
    whole: bool,
) -> anyhow::Result<()> {
    let owner = stage.sign_in(&provider.owner).await?;
    let made = owner.identify(&application(provider, city, segment)).await.context("applying")?;
    let id = made.row.id;
    let official = stage.sign_in(&OFFICIAL).await?;
    let experts: Vec<&Person> = [&ASSESSOR].into_iter().chain(&EXPERTS).collect();
    let addresses = experts.iter().map(|expert| expert.email.to_owned()).collect();
    let review = TakeIdentificationStep { experts: addresses, ..step("review") };
    official.step_identification(&id, &review).await.context("calling the experts")?;
    if !whole {
        return Ok(());
    }
    for (at, expert) in experts.into_iter().enumerate() {
        let more = u32::try_from(at).unwrap_or(0);
        let scores = Scores { cases: 24 + more, technology: 25, service: 16, price: 15 + more };
        let score = GiveScore { scores, comment: "案例真实，产品在用。".to_owned() };
        stage.sign_in(expert).await?.score_identification(&id, &score).await.context("an expert's score")?;
    }
    official.step_identification(&id, &step("conclude")).await.context("concluding")?;
    let publicity = TakeIdentificationStep { days: Some(PUBLICITY_DAYS), ..step("publicise") };
    official.step_identification(&id, &publicity).await.context("making it public")?;
    pass_days(stage, i64::from(PUBLICITY_DAYS) + 1);
    let official = stage.sign_in(&OFFICIAL).await?;
    let publish = TakeIdentificationStep { months: Some(24), ..step("publish") };
    official.step_identification(&id, &publish).await.context("putting it on the list")?;
    let reason = "评审平均分高，服务企业反映好。".to_owned();
    let rate = TakeIdentificationStep { stars: Some(4), reason, ..step("rate") };
    official.step_identification(&id, &rate).await.context("giving stars")?;
    Ok(())
}

fn application(provider: &Provider, city: &str, segment: &str) -> NewIdentification {
    let paper = |title: &str, issuer: &str, number: &str| {
        // The house keeps its papers; what is kept here is their fingerprint.
        let text = format!("{} {title} {number}", provider.name);
        let hex: String = Sha256::digest(&text).iter().map(|byte| format!("{byte:02x}")).collect();
        QualificationPaper {
            title: title.to_owned(),
            issuer: issuer.to_owned(),
            number: number.to_owned(),
            valid_until: None,
            digest: format!("sha256:{hex}"),
            bytes: u64::try_from(text.len()).unwrap_or(1),
            media_type: "application/pdf".to_owned(),
        }
    };
    NewIdentification {
        org: provider.slug.to_owned(),
        city: city.to_owned(),
        segment: segment.to_owned(),
        kind: IdentificationKind::Product,
        statement: format!("{}为本行业中小企业提供小快轻准的车间软件，已有多家在用。", provider.name),
        documents: vec![
            paper("软件企业证书", "云河市软件行业协会", "RQ-2026-0107"),
            paper("行业案例汇编", provider.name, "AL-2026-01"),
        ],
        renews: None,
    }
}
