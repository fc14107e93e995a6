//! `GET /_gallery`: everything pages can be made of, for whoever designs them. Only where the configuration says so.

use crate::failure::Failure;
use crate::{language, theme};
use axum::extract::Path;
use axum::http::HeaderMap;
use axum::response::Html;
use toolcrib_contract::problem::NOT_FOUND;
use toolcrib_ui::gallery;
use toolcrib_ui::language::Tr;
use toolcrib_ui::shell::Shell;

const PATH: &str = "/_gallery";

fn shell(headers: &HeaderMap, back: &str) -> Shell {
    Shell { theme: theme::of(headers), ..gallery::sample::shell(Tr::new(language::of(headers)), back) }
}

pub async fn index(headers: HeaderMap) -> Html<String> {
    Html(gallery::index(&shell(&headers, PATH), PATH))
}

pub async fn page(Path(number): Path<usize>, headers: HeaderMap) -> Result<Html<String>, Failure> {
    let back = format!("{PATH}/{number}");
    let page = gallery::numbered(&shell(&headers, &back), number);
    Ok(Html(page.ok_or_else(|| NOT_FOUND.because("the gallery has no such page"))?))
}
