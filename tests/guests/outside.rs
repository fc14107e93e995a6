//! The outside as a test tells it: what it answers, and what reached it.

use super::plant::{Plant, Setup};
use std::sync::{Arc, Condvar, Mutex};
use std::time::Duration;
use toolcrib_contract::codec::Bytes;
use toolcrib_contract::fetch::Answer;
use toolcrib_runtime::{Egress, Outgoing, Unanswered};

type Answers = Arc<dyn Fn(&Outgoing) -> Result<Answer, Unanswered> + Send + Sync>;

/// Answers by a function, and remembers what it was asked.
pub struct Outside {
    reached: Mutex<Vec<Outgoing>>,
    answers: Mutex<Answers>,
}

impl Egress for Outside {
    fn fetch(&self, outgoing: &Outgoing) -> Result<Answer, Unanswered> {
        self.reached.lock().unwrap().push(outgoing.clone());
        let answers = self.answers.lock().unwrap().clone();
        answers(outgoing)
    }
}

/// A plain answer.
pub fn says(body: &str) -> Result<Answer, Unanswered> {
    Ok(Answer { status: 200, headers: Vec::new(), body: Bytes(body.as_bytes().to_vec()) })
}

/// None at all.
pub fn away() -> Result<Answer, Unanswered> {
    Err(Unanswered::Away("connection refused".to_owned()))
}

impl Outside {
    pub fn new(answers: impl Fn(&Outgoing) -> Result<Answer, Unanswered> + Send + Sync + 'static) -> Arc<Self> {
        Arc::new(Self { reached: Mutex::default(), answers: Mutex::new(Arc::new(answers)) })
    }

    /// Answers so from now on.
    pub fn now(&self, answers: impl Fn(&Outgoing) -> Result<Answer, Unanswered> + Send + Sync + 'static) {
        *self.answers.lock().unwrap() = Arc::new(answers);
    }

    /// A plant with this way out.
    pub fn plant(self: &Arc<Self>) -> Plant {
        Plant::with(Setup { egress: Some(self.clone()), ..Setup::default() })
    }

    pub fn reached(&self) -> Vec<Outgoing> {
        self.reached.lock().unwrap().clone()
    }
}

/// Holds everybody who waits at it until it is opened.
#[derive(Default)]
pub struct Gate {
    open: Mutex<bool>,
    changed: Condvar,
}

impl Gate {
    /// Waits; longer than any test only if it is never opened.
    pub fn pass(&self) {
        let open = self.open.lock().unwrap();
        drop(self.changed.wait_timeout_while(open, Duration::from_secs(25), |open| !*open).unwrap());
    }

    pub fn open(&self) {
        *self.open.lock().unwrap() = true;
        self.changed.notify_all();
    }
}
