//! Profiler: spans of work per thread, written as a Chrome trace (for chrome://tracing or Perfetto).
//!
//! If no trace is active, a span costs one read of a flag.

use std::cell::Cell;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use serde::Serialize;

use crate::error::{Error, Result};

/// Maximum number of spans in a trace, about 50 MB.
const MOST: usize = 500_000;

static ON: AtomicBool = AtomicBool::new(false);
static TRACE: Mutex<Option<Trace>> = Mutex::new(None);
static THREADS: AtomicU32 = AtomicU32::new(0);

thread_local! {
    static THREAD: Cell<u32> = const { Cell::new(u32::MAX) };
}

struct Trace {
    begun: Instant,
    spans: Vec<Event>,
}

// Field names of the trace format; times in microseconds.
#[derive(Serialize)]
struct Event {
    name: String,
    ph: &'static str,
    ts: f64,
    dur: f64,
    pid: u32,
    tid: u32,
}

/// A span that ends when it is dropped.
pub struct Span<'a>(Option<(&'a str, Instant)>);

/// Starts a trace of this process.
///
/// # Errors
/// [`Error::Parameter`] if a trace is already active.
pub fn begin() -> Result<()> {
    let mut trace = locked();
    if trace.is_some() {
        return Err(Error::parameter("profile", "one run at a time", "another that is being profiled"));
    }
    *trace = Some(Trace { begun: Instant::now(), spans: Vec::new() });
    ON.store(true, Ordering::Release);
    Ok(())
}

/// Ends the trace and returns it as JSON, truncated to the maximum number of spans.
///
/// # Errors
/// [`Error::Internal`] if no trace is active.
pub fn end() -> Result<String> {
    ON.store(false, Ordering::Release);
    let trace = locked().take().ok_or_else(|| Error::Internal(format!("{}: no trace", file!())))?;
    let whole = serde_json::json!({ "traceEvents": trace.spans, "displayTimeUnit": "ms" });
    Ok(whole.to_string())
}

/// Starts a span that ends when it is dropped; does nothing if no trace is active.
pub fn span(name: &str) -> Span<'_> {
    Span(ON.load(Ordering::Acquire).then(|| (name, Instant::now())))
}

impl Drop for Span<'_> {
    fn drop(&mut self) {
        let Some((name, begun)) = self.0 else { return };
        let took = begun.elapsed();
        if let Some(trace) = &mut *locked() {
            if trace.spans.len() < MOST {
                let since = begun.saturating_duration_since(trace.begun);
                trace.spans.push(Event {
                    name: name.to_owned(),
                    ph: "X",
                    ts: since.as_secs_f64() * 1e6,
                    dur: took.as_secs_f64() * 1e6,
                    pid: std::process::id(),
                    tid: thread(),
                });
            }
        }
    }
}

fn thread() -> u32 {
    if THREAD.get() == u32::MAX {
        THREAD.set(THREADS.fetch_add(1, Ordering::Relaxed));
    }
    THREAD.get()
}

fn locked() -> MutexGuard<'static, Option<Trace>> {
    TRACE.lock().unwrap_or_else(PoisonError::into_inner)
}
