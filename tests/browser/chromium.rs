//! A headless Chromium, spoken to in the DevTools protocol over its pipe.
//!
//! Our own few lines instead of a client crate: those generate the whole protocol, minutes of compilation for six commands.

use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use serde_json::{Value, json};
use std::cell::RefCell;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::time::Duration;

/// How long a page may take to show what a test waits for, on a busy machine.
const PATIENCE: Duration = Duration::from_secs(60);

/// Keeps the browser off the network it is not asked to use.
const FLAGS: &[&str] = &[
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--hide-scrollbars",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--accept-lang=zh-CN",
    "--window-size=1100,900",
    "--remote-debugging-pipe",
];

/// The browser's executable, if this machine has one.
#[expect(clippy::disallowed_methods, reason = "which engines must be there is said by the environment of the test run")]
pub fn find() -> Option<PathBuf> {
    let found = ["chromium", "chromium-browser", "google-chrome"].iter().find_map(|name| {
        let path = std::env::var_os("PATH")?;
        std::env::split_paths(&path).map(|folder| folder.join(name)).find(|file| file.is_file())
    });
    let required = std::env::var("TOOLCRIB_REQUIRE").unwrap_or_default();
    assert!(
        found.is_some() || !required.split(',').any(|engine| engine == "browser"),
        "TOOLCRIB_REQUIRE asks for Chromium; there is none"
    );
    found
}

/// A browser with one page.
pub struct Page {
    process: Child,
    pipe: RefCell<Pipe>,
    session: String,
    _profile: tempfile::TempDir,
}

struct Pipe {
    input: ChildStdin,
    output: BufReader<ChildStdout>,
    sent: u64,
    /// What the browser said of errors and broken policies since they were last asked for.
    complaints: Vec<String>,
}

/// Complaints kept between two questions; a page that goes on complaining says nothing new.
const COMPLAINTS: usize = 50;

impl Pipe {
    /// Keeps what an event says is wrong; others are not looked at.
    fn hear(&mut self, event: &Value) {
        let params = &event["params"];
        let what = match event["method"].as_str() {
            Some("Runtime.exceptionThrown") => params["exceptionDetails"]["exception"]["description"].clone(),
            Some("Runtime.consoleAPICalled") if params["type"] == "error" => params["args"].clone(),
            Some("Log.entryAdded") if params["entry"]["level"] == "error" => {
                json!(format!("{} {}", params["entry"]["text"], params["entry"]["url"]))
            }
            _ => return,
        };
        if self.complaints.len() < COMPLAINTS {
            self.complaints.push(what.to_string());
        }
    }
}

impl Page {
    pub fn open(browser: &Path) -> Self {
        let profile = tempfile::tempdir().unwrap();
        // The protocol's pipe is on descriptors 3 and 4.
        let line = "exec \"$0\" \"$@\" 3<&0 4>&1 </dev/null >/dev/null 2>&1";
        let mut command = Command::new("sh");
        command
            .args(["-c", line])
            .arg(browser)
            .args(FLAGS)
            .arg(format!("--user-data-dir={}", profile.path().display()));
        let mut process = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let (input, output) = (process.stdin.take().unwrap(), BufReader::new(process.stdout.take().unwrap()));
        let mut page = Self {
            process,
            pipe: RefCell::new(Pipe { input, output, sent: 0, complaints: Vec::new() }),
            session: String::new(),
            _profile: profile,
        };
        let target = page.ask("Target.createTarget", &json!({"url": "about:blank"}));
        let attached = page.ask("Target.attachToTarget", &json!({"targetId": target["targetId"], "flatten": true}));
        page.session = attached["sessionId"].as_str().unwrap().to_owned();
        page
    }

    /// One command; its result. Of the events in between, complaints are kept.
    fn ask(&self, method: &str, params: &Value) -> Value {
        let pipe = &mut *self.pipe.borrow_mut();
        pipe.sent += 1;
        let mut message = json!({"id": pipe.sent, "method": method, "params": params});
        if !self.session.is_empty() {
            message["sessionId"] = json!(self.session);
        }
        pipe.input.write_all(format!("{message}\0").as_bytes()).expect("the browser reads");
        loop {
            let mut bytes = Vec::new();
            pipe.output.read_until(0, &mut bytes).expect("the browser writes");
            assert!(!bytes.is_empty(), "the browser ended before it answered {method}");
            let answer: Value = serde_json::from_slice(&bytes[..bytes.len() - 1]).expect("the protocol is JSON");
            if answer["id"] == pipe.sent {
                // A question to a page that is being left has no answer.
                let left = answer["error"]["message"] == "Inspected target navigated or closed";
                assert!(answer["error"].is_null() || left, "{method}: {answer}");
                return answer["result"].clone();
            }
            pipe.hear(&answer);
        }
    }

    pub fn go(&self, url: &str) {
        self.ask("Page.navigate", &json!({"url": url}));
        self.wait(&format!(
            "location.href.startsWith({:?}) && document.readyState === 'complete'",
            url.split('?').next().unwrap()
        ));
    }

    /// The value of a JavaScript expression; null while the page changes.
    pub fn value(&self, expression: &str) -> Value {
        let result = self
            .ask("Runtime.evaluate", &json!({"expression": expression, "returnByValue": true, "awaitPromise": true}));
        result["result"]["value"].clone()
    }

    /// Waits until an expression holds; its value then.
    #[track_caller]
    pub fn wait(&self, expression: &str) -> Value {
        crate::wait::until(
            &format!("`{expression}` on {}", self.value("location.href + '\\n' + document.body?.innerText")),
            PATIENCE,
            || {
                let value = self.value(expression);
                (!matches!(value, Value::Null | Value::Bool(false)) && value != "").then_some(value)
            },
        )
    }

    /// Waits until the focus has come to what the page gives it first: browsers do so only once the page is drawn,
    /// and a key pressed before goes nowhere.
    #[track_caller]
    pub fn focused(&self, selector: &str) {
        self.wait(&format!("document.activeElement?.matches({selector:?})"));
    }

    /// Types like a scanner: each key right after the other, then Enter.
    pub fn scan(&self, code: &str) {
        // Events made in the page come closer together than a busy machine can send keys; both are the page's to judge.
        let keys = json!(code.chars().map(String::from).chain(["Enter".to_owned()]).collect::<Vec<_>>());
        self.value(&format!(
            "for (const key of {keys}) document.activeElement.dispatchEvent(
                new KeyboardEvent('keydown', {{ key, bubbles: true, cancelable: true }}))"
        ));
    }

    /// Cuts the line to every server, or mends it.
    pub fn offline(&self, cut: bool) {
        self.ask("Network.enable", &json!({}));
        let line = json!({"offline": cut, "latency": 0, "downloadThroughput": -1, "uploadThroughput": -1});
        self.ask("Network.emulateNetworkConditions", &line);
    }

    /// As large as this window.
    pub fn sized(&self, width: u32, height: u32) {
        let window = json!({"width": width, "height": height, "deviceScaleFactor": 1, "mobile": false});
        self.ask("Emulation.setDeviceMetricsOverride", &window);
    }

    /// From now on errors, exceptions and broken policies are kept.
    pub fn listen(&self) {
        self.ask("Runtime.enable", &json!({}));
        self.ask("Log.enable", &json!({}));
    }

    /// What was kept since the last question.
    pub fn complaints(&self) -> Vec<String> {
        // An answer comes after all events before it.
        self.value("0");
        std::mem::take(&mut self.pipe.borrow_mut().complaints)
    }

    /// `light` or `dark`, as a system would prefer it.
    pub fn theme(&self, theme: &str) {
        let features = json!([{"name": "prefers-color-scheme", "value": theme}, {"name": "prefers-reduced-motion", "value": "reduce"}]);
        self.ask("Emulation.setEmulatedMedia", &json!({"features": features}));
    }

    /// Presses and releases one key, as a hand would: `Tab`, `Enter`, a letter.
    pub fn key(&self, key: &str) {
        let (code, text) = match key {
            "Tab" => (9, None),
            "Enter" => (13, Some("\r")),
            "Escape" => (27, None),
            letter => (u32::from(letter.to_ascii_uppercase().as_bytes()[0]), Some(letter)),
        };
        let mut down = json!({"type": "keyDown", "key": key, "windowsVirtualKeyCode": code});
        if let Some(text) = text {
            down["text"] = json!(text);
        }
        self.ask("Input.dispatchKeyEvent", &down);
        self.ask("Input.dispatchKeyEvent", &json!({"type": "keyUp", "key": key, "windowsVirtualKeyCode": code}));
    }

    /// Taps the middle of what a selector finds.
    pub fn tap(&self, selector: &str) {
        let middle = self.value(&format!(
            "(() => {{
                const it = document.querySelector({selector:?});
                it.scrollIntoView({{ block: 'center' }});
                const box = it.getBoundingClientRect();
                return [box.x + box.width / 2, box.y + box.height / 2];
            }})()"
        ));
        for kind in ["mousePressed", "mouseReleased"] {
            let press = json!({"type": kind, "x": middle[0], "y": middle[1], "button": "left", "clickCount": 1});
            self.ask("Input.dispatchMouseEvent", &press);
        }
    }

    /// Types a text where the focus is.
    pub fn insert(&self, text: &str) {
        self.ask("Input.insertText", &json!({"text": text}));
    }

    /// Slows the processor so many times.
    pub fn slow(&self, times: u32) {
        self.ask("Emulation.setCPUThrottlingRate", &json!({"rate": times}));
    }

    /// No script of a page runs from now on; questions of the test still do.
    pub fn without_script(&self) {
        self.ask("Emulation.setScriptExecutionDisabled", &json!({"value": true}));
    }

    pub fn cookie(&self, url: &str, name: &str, value: &str) {
        self.ask("Network.setCookie", &json!({"url": url, "name": name, "value": value}));
    }

    /// Runs this before the scripts of every page that is loaded from now on.
    pub fn before_load(&self, script: &str) {
        self.ask("Page.enable", &json!({}));
        self.ask("Page.addScriptToEvaluateOnNewDocument", &json!({"source": script}));
    }

    /// Looks as it would on paper, or on the screen again.
    pub fn paper(&self, paper: bool) {
        self.ask("Emulation.setEmulatedMedia", &json!({"media": if paper { "print" } else { "" }}));
    }

    /// What the page's printer gets, as PDF; written beside the pictures as well. A4 unless the page wants a size of its own.
    pub fn printed(&self, name: &str) -> Vec<u8> {
        let a4 = (210.0 / 25.4, 297.0 / 25.4);
        let options =
            json!({"preferCSSPageSize": true, "printBackground": false, "paperWidth": a4.0, "paperHeight": a4.1});
        let pdf = self.ask("Page.printToPDF", &options);
        let bytes = BASE64.decode(pdf["data"].as_str().unwrap()).unwrap();
        let file = pictures().join(format!("{name}.pdf"));
        std::fs::create_dir_all(file.parent().unwrap()).unwrap();
        std::fs::write(file, &bytes).unwrap();
        bytes
    }

    /// Chooses a file of this machine in an input of the page.
    pub fn choose(&self, selector: &str, file: &Path) {
        let input =
            self.ask("Runtime.evaluate", &json!({"expression": format!("document.querySelector({selector:?})")}));
        let (input, files) = (&input["result"]["objectId"], [file.to_string_lossy()]);
        self.ask("DOM.setFileInputFiles", &json!({"objectId": input, "files": files}));
    }

    /// What a camera in front of the page would see, with more pixels than a screen has, as a JPEG file.
    pub fn photo(&self, name: &str) -> PathBuf {
        let (width, height) = (self.value("innerWidth"), self.value("innerHeight"));
        let clip = json!({"x": 0, "y": 0, "width": width, "height": height, "scale": 3});
        let picture = self.ask("Page.captureScreenshot", &json!({"format": "jpeg", "quality": 70, "clip": clip}));
        let file = pictures().join(format!("{name}.jpg"));
        std::fs::create_dir_all(pictures()).unwrap();
        std::fs::write(&file, BASE64.decode(picture["data"].as_str().unwrap()).unwrap()).unwrap();
        file
    }

    pub fn text(&self) -> String {
        self.value("document.body.innerText").as_str().unwrap_or("").to_owned()
    }

    /// Writes a PNG beside the test's other output, for people to look at.
    pub fn picture(&self, name: &str) {
        let picture = self.ask("Page.captureScreenshot", &json!({"captureBeyondViewport": true}));
        let bytes = BASE64.decode(picture["data"].as_str().unwrap()).unwrap();
        let file = pictures().join(format!("{name}.png"));
        std::fs::create_dir_all(file.parent().unwrap()).unwrap();
        std::fs::write(file, bytes).unwrap();
    }
}

/// Where pictures are written.
pub fn pictures() -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).join("pictures")
}

impl Drop for Page {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
