//! One method per endpoint: the shelves, plans, usage.

use crate::client::{Client, part};
use crate::error::ClientError;
use crate::wire::{
    ChoosePlan, ChosenPlan, Complain, Deprecation, ModuleTags, Plan, ProviderPage, PutSegment, Rate, Rating, Segment,
    ShelfPage, Tag, UsageReport, UsageRow, UsageTaken, VettingPage,
};
use reqwest::Method;
use toolcrib_contract::preview::Preview;

impl Client {
    /// Modules with an approved version; `query` are the parameters of `GET /v1/shelf`, for example `("segment", "33")`.
    pub async fn shelf(&self, query: &[(&str, &str)]) -> Result<ShelfPage, ClientError> {
        // The serializer is no `Send`, so it must be gone before the wait.
        let path = url::form_urlencoded::Serializer::new("/v1/shelf?".to_owned()).extend_pairs(query).finish();
        self.get(&path).await
    }

    /// What the views of a version show on sample data.
    pub async fn previews(&self, module: &str, version: &str) -> Result<Vec<Preview>, ClientError> {
        self.get(&format!("/v1/modules/{}/versions/{}/previews", part(module), part(version))).await
    }

    /// How a version was vetted.
    pub async fn vetting(&self, module: &str, version: &str) -> Result<VettingPage, ClientError> {
        self.get(&format!("/v1/modules/{}/versions/{}/vetting", part(module), part(version))).await
    }

    /// Words for problems and kinds of equipment.
    pub async fn tags(&self) -> Result<Vec<Tag>, ClientError> {
        self.get("/v1/tags").await
    }

    pub async fn segments(&self) -> Result<Vec<Segment>, ClientError> {
        self.get("/v1/segments").await
    }

    /// Adds a segment, or renames, moves or retires it.
    pub async fn put_segment(&self, code: &str, segment: &PutSegment) -> Result<(), ClientError> {
        self.put(&format!("/v1/segments/{}", part(code)), segment).await
    }

    pub async fn set_module_tags(&self, module: &str, tags: &ModuleTags) -> Result<(), ClientError> {
        self.put(&format!("/v1/modules/{}/tags", part(module)), tags).await
    }

    pub async fn provider(&self, org: &str) -> Result<ProviderPage, ClientError> {
        self.get(&format!("/v1/providers/{}", part(org))).await
    }

    pub async fn plans(&self, module: &str) -> Result<Vec<Plan>, ClientError> {
        self.get(&format!("/v1/modules/{}/plans", part(module))).await
    }

    pub async fn new_plan(&self, module: &str, plan: &Plan) -> Result<Plan, ClientError> {
        self.post(&format!("/v1/modules/{}/plans", part(module)), plan).await
    }

    /// What a tenant chose, with what it used this month.
    pub async fn chosen_plans(&self, tenant: &str) -> Result<Vec<ChosenPlan>, ClientError> {
        self.get(&format!("/v1/tenants/{}/plans", part(tenant))).await
    }

    /// Chooses a plan and approves its cap.
    pub async fn choose_plan(&self, tenant: &str, module: &str, plan: &ChoosePlan) -> Result<ChosenPlan, ClientError> {
        self.put(&format!("/v1/tenants/{}/plans/{}", part(tenant), part(module)), plan).await
    }

    pub async fn ratings(&self, module: &str) -> Result<Vec<Rating>, ClientError> {
        self.get(&format!("/v1/modules/{}/ratings", part(module))).await
    }

    pub async fn rate(&self, tenant: &str, module: &str, rate: &Rate) -> Result<(), ClientError> {
        self.put(&format!("/v1/tenants/{}/ratings/{}", part(tenant), part(module)), rate).await
    }

    /// Says what is wrong with a module.
    pub async fn complain(&self, tenant: &str, module: &str, text: &str) -> Result<(), ClientError> {
        let path = format!("/v1/tenants/{}/complaints/{}", part(tenant), part(module));
        self.post(&path, &Complain { text: text.to_owned() }).await
    }

    pub async fn deprecate(&self, module: &str, notice: &Deprecation) -> Result<(), ClientError> {
        self.put(&format!("/v1/modules/{}/deprecation", part(module)), notice).await
    }

    /// How a module was used from one day to another (`YYYY-MM-DD`), for its provider.
    pub async fn module_usage(&self, module: &str, from: &str, until: &str) -> Result<Vec<UsageRow>, ClientError> {
        self.get(&format!("/v1/modules/{}/usage?from={}&until={}", part(module), part(from), part(until))).await
    }

    /// For hosts: totals of whole days.
    pub async fn report_usage(&self, report: &UsageReport) -> Result<UsageTaken, ClientError> {
        self.post("/v1/hosts/usage", report).await
    }

    pub(crate) async fn put<T: serde::de::DeserializeOwned>(
        &self,
        path: &str,
        body: &impl serde::Serialize,
    ) -> Result<T, ClientError> {
        self.answer(self.request(Method::PUT, path).json(body)).await
    }
}
