//! The GIL: released while Rust works, acquired by threads that call Python, and by none of them after the interpreter
//! has started to exit.
//!
//! Before version 3.14, Python terminates a thread that requests the GIL during exit by unwinding its stack, which
//! would abort the process in Rust code. Such threads sleep instead until the process ends.

use std::cell::Cell;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use pyo3::ffi;
use pyo3::prelude::*;
use pyo3::types::PyTuple;

use crate::base::pool::Alone;

/// Maximum time that interpreter exit waits for Python code called by threads.
const PATIENCE: Duration = Duration::from_millis(500);
/// Interval between two checks while waiting.
const LOOK: Duration = Duration::from_millis(1);

static CLOSING: AtomicBool = AtomicBool::new(false);
// Numbers of threads that are about to acquire the GIL, and of threads that are calling Python.
static ARRIVING: AtomicUsize = AtomicUsize::new(0);
static CALLING: AtomicUsize = AtomicUsize::new(0);

thread_local! {
    // True if this thread has released the GIL.
    static AWAY: Cell<bool> = const { Cell::new(false) };
    // True if this thread is exiting the interpreter.
    static CLOSER: Cell<bool> = const { Cell::new(false) };
    // True in the remaining thread of a forked process.
    static FORKED: Cell<bool> = const { Cell::new(false) };
}

/// Runs `body` without the GIL.
pub fn released<T: Send>(py: Python<'_>, body: impl FnOnce() -> T + Send) -> T {
    // A fork does not copy OpenMP's threads, for which it would wait.
    if FORKED.take() {
        std::mem::forget(Alone::begin());
    }
    let arriving = py.allow_threads(|| {
        let made = during(true, body);
        (made, Counted::arriving())
    });
    arriving.0
}

/// Runs `body` with the GIL, in a thread that does not hold it.
pub fn attached<T>(body: impl FnOnce(Python<'_>) -> T) -> T {
    let arriving = Counted::arriving();
    Python::with_gil(|py| {
        drop(arriving);
        during(false, || body(py))
    })
}

/// Runs `body` with the GIL, whether or not this thread holds it.
pub fn held<T>(body: impl FnOnce(Python<'_>) -> T) -> T {
    match AWAY.get() {
        true => attached(body),
        false => Python::with_gil(body),
    }
}

/// Calls a Python function that may take long. If the interpreter exits during the call, the thread sleeps from then
/// on.
pub fn call<'py>(function: &Bound<'py, PyAny>, arguments: &Bound<'py, PyTuple>) -> PyResult<Bound<'py, PyAny>> {
    extern "C-unwind" {
        fn PyObject_CallObject(function: *mut ffi::PyObject, arguments: *mut ffi::PyObject) -> *mut ffi::PyObject;
    }
    let _calling = Counted::new(&CALLING);
    let last = Asleep;
    // SAFETY: both are alive, and this thread holds the GIL. Only Python's termination of a thread unwinds from here,
    // and it is stopped at `last`.
    let made = unsafe { PyObject_CallObject(function.as_ptr(), arguments.as_ptr()) };
    std::mem::forget(last);
    // SAFETY: a new reference, or null with an exception set.
    unsafe { Bound::from_owned_ptr_or_err(function.py(), made) }
}

/// Prevents all other threads from acquiring the GIL; waits for those that hold it.
#[pyfunction]
pub fn close(py: Python<'_>) {
    CLOSER.set(true);
    CLOSING.store(true, Ordering::SeqCst);
    py.allow_threads(|| {
        let until = Instant::now() + PATIENCE;
        let waits = || ARRIVING.load(Ordering::SeqCst) > 0 || CALLING.load(Ordering::SeqCst) > 0;
        while waits() && Instant::now() < until {
            std::thread::sleep(LOOK);
        }
    });
}

/// Resets the counters of threads that a fork did not copy.
#[pyfunction]
pub fn forked() {
    FORKED.set(true);
    ARRIVING.store(0, Ordering::SeqCst);
    CALLING.store(0, Ordering::SeqCst);
}

// Runs `body` with the flag for a released GIL set to `away`.
fn during<T>(away: bool, body: impl FnOnce() -> T) -> T {
    struct Back(bool);
    impl Drop for Back {
        fn drop(&mut self) {
            AWAY.set(self.0);
        }
    }
    let _back = Back(AWAY.replace(away));
    body()
}

// Guard that decrements a counter when dropped.
struct Counted(&'static AtomicUsize);

impl Counted {
    fn new(all: &'static AtomicUsize) -> Self {
        all.fetch_add(1, Ordering::SeqCst);
        Counted(all)
    }

    // Incremented before the check: the exiting thread either sees this thread, or this thread sleeps.
    fn arriving() -> Self {
        let arriving = Counted::new(&ARRIVING);
        if CLOSING.load(Ordering::SeqCst) && !CLOSER.get() {
            drop(arriving);
            sleep();
        }
        arriving
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}

// Guard that puts the thread to sleep until the process ends.
struct Asleep;

impl Drop for Asleep {
    fn drop(&mut self) {
        sleep();
    }
}

fn sleep() -> ! {
    loop {
        std::thread::park();
    }
}
