//! The console's cookies.

use crate::session::SESSION_LIFE_S;
use axum::http::{HeaderMap, HeaderValue, header};
use toolcrib_floor::PAIRING_MINUTES;
use toolcrib_ui::language::Lang;
use toolcrib_ui::shell::Theme;

/// Who is signed in: a random name of an entry in the server's table, nothing else.
pub const SESSION: &str = "tc_session";
/// The language chosen.
pub const LANGUAGE: &str = "tc_language";
/// What makes a device a terminal: its id and a secret, of which only the hash is kept here.
pub const TERMINAL: &str = "tc_terminal";
/// What proves a device to be the one that shows a code.
pub const CLAIM: &str = "tc_claim";
/// Browsers keep no cookie for longer than this.
const TERMINAL_LIFE_S: i64 = 400 * 86_400;
/// The appearance chosen.
pub const THEME: &str = "tc_theme";
/// A choice of language or appearance is kept for a year.
const CHOICE_LIFE_S: i64 = 365 * 86_400;

/// The value of a request's cookie.
pub fn read<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    let values = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
    let mut pairs = values.flat_map(|value| value.split(';')).filter_map(|pair| pair.trim().split_once('='));
    pairs.find(|(key, _)| *key == name).map(|(_, value)| value)
}

/// `Set-Cookie` for a new session.
pub fn session(id: &str, https: bool) -> HeaderValue {
    set(SESSION, id, SESSION_LIFE_S, https)
}

/// `Set-Cookie` that forgets the session.
pub fn no_session(https: bool) -> HeaderValue {
    set(SESSION, "", 0, https)
}

/// `Set-Cookie` that makes a device a terminal.
pub fn terminal(kept: &str, https: bool) -> HeaderValue {
    set(TERMINAL, kept, TERMINAL_LIFE_S, https)
}

/// `Set-Cookie` that keeps what proves a device to be the one that shows a code; none forgets it.
pub fn claim(claim: Option<&str>, https: bool) -> HeaderValue {
    set(CLAIM, claim.unwrap_or_default(), claim.map_or(0, |_| PAIRING_MINUTES * 60), https)
}

/// `Set-Cookie` that keeps a language.
pub fn language(lang: Lang, https: bool) -> HeaderValue {
    set(LANGUAGE, lang.code(), CHOICE_LIFE_S, https)
}

/// `Set-Cookie` that keeps an appearance; none forgets it, and the system's counts again.
pub fn theme(theme: Option<Theme>, https: bool) -> HeaderValue {
    set(THEME, theme.map_or("", Theme::name), theme.map_or(0, |_| CHOICE_LIFE_S), https)
}

/// Lax, not Strict: a link in a message into the console should find its reader signed in; nothing changes by GET.
fn set(name: &str, value: &str, life_s: i64, https: bool) -> HeaderValue {
    let secure = if https { "; Secure" } else { "" };
    let text = format!("{name}={value}; Path=/; HttpOnly; SameSite=Lax; Max-Age={life_s}{secure}");
    HeaderValue::from_str(&text).expect("ids and language codes are visible ASCII")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_session_cookie_is_out_of_reach_of_scripts_and_other_sites() {
        let cookie = session("ab12", false);
        assert_eq!(cookie, "tc_session=ab12; Path=/; HttpOnly; SameSite=Lax; Max-Age=604800");
        assert!(session("ab12", true).to_str().unwrap().ends_with("; Secure"));
        assert!(no_session(true).to_str().unwrap().contains("Max-Age=0"));
    }

    #[test]
    fn a_cookie_is_found_among_others() {
        let mut headers = HeaderMap::new();
        headers.append(header::COOKIE, "a=1; tc_session=x".parse().unwrap());
        headers.append(header::COOKIE, "tc_language=en".parse().unwrap());
        assert_eq!(read(&headers, SESSION), Some("x"));
        assert_eq!(read(&headers, LANGUAGE), Some("en"));
        assert_eq!(read(&headers, "session"), None);
    }
}
