//! A line on the terminal that says how far a long run is, and is gone when the run ends.

use std::io::{IsTerminal as _, Write as _};
use std::sync::Mutex;
use std::time::{Duration, Instant};

/// A run that is over sooner shows nothing.
const PATIENCE: Duration = Duration::from_millis(500);
/// Between two looks of the line.
const PAUSE: Duration = Duration::from_millis(100);

/// How far rendering is. Dropping it takes the line away.
pub(super) struct Progress {
    keys: usize,
    /// Each key for each of its targets.
    due: usize,
    /// `None` where nobody watches.
    state: Option<Mutex<State>>,
}

struct State {
    done: usize,
    next: Instant,
    shown: bool,
}

impl Progress {
    /// Shows itself only to people: on a terminal that can take a line back, and not in CI.
    pub(super) fn new(keys: usize, due: usize, quiet: bool) -> Self {
        let dumb = std::env::var_os("TERM").is_none_or(|terminal| terminal == "dumb");
        let watched = std::io::stderr().is_terminal() && std::env::var_os("CI").is_none();
        let next = Instant::now() + PATIENCE;
        let state = State {
            done: 0,
            next,
            shown: false,
        };
        Self {
            keys,
            due: due.max(1),
            state: (watched && !dumb && !quiet).then(|| Mutex::new(state)),
        }
    }

    /// Counts keys that are ready for one target.
    pub(super) fn done(&self, keys: usize) {
        let Some(Ok(mut state)) = self.state.as_ref().map(Mutex::lock) else {
            return;
        };
        state.done += keys;
        let now = Instant::now();
        if now < state.next {
            return;
        }
        state.next = now + PAUSE;
        state.shown = true;
        let done = grouped(state.done * self.keys / self.due);
        let line = format!("\rrendering {done} of {} keys", grouped(self.keys));
        // What cannot be shown is not missed.
        let _ = std::io::stderr().write_all(line.as_bytes());
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        let shown = self.state.as_ref().and_then(|state| state.lock().ok());
        if shown.is_some_and(|state| state.shown) {
            let _ = std::io::stderr().write_all(b"\r\x1b[K");
        }
    }
}

/// A number with a comma between groups of three digits.
fn grouped(number: usize) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}
