//! The answers that vetting kept of each version, for the pictures of its pages.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};
use toolcrib_contract::preview::Preview;
use toolcrib_registry_client::wire::VersionPage;
use toolcrib_registry_client::{Client, ClientError};

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
