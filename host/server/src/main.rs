//! The `toolcrib` program.

fn main() -> std::process::ExitCode {
    toolcrib_server::main()
}
