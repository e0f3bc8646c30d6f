//! Python's lock: given back while Rust works, taken again by threads that need Python, and by none of them once the
//! interpreter ends.
//!
//! Before version 3.14 Python ends a thread that asks for the lock after that by unwinding its stack, which Rust must not
//! let pass: the process would abort. So such a thread sleeps until the process is gone.

use std::cell::Cell;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use pyo3::ffi;
use pyo3::prelude::*;
use pyo3::types::PyTuple;

use crate::base::pool::Alone;

/// How long the end of the interpreter waits for Python code that threads have called.
const PATIENCE: Duration = Duration::from_millis(500);
/// Between two looks while it waits.
const LOOK: Duration = Duration::from_millis(1);

static CLOSING: AtomicBool = AtomicBool::new(false);
// Threads that are about to take the lock, and those that have called Python.
static ARRIVING: AtomicUsize = AtomicUsize::new(0);
static CALLING: AtomicUsize = AtomicUsize::new(0);

thread_local! {
    // Whether this thread has given the lock back.
    static AWAY: Cell<bool> = const { Cell::new(false) };
    // Whether this thread ends the interpreter.
    static CLOSER: Cell<bool> = const { Cell::new(false) };
    // Whether this thread is what a fork left of a process.
    static FORKED: Cell<bool> = const { Cell::new(false) };
}

/// Runs `body` without the lock.
pub fn released<T: Send>(py: Python<'_>, body: impl FnOnce() -> T + Send) -> T {
    // OpenMP's threads were not copied, and it would wait for them.
    if FORKED.take() {
        std::mem::forget(Alone::begin());
    }
    let arriving = py.allow_threads(|| {
        let made = during(true, body);
        (made, Counted::arriving())
    });
    arriving.0
}

/// Runs `body` with the lock, in a thread that does not have it.
pub fn attached<T>(body: impl FnOnce(Python<'_>) -> T) -> T {
    let arriving = Counted::arriving();
    Python::with_gil(|py| {
        drop(arriving);
        during(false, || body(py))
    })
}

/// Runs `body` with the lock, whether this thread has it or not.
pub fn held<T>(body: impl FnOnce(Python<'_>) -> T) -> T {
    match AWAY.get() {
        true => attached(body),
        false => Python::with_gil(body),
    }
}

/// Calls a function of Python's that may take its time. Should the interpreter end meanwhile, the thread sleeps from then
/// on.
pub fn call<'py>(function: &Bound<'py, PyAny>, arguments: &Bound<'py, PyTuple>) -> PyResult<Bound<'py, PyAny>> {
    extern "C-unwind" {
        fn PyObject_CallObject(function: *mut ffi::PyObject, arguments: *mut ffi::PyObject) -> *mut ffi::PyObject;
    }
    let _calling = Counted::new(&CALLING);
    let last = Asleep;
    // SAFETY: both are alive, and this thread has the lock. Only Python's way to end a thread unwinds from here, and comes
    // no further than `last`.
    let made = unsafe { PyObject_CallObject(function.as_ptr(), arguments.as_ptr()) };
    std::mem::forget(last);
    // SAFETY: a new reference, or null with an exception set.
    unsafe { Bound::from_owned_ptr_or_err(function.py(), made) }
}

/// Lets no thread but this one take the lock any more; waits for those that have it.
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

/// Forgets the threads that a fork did not copy.
#[pyfunction]
pub fn forked() {
    FORKED.set(true);
    ARRIVING.store(0, Ordering::SeqCst);
    CALLING.store(0, Ordering::SeqCst);
}

// Runs `body` while this thread is away, or is not.
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

// One of those that a number counts.
struct Counted(&'static AtomicUsize);

impl Counted {
    fn new(all: &'static AtomicUsize) -> Self {
        all.fetch_add(1, Ordering::SeqCst);
        Counted(all)
    }

    // Counted before it looks: whoever closes sees either this one, or that it sleeps.
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

// Keeps the thread that drops it until the process ends.
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
