//! MKL's matrix multiply, which is part of libtorch on x86 processors; looked up at first use.

use std::ffi::c_char;
use std::sync::OnceLock;

use super::gemm::Matrix;

/// `sgemm_` of BLAS: sizes, factors and matrices by reference, column-major.
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

/// MKL's sgemm, if available and preferred: on Intel processors by default, elsewhere with `GANVAS_GEMM=mkl`, never
/// with `GANVAS_GEMM=gemm`. On AMD processors it does not use the widest vector instructions, and the `gemm` crate is
/// faster.
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
    // SAFETY: the names are null-terminated; the library is loaded already and is never unloaded; `sgemm_` is the BLAS
    // function, whose calling convention is standardised.
    unsafe {
        let library = libc::dlopen(c"libtorch_cpu.so".as_ptr(), libc::RTLD_LAZY | libc::RTLD_NOLOAD);
        if library.is_null() {
            return None;
        }
        let symbol = |name: &std::ffi::CStr| libc::dlsym(library, name.as_ptr());
        // Any other BLAS would start threads of its own.
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

/// Computes `out = a b`, or with `add` `out += a b`, where `out` has a row stride of `width` values.
///
/// # Safety
/// The sizes must agree and lie within the memory of `out`, which no other thread uses at the same time.
pub unsafe fn multiply(sgemm: Sgemm, a: Matrix, b: Matrix, (out, width): (*mut f32, usize), add: bool) {
    let (m, n, k) = (a.size().0 as i32, b.size().1 as i32, a.size().1 as i32);
    // BLAS is column-major, so all matrices are passed as their transposes: out' = b' a'.
    let ((b_turned, b_lead), (a_turned, a_lead)) = (lead(b), lead(a));
    let (width, beta) = (width as i32, if add { 1f32 } else { 0.0 });
    // SAFETY: guaranteed by the caller; MKL uses one thread here, because libtorch is limited to one while the
    // executor's threads run.
    unsafe {
        sgemm(&b_turned, &a_turned, &n, &m, &k, &1.0, b.first(), &b_lead, a.first(), &a_lead, &beta, out, &width);
    }
}

// BLAS transpose flag and leading dimension.
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
    fn mkl_is_available_and_agrees() {
        let Some(sgemm) = find() else { return };
        let a: Vec<f32> = (0..12).map(|i| i as f32).collect();
        let b: Vec<f32> = (0..20).map(|i| (i % 7) as f32).collect();
        let (a, b) = (Matrix::new(&a, 3, 4), Matrix::new(&b, 4, 5));
        let mut out = vec![f32::NAN; 3 * 6];
        let memory = Shares::new(&mut out);
        for add in [false, true] {
            // SAFETY: three rows of five values with a stride of six.
            unsafe { multiply(sgemm, a, b, (memory.pointer(), 6), add) };
        }
        // SAFETY: the product has been computed.
        let out = unsafe { memory.whole() };
        let value = |i: usize, j: usize| (0..4).map(|l| ((i * 4 + l) * ((l * 5 + j) % 7)) as f32).sum::<f32>();
        for (i, row) in out.chunks(6).enumerate() {
            (0..5).for_each(|j| assert_eq!(row[j], 2.0 * value(i, j)));
            assert!(row[5].is_nan());
        }
    }
}
