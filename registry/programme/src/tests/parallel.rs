//! Claims that overlap: every step that moves money is tried twice at once, by many firms at once, on the real database.
//! One of the two succeeds, and together they never spend more than there is.

use super::city::{City, filing, sha, verdict};
use crate::engines::{On, on_each_engine};
use crate::market::Market;
use crate::rules::tests::usual;
use crate::*;
use std::sync::Arc;

on_each_engine![
    4 threads;
    overlapping_claims_never_spend_more_than_there_is,
    a_part_is_paid_once_and_an_invoice_counts_once_however_often_it_is_sent,
    bills_and_usage_that_two_runs_write_at_once_are_numbered_without_gaps,
];

/// Firms of one programme, and programmes.
const FIRMS: u32 = 10;
const PROGRAMMES: u32 = 4;

/// The same programme through two registries that share a database; through the one that there is to a file.
type Two = [Arc<City>; 2];

async fn two(on: On, city: City) -> Two {
    let beside = match on {
        On::Sqlite => None,
        On::Postgres(_) => Some(Arc::new(city.beside().await)),
    };
    let city = Arc::new(city);
    [city.clone(), beside.unwrap_or(city)]
}

/// Tries a step twice at once, as from two browsers; whether one of them was taken. Never both.
async fn twice<F, T>(two: &Two, id: &ProjectId, step: impl Fn(Arc<City>, ProjectId) -> F) -> bool
where
    F: Future<Output = Result<T, ProgrammeError>> + Send + 'static,
    T: Send + 'static,
{
    let [one, other] = two.each_ref().map(|city| tokio::spawn(step(city.clone(), id.clone())));
    let taken = [one.await.unwrap().is_ok(), other.await.unwrap().is_ok()];
    assert_ne!(taken, [true, true], "one claim counted twice");
    taken.contains(&true)
}

/// A firm claims as far as the money lets it; what it was awarded.
async fn claims(two: Two, number: u32, yuan: u32, level: u32) -> Fen {
    // Firms go to one registry and the other in turns.
    let city = &two[number as usize % 2];
    let id = city.diagnosed(number).await;
    if !twice(&two, &id, move |city, id| async move { city.files(&id, &filing(yuan)).await }).await {
        return Fen::ZERO;
    }
    let invoice = city.invoices(&id, &city.invoice(number, &format!("{number:08}"), yuan)).await.unwrap();
    city.pays(&id, &city.payment(number, &invoice, yuan)).await.unwrap();
    city.simple(&id, Act::Start).await.unwrap();
    city.simple(&id, Act::Deliver).await.unwrap();
    city.assesses(&id, AssessmentKind::OnsiteAfter, level).await.unwrap();
    let accept = |city: Arc<City>, id: ProjectId| async move {
        let sha256 = city.programmes.project(&id).await?.filed.unwrap().sha256;
        city.programmes.accept(&id, &verdict(sha256), &city.official, city.now()).await
    };
    assert!(twice(&two, &id, accept).await, "what was reserved is there");
    let act = if number.is_multiple_of(4) { Act::Withdraw } else { Act::Publish };
    assert!(twice(&two, &id, move |city, id| async move { city.simple(&id, act).await }).await);
    city.programmes.project(&id).await.unwrap().award.map(|award| award.amount).unwrap_or_default()
}

async fn overlapping_claims_never_spend_more_than_there_is(on: On) {
    for programme in 0..PROGRAMMES {
        // From far too little to enough for all.
        let budget = Fen::yuan(150_000 * (programme + 1) * (programme + 1));
        let cap = (programme % 2 == 1).then(|| Fen::yuan(400_000));
        let two = two(on, City::with(on, RuleSet { provider_cap: cap, ..usual() }, budget).await).await;
        let claims = (1..=FIRMS).map(|number| {
            let yuan = 100_000 + 37_000 * number * (programme + 1);
            tokio::spawn(claims(two.clone(), number, yuan, 2 + number % 3))
        });
        let mut awarded = 0;
        for claim in claims.collect::<Vec<_>>() {
            awarded += claim.await.unwrap().get();
        }
        let city = &two[0];
        let (_, _, balances) = city.books().await;
        let balance = |account| balances.iter().find(|(name, _)| *name == account).unwrap().1;
        assert_eq!(balance(Account::Accepted), awarded, "each award is in the books once");
        assert_eq!(balance(Account::Available) + balance(Account::Committed) + awarded, budget.get());
        assert!(balance(Account::Available) >= 0 && cap.is_none_or(|cap| awarded <= cap.get()));
        for (nth, entry) in (1..).zip(city.programmes.ledger(&city.id, 0).await.unwrap()) {
            assert_eq!(entry.postings.iter().map(|(_, amount)| amount).sum::<i64>(), 0);
            assert_eq!(entry.number, nth, "entries are numbered without gaps");
        }
    }
}

async fn a_part_is_paid_once_and_an_invoice_counts_once_however_often_it_is_sent(on: On) {
    let mut city = City::usual(on).await;
    let id = city.awarded(1, 500_000, 2).await;
    let filed = city.diagnosed(2).await;
    city.files(&filed, &filing(500_000)).await.unwrap();
    let two = two(on, city).await;
    let city = &two[0];
    let pay = |slip: u32| {
        let city = two[slip as usize % 2].clone();
        let id = id.clone();
        tokio::spawn(async move { city.pays_tranche(&id, 1, slip).await })
    };
    let mut paid = 0;
    for attempt in (1..=6).map(pay).collect::<Vec<_>>() {
        paid += u32::from(attempt.await.unwrap().is_ok());
    }
    assert_eq!((paid, city.balance(Account::Paid).await), (1, 20_000_000));
    let forms = ["02345678", "No.02345678", "2345678", "044001900111 02345678"];
    let send = |(nth, form): (u32, &'static str)| {
        let (city, id) = (two[nth as usize % 2].clone(), filed.clone());
        tokio::spawn(async move {
            let invoice = NewInvoice { file_sha256: sha(1_000 + nth), ..city.invoice(2, form, 100) };
            city.invoices(&id, &invoice).await
        })
    };
    let mut taken = 0;
    for attempt in (0..).zip(forms).map(send).collect::<Vec<_>>() {
        taken += u32::from(attempt.await.unwrap().is_ok());
    }
    assert_eq!(taken, 1);
    city.books().await;
}

async fn bills_and_usage_that_two_runs_write_at_once_are_numbered_without_gaps(on: On) {
    const TENANTS: i64 = 8;
    let mut market = Market::new(on).await;
    market.module("oee", 990_000, 100).await;
    for number in 1..=TENANTS {
        let tenant = market.tenant(&format!("shop-{number}")).await;
        market.chooses(&tenant, "oee", "use", 100_000).await;
        market.reports(&tenant.id, "oee", "2026-11-27", 100 * number).await;
    }
    market.pass_days(40);
    let beside = match on {
        On::Sqlite => None,
        On::Postgres(_) => Some(market.beside().await),
    };
    let other = beside.as_ref().unwrap_or(&market);
    let tell = async |market: &Market| billing::usage_events(&market.catalog, None, 0, market.now).await.unwrap();
    let (one, two, ..) = tokio::join!(market.bills("2026-11"), other.bills("2026-11"), tell(&market), tell(other));
    let (one, two) = (one.unwrap(), two.unwrap());
    assert_eq!((one.failed, two.failed), (vec![], vec![]));
    let mut issued = [one.issued, two.issued].concat();
    issued.sort();
    let expected: Vec<_> = (1..=TENANTS).map(|number| format!("INV-2027-{number:06}")).collect();
    assert_eq!(issued, expected, "each tenant is billed once");
    let told = tell(other).await;
    assert_eq!(told.iter().map(|event| event.number).collect::<Vec<_>>(), (1..=TENANTS).collect::<Vec<_>>());
    assert_eq!(told.iter().map(|event| event.calls).sum::<i64>(), 100 * TENANTS * (TENANTS + 1) / 2, "told once");
}
