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
            "@layer base { @media (prefers-color-scheme: dark) { :root:not([data-theme=light]) {",
            include_str!("../static/css/dark.css"),
            "} } :root[data-theme=dark] {",
            include_str!("../static/css/dark.css"),
            "} :root[data-theme=light] { color-scheme: light; } }",
            include_str!("../static/css/market.css"),
            include_str!("../static/css/admin.css"),
            include_str!("../static/css/vendor.css"),
            include_str!("../static/css/station.css"),
            include_str!("../static/css/boards.css"),
            include_str!("../static/css/live.css"),
            include_str!("../static/css/programme.css"),
            include_str!("../static/css/print.css"),
        ),
    )
});
pub static SCRIPT: LazyLock<Asset> = LazyLock::new(|| {
    let text = concat!(
        include_str!("../static/js/kernel.js"),
        include_str!("../static/js/chart.js"),
        include_str!("../static/js/review.js"),
        include_str!("../static/js/station.js"),
        include_str!("../static/js/board.js"),
    );
    Asset::new("app", "js", "text/javascript; charset=utf-8", text)
});
pub static ICON: LazyLock<Asset> =
    LazyLock::new(|| Asset::new("icon", "svg", "image/svg+xml", include_str!("../static/icon.svg")));

/// Another one whenever a page may look or speak differently.
pub static BUILD: LazyLock<String> = LazyLock::new(|| {
    let names = [&*STYLE, &*SCRIPT, &*ICON].map(|asset| asset.name.as_str());
    let texts = crate::language::texts();
    let parts = names.into_iter().chain(texts).chain([env!("CARGO_PKG_VERSION")]);
    format!("{:016x}", hash(parts.collect::<Vec<_>>().concat().as_bytes()))
});

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

/// Millimetres that a side of a printed page may have; as wide as what views may print.
const PAGE_MM: std::ops::RangeInclusive<u32> = 20..=300;

/// The address of a style sheet that prints on paper of this size, without a margin: what a label printer needs to know.
pub fn page_url(width_mm: u32, height_mm: u32) -> String {
    format!("/assets/page-{width_mm}x{height_mm}.css")
}

/// That style sheet, by its name.
pub fn page_style(name: &str) -> Option<String> {
    let (width, height) = name.strip_prefix("page-")?.strip_suffix(".css")?.split_once('x')?;
    let side = |text: &str| text.parse::<u32>().ok().filter(|mm| PAGE_MM.contains(mm) && mm.to_string() == text);
    Some(format!("@page{{size:{}mm {}mm;margin:0;@bottom-right{{content:none}}}}", side(width)?, side(height)?))
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
    fn paper_has_the_size_of_its_card_and_no_other_form_of_a_name() {
        let name = page_url(60, 40);
        let style = page_style(name.strip_prefix("/assets/").unwrap()).unwrap();
        assert_eq!(style, "@page{size:60mm 40mm;margin:0;@bottom-right{content:none}}");
        for name in
            ["page-60x.css", "page-19x40.css", "page-60x301.css", "page-060x40.css", "page-+60x40.css", "page-60x40"]
        {
            assert_eq!(page_style(name), None, "{name}");
        }
    }

    #[test]
    fn scripts_and_styles_keep_their_budget() {
        // Compressed as a proxy in front would: 30 KB and 20 KB.
        let packed = |asset: &Asset| miniz_oxide::deflate::compress_to_vec(asset.text.as_bytes(), 9).len();
        assert!(packed(&SCRIPT) <= 30_000, "{}", packed(&SCRIPT));
        assert!(packed(&STYLE) <= 20_000, "{}", packed(&STYLE));
    }

    #[test]
    fn no_script_parses_what_it_was_not_given() {
        for sink in ["innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(", "new Function"] {
            assert!(!SCRIPT.text.contains(sink), "{sink}");
        }
    }
}
