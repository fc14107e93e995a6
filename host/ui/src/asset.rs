//! The console's own files. Their names carry a hash of their content, so browsers may keep them for ever.

use std::sync::LazyLock;

/// One file.
pub struct Asset {
    /// The file's name with its hash.
    pub name: String,
    pub content_type: &'static str,
    pub text: &'static str,
}

pub static STYLE: LazyLock<Asset> = LazyLock::new(|| {
    Asset::new(
        "app",
        "css",
        "text/css; charset=utf-8",
        concat!(
            include_str!("../static/css/base.css"),
            include_str!("../static/css/view.css"),
            include_str!("../static/css/market.css"),
            include_str!("../static/css/admin.css"),
            include_str!("../static/css/vendor.css"),
            include_str!("../static/css/station.css"),
            include_str!("../static/css/boards.css"),
            include_str!("../static/css/live.css"),
            include_str!("../static/css/print.css"),
        ),
    )
});
pub static SCRIPT: LazyLock<Asset> =
    LazyLock::new(|| Asset::new("app", "js", "text/javascript; charset=utf-8", include_str!("../static/js/kernel.js")));
pub static ICON: LazyLock<Asset> =
    LazyLock::new(|| Asset::new("icon", "svg", "image/svg+xml", include_str!("../static/icon.svg")));

impl Asset {
    fn new(stem: &str, extension: &str, content_type: &'static str, text: &'static str) -> Self {
        Self { name: format!("{stem}-{:016x}.{extension}", hash(text.as_bytes())), content_type, text }
    }

    pub fn url(&self) -> String {
        format!("/assets/{}", self.name)
    }
}

/// FNV-1a: told apart are builds, not adversaries.
fn hash(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3))
}

/// The file of this name, as its [`Asset::url`] has it.
pub fn named(name: &str) -> Option<&'static Asset> {
    [&*STYLE, &*SCRIPT, &*ICON].into_iter().find(|asset| asset.name == name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_files_address_changes_with_its_content() {
        assert_ne!(hash(b"a"), hash(b"b"));
        assert!(STYLE.url().starts_with("/assets/app-") && STYLE.url().ends_with(".css"));
    }

    #[test]
    fn the_script_stays_small() {
        assert!(SCRIPT.text.lines().count() < 200);
        assert!(!SCRIPT.text.contains("innerHTML") && !SCRIPT.text.contains("eval"));
    }
}
