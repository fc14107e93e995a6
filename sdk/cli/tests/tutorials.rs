//! The tutorials, followed to the letter: every command run, every change made, everything seen that they say.
//!
//! A block `sh` is run by a shell, `sh fails` must fail; the `text` after it stands in its output line by line. A block
//! `diff` changes the file it names; any other block with a file's name writes that file.

mod marketplace;

use marketplace::{PASSWORD, PROGRAM, registry};
use std::path::{Path, PathBuf};

const TARGET: &str = concat!(env!("CARGO_TARGET_TMPDIR"), "/tutorials");

/// A fenced block: its first line's words, and its content.
struct Block {
    kind: Vec<String>,
    content: String,
}

fn blocks(text: &str) -> Vec<Block> {
    let mut blocks: Vec<Block> = Vec::new();
    let mut open = false;
    for line in text.lines() {
        match line.strip_prefix("```") {
            Some(_) if open => open = false,
            Some(words) => {
                open = true;
                let kind = words.split_whitespace().map(str::to_owned).collect();
                blocks.push(Block { kind, content: String::new() });
            }
            None if open => {
                let block = blocks.last_mut().expect("a block is open");
                block.content.push_str(line);
                block.content.push('\n');
            }
            None => {}
        }
    }
    assert!(!open, "a block has no end");
    blocks
}

/// Someone at a shell.
struct Reader {
    folder: PathBuf,
    registry: String,
    /// What the last commands said.
    said: String,
}

impl Reader {
    fn follow(&mut self, block: &Block) {
        let kind: Vec<_> = block.kind.iter().map(String::as_str).collect();
        match kind[..] {
            ["sh"] => self.run(&block.content, true),
            ["sh", "fails"] => self.run(&block.content, false),
            ["text"] => {
                for line in block.content.lines() {
                    assert!(self.said.contains(line.trim()), "`{line}` is not in\n{}", self.said);
                }
            }
            ["diff"] => self.change(&block.content),
            [_, file] => std::fs::write(self.folder.join(file), &block.content).unwrap(),
            _ => panic!("a block of kind {kind:?} says nothing to do"),
        }
    }

    /// Runs commands until one fails; where they lead to is where the next ones begin.
    fn run(&mut self, commands: &str, succeeds: bool) {
        let beside = Path::new(PROGRAM).parent().unwrap();
        let path = format!("{}:{}", beside.display(), env!("PATH"));
        let output = std::process::Command::new("bash")
            .args(["-e", "-c", &format!("{commands}\npwd >\"$FOLLOWED\"")])
            .current_dir(&self.folder)
            .env("PATH", path)
            .env("FOLLOWED", self.folder.join(".followed"))
            .env("CARGO_TARGET_DIR", TARGET)
            .env("TOOLCRIB_PASSWORD", PASSWORD)
            .env("REGISTRY", &self.registry)
            .env("EMAIL", "owner@acme.example.com")
            .output()
            .unwrap();
        self.said = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
        assert_eq!(output.status.success(), succeeds, "{commands}\n{}", self.said);
        if succeeds {
            let followed = self.folder.join(".followed");
            let folder = std::fs::read_to_string(&followed).unwrap();
            std::fs::remove_file(followed).unwrap();
            self.folder = PathBuf::from(folder.trim_end());
        }
    }

    /// `--- file`, then changes with `@@` between: what follows ` ` and `-` stands in the file once, and gives way to
    /// what follows ` ` and `+`.
    fn change(&self, diff: &str) {
        let (file, changes) = diff.split_once('\n').unwrap();
        let file = self.folder.join(file.strip_prefix("--- ").expect("a change names its file"));
        let mut text = std::fs::read_to_string(&file).unwrap();
        for change in changes.split("@@\n") {
            let side = |other: char| {
                let lines = change.lines().filter(|line| !line.starts_with(other));
                lines.map(|line| line.get(1..).unwrap_or("")).collect::<Vec<_>>().join("\n")
            };
            let (from, to) = (side('+'), side('-'));
            assert_eq!(text.matches(&from).count(), 1, "this stands once in {}:\n{from}", file.display());
            text = text.replace(&from, &to);
        }
        std::fs::write(file, text).unwrap();
    }
}

/// One reader at a time: they share what they compile, and each module's build has flags of its own.
static DESK: tokio::sync::Mutex<()> = tokio::sync::Mutex::const_new(());

async fn follow(tutorial: &'static str) {
    let _seat = DESK.lock().await;
    let (data, home) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let registry = registry(data.path()).await;
    let folder = home.path().to_owned();
    // The registry runs on this test's threads: the reader, who waits, must not hold one of them.
    let read = move || {
        let mut reader = Reader { folder, registry, said: String::new() };
        blocks(tutorial).iter().for_each(|block| reader.follow(block));
    };
    tokio::task::spawn_blocking(read).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn the_tutorial_on_records_leads_to_a_published_module() {
    follow(include_str!("../tutorials/records.md")).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_tutorial_on_signals_leads_to_a_published_module() {
    follow(include_str!("../tutorials/signals.md")).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_tutorial_on_connectors_leads_to_a_published_module() {
    follow(include_str!("../tutorials/connector.md")).await;
}
