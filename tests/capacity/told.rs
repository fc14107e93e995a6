//! What came of a simulated time.

/// Everything that was counted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Told {
    /// From a command's arrival to its commit, microseconds, one for each.
    pub commands_us: Vec<u64>,
    /// From a message of readings to its commit.
    pub readings_us: Vec<u64>,
    /// From a question to its answer.
    pub questions_us: Vec<u64>,
    /// Told that too many wait.
    pub refused: u64,
    /// Pieces of what follows that were done, and that wait at the end.
    pub followed: u64,
    pub behind: u64,
    /// Commits of turns and of readings.
    pub commits: u64,
    /// The longest line of factories before the workers of a host.
    pub line: usize,
    /// Simulated time, and of that the work of the hosts' cores and disks, over all of them.
    pub us: u64,
    pub cores_us: u64,
    pub disk_us: u64,
    /// Of turns, of readings and of questions, over all who work at them: each holds a connection where there is a database.
    pub turns_us: u64,
    pub storing_us: u64,
    pub asking_us: u64,
    /// The same of the database: its cores where it has some of its own, and its log.
    pub database: OfDatabase,
}

/// What a database did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OfDatabase {
    pub exchanges: u64,
    pub cores_us: u64,
    pub log_us: u64,
    pub flushes: u64,
    /// Turns that waited for another host's turn of the same factory.
    pub waited: u64,
}

impl Told {
    /// Sorts what it was told, so that [`nth_ms`] finds its place.
    pub fn sorted(mut self) -> Self {
        for all in [&mut self.commands_us, &mut self.readings_us, &mut self.questions_us] {
            all.sort_unstable();
        }
        self
    }

    pub fn per_second(&self, count: u64) -> f64 {
        count as f64 * 1e6 / self.us as f64
    }

    /// Of so many of a kind, how much of their time was worked, in hundredths.
    pub fn share(&self, busy_us: u64, count: usize) -> f64 {
        busy_us as f64 / self.us as f64 / count as f64 * 100.0
    }
}

/// The value below which so many hundredths of sorted ones lie, in milliseconds.
pub fn nth_ms(sorted: &[u64], hundredths: usize) -> f64 {
    let at = (sorted.len() * hundredths / 100).min(sorted.len().saturating_sub(1));
    sorted.get(at).map_or(0.0, |us| *us as f64 / 1_000.0)
}
