//! Keeps freed memory in the process during training.
//!
//! Each step frees and allocates the same megabytes. By default glibc returns them to the system in between, and
//! thousands of pages per step must be mapped and cleared again. The setting is global, so it applies only during
//! training; afterwards glibc's own limit is restored.

use std::sync::{Mutex, PoisonError};

/// Number of runs in training.
static TRAINING: Mutex<usize> = Mutex::new(0);

/// Guard that keeps freed memory in the process.
pub struct KeepMemory(());

impl KeepMemory {
    /// Applies the setting until the guard is dropped.
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
    // The maximum that glibc accepts, and the upper limit of its adaptive rule.
    const MAPPED: libc::c_int = 32 << 20;
    let trim = if keep { libc::c_int::MAX } else { 2 * MAPPED };
    // SAFETY: these calls take integers and lock the allocator; a rejected value changes nothing.
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
