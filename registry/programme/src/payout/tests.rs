//! Payments, earnings and payouts, on a real database in a temporary folder.

use super::*;
use crate::billing::{self, CreditLine, InvoiceFilter};
use crate::calendar::Month;
use crate::engines::{On, on_each_engine};
use crate::market::{Market, refused};
use crate::money::Fen;
use proptest::prelude::*;
use proptest::test_runner::TestRunner;
use toolcrib_catalog::Tenant;

on_each_engine![
    a_paid_invoice_is_earned_less_the_fee_and_paid_out_once,
    what_is_credited_after_payment_is_taken_from_the_next_payout,
    what_was_written_stays,
];

fn month(text: &str) -> Month {
    Month::parse(text).unwrap()
}

impl Market {
    async fn admin(&self) -> toolcrib_catalog::PersonId {
        self.person("admin@market.cn").await.id
    }

    async fn bills_all(&self, text: &str) -> Vec<billing::Invoice> {
        billing::run(&self.catalog, month(text), None, &self.admin().await, self.now, &self.chance).await.unwrap();
        let filter = InvoiceFilter { month: Some(month(text)), ..InvoiceFilter::default() };
        let all = billing::list(&self.catalog, &filter).await.unwrap().0;
        all.into_iter().filter(|document| document.credits.is_none()).collect()
    }

    async fn is_paid(&self, invoice: &str, fen: i64) -> crate::refusal::Result<()> {
        let day = crate::days::today(self.now);
        let paid = NewPaid { paid_on: day, reference: format!("slip {invoice}") };
        note_paid(&self.catalog, invoice, (Fen::new(fen).unwrap(), &paid), &self.admin().await, self.now).await
    }

    async fn takes_back(&self, invoice: &str, line: u32, amount_fen: i64) -> crate::refusal::Result<String> {
        let lines = [CreditLine { line, amount_fen }];
        billing::credit(&self.catalog, invoice, ("多收", &lines), &self.admin().await, self.now, &self.chance).await
    }

    async fn pays_out(&self, text: &str) -> crate::refusal::Result<PayoutRun> {
        run(&self.catalog, month(text), None, &self.admin().await, self.now, &self.chance).await
    }

    async fn fee(&self, from: &str, ppm: u32) -> crate::refusal::Result<()> {
        set_fee(&self.catalog, month(from), ppm, &self.admin().await, self.now).await
    }

    async fn has_plan(&self, tenant: &Tenant, module: &str) {
        let owner = self.person("owner@plant.cn").await.id;
        self.catalog.choose_plan(&tenant.id, module, "month", 20_000, &owner, self.now).await.unwrap();
    }

    async fn sums(&self, provider: &str) -> Vec<(String, i64, i64, i64)> {
        let rows = months(&self.catalog, provider).await.unwrap();
        rows.into_iter().map(|row| (row.month, row.gross_fen, row.fee_fen, row.net_fen)).collect()
    }
}

/// A module of ¥99 a month, chosen on 26 November: 5 of 30 days are 1,650 fen. 15 % of it are 247.5: the parts are 247 and
/// 1,403 or 248 and 1,402; of two equal remainders the first part, the fee, gets the fen.
async fn a_paid_invoice_is_earned_less_the_fee_and_paid_out_once(on: On) {
    let mut market = Market::new(on).await;
    let tenant = market.tenant("press-shop").await;
    market.module("oee", 990_000, 100).await;
    market.has_plan(&tenant, "oee").await;
    assert_eq!(refused(market.fee("2026-11", 150_000).await), "/from_month", "this month has begun");
    assert_eq!(refused(market.fee("2026-12", 500_001).await), "/ppm");
    market.fee("2026-12", 150_000).await.unwrap();
    assert_eq!(refused(market.fee("2026-12", 1).await), "/from_month", "a rate that was set stays");
    market.now = "2027-01-05T00:00:00Z".parse().unwrap();
    let november = market.bills_all("2026-11").await.remove(0);
    let december = market.bills_all("2026-12").await.remove(0);
    assert_eq!((november.owed.get(), december.owed.get()), (1_650, 9_900));
    assert_eq!(refused(market.is_paid(&november.id, 1_649).await), "payment-differs");
    market.is_paid(&november.id, 1_650).await.unwrap();
    assert_eq!(refused(market.is_paid(&november.id, 1_650).await), "wrong-state");
    market.is_paid(&december.id, 9_900).await.unwrap();
    // Nothing of November, before the rate; 15 % of December.
    assert_eq!(market.sums("house").await, [("2027-01".into(), 11_550, 1_485, 10_065)]);
    let of = earned_of(&market.catalog, "house", month("2027-01")).await.unwrap();
    assert_eq!((of.len(), of[0].plan.as_str(), of[0].returned_fen, of[0].net_fen), (1, "month", 0, 10_065));
    assert_eq!(refused(market.pays_out("2027-01").await), "month-open");
    market.now = "2027-02-01T00:00:00Z".parse().unwrap();
    let made = market.pays_out("2027-01").await.unwrap().made;
    assert_eq!((made.len(), market.pays_out("2027-01").await.unwrap().made.len()), (1, 0));
    let one = payout(&market.catalog, &made[0]).await.unwrap();
    assert_eq!((one.provider.as_str(), one.gross_fen, one.fee_fen, one.net_fen), ("house", 11_550, 1_485, 10_065));
    assert_eq!((one.paid_on.clone(), of_payout(&market.catalog, &one.id).await.unwrap().len()), (None, 2));
    let paid = |day: &str| NewPaid { paid_on: day.parse().unwrap(), reference: "B-1".into() };
    let note =
        async |paid: &NewPaid| note_paid_out(&market.catalog, &one.id, paid, &market.admin().await, market.now).await;
    assert_eq!(refused(note(&paid("2027-02-02")).await), "/paid_on", "a day to come");
    note(&paid("2027-02-01")).await.unwrap();
    assert_eq!(refused(note(&paid("2027-02-01")).await), "not-found");
    assert_eq!(payout(&market.catalog, &one.id).await.unwrap().reference.as_deref(), Some("B-1"));
    assert!(market.catalog.verify_audit().await.is_ok());
}

async fn what_is_credited_after_payment_is_taken_from_the_next_payout(on: On) {
    let mut market = Market::new(on).await;
    let tenant = market.tenant("press-shop").await;
    market.module("oee", 990_000, 100).await;
    market.fee("2026-12", 150_000).await.unwrap();
    market.now = "2026-12-01T00:00:00Z".parse().unwrap();
    market.has_plan(&tenant, "oee").await;
    market.now = "2027-01-05T00:00:00Z".parse().unwrap();
    let december = market.bills_all("2026-12").await.remove(0);
    // Credited before it was paid: less is owed, and nothing was earned yet.
    market.takes_back(&december.id, 1, 900).await.unwrap();
    assert_eq!(market.sums("house").await, []);
    market.is_paid(&december.id, 9_000).await.unwrap();
    assert_eq!(market.sums("house").await, [("2027-01".into(), 9_000, 1_350, 7_650)]);
    market.now = "2027-02-01T00:00:00Z".parse().unwrap();
    market.pays_out("2027-01").await.unwrap();
    market.pass_s(1);
    market.takes_back(&december.id, 1, 1_000).await.unwrap();
    assert_eq!(market.sums("house").await[0], ("2027-02".into(), -1_000, -150, -850));
    market.now = "2027-03-01T00:00:00Z".parse().unwrap();
    let waits = market.pays_out("2027-02").await.unwrap();
    assert_eq!((waits.made.len(), waits.waiting), (0, 1), "nobody is paid less than nought");
    let january = market.bills_all("2027-01").await.remove(0);
    market.is_paid(&january.id, 9_900).await.unwrap();
    market.now = "2027-04-01T00:00:00Z".parse().unwrap();
    let made = market.pays_out("2027-03").await.unwrap().made;
    let one = payout(&market.catalog, &made[0]).await.unwrap();
    // 9,900 less 1,000, and 15 % of that: 8,900 × 0.85 = 7,565.
    assert_eq!((one.gross_fen, one.fee_fen, one.net_fen), (8_900, 1_335, 7_565));
    let lines = of_payout(&market.catalog, &one.id).await.unwrap();
    assert_eq!(lines.iter().map(|line| line.document()).collect::<Vec<_>>(), ["CRN-2027-000002", "INV-2027-000002"]);
}

async fn what_was_written_stays(on: On) {
    let mut market = Market::new(on).await;
    let tenant = market.tenant("press-shop").await;
    market.module("oee", 990_000, 100).await;
    market.has_plan(&tenant, "oee").await;
    market.fee("2027-01", 1).await.unwrap();
    market.now = "2026-12-05T00:00:00Z".parse().unwrap();
    let november = market.bills_all("2026-11").await.remove(0);
    market.is_paid(&november.id, 1_650).await.unwrap();
    market.now = "2027-01-01T00:00:00Z".parse().unwrap();
    market.pays_out("2026-12").await.unwrap();
    for written in [
        "UPDATE platform_fee SET ppm = 2",
        "DELETE FROM platform_fee",
        "UPDATE platform_payment SET reference = 'x'",
        "DELETE FROM platform_payment",
        "UPDATE earning SET gross_fen = 1, net_fen = 1",
        "UPDATE earning SET payout = NULL",
        "DELETE FROM earning",
        "UPDATE payout SET net_fen = 1",
        "DELETE FROM payout",
    ] {
        market.refuses(written).await;
    }
}

/// One random thing that happens to the books.
#[derive(Clone, Debug)]
enum Happens {
    Pay(usize),
    Credit(usize, u32, i64),
    PayOut,
    NextMonth,
    Fee(u32),
}

fn happens() -> impl Strategy<Value = Happens> {
    prop_oneof![
        4 => any::<prop::sample::Index>().prop_map(|at| Happens::Pay(at.index(8))),
        4 => (0usize..8, 1u32..=3, 1i64..4_000).prop_map(|(at, line, fen)| Happens::Credit(at, line, fen)),
        1 => Just(Happens::PayOut),
        2 => Just(Happens::NextMonth),
        1 => (0u32..=FEE_PPM_MAX).prop_map(Happens::Fee),
    ]
}

/// Two tenants, three modules of two providers; what came of random histories.
async fn history(on: On, events: Vec<Happens>) -> (u64, u64) {
    let mut market = Market::new(on).await;
    for (module, price) in [("oee", 990_000), ("spc", 333_333), ("lots", 10_001)] {
        market.module(module, price, 100).await;
    }
    market
        .write("UPDATE module SET org = (SELECT id FROM org WHERE slug = 'other') WHERE name = 'lots'")
        .await
        .unwrap();
    for slug in ["press-shop", "paint-shop"] {
        let tenant = market.tenant(slug).await;
        for module in ["oee", "spc", "lots"] {
            market.has_plan(&tenant, module).await;
        }
    }
    let (mut invoices, mut paid, mut credited, mut past, mut done) =
        (Vec::<String>::new(), 0i64, 0i64, month("2026-10"), 0);
    for event in events.into_iter().chain([Happens::NextMonth, Happens::PayOut]) {
        market.pass_s(1);
        match event {
            Happens::Pay(at) => {
                let Some(invoice) = invoices.get(at % invoices.len().max(1)) else { continue };
                let owed = billing::invoice(&market.catalog, invoice).await.unwrap().owed.get();
                if market.is_paid(invoice, owed).await.is_ok() {
                    paid += owed;
                    done += 1;
                }
            }
            Happens::Credit(at, line, fen) => {
                let Some(invoice) = invoices.get(at % invoices.len().max(1)) else { continue };
                let was_paid = billing::invoice(&market.catalog, invoice).await.unwrap().paid.is_some();
                if let Ok(note) = market.takes_back(invoice, line, fen).await {
                    let payers = billing::invoice(&market.catalog, &note).await.unwrap().payers;
                    credited += if was_paid { payers.firm.get() + payers.programme.get() } else { 0 };
                    done += 1;
                }
            }
            Happens::PayOut => drop(market.pays_out(&past.to_string()).await),
            Happens::NextMonth => {
                past = Month::of(market.now);
                market.now = past.bounds().1;
                invoices.extend(market.bills_all(&past.to_string()).await.into_iter().map(|invoice| invoice.id));
            }
            Happens::Fee(ppm) => {
                drop(market.fee(&Month::of(past.bounds().1.plus_us(70 * 86_400_000_000)).to_string(), ppm).await)
            }
        }
        adds_up(&market, paid - credited).await;
    }
    (done, u64::try_from(paid - credited).unwrap())
}

/// Payouts, what is not paid out yet and fees are what was paid less what was credited after.
async fn adds_up(market: &Market, came_in: i64) {
    let read = market.catalog.reading();
    let (gross, fee, open): (i64, i64, i64) = sqlx::query_as(
        "SELECT CAST(coalesce(sum(gross_fen), 0) AS BIGINT), CAST(coalesce(sum(fee_fen), 0) AS BIGINT),
            CAST(coalesce(sum(net_fen) FILTER (WHERE payout IS NULL), 0) AS BIGINT) FROM earning",
    )
    .fetch_one(read)
    .await
    .unwrap();
    let (out,): (i64,) =
        sqlx::query_as("SELECT CAST(coalesce(sum(net_fen), 0) AS BIGINT) FROM payout").fetch_one(read).await.unwrap();
    assert_eq!((gross, out + open + fee), (came_in, came_in));
    let kept = "SELECT CAST(coalesce(sum(gross_fen), 0) AS BIGINT), CAST(coalesce(sum(fee_fen), 0) AS BIGINT)
         FROM earned_month";
    let kept: (i64, i64) = sqlx::query_as(kept).fetch_one(read).await.unwrap();
    assert_eq!(kept, (gross, fee));
    // Whoever looks for what is owed finds exactly that.
    let owed = "SELECT count(*) FROM platform_invoice i WHERE i.credits IS NULL AND NOT EXISTS
            (SELECT 1 FROM platform_payment p WHERE p.invoice = i.id) AND i.firm_fen + i.programme_fen >
            (SELECT CAST(coalesce(sum(c.firm_fen + c.programme_fen), 0) AS BIGINT) FROM platform_invoice c
                WHERE c.credits = i.id)";
    let (owed,): (i64,) = sqlx::query_as(owed).fetch_one(read).await.unwrap();
    let (kept,): (i64,) = sqlx::query_as("SELECT count(*) FROM platform_owed").fetch_one(read).await.unwrap();
    assert_eq!(kept, owed);
    // No provider's part of a line is below nought, or above what came in by it.
    let wrong = "SELECT count(*) FROM (SELECT coalesce(i.credits, i.id) AS invoice, e.line, sum(e.gross_fen) AS gross,
            sum(e.fee_fen) AS fee FROM earning e JOIN platform_invoice i ON i.id = e.document GROUP BY 1, 2) lines
        WHERE fee < 0 OR fee > gross";
    let (wrong,): (i64,) = sqlx::query_as(wrong).fetch_one(read).await.unwrap();
    assert_eq!(wrong, 0);
}

#[test]
fn payouts_and_fees_are_what_was_paid_less_what_was_credited_after() {
    random(On::Sqlite, 8);
}

#[test]
fn payouts_and_fees_are_what_was_paid_less_what_was_credited_after_in_postgres() {
    if let Some(on) = On::postgres() {
        random(on, 3);
    }
}

fn random(on: On, cases: u32) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let config = ProptestConfig { cases, failure_persistence: None, ..ProptestConfig::default() };
    let done = std::cell::Cell::new((0, 0));
    let ran = TestRunner::new(config).run(&prop::collection::vec(happens(), 30..60), |events| {
        let (acts, fen) = runtime.block_on(history(on, events));
        done.set((done.get().0 + acts, done.get().1 + fen));
        Ok(())
    });
    ran.unwrap_or_else(|error| panic!("{error}"));
    assert!(done.get().0 > 6 * u64::from(cases) && done.get().1 > 0, "hardly anything happened: {:?}", done.get());
}

proptest! {
    #[test]
    fn a_fee_is_never_a_whole_fen_off(fen in 0i64..=1_000_000_000_000, ppm in 0u32..=FEE_PPM_MAX) {
        let fee = super::fee::part(Fen::new(fen).unwrap(), ppm).get();
        let off = i128::from(fee) * 1_000_000 - i128::from(fen) * i128::from(ppm);
        prop_assert!(off.abs() < 1_000_000 && fee <= fen);
    }
}
