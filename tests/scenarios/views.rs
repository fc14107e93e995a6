//! Pages that a module describes, over real HTTP and in a browser: `gallery`, published through the real pipeline.

use crate::browser::chromium::{self, Page};
use crate::chaos::servers::{OWNER, PASSWORD, Product, Servers};
use reqwest::{Client, Response, header};

/// One part of a form as browsers write it.
fn escaped(text: &str) -> String {
    text.bytes().map(|byte| format!("%{byte:02X}")).collect()
}

/// Parts the fields of a form with files.
const BOUNDARY: &str = "8c3f1e0a9d";

/// Somebody at the console.
pub struct Person {
    http: Client,
    base: String,
    cookie: String,
}

impl Person {
    pub async fn sign_in(base: &str) -> Self {
        let http = Client::builder().no_proxy().redirect(reqwest::redirect::Policy::none());
        let base = base.trim_end_matches('/').to_owned();
        let mut person = Self { http: http.build().unwrap(), base, cookie: String::new() };
        let answer = person.send("/login", &[("email", OWNER), ("password", PASSWORD)]).await;
        let cookie = answer.headers().get(header::SET_COOKIE).expect("somebody is signed in").to_str().unwrap();
        person.cookie = cookie.split(';').next().unwrap().to_owned();
        person
    }

    pub async fn get(&self, path: &str) -> String {
        let request = self.http.get(format!("{}{path}", self.base)).header(header::ACCEPT_LANGUAGE, "en");
        let answer = request.header(header::COOKIE, &self.cookie).send().await.unwrap();
        let status = answer.status();
        let text = answer.text().await.unwrap();
        assert!(status.is_success(), "{path}: {status} {text}");
        text
    }

    pub async fn send(&self, path: &str, form: &[(&str, &str)]) -> Response {
        let request = self.http.post(format!("{}{path}", self.base)).header(header::ORIGIN, &self.base);
        let request = request.header(header::ACCEPT_LANGUAGE, "en").header(header::COOKIE, &self.cookie);
        let body: Vec<_> = form.iter().map(|(name, value)| format!("{}={}", escaped(name), escaped(value))).collect();
        let request = request.header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
        request.body(body.join("&")).send().await.unwrap()
    }

    /// Sends the form with files that stands in a cell, with a photo or without.
    async fn fill(&self, page: &str, form_of: &str, more: &[(&str, &str)], photo: Option<&[u8]>) -> Response {
        let (action, hidden) = form(page, form_of);
        let mut body = Vec::new();
        // What is typed stands for what was typed before.
        let kept = hidden.into_iter().filter(|(name, _)| !more.iter().any(|(typed, _)| typed == name));
        for (name, value) in kept.chain(more.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))) {
            let part = format!("--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n");
            body.extend(part.bytes());
        }
        // A browser sends an empty file where none was chosen.
        let named = if photo.is_some() { "photo.png" } else { "" };
        let head = format!("Content-Disposition: form-data; name=\"photo\"; filename=\"{named}\"");
        body.extend(format!("--{BOUNDARY}\r\n{head}\r\nContent-Type: image/png\r\n\r\n").bytes());
        body.extend(photo.unwrap_or_default());
        body.extend(format!("\r\n--{BOUNDARY}--\r\n").bytes());
        let request = self.http.post(format!("{}{action}", self.base)).header(header::ORIGIN, &self.base);
        let request = request.header(header::ACCEPT_LANGUAGE, "en").header(header::COOKIE, &self.cookie);
        let kind = format!("multipart/form-data; boundary={BOUNDARY}");
        request.header(header::CONTENT_TYPE, kind).body(body).send().await.unwrap()
    }

    /// Presses the button of the form that stands in a cell.
    async fn press(&self, page: &str, form_of: &str, more: &[(&str, &str)]) -> Response {
        let (action, hidden) = form(page, form_of);
        let hidden = hidden.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        let pairs: Vec<_> = hidden.chain(more.iter().copied()).collect();
        self.send(&action, &pairs).await
    }
}

/// Where the form of a cell is sent, and what it carries unseen.
fn form(page: &str, form_of: &str) -> (String, Vec<(String, String)>) {
    let form = page.split("<form").find(|form| form.contains(&format!("name=\"_cell\" value=\"{form_of}\"")));
    let form = form.unwrap_or_else(|| panic!("no form of {form_of} in {page}"));
    let form = form.split("</form>").next().unwrap();
    let action = form.split("action=\"").nth(1).unwrap().split('"').next().unwrap().replace("&amp;", "&");
    let hidden = form.split("<input type=\"hidden\" name=\"").skip(1).map(|input| {
        let (name, rest) = input.split_once("\" value=\"").unwrap();
        (name.to_owned(), rest.split('"').next().unwrap().to_owned())
    });
    (action, hidden.collect())
}

const GALLERY: Product<'static> =
    Product { module: "gallery", grants: &[], query: "hall", config: "", marketplace: "" };

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_modules_own_pages_are_drawn_pressed_and_kept_fresh() {
    let (servers, host) = Servers::with(1, GALLERY).await;
    let person = Person::sign_in(&host.url).await;
    let base = format!("/t/{}/m/gallery", servers.tenants[0].slug);
    let module = person.get(&base).await;
    assert!(module.contains(&format!("href=\"{base}/v/board\"")), "its pages come first: {module}");
    assert!(!module.contains("/v/machine_page\""), "a page that needs a machine is not opened alone");
    for (view, said) in [
        ("board", ["74.8 %", "¥12,345.67", "1 h 23 min 45 s", "A machine is down"]),
        ("charts", ["Out of control", "Share so far", "Upper spec 12", "Running 7 h 30 min"]),
        ("work?_tab=2", ["L-060", "120.5 kg", "Genealogy", "1 / 3"]),
        ("machine_page?machine=P-2", ["二号冲床", "41.2 %", "Stopped", "换模"]),
        ("wall", ["P-2", "Stopped", "Waiting", "Andon"]),
        ("label", ["width=\"100mm\"", "WO-1001/10", "支架", "class=\"dark\""]),
        ("faulty", ["No shift is planned", "74.8 %", "Good", "Broken"]),
    ] {
        let page = person.get(&format!("{base}/v/{view}")).await;
        for part in said {
            assert!(page.contains(part), "{view} says no `{part}`: {page}");
        }
        assert!(!page.contains('⟦') && !page.contains("style=\""), "{view}");
    }

    // A press runs the operation once, however often it is sent, and leads back to the page.
    let work = person.get(&format!("{base}/v/work")).await;
    for _ in 0..2 {
        let answer = person.press(&work, "c1-1-2", &[("good", "5")]).await;
        assert_eq!(answer.status(), 303);
        assert_eq!(answer.headers()[header::LOCATION], format!("{base}/v/work?_done=add"));
    }
    let done = person.get(&format!("{base}/v/work?_done=add")).await;
    assert!(done.contains("Done: Add") && done.contains("class=\"num\">5</td>"), "{done}");
    // What is refused comes back with what was typed.
    let refused = person.press(&done, "c1-1-1", &[("machine", "P-1"), ("good", "many")]).await;
    assert_eq!(refused.status(), 422);
    let refused = refused.text().await.unwrap();
    assert!(refused.contains("value=\"many\"") && refused.contains("Enter a whole number."), "{refused}");

    steps_with_a_photo(&person, &base).await;
    pictures(&host.url, &base).await;
}

/// A form in two steps, without a script: nothing is kept before the last, what was typed and chosen comes along, and the
/// photo is shown to people as something that nothing runs in.
async fn steps_with_a_photo(person: &Person, base: &str) {
    let path = format!("{base}/v/album_page");
    let first = person.get(&path).await;
    assert!(first.contains("Which machine") && !first.contains("name=\"title\""), "{first}");
    assert!(first.contains("No photo or paper yet.") && first.contains("Ask again"), "{first}");
    let long = "x".repeat(65);
    let stays = person.fill(&first, "c1-1-1", &[("machine", &long), ("_go", "next")], None).await;
    assert_eq!(stays.status(), 422);
    let stays = stays.text().await.unwrap();
    assert!(stays.contains(&long) && !stays.contains("name=\"title\""), "first things first: {stays}");
    let second = person.fill(&first, "c1-1-1", &[("machine", "P-7"), ("_go", "next")], None).await;
    assert_eq!(second.status(), 200);
    let second = second.text().await.unwrap();
    assert!(second.contains("name=\"machine\" value=\"P-7\"") && second.contains("name=\"title\""), "{second}");
    assert!(second.contains("So that the plate can be read."), "{second}");
    let back = person.fill(&second, "c1-1-1", &[("title", "half"), ("_go", "back")], None).await.text().await.unwrap();
    assert!(back.contains("name=\"title\" value=\"half\"") && back.contains("value=\"P-7\""), "{back}");

    // What is no picture is told beside its field, and the rest is kept.
    let refused = person.fill(&second, "c1-1-1", &[("title", "crack")], Some(b"<svg>")).await;
    assert_eq!(refused.status(), 422);
    let refused = refused.text().await.unwrap();
    assert!(refused.contains("Only JPG, PNG, WEBP are taken here") && refused.contains("value=\"crack\""), "{refused}");
    let photo = [&b"\x89PNG\r\n\x1a\n"[..], b"pixels"].concat();
    // A title that the module refuses: the photo need not be chosen again.
    let refused = person.fill(&refused, "c1-1-1", &[("title", "refused")], Some(&photo)).await.text().await.unwrap();
    assert!(refused.contains("Chosen: Photo (PNG)") && refused.contains("This is no title"), "{refused}");
    let done = person.fill(&refused, "c1-1-1", &[("title", "crack")], None).await;
    assert_eq!(done.status(), 303);
    assert_eq!(done.headers()[header::LOCATION], format!("{path}?_done=keep_shot"));

    let page = person.get(&path).await;
    let files = format!("{base}/_file/");
    let name =
        page.split(&files).nth(1).unwrap_or_else(|| panic!("no file is shown: {page}")).split('"').next().unwrap();
    assert!(page.contains("alt=\"crack\""), "{page}");
    let shown = format!("{files}{name}");
    let file = person.http.get(format!("{}{shown}", person.base)).header(header::COOKIE, &person.cookie);
    let file = file.send().await.unwrap();
    assert_eq!(file.headers()[header::CONTENT_TYPE], "image/png");
    assert_eq!(file.headers()[header::CONTENT_SECURITY_POLICY], "default-src 'none'; sandbox");
    assert_eq!(file.headers()[header::X_CONTENT_TYPE_OPTIONS], "nosniff");
    assert!(file.headers()[header::CONTENT_DISPOSITION].to_str().unwrap().starts_with("attachment; "));
    assert_eq!(file.bytes().await.unwrap(), photo);
    let nobody = person.http.get(format!("{}{shown}", person.base)).send().await.unwrap();
    assert!(nobody.status().is_redirection(), "who is not signed in sees nothing");
}

/// The pages in a browser, without a complaint of its own, as pictures for people to look at.
async fn pictures(host: &str, base: &str) {
    let Some(browser) = chromium::find() else {
        use std::io::Write;
        let _ = writeln!(std::io::stderr(), "SKIPPED: 1 browser test, because Chromium is not installed");
        return;
    };
    let (host, base) = (host.trim_end_matches('/').to_owned(), base.to_owned());
    tokio::task::spawn_blocking(move || look(&Page::open(&browser), &host, &base)).await.unwrap();
}

fn look(page: &Page, host: &str, base: &str) {
    page.go(&format!("{host}/login"));
    page.value(&format!(
        "document.querySelector('#f-email').value = {OWNER:?}; document.querySelector('#f-password').value = {PASSWORD:?};
         document.querySelector('#f-password').form.requestSubmit()"
    ));
    page.wait("!location.pathname.startsWith('/login') && document.readyState === 'complete'");
    for view in ["board", "charts", "work", "work?_tab=2", "machine_page?machine=P-2", "wall", "label", "faulty"] {
        let name = format!("view-{}", view.split(['?', '=']).collect::<Vec<_>>().join("-"));
        for (width, look) in [(1440, ""), (768, "-tablet"), (390, "-phone")] {
            page.sized(width, 900);
            page.go(&format!("{host}{base}/v/{view}"));
            let wide = page.value("document.documentElement.scrollWidth - innerWidth");
            assert!(wide.as_i64() <= Some(0), "{view} is {wide} px too wide at {width}");
            page.picture(&format!("{name}{look}"));
        }
    }
    // What somebody else counts appears without a touch.
    page.sized(1440, 900);
    page.go(&format!("{host}{base}/v/work"));
    page.value("window.sameDocument = true");
    page.value(
        "(async () => {
            const form = document.querySelector('#c1-1-2 form');
            const body = new URLSearchParams(new FormData(form));
            body.set('good', '7');
            await fetch(form.action, { method: 'POST', body, redirect: 'manual' });
        })()",
    );
    page.wait("window.sameDocument && [...document.querySelectorAll('#c1-1-4 td')].some((cell) => cell.innerText.trim().endsWith('12'))");
}
