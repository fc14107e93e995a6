//! A trial that ends and a cap that is used up, from the choice of a plan to the refusal at the machine's side and on again,
//! over real HTTP between two processes whose clocks are moved on.

use crate::chaos::servers::{OWNER, PASSWORD, Process, Product, Servers, sign_in};
use crate::scenarios::tables::Pages;
use crate::wait::until_async;
use serde_json::{Value, json};
use std::time::{Duration, SystemTime, UNIX_EPOCH};
use toolcrib_contract::manifest::Words;
use toolcrib_contract::types::Date;
use toolcrib_registry_client::wire::{ChoosePlan, NewTenant, Plan, PlanKind, Subscribe};

const DAY_US: i64 = 86_400_000_000;
const HOUR_US: i64 = DAY_US / 24;
/// For a host to hear of a choice, and to report use: first after ten seconds, then after twenty more.
const HEARD: Duration = Duration::from_secs(120);
const FACTORY: &str = "plant-0";

/// A factory that tries `daybook`, in a marketplace that sells it by the month and by the use.
struct Story {
    servers: Servers,
    host: Process,
    ahead_us: i64,
    notes: Vec<String>,
    http: reqwest::Client,
}

impl Story {
    /// On one of the first days of a month: a cap holds to its end, and the story needs a dozen days.
    async fn begin() -> Self {
        let (servers, host) = Servers::with_tenants(0).await;
        let http = reqwest::Client::builder().no_proxy().build().unwrap();
        let mut story = Self { servers, host, ahead_us: 0, notes: Vec::new(), http };
        #[expect(clippy::disallowed_methods, reason = "the servers' clocks are ahead of this one")]
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
        let now_us = i64::try_from(now.as_micros()).unwrap();
        let today = Date(now_us.div_euclid(DAY_US));
        if today.to_string()[8..].parse::<u8>().unwrap() > 12 {
            story.pass(today.first_of_next_month().0 * DAY_US + HOUR_US - now_us);
        }
        let provider = sign_in(&story.servers.client(), "owner@house.example", PASSWORD).await;
        let name = Words { zh: "套餐".to_owned(), en: "Plan".to_owned() };
        let plan = |code: &str, kind, price: &str, trial_days| Plan {
            code: code.to_owned(),
            kind,
            name: name.clone(),
            price: price.to_owned(),
            trial_days,
            readings_months: None,
        };
        for plan in [
            plan("try", PlanKind::Trial, "0", 7),
            plan("month", PlanKind::Monthly, "99", 0),
            plan("use", PlanKind::PerUse, "0.01", 0),
        ] {
            provider.new_plan("daybook", &plan).await.unwrap();
        }
        story
    }

    fn with_new_host(self) -> Self {
        self.host.stop();
        Self { host: self.servers.serve(), ..self }
    }

    /// Lets time pass for marketplace and host. Who was signed in is not any more.
    fn pass(&mut self, us: i64) {
        self.ahead_us += us;
        self.servers.ahead(self.ahead_us);
    }

    async fn choose(&self, plan: &str, cap_fen: i64) {
        let chosen = ChoosePlan { plan: plan.to_owned(), cap_fen };
        self.servers.owner().await.choose_plan(FACTORY, "daybook", &chosen).await.unwrap();
    }

    async fn call(&self, operation: &str, input: Value) -> (u16, Value) {
        let path = format!("{}/v1/t/{FACTORY}/m/daybook/{operation}", self.host.url);
        let token = self.servers.owner_token().await;
        let answer = self.http.post(path).bearer_auth(token).json(&input).send().await.unwrap();
        (answer.status().as_u16(), answer.json().await.unwrap_or(Value::Null))
    }

    /// Enters a note.
    async fn note(&mut self, text: &str) {
        let (status, answer) = self.call("note", json!({"text": text, "amount": 1})).await;
        assert_eq!(status, 200, "{text}: {answer}");
        self.notes.push(text.to_owned());
    }

    /// Enters a note as soon as the host has heard that it may.
    async fn note_once_heard(&mut self, text: &str) {
        let answer = until_async("the host to hear of the plan", HEARD, || async {
            (self.call("note", json!({"text": text, "amount": 1})).await.0 == 200).then_some(())
        });
        answer.await;
        self.notes.push(text.to_owned());
    }

    /// Notes are refused with this code and a remedy; what was entered is there to be read.
    async fn only_reads(&self, code: &str) {
        let (status, problem) = self.call("note", json!({"text": "refused", "amount": 1})).await;
        assert_eq!((status, problem["code"].as_str()), (403, Some(code)), "{problem}");
        assert!(problem["remedy"].as_str().unwrap().contains("owner of the tenant"), "{problem}");
        self.nothing_is_lost().await;
    }

    async fn nothing_is_lost(&self) {
        let (status, notes) = self.call("recent", json!({"limit": 100})).await;
        assert_eq!(status, 200, "{notes}");
        let mut texts: Vec<_> = notes.as_array().unwrap().iter().map(|row| row["text"].as_str().unwrap()).collect();
        texts.reverse();
        assert_eq!(texts, self.notes);
    }

    /// What the factory's first page and the module's say, in both languages; nothing where `said` is empty.
    async fn pages_say(&self, said: [&str; 2]) {
        let pages = Pages::of(&self.host.url, OWNER, PASSWORD).await;
        for (language, words) in ["zh-CN", "en"].into_iter().zip(said) {
            for path in [format!("/t/{FACTORY}"), format!("/t/{FACTORY}/m/daybook")] {
                let (status, page) = pages.get_in(language, &path).await;
                assert_eq!(status, 200, "{page}");
                let way = page.contains(&format!("href=\"/t/{FACTORY}/install/daybook\""));
                assert_eq!(way, !words.is_empty(), "{path} leads to the plans: {page}");
                assert!(page.contains(words), "{path} in {language} does not say {words}: {page}");
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_trial_warns_then_only_reads_and_a_plan_goes_on_and_so_does_a_cap() {
    let mut story = Story::begin().await;
    let owner = story.servers.owner().await;
    let (org, slug, time_zone) = ("plant".to_owned(), FACTORY.to_owned(), "Asia/Shanghai".to_owned());
    owner.new_tenant(&NewTenant { org, name: slug.clone(), slug, time_zone }).await.unwrap();
    let subscribe = Subscribe { module: Product::DAYBOOK.module.to_owned(), ..Subscribe::default() };
    let refused = owner.subscribe(FACTORY, &subscribe).await.unwrap_err();
    assert!(refused.to_string().contains("plan"), "it has a price, and nothing was chosen: {refused}");
    story.choose("try", 0).await;
    story.servers.owner().await.subscribe(FACTORY, &subscribe).await.unwrap();
    story.note_once_heard("on trial").await;
    story.pages_say(["", ""]).await;

    // Seven days, and three of grace: told a week before.
    story.pass(5 * DAY_US);
    story.pages_say(["的试用即将结束", "is about to end"]).await;
    story.note("warned").await;
    story.pass(4 * DAY_US);
    story.note("in the days of grace").await;
    story.pass(DAY_US + HOUR_US);
    story.only_reads("trial-ended").await;
    story.pages_say(["的试用已结束，目前只能查看", "is over: it can only be read"]).await;
    story.choose("month", 9_900).await;
    story.note_once_heard("paid by the month").await;
    story.pages_say(["", ""]).await;

    // By the use: this month's calls cost more than two fen, which the host reports soon after its start.
    story.choose("use", 2).await;
    let mut story = story.with_new_host();
    until_async("the cap to be used up", HEARD, || async {
        let chosen = story.servers.owner().await.chosen_plans(FACTORY).await.unwrap();
        chosen[0].over_cap.then_some(())
    })
    .await;
    story.note("in the hours of grace").await;
    until_async("the host to hear of it", HEARD, || async {
        let pages = Pages::of(&story.host.url, OWNER, PASSWORD).await;
        pages.get(&format!("/t/{FACTORY}")).await.1.contains("批准的上限").then_some(())
    })
    .await;
    story.pages_say(["本月费用已达到批准的上限，", "has used up this month's approved cap: from "]).await;
    story.pass(25 * HOUR_US);
    story.only_reads("over-cap").await;
    story.pages_say(["目前只能查看", "approved cap: until "]).await;
    story.choose("use", 100_000).await;
    story.note_once_heard("with a higher cap").await;
    story.pages_say(["", ""]).await;
    story.nothing_is_lost().await;
}
