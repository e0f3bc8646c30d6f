//! Samples stored consecutively in a file, as in `numpy.memmap` and `.npy`.

use std::fs::File;
use std::path::{Path, PathBuf};

use tch::Kind;

use super::{near, Access, Reader};
use crate::error::{Error, Result};

/// An array in a file. The file is read, not memory-mapped: mapped pages would count towards the memory of the process,
/// and a truncated file would kill the process instead of raising an error.
pub struct ArrayFile {
    file: File,
    path: PathBuf,
    offset: u64,
    len: usize,
    sizes: Vec<i64>,
    kind: Kind,
}

impl ArrayFile {
    /// Opens an array of `len` samples that begins at byte `offset`.
    ///
    /// # Errors
    /// [`Error::Io`] if the file cannot be opened; [`Error::Data`] if it is too short.
    pub fn open(path: &Path, offset: u64, (len, sizes): (usize, Vec<i64>), kind: Kind) -> Result<Self> {
        let file = File::open(path).map_err(|error| Error::io(path, error))?;
        let found = file.metadata().map_err(|error| Error::io(path, error))?.len();
        let array = ArrayFile { file, path: path.into(), offset, len, sizes, kind };
        let wanted = offset + (len * array.bytes()) as u64;
        match found < wanted {
            true => Err(Error::Data(format!("{}: expected {wanted} bytes, got {found}", path.display()))),
            false => Ok(array),
        }
    }
}

impl Reader for ArrayFile {
    fn len(&self) -> usize {
        self.len
    }

    fn sizes(&self) -> &[i64] {
        &self.sizes
    }

    fn kind(&self) -> Kind {
        self.kind
    }

    fn access(&self) -> Access {
        near(self.bytes())
    }

    fn threads(&self) -> usize {
        1
    }

    fn read(&self, rows: &[i64], out: &mut [u8]) -> Result<()> {
        let bytes = self.bytes();
        let mut done = 0;
        while done < rows.len() {
            // Consecutive samples are read in one call.
            let mut end = done + 1;
            while end < rows.len() && rows[end] == rows[end - 1] + 1 {
                end += 1;
            }
            let at = self.offset + rows[done] as u64 * bytes as u64;
            read_at(&self.file, &mut out[done * bytes..end * bytes], at).map_err(|e| Error::io(&self.path, e))?;
            done = end;
        }
        Ok(())
    }

    fn announce(&self, rows: std::ops::Range<usize>) {
        let bytes = self.bytes();
        advise(&self.file, self.offset + (rows.start * bytes) as u64, rows.len() * bytes);
    }
}

#[cfg(unix)]
pub(super) fn read_at(file: &File, out: &mut [u8], at: u64) -> std::io::Result<()> {
    std::os::unix::fs::FileExt::read_exact_at(file, out, at)
}

#[cfg(windows)]
pub(super) fn read_at(file: &File, mut out: &mut [u8], mut at: u64) -> std::io::Result<()> {
    while !out.is_empty() {
        match std::os::windows::fs::FileExt::seek_read(file, out, at)? {
            0 => return Err(std::io::ErrorKind::UnexpectedEof.into()),
            read => (out, at) = (&mut std::mem::take(&mut out)[read..], at + read as u64),
        }
    }
    Ok(())
}

#[cfg(target_os = "linux")]
fn advise(file: &File, at: u64, bytes: usize) {
    use std::os::fd::AsRawFd;
    // SAFETY: the descriptor is open while the file is borrowed; the call is only a hint to the system.
    unsafe {
        libc::posix_fadvise(file.as_raw_fd(), at as libc::off_t, bytes as libc::off_t, libc::POSIX_FADV_WILLNEED);
    }
}

#[cfg(not(target_os = "linux"))]
fn advise(_: &File, _: u64, _: usize) {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn samples_are_read_where_they_lie() {
        let path = std::env::temp_dir().join(format!("ganvas-array-{}", std::process::id()));
        std::fs::write(&path, (0u8..26).collect::<Vec<_>>()).unwrap();
        let array = ArrayFile::open(&path, 2, (8, vec![3]), Kind::Uint8).unwrap();
        let mut out = [0; 12];
        array.read(&[7, 0, 1, 4], &mut out).unwrap();
        assert_eq!(out, [23, 24, 25, 2, 3, 4, 5, 6, 7, 14, 15, 16]);
        let error = ArrayFile::open(&path, 2, (9, vec![3]), Kind::Uint8).err().unwrap();
        assert_eq!(error.to_string(), format!("{}: expected 29 bytes, got 26", path.display()));
        std::fs::write(&path, [0; 10]).unwrap();
        assert!(matches!(array.read(&[7], &mut out[..3]), Err(Error::Io { .. })));
        std::fs::remove_file(&path).unwrap();
    }
}
