//! Which language a visitor is spoken to in.

use crate::cookie;
use axum::http::{HeaderMap, header};
use toolcrib_ui::language::Lang;

/// What was chosen before, else what the browser prefers, else Chinese.
pub fn of(headers: &HeaderMap) -> Lang {
    let chosen = cookie::read(headers, cookie::LANGUAGE).and_then(Lang::parse);
    let accepted = headers.get(header::ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok());
    chosen.or_else(|| accepted.and_then(Lang::preferred)).unwrap_or(Lang::ZhCn)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_visitor_is_spoken_to_in_the_language_they_prefer() {
        let lang = |cookie: &str, accept: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(header::COOKIE, cookie.parse().unwrap());
            headers.insert(header::ACCEPT_LANGUAGE, accept.parse().unwrap());
            of(&headers)
        };
        assert_eq!(lang("", ""), Lang::ZhCn);
        assert_eq!(lang("", "en-GB,en;q=0.9"), Lang::En);
        assert_eq!(lang("", "en;q=0.3, zh-CN;q=0.8"), Lang::ZhCn);
        assert_eq!(lang("", "de, fr;q=0.5"), Lang::ZhCn);
        assert_eq!(lang("tc_language=zh-CN", "en"), Lang::ZhCn);
        assert_eq!(lang("tc_language=tlh", "en"), Lang::En);
    }
}
