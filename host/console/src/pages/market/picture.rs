//! Pictures of a module's pages on sample data, drawn from the answers that vetting kept. Nothing is run for them.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};
use toolcrib_contract::preview::Preview;
use toolcrib_contract::types::Instant;
use toolcrib_contract::view::View;
use toolcrib_registry_client::wire::VersionPage;
use toolcrib_registry_client::{Client, ClientError};
use toolcrib_ui::form::FormText;
use toolcrib_ui::names::Known;
use toolcrib_ui::shell::{Shell, TenantPlace};
use toolcrib_ui::view::ask::Answers;
use toolcrib_ui::view::{Scene, TAB};
use toolcrib_ui::zone::Zone;

/// Versions whose answers are kept at hand; each has at most `toolcrib_contract::preview::PREVIEWS_BYTES`.
const KEPT: usize = 16;

/// Answers by digest, the oldest first.
#[derive(Default)]
pub struct Pictures(Mutex<VecDeque<(String, Arc<Vec<Preview>>)>>);

impl Pictures {
    /// Those of a version that the visitor was just shown by the registry.
    ///
    /// # Errors
    /// The registry does not answer.
    pub async fn of(&self, registry: &Client, version: &VersionPage) -> Result<Arc<Vec<Preview>>, ClientError> {
        if let Some(known) = self.kept(&version.digest) {
            return Ok(known);
        }
        let previews = Arc::new(registry.previews(&version.module, &version.version).await?);
        self.keep(&version.digest, &previews);
        Ok(previews)
    }

    fn kept(&self, digest: &str) -> Option<Arc<Vec<Preview>>> {
        let kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.iter().find(|(known, _)| known == digest).map(|(_, previews)| previews.clone())
    }

    fn keep(&self, digest: &str, previews: &Arc<Vec<Preview>>) {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.retain(|(known, _)| known != digest);
        kept.push_back((digest.to_owned(), previews.clone()));
        while kept.len() > KEPT {
            kept.pop_front();
        }
    }
}

/// A view about to be drawn from what was kept.
pub struct Picture<'a> {
    shell: Shell,
    version: &'a VersionPage,
    view: &'a View,
    preview: &'a Preview,
    address: FormText,
}

impl<'a> Picture<'a> {
    /// `tab` counts from 1. None when the version has no such view any more.
    pub fn new(shell: &Shell, version: &'a VersionPage, preview: &'a Preview, tab: usize) -> Option<Self> {
        let view = version.manifest.view(&preview.view)?;
        let words = Arc::new(version.words.clone());
        let known = Known { name: version.module.clone(), title: version.manifest.title.clone(), words };
        let tenant = TenantPlace { slug: String::new(), name: String::new(), modules: vec![known] };
        // Without a key no form of it carries a token; and its clock is the one that vetting asked by.
        let shell = Shell { key: None, tenant: Some(tenant), zone: Zone::marketplace(), ..shell.clone() };
        let address = preview.address.iter().cloned().chain([(TAB.to_owned(), tab.to_string())]).collect();
        Some(Self { shell, version, view, preview, address: FormText::new(address) })
    }

    pub fn view(&self) -> &'a View {
        self.view
    }

    /// The scene as it was when the queries were asked.
    pub fn scene(&self) -> Scene<'_> {
        Scene {
            shell: &self.shell,
            manifest: &self.version.manifest,
            view: self.view,
            role: &self.preview.role,
            actor: &self.preview.actor,
            now: self.preview.at.parse().unwrap_or(Instant(0)),
            address: &self.address,
            refused: None,
            nonce: String::new(),
        }
    }

    /// What was answered to the questions of the scene. One that was never asked stays open.
    pub fn answers(&self, scene: &Scene<'_>) -> Answers {
        let mut answers = BTreeMap::new();
        for question in scene.questions() {
            let Ok(input) = serde_json::from_str::<serde_json::Value>(&question.input) else { continue };
            let fits = |answered: &&toolcrib_contract::preview::Answered| {
                answered.query == question.query && answered.input == input
            };
            if let Some(answered) = self.preview.answers.iter().find(fits) {
                answers.insert(question, Arc::new(Ok(answered.output.clone())));
            }
        }
        Answers(answers)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_of_few_versions_are_kept() {
        let pictures = Pictures::default();
        for at in 0..=KEPT {
            pictures.keep(&at.to_string(), &Arc::default());
        }
        assert!(pictures.kept("0").is_none() && pictures.kept("1").is_some());
        pictures.keep("1", &Arc::default());
        assert_eq!(pictures.0.lock().unwrap().len(), KEPT);
    }
}
