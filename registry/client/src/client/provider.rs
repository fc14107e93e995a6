//! Endpoints of a provider's desk: what it answers and says of its modules, who publishes without people, its own page.

use super::{Client, part};
use crate::error::ClientError;
use crate::wire::{
    About, AnswerRating, Deprecation, ModuleTags, NewQualification, NewTrustedPublisher, Qualification, TrustedOnly,
    TrustedPublisher, TrustedPublishers,
};
use toolcrib_contract::manifest::Words;

impl Client {
    /// The plan cannot be chosen any more.
    pub async fn retire_plan(&self, module: &str, plan: &str) -> Result<(), ClientError> {
        self.delete(&format!("{}/{}", of_module(module, "plans"), part(plan))).await
    }

    /// Answers a rating, once.
    pub async fn answer_rating(&self, module: &str, rating: &str, text: &str) -> Result<(), ClientError> {
        let path = format!("{}/{}/answer", of_module(module, "ratings"), part(rating));
        self.post(&path, &AnswerRating { text: text.to_owned() }).await
    }

    /// Why the module should be left; none when it should not.
    pub async fn deprecation(&self, module: &str) -> Result<Option<Deprecation>, ClientError> {
        match self.get(&of_module(module, "deprecation")).await {
            Ok(said) => Ok(Some(said)),
            Err(error) if error.code() == Some(toolcrib_contract::problem::NOT_FOUND.code) => Ok(None),
            Err(error) => Err(error),
        }
    }

    pub async fn undeprecate(&self, module: &str) -> Result<(), ClientError> {
        self.delete(&of_module(module, "deprecation")).await
    }

    pub async fn module_tags(&self, module: &str) -> Result<ModuleTags, ClientError> {
        self.get(&of_module(module, "tags")).await
    }

    pub async fn trusted_publishers(&self, module: &str) -> Result<TrustedPublishers, ClientError> {
        self.get(&of_module(module, "trusted-publishers")).await
    }

    pub async fn new_trusted_publisher(
        &self,
        module: &str,
        publisher: &NewTrustedPublisher,
    ) -> Result<TrustedPublisher, ClientError> {
        self.post(&of_module(module, "trusted-publishers"), publisher).await
    }

    pub async fn remove_trusted_publisher(&self, module: &str, id: &str) -> Result<(), ClientError> {
        self.delete(&format!("{}/{}", of_module(module, "trusted-publishers"), part(id))).await
    }

    /// Whether versions come from trusted publishers only.
    pub async fn set_trusted_only(&self, module: &str, trusted_only: bool) -> Result<(), ClientError> {
        self.put(&of_module(module, "trusted-only"), &TrustedOnly { trusted_only }).await
    }

    /// What the provider says of itself.
    pub async fn set_about(&self, org: &str, about: Words) -> Result<(), ClientError> {
        self.put(&format!("/v1/orgs/{}/about", part(org)), &About { about }).await
    }

    pub async fn new_qualification(&self, org: &str, paper: &NewQualification) -> Result<Qualification, ClientError> {
        self.post(&format!("/v1/orgs/{}/qualifications", part(org)), paper).await
    }

    pub async fn remove_qualification(&self, org: &str, id: &str) -> Result<(), ClientError> {
        self.delete(&format!("/v1/orgs/{}/qualifications/{}", part(org), part(id))).await
    }
}

fn of_module(module: &str, what: &str) -> String {
    format!("/v1/modules/{}/{what}", part(module))
}
