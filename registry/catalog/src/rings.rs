//! Rings of a staged rollout: which tenants a version has come to.

use crate::error::CatalogError;
use crate::ids::TenantId;
use toolcrib_trust::digest::sha256_hex;

/// All tenants, in the unit of rings.
pub const MILLION: u32 = 1_000_000;
/// Rings of one rollout.
pub const RINGS: usize = 10;
/// 1 %, 10 %, all.
pub const RINGS_USUAL: [u32; 3] = [10_000, 100_000, MILLION];

/// Where a rollout stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum RolloutState {
    /// Begins when the version is approved.
    Planned,
    Running,
    /// Too many faults, or somebody stopped it: nobody else takes the version.
    Halted,
    /// Those who had taken it went back.
    RolledBack,
    /// Everybody may take it.
    Done,
}

crate::texts!(RolloutState {
    Planned = "planned",
    Running = "running",
    Halted = "halted",
    RolledBack = "rolled_back",
    Done = "done",
});

impl RolloutState {
    /// The text on the wire and in the database.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Planned => "planned",
            Self::Running => "running",
            Self::Halted => "halted",
            Self::RolledBack => "rolled_back",
            Self::Done => "done",
        }
    }

    fn parse(text: &str) -> Option<Self> {
        let all = [Self::Planned, Self::Running, Self::Halted, Self::RolledBack, Self::Done];
        all.into_iter().find(|state| state.as_str() == text)
    }
}

/// To whom an approved version is released.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Release {
    All,
    /// These parts per million of all tenants.
    Ring(u32),
    Nobody,
}

impl Release {
    /// From a rollout's columns; all absent when there is none.
    pub fn read(state: Option<String>, rings: Option<String>, ring: Option<i64>) -> Result<Self, CatalogError> {
        let Some(state) = state else { return Ok(Self::All) };
        let state = RolloutState::parse(&state).ok_or_else(|| CatalogError::Damaged("a rollout's state".to_owned()))?;
        match state {
            RolloutState::Done => Ok(Self::All),
            RolloutState::Running => {
                let rings: Vec<u32> = serde_json::from_str(&rings.unwrap_or_default())
                    .map_err(|error| CatalogError::damaged("a rollout", &error))?;
                let ring = usize::try_from(ring.unwrap_or(0)).unwrap_or(0);
                Ok(Self::Ring(rings.get(ring).copied().unwrap_or(0)))
            }
            RolloutState::Planned | RolloutState::Halted | RolloutState::RolledBack => Ok(Self::Nobody),
        }
    }

    pub fn is_for_all(self) -> bool {
        matches!(self, Self::All | Self::Ring(MILLION))
    }

    pub fn has_reached(self, tenant: &TenantId, module: &str, version: &str) -> bool {
        match self {
            Self::All => true,
            Self::Ring(parts) => place(tenant, module, version) < parts,
            Self::Nobody => false,
        }
    }
}

/// A tenant's place among all, for one version: the same for ever, another for the next version, so that nobody is always
/// the first.
pub fn place(tenant: &TenantId, module: &str, version: &str) -> u32 {
    let hash = sha256_hex(format!("{tenant}\n{module}\n{version}").as_bytes());
    let number = u64::from_str_radix(&hash[..15], 16).unwrap_or(0);
    (number % u64::from(MILLION)) as u32
}

/// Rings rise, and the last one is everybody.
///
/// # Errors
/// They do not.
pub(crate) fn check(rings: &[u32]) -> Result<(), CatalogError> {
    let rise = rings.windows(2).all(|pair| pair[0] < pair[1]);
    let whole = rings.last() == Some(&MILLION) && rings.first().is_some_and(|first| *first > 0);
    if rise && whole && rings.len() <= RINGS {
        return Ok(());
    }
    let rule = format!("1 to {RINGS} parts per million, each more than the one before, the last {MILLION}");
    Err(CatalogError::input("/rings", rule))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids;
    use crate::tests::Seeded;
    use toolcrib_contract::types::Instant;

    #[test]
    fn a_ring_holds_about_its_share_and_who_is_in_one_is_in_the_next() {
        let chance = Seeded::new(11);
        let tenants: Vec<_> =
            (0..5_000).map(|nth| TenantId::parse(&ids::generate(Instant(nth), &chance)).unwrap()).collect();
        let inside = |parts: u32, version: &str| -> Vec<bool> {
            tenants.iter().map(|tenant| Release::Ring(parts).has_reached(tenant, "oee", version)).collect()
        };
        let count = |inside: &[bool]| inside.iter().filter(|inside| **inside).count();
        let (tenth, half, all) = (inside(100_000, "1.0.0"), inside(500_000, "1.0.0"), inside(MILLION, "1.0.0"));
        assert!((400..=600).contains(&count(&tenth)), "{}", count(&tenth));
        assert!((2_300..=2_700).contains(&count(&half)), "{}", count(&half));
        assert_eq!(count(&all), tenants.len());
        assert!(tenth.iter().zip(&half).all(|(first, second)| !first || *second));
        assert_ne!(tenth, inside(100_000, "1.0.1"), "another version begins elsewhere");
    }

    #[test]
    fn rings_rise_to_everybody() {
        for good in [&RINGS_USUAL[..], &[MILLION], &[1, MILLION]] {
            assert!(check(good).is_ok(), "{good:?}");
        }
        let many: Vec<u32> = (1..=RINGS as u32).chain([MILLION]).collect();
        for bad in [&[][..], &[0, MILLION], &[10, 10, MILLION], &[20, 10, MILLION], &[10], &many] {
            assert!(check(bad).is_err(), "{bad:?}");
        }
    }
}
