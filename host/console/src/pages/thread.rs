//! `POST /submissions/{id}/claim`, `…/release` and `…/comment`: who works on a submission, and what is said about it.

use crate::failure::Failure;
use crate::guard::Posted;
use axum::extract::Path;
use axum::response::Redirect;
use toolcrib_registry_client::wire::Claim;

pub async fn claim(Path(id): Path<String>, Posted { visitor, .. }: Posted) -> Result<Redirect, Failure> {
    visitor.registry.claim(&id, &Claim::default()).await?;
    Ok(back(&id))
}

pub async fn release(Path(id): Path<String>, Posted { visitor, .. }: Posted) -> Result<Redirect, Failure> {
    visitor.registry.release(&id).await?;
    Ok(back(&id))
}

pub async fn comment(Path(id): Path<String>, Posted { visitor, form }: Posted) -> Result<Redirect, Failure> {
    let text = form.get("text").unwrap_or_default().replace("\r\n", "\n");
    visitor.registry.comment(&id, &text).await?;
    Ok(back(&id))
}

fn back(id: &str) -> Redirect {
    Redirect::to(&format!("/submissions/{}", toolcrib_ui::form::escape(id)))
}
