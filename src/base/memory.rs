//! Memory of large arrays: how the system maps it, and what happens when it is freed.
//!
//! Freed memory stays in the process during training. Each step frees and allocates the same megabytes. By default glibc
//! returns them to the system in between, and thousands of pages per step must be mapped and cleared again. The setting is
//! global, so it applies only during training; afterwards glibc's own limit is restored.

use std::sync::{Mutex, PoisonError};

use tch::{Device, Tensor};

use crate::error::Result;

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

/// Asks the system to map untouched memory in large pages: there are fewer page faults at first use, and fewer misses of the
/// processor's table of pages later. Without effect where the system has none.
#[cfg(target_os = "linux")]
fn large_pages(first: usize, bytes: usize) {
    const PAGE: usize = 2 << 20;
    let (start, end) = (first.next_multiple_of(PAGE), (first + bytes) / PAGE * PAGE);
    if end > start {
        // SAFETY: whole pages within the caller's memory, whose values the advice does not change. It may fail.
        unsafe { libc::madvise(start as *mut libc::c_void, end - start, libc::MADV_HUGEPAGE) };
    }
}

#[cfg(not(target_os = "linux"))]
fn large_pages(_: usize, _: usize) {}

/// Zeros, in large pages if possible.
pub fn zeros(len: usize) -> Vec<f32> {
    // Large zeroed memory comes untouched from the system.
    let values = vec![0.0; len];
    large_pages(values.as_ptr() as usize, std::mem::size_of_val(&values[..]));
    values
}

/// A tensor with the shape, type and device of another one and undefined values, in large pages if possible.
pub fn empty_like(other: &Tensor) -> Result<Tensor> {
    let values = other.f_detach()?.f_empty_like()?;
    if values.device() == Device::Cpu {
        large_pages(values.data_ptr() as usize, values.numel() * values.f_kind()?.elt_size_in_bytes());
    }
    Ok(values)
}

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
