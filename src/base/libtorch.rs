//! Number of libtorch's threads in the calling thread.
//!
//! `at::set_num_threads` sets the number for the calling thread and for all threads that start working later; the
//! setters of OpenMP and MKL affect one thread only.

use std::marker::PhantomData;

/// Number of libtorch's threads in the calling thread.
pub fn threads() -> usize {
    // The first call in a thread initialises the default number.
    tch::get_num_threads().max(1) as usize
}

/// Guard that limits libtorch to one thread in the calling thread.
pub struct Alone {
    // Previous numbers of OpenMP and MKL threads.
    before: (i32, i32),
    here: PhantomData<*const ()>,
}

impl Alone {
    /// Sets the limit until the guard is dropped.
    pub fn begin() -> Self {
        let threads = threads() as i32;
        Alone { before: (threads, set(1, 1)), here: PhantomData }
    }
}

impl Drop for Alone {
    fn drop(&mut self) {
        set(self.before.0, self.before.1);
    }
}

/// Limits OpenMP and MKL to one thread in the calling thread, for threads that never call libtorch.
pub fn alone_from_here() {
    if symbols::found().is_some() {
        set(1, 1);
    }
}

// Sets both numbers in the calling thread; returns MKL's previous number, 0 if the thread had none.
fn set(openmp: i32, mkl: i32) -> i32 {
    match symbols::found() {
        Some((set_openmp, set_mkl)) => {
            // SAFETY: the signatures of these functions have not changed since OpenMP 1.0 and MKL 11.
            unsafe {
                set_openmp(openmp);
                set_mkl.map_or(0, |set_mkl| set_mkl(mkl))
            }
        }
        None => {
            tch::set_num_threads(openmp);
            0
        }
    }
}

#[cfg(target_os = "linux")]
mod symbols {
    use std::ffi::CStr;
    use std::sync::OnceLock;

    type Openmp = unsafe extern "C" fn(i32);
    type Mkl = unsafe extern "C" fn(i32) -> i32;

    /// Finds the functions that set the number of threads in the OpenMP and MKL that libtorch is linked with.
    pub fn found() -> Option<(Openmp, Option<Mkl>)> {
        static FOUND: OnceLock<Option<(Openmp, Option<Mkl>)>> = OnceLock::new();
        *FOUND.get_or_init(|| {
            // SAFETY: the names are null-terminated; the library is loaded already and is never unloaded; both
            // functions take and return integers.
            unsafe {
                let library = libc::dlopen(c"libtorch_cpu.so".as_ptr(), libc::RTLD_LAZY | libc::RTLD_NOLOAD);
                if library.is_null() {
                    return None;
                }
                let symbol = |name: &CStr| {
                    let found = libc::dlsym(library, name.as_ptr());
                    (!found.is_null()).then_some(found)
                };
                let openmp = symbol(c"omp_set_num_threads")?;
                let mkl = symbol(c"MKL_Set_Num_Threads_Local");
                Some((
                    std::mem::transmute::<*mut libc::c_void, Openmp>(openmp),
                    mkl.map(|mkl| std::mem::transmute::<*mut libc::c_void, Mkl>(mkl)),
                ))
            }
        })
    }
}

#[cfg(not(target_os = "linux"))]
mod symbols {
    /// Not supported on this platform.
    pub fn found() -> Option<(unsafe extern "C" fn(i32), Option<unsafe extern "C" fn(i32) -> i32>)> {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn others_keep_their_threads_even_if_their_first_work_comes_meanwhile() {
        let usual = threads();
        tch::set_num_threads(3);
        let alone = Alone::begin();
        assert_eq!(threads(), 1);
        assert_eq!(std::thread::spawn(threads).join().unwrap(), 3);
        drop(alone);
        assert_eq!(threads(), 3);
        tch::set_num_threads(usual as i32);
    }
}
