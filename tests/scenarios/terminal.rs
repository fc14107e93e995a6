//! A terminal of the demo's workshop over HTTP: paired by its owner, somebody signs in, reports and takes it back.

use super::demo::{Demo, Person};
use reqwest::redirect::Policy;
use reqwest::{Client, Response, header};
use serde_json::{Value, json};

/// A browser without a script, with its cookies.
pub struct Browser {
    http: Client,
    base: String,
    cookies: Vec<(String, String)>,
}

fn escaped(text: &str) -> String {
    text.bytes().map(|byte| format!("%{byte:02X}")).collect()
}

impl Browser {
    pub fn new(demo: &Demo) -> Self {
        Self::at(demo.facts()["base_url"].as_str().unwrap())
    }

    /// The same at another server.
    pub fn at(url: &str) -> Self {
        let http = Client::builder().no_proxy().redirect(Policy::none()).build().unwrap();
        Self { http, base: url.trim_end_matches('/').to_owned(), cookies: Vec::new() }
    }

    /// The same browser, which a proxy leads to another host from now on.
    pub fn led_to(&mut self, url: &str) {
        url.trim_end_matches('/').clone_into(&mut self.base);
    }

    fn keep(&mut self, answer: &Response) {
        for set in answer.headers().get_all(header::SET_COOKIE) {
            let (name, rest) = set.to_str().unwrap().split_once('=').unwrap();
            self.cookies.retain(|(known, _)| known != name);
            self.cookies.push((name.to_owned(), rest.split(';').next().unwrap().to_owned()));
        }
    }

    async fn answer(&mut self, request: reqwest::RequestBuilder) -> (u16, String, String) {
        let cookies: Vec<_> = self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let request = request.header(header::COOKIE, cookies.join("; ")).header(header::ACCEPT_LANGUAGE, "en");
        let answer = request.send().await.unwrap();
        self.keep(&answer);
        let status = answer.status().as_u16();
        let to = answer.headers().get(header::LOCATION).map(|to| to.to_str().unwrap().to_owned());
        (status, to.unwrap_or_default(), answer.text().await.unwrap())
    }

    /// A page, through redirects.
    pub async fn get(&mut self, path: &str) -> (u16, String, String) {
        let mut path = path.to_owned();
        for _ in 0..5 {
            let (status, to, text) = self.answer(self.http.get(format!("{}{path}", self.base))).await;
            if to.is_empty() {
                return (status, path, text);
            }
            path = to;
        }
        panic!("{path} leads nowhere")
    }

    pub async fn post(&mut self, path: &str, pairs: &[(String, String)]) -> (u16, String, String) {
        let body: Vec<_> = pairs.iter().map(|(name, value)| format!("{}={}", escaped(name), escaped(value))).collect();
        let request = self.http.post(format!("{}{path}", self.base)).header(header::ORIGIN, &self.base);
        let request = request.header(header::CONTENT_TYPE, "application/x-www-form-urlencoded").body(body.join("&"));
        self.answer(request).await
    }

    /// Sends the first form of a page that has this in it, with more fields.
    pub async fn send(&mut self, page: &str, with: &str, more: &[(&str, &str)]) -> (u16, String, String) {
        let (action, pairs) = form(page, with, more);
        self.post(&action, &pairs).await
    }
}

/// Where a form goes, and its hidden fields with some more.
pub fn form(page: &str, with: &str, more: &[(&str, &str)]) -> (String, Vec<(String, String)>) {
    let mut forms = page.split("<form").skip(1).map(|form| form.split("</form>").next().unwrap());
    let form = forms.find(|form| form.contains(with)).unwrap_or_else(|| panic!("no form with {with} in {page}"));
    let action = form.split("action=\"").nth(1).unwrap().split('"').next().unwrap().replace("&amp;", "&");
    let hidden = form.split("<input type=\"hidden\" name=\"").skip(1).map(|input| {
        let (name, rest) = input.split_once("\" value=\"").unwrap();
        (name.to_owned(), rest.split('"').next().unwrap().to_owned())
    });
    (action, hidden.chain(more.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))).collect())
}

/// The workshop: the last tenant, with its owner over the API.
pub async fn workshop(demo: &Demo) -> (Person, String, Value) {
    let account = demo.facts()["tenants"].as_array().unwrap().last().unwrap().clone();
    (demo.person(&account).await, account["slug"].as_str().unwrap().to_owned(), account)
}

/// A browser with the account signed in.
async fn signed_in(demo: &Demo, account: &Value) -> Browser {
    let mut owner = Browser::new(demo);
    let login = |field: &str| (field.to_owned(), account[field].as_str().unwrap().to_owned());
    let (status, ..) = owner.post("/login", &[login("email"), login("password")]).await;
    assert_eq!(status, 303);
    owner
}

/// The screen that shows this code shows these boards from now on; confirmed in the owner's browser.
pub async fn screen(demo: &Demo, account: &Value, slug: &str, (name, code): (&str, &str), boards: &[&str]) {
    let mut owner = signed_in(demo, account).await;
    let (_, path, page) = owner.get(&format!("/screen/confirm?code={code}")).await;
    assert!(path.starts_with(&format!("/t/{slug}/terminals?screen={code}")), "{path}");
    let mut more = vec![("screen", code), ("name", name)];
    more.extend(boards.iter().map(|board| ("shows", *board)));
    let (status, _, text) = owner.send(&page, "name=\"screen\"", &more).await;
    assert_eq!(status, 303, "{text}");
}

/// Somebody new on the floor, who reads this language.
pub async fn operator(demo: &Demo, account: &Value, slug: &str, code: &str, language: &str, badge: &str) {
    let mut owner = signed_in(demo, account).await;
    let (_, _, page) = owner.get(&format!("/t/{slug}/operators")).await;
    let more = [("code", code), ("name", "Erin"), ("role", "operator"), ("language", language), ("badge", badge)];
    let (status, _, text) = owner.send(&page, "name=\"badge\"", &more).await;
    assert!(status == 303 || status == 409, "{text}");
}

/// A new terminal that stands for `press-1`, made in the owner's browser; the code that pairs it.
pub async fn pairing_code(demo: &Demo, account: &Value, slug: &str, name: &str) -> String {
    let mut owner = signed_in(demo, account).await;
    let (_, _, page) = owner.get(&format!("/t/{slug}/terminals")).await;
    let (status, to, text) = owner.send(&page, "name=\"places\"", &[("name", name), ("places", "press-1")]).await;
    assert_eq!(status, 303, "{text}");
    let (_, _, page) = owner.get(&to).await;
    let (_, _, page) = owner.send(&page, &format!("{to}/code"), &[]).await;
    page.split("/pair?code=").nth(1).unwrap()[..8].to_owned()
}

/// The card of an order of our own: those of the workshop are closed when its day is over.
pub async fn card(owner: &Person, slug: &str) -> String {
    const ORDER: &str = "WO-TERMINAL";
    let module = |operation: &str| format!("/v1/t/{slug}/m/work-orders/{operation}");
    let order = json!({"number": ORDER, "material": "terminal-part", "quantity": "5000", "unit": "pcs"});
    // Another test may have made it.
    owner.post(&module("create_order"), &order).await;
    owner.post(&module("release_order"), &json!({"number": ORDER})).await;
    let job = owner.post(&module("scan"), &json!({"code": ORDER})).await.ok();
    job["step"]["job"]["card"].as_str().unwrap_or_else(|| panic!("{job}")).to_owned()
}

/// What was told of a card by operators at terminals for a reason, newest first.
pub async fn told(owner: &Person, slug: &str, card: &str, by: &str) -> Vec<Value> {
    let asked = json!({"person": null, "card": card, "equipment": null, "after": null});
    let reports = owner.post(&format!("/v1/t/{slug}/m/job-reporting/reports"), &asked).await.ok();
    reports["rows"].as_array().unwrap().iter().filter(|report| report["by"] == by).cloned().collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_operator_reports_at_a_terminal_and_takes_it_back_by_a_correction() {
    let demo = Demo::shared();
    let (owner, slug, account) = workshop(&demo).await;
    let code = pairing_code(&demo, &account, &slug, "HTTP").await;
    let card = card(&owner, &slug).await;

    let mut tablet = Browser::new(&demo);
    let (status, to, _) = tablet.post("/pair", &[("code".to_owned(), code)]).await;
    assert_eq!((status, to.as_str()), (303, &*format!("/t/{slug}/s")));
    let (_, _, page) = tablet.get(&to).await;
    let (status, ..) = tablet.send(&page, "name=\"pin\"", &[("code", "2000"), ("pin", "2000")]).await;
    assert_eq!(status, 303);
    let (status, path, page) = tablet.get(&to).await;
    assert_eq!((status, path.as_str()), (200, &*format!("/t/{slug}/s/job-reporting/my_work")), "{page}");
    assert!(page.contains("data-bare=\"true\"") && !page.contains("<nav class=\"rail\""), "nothing around it: {page}");

    let (status, path, page) = tablet.get(&format!("/t/{slug}/s/scan?code={}", escaped(&card))).await;
    assert_eq!(status, 200);
    assert!(path.starts_with(&format!("/t/{slug}/s/job-reporting/report_form?card=")), "{path}");
    let open = page.split("name=\"_operation\" value=\"report\"").nth(1).unwrap().split("<details").next().unwrap();
    let shown = open.matches("class=\"field\"").count() + open.matches("class=\"taps\"").count();
    assert!((2..=6).contains(&shown), "{shown} inputs at once: {open}");

    let wrong = [("card", &*card), ("good", "3"), ("scrap", "-1"), ("reason", "")];
    let (status, _, refused) = tablet.send(&page, "value=\"report\"", &wrong).await;
    assert_eq!(status, 422);
    assert!(refused.contains("value=\"-1\"") && refused.contains("value=\"3\""), "nothing typed is lost");
    let right = [("card", &*card), ("good", "3"), ("scrap", "1"), ("reason", "terminal-http")];
    let (status, to, text) = tablet.send(&refused, "value=\"report\"", &right).await;
    assert_eq!(status, 303, "{text}");
    let (_, _, done) = tablet.get(&to).await;
    let by = "operator:2000";
    let of_ours = |all: Vec<Value>| all.into_iter().filter(|one| one["reason"] == "terminal-http").collect::<Vec<_>>();
    let one = of_ours(told(&owner, &slug, &card, by).await);
    assert_eq!(one.len(), 1, "{one:?}");
    assert_eq!(
        (&one[0]["person"], &one[0]["good"], &one[0]["scrap"]),
        (&json!("2000"), &json!("3.000000"), &json!("1.000000"))
    );
    assert_eq!(one[0]["equipment"], "press-1");

    let (status, ..) = tablet.send(&done, "name=\"_cell\" value=\"undo\"", &[]).await;
    assert_eq!(status, 303);
    let all = told(&owner, &slug, &card, by).await;
    let correction = all.iter().find(|report| report["corrects"] == one[0]["report"]).expect("a correction of it");
    assert_eq!((&correction["good"], &correction["scrap"]), (&json!("-3.000000"), &json!("-1.000000")));
    assert!(all.iter().any(|report| report["report"] == one[0]["report"]), "the report itself stays");

    // What the script sends again because no answer came is done once.
    let (_, _, page) = tablet.get(&path).await;
    let (action, mut pairs) = form(
        &page,
        "value=\"report\"",
        &[("card", &*card), ("good", "2"), ("scrap", "0"), ("reason", "terminal-again")],
    );
    // The page knows the host's time from when it was drawn.
    let drawn: i64 = pairs.iter().find(|(name, _)| name == "_drawn").unwrap().1.parse().unwrap();
    let pressed = drawn / 1_000 - 60_000;
    pairs.push(("_pressed".to_owned(), pressed.to_string()));
    for _ in 0..2 {
        let (status, _, text) = tablet.post(&action, &pairs).await;
        assert_eq!(status, 200, "{text}");
        assert!(text.contains("\"go\":"), "{text}");
    }
    let again: Vec<_> =
        told(&owner, &slug, &card, by).await.into_iter().filter(|one| one["reason"] == "terminal-again").collect();
    assert_eq!(again.len(), 1, "{again:?}");
    let pressed = toolcrib_contract::types::Instant(pressed * 1_000).to_string();
    assert_eq!(again[0]["ended_at"], pressed, "the true time");

    let audited = owner.get(&format!("/t/{slug}/s/job-reporting/my_work")).await;
    assert_ne!(audited.status, 200, "a token is no terminal");
}
