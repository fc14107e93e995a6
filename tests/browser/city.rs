//! A city's programme in the browser: a firm enrols, is assessed, signs, files, spends and delivers; the city accepts and
//! publishes; and of a firm whose publicity is over, the city pays the award. Three people, three browsers.

use super::chromium::Page;
use super::signed_in;
use crate::scenarios::demo::{Demo, Person};
use serde_json::{Value, json};
use std::path::PathBuf;
use tokio::runtime::Runtime;

const PASSWORD: &str = "correct horse battery";
/// Of a firm that nobody else uses, without its check character.
const USCC: &str = "91339900MA2RHF00F";

/// The code with its check character (GB 32100-2015), for the 17 characters before it.
fn with_check(code: &str) -> String {
    const LETTERS: &str = "0123456789ABCDEFGHJKLMNPQRTUWXY";
    let mut weight = 1;
    let mut sum = 0;
    for letter in code.chars() {
        sum += LETTERS.find(letter).unwrap() * weight;
        weight = weight * 3 % 31;
    }
    let check = LETTERS.chars().nth((31 - sum % 31) % 31).unwrap();
    format!("{code}{check}")
}

/// Somebody at a browser.
struct Desk {
    page: Page,
    base: String,
    paper: PathBuf,
    _folder: tempfile::TempDir,
}

impl Desk {
    fn open(demo: &Demo, who: &Value) -> Option<Self> {
        let (page, base) = signed_in(demo, who)?;
        page.listen();
        let folder = tempfile::tempdir().unwrap();
        let paper = folder.path().join("paper.pdf");
        std::fs::write(&paper, format!("%PDF-1.4\n% {}\n", who["email"])).unwrap();
        Some(Self { page, base, paper, _folder: folder })
    }

    fn go(&self, path: &str) {
        self.page.go(&format!("{}{path}", self.base));
    }

    /// Types into the fields of the page's form: by name, a tick by its value `true`.
    fn fill(&self, fields: &[(&str, &str)]) {
        for (name, value) in fields {
            let script = format!(
                "(() => {{ const field = document.querySelector('main form [name=\"{name}\"]:not([type=hidden])');
                    if (!field) return 'no field {name}'; if (field.type === 'checkbox') field.checked = {};
                    else field.value = {}; return ''; }})()",
                *value == "true",
                json!(value)
            );
            assert_eq!(self.page.value(&script), "", "{}", self.page.text());
        }
    }

    /// Chooses the paper for a field of files. Each paper differs: nothing is used twice.
    fn attach(&self, field: &str, mark: &str) {
        std::fs::write(&self.paper, format!("%PDF-1.4\n% {mark} {field}\n")).unwrap();
        self.page.choose(&format!("#f-{field}"), &self.paper);
    }

    /// Sends the form that this selects, and waits for the answer: drawn into the page, or as a page of its own.
    fn press(&self, form: &str) {
        self.page.value(&format!(
            "(() => {{ const mark = document.createElement('i'); mark.id = 'waiting';
                document.querySelector('main').append(mark);
                [...document.querySelectorAll('{form}')].at(-1).requestSubmit(); }})()"
        ));
        self.page.wait("document.querySelector('main') && !document.querySelector('#waiting') && document.readyState === 'complete'");
    }

    /// What the page says of a refusal; empty when there was none.
    fn refusal(&self) -> String {
        self.page.value("document.querySelector('main [role=alert]')?.innerText ?? ''").as_str().unwrap().to_owned()
    }

    /// Sends the page's form and waits for the page behind it.
    fn send(&self) {
        self.press("main form[method=post]");
        let refused = self.refusal();
        assert_eq!(refused, "", "at {}: {}", self.page.value("location.pathname"), self.page.text());
    }

    /// The form of an act of a project, filled in and sent.
    fn act(&self, project: &str, act: &str, fields: &[(&str, &str)], file: Option<&str>) {
        self.go(&format!("/projects/{project}/do/{act}"));
        self.fill(fields);
        if let Some(field) = file {
            self.attach(field, &format!("{project} {act}"));
        }
        self.send();
    }

    #[track_caller]
    fn shows(&self, words: &[&str]) {
        let text = self.page.text();
        for word in words {
            assert!(text.contains(word), "{word}: {text}");
        }
    }
}

/// A firm with a factory, and its owner's way in.
async fn firm(demo: &Demo) -> Value {
    let (email, slug) = ("ren@shanhe.example", "shanhe");
    let owner = json!({"email": email, "name": "任远", "password": PASSWORD, "role": "owner"});
    let org = json!({"slug": slug, "name": "山河钣金", "kind": "sme", "owner": owner});
    demo.reviewer().await.post("/v1/orgs", &org).await.ok();
    let who = json!({"email": email, "password": PASSWORD, "slug": slug});
    let tenant = json!({"org": slug, "slug": slug, "name": "山河钣金", "time_zone": "Asia/Shanghai"});
    demo.person(&who).await.post("/v1/tenants", &tenant).await.ok();
    who
}

/// The offer of the identified provider, signed by it.
async fn offer(provider: &Person, programme: &str, today: &str) -> String {
    let line = json!({"category": "software", "description": "车间软件", "quantity": 1, "unit_fen": 20_000_000, "discount_fen": 2_000_000});
    let version = json!({"lines": [line], "valid_until": today, "target_level": 2, "note": ""});
    let new = json!({"org": "haichuan", "firm": "shanhe", "title": "山河改造", "programme": programme, "segment": "33", "version": version});
    let made = provider.post("/v1/offers", &new).await.ok();
    let id = made["id"].as_str().unwrap().to_owned();
    let newest = &made["versions"][0];
    let sign = json!({"version": newest["version"], "digest": newest["digest"]});
    provider.post(&format!("/v1/offers/{id}/signatures"), &sign).await.ok();
    id
}

/// Points and scenes of an assessment at level 1, or at level 2.
fn assessed(after: bool) -> Vec<(&'static str, &'static str)> {
    const SCENES: [&str; 7] = [
        "scene-sales",
        "scene-production",
        "scene-quality",
        "scene-equipment",
        "scene-planning",
        "scene-warehouse",
        "scene-finance",
    ];
    let (points, level) = if after { (["28.5", "14.25", "8"], "2") } else { (["14.5", "7.5", "3"], "1") };
    let points = ["base", "management", "results"].into_iter().zip(points);
    points.chain(SCENES.map(|scene| (scene, level))).collect()
}

#[test]
fn a_firm_enrols_and_delivers_and_the_city_accepts_publishes_and_pays() {
    let demo = Demo::shared();
    let tokio = Runtime::new().unwrap();
    let facts = &demo.facts()["authority"];
    let programme = facts["programme"].as_str().unwrap().to_owned();
    if super::chromium::find().is_none() {
        super::opened();
        return;
    }
    let owner = tokio.block_on(firm(&demo));
    let (Some(sme), Some(assessor), Some(official)) =
        (Desk::open(&demo, &owner), Desk::open(&demo, &facts["assessor"]), Desk::open(&demo, &facts["official"]))
    else {
        return;
    };
    let today = sme.page.value("new Date(Date.now() + 8 * 3600e3).toISOString().slice(0, 10)");
    let today = today.as_str().unwrap().to_owned();

    // The firm enrols, with a code that was mistyped at first: nothing typed is lost.
    sme.go("/t/shanhe/programme");
    sme.go(&format!("/t/shanhe/programme/enrol/{programme}"));
    let code = with_check(USCC);
    let wrong = format!("{}{}", &code[..17], if code.ends_with('0') { '1' } else { '0' });
    sme.fill(&[("firm-uscc", &wrong), ("firm-district", "临江区"), ("pledge", "true")]);
    sme.press("main form[method=post]");
    assert!(sme.refusal().contains("credit code"), "{}", sme.page.text());
    assert_eq!(sme.page.value("document.querySelector('[name=firm-district]').value"), "临江区");
    sme.fill(&[("firm-uscc", &code), ("pledge", "true")]);
    sme.send();
    sme.shows(&["报名成功", "已入库", "山河钣金"]);
    let project = sme.page.value("location.pathname.split('/').pop()").as_str().unwrap().to_owned();

    // An assessor finds it, and looks at it on site.
    assessor.go("/assess");
    assessor.shows(&["山河钣金"]);
    assessor.act(&project, "assess", &assessed(false), Some("snapshot_sha256"));
    assessor.shows(&["改造前现场评估", "一级"]);

    // Diagnosed, offered, signed by both, filed under the rules in force.
    sme.act(&project, "diagnose", &[("why", "报工靠纸。")], None);
    let provider = tokio.block_on(demo.provider(0));
    let offer = tokio.block_on(offer(&provider, &programme, &today));
    sme.go("/t/shanhe/programme");
    sme.shows(&["山河改造"]);
    sme.go(&format!("/offers/{offer}"));
    sme.shows(&["三方分担", "企业自付", "服务商让利", "预计补贴"]);
    sme.page.picture("city-offer");
    sme.press("main form[action$=\"/sign\"]");
    sme.shows(&["已签"]);
    let filing = [("plan", "三个月内上线。"), ("pledge", "true"), ("contract", "true")];
    sme.go(&format!("/projects/{project}/do/file"));
    sme.fill(&filing);
    sme.page.value("document.querySelector('main [name^=\"seller-\"]').value = '91339900MA2HC00D44'");
    sme.send();
    sme.shows(&["已备案"]);
    sme.act(&project, "start", &[("why", "网关到货。")], None);
    let invoice = [("number", "20262026"), ("issued_on", &today), ("amount-0", "180000")];
    sme.act(&project, "invoice", &invoice, Some("file_sha256"));
    sme.act(&project, "payment", &[("paid_on", &today)], Some("bank_slip_sha256"));
    sme.act(&project, "deliver", &[("why", "全部上线。")], None);
    sme.shows(&["待验收", "20262026"]);

    assessor.act(&project, "assess", &assessed(true), Some("snapshot_sha256"));
    assessor.shows(&["改造后现场评估", "二级"]);

    // The city finds it in its queue, accepts it, and shows the award in public.
    official.go(&format!("/city/{programme}/queue"));
    official.shows(&["待验收", "山河钣金"]);
    let verdict =
        [("experts", "顾峰\n叶兰"), ("in_real_use", "true"), ("satisfaction", "95"), ("why", "在用，达到二级。")];
    official.act(&project, "accept", &verdict, None);
    // 40 % of 180,000 yuan: below the cap of level 2.
    official.shows(&["验收通过", "¥72,000.00"]);
    official.act(&project, "publish", &[("why", "按规则公示。")], None);
    official.go(&format!("/city/{programme}/publicity"));
    official.shows(&["山河钣金"]);
    official.page.picture("city-publicity");

    // Nobody hurries publicity. Of a firm whose days are over, the last part of the award is paid.
    official.go(&format!("/projects/{project}/do/award"));
    official.fill(&[("why", "太早了。")]);
    official.press("main form[method=post]");
    assert_ne!(official.refusal(), "");
    let listed = tokio.block_on(async {
        let official = demo.person(&facts["official"]).await;
        official.get(&format!("/v1/programmes/{programme}/projects?state=awarded")).await.ok()
    });
    let awarded = listed["projects"][0]["id"].as_str().unwrap().to_owned();
    official.act(&awarded, "pay", &[("paid_on", &today)], Some("bank_slip_sha256"));
    official.shows(&["已拨付"]);
    official.go(&format!("/city/{programme}/ledger?verify=yes"));
    official.shows(&["已核对", "已拨付企业"]);
    official.page.picture("city-ledger");
    // The other two were refused something on purpose, which browsers complain of.
    assert_eq!(assessor.page.complaints(), Vec::<String>::new());
}
