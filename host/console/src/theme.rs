//! Light or dark: as chosen before, else as the visitor's system has it.

use crate::cookie;
use axum::http::HeaderMap;
use toolcrib_ui::shell::Theme;

/// What was chosen; none follows the system.
pub fn of(headers: &HeaderMap) -> Option<Theme> {
    cookie::read(headers, cookie::THEME).and_then(Theme::parse)
}
