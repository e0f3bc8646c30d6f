//! The threads on which libtorch shares its work, in the calling thread alone.
//!
//! `at::set_num_threads` sets the calling thread's number and that of every thread whose first work comes later; OpenMP
//! and MKL themselves can be told of one thread.

use std::marker::PhantomData;

/// Threads that libtorch has in the calling thread.
pub fn threads() -> usize {
    // The first call in a thread gives it the usual number.
    tch::get_num_threads().max(1) as usize
}

/// While one of these lives, libtorch works on one thread in the thread that made it.
pub struct Alone {
    // OpenMP's number before, and MKL's.
    before: (i32, i32),
    here: PhantomData<*const ()>,
}

impl Alone {
    /// Begins.
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

/// Has OpenMP and MKL work on one thread in the calling thread, which never asks libtorch itself, from here on.
pub fn alone_from_here() {
    if symbols::found().is_some() {
        set(1, 1);
    }
}

// Gives the calling thread these numbers; MKL's before, which is 0 where it has no number of its own.
fn set(openmp: i32, mkl: i32) -> i32 {
    match symbols::found() {
        Some((set_openmp, set_mkl)) => {
            // SAFETY: functions of one and the same signature since OpenMP 1.0 and MKL 11.
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

    /// What sets the numbers of threads of the OpenMP and the MKL that libtorch was linked with.
    pub fn found() -> Option<(Openmp, Option<Mkl>)> {
        static FOUND: OnceLock<Option<(Openmp, Option<Mkl>)>> = OnceLock::new();
        *FOUND.get_or_init(|| {
            // SAFETY: names that end with a zero; a library that is loaded already stays so; both functions take and
            // return plain numbers.
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
    /// Not known here.
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
