//! What a factory is told of a module that it can only read, or soon will: why, since when, and what to do about it. The
//! host refuses by its own clock (`runtime`); here it says so in time.

use toolcrib_contract::problem::TRIAL_ENDED;
use toolcrib_contract::types::Instant;
use toolcrib_runtime::{ReadOnly, TenantView};
use toolcrib_ui::shell::{Banner, Shell};

/// How long before a module can only be read its factory is told: time to decide, and to ask whoever pays.
const TOLD_BEFORE_US: i64 = 7 * 86_400_000_000;

/// A module that can only be read, now or soon.
#[derive(Clone, Debug)]
pub struct Lapse {
    pub module: String,
    of: ReadOnly,
    /// Already now.
    holds: bool,
}

impl Lapse {
    /// What there is to tell of a module at this time.
    pub fn new(module: &str, of: &ReadOnly, now: Instant) -> Option<Self> {
        let holds = of.holds(now);
        let is_coming = now < of.from && of.from.since_us(now) <= TOLD_BEFORE_US;
        (holds || is_coming).then(|| Self { module: module.to_owned(), of: of.clone(), holds })
    }

    pub fn tone(&self) -> &'static str {
        if self.holds { "bad" } else { "warn" }
    }

    /// In plain words; `title` is what people call the module.
    pub fn text(&self, shell: &Shell, title: &str) -> String {
        let key = match (self.of.refusal.code == TRIAL_ENDED.code, self.holds) {
            (true, false) => "lapse-trial-soon",
            (true, true) => "lapse-trial",
            (false, false) => "lapse-cap-soon",
            (false, true) => "lapse-cap",
        };
        let time = |at: Instant| shell.zone.text(at);
        let until = self.of.until.map(time).unwrap_or_default();
        shell.tr.with(key, &[("module", title), ("from", &time(self.of.from)), ("until", &until)])
    }

    /// The page on which a plan is chosen or a higher cap approved.
    pub fn way(&self, base: &str) -> String {
        format!("{base}/install/{}", self.module)
    }

    /// Above the pages of the module. `decides`: the visitor may choose a plan.
    pub fn banner(&self, shell: &Shell, decides: bool) -> Banner {
        let place = shell.tenant.as_ref();
        let known = place.and_then(|place| place.modules.iter().find(|known| known.name == self.module));
        let title = known.map(|known| shell.tr.words(&known.title)).filter(|title| !title.is_empty());
        let base = place.map(|place| place.path()).unwrap_or_default();
        let way = decides.then(|| (self.way(&base), shell.tr.t("lapse-way")));
        Banner { tone: self.tone(), text: self.text(shell, title.unwrap_or(&self.module)), way }
    }
}

/// All of a tenant's, by module.
pub fn all(view: Option<&TenantView>, now: Instant) -> Vec<Lapse> {
    let all = view.map_or(&[][..], |view| &view.read_only);
    all.iter().filter_map(|(module, of)| Lapse::new(module, of, now)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::samples::shell;
    use toolcrib_contract::problem::OVER_CAP;
    use toolcrib_ui::language::{Lang, Tr};

    const DAY_US: i64 = 86_400_000_000;
    const FROM: Instant = Instant(1_795_420_800_000_000);

    fn at(of: &ReadOnly, days: i64) -> Option<Lapse> {
        Lapse::new("oee", of, FROM.plus_us(days * DAY_US))
    }

    #[test]
    fn a_week_before_it_warns_and_afterwards_it_says_what_is_left() {
        let trial = ReadOnly { refusal: TRIAL_ENDED, from: FROM, until: None };
        assert!(at(&trial, -8).is_none());
        let tones = [-7, -1, 0, 400].map(|days| at(&trial, days).unwrap().tone());
        assert_eq!(tones, ["warn", "warn", "bad", "bad"]);
        let cap = ReadOnly { refusal: OVER_CAP, from: FROM, until: Some(FROM.plus_us(3 * DAY_US)) };
        assert!(at(&cap, 2).is_some() && at(&cap, 3).is_none(), "another month has begun");
    }

    #[test]
    fn whoever_may_choose_a_plan_is_led_there_and_others_are_told_as_much() {
        let trial = ReadOnly { refusal: TRIAL_ENDED, from: FROM, until: None };
        let shell = shell(Tr::new(Lang::ZhCn), "/t/acme/m/oee");
        let lapse = at(&trial, 1).unwrap();
        let way = lapse.banner(&shell, true).way.unwrap().0;
        assert_eq!(way, "/t/acme/install/oee");
        let told = lapse.banner(&shell, false);
        assert!(told.way.is_none() && told.text.contains("试用已结束"), "{told:?}");
    }
}
