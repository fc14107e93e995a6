//! Endpoints of a city's programme, its projects and its ledger.

use super::{ANSWER_BYTES, Client, part};
use crate::error::ClientError;
use crate::wire::{
    Accept, AnswerObjection, AskForecast, AssessmentsMade, ClosePeriod, Coverage, Enrol, FileProject, Forecast,
    LedgerPage, LedgerProof, NewAssessment, NewClawBack, NewInvoice, NewPayment, NewProgramme, NewRefund, NewRules,
    NewService, Object, PayTranche, Period, Posting, Programme, ProgrammeRow, Project, ProjectPage, PublicAward,
    Recover, Rules, Service, TakeStep,
};
use reqwest::Method;
use serde::Serialize;

impl Client {
    pub async fn new_programme(&self, programme: &NewProgramme) -> Result<Programme, ClientError> {
        self.post("/v1/programmes", programme).await
    }

    /// Newest first. `query` is what stands behind `?` (`authority`, `after`), or empty.
    pub async fn programmes(&self, query: &str) -> Result<Vec<ProgrammeRow>, ClientError> {
        self.get(&format!("/v1/programmes?{query}")).await
    }

    pub async fn programme(&self, id: &str) -> Result<Programme, ClientError> {
        self.get(&format!("/v1/programmes/{}", part(id))).await
    }

    /// Every version, the newest first.
    pub async fn rules(&self, programme: &str) -> Result<Vec<Rules>, ClientError> {
        self.get(&format!("/v1/programmes/{}/rules", part(programme))).await
    }

    pub async fn new_rules(&self, programme: &str, rules: &NewRules) -> Result<Rules, ClientError> {
        self.post(&format!("/v1/programmes/{}/rules", part(programme)), rules).await
    }

    /// A page of the programme's projects. `query` is what stands behind `?`, or empty.
    pub async fn programme_projects(&self, programme: &str, query: &str) -> Result<ProjectPage, ClientError> {
        self.get(&format!("/v1/programmes/{}/projects?{query}", part(programme))).await
    }

    pub async fn coverage(&self, programme: &str) -> Result<Vec<Coverage>, ClientError> {
        self.get(&format!("/v1/programmes/{}/coverage", part(programme))).await
    }

    pub async fn enrol(&self, programme: &str, enrol: &Enrol) -> Result<Project, ClientError> {
        self.post(&format!("/v1/programmes/{}/projects", part(programme)), enrol).await
    }

    /// What a firm can expect; nothing is kept.
    pub async fn forecast(&self, programme: &str, ask: &AskForecast) -> Result<Forecast, ClientError> {
        self.post(&format!("/v1/programmes/{}/forecasts", part(programme)), ask).await
    }

    /// Awards that everybody may object to now.
    pub async fn publicity(&self, programme: &str) -> Result<Vec<PublicAward>, ClientError> {
        self.get(&format!("/v1/programmes/{}/publicity", part(programme))).await
    }

    pub async fn services(&self, programme: &str) -> Result<Vec<Service>, ClientError> {
        self.get(&format!("/v1/programmes/{}/services", part(programme))).await
    }

    pub async fn new_service(&self, programme: &str, service: &NewService) -> Result<Service, ClientError> {
        self.post(&format!("/v1/programmes/{}/services", part(programme)), service).await
    }

    /// Demands back what a service was paid.
    pub async fn claw_back_service(
        &self,
        programme: &str,
        number: i64,
        claw_back: &NewClawBack,
    ) -> Result<Service, ClientError> {
        self.post(&format!("/v1/programmes/{}/services/{number}/claw-backs", part(programme)), claw_back).await
    }

    /// What was demanded back from a service has come: number of the service and of the demand.
    pub async fn recover_service(
        &self,
        programme: &str,
        (number, demand): (i64, i64),
        recover: &Recover,
    ) -> Result<Service, ClientError> {
        let path = format!("/v1/programmes/{}/services/{number}/claw-backs/{demand}", part(programme));
        self.post(&path, recover).await
    }

    pub async fn pay_service(&self, programme: &str, number: i64, paid: &Recover) -> Result<Service, ClientError> {
        self.post(&format!("/v1/programmes/{}/services/{number}", part(programme)), paid).await
    }

    /// Projects of the caller's organisations, newest first. `query` is what stands behind `?` (`after`), or empty.
    /// What the caller measured on site, the newest first; `query` as of `GET /v1/assessments`.
    pub async fn my_assessments(&self, query: &str) -> Result<AssessmentsMade, ClientError> {
        self.get(&format!("/v1/assessments?{query}")).await
    }

    pub async fn my_projects(&self, query: &str) -> Result<ProjectPage, ClientError> {
        self.get(&format!("/v1/projects?{query}")).await
    }

    pub async fn project(&self, id: &str) -> Result<Project, ClientError> {
        self.get(&format!("/v1/projects/{}", part(id))).await
    }

    pub async fn take_step(&self, project: &str, step: &TakeStep) -> Result<Project, ClientError> {
        self.of_project(project, "steps", step).await
    }

    pub async fn file_project(&self, project: &str, filing: &FileProject) -> Result<Project, ClientError> {
        self.of_project(project, "filing", filing).await
    }

    pub async fn new_assessment(&self, project: &str, new: &NewAssessment) -> Result<Project, ClientError> {
        self.of_project(project, "assessments", new).await
    }

    pub async fn new_invoice(&self, project: &str, invoice: &NewInvoice) -> Result<Project, ClientError> {
        self.of_project(project, "invoices", invoice).await
    }

    pub async fn new_payment(&self, project: &str, payment: &NewPayment) -> Result<Project, ClientError> {
        self.of_project(project, "payments", payment).await
    }

    pub async fn new_refund(&self, project: &str, refund: &NewRefund) -> Result<Project, ClientError> {
        self.of_project(project, "refunds", refund).await
    }

    pub async fn accept_project(&self, project: &str, accept: &Accept) -> Result<Project, ClientError> {
        self.of_project(project, "acceptance", accept).await
    }

    pub async fn object(&self, project: &str, object: &Object) -> Result<(), ClientError> {
        self.post(&format!("/v1/projects/{}/objections", part(project)), object).await
    }

    pub async fn answer_objection(
        &self,
        project: &str,
        number: i64,
        answer: &AnswerObjection,
    ) -> Result<Project, ClientError> {
        self.of_project(project, &format!("objections/{number}"), answer).await
    }

    pub async fn pay_tranche(&self, project: &str, tranche: &PayTranche) -> Result<Project, ClientError> {
        self.of_project(project, "tranches", tranche).await
    }

    pub async fn claw_back(&self, project: &str, claw_back: &NewClawBack) -> Result<Project, ClientError> {
        self.of_project(project, "claw-backs", claw_back).await
    }

    pub async fn recover(&self, project: &str, number: i64, recover: &Recover) -> Result<Project, ClientError> {
        self.of_project(project, &format!("claw-backs/{number}"), recover).await
    }

    /// Entries of a programme's ledger after a number, oldest first.
    pub async fn ledger(&self, programme: &str, after: i64) -> Result<LedgerPage, ClientError> {
        self.get(&format!("/v1/ledgers/{}?after={after}", part(programme))).await
    }

    pub async fn balances(&self, programme: &str) -> Result<Vec<Posting>, ClientError> {
        self.get(&format!("/v1/ledgers/{}/balances", part(programme))).await
    }

    pub async fn periods(&self, programme: &str) -> Result<Vec<Period>, ClientError> {
        self.get(&format!("/v1/ledgers/{}/periods", part(programme))).await
    }

    pub async fn close_period(&self, programme: &str, close: &ClosePeriod) -> Result<Period, ClientError> {
        self.post(&format!("/v1/ledgers/{}/periods", part(programme)), close).await
    }

    pub async fn verify_ledger(&self, programme: &str) -> Result<LedgerProof, ClientError> {
        self.get(&format!("/v1/ledgers/{}/verify", part(programme))).await
    }

    /// The whole ledger as a journal of hledger (plain-text accounting).
    pub async fn journal(&self, programme: &str) -> Result<String, ClientError> {
        let request = self.request(Method::GET, &format!("/v1/ledgers/{}/journal", part(programme)));
        let bytes = self.bytes(request, ANSWER_BYTES).await?;
        String::from_utf8(bytes).map_err(|error| self.strange("a journal", &error))
    }

    async fn of_project(&self, project: &str, what: &str, body: &impl Serialize) -> Result<Project, ClientError> {
        self.post(&format!("/v1/projects/{}/{what}", part(project)), body).await
    }
}
