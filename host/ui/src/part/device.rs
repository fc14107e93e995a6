//! Where somebody signed in, as people call it.

use maud::{Markup, html};

/// What a browser's name for itself holds, the one that others claim to be last, and what people call it.
const BROWSERS: [(&str, &str); 5] =
    [("Edg/", "Edge"), ("Firefox/", "Firefox"), ("Chrome/", "Chrome"), ("Version/", "Safari"), ("curl/", "curl")];
/// The same of systems: Android calls itself a Linux, too, and iPads a Mac.
const SYSTEMS: [(&str, &str); 6] = [
    ("Windows NT", "Windows"),
    ("Android", "Android"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Mac OS X", "macOS"),
    ("Linux", "Linux"),
];

/// `Chrome 156 · Linux` for what a browser says of itself, and on hover what it said; of anything else, what it said.
pub fn device(said: &str) -> Markup {
    html! { span title=(said) { (short(said).unwrap_or_else(|| said.to_owned())) } }
}

fn short(said: &str) -> Option<String> {
    let (mark, name) = BROWSERS.into_iter().find(|(mark, _)| said.contains(mark))?;
    let version: String = said.split(mark).nth(1)?.chars().take_while(char::is_ascii_digit).collect();
    let browser = format!("{name} {version}").trim_end().to_owned();
    let system = SYSTEMS.into_iter().find(|(mark, _)| said.contains(mark));
    Some(system.map_or(browser.clone(), |(_, system)| format!("{browser} · {system}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn browsers_are_told_by_name_version_and_system() {
        let chrome =
            "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) HeadlessChrome/156.0.0.0 Safa";
        let android =
            "Mozilla/5.0 (Linux; Android 8.1.0; PDA) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/109.0.0.0 Mobile";
        let firefox = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:115.0) Gecko/20100101 Firefox/115.0";
        let safari = "Mozilla/5.0 (iPhone; CPU iPhone OS 16_4 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/16.4";
        for (said, told) in [
            (chrome, "Chrome 156 · Linux"),
            (android, "Chrome 109 · Android"),
            (firefox, "Firefox 115 · Windows"),
            (safari, "Safari 16 · iPhone"),
            ("curl/8.1", "curl 8"),
        ] {
            assert_eq!(short(said).as_deref(), Some(told));
        }
        assert_eq!(
            device("toolcrib <cli>").into_string(),
            "<span title=\"toolcrib &lt;cli&gt;\">toolcrib &lt;cli&gt;</span>"
        );
    }
}
