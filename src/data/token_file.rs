//! Tokens in a temporary file, for texts that are larger than memory.

use std::fs::File;
use std::io::Write;

use super::array_file::read_at;
use crate::error::{Error, Result};

/// Bytes that are collected before they are written.
const BLOCK: usize = 1 << 20;

/// Tokens of two or four bytes in a file without a name, which the system deletes when it is closed.
pub struct TokenFile {
    file: File,
    width: usize,
    len: usize,
    pending: Vec<u8>,
}

impl TokenFile {
    /// Creates an empty file in the system's folder for temporary files; `width` is 2 or 4 bytes.
    ///
    /// # Errors
    /// [`Error::Io`] if it cannot be made.
    pub fn new(width: usize) -> Result<Self> {
        let file = tempfile::tempfile().map_err(failed)?;
        Ok(TokenFile { file, width, len: 0, pending: Vec::new() })
    }

    /// Appends tokens.
    ///
    /// # Errors
    /// [`Error::Io`], for example if the disk is full.
    pub fn push(&mut self, tokens: &[u32]) -> Result<()> {
        for token in tokens {
            self.pending.extend_from_slice(&token.to_le_bytes()[..self.width]);
        }
        self.len += tokens.len();
        match self.pending.len() < BLOCK {
            true => Ok(()),
            false => self.flush(),
        }
    }

    /// Writes what was appended, so that it can be read.
    ///
    /// # Errors
    /// As [`TokenFile::push`].
    pub fn flush(&mut self) -> Result<()> {
        self.file.write_all(&self.pending).map_err(failed)?;
        self.pending.clear();
        Ok(())
    }

    /// Number of tokens.
    pub fn len(&self) -> usize {
        self.len
    }

    /// Reads the tokens from `first` on.
    ///
    /// # Errors
    /// [`Error::Io`].
    pub fn read(&self, first: usize, out: &mut [u32]) -> Result<()> {
        let mut bytes = vec![0; out.len() * self.width];
        read_at(&self.file, &mut bytes, (first * self.width) as u64).map_err(failed)?;
        for (token, bytes) in out.iter_mut().zip(bytes.chunks_exact(self.width)) {
            let mut whole = [0; 4];
            whole[..bytes.len()].copy_from_slice(bytes);
            *token = u32::from_le_bytes(whole);
        }
        Ok(())
    }
}

fn failed(error: std::io::Error) -> Error {
    Error::io(&std::env::temp_dir(), error)
}
