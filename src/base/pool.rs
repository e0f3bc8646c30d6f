//! Thread pool with low latency: a job starts on all threads within microseconds; creating a thread takes fifty.
//!
//! The pool is global. Idle threads sleep; a forked process creates its own pool.

use std::cell::{Cell, UnsafeCell};
use std::panic::{catch_unwind, AssertUnwindSafe};
use std::sync::atomic::{AtomicBool, AtomicPtr, AtomicU32, AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex, PoisonError};

use super::libtorch;
use crate::error::{Error, Result};

/// Polls for the next job before a thread sleeps, about a millisecond.
const LOOKS: u32 = 1 << 14;
/// Polls at a barrier before a thread yields its core.
const PATIENCE: u32 = 1 << 12;

/// Polls at a barrier before a thread sleeps between polls.
const RESIGNED: u32 = PATIENCE + 64;
const NAP: std::time::Duration = std::time::Duration::from_micros(20);

/// One of the threads of a job.
#[derive(Clone, Copy)]
pub struct Worker<'a> {
    /// Index of the thread, from 0.
    pub index: usize,
    /// Number of threads.
    pub count: usize,
    barrier: &'a Barrier,
}

impl Worker<'_> {
    /// Barrier: waits for all threads of the job.
    pub fn wait(&self) {
        if self.count > 1 {
            self.barrier.wait(self.count);
        }
    }

    /// This thread as the only one of a job, which waits for no other.
    pub fn alone(self) -> Self {
        Worker { index: 0, count: 1, ..self }
    }

    /// This thread's contiguous range of `0..len`; the ranges have nearly equal lengths.
    pub fn share(&self, len: usize) -> std::ops::Range<usize> {
        len * self.index / self.count..len * (self.index + 1) / self.count
    }
}

/// Number of threads for a job: libtorch's number in the calling thread, or its number before [`Alone`].
pub fn threads() -> usize {
    match LENT.get() {
        0 => libtorch::threads(),
        lent => lent,
    }
}

thread_local! {
    // libtorch's number of threads before [`Alone`] in this thread; 0 outside.
    static LENT: Cell<usize> = const { Cell::new(0) };
}

/// Guard that limits libtorch to one thread in the calling thread, so that its idle threads do not spin on the cores of
/// running jobs. Other threads are not affected.
pub struct Alone {
    lent: usize,
    _libtorch: libtorch::Alone,
}

impl Alone {
    /// Sets the limit until the guard is dropped.
    pub fn begin() -> Self {
        let lent = LENT.replace(threads());
        Alone { lent, _libtorch: libtorch::Alone::begin() }
    }
}

impl Drop for Alone {
    fn drop(&mut self) {
        LENT.set(self.lent);
    }
}

/// Runs `job` on `threads` threads, including the caller; returns when all have finished.
///
/// Jobs of several callers are serialised. A job must not call this function.
///
/// # Errors
/// [`Error::Internal`] if a thread panicked.
pub fn run(threads: usize, job: &(dyn Fn(Worker) + Sync)) -> Result<()> {
    let barrier = Barrier::default();
    let worker = |index| Worker { index, count: threads.max(1), barrier: &barrier };
    if threads <= 1 {
        job(worker(0));
        return Ok(());
    }
    let mut crew = crew().lock().unwrap_or_else(PoisonError::into_inner);
    crew.grow(threads - 1)?;
    let task = |index: usize| {
        let done = catch_unwind(AssertUnwindSafe(|| job(worker(index))));
        if done.is_err() {
            // Other threads must not wait for a thread that panicked.
            barrier.broken.store(true, Ordering::Release);
        }
    };
    crew.work(threads, &task);
    match barrier.broken.load(Ordering::Acquire) {
        true => Err(Error::Internal(format!("{}: a thread panicked", file!()))),
        false => Ok(()),
    }
}

static CREW: AtomicPtr<(u32, Mutex<Crew>)> = AtomicPtr::new(std::ptr::null_mut());

// The pool of this process. After a fork its threads do not exist, and its lock may be held forever.
fn crew() -> &'static Mutex<Crew> {
    let (process, mut known) = (std::process::id(), CREW.load(Ordering::Acquire));
    loop {
        // SAFETY: null, or created below and never freed.
        if let Some((_, crew)) = unsafe { known.as_ref() }.filter(|known| known.0 == process) {
            return crew;
        }
        let new = Box::into_raw(Box::new((process, Mutex::default())));
        known = match CREW.compare_exchange(known, new, Ordering::AcqRel, Ordering::Acquire) {
            Ok(_) => new,
            Err(other) => {
                // SAFETY: created above and not yet shared.
                drop(unsafe { Box::from_raw(new) });
                other
            }
        };
    }
}

#[derive(Default)]
struct Crew {
    shared: Arc<Shared>,
    workers: usize,
}

#[derive(Default)]
struct Shared {
    /// Number of the newest job.
    newest: AtomicU32,
    /// Threads that have not finished it.
    left: AtomicUsize,
    task: Task,
    asleep: AtomicUsize,
    bed: Mutex<()>,
    bell: Condvar,
}

// The current job and its number of threads.
#[derive(Default)]
struct Task(UnsafeCell<Option<(&'static Work, usize)>>);

type Work = dyn Fn(usize) + Sync + 'static;

// SAFETY: `Crew::work` is the only writer; it holds the crew's lock and writes only while no thread runs a job (`left`
// is 0). Threads read only after they have observed a change of `newest`, which is stored after the write.
unsafe impl Sync for Task {}

impl Crew {
    fn grow(&mut self, workers: usize) -> Result<()> {
        while self.workers < workers {
            let (shared, index) = (self.shared.clone(), self.workers + 1);
            let seen = shared.newest.load(Ordering::Acquire);
            let named = std::thread::Builder::new().name(format!("ganvas-{index}"));
            let begun = named.spawn(move || shared.serve(index, seen));
            begun.map_err(|error| Error::Torch(format!("no thread could be started: {error}")))?;
            self.workers += 1;
        }
        Ok(())
    }

    fn work(&self, threads: usize, task: &(dyn Fn(usize) + Sync)) {
        let shared = &self.shared;
        // SAFETY: threads use the reference until they have decremented `left`, and this function returns only after
        // that, so the reference does not outlive its target.
        let task: &'static Work = unsafe { std::mem::transmute(task) };
        shared.left.store(self.workers, Ordering::Relaxed);
        // SAFETY: see `Task`: the lock is held, and the previous job has finished.
        unsafe { *shared.task.0.get() = Some((task, threads)) };
        shared.newest.fetch_add(1, Ordering::SeqCst);
        if shared.asleep.load(Ordering::SeqCst) > 0 {
            let _bed = shared.bed.lock().unwrap_or_else(PoisonError::into_inner);
            shared.bell.notify_all();
        }
        task(0);
        until(|| shared.left.load(Ordering::Acquire) == 0);
    }
}

impl Shared {
    fn serve(&self, index: usize, mut seen: u32) {
        // Otherwise MKL would start its own threads in each of these threads.
        libtorch::alone_from_here();
        loop {
            self.next(seen);
            seen = seen.wrapping_add(1);
            // SAFETY: see `Task`: `newest` has changed, and the writer waits for this thread before the next write.
            let task = unsafe { *self.task.0.get() };
            if let Some((task, threads)) = task {
                if index < threads {
                    task(index);
                }
            }
            self.left.fetch_sub(1, Ordering::Release);
        }
    }

    // Waits for a new job.
    fn next(&self, seen: u32) {
        for _ in 0..LOOKS {
            if self.newest.load(Ordering::Acquire) != seen {
                return;
            }
            std::hint::spin_loop();
        }
        let mut bed = self.bed.lock().unwrap_or_else(PoisonError::into_inner);
        self.asleep.fetch_add(1, Ordering::SeqCst);
        while self.newest.load(Ordering::SeqCst) == seen {
            bed = self.bell.wait(bed).unwrap_or_else(PoisonError::into_inner);
        }
        self.asleep.fetch_sub(1, Ordering::SeqCst);
    }
}

#[derive(Default)]
struct Barrier {
    come: AtomicUsize,
    round: AtomicUsize,
    broken: AtomicBool,
}

impl Barrier {
    fn wait(&self, count: usize) {
        let round = self.round.load(Ordering::Acquire);
        if self.come.fetch_add(1, Ordering::AcqRel) + 1 == count {
            self.come.store(0, Ordering::Relaxed);
            self.round.store(round.wrapping_add(1), Ordering::Release);
            return;
        }
        until(|| self.round.load(Ordering::Acquire) != round || self.broken.load(Ordering::Acquire));
    }
}

fn until(done: impl Fn() -> bool) {
    let mut looks = 0u32;
    while !done() {
        looks = looks.saturating_add(1);
        match looks {
            0..PATIENCE => std::hint::spin_loop(),
            PATIENCE..RESIGNED => std::thread::yield_now(),
            // The cores are oversubscribed: polling would slow down the threads that work.
            _ => std::thread::sleep(NAP),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_member_works_and_shares_cover_all() {
        for threads in [1, 2, 3, 7, 2] {
            let sums: Vec<AtomicUsize> = (0..10).map(|_| AtomicUsize::new(0)).collect();
            for _ in 0..50 {
                run(threads, &|worker| {
                    for i in worker.share(10) {
                        sums[i].fetch_add(1, Ordering::Relaxed);
                    }
                })
                .unwrap();
            }
            assert!(sums.iter().all(|sum| sum.load(Ordering::Relaxed) == 50));
        }
    }

    #[test]
    fn no_thread_passes_a_barrier_before_all_have_arrived() {
        let come = AtomicUsize::new(0);
        run(3, &|worker| {
            for round in 1..=100 {
                come.fetch_add(1, Ordering::SeqCst);
                worker.wait();
                assert!(come.load(Ordering::SeqCst) >= 3 * round);
                worker.wait();
            }
        })
        .unwrap();
        assert_eq!(come.load(Ordering::SeqCst), 300);
    }

    #[test]
    fn a_panic_is_an_error_and_the_threads_live_on() {
        let error = run(2, &|worker| {
            if worker.index == 1 {
                panic!("on purpose");
            }
            worker.wait();
        });
        assert!(matches!(error, Err(Error::Internal(_))));
        run(2, &|worker| worker.wait()).unwrap();
    }

    #[test]
    fn sleeping_threads_wake_up() {
        for _ in 0..3 {
            std::thread::sleep(std::time::Duration::from_millis(20));
            let count = AtomicUsize::new(0);
            run(2, &|_| {
                count.fetch_add(1, Ordering::Relaxed);
            })
            .unwrap();
            assert_eq!(count.load(Ordering::Relaxed), 2);
        }
    }

    #[test]
    fn jobs_of_several_callers_are_serialised() {
        let total = AtomicUsize::new(0);
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    for _ in 0..100 {
                        run(2, &|worker| {
                            worker.wait();
                            total.fetch_add(1, Ordering::Relaxed);
                        })
                        .unwrap();
                    }
                });
            }
        });
        assert_eq!(total.load(Ordering::Relaxed), 800);
    }

    #[test]
    fn jobs_use_all_threads_while_libtorch_is_limited_to_one() {
        let before = libtorch::threads();
        let outer = Alone::begin();
        let inner = Alone::begin();
        assert_eq!((libtorch::threads(), threads()), (1, before));
        drop(inner);
        assert_eq!((libtorch::threads(), threads()), (1, before));
        drop(outer);
        assert_eq!((libtorch::threads(), threads()), (before, before));
    }
}
