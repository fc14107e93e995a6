//! Endpoints of identified providers, of offers and contracts, and of what the marketplace bills.

use super::{Client, part};
use crate::error::ClientError;
use crate::wire::{
    Appeal, BillMonth, Billed, Contract, Contracts, DecideDispute, EndOffer, GiveScore, Identification,
    Identifications, NewCredit, NewIdentification, NewOffer, NewOfferVersion, Objection, Offer, OfferVersion, Offers,
    PlatformInvoice, PlatformInvoices, SignOffer, Statement, TakeIdentificationStep, UsageEvent,
};

impl Client {
    /// A page of identifications. `query` is what stands behind `?`: `view`, `city`, `segment`, `kind`, `state`, `org`,
    /// `after`, `limit`; or empty.
    pub async fn identifications(&self, query: &str) -> Result<Identifications, ClientError> {
        self.get(&format!("/v1/identifications?{query}")).await
    }

    pub async fn identification(&self, id: &str) -> Result<Identification, ClientError> {
        self.get(&identification(id, "")).await
    }

    /// A provider applies.
    pub async fn identify(&self, new: &NewIdentification) -> Result<Identification, ClientError> {
        self.post("/v1/identifications", new).await
    }

    pub async fn step_identification(
        &self,
        id: &str,
        step: &TakeIdentificationStep,
    ) -> Result<Identification, ClientError> {
        self.post(&identification(id, "/steps"), step).await
    }

    /// An expert scores.
    pub async fn score_identification(&self, id: &str, score: &GiveScore) -> Result<Identification, ClientError> {
        self.post(&identification(id, "/score"), score).await
    }

    /// Somebody objects to a provider in publicity.
    pub async fn object_to_provider(&self, id: &str, objection: &Objection) -> Result<(), ClientError> {
        self.post(&identification(id, "/objections"), objection).await
    }

    /// A provider appeals against a step.
    pub async fn appeal(&self, id: &str, appeal: &Appeal) -> Result<Identification, ClientError> {
        self.post(&identification(id, "/appeals"), appeal).await
    }

    pub async fn decide_objection(
        &self,
        id: &str,
        number: i64,
        decision: &DecideDispute,
    ) -> Result<Identification, ClientError> {
        self.post(&identification(id, &format!("/objections/{number}/decision")), decision).await
    }

    pub async fn decide_appeal(
        &self,
        id: &str,
        number: i64,
        decision: &DecideDispute,
    ) -> Result<Identification, ClientError> {
        self.post(&identification(id, &format!("/appeals/{number}/decision")), decision).await
    }

    /// A page of offers. `query`: `org`, `state`, `after`, `limit`; or empty.
    pub async fn offers(&self, query: &str) -> Result<Offers, ClientError> {
        self.get(&format!("/v1/offers?{query}")).await
    }

    pub async fn offer(&self, id: &str) -> Result<Offer, ClientError> {
        self.get(&format!("/v1/offers/{}", part(id))).await
    }

    /// The lines and the split that an offer would have. Nothing is kept.
    pub async fn preview_offer(&self, new: &NewOffer) -> Result<OfferVersion, ClientError> {
        self.post("/v1/offers/preview", new).await
    }

    pub async fn make_offer(&self, new: &NewOffer) -> Result<Offer, ClientError> {
        self.post("/v1/offers", new).await
    }

    /// Another version. Signatures under the one before count no more.
    pub async fn revise_offer(&self, id: &str, version: &NewOfferVersion) -> Result<Offer, ClientError> {
        self.post(&format!("/v1/offers/{}/versions", part(id)), version).await
    }

    /// Signs for the caller's side; with the second signature there is a contract.
    pub async fn sign_offer(&self, id: &str, sign: &SignOffer) -> Result<Offer, ClientError> {
        self.post(&format!("/v1/offers/{}/signatures", part(id)), sign).await
    }

    /// Declines or withdraws it.
    pub async fn end_offer(&self, id: &str, end: &EndOffer) -> Result<Offer, ClientError> {
        self.post(&format!("/v1/offers/{}/end", part(id)), end).await
    }

    /// A page of contracts. `query`: `org`, `city`, `programme`, `after`, `limit`; or empty.
    pub async fn contracts(&self, query: &str) -> Result<Contracts, ClientError> {
        self.get(&format!("/v1/contracts?{query}")).await
    }

    pub async fn contract(&self, id: &str) -> Result<Contract, ClientError> {
        self.get(&format!("/v1/contracts/{}", part(id))).await
    }

    /// Bills a month that is over.
    pub async fn bill_month(&self, bill: &BillMonth) -> Result<Billed, ClientError> {
        self.post("/v1/invoices/runs", bill).await
    }

    /// A page of invoices and credit notes. `query`: `tenant`, `month`, `after`, `limit`; or empty.
    pub async fn platform_invoices(&self, query: &str) -> Result<PlatformInvoices, ClientError> {
        self.get(&format!("/v1/invoices?{query}")).await
    }

    pub async fn platform_invoice(&self, id: &str) -> Result<PlatformInvoice, ClientError> {
        self.get(&format!("/v1/invoices/{}", part(id))).await
    }

    /// Takes something back of an invoice.
    pub async fn credit(&self, id: &str, credit: &NewCredit) -> Result<PlatformInvoice, ClientError> {
        self.post(&format!("/v1/invoices/{}/credits", part(id)), credit).await
    }

    pub async fn statement(&self, tenant: &str, month: &str) -> Result<Statement, ClientError> {
        self.get(&format!("/v1/invoices/statement?tenant={}&month={}", part(tenant), part(month))).await
    }

    /// Usage as CloudEvents after a number (0: from the beginning); of one tenant when it is named.
    pub async fn usage_events(&self, tenant: Option<&str>, after: u64) -> Result<Vec<UsageEvent>, ClientError> {
        let tenant = tenant.map(|tenant| format!("&tenant={}", part(tenant))).unwrap_or_default();
        self.get(&format!("/v1/usage-events?after={after}{tenant}")).await
    }
}

fn identification(id: &str, what: &str) -> String {
    format!("/v1/identifications/{}{what}", part(id))
}
