//! Keeps freed memory in the process while training.
//!
//! Each step frees and takes the same megabytes. glibc gives them back to the system in between, and every page has to be
//! mapped and cleared again, thousands a step. The setting belongs to the whole process, so it lasts only as long as
//! somebody trains; afterwards glibc's own limit holds again.

use std::sync::{Mutex, PoisonError};

/// Runs that are training now.
static TRAINING: Mutex<usize> = Mutex::new(0);

/// While one of these lives, freed memory stays in the process.
pub struct KeepMemory(());

impl KeepMemory {
    /// Begins to keep memory.
    pub fn begin() -> Self {
        let mut training = TRAINING.lock().unwrap_or_else(PoisonError::into_inner);
        *training += 1;
        if *training == 1 {
            set(true);
        }
        KeepMemory(())
    }
}

impl Drop for KeepMemory {
    fn drop(&mut self) {
        let mut training = TRAINING.lock().unwrap_or_else(PoisonError::into_inner);
        *training -= 1;
        if *training == 0 {
            set(false);
        }
    }
}

#[cfg(all(target_os = "linux", target_env = "gnu"))]
fn set(keep: bool) {
    // The most that glibc takes, and what its own adaptive rule ends at.
    const MAPPED: libc::c_int = 32 << 20;
    let trim = if keep { libc::c_int::MAX } else { 2 * MAPPED };
    // SAFETY: these calls take plain numbers and lock the allocator themselves; a refused value changes nothing.
    unsafe {
        libc::mallopt(libc::M_MMAP_THRESHOLD, MAPPED);
        libc::mallopt(libc::M_TRIM_THRESHOLD, trim);
    }
}

#[cfg(not(all(target_os = "linux", target_env = "gnu")))]
fn set(_: bool) {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nested_guards_restore_the_number_of_threads() {
        let outer = KeepMemory::begin();
        drop(KeepMemory::begin());
        assert_eq!(*TRAINING.lock().unwrap(), 1);
        drop(outer);
        assert_eq!(*TRAINING.lock().unwrap(), 0);
    }
}
