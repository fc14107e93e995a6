//! What providers get of what the marketplace billed.

use super::{Client, part};
use crate::error::ClientError;
use crate::wire::{
    Earnings, MakePayouts, NewPlatformFee, NotePaid, NotePaidOut, Payout, Payouts, PayoutsMade, PlatformFee,
    PlatformInvoice,
};

impl Client {
    /// Rates of the marketplace's fee, the latest first.
    pub async fn platform_fees(&self) -> Result<Vec<PlatformFee>, ClientError> {
        self.get("/v1/platform-fees").await
    }

    /// Sets the rate from a month on; all rates then.
    pub async fn set_platform_fee(&self, fee: &NewPlatformFee) -> Result<Vec<PlatformFee>, ClientError> {
        self.post("/v1/platform-fees", fee).await
    }

    /// Notes that an invoice was paid.
    pub async fn note_paid(&self, invoice: &str, paid: &NotePaid) -> Result<PlatformInvoice, ClientError> {
        self.post(&format!("/v1/invoices/{}/payment", part(invoice)), paid).await
    }

    /// What a provider earned, and what each subscription brought in a month; the latest where none is named.
    pub async fn earnings(&self, org: &str, month: Option<&str>) -> Result<Earnings, ClientError> {
        let month = month.map(|month| format!("?month={}", part(month))).unwrap_or_default();
        self.get(&format!("/v1/orgs/{}/earnings{month}", part(org))).await
    }

    /// A page of a provider's statements.
    pub async fn payouts_of(&self, org: &str, after: Option<&str>) -> Result<Payouts, ClientError> {
        let after = after.map(|after| format!("?after={}", part(after))).unwrap_or_default();
        self.get(&format!("/v1/orgs/{}/payouts{after}", part(org))).await
    }

    /// A page of all statements. `query`: `due`, `after`; or empty.
    pub async fn payouts(&self, query: &str) -> Result<Payouts, ClientError> {
        self.get(&format!("/v1/payouts?{query}")).await
    }

    /// One statement with its lines.
    pub async fn payout(&self, id: &str) -> Result<Payout, ClientError> {
        self.get(&format!("/v1/payouts/{}", part(id))).await
    }

    /// Makes the statements up to the end of a month.
    pub async fn make_payouts(&self, make: &MakePayouts) -> Result<PayoutsMade, ClientError> {
        self.post("/v1/payouts/runs", make).await
    }

    /// Notes that a statement was paid.
    pub async fn note_paid_out(&self, payout: &str, paid: &NotePaidOut) -> Result<Payout, ClientError> {
        self.post(&format!("/v1/payouts/{}/payment", part(payout)), paid).await
    }
}
