//! A version of a programme's rules: what it pays, to whom, up to how much. A project keeps the version that it was filed
//! under.

use crate::contract_line::Category;
use crate::money::{BASIS, BasisPoints, Fen};
use serde::{Deserialize, Serialize};
use toolcrib_catalog::{CatalogError, Check};

/// Kinds of projects of one version.
pub const TRACKS: usize = 8;
/// Characters of a code: a track, a programme that funded a firm.
pub const CODE_CHARS: usize = 40;
/// Batches that a decline is listed for.
pub const DECLINES: usize = 20;
/// Programmes whose firms are excluded.
pub const EXCLUSIONS: usize = 20;
/// The longest time for delivery.
pub const MONTHS_MAX: u32 = 60;
/// The longest publicity.
pub const PUBLICITY_DAYS_MAX: u32 = 60;
/// Parts of an award.
pub const TRANCHES: usize = 6;
/// Versions of one programme's rules.
pub const VERSIONS: u32 = 100;
/// Levels of the index.
pub const LEVELS: u8 = 4;

/// How one kind of project is paid.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Track {
    /// Kebab-case, for example `general`.
    pub track: String,
    /// Part of what was spent.
    pub rate: BasisPoints,
    /// The most by the level reached, for levels 1 to 4.
    pub caps: [Fen; LEVELS as usize],
}

/// What a version says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RuleSet {
    pub document: String,
    pub tracks: Vec<Track>,
    /// Taken off the rate, by batch; the last one holds for all later batches. None: no decline.
    pub decline: Vec<BasisPoints>,
    /// What is eligible.
    pub categories: Vec<Category>,
    /// Firms that one of these programmes funded before are excluded.
    pub excluded_funding: Vec<String>,
    pub excludes_dishonest: bool,
    pub min_level: u8,
    pub min_gain: u8,
    /// From filing to delivery.
    pub months_max: u32,
    pub publicity_days: u32,
    /// Parts of the award in their order: 10,000 together.
    pub tranches: Vec<BasisPoints>,
    /// The most that one provider's projects bring together.
    pub provider_cap: Option<Fen>,
}

/// Whether a text is a code: lower-case letters, digits, hyphens.
pub(crate) fn is_code(text: &str) -> bool {
    (1..=CODE_CHARS).contains(&text.len())
        && text.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
}

impl RuleSet {
    /// # Errors
    /// Everything that is wrong, with pointers below `under`.
    pub fn check(&self, under: &str) -> Result<(), CatalogError> {
        let mut check = Check::default();
        let at = |field: &str| format!("{under}/{field}");
        check.name(&at("document"), &self.document);
        self.check_tracks(&mut check, under);
        let declines = self.decline.len() <= DECLINES;
        check.expect(declines, &at("decline_bp"), format!("at most {DECLINES}"));
        let mut categories = self.categories.clone();
        categories.sort();
        categories.dedup();
        let several = !categories.is_empty() && categories.len() == self.categories.len();
        check.expect(several, &at("categories"), "one or more, each once");
        let codes = self.excluded_funding.len() <= EXCLUSIONS && self.excluded_funding.iter().all(|code| is_code(code));
        check.expect(codes, &at("excluded_funding"), format!("at most {EXCLUSIONS} codes like `pilot-2022`"));
        check.expect((1..=LEVELS).contains(&self.min_level), &at("min_level"), "1 to 4");
        check.expect(self.min_gain <= LEVELS, &at("min_gain"), "0 to 4");
        let months = (1..=MONTHS_MAX).contains(&self.months_max);
        check.expect(months, &at("months_max"), format!("1 to {MONTHS_MAX} months"));
        let days = (1..=PUBLICITY_DAYS_MAX).contains(&self.publicity_days);
        check.expect(days, &at("publicity_days"), format!("1 to {PUBLICITY_DAYS_MAX} days"));
        let parts: u64 = self.tranches.iter().map(|part| u64::from(part.get())).sum();
        let tranches = (1..=TRANCHES).contains(&self.tranches.len()) && parts == u64::from(BASIS);
        let tranches = tranches && self.tranches.iter().all(|part| part.get() > 0);
        check.expect(tranches, &at("tranches_bp"), format!("1 to {TRANCHES} parts above nought, {BASIS} together"));
        check.expect(self.provider_cap != Some(Fen::ZERO), &at("provider_cap_fen"), "above nought, or none");
        check.done()
    }

    fn check_tracks(&self, check: &mut Check, under: &str) {
        let count = (1..=TRACKS).contains(&self.tracks.len());
        check.expect(count, &format!("{under}/tracks"), format!("1 to {TRACKS} kinds of projects"));
        for (nth, track) in self.tracks.iter().enumerate() {
            let at = |field: &str| format!("{under}/tracks/{nth}/{field}");
            let first = self.tracks.iter().position(|other| other.track == track.track) == Some(nth);
            check.expect(is_code(&track.track) && first, &at("track"), "a code like `general`, each once");
            check.expect(track.rate.get() > 0, &at("rate_bp"), "above nought");
            let rising = track.caps.is_sorted() && track.caps[usize::from(LEVELS) - 1] > Fen::ZERO;
            check.expect(rising, &at("caps_fen"), "never falling with the level, and above nought for the highest");
        }
    }

    /// The kind of project with this code.
    pub fn track(&self, code: &str) -> Option<&Track> {
        self.tracks.iter().find(|track| track.track == code)
    }

    /// The rate of a kind of project in a batch (from 1): less by the batch's decline.
    pub fn rate(&self, track: &Track, batch: u32) -> BasisPoints {
        let nth = usize::try_from(batch.saturating_sub(1)).unwrap_or(usize::MAX);
        let decline = self.decline.get(nth).or(self.decline.last());
        track.rate.less(decline.copied().unwrap_or_default())
    }

    /// Whether the rules pay for lines of this category.
    pub fn pays_for(&self, category: Category) -> bool {
        self.categories.contains(&category)
    }

    /// The parts of an award: whole fen that add up to it, by largest remainder.
    pub fn parts(&self, amount: Fen) -> Vec<Fen> {
        let (basis, amount) = (i128::from(BASIS), i128::from(amount.get()));
        let exact = |part: &BasisPoints| amount * i128::from(part.get());
        let mut parts: Vec<i128> = self.tranches.iter().map(|part| exact(part) / basis).collect();
        let left = amount - parts.iter().sum::<i128>();
        let mut order: Vec<usize> = (0..parts.len()).collect();
        order.sort_by_key(|nth| std::cmp::Reverse((exact(&self.tranches[*nth]) % basis, std::cmp::Reverse(*nth))));
        for nth in order.into_iter().take(usize::try_from(left).expect("fewer fen are left than parts")) {
            parts[nth] += 1;
        }
        let fen = |part: i128| i64::try_from(part).ok().and_then(Fen::new).expect("a part is at most the whole");
        parts.into_iter().map(fen).collect()
    }
}

impl Track {
    /// The most for a level from 1 to 4; nought for none.
    pub fn cap(&self, level: u8) -> Fen {
        usize::from(level).checked_sub(1).and_then(|nth| self.caps.get(nth)).copied().unwrap_or_default()
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    fn percent(percent: u32) -> BasisPoints {
        BasisPoints::percent(percent).unwrap()
    }

    /// 40 % of software, cloud, collection and consulting, at most 300,000, 600,000 and 1,000,000 yuan from level 2 on.
    pub fn usual() -> RuleSet {
        let caps = [Fen::ZERO, Fen::yuan(300_000), Fen::yuan(600_000), Fen::yuan(1_000_000)];
        RuleSet {
            document: "实施细则".to_owned(),
            tracks: vec![Track { track: "general".to_owned(), rate: percent(40), caps }],
            decline: Vec::new(),
            categories: vec![Category::Software, Category::Cloud, Category::Collection, Category::Consulting],
            excluded_funding: vec!["pilot-2022".to_owned()],
            excludes_dishonest: true,
            min_level: 2,
            min_gain: 1,
            months_max: 12,
            publicity_days: 7,
            tranches: vec![percent(100)],
            provider_cap: None,
        }
    }

    #[test]
    fn everything_wrong_with_rules_is_told_at_once() {
        assert!(usual().check("/rules").is_ok());
        let wrong = RuleSet {
            tracks: vec![Track {
                track: "General".to_owned(),
                rate: percent(0),
                caps: [Fen::yuan(2), Fen::yuan(1), Fen::ZERO, Fen::ZERO],
            }],
            categories: vec![Category::Cloud, Category::Cloud],
            excluded_funding: vec!["小巨人".to_owned()],
            min_level: 0,
            min_gain: 5,
            months_max: 0,
            publicity_days: 0,
            tranches: vec![percent(50), percent(49)],
            provider_cap: Some(Fen::ZERO),
            document: String::new(),
            ..usual()
        };
        let Err(CatalogError::Input(errors)) = wrong.check("/rules") else { panic!("nothing was wrong") };
        let pointers: Vec<_> = errors.iter().map(|error| error.pointer.trim_start_matches("/rules/")).collect();
        let expected = [
            "document",
            "tracks/0/track",
            "tracks/0/rate_bp",
            "tracks/0/caps_fen",
            "categories",
            "excluded_funding",
            "min_level",
            "min_gain",
            "months_max",
            "publicity_days",
            "tranches_bp",
            "provider_cap_fen",
        ];
        assert_eq!(pointers, expected);
    }

    #[test]
    fn a_later_batch_declines_by_what_is_listed_last() {
        let rules = RuleSet { decline: vec![percent(0), percent(10)], ..usual() };
        let rates: Vec<_> = (1..=4).map(|batch| rules.rate(&rules.tracks[0], batch).to_string()).collect();
        assert_eq!(rates, ["40 %", "30 %", "30 %", "30 %"]);
        let steep = RuleSet { decline: vec![percent(50)], ..usual() };
        assert_eq!(steep.rate(&steep.tracks[0], 1), percent(0));
    }

    #[test]
    fn parts_add_up_to_the_award() {
        let parts = |tranches: &[u32], amount: i64| {
            let tranches = tranches.iter().map(|part| BasisPoints::new(*part).unwrap()).collect();
            let rules = RuleSet { tranches, ..usual() };
            rules.parts(Fen::new(amount).unwrap()).iter().map(|part| part.get()).collect::<Vec<_>>()
        };
        assert_eq!(parts(&[10_000], 7), [7]);
        assert_eq!(parts(&[5_000, 5_000], 7), [4, 3]);
        // A third each: 33.33 %, 33.33 %, 33.34 % of 100 fen leave one fen for the largest remainder, the last one.
        assert_eq!(parts(&[3_333, 3_333, 3_334], 100), [33, 33, 34]);
        assert_eq!(parts(&[3_333, 3_333, 3_334], 1), [0, 0, 1]);
        assert_eq!(parts(&[2_500; 4], 2), [1, 1, 0, 0]);
        assert_eq!(parts(&[6_000, 4_000], 0), [0, 0]);
    }
}
