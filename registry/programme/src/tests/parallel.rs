//! Claims that overlap: every step that moves money is tried twice at once, by many firms at once, on the real database.
//! One of the two succeeds, and together they never spend more than there is.

use super::city::{City, filing, sha, verdict};
use crate::rules::tests::usual;
use crate::*;
use std::sync::Arc;

/// Firms of one programme, and programmes.
const FIRMS: u32 = 10;
const PROGRAMMES: u32 = 4;

/// Tries a step twice at once, as from two browsers; whether one of them was taken. Never both.
async fn twice<F, T>(city: &Arc<City>, id: &ProjectId, step: impl Fn(Arc<City>, ProjectId) -> F) -> bool
where
    F: Future<Output = Result<T, ProgrammeError>> + Send + 'static,
    T: Send + 'static,
{
    let one = tokio::spawn(step(city.clone(), id.clone()));
    let other = tokio::spawn(step(city.clone(), id.clone()));
    let taken = [one.await.unwrap().is_ok(), other.await.unwrap().is_ok()];
    assert_ne!(taken, [true, true], "one claim counted twice");
    taken.contains(&true)
}

/// A firm claims as far as the money lets it; what it was awarded.
async fn claims(city: Arc<City>, number: u32, yuan: u32, level: u32) -> Fen {
    let id = city.diagnosed(number).await;
    if !twice(&city, &id, move |city, id| async move { city.files(&id, &filing(yuan)).await }).await {
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
    assert!(twice(&city, &id, accept).await, "what was reserved is there");
    let act = if number.is_multiple_of(4) { Act::Withdraw } else { Act::Publish };
    assert!(twice(&city, &id, move |city, id| async move { city.simple(&id, act).await }).await);
    city.programmes.project(&id).await.unwrap().award.map(|award| award.amount).unwrap_or_default()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn overlapping_claims_never_spend_more_than_there_is() {
    for programme in 0..PROGRAMMES {
        // From far too little to enough for all.
        let budget = Fen::yuan(150_000 * (programme + 1) * (programme + 1));
        let cap = (programme % 2 == 1).then(|| Fen::yuan(400_000));
        let city = Arc::new(City::with(RuleSet { provider_cap: cap, ..usual() }, budget).await);
        let claims = (1..=FIRMS).map(|number| {
            let yuan = 100_000 + 37_000 * number * (programme + 1);
            tokio::spawn(claims(city.clone(), number, yuan, 2 + number % 3))
        });
        let mut awarded = 0;
        for claim in claims.collect::<Vec<_>>() {
            awarded += claim.await.unwrap().get();
        }
        let (_, _, balances) = city.books().await;
        let balance = |account| balances.iter().find(|(name, _)| *name == account).unwrap().1;
        assert_eq!(balance(Account::Accepted), awarded, "each award is in the books once");
        assert_eq!(balance(Account::Available) + balance(Account::Committed) + awarded, budget.get());
        assert!(balance(Account::Available) >= 0 && cap.is_none_or(|cap| awarded <= cap.get()));
        for entry in city.programmes.ledger(&city.id, 0).await.unwrap() {
            assert_eq!(entry.postings.iter().map(|(_, amount)| amount).sum::<i64>(), 0);
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_part_is_paid_once_and_an_invoice_counts_once_however_often_it_is_sent() {
    let mut city = City::usual().await;
    let id = city.awarded(1, 500_000, 2).await;
    let filed = city.diagnosed(2).await;
    city.files(&filed, &filing(500_000)).await.unwrap();
    let city = Arc::new(city);
    let pay = |slip| {
        let city = city.clone();
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
        let (city, id) = (city.clone(), filed.clone());
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
