//! What a module's views show on sample data: vetting plays one of the module's own stories and keeps what the queries of
//! each view answer then. Whoever shows a version draws its views from that, without running anything.

use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

/// Bytes of the answers of one view, as JSON. A story in which a view has more to show is not taken for it.
pub const PREVIEW_BYTES: usize = 48 << 10;
/// Bytes of the answers of all views of a version. Views that come later go without.
pub const PREVIEWS_BYTES: usize = 320 << 10;
/// What the clock of previews is ahead of UTC, in seconds: that of the plants that the marketplace serves.
pub const OFFSET_S: i64 = 8 * 3_600;

/// One view with everything that it asks.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Preview {
    /// The view's name.
    pub view: String,
    /// The story after which the queries were asked.
    pub scenario: String,
    /// The moment, RFC 3339. Times that a view counts back from now are counted back from it.
    pub at: String,
    /// Who looks, and in which role.
    pub actor: String,
    pub role: String,
    /// What the page's address would say.
    pub address: Vec<(String, String)>,
    pub answers: Vec<Answered>,
}

/// One query with its input and what it answered.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Answered {
    pub query: String,
    pub input: Json,
    pub output: Json,
}

impl Preview {
    /// Bytes of the answers.
    pub fn bytes(&self) -> usize {
        self.answers.iter().map(|answered| answered.output.to_string().len()).sum()
    }
}

/// The previews that fit, in their order.
pub fn fitting(previews: Vec<Preview>) -> Vec<Preview> {
    let mut left = PREVIEWS_BYTES;
    let mut fits = |preview: &Preview| {
        let bytes = preview.bytes();
        let fits = bytes <= PREVIEW_BYTES && bytes <= left;
        left -= if fits { bytes } else { 0 };
        fits
    };
    previews.into_iter().filter(|preview| fits(preview)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn previews_of_a_version_are_bounded_one_by_one_and_together() {
        let of = |bytes: usize| Preview {
            answers: vec![Answered { output: Json::from("x".repeat(bytes - 2)), ..Answered::default() }],
            ..Preview::default()
        };
        assert_eq!(fitting(vec![of(PREVIEW_BYTES), of(PREVIEW_BYTES + 1)]).len(), 1);
        let most = PREVIEWS_BYTES / PREVIEW_BYTES;
        let mut all = vec![of(PREVIEW_BYTES); most + 1];
        all.push(of(PREVIEWS_BYTES - most * PREVIEW_BYTES));
        assert_eq!(fitting(all.clone()).len(), most + 1, "a small one that still fits is kept");
        all.push(of(3));
        assert_eq!(fitting(all).len(), most + 1);
    }
}
