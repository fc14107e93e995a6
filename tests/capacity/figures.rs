//! What goes in: figures of the README's table as of the afternoon of 26 November 2026, and of the notes on the machine
//! that they were measured on, by name. Nothing is known of how a step's time is distributed around its mean: it is drawn
//! from an exponential distribution, which has a longer tail than work that is always the same.

/// What one step takes in the mean, microseconds.
#[derive(Clone, Copy, Debug)]
pub struct Costs {
    /// Processor, for a command in its turn.
    pub command_us: f64,
    /// Processor, for what follows from it on the same factory.
    pub follows_us: f64,
    /// Disk, for the commit of a turn.
    pub commit_us: f64,
    /// Processor, for a reading.
    pub reading_us: f64,
    /// Disk, for the commit of readings.
    pub readings_commit_us: f64,
    /// Processor, for the question of a screen.
    pub question_us: f64,
}

/// *A report with order and lot, eight modules*: 1.44 ms, of which half is the commit; what follows takes another quarter.
const REPORT_US: f64 = 1_440.0;
/// `append 4 KB + fdatasync on this disk`: 222–249 µs.
const FSYNC_US: f64 = 236.0;
/// *500 tenants × 20 signals × 1 Hz over MQTT*, CPU per reading: 29.7 µs.
const READING_US: f64 = 29.7;
/// *500 screens, five pages*, each asking: 110 ms of CPU for 500 queries of a change.
const QUESTION_US: f64 = 220.0;
/// *Small command, 64 callers, 200 tenants*, CPU of the server per request: 234 µs.
pub const SMALL_COMMAND_US: f64 = 234.0;
/// *Small command, 64 callers, one tenant*, likewise: 62.1 µs.
pub const GROUPED_COMMAND_US: f64 = 62.1;

/// Of the model's factory.
pub const FACTORY: Costs = Costs {
    command_us: REPORT_US / 2.0,
    follows_us: REPORT_US / 4.0,
    commit_us: REPORT_US / 2.0,
    reading_us: READING_US,
    readings_commit_us: FSYNC_US,
    question_us: QUESTION_US,
};

/// Of a small command from which nothing follows.
pub const fn small(command_us: f64) -> Costs {
    Costs { command_us, follows_us: 0.0, commit_us: FSYNC_US, ..FACTORY }
}

/// A host.
#[derive(Clone, Copy, Debug)]
pub struct Machine {
    pub cores: usize,
    /// Commits that the disk works on at once.
    pub disk: usize,
    /// Threads that run turns; a quarter of them for readings, besides.
    pub workers: usize,
}

/// `32 committer threads over 200 tenant files`: 14,200 commits/s of 236 µs each are 3.4 at once.
const DISK: usize = 3;
/// As `host.workers` is unless somebody says otherwise.
const WORKERS: usize = 32;

/// One with so many cores of the measured machine's, and its disk.
pub const fn machine(cores: usize) -> Machine {
    Machine { cores, disk: DISK, workers: WORKERS }
}

/// What one factory asks for, each second.
#[derive(Clone, Copy, Debug)]
pub struct Asks {
    pub commands: f64,
    /// In one message a second.
    pub readings: u32,
    pub questions: f64,
}

/// The model of OPERATIONS.md: 2,000 commands a day, 15 % of them in the busiest hour, five times that hour's mean at the
/// change of shift; 6 readings a second; 10 screens that ask every 15 seconds.
pub const SHIFT_CHANGE: Asks = Asks { commands: 2_000.0 * 0.15 / 3_600.0 * 5.0, readings: 6, questions: 10.0 / 15.0 };
