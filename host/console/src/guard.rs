//! Forms of other sites are refused twice: by where they come from, and by a token that only our own pages know.

use crate::failure::Failure;
use crate::routes::App;
use crate::visitor::{Decider, Member, Visitor, tenant_of};
use axum::body::Bytes;
use axum::extract::{Form, FromRequest, FromRequestParts, Multipart, Request};
use axum::http::{HeaderMap, Method, StatusCode, Uri, header};
use std::sync::Arc;
use toolcrib_contract::limits;
use toolcrib_contract::problem::{BAD_REQUEST, NOT_ALLOWED, TOO_LARGE};
use toolcrib_ui::form::FormText;
use toolcrib_ui::key::TOKEN;

/// Body of one form.
pub const FORM_BYTES: usize = limits::INPUT_BYTES;
/// Body of a form with a file.
pub const UPLOAD_BYTES: usize = limits::IMPORT_BYTES + (64 << 10);

/// Refuses a request that changes something and does not come from a page of this very address.
///
/// # Errors
/// `not-allowed`.
pub fn same_origin(method: &Method, uri: &Uri, headers: &HeaderMap) -> Result<(), Failure> {
    if method.is_safe() {
        return Ok(());
    }
    let text = |name| headers.get(name).and_then(|value: &axum::http::HeaderValue| value.to_str().ok());
    let host = text(header::HOST).or_else(|| uri.authority().map(|authority| authority.as_str()));
    let origin = text(header::ORIGIN).and_then(|origin| origin.split_once("://")).map(|(_, host)| host);
    match (origin, host) {
        (Some(origin), Some(host)) if origin.eq_ignore_ascii_case(host) => Ok(()),
        _ => Err(NOT_ALLOWED.because("the form was not sent from a page of this console").into()),
    }
}

/// A form sent by a signed-in person from our own page.
pub struct Posted {
    pub visitor: Visitor,
    pub form: FormText,
}

impl FromRequest<Arc<App>> for Posted {
    type Rejection = Failure;

    async fn from_request(request: Request, app: &Arc<App>) -> Result<Self, Failure> {
        let (mut parts, body) = request.into_parts();
        let visitor = Visitor::from_request_parts(&mut parts, app).await?;
        let path = parts.uri.path().to_owned();
        let OpenForm(form) = OpenForm::from_request(Request::from_parts(parts, body), app).await?;
        if !form.get(TOKEN).is_some_and(|token| visitor.session.key.fits(&path, token)) {
            return Err(NOT_ALLOWED.because("the form is from before you signed in; load the page again").into());
        }
        Ok(Self { visitor, form })
    }
}

/// A form sent by a member of the tenant in the path, from our own page.
pub struct ByMember {
    pub member: Member,
    pub form: FormText,
}

impl FromRequest<Arc<App>> for ByMember {
    type Rejection = Failure;

    async fn from_request(request: Request, app: &Arc<App>) -> Result<Self, Failure> {
        let (mut parts, body) = request.into_parts();
        let tenant = tenant_of(&mut parts, app).await?;
        let Posted { visitor, form } = Posted::from_request(Request::from_parts(parts, body), app).await?;
        Ok(Self { member: visitor.member(app, &tenant)?, form })
    }
}

/// The same by somebody who decides for the factory.
pub struct ByDecider {
    pub member: Member,
    pub form: FormText,
}

impl FromRequest<Arc<App>> for ByDecider {
    type Rejection = Failure;

    async fn from_request(request: Request, app: &Arc<App>) -> Result<Self, Failure> {
        let ByMember { member, form } = ByMember::from_request(request, app).await?;
        let Decider(member) = Decider::of(member)?;
        Ok(Self { member, form })
    }
}

/// Body of a form with a component, its statement, and a few fields.
pub const COMPONENT_FORM_BYTES: usize = limits::COMPONENT_BYTES + (128 << 10);

/// A form with files, sent by a signed-in person from our own page.
pub struct Uploaded {
    pub visitor: Visitor,
    pub form: FormText,
    /// The last one; empty when none was chosen.
    pub file: Bytes,
    /// Each with its field.
    files: Vec<(String, Bytes)>,
}

impl Uploaded {
    /// The file of a field; empty when none was chosen.
    pub fn file(&self, field: &str) -> Bytes {
        self.files.iter().find(|(name, _)| name == field).map(|(_, bytes)| bytes.clone()).unwrap_or_default()
    }
}

impl FromRequest<Arc<App>> for Uploaded {
    type Rejection = Failure;

    async fn from_request(request: Request, app: &Arc<App>) -> Result<Self, Failure> {
        let (mut parts, body) = request.into_parts();
        let visitor = Visitor::from_request_parts(&mut parts, app).await?;
        let path = parts.uri.path().to_owned();
        let WithFiles { form, files } = WithFiles::from_request(Request::from_parts(parts, body), app).await?;
        if !form.get(TOKEN).is_some_and(|token| visitor.session.key.fits(&path, token)) {
            return Err(NOT_ALLOWED.because("the form is from before you signed in; load the page again").into());
        }
        let file = files.last().map(|(_, bytes)| bytes.clone()).unwrap_or_default();
        Ok(Self { visitor, form, file, files })
    }
}

/// A form with files, from anybody.
pub struct WithFiles {
    pub form: FormText,
    /// Each with its field.
    pub files: Vec<(String, Bytes)>,
}

impl FromRequest<Arc<App>> for WithFiles {
    type Rejection = Failure;

    async fn from_request(request: Request, app: &Arc<App>) -> Result<Self, Failure> {
        let refused = |status: StatusCode, text: String| {
            let kind = if status.as_u16() == TOO_LARGE.status { TOO_LARGE } else { BAD_REQUEST };
            Failure::from(kind.because(text))
        };
        // What is no form with a file has no token either.
        let stale = |_| NOT_ALLOWED.because("the form is from before you signed in; load the page again");
        let mut multipart = Multipart::from_request(request, app).await.map_err(stale)?;
        let (mut pairs, mut files) = (Vec::new(), Vec::new());
        loop {
            let field = multipart.next_field().await.map_err(|error| refused(error.status(), error.body_text()))?;
            let Some(field) = field else { break };
            let (name, is_file) = (field.name().unwrap_or_default().to_owned(), field.file_name().is_some());
            let bytes = field.bytes().await.map_err(|error| refused(error.status(), error.body_text()))?;
            if is_file {
                files.push((name, bytes));
            } else {
                pairs.push((name, String::from_utf8_lossy(&bytes).into_owned()));
            }
        }
        Ok(Self { form: FormText::new(pairs), files })
    }
}

/// A form of somebody who may not be signed in: the way in, and the choice of language.
pub struct OpenForm(pub FormText);

impl FromRequest<Arc<App>> for OpenForm {
    type Rejection = Failure;

    async fn from_request(request: Request, app: &Arc<App>) -> Result<Self, Failure> {
        let Form(pairs): Form<Vec<(String, String)>> = Form::from_request(request, app).await.map_err(|rejection| {
            let kind = if rejection.status().as_u16() == TOO_LARGE.status { TOO_LARGE } else { BAD_REQUEST };
            Failure::from(kind.because(rejection.body_text()))
        })?;
        Ok(Self(FormText::new(pairs)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use toolcrib_ui::key::FormKey;

    #[test]
    fn a_form_of_another_site_is_refused() {
        let check = |method: Method, origin: Option<&str>| {
            let mut headers = HeaderMap::new();
            headers.insert(header::HOST, "Factory.local:8080".parse().unwrap());
            if let Some(origin) = origin {
                headers.insert(header::ORIGIN, origin.parse().unwrap());
            }
            same_origin(&method, &Uri::from_static("/login"), &headers).is_ok()
        };
        assert!(check(Method::POST, Some("http://factory.local:8080")));
        assert!(check(Method::GET, Some("http://evil.example")));
        for foreign in [
            None,
            Some("null"),
            Some("http://factory.local"),
            Some("http://evil.example"),
            Some("http://factory.local:8080.evil.example"),
        ] {
            assert!(!check(Method::POST, foreign), "{foreign:?}");
        }
    }

    #[test]
    fn a_token_fits_one_form_of_one_session() {
        let (key, other) = (FormKey::new(&[1; 32]), FormKey::new(&[2; 32]));
        let token = key.token("/logout");
        assert!(key.fits("/logout", &token));
        assert!(!key.fits("/login", &token) && !other.fits("/logout", &token));
        for bad in ["", "zz", "é", &token[1..]] {
            assert!(!key.fits("/logout", bad), "{bad}");
        }
    }
}
