//! MKL's matrix product, which libtorch brings along on Intel's and AMD's processors: looked up when first wanted.

use std::ffi::c_char;
use std::sync::OnceLock;

use super::gemm::Matrix;

/// `sgemm_` of BLAS: sizes, factors and matrices by reference, columns first.
type Sgemm = unsafe extern "C" fn(
    *const c_char,
    *const c_char,
    *const i32,
    *const i32,
    *const i32,
    *const f32,
    *const f32,
    *const i32,
    *const f32,
    *const i32,
    *const f32,
    *mut f32,
    *const i32,
);

/// MKL's product, where it is there and wanted: on Intel's processors, elsewhere with `GANVAS_GEMM=mkl`, nowhere with
/// `GANVAS_GEMM=gemm`. On AMD's it leaves half of the widest vectors unused, and the `gemm` crate is faster.
pub fn product() -> Option<Sgemm> {
    static FOUND: OnceLock<Option<Sgemm>> = OnceLock::new();
    *FOUND.get_or_init(|| match std::env::var("GANVAS_GEMM").as_deref() {
        Ok("mkl") => find(),
        Ok("gemm") => None,
        _ => intel().then(find).flatten(),
    })
}

#[cfg(target_os = "linux")]
fn find() -> Option<Sgemm> {
    // SAFETY: names that end with a zero; a library that is loaded already stays so; `sgemm_` is what it is called in BLAS,
    // whose calling convention has been the same for forty years.
    unsafe {
        let library = libc::dlopen(c"libtorch_cpu.so".as_ptr(), libc::RTLD_LAZY | libc::RTLD_NOLOAD);
        if library.is_null() {
            return None;
        }
        let symbol = |name: &std::ffi::CStr| libc::dlsym(library, name.as_ptr());
        // A BLAS of another maker would bring threads of its own.
        let mkl = !symbol(c"MKL_Set_Num_Threads_Local").is_null();
        let found = symbol(c"sgemm_");
        (mkl && !found.is_null()).then(|| std::mem::transmute::<*mut libc::c_void, Sgemm>(found))
    }
}

#[cfg(not(target_os = "linux"))]
fn find() -> Option<Sgemm> {
    None
}

#[cfg(target_arch = "x86_64")]
fn intel() -> bool {
    let id = std::arch::x86_64::__cpuid(0);
    [id.ebx, id.edx, id.ecx] == [*b"Genu", *b"ineI", *b"ntel"].map(u32::from_le_bytes)
}

#[cfg(not(target_arch = "x86_64"))]
fn intel() -> bool {
    false
}

/// `out = a b`, or with `add` `out += a b`, where rows of `out` are `width` values apart.
///
/// # Safety
/// The sizes agree and the memory of `out` reaches as far; nobody else uses it at the same time.
pub unsafe fn multiply(sgemm: Sgemm, a: Matrix, b: Matrix, (out, width): (*mut f32, usize), add: bool) {
    let (m, n, k) = (a.size().0 as i32, b.size().1 as i32, a.size().1 as i32);
    // BLAS has columns one after the other, so it is told of everything turned: the rows of `out` are columns of b' a'.
    let ((b_turned, b_lead), (a_turned, a_lead)) = (lead(b), lead(a));
    let (width, beta) = (width as i32, if add { 1f32 } else { 0.0 });
    // SAFETY: the caller's promise; MKL works on one thread here, because libtorch does while the executor has its threads.
    unsafe {
        sgemm(&b_turned, &a_turned, &n, &m, &k, &1.0, b.first(), &b_lead, a.first(), &a_lead, &beta, out, &width);
    }
}

// Whether it lies the other way round, and how far its rows or columns are apart.
fn lead(matrix: Matrix) -> (c_char, i32) {
    let (rows, columns) = matrix.strides();
    match columns {
        1 => (b'N' as c_char, rows.max(matrix.size().1).max(1) as i32),
        _ => (b'T' as c_char, columns.max(1) as i32),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::slice::Shares;

    #[test]
    fn it_is_there_and_agrees() {
        let Some(sgemm) = find() else { return };
        let a: Vec<f32> = (0..12).map(|i| i as f32).collect();
        let b: Vec<f32> = (0..20).map(|i| (i % 7) as f32).collect();
        let (a, b) = (Matrix::new(&a, 3, 4), Matrix::new(&b, 4, 5));
        let mut out = vec![f32::NAN; 3 * 6];
        let memory = Shares::new(&mut out);
        for add in [false, true] {
            // SAFETY: three rows of five values, six apart.
            unsafe { multiply(sgemm, a, b, (memory.pointer(), 6), add) };
        }
        // SAFETY: the product is done.
        let out = unsafe { memory.whole() };
        let value = |i: usize, j: usize| (0..4).map(|l| ((i * 4 + l) * ((l * 5 + j) % 7)) as f32).sum::<f32>();
        for (i, row) in out.chunks(6).enumerate() {
            (0..5).for_each(|j| assert_eq!(row[j], 2.0 * value(i, j)));
            assert!(row[5].is_nan());
        }
    }
}
