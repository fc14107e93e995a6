//! Every published limit, with its unit last in the name. The README prints this table; each has a test that meets it.

/// A component's file.
pub const COMPONENT_BYTES: usize = 4 << 20;
/// Linear memory of one invocation, summed over all memories, nested calls included.
pub const MEMORY_BYTES: usize = 64 << 20;
/// Table elements of one invocation, summed over all tables, nested calls included.
pub const TABLE_ELEMENTS: usize = 20_000;
/// Native stack of one invocation.
pub const STACK_BYTES: usize = 512 << 10;
/// Wall time of one invocation, nested calls and host calls included.
pub const CALL_MS: u64 = 5_000;
/// Input of one invocation, as sent.
pub const INPUT_BYTES: usize = 1 << 20;
/// Output of one invocation.
pub const OUTPUT_BYTES: usize = 1 << 20;
/// Bytes that one host call may take from a module.
pub const HOST_CALL_BYTES: usize = 2 << 20;
/// Host calls of one invocation.
pub const HOST_CALLS: u32 = 10_000;
/// Rows written by one invocation.
pub const ROWS_WRITTEN: u32 = 5_000;
/// Rows read by one invocation.
pub const ROWS_READ: u32 = 50_000;
/// Bytes of rows written by one invocation.
pub const WRITTEN_BYTES: usize = 8 << 20;
/// Rows of one page.
pub const PAGE_ROWS: u32 = 500;
/// Events emitted by one invocation.
pub const EVENTS: u32 = 1_000;
/// Bytes of one event.
pub const EVENT_BYTES: usize = 64 << 10;
/// Timers set by one invocation.
pub const TIMERS: u32 = 100;
/// Effects sent by one invocation.
pub const EFFECTS: u32 = 100;
/// Calls to other modules, one inside the other.
pub const NESTING: u32 = 8;
/// Events that led to one another, one after the other; the handler of the last may not emit.
pub const CAUSE_DEPTH: u32 = 16;
/// Least time until a timer that an event, a timer or a connector sets; a shorter one becomes this.
pub const TIMER_MIN_MS: u64 = 1_000;
/// Connectors of one host that run at once.
pub const CONNECTORS: usize = 16;
/// Connectors of one tenant that run at once.
pub const CONNECTORS_OF_TENANT: usize = 2;
/// Connectors of one tenant that wait; one more is refused with `busy`.
pub const CONNECTORS_WAITING: usize = 16;
/// Wall time of one run of a connector, its requests and operations included; of its own computing: `CALL_MS`.
pub const CONNECTOR_MS: u64 = 30_000;
/// Requests of one run of a connector.
pub const FETCHES: u32 = 50;
/// Time of one request, from looking up the name to the last byte of the answer.
pub const FETCH_MS: u64 = 10_000;
/// Bytes of the body of one request, and of one answer.
pub const FETCH_BYTES: usize = 1 << 20;
/// Operations of its own that one run of a connector runs.
pub const RUNS: u32 = 200;
/// Log lines of one invocation; further ones are counted, not kept.
pub const LOG_LINES: u32 = 100;
/// Bytes of one log line; the rest is cut.
pub const LOG_LINE_BYTES: usize = 1_000;
/// Attempts at delivering one event before it becomes a dead letter.
pub const DELIVERY_ATTEMPTS: u32 = 8;
/// Invocations that share one commit.
pub const GROUP_INVOCATIONS: usize = 128;
/// Invocations waiting for one tenant; one more is refused with `busy`.
pub const QUEUE_INVOCATIONS: usize = 1_024;
/// Life of an idempotency key.
pub const IDEMPOTENCY_HOURS: u64 = 24;
/// Bytes of an idempotency key.
pub const IDEMPOTENCY_KEY_BYTES: usize = 128;
/// Body of one batch of readings.
pub const READINGS_BYTES: usize = 4 << 20;
/// Readings of one batch.
pub const READINGS: usize = 10_000;
/// Distinct signals of one tenant.
pub const SIGNALS: usize = 10_000;
/// Points of one chart of readings.
pub const CHART_POINTS: u32 = 5_000;
/// Seconds for which a number may have to stay beyond a limit before a module is told.
pub const LEVEL_FOR_S: u32 = 86_400;
/// Seconds after which a signal can be called silent, at least.
pub const SILENT_MIN_S: u32 = 5;
/// The same, at most.
pub const SILENT_MAX_S: u32 = 604_800;
/// Depth of JSON.
pub const JSON_DEPTH: usize = 32;
/// Distance of a reading's time from the host's clock, before or after, beyond which it is quarantined.
pub const READING_SKEW_DAYS: i64 = 7;
/// Age of a reading that its source calls historical, beyond which it is quarantined.
pub const READING_HISTORY_DAYS: i64 = 62;
/// Life of an access token.
pub const ACCESS_TOKEN_S: u64 = 900;
/// Records of a module.
pub const RECORDS: usize = 64;
/// Fields of a record or of any structure.
pub const FIELDS: usize = 100;
/// Handlers of a module.
pub const HANDLERS: usize = 200;
/// Depth of a declared type.
pub const TYPE_DEPTH: usize = 8;
/// Characters of a declared text, where the type names none.
pub const TEXT_CHARS: u32 = 4_000;
/// Items of a declared list, where the type names none.
pub const LIST_ITEMS: u32 = 1_000;
/// Views of a module.
pub const VIEWS: usize = 20;
/// Bytes of one view's descriptor.
pub const VIEW_BYTES: usize = 64 << 10;
/// Parameters of a view.
pub const VIEW_PARAMS: usize = 12;
/// Tabs of a view.
pub const VIEW_TABS: usize = 6;
/// Sections of a view, all tabs together.
pub const VIEW_SECTIONS: usize = 12;
/// Widgets of a view.
pub const VIEW_WIDGETS: usize = 40;
/// Characters of a text of a view, in each language.
pub const VIEW_TEXT_CHARS: usize = 300;
/// Characters of a view's prose, in each language.
pub const VIEW_PROSE_CHARS: usize = 8_000;
/// Columns of a widget.
pub const WIDGET_COLUMNS: usize = 20;
/// Series of a chart.
pub const WIDGET_SERIES: usize = 6;
/// States, lanes, bands, lines or pieces of a widget.
pub const WIDGET_ITEMS: usize = 24;
/// Buttons of a cell.
pub const CELL_ACTIONS: usize = 6;
/// Buttons of a row.
pub const ROW_ACTIONS: usize = 4;
/// Inputs that a form on a terminal shows at once.
pub const STATION_FIELDS: usize = 6;
/// A file that is handed to an operation.
pub const FILE_BYTES: u32 = 6 << 20;
/// Files of one tenant that were sent and that no operation took yet; one more is refused with `busy`.
pub const FILES_WAITING: u32 = 200;
/// Hours until a file that no operation took is removed.
pub const FILE_WAITS_HOURS: i64 = 24;
/// Functions of a component, all core modules together.
pub const FUNCTIONS: u32 = 20_000;
/// CPU time of the compiler child.
pub const COMPILE_CPU_S: u64 = 30;
/// Address space of the compiler child.
pub const COMPILE_BYTES: u64 = 1536 << 20;
/// An OCI manifest.
pub const OCI_MANIFEST_BYTES: usize = 4 << 20;
/// Life of a token for OCI repositories.
pub const OCI_TOKEN_S: u64 = 300;
/// Tags of one page; also of a list that names no length.
pub const OCI_TAGS: usize = 1_000;
/// OCI uploads of one person that are open at once; one more waits until some are finished, cancelled or too old.
pub const OCI_UPLOADS: usize = 16;
/// Minutes until an OCI upload that nobody continues is swept.
pub const OCI_UPLOAD_MINUTES: i64 = 60;
/// Blobs and manifests that one person pushed and that belong to no submitted version.
pub const OCI_STAGED: usize = 500;
/// Bytes of them together.
pub const OCI_STAGED_BYTES: usize = 64 << 20;
/// Hours until they are swept, drafts included.
pub const OCI_STAGED_HOURS: i64 = 24;
/// OCI manifests that refer to one manifest.
pub const OCI_REFERRERS: usize = 100;
/// Lines of one file whose rows are imported, without its headings.
pub const IMPORT_ROWS: usize = 10_000;
/// A file whose rows are imported.
pub const IMPORT_BYTES: usize = 4 << 20;
/// Rows of an import that one invocation gets; fewer when so many exceed a limit of the invocation.
pub const IMPORT_TOGETHER: usize = 200;
/// Wall time of one import; each of its invocations has `CALL_MS`.
pub const IMPORT_MS: u64 = 30_000;
/// Imports of one host that run or wait for their turn at once, of one tenant half as many; one more is refused with
/// `busy`.
pub const IMPORTS: usize = 8;
/// Failures of the module itself after which an import ends.
pub const IMPORT_FAULTS: u32 = 20;
/// Rows of one exported table; the last line of the file says when there are more.
pub const EXPORT_ROWS: u64 = 100_000;
/// Wall time of one export, from the first page to the last byte.
pub const EXPORT_MS: u64 = 60_000;
/// Lines of a workbook of what a page shows, all sheets together.
pub const WORKBOOK_ROWS: u64 = 20_000;
/// Archives of whole tenants that one host makes at once, of one tenant one; one more is refused with `busy`.
pub const ARCHIVES: usize = 2;
/// An archive of a tenant that is taken in.
pub const ARCHIVE_BYTES: u64 = 64 << 30;
/// One line of it.
pub const ARCHIVE_LINE_BYTES: usize = 16 << 20;
/// Records of all modules in it.
pub const ARCHIVE_RECORDS: usize = 2_000;
/// Exports of one host at once, of one tenant half as many; one more is refused with `busy`.
pub const EXPORTS: usize = 16;
/// A packet of MQTT.
pub const MQTT_PACKET_BYTES: usize = 1 << 20;
/// Messages of one MQTT connection that are not acknowledged yet (receive maximum); while there are as many, nothing more
/// is read from it.
pub const MQTT_IN_FLIGHT: usize = 20;
/// MQTT connections of one host; further ones wait in the system's queue.
pub const MQTT_CONNECTIONS: usize = 8_192;
/// MQTT connections of one tenant.
pub const MQTT_CONNECTIONS_OF_TENANT: usize = 1_000;
/// MQTT connections of one device, each with a client id of its own, and sessions that wait for it to come back.
pub const MQTT_CONNECTIONS_OF_DEVICE: usize = 16;
/// Topic filters of one MQTT connection.
pub const MQTT_SUBSCRIPTIONS: usize = 20;
/// Commands that wait for one MQTT connection; further ones are counted and missed.
pub const MQTT_COMMANDS_WAITING: usize = 100;
/// Time for a new MQTT connection to say who it is.
pub const MQTT_CONNECT_S: u64 = 10;
/// Time for an MQTT client to take what is sent to it.
pub const MQTT_WRITE_S: u64 = 20;
/// The longest keep-alive of an MQTT connection; also of one that asks for none.
pub const MQTT_KEEP_ALIVE_S: u16 = 1_200;
/// The longest life of an MQTT session without a connection; it is kept in memory.
pub const MQTT_SESSION_S: u32 = 3_600;
