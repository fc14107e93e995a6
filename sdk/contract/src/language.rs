//! The two languages that people are spoken to in.

/// A language of pages and messages.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Lang {
    ZhCn,
    En,
}

impl Lang {
    pub const ALL: [Self; 2] = [Self::ZhCn, Self::En];

    /// The tag of BCP 47, as it stands in `<html lang>`, `Content-Language` and the language cookie.
    pub fn code(self) -> &'static str {
        match self {
            Self::ZhCn => "zh-CN",
            Self::En => "en",
        }
    }

    /// Its own name for itself.
    pub fn name(self) -> &'static str {
        match self {
            Self::ZhCn => "中文",
            Self::En => "English",
        }
    }

    pub fn parse(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|lang| lang.code() == code)
    }

    /// The best of an `Accept-Language` (RFC 9110, 12.5.4): highest weight first, then the order given. None when it
    /// names neither language in its first twenty ranges.
    pub fn preferred(accepted: &str) -> Option<Self> {
        let mut best: Option<(Self, f32)> = None;
        for range in accepted.split(',').take(20) {
            let mut parts = range.trim().split(';');
            let tag = parts.next().unwrap_or_default().trim().to_ascii_lowercase();
            let weight = parts.find_map(|part| part.trim().strip_prefix("q=")?.parse().ok()).unwrap_or(1.0);
            let lang = match tag.split('-').next() {
                Some("zh") => Self::ZhCn,
                Some("en") => Self::En,
                _ => continue,
            };
            if weight > 0.0 && best.is_none_or(|(_, known)| weight > known) {
                best = Some((lang, weight));
            }
        }
        best.map(|(lang, _)| lang)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_highest_weight_wins_and_neither_language_is_none() {
        assert_eq!(Lang::preferred("en-GB,en;q=0.9"), Some(Lang::En));
        assert_eq!(Lang::preferred("en;q=0.3, zh-CN;q=0.8"), Some(Lang::ZhCn));
        assert_eq!(Lang::preferred("zh;q=0, en;q=0.1"), Some(Lang::En));
        for neither in ["", "de, fr;q=0.5", "*", "zh;q=0"] {
            assert_eq!(Lang::preferred(neither), None, "{neither}");
        }
    }
}
