//! The server, as an executable that the tests may start and kill.

fn main() -> std::process::ExitCode {
    toolcrib_server::main()
}
