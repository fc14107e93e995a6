//! The console over HTTP, with a real runtime and a registry that nobody can reach.

use super::addresses::{ADMIN_GETS, ADMIN_POSTS, GETS, POSTS, PROGRAMME_GETS, PROGRAMME_POSTS};
use crate::cookie;
use crate::routes::{App, Console, routes};
use crate::samples;
use crate::session::{Held, OFFLINE_S, SESSION_IDLE_S};
use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{Request, Response, StatusCode, header};
use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use toolcrib_contract::problem::{NOT_FOUND, NOT_SIGNED_IN, Problem};
use toolcrib_contract::types::{Instant, RawId};
use toolcrib_contract::world::{Chance, Clock};
use toolcrib_floor::Floor;
use toolcrib_registry_client::Client;
use toolcrib_runtime::{Gate, OpenFiles, Options, Person, Runtime, TenantGrant, World};
use toolcrib_sandbox::{ChildCommand, Compiler, CompilerOptions, Engine, EngineOptions};
use toolcrib_store::{DataDir, TenantOptions};
use tower::ServiceExt;

pub const HOST: &str = "factory.local:8080";

pub struct Hands(pub AtomicI64);

impl Clock for Hands {
    fn now(&self) -> Instant {
        Instant(self.0.load(Ordering::Relaxed))
    }
}

/// Knows one token, until its time is over.
pub struct Door {
    clock: Arc<Hands>,
    demoted: AtomicBool,
}

impl Door {
    /// From now on everybody has another role.
    pub fn demote(&self) {
        self.demoted.store(true, Ordering::Relaxed);
    }
}

impl Gate for Door {
    fn person(&self, token: &str) -> Result<Person, Problem> {
        if token != "access" || self.clock.now() >= Instant(900_000_000) {
            return Err(NOT_SIGNED_IN.because("no such token"));
        }
        let role = if self.demoted.load(Ordering::Relaxed) { "operator" } else { "owner" };
        Ok(person(role))
    }
}

fn person(role: &str) -> Person {
    let roles = samples::me()
        .tenants
        .iter()
        .map(|tenant| (tenant.id.parse().unwrap(), role.to_owned()))
        .collect::<HashMap<RawId, _>>();
    Person { id: samples::me().id, roles }
}

pub struct Place {
    pub app: Arc<App>,
    pub router: Router,
    pub clock: Arc<Hands>,
    pub door: Arc<Door>,
    _folder: tempfile::TempDir,
}

pub async fn place() -> Place {
    let folder = tempfile::tempdir().unwrap();
    let clock = Arc::new(Hands(AtomicI64::new(0)));
    let chance: Arc<dyn Chance> = Arc::new(samples::Counting::default());
    let child = ChildCommand { program: "nothing-is-compiled-here".into(), args: Vec::new() };
    let options = Options {
        data: Arc::new(DataDir::lock(folder.path()).unwrap()),
        tenant: TenantOptions::default(),
        workers: 1,
        slow_workers: 1,
        open_tenants: 64,
        open_files: OpenFiles::UNBOUNDED,
    };
    let engine = Engine::new(EngineOptions { instances: 4, ..EngineOptions::default() }).unwrap();
    let compiler = Compiler::new(CompilerOptions { child, cache: None, secret: [0; 32] });
    let world = World { clock: clock.clone(), chance: chance.clone() };
    let runtime = Runtime::start(options, world, engine, compiler, None).unwrap();
    for (at, slug) in ["acme", "other"].into_iter().enumerate() {
        let id = if at == 0 { samples::me().tenants[0].id.parse().unwrap() } else { RawId([9; 16]) };
        let tenant = TenantGrant {
            id,
            slug: slug.into(),
            name: slug.into(),
            time_zone: "Asia/Shanghai".into(),
            active: true,
            modules: Vec::new(),
            stopped: Vec::new(),
            devices: Vec::new(),
            readings: Vec::new(),
        };
        runtime.apply(tenant).await;
    }
    // A port that was free a moment ago: nobody answers there.
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let registry = Client::new(&format!("http://127.0.0.1:{port}")).unwrap();
    let floor = Arc::new(Floor::new(runtime.clone(), clock.clone(), chance.clone()));
    let door = Arc::new(Door { clock: clock.clone(), demoted: AtomicBool::new(false) });
    let mapping = Arc::new(toolcrib_ingest::Mapping::new(runtime.clone()));
    let key = toolcrib_exhibit::HostKey::new(toolcrib_trust::Signer::generate(&*chance), Vec::new());
    let exhibit = Arc::new(toolcrib_exhibit::Exhibit::new(runtime.clone(), mapping.clone(), key));
    let world = toolcrib_runtime::World { clock: clock.clone(), chance: chance.clone() };
    let brokers = toolcrib_ingest::mqtt::Brokers::unconnected(runtime.clone(), mapping.clone(), world);
    let console = Console {
        runtime,
        mapping,
        brokers,
        exhibit,
        floor,
        gate: door.clone(),
        registry,
        clock: clock.clone(),
        chance,
        https: false,
        list_is_stale: Arc::new(|| false),
        gallery: false,
    };
    let app = Arc::new(App::new(console));
    Place { router: routes(app.clone()), app, clock, door, _folder: folder }
}

impl Place {
    /// The same with the gallery.
    fn designed(&mut self) {
        let Console {
            runtime,
            mapping,
            brokers,
            exhibit,
            floor,
            gate,
            registry,
            clock,
            chance,
            https,
            list_is_stale,
            ..
        } = &self.app.console;
        let console = Console {
            runtime: runtime.clone(),
            mapping: mapping.clone(),
            brokers: brokers.clone(),
            exhibit: exhibit.clone(),
            floor: floor.clone(),
            gate: gate.clone(),
            registry: registry.clone(),
            clock: clock.clone(),
            chance: chance.clone(),
            https: *https,
            list_is_stale: list_is_stale.clone(),
            gallery: true,
        };
        self.router = crate::routes::router(console);
    }

    pub fn sign_in(&self) -> String {
        let held = Held::new(samples::tokens(), samples::me(), person("owner"), self.clock.now());
        self.app.sessions.open(held, self.clock.now(), &*self.app.console.chance)
    }

    pub async fn get(&self, path: &str, session: Option<&str>) -> Response<Body> {
        let mut request = Request::get(path).header(header::HOST, HOST).header(header::ACCEPT_LANGUAGE, "en");
        if let Some(session) = session {
            request = request.header(header::COOKIE, format!("{}={session}", cookie::SESSION));
        }
        self.router.clone().oneshot(request.body(Body::empty()).unwrap()).await.unwrap()
    }

    pub async fn post(&self, path: &str, session: Option<&str>, origin: Option<&str>, body: String) -> Response<Body> {
        let mut request = Request::post(path).header(header::HOST, HOST).header(header::ACCEPT_LANGUAGE, "en");
        request = request.header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
        if let Some(session) = session {
            request = request.header(header::COOKIE, format!("{}={session}", cookie::SESSION));
        }
        if let Some(origin) = origin {
            request = request.header(header::ORIGIN, origin);
        }
        self.router.clone().oneshot(request.body(Body::from(body)).unwrap()).await.unwrap()
    }

    pub fn token(&self, session: &str, path: &str) -> String {
        self.app.sessions.get(session, self.clock.now()).unwrap().key.token(path)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.app.console.runtime.stop();
    }
}

pub async fn text(response: Response<Body>) -> String {
    String::from_utf8(to_bytes(response.into_body(), 1 << 20).await.unwrap().to_vec()).unwrap()
}

pub fn header<'a>(response: &'a Response<Body>, name: &str) -> &'a str {
    response.headers().get(name).map_or("", |value| value.to_str().unwrap())
}

#[tokio::test]
async fn nobody_sees_a_page_without_signing_in_and_everybody_comes_back_to_theirs() {
    let place = place().await;
    for path in GETS.iter().chain(ADMIN_GETS).chain(PROGRAMME_GETS).copied() {
        for session in [None, Some("0000"), Some("")] {
            let response = place.get(path, session).await;
            assert_eq!(response.status(), StatusCode::SEE_OTHER, "{path}");
            let back = path.replace('?', "%3F").replace('=', "%3D");
            let expected = if path == "/" { "/login".to_owned() } else { format!("/login?back={back}") };
            assert_eq!(header(&response, "location"), expected);
        }
    }
    let page = text(place.get("/login?back=/t/acme?x=%3Cb%3E", None).await).await;
    assert!(page.contains("name=\"back\" value=\"/t/acme?x=&lt;b&gt;\""), "{page}");
}

#[tokio::test]
async fn a_form_from_elsewhere_or_without_its_token_changes_nothing() {
    let place = place().await;
    let session = place.sign_in();
    let own = format!("http://{HOST}");
    for path in POSTS.iter().chain(ADMIN_POSTS).chain(PROGRAMME_POSTS).copied() {
        let token = place.token(&session, path);
        for origin in [None, Some("http://evil.example"), Some("null")] {
            let response = place.post(path, Some(&session), origin, format!("_token={token}")).await;
            assert_eq!(response.status(), StatusCode::FORBIDDEN, "{path} from {origin:?}");
            assert!(text(response).await.contains("not-allowed"));
        }
        if matches!(path, "/login" | "/language" | "/theme") {
            continue;
        }
        for token in [String::new(), "00".repeat(32), place.token(&session, "/elsewhere")] {
            let response = place.post(path, Some(&session), Some(&own), format!("_token={token}")).await;
            assert_eq!(response.status(), StatusCode::FORBIDDEN, "{path} with token {token:?}");
        }
    }
    assert_eq!(place.get("/t/acme", Some(&session)).await.status(), StatusCode::OK, "the session still lives");
}

#[tokio::test]
async fn every_answer_carries_the_security_headers() {
    let place = place().await;
    let session = place.sign_in();
    for path in ["/login", "/t/acme", "/t/none", "/market", &toolcrib_ui::asset::SCRIPT.url(), "/assets/none.js"] {
        let response = place.get(path, Some(&session)).await;
        let policy = header(&response, "content-security-policy");
        assert!(policy.contains("default-src 'none'; script-src 'self'; style-src 'self';"), "{path}: {policy}");
        assert!(!policy.contains("unsafe"), "{path}: {policy}");
        assert_eq!(header(&response, "x-content-type-options"), "nosniff", "{path}");
        let kept = path == toolcrib_ui::asset::SCRIPT.url();
        assert_eq!(header(&response, "cache-control").contains("immutable"), kept, "{path}");
        assert!(kept || path.ends_with("none.js") || header(&response, "cache-control") == "no-store", "{path}");
    }
}

#[tokio::test]
async fn another_tenant_is_absent_and_an_own_one_is_there() {
    let place = place().await;
    let session = place.sign_in();
    let admin = ADMIN_GETS.iter().chain(PROGRAMME_GETS).filter_map(|path| path.strip_prefix("/t/acme"));
    let others = [
        "",
        "/live",
        "/install/oee",
        "/install/oee/upgrade",
        "/consents",
        "/board",
        "/boards",
        "/transfers",
        "/transfers/1",
        "/m/oee",
        "/m/oee/overview",
        "/m/oee/overview/csv",
    ];
    for inside in others.into_iter().chain(admin) {
        let foreign = place.get(&format!("/t/other{inside}"), Some(&session)).await;
        assert_eq!(foreign.status(), StatusCode::NOT_FOUND, "{inside}");
        let nowhere = place.get(&format!("/t/nowhere{inside}"), Some(&session)).await;
        assert_eq!(nowhere.status(), StatusCode::NOT_FOUND);
        let (foreign, nowhere) = (text(foreign).await, text(nowhere).await);
        assert_eq!(foreign.replace("other", ""), nowhere.replace("nowhere", ""), "the same page for both");
    }
    assert!(text(place.get("/t/acme", Some(&session)).await).await.contains("Your role: Owner"));
    let unsubscribed = place.get("/t/acme/m/oee/overview", Some(&session)).await;
    assert_eq!(unsubscribed.status(), StatusCode::FORBIDDEN);
    assert!(text(unsubscribed).await.contains("not-subscribed"));
}

const BROWSER: &str = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8";

impl Place {
    /// As somebody asks who says what they read, and in which language.
    async fn ask(&self, method: &str, path: &str, session: &str, accept: &str, language: &str) -> Response<Body> {
        let request = Request::builder().method(method).uri(path).header(header::HOST, HOST);
        let request = request.header(header::ACCEPT, accept).header(header::ACCEPT_LANGUAGE, language);
        let request = request.header(header::COOKIE, format!("{}={session}", cookie::SESSION));
        self.router.clone().oneshot(request.body(Body::empty()).unwrap()).await.unwrap()
    }
}

#[tokio::test]
async fn a_browser_that_asks_for_an_unknown_address_is_led_back_and_a_program_gets_the_problem() {
    let place = place().await;
    let session = place.sign_in();
    let mine = samples::me().tenants.remove(0);
    let ways = [
        ("/t/acme/nothing".to_owned(), "/t/acme"),
        (format!("/t/{}/m/oee/v/hall/nothing", mine.id), "/t/acme"),
        ("/t/other/nothing".to_owned(), "/"),
        ("/market/nothing/at/all".to_owned(), "/market"),
        ("/v1/nothing".to_owned(), "/"),
    ];
    for (path, way) in &ways {
        for (language, title) in [("zh-CN", "这里没有您要找的内容"), ("en", "There is no such thing here")] {
            let response = place.ask("GET", path, &session, BROWSER, language).await;
            assert_eq!(response.status(), StatusCode::NOT_FOUND, "{path}");
            assert!(header(&response, "content-security-policy").starts_with("default-src 'none'"), "{path}");
            let page = text(response).await;
            assert!(page.contains(&format!("<html lang=\"{language}\"")) && page.contains(title), "{path}: {page}");
            assert!(page.contains(&format!("<a class=\"button\" href=\"{way}\">")), "{path}: {page}");
        }
        for (method, accept) in [("GET", "application/json"), ("GET", "*/*"), ("POST", "*/*")] {
            let response = place.ask(method, path, &session, accept, "en").await;
            assert_eq!(response.status(), StatusCode::NOT_FOUND, "{method} {path} as {accept}");
            assert!(response.extensions().get::<Problem>().is_some_and(|problem| problem.is(NOT_FOUND)), "{path}");
            assert_eq!(text(response).await, "", "the server's frame writes it");
        }
    }
    let guest = text(place.ask("GET", "/market/nothing", "", BROWSER, "zh-CN").await).await;
    assert!(guest.contains("href=\"/\">返回首页"), "{guest}");
}

#[tokio::test]
async fn what_a_form_is_sent_to_is_a_page_even_for_whoever_opens_it_by_hand() {
    let place = place().await;
    let session = place.sign_in();
    let response = place.ask("GET", "/t/acme/export/discard", &session, BROWSER, "zh-CN").await;
    assert_eq!(response.status(), StatusCode::METHOD_NOT_ALLOWED);
    assert!(!header(&response, "allow").is_empty());
    let page = text(response).await;
    assert!(page.contains("此地址不支持这种方式") && page.contains("href=\"/t/acme\">"), "{page}");
}

#[tokio::test]
async fn an_absent_thing_is_told_in_the_visitors_language() {
    let place = place().await;
    let session = place.sign_in();
    let page = text(place.ask("GET", "/t/nowhere", &session, BROWSER, "zh-CN").await).await;
    assert!(page.contains("没有这个工厂。") && !page.contains("no such tenant"), "{page}");
    let page = text(place.ask("GET", "/t/acme/m/oee/v/nothing", &session, BROWSER, "zh-CN").await).await;
    assert!(page.contains("这个工厂没有开通该模块") && !page.contains("<strong>module"), "{page}");
}

#[tokio::test]
async fn signing_out_ends_the_session_even_when_the_registry_does_not_answer() {
    let place = place().await;
    let session = place.sign_in();
    let token = place.token(&session, "/logout");
    let response =
        place.post("/logout", Some(&session), Some(&format!("http://{HOST}")), format!("_token={token}")).await;
    assert_eq!((response.status(), header(&response, "location")), (StatusCode::SEE_OTHER, "/login"));
    assert!(
        header(&response, "set-cookie").starts_with("tc_session=; ")
            && header(&response, "set-cookie").contains("Max-Age=0")
    );
    assert_eq!(place.get("/t/acme", Some(&session)).await.status(), StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn a_plant_keeps_its_pages_when_the_registry_is_gone_but_not_for_ever() {
    let place = place().await;
    let session = place.sign_in();
    let at = |seconds: i64| place.clock.0.store(seconds * 1_000_000, Ordering::Relaxed);
    for hours in [1, 6, 12] {
        at(hours * 3_600);
        assert_eq!(place.get("/t/acme", Some(&session)).await.status(), StatusCode::OK, "{hours} h");
    }
    let market = place.get("/market", Some(&session)).await;
    assert_eq!(market.status(), StatusCode::SERVICE_UNAVAILABLE, "what needs the registry says so");
    assert!(text(market).await.contains("cannot be reached"));
    at(900 + OFFLINE_S);
    assert_eq!(place.get("/t/acme", Some(&session)).await.status(), StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn a_session_left_alone_asks_to_sign_in_again() {
    let place = place().await;
    let session = place.sign_in();
    place.clock.0.store(SESSION_IDLE_S * 1_000_000, Ordering::Relaxed);
    assert_eq!(place.get("/t/acme", Some(&session)).await.status(), StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn a_refused_sign_in_keeps_the_address_and_never_the_password() {
    let place = place().await;
    let body = "email=li%40example.com&password=secret-pass&back=%2Fmarket".to_owned();
    let response = place.post("/login", None, Some(&format!("http://{HOST}")), body).await;
    assert_eq!(response.status(), StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(header(&response, "set-cookie"), "");
    let page = text(response).await;
    assert!(
        page.contains("value=\"li@example.com\"")
            && page.contains("value=\"/market\"")
            && !page.contains("secret-pass"),
        "{page}"
    );
}

#[tokio::test]
async fn the_appearance_chosen_is_kept_and_drawn_by_the_server() {
    let place = place().await;
    let own = format!("http://{HOST}");
    let choose = |theme: &str| place.post("/theme", None, Some(&own), format!("theme={theme}&back=%2Flogin"));
    let response = choose("dark").await;
    assert_eq!((response.status(), header(&response, "location")), (StatusCode::SEE_OTHER, "/login"));
    assert!(header(&response, "set-cookie").starts_with("tc_theme=dark; "));
    for unknown in ["system", "pink"] {
        let response = choose(unknown).await;
        assert!(
            header(&response, "set-cookie").starts_with("tc_theme=; ")
                && header(&response, "set-cookie").contains("Max-Age=0")
        );
    }
    let request = Request::get("/login").header(header::HOST, HOST).header(header::COOKIE, "tc_theme=dark");
    let page = place.router.clone().oneshot(request.body(Body::empty()).unwrap()).await.unwrap();
    assert!(text(page).await.contains("<html lang=\"zh-CN\" data-theme=\"dark\">"));
}

#[tokio::test]
async fn scripts_and_styles_come_from_this_address_alone_and_parts_are_kept_apart_from_pages() {
    let place = place().await;
    for path in ["/login", "/t/acme", "/assets/absent.js"] {
        let response = place.get(path, None).await;
        let policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; connect-src 'self'; \
            form-action 'self'; frame-ancestors 'none'; base-uri 'none'; require-trusted-types-for 'script'; trusted-types tc";
        assert_eq!(header(&response, "content-security-policy"), policy, "{path}");
        assert!(header(&response, "vary").contains("X-Partial"), "{path}");
    }
}

#[tokio::test]
async fn the_gallery_is_there_only_where_the_configuration_says_so() {
    let mut place = place().await;
    assert_eq!(place.get("/_gallery", None).await.status(), StatusCode::NOT_FOUND);
    place.designed();
    let index = text(place.get("/_gallery", None).await).await;
    let pages = index.matches("href=\"/_gallery/").count();
    assert!(pages > 3, "{index}");
    for number in 0..pages {
        let page = place.get(&format!("/_gallery/{number}"), None).await;
        assert_eq!(page.status(), StatusCode::OK, "{number}");
        let page = text(page).await;
        assert!(page.contains("<h1") && !page.contains('⟦'), "{number}: {page}");
    }
    assert_eq!(place.get(&format!("/_gallery/{pages}"), None).await.status(), StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn the_language_chosen_is_kept() {
    let place = place().await;
    let response =
        place.post("/language", None, Some(&format!("http://{HOST}")), "language=zh-CN&back=%2Flogin".to_owned()).await;
    assert_eq!(header(&response, "location"), "/login");
    assert!(header(&response, "set-cookie").starts_with("tc_language=zh-CN; "));
}

#[tokio::test]
async fn a_form_beyond_the_limit_is_refused() {
    let place = place().await;
    let body = format!("email={}", "x".repeat(crate::guard::FORM_BYTES));
    let response = place.post("/login", None, Some(&format!("http://{HOST}")), body).await;
    assert_eq!(response.status(), StatusCode::PAYLOAD_TOO_LARGE);
    assert!(text(response).await.contains("too-large"));
}
