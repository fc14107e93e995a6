//! The life of an identification, on a real database in a temporary folder.

use super::*;
use crate::engines::{On, on_each_engine};
use crate::market::{CITY, EXPERTS, Market, SEGMENT, refused};
use crate::refusal::Result;
use toolcrib_contract::types::Instant;

on_each_engine![
    a_provider_is_listed_after_experts_and_publicity_and_not_before,
    a_mean_below_the_mark_refuses_and_an_appeal_opens_it_again,
    objections_are_taken_in_time_and_one_that_is_right_forbids_the_publication,
    each_standing_forbids_what_it_should_and_the_calendar_is_not_waited_for,
    notes_tell_an_acceptance_what_became_of_the_provider,
    a_suspension_is_appealed_against_in_time_only_and_a_delisting_bars_the_door,
    a_renewal_takes_the_place_of_what_it_renews_with_its_stars,
    bad_applications_are_told_whole_and_leave_nothing,
    who_is_no_party_sees_the_list_only_and_pages_hold_everything_once,
    the_database_follows_the_table,
];

fn paper(number: u8) -> Paper {
    Paper {
        title: "信息系统集成资质".into(),
        issuer: "行业协会".into(),
        number: format!("Q-{number}"),
        valid_until: Some("2030-12-31".into()),
        digest: format!("sha256:{}", format!("{number:02x}").repeat(32)),
        bytes: 1_000,
        media_type: "application/pdf".into(),
    }
}

fn application() -> Application {
    Application {
        org: "house".into(),
        city: CITY.into(),
        segment: SEGMENT.into(),
        kind: Kind::Product,
        statement: "为金属制品企业提供小快轻准的产品".into(),
        papers: vec![paper(1), paper(2)],
        renews: None,
    }
}

impl Market {
    async fn applies(&self, application: &Application) -> Result<String> {
        let owner = self.person("owner@house.cn").await;
        apply(&self.catalog, application, &owner, self.now, &self.chance).await
    }

    async fn takes(&self, id: &str, step: Step, by: &str) -> Result<State> {
        let by = self.person(by).await;
        let reason = if step.needs_reason() { "因为" } else { "" };
        take(&self.catalog, id, &step, reason, &by, self.now).await
    }

    async fn city_takes(&self, id: &str, step: Step) -> Result<State> {
        self.takes(id, step, "official@hz.cn").await
    }

    async fn scores(&self, id: &str, by: &str, points: u32) -> Result<()> {
        let scores =
            Scores { cases: points.min(30), technology: points.saturating_sub(30).min(30), service: 0, price: 0 };
        let rest = points.saturating_sub(60);
        let scores = Scores { service: rest.min(20), price: rest.saturating_sub(20), ..scores };
        let by = self.person(by).await;
        score(&self.catalog, id, scores, "", &by, self.now).await
    }

    async fn state(&self, id: &str) -> State {
        let official = self.person("official@hz.cn").await;
        detail(&self.catalog, id, Some(&official), self.now).await.unwrap().row.state
    }

    async fn newest_step(&self, id: &str) -> i64 {
        let official = self.person("official@hz.cn").await;
        detail(&self.catalog, id, Some(&official), self.now).await.unwrap().steps.last().unwrap().number
    }

    /// From the application to publicity of five days.
    pub async fn publicised(&self, application: &Application) -> String {
        let id = self.applies(application).await.unwrap();
        let experts = EXPERTS.map(str::to_owned).to_vec();
        self.city_takes(&id, Step::Review(experts)).await.unwrap();
        for expert in EXPERTS {
            self.scores(&id, expert, 80).await.unwrap();
        }
        assert_eq!(self.city_takes(&id, Step::Conclude).await.unwrap(), State::Reviewed);
        self.city_takes(&id, Step::Publicise { days: 5 }).await.unwrap();
        id
    }

    /// On the list for a year.
    pub async fn listed(&mut self, application: &Application) -> String {
        let id = self.publicised(application).await;
        self.pass_days(5);
        assert_eq!(self.city_takes(&id, Step::Publish { months: 12 }).await.unwrap(), State::Active);
        id
    }

    /// `house` on the list for [`SEGMENT`].
    pub async fn identified(&mut self) -> String {
        self.listed(&application()).await
    }
}

async fn a_provider_is_listed_after_experts_and_publicity_and_not_before(on: On) {
    let mut market = Market::new(on).await;
    let id = market.applies(&application()).await.unwrap();
    assert_eq!(refused(market.applies(&application()).await), "already-identified");
    assert_eq!(refused(market.city_takes(&id, Step::Publish { months: 12 }).await), "wrong-state");
    let experts = |emails: &[&str]| Step::Review(emails.iter().map(|email| (*email).to_owned()).collect());
    assert_eq!(refused(market.city_takes(&id, experts(&EXPERTS[..2])).await), "/experts");
    let twice = [EXPERTS[0], EXPERTS[1], EXPERTS[1]];
    assert_eq!(refused(market.city_takes(&id, experts(&twice)).await), "/experts/2");
    // An assessor who works for the applicant, and one who begins to after being named.
    market.member("house", EXPERTS[2], "member").await;
    assert_eq!(refused(market.city_takes(&id, experts(&EXPERTS)).await), "/experts/2");
    market.member("hangzhou", "expert4@hz.cn", "assessor").await;
    let named = [EXPERTS[0], EXPERTS[1], "expert4@hz.cn"];
    market.city_takes(&id, experts(&named)).await.unwrap();
    assert_eq!(refused(market.scores(&id, EXPERTS[2], 100).await), "rule-10-assessor");
    market.scores(&id, EXPERTS[0], 60).await.unwrap();
    assert_eq!(refused(market.scores(&id, EXPERTS[0], 90).await), "wrong-state", "a score is given once");
    market.member("other", EXPERTS[1], "member").await;
    market.scores(&id, EXPERTS[1], 60).await.unwrap();
    assert_eq!(refused(market.city_takes(&id, Step::Conclude).await), "scores-missing");
    market.scores(&id, "expert4@hz.cn", 61).await.unwrap();
    assert_eq!(market.city_takes(&id, Step::Conclude).await.unwrap(), State::Reviewed);
    assert_eq!(refused(market.city_takes(&id, Step::Publicise { days: 4 }).await), "/days");
    market.city_takes(&id, Step::Publicise { days: 5 }).await.unwrap();
    market.pass_days(4);
    let early = market.city_takes(&id, Step::Publish { months: 12 }).await;
    assert_eq!(refused(early), "rule-16-publicity", "the fifth day is included");
    market.pass_days(1);
    assert_eq!(market.city_takes(&id, Step::Publish { months: 12 }).await.unwrap(), State::Active);
    let owner = market.person("owner@house.cn").await;
    let seen = detail(&market.catalog, &id, Some(&owner), market.now).await.unwrap();
    assert_eq!((seen.score, seen.may_contract, seen.experts.len()), (Some(6_033), true, 0));
    assert_eq!((seen.valid_from.as_deref(), seen.row.valid_until.as_deref()), (Some("2026-12-01"), Some("2027-11-30")));
    let acts: Vec<_> = seen.steps.iter().map(|step| step.act).collect();
    let expected =
        [Act::Apply, Act::Review, Act::Score, Act::Score, Act::Score, Act::Pass, Act::Publicise, Act::Publish];
    assert_eq!(acts, expected);
    assert!(market.catalog.verify_audit().await.is_ok());
}

async fn a_mean_below_the_mark_refuses_and_an_appeal_opens_it_again(on: On) {
    let market = Market::new(on).await;
    let id = market.applies(&application()).await.unwrap();
    market.city_takes(&id, Step::Review(EXPERTS.map(str::to_owned).to_vec())).await.unwrap();
    for (expert, points) in EXPERTS.into_iter().zip([59, 60, 60]) {
        market.scores(&id, expert, points).await.unwrap();
    }
    assert_eq!(market.city_takes(&id, Step::Conclude).await.unwrap(), State::Refused);
    let (owner, step) = (market.person("owner@house.cn").await, market.newest_step(&id).await);
    let number = appeal(&market.catalog, &id, step, "评分依据不足", &owner, market.now).await.unwrap();
    let again = appeal(&market.catalog, &id, step, "再说一次", &owner, market.now).await;
    assert_eq!(refused(again), "not-appealable");
    let decide = async |by: &str, reason: &'static str| {
        let by = market.person(by).await;
        decide_appeal(&market.catalog, &id, number, (true, reason), &by, market.now).await
    };
    assert_eq!(refused(decide("official@hz.cn", "属实").await), "rule-10-assessor", "who took the step");
    assert_eq!(refused(decide("official@nb.cn", "属实").await), "not-found", "another city");
    assert_eq!(refused(decide("auditor@hz.cn", "属实").await), "not-allowed");
    assert_eq!(refused(decide("second@hz.cn", " ").await), "/reason");
    decide("second@hz.cn", "属实").await.unwrap();
    assert_eq!(market.state(&id).await, State::Applied);
    assert_eq!(refused(decide("second@hz.cn", "属实").await), "wrong-state");
}

async fn objections_are_taken_in_time_and_one_that_is_right_forbids_the_publication(on: On) {
    let mut market = Market::new(on).await;
    let id = market.publicised(&application()).await;
    let says = async |market: &Market, by: &str, text: &'static str| {
        let by = market.person(by).await;
        object(&market.catalog, &id, text, &by, market.now).await
    };
    assert_eq!(refused(says(&market, "owner@house.cn", "我们很好").await), "rule-10-assessor");
    assert_eq!(refused(says(&market, "owner@other.cn", "").await), "/text");
    let number = says(&market, "owner@other.cn", "案例不属实").await.unwrap();
    for _ in 1..OBJECTIONS_EACH {
        says(&market, "owner@other.cn", "还有").await.unwrap();
    }
    assert_eq!(refused(says(&market, "owner@other.cn", "第四次").await), "limit");
    market.pass_days(5);
    assert_eq!(refused(says(&market, "owner@plant.cn", "太晚").await), "wrong-state");
    assert_eq!(refused(market.city_takes(&id, Step::Publish { months: 1 }).await), "rule-16-publicity");
    let official = market.person("official@hz.cn").await;
    for other in number..number + OBJECTIONS_EACH {
        let decision = (other == number, "已核实");
        decide_objection(&market.catalog, &id, other, decision, &official, market.now).await.unwrap();
    }
    let again = decide_objection(&market.catalog, &id, number, (false, "不"), &official, market.now).await;
    assert_eq!(refused(again), "wrong-state");
    assert_eq!(refused(market.city_takes(&id, Step::Publish { months: 1 }).await), "rule-16-publicity");
    assert_eq!(market.city_takes(&id, Step::Refuse).await.unwrap(), State::Refused);
}

async fn may_contract(market: &Market) -> Result<String> {
    let mut read = market.catalog.reading().begin().await.unwrap();
    contracting(&mut read, "house", CITY, SEGMENT, market.now).await
}

async fn each_standing_forbids_what_it_should_and_the_calendar_is_not_waited_for(on: On) {
    let mut market = Market::new(on).await;
    assert_eq!(refused(may_contract(&market).await), "rule-05-provider");
    let id = market.identified().await;
    assert_eq!(may_contract(&market).await.unwrap(), id);
    market.city_takes(&id, Step::Warn).await.unwrap();
    may_contract(&market).await.unwrap();
    assert_eq!(refused(market.city_takes(&id, Step::Demand { until: "2026-11-30".into() }).await), "/until");
    market.city_takes(&id, Step::Demand { until: "2026-12-10".into() }).await.unwrap();
    assert_eq!(refused(may_contract(&market).await), "rule-05-provider");
    assert_eq!(refused(market.city_takes(&id, Step::Report).await), "not-allowed", "the provider reports");
    assert_eq!(market.takes(&id, Step::Report, "owner@house.cn").await.unwrap(), State::Reported);
    assert_eq!(market.city_takes(&id, Step::Restore).await.unwrap(), State::Active);
    market.city_takes(&id, Step::Demand { until: "2026-12-05".into() }).await.unwrap();
    market.pass_days(4);
    assert_eq!(tend(&market.catalog, market.now).await.unwrap(), 0, "the last day is included");
    market.pass_days(1);
    assert_eq!(tend(&market.catalog, market.now).await.unwrap(), 1);
    assert_eq!(market.state(&id).await, State::Suspended);
    assert_eq!(market.city_takes(&id, Step::Restore).await.unwrap(), State::Active);
    // A day after the last one it signs nothing, whether or not anybody has looked at the clock.
    market.now = "2027-11-30T15:59:59Z".parse().unwrap();
    may_contract(&market).await.unwrap();
    market.now = "2027-11-30T16:00:00Z".parse().unwrap();
    assert_eq!(refused(may_contract(&market).await), "rule-05-provider");
    assert_eq!(tend(&market.catalog, market.now).await.unwrap(), 1);
    assert_eq!((market.state(&id).await, tend(&market.catalog, market.now).await.unwrap()), (State::Expired, 0));
}

async fn notes_tell_an_acceptance_what_became_of_the_provider(on: On) {
    let mut market = Market::new(on).await;
    let id = market.identified().await;
    let signed = market.now;
    market.pass_days(1);
    market.city_takes(&id, Step::Rate { stars: 4 }).await.unwrap();
    market.city_takes(&id, Step::Suspend).await.unwrap();
    let mut read = market.catalog.reading().acquire().await.unwrap();
    let notes = notes_since(&mut read, &id, signed).await.unwrap();
    let told: Vec<_> = notes.iter().map(|note| (note.state, note.reason.as_str(), note.at)).collect();
    assert_eq!(told, [(State::Suspended, "因为", market.now)]);
    assert!(notes_since(&mut read, &id, market.now).await.unwrap().is_empty());
}

async fn a_suspension_is_appealed_against_in_time_only_and_a_delisting_bars_the_door(on: On) {
    let mut market = Market::new(on).await;
    let id = market.identified().await;
    market.city_takes(&id, Step::Suspend).await.unwrap();
    let step = market.newest_step(&id).await;
    let owner = market.person("owner@house.cn").await;
    let appeals = async |by: &toolcrib_catalog::Person, against: i64, now: Instant| {
        appeal(&market.catalog, &id, against, "请复核", by, now).await
    };
    let member = market.person("member@house.cn").await;
    assert_eq!(refused(appeals(&member, step, market.now).await), "not-allowed");
    assert_eq!(refused(appeals(&owner, step - 1, market.now).await), "not-appealable");
    let late = Instant(market.now.0 + (APPEAL_DAYS + 1) * 86_400_000_000);
    assert_eq!(refused(appeals(&owner, step, late).await), "not-appealable");
    let last = Instant(market.now.0 + APPEAL_DAYS * 86_400_000_000);
    let number = appeals(&owner, step, last).await.unwrap();
    let second = market.person("second@hz.cn").await;
    decide_appeal(&market.catalog, &id, number, (false, "维持"), &second, market.now).await.unwrap();
    assert_eq!(market.state(&id).await, State::Suspended);
    assert_eq!(market.city_takes(&id, Step::Delist).await.unwrap(), State::Delisted);
    let other_segment = Application { segment: "34".into(), ..application() };
    assert_eq!(refused(market.applies(&other_segment).await), "rule-05-provider");
    let step = market.newest_step(&id).await;
    let number = appeal(&market.catalog, &id, step, "请复核", &owner, market.now).await.unwrap();
    decide_appeal(&market.catalog, &id, number, (true, "撤销"), &second, market.now).await.unwrap();
    assert_eq!(market.state(&id).await, State::Active);
    market.applies(&other_segment).await.unwrap();
    market.city_takes(&id, Step::Delist).await.unwrap();
    market.pass_days(DELISTED_DAYS + 2);
    let third = Application { segment: "35".into(), ..application() };
    market.applies(&third).await.unwrap();
}

async fn a_renewal_takes_the_place_of_what_it_renews_with_its_stars(on: On) {
    let mut market = Market::new(on).await;
    let id = market.identified().await;
    market.city_takes(&id, Step::Rate { stars: 5 }).await.unwrap();
    assert_eq!(refused(market.city_takes(&id, Step::Rate { stars: 6 }).await), "/stars");
    let renewal = Application { renews: Some(id.clone()), ..application() };
    assert_eq!(refused(market.applies(&application()).await), "already-identified");
    assert_eq!(refused(market.applies(&renewal).await), "renewal-closed", "too early");
    // The last day is 2027-11-30.
    market.now = "2027-10-01T02:00:00Z".parse().unwrap();
    let wrong = Application { kind: Kind::Integrator, ..renewal.clone() };
    assert_eq!(refused(market.applies(&wrong).await), "/renews");
    let next = market.listed(&renewal).await;
    assert_eq!(market.state(&id).await, State::Superseded);
    assert_eq!(may_contract(&market).await.unwrap(), next);
    let official = market.person("official@hz.cn").await;
    let seen = detail(&market.catalog, &next, Some(&official), market.now).await.unwrap();
    assert_eq!((seen.row.stars, seen.row.valid_until.as_deref()), (Some(5), Some("2028-10-05")));
}

async fn bad_applications_are_told_whole_and_leave_nothing(on: On) {
    let market = Market::new(on).await;
    let case = async |change: fn(&mut Application)| {
        let mut wrong = application();
        change(&mut wrong);
        refused(market.applies(&wrong).await)
    };
    assert_eq!(case(|a| a.org = "other".into()).await, "not-found");
    assert_eq!(case(|a| a.city = "110000".into()).await, "/city");
    assert_eq!(case(|a| a.segment = "nothing".into()).await, "/segment");
    assert_eq!(case(|a| a.statement = "\u{7}".into()).await, "/statement");
    assert_eq!(case(|a| a.papers.clear()).await, "/documents");
    assert_eq!(case(|a| a.papers = (0..=30).map(paper).collect()).await, "/documents");
    assert_eq!(case(|a| a.papers = vec![paper(1), paper(1)]).await, "/documents/1/digest");
    assert_eq!(case(|a| a.papers[0].valid_until = Some("2026-11-25".into())).await, "/documents/0/valid_until");
    assert_eq!(case(|a| a.papers[0].valid_until = Some("2027-02-29".into())).await, "/documents/0/valid_until");
    assert_eq!(case(|a| a.papers[0].digest = "md5:1".into()).await, "/documents/0/digest");
    assert_eq!(case(|a| a.papers[0].bytes = 0).await, "/documents/0/bytes");
    assert_eq!(case(|a| a.papers[0].media_type = "pdf".into()).await, "/documents/0/media_type");
    let member = market.person("member@house.cn").await;
    let by_member = apply(&market.catalog, &application(), &member, market.now, &market.chance).await;
    assert_eq!(refused(by_member), "not-allowed");
    let own = View::Own(vec!["house".into()]);
    assert!(list(&market.catalog, &own, &Filter::default()).await.unwrap().rows.is_empty());
}

async fn who_is_no_party_sees_the_list_only_and_pages_hold_everything_once(on: On) {
    let mut market = Market::new(on).await;
    let mut ids = Vec::new();
    for segment in ["33", "34", "35"] {
        market.pass_s(1);
        ids.push(market.applies(&Application { segment: segment.into(), ..application() }).await.unwrap());
    }
    let public = list(&market.catalog, &View::Public, &Filter::default()).await.unwrap();
    assert!(public.rows.is_empty() && public.counts.is_empty());
    let stranger = market.person("owner@plant.cn").await;
    assert_eq!(refused(detail(&market.catalog, &ids[0], Some(&stranger), market.now).await), "not-found");
    assert_eq!(refused(detail(&market.catalog, &ids[0], None, market.now).await), "not-found");
    assert_eq!(refused(market.takes(&ids[0], Step::Refuse, "official@nb.cn").await), "not-found");
    let view = View::City(CITY.into());
    let (mut seen, mut after) = (Vec::new(), None);
    loop {
        let filter = Filter { limit: Some(2), after: after.clone(), ..Filter::default() };
        let page = list(&market.catalog, &view, &filter).await.unwrap();
        assert_eq!(page.counts, [(State::Applied, 3)]);
        seen.extend(page.rows.into_iter().map(|row| row.id));
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    ids.reverse();
    assert_eq!(seen, ids);
    let id = market.listed(&Application { segment: "36".into(), ..application() }).await;
    let public = list(&market.catalog, &View::Public, &Filter::default()).await.unwrap();
    assert_eq!((public.rows.len(), public.rows[0].id.as_str()), (1, id.as_str()));
    let shown = detail(&market.catalog, &id, None, market.now).await.unwrap();
    assert!(shown.papers.is_empty() && shown.steps.is_empty() && shown.score.is_none() && shown.acts.is_empty());
    let expert = View::Expert(market.person(EXPERTS[0]).await.id.to_string());
    assert_eq!(list(&market.catalog, &expert, &Filter::default()).await.unwrap().rows.len(), 1);
}

/// What the table does not have is refused, whoever asks; what it has, and only that, is offered as an act.
async fn the_database_follows_the_table(on: On) {
    let mut market = Market::new(on).await;
    let id = market.identified().await;
    let steps = || {
        [
            Step::Withdraw,
            Step::Refuse,
            Step::Publicise { days: 5 },
            Step::Publish { months: 1 },
            Step::Rate { stars: 1 },
            Step::Warn,
            Step::Demand { until: "2026-12-31".into() },
            Step::Report,
            Step::Restore,
            Step::Suspend,
        ]
    };
    for (state, prepare) in [
        (State::Active, vec![]),
        (State::Warned, vec![Step::Warn]),
        (State::Rectifying, vec![Step::Demand { until: "2026-12-31".into() }]),
        (State::Suspended, vec![Step::Suspend]),
    ] {
        for step in prepare {
            market.city_takes(&id, step).await.unwrap();
        }
        assert_eq!(market.state(&id).await, state);
        for step in steps() {
            let act = Act::parse(match &step {
                Step::Withdraw => "withdraw",
                Step::Refuse => "refuse",
                Step::Publicise { .. } => "publicise",
                Step::Publish { .. } => "publish",
                Step::Rate { .. } => "rate",
                Step::Warn => "warn",
                Step::Demand { .. } => "demand",
                Step::Report => "report",
                Step::Restore => "restore",
                _ => "suspend",
            });
            let by = if matches!(step, Step::Withdraw | Step::Report) { "owner@house.cn" } else { "official@hz.cn" };
            if next(Some(state), act.unwrap()).is_none() {
                assert_eq!(refused(market.takes(&id, step, by).await), "wrong-state", "{state:?} {act:?}");
            }
        }
        let official = market.person("official@hz.cn").await;
        let acts = detail(&market.catalog, &id, Some(&official), market.now).await.unwrap().acts;
        assert!(acts.iter().all(|act| next(Some(state), *act).is_some_and(|(_, whose)| whose == Whose::City)));
        if state == State::Rectifying {
            market.takes(&id, Step::Report, "owner@house.cn").await.unwrap();
        }
        if state != State::Active && state != State::Suspended {
            market.city_takes(&id, Step::Restore).await.unwrap();
        }
    }
    for written in [
        "UPDATE identification_step SET reason = 'x'",
        "DELETE FROM identification_step",
        "UPDATE identification SET org = 'other'",
        "UPDATE identification_expert SET cases = 1",
    ] {
        market.refuses(written).await;
    }
}
