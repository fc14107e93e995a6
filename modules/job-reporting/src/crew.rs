//! Who has which share of a report. Shares sum to the report exactly, to the last digit: method of largest remainders,
//! in millionths, the earlier member first among equals.

use crate::others::Quantity;
use crate::reports::Report;
use toolcrib_sdk::contract::exact::shares;
use toolcrib_sdk::prelude::*;

/// People of one crew.
pub const CREW_MAX: usize = 50;
/// The longest time of one report, seconds: a year.
const SECONDS_MAX: i64 = 366 * 86_400;

/// A member of the crew that made something. Either all or none have a weight; where none has, those with seconds are
/// weighed by them; else all have the same share.
#[value]
pub struct Member {
    pub person: Text<64>,
    /// Their part of the whole, against the other weights.
    pub weight: Option<i64>,
    /// How long they worked on it; none: the whole time.
    pub seconds: Option<i64>,
}

/// One person's share of a report; of a correction, what it adds or takes.
#[value(from(CrewPart))]
pub struct CrewShare {
    pub person: Text<64>,
    pub good: Quantity,
    pub scrap: Quantity,
    /// The time that person worked on it.
    pub seconds: i64,
}

/// One person's share, as it is kept.
#[record(shared, index(report), index(person, ended_at), from(Report))]
pub struct CrewPart {
    pub report: Text<64>,
    pub card: Text<64>,
    pub person: Text<64>,
    #[own]
    pub weight: i64,
    pub good: Quantity,
    pub scrap: Quantity,
    #[own]
    pub seconds: i64,
    pub started_at: Option<Instant>,
    pub ended_at: Instant,
}

/// A crew with the weights it is split by.
pub struct Crew(Vec<(Text<64>, i64, i64)>);

impl Crew {
    /// The members as told, or one person alone; `seconds` is the whole time of the report.
    pub fn new(members: Vec<Member>, alone: &Text<64>, seconds: i64) -> Outcome<Self> {
        reject_if(members.len() > CREW_MAX, "crew-too-large", "A crew has at most 50 people").field("crew")?;
        let weighed = members.iter().filter(|member| member.weight.is_some()).count();
        let timed = members.iter().filter(|member| member.seconds.is_some()).count();
        let wrong = weighed % members.len().max(1) != 0 || (weighed == 0 && timed % members.len().max(1) != 0);
        reject_if(wrong, "crew-weights", "Give a share or a time to all of the crew, or to none").field("crew")?;
        let mut crew: Vec<(Text<64>, i64, i64)> = Vec::new();
        for (at, Member { person, weight, seconds: own }) in members.into_iter().enumerate() {
            reject_if(person.is_blank(), "person-needed", "Say who it is").field("person").nth("crew", at)?;
            let (twice, message) =
                (crew.iter().any(|(other, ..)| *other == person), "This person is in the crew twice");
            reject_if(twice, "duplicate-person", message).field("person").nth("crew", at)?;
            let message = "A share of it is 0 or more";
            reject_if(weight.unwrap_or(0) < 0, "crew-weights", message).field("weight").nth("crew", at)?;
            let (absurd, message) =
                (!(0..=SECONDS_MAX).contains(&own.unwrap_or(0)), "A time is 0 seconds to 366 days; check it");
            reject_if(absurd, "crew-weights", message).field("seconds").nth("crew", at)?;
            crew.push((person, weight.or(own).unwrap_or(1), own.unwrap_or(seconds)));
        }
        if crew.is_empty() {
            crew.push((alone.clone(), 1, seconds));
        }
        let message = "Somebody must have a share of it";
        reject_if(crew.iter().all(|(_, weight, _)| *weight == 0), "crew-weights", message).field("crew")?;
        Ok(Self(crew))
    }

    /// The crew of a report as it was first told.
    pub fn of(parts: &[CrewPart]) -> Self {
        Self(parts.iter().map(|part| (part.person.clone(), part.weight, part.seconds)).collect())
    }

    pub fn people(&self) -> impl Iterator<Item = &Text<64>> {
        self.0.iter().map(|(person, ..)| person)
    }

    /// Splits a report between its crew.
    pub fn split(&self, report: &Report) -> Outcome<Vec<CrewPart>> {
        let weights: Vec<i64> = self.0.iter().map(|(_, weight, _)| *weight).collect();
        let split = |total: Quantity| {
            let message = "These shares cannot be split; use smaller numbers";
            shares(total.0, &weights).or_reject("crew-weights", message).field("crew")
        };
        let (good, scrap) = (split(report.good)?, split(report.scrap)?);
        let part = |((person, weight, seconds), (good, scrap)): (&(Text<64>, i64, i64), (i64, i64))| {
            let (whole, person) = (CrewPart::from(report.clone()), person.clone());
            CrewPart { person, weight: *weight, good: Decimal(good), scrap: Decimal(scrap), seconds: *seconds, ..whole }
        };
        Ok(self.0.iter().zip(good.into_iter().zip(scrap)).map(part).collect())
    }
}

/// Adds to the shares of a report those of another, or takes them off, person by person.
pub fn add(all: &mut Vec<CrewPart>, more: &[CrewPart], sign: i64) {
    for part in more {
        let at = all.iter().position(|other| other.person == part.person).unwrap_or_else(|| {
            all.push(CrewPart { weight: 0, good: Decimal(0), scrap: Decimal(0), seconds: 0, ..part.clone() });
            all.len() - 1
        });
        all[at].good.0 += sign * part.good.0;
        all[at].scrap.0 += sign * part.scrap.0;
        all[at].seconds += sign * part.seconds;
    }
}

/// What leads from the shares that are to those that shall be; who keeps theirs is left out.
pub fn differences(are: &[CrewPart], mut shall: Vec<CrewPart>) -> Vec<CrewPart> {
    add(&mut shall, are, -1);
    shall.retain(|part| (part.good.0, part.scrap.0, part.seconds) != (0, 0, 0));
    shall
}

pub fn parts(ctx: &Query, report: &Text<64>) -> Outcome<Vec<CrewPart>> {
    Ok(ctx.all(CrewPart::by_report().eq(report))?.into_iter().map(|row| row.value).collect())
}
