//! A version from the upload to the kill switch, through the pages of provider and reviewer alone: forms, no script.

use super::counter::Build;
use super::world::{Market, SETTLED};
use crate::chaos::servers::{ADMIN, PASSWORD, SystemChance, VETTING, first_password};
use crate::wait::until_async;
use reqwest::header::{CONTENT_TYPE, COOKIE, LOCATION, ORIGIN, SET_COOKIE};
use toolcrib_trust::publication::Publication;
use toolcrib_trust::{Signer, statement};

const FIRST: Build = Build::plain("1.0.0", 30);
const AGAIN: Build = Build::plain("1.0.0", 31);
/// Between the parts of a form with files.
const BOUNDARY: &str = "0123456789toolcrib";

/// Somebody in front of a browser without a script.
struct Browser {
    http: reqwest::Client,
    base: String,
    cookie: String,
}

/// A page: its status, where it came from in the end, its text.
struct Page {
    status: u16,
    path: String,
    text: String,
}

impl Page {
    #[track_caller]
    fn shows(&self, text: &str) -> &Self {
        assert!(self.text.contains(text), "{} does not show {text}:\n{}", self.path, self.text);
        self
    }

    #[track_caller]
    fn hides(&self, text: &str) -> &Self {
        assert!(!self.text.contains(text), "{} shows {text}:\n{}", self.path, self.text);
        self
    }

    /// What the form that is sent to `action` holds in hidden fields.
    #[track_caller]
    fn hidden(&self, action: &str) -> Vec<(String, String)> {
        let form = self.text.split(&format!(" action=\"{action}\"")).nth(1);
        let form = form.unwrap_or_else(|| panic!("{} has no form for {action}:\n{}", self.path, self.text));
        let form = form.split("</form>").next().unwrap();
        let hidden = form.split("<input type=\"hidden\" name=\"").skip(1).map(|rest| {
            let (name, rest) = rest.split_once('"').unwrap();
            let value = rest.split("value=\"").nth(1).unwrap().split('"').next().unwrap();
            (name.to_owned(), value.to_owned())
        });
        hidden.collect()
    }
}

impl Browser {
    async fn sign_in(base: &str, email: &str, password: &str) -> Self {
        let no_redirect = reqwest::redirect::Policy::none();
        let http = reqwest::Client::builder().no_proxy().redirect(no_redirect).build().unwrap();
        let form = url::form_urlencoded::Serializer::new(String::new())
            .extend_pairs([("email", email), ("password", password), ("back", "/")])
            .finish();
        let sent = http
            .post(format!("{base}/login"))
            .header(ORIGIN, base)
            .header(CONTENT_TYPE, "application/x-www-form-urlencoded");
        let answer = sent.body(form).send().await.unwrap();
        assert_eq!(answer.status(), 303, "{email} signs in");
        let cookie = answer.headers()[SET_COOKIE].to_str().unwrap().split(';').next().unwrap().to_owned();
        Self { http, base: base.to_owned(), cookie: format!("{cookie}; tc_language=zh-CN") }
    }

    async fn get(&self, path: &str) -> Page {
        self.follow(self.http.get(format!("{}{path}", self.base)), path).await
    }

    async fn follow(&self, request: reqwest::RequestBuilder, path: &str) -> Page {
        let mut answer = request.header(COOKIE, &self.cookie).send().await.unwrap();
        let mut path = path.to_owned();
        while answer.status().is_redirection() {
            path = answer.headers()[LOCATION].to_str().unwrap().to_owned();
            let next = self.http.get(format!("{}{path}", self.base)).header(COOKIE, &self.cookie);
            answer = next.send().await.unwrap();
        }
        Page { status: answer.status().as_u16(), path, text: answer.text().await.unwrap() }
    }

    /// Fills in the form of a page that is sent to `action`, and sends it.
    async fn send(&self, page: &Page, action: &str, fields: &[(&str, &str)]) -> Page {
        let hidden = page.hidden(action);
        let hidden = hidden.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        let form = url::form_urlencoded::Serializer::new(String::new())
            .extend_pairs(hidden.chain(fields.iter().copied()))
            .finish();
        let sent = self.http.post(format!("{}{action}", self.base)).header(ORIGIN, &self.base);
        self.follow(sent.header(CONTENT_TYPE, "application/x-www-form-urlencoded").body(form), action).await
    }

    /// The same with files: name, file name, content.
    async fn upload(&self, page: &Page, action: &str, files: &[(&str, &str, &[u8])]) -> Page {
        let mut body = Vec::new();
        for (name, value) in page.hidden(action) {
            let part = format!("--{BOUNDARY}\r\ncontent-disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n");
            body.extend(part.into_bytes());
        }
        for (name, file, bytes) in files {
            let head =
                format!("--{BOUNDARY}\r\ncontent-disposition: form-data; name=\"{name}\"; filename=\"{file}\"\r\n\r\n");
            body.extend([head.as_bytes(), bytes, b"\r\n"].concat());
        }
        body.extend(format!("--{BOUNDARY}--\r\n").into_bytes());
        let sent = self.http.post(format!("{}{action}", self.base)).header(ORIGIN, &self.base);
        let kind = format!("multipart/form-data; boundary={BOUNDARY}");
        self.follow(sent.header(CONTENT_TYPE, kind).body(body), action).await
    }

    /// Publishes a build on the page, and returns the submission's path.
    async fn publish(&self, build: &Build, signer: &Signer) -> String {
        let component = build.component();
        let said = Publication::of(&component, &build.manifest(), "test").seal(signer);
        let page = self.get("/provider/publish").await;
        let nothing =
            self.upload(&page, "/provider/publish", &[("component", "a.wasm", b""), ("statement", "a", b"")]).await;
        assert_eq!(nothing.status, 400, "{}", nothing.text);
        let files = [("component", "counter.wasm", component.as_slice()), ("statement", "s.json", said.as_bytes())];
        let page = self.upload(&page, "/provider/publish", &files).await;
        assert!(page.path.starts_with("/submissions/"), "{}: {}", page.path, page.text);
        page.shows("class=\"stepper\"");
        page.path
    }

    /// The submission's page once its checks are over; while they run it is loaded again by itself.
    async fn checked(&self, path: &str) -> Page {
        until_async("the checks", VETTING, || async {
            let page = self.get(path).await;
            if page.text.contains("http-equiv=\"refresh\"") {
                page.shows("class=\"stepper\"");
                return None;
            }
            Some(page)
        })
        .await
    }
}

/// A key of the provider's own, whose other half never comes to the page.
async fn registered(provider: &Browser) -> Signer {
    let signer = Signer::generate(&SystemChance);
    let (context, message) = statement::key("house");
    let (public, proof) = (signer.public_key().to_base64(), signer.sign(context, &message));
    let page = provider.get("/provider/keys").await;
    let wrong = provider.send(&page, "/provider/keys", &[("public_key", &public), ("proof", "<b>")]).await;
    assert_eq!(wrong.status, 422);
    wrong.shows("value=\"&lt;b&gt;\"").shows("aria-invalid=\"true\"");
    let page = provider.send(&page, "/provider/keys", &[("public_key", &public), ("proof", &proof)]).await;
    page.shows(&signer.key_id());
    signer
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_version_goes_from_upload_to_kill_switch_through_forms_alone() {
    let market = Market::open(&["shop".to_owned()]).await;
    let base = market.host.url.as_str();
    let provider = Browser::sign_in(base, "owner@house.example", PASSWORD).await;
    let second = Browser::sign_in(base, "second@market.example", PASSWORD).await;
    let reviewer = Browser::sign_in(base, ADMIN, &first_password(&market.servers.registry)).await;

    let signer = registered(&provider).await;

    // Upload, follow, and what a reviewer says about it.
    let path = provider.publish(&FIRST, &signer).await;
    let page = provider.checked(&path).await;
    page.shows("data-pace=\"now\"").hides("data-pace=\"failed\"");
    assert_eq!(provider.get("/review").await.status, 403);
    assert_eq!(second.get("/provider").await.status, 403);
    let queue = reviewer.get("/review").await;
    queue.shows(&format!("href=\"{path}\" data-open"));
    let queue = reviewer.send(&queue, &format!("{path}/claim"), &[]).await;
    assert_eq!(queue.path, "/review", "claiming from the queue leads back to it");
    for tab in ["overview", "changes", "views", "checks", "trial", "thread"] {
        let page = reviewer.get(&format!("{path}?tab={tab}")).await;
        assert_eq!(page.status, 200, "{tab}: {}", page.text);
    }
    let decision = format!("{path}/decision");
    let page = reviewer.get(&path).await;
    let silent = reviewer.send(&page, &decision, &[("decision", "request_changes"), ("reason", "")]).await;
    assert_eq!(silent.status, 422, "the provider needs to know why");
    let reason = [("decision", "request_changes"), ("reason", "标题 <script>alert(1)</script> 太长")];
    reviewer
        .send(&page, &decision, &reason)
        .await
        .shows("&lt;script&gt;alert(1)&lt;/script&gt;")
        .hides("<script>alert");

    // The provider answers with words and with another build of the same version.
    let home = provider.get("/provider").await;
    home.shows(&format!("href=\"{path}\""));
    let thread = provider.get(&format!("{path}?tab=thread")).await;
    let said = provider.send(&thread, &format!("{path}/comment"), &[("text", "改好了 <b>")]).await;
    said.shows("改好了 &lt;b&gt;");
    reviewer.get(&format!("{path}?tab=thread")).await.shows("改好了 &lt;b&gt;");
    let next = provider.publish(&AGAIN, &signer).await;
    assert_ne!(next, path);
    provider.checked(&next).await.hides("data-pace=\"failed\"");

    // Two people approve, and a factory uses it.
    let (page, decision) = (reviewer.get(&next).await, format!("{next}/decision"));
    let approve = [("decision", "approve"), ("reason", "")];
    reviewer.send(&page, &decision, &approve).await;
    let twice = reviewer.send(&page, &decision, &approve).await;
    assert_eq!(twice.status, 409, "the second approval is somebody else's");
    let page = second.get(&next).await;
    second.send(&page, &decision, &approve).await;
    market.subscribe("shop", &["readings:state"]).await;
    market.runs("shop", &AGAIN).await;

    // The kill switch: its name must be typed, and the host obeys.
    let incident = "/review/incidents/counter/1.0.0";
    assert!(!second.get(incident).await.text.contains(&format!("action=\"{incident}\"")), "reviewers only look");
    let page = reviewer.get(incident).await;
    let why = ("why", "回传了不该回传的数据");
    let mistyped = reviewer.send(&page, incident, &[("standing", "revoked"), why, ("typed", "counter")]).await;
    assert_eq!(mistyped.status, 422);
    assert_eq!(market.call("shop", &AGAIN.input()).await.0, 200, "nothing was stopped");
    let stopped = reviewer.send(&page, incident, &[("standing", "revoked"), why, ("typed", "counter 1.0.0")]).await;
    assert_eq!(stopped.status, 200, "{}", stopped.text);
    stopped.shows(why.1);
    until_async("the host to stop calling it", SETTLED, || async {
        let (status, body) = market.call("shop", &AGAIN.input()).await;
        (status != 200 && body["code"] == "module-revoked").then_some(())
    })
    .await;
    reviewer.get("/review/incidents").await.shows(why.1);
    provider.get(&next).await.shows(why.1);
    reviewer.get("/review/audit?verify=1").await.shows("version.submit").hides("<script>alert");
}
