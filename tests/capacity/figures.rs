//! What goes in: figures of the README's table as of the afternoon of 26 November 2026, of its rows on PostgreSQL as of
//! the evening of 27 November, and of the notes on the machine that they were measured on, by name. Nothing is known of how a step's time is distributed around its mean: it is drawn from an exponential
//! distribution, which has a longer tail than work that is always the same.

use toolcrib_store::CONNECTIONS;

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
    /// Threads that run turns, and others that keep readings.
    pub workers: usize,
    pub keepers: usize,
    /// On which questions wait for a database.
    pub threads: usize,
}

/// `32 committer threads over 200 tenant files`: 14,200 commits/s of 236 µs each are 3.4 at once.
const DISK: usize = 3;
/// As `host.workers` is unless somebody says otherwise.
const WORKERS: usize = 32;
/// Connections of each host that keep readings in a database.
const READINGS: usize = 4;

/// One with so many cores of the measured machine's, and its disk.
pub const fn machine(cores: usize) -> Machine {
    Machine { cores, disk: DISK, workers: WORKERS, keepers: WORKERS.div_ceil(4), threads: 0 }
}

/// The same beside a database: nobody begins what there is no connection for (`host.store_connections`).
pub const fn beside_a_database(cores: usize) -> Machine {
    let connections = CONNECTIONS as usize;
    let (workers, threads) = (connections * 3 / 5, connections / 3);
    Machine { cores, disk: 0, workers, keepers: READINGS, threads }
}

/// A PostgreSQL that hosts share.
#[derive(Clone, Copy, Debug)]
pub struct Database {
    /// Of the primary; none: it works on those of the first host.
    pub cores: Option<usize>,
    /// Between a host and it, there and back.
    pub round_trip_us: u64,
    /// One flush of its log.
    pub sync_us: f64,
    /// A commit waits for a standby, too.
    pub has_standby: bool,
    pub asked: Asked,
}

/// How often it is asked, in exchanges.
#[derive(Clone, Copy, Debug)]
pub struct Asked {
    /// What an exchange takes of its processor, and of the host's beside what the command takes in files.
    pub exchange_us: f64,
    pub exchange_host_us: f64,
    /// To begin a turn, and to end one that wrote something.
    pub begin: u32,
    pub end: u32,
    /// For a command within its turn, and for what follows from it.
    pub command: u32,
    pub follows: u32,
    /// For a message of readings, and for a question, from beginning to end.
    pub readings: u32,
    pub question: u32,
}

/// *Small command on PostgreSQL, 64 callers, 200 tenants*: CPU of the server and of PostgreSQL per request, and of the
/// server for the same command in files (*64 callers, 200 tenants*).
const POSTGRES_HOST_US: f64 = 330.0;
const POSTGRES_US: f64 = 579.0;
pub const SMALL_BESIDE_US: f64 = 200.0;
/// The exchanges of such a command: the row is locked with the beginning of its turn; what waits for the end goes in one,
/// then the commit.
const BEGIN: u32 = 1;
const END: u32 = 2;

/// *A report with order and lot on PostgreSQL*: CPU of PostgreSQL per report, with what follows from it, and what the
/// server takes more than in files.
const REPORT_POSTGRES_US: f64 = 5_503.0;
const REPORT_BESIDE_US: f64 = 4_284.0 - 1_475.0;
/// Its exchanges, counted among the calls of the system that a host makes: 22 of the report's own turn, 54 of the turn in
/// which all follows from it, each with beginning and end. 17 and 48 since calls of other modules run on trial; what they
/// take of the processor was measured with these.
const REPORT_OWN: u32 = 22 - BEGIN - END;
const REPORT_FOLLOWS: u32 = 54 - BEGIN - END;

/// Of a small command from which nothing follows.
pub const ASKED_BY_SMALL: Asked = Asked {
    exchange_us: POSTGRES_US / (BEGIN + END) as f64,
    exchange_host_us: (POSTGRES_HOST_US - SMALL_BESIDE_US) / (BEGIN + END) as f64,
    begin: BEGIN,
    end: END,
    command: 0,
    follows: 0,
    readings: 0,
    question: 0,
};
/// Of the model's factory. Readings: the row, the readings, the sums before, the sums, what is known of signals, of the
/// month and of the day, the row again, the commit. A question, not counted: its beginning, and two that read.
pub const ASKED_BY_FACTORY: Asked = Asked {
    exchange_us: REPORT_POSTGRES_US / (REPORT_OWN + REPORT_FOLLOWS + 2 * (BEGIN + END)) as f64,
    exchange_host_us: REPORT_BESIDE_US / (REPORT_OWN + REPORT_FOLLOWS + 2 * (BEGIN + END)) as f64,
    command: REPORT_OWN,
    follows: REPORT_FOLLOWS,
    readings: 9,
    question: 3,
    ..ASKED_BY_SMALL
};

/// As measured, so on the same two cores and without a network.
pub const fn measured_database(asked: Asked) -> Database {
    Database { cores: None, round_trip_us: 0, sync_us: FSYNC_US, has_standby: false, asked }
}

/// Between two machines of one data centre: not measured.
const ROUND_TRIP_US: u64 = 200;

/// A primary with so many of the measured machine's cores, for factories.
pub const fn primary(cores: usize) -> Database {
    Database { cores: Some(cores), round_trip_us: ROUND_TRIP_US, ..measured_database(ASKED_BY_FACTORY) }
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
