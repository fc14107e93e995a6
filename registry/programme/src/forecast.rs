//! What a firm can expect of a programme before it signs anything: line by line, under the rules in force, each figure with
//! the rule that it comes from. Nothing is reserved.

use crate::award::{Spent, award, base};
use crate::contract_line::{Category, LINES};
use crate::days::today;
use crate::ids::ProgrammeId;
use crate::money::{BasisPoints, Fen};
use crate::programmes::Programmes;
use crate::refusal::{ProgrammeError, Result};
use crate::rules::{LEVELS, RuleSet};
use crate::split::largest_remainder;
use toolcrib_catalog::Check;
use toolcrib_contract::problem::RULE_WINDOW;
use toolcrib_contract::types::Instant;

/// What a firm means to do.
#[derive(Clone, Debug)]
pub struct Intent {
    /// Kind of project.
    pub track: String,
    /// The batch; none: the one that is open today.
    pub batch: Option<u32>,
    /// The level that it means to reach, 1 to 4.
    pub level: u8,
    /// What it means to buy: of which kind, for how much.
    pub lines: Vec<(Category, Fen)>,
}

/// One line of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ForecastLine {
    pub category: Category,
    pub amount: Fen,
    /// Whether the rules' categories have it.
    pub counts: bool,
    pub programme: Fen,
    pub firm: Fen,
}

/// What comes of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Forecast {
    pub rules_version: u32,
    /// The document of that version.
    pub document: String,
    pub batch: u32,
    /// Of the kind of project, before the batch's decline, and with it.
    pub rate_before: BasisPoints,
    pub rate: BasisPoints,
    /// Of the lines that count.
    pub eligible: Fen,
    pub by_rate: Fen,
    /// Of the level.
    pub cap: Fen,
    /// The least level that the rules pay for; below it there is nothing.
    pub min_level: u8,
    pub programme: Fen,
    pub firm: Fen,
    pub lines: Vec<ForecastLine>,
}

/// The forecast under these rules; what is left of the budget is not looked at.
fn forecast(rules: &RuleSet, (version, batch): (u32, u32), intent: &Intent) -> Option<Forecast> {
    let track = rules.track(&intent.track)?;
    let whole = |(category, net): &(Category, Fen)| Spent {
        category: *category,
        net: *net,
        paid: *net,
        accepted: true,
        refunded: false,
    };
    let spent: Vec<_> = intent.lines.iter().map(whole).collect();
    let outcome = award(rules, track, batch, intent.level, base(rules, &spent)?, Fen::MAX);
    let programme = if intent.level < rules.min_level { Fen::ZERO } else { outcome.amount };
    let weight = |(category, amount): &(Category, Fen)| if rules.pays_for(*category) { *amount } else { Fen::ZERO };
    let weights: Vec<_> = intent.lines.iter().map(weight).collect();
    let shares = largest_remainder(programme, &weights)?;
    let lines = intent.lines.iter().zip(shares).map(|((category, amount), programme)| {
        let (category, amount) = (*category, *amount);
        let firm = amount.checked_sub(programme)?;
        Some(ForecastLine { category, amount, counts: rules.pays_for(category), programme, firm })
    });
    let all = Fen::sum(intent.lines.iter().map(|(_, amount)| *amount))?;
    Some(Forecast {
        rules_version: version,
        document: rules.document.clone(),
        batch,
        rate_before: track.rate,
        rate: outcome.rate,
        eligible: outcome.base,
        by_rate: outcome.by_rate,
        cap: outcome.cap,
        min_level: rules.min_level,
        programme,
        firm: all.checked_sub(programme)?,
        lines: lines.collect::<Option<_>>()?,
    })
}

impl Programmes {
    /// What a firm can expect.
    ///
    /// # Errors
    /// Not found; fields that are wrong; no batch is open today and none is named.
    pub async fn forecast(&self, id: &ProgrammeId, intent: &Intent, now: Instant) -> Result<Forecast> {
        let programme = self.programme(id).await?;
        let mut check = Check::default();
        let rules = &programme.rules.rules;
        check.expect(rules.track(&intent.track).is_some(), "/track", "a kind of project that the rules have");
        check.expect((1..=LEVELS).contains(&intent.level), "/level", "1 to 4");
        check.expect((1..=LINES).contains(&intent.lines.len()), "/lines", format!("1 to {LINES}"));
        for (at, (_, amount)) in intent.lines.iter().enumerate().take(LINES) {
            check.expect(*amount > Fen::ZERO, &format!("/lines/{at}/amount_fen"), "above nought");
        }
        let named = |batch: u32| programme.batches.iter().any(|known| known.batch == batch);
        check.expect(intent.batch.is_none_or(named), "/batch", "a batch of the programme");
        check.done()?;
        let day = today(now);
        let open = programme.batches.iter().find(|batch| batch.from <= day && day <= batch.until);
        let batch = intent.batch.or(open.map(|batch| batch.batch));
        let batch = batch.ok_or_else(|| ProgrammeError::refused(RULE_WINDOW, "no batch is open today; name one"))?;
        forecast(rules, (programme.rules.version, batch), intent)
            .ok_or_else(|| ProgrammeError::input("/lines", "the lines add up to more than any project costs"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::tests::usual;
    use proptest::prelude::*;

    fn intent(level: u8, lines: &[(Category, u32)]) -> Intent {
        let lines = lines.iter().map(|(category, yuan)| (*category, Fen::yuan(*yuan))).collect();
        Intent { track: "general".to_owned(), batch: None, level, lines }
    }

    /// 40 % of software and gateways of ¥150,000 are ¥60,000, 2 : 1; furniture counts nothing; level 2 allows ¥300,000.
    #[test]
    fn each_line_says_what_it_brings_and_what_the_firm_bears() {
        let lines = [(Category::Software, 100_000), (Category::Collection, 50_000), (Category::Other, 10_000)];
        let found = forecast(&usual(), (3, 1), &intent(2, &lines)).unwrap();
        let parts: Vec<_> = found.lines.iter().map(|line| (line.counts, line.programme, line.firm)).collect();
        let yuan = Fen::yuan;
        let expected =
            [(true, yuan(40_000), yuan(60_000)), (true, yuan(20_000), yuan(30_000)), (false, Fen::ZERO, yuan(10_000))];
        assert_eq!(parts, expected);
        assert_eq!((found.eligible, found.by_rate, found.cap), (yuan(150_000), yuan(60_000), yuan(300_000)));
        assert_eq!((found.programme, found.firm, found.rules_version), (yuan(60_000), yuan(100_000), 3));
        // A level that the rules do not pay for brings nothing, and a high price no more than the level's cap.
        let low = forecast(&usual(), (3, 1), &intent(1, &lines)).unwrap();
        assert_eq!((low.programme, low.firm, low.min_level), (Fen::ZERO, yuan(160_000), 2));
        let large = forecast(&usual(), (3, 1), &intent(2, &[(Category::Software, 1_000_000)])).unwrap();
        assert_eq!((large.by_rate, large.programme), (yuan(400_000), yuan(300_000)));
    }

    proptest! {
        #[test]
        fn lines_add_up_and_the_forecast_is_what_an_award_would_be(
            level in 1u8..=4,
            lines in proptest::collection::vec((0usize..7, 1i64..3_000_000_000), 1..20),
        ) {
            let lines: Vec<_> = lines.into_iter().map(|(at, fen)| (Category::ALL[at], Fen::new(fen).unwrap())).collect();
            let rules = usual();
            let intent = Intent { track: "general".to_owned(), batch: None, level, lines };
            let found = forecast(&rules, (1, 1), &intent).unwrap();
            prop_assert_eq!(Fen::sum(found.lines.iter().map(|line| line.programme)), Some(found.programme));
            prop_assert_eq!(Fen::sum(found.lines.iter().map(|line| line.firm)), Some(found.firm));
            for line in &found.lines {
                prop_assert_eq!(line.firm.checked_add(line.programme), Some(line.amount));
                prop_assert!(line.counts || line.programme == Fen::ZERO);
            }
            let expected = if level < rules.min_level { Fen::ZERO } else { found.by_rate.min(found.cap) };
            prop_assert_eq!(found.programme, expected);
        }
    }
}
