//! Every error of the crate: the fields here, the text in `#[error]`, nowhere else.

use std::any::Any;
use std::panic::{catch_unwind, resume_unwind, AssertUnwindSafe};
use std::path::{Path, PathBuf};

/// Result with this crate's [`Error`].
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// What can go wrong. Messages are lower case: what, expected, got, remedy.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A parameter is outside its range, or of the wrong type.
    #[error("{name}: {expected}, got {got}")]
    Parameter {
        /// The parameter as the user wrote it.
        name: String,
        /// What would have been accepted.
        expected: String,
        /// What came.
        got: String,
    },
    /// A name is in no registry.
    #[error("unknown {what} \"{name}\"; did you mean \"{nearest}\"? known: {known}")]
    UnknownName {
        /// The registry: `objective`, `net`.
        what: String,
        /// The name asked for.
        name: String,
        /// The known name with the smallest edit distance.
        nearest: String,
        /// All known names.
        known: String,
    },
    /// An array has the wrong shape.
    #[error("{name}: expected {expected}, got {got}")]
    Shape {
        /// The array.
        name: String,
        /// The shapes accepted.
        expected: String,
        /// The shape that came.
        got: String,
    },
    /// An array has the wrong element type.
    #[error("{name}: expected {expected}, got {got}")]
    Dtype {
        /// The array.
        name: String,
        /// The types accepted.
        expected: String,
        /// The type that came.
        got: String,
    },
    /// Data of another shape than the model was fitted on.
    #[error("{call}: fitted on {fitted}, got {got}")]
    DataDiffers {
        /// The method called.
        call: String,
        /// Shape of one sample at the first fit.
        fitted: String,
        /// Shape of one sample now.
        got: String,
    },
    /// Values of the data, or files that hold it, cannot be used.
    #[error("{0}")]
    Data(String),
    /// What code outside of this crate, called back, had to say.
    #[error("{0}")]
    Outside(Box<dyn std::error::Error + Send + Sync>),
    /// A loss is not finite any more.
    #[error("{term} is not finite after {samples} samples; lower lr")]
    Diverged {
        /// The loss term, in words.
        term: String,
        /// Samples seen by the discriminator when it was noticed.
        samples: u64,
        /// Mean of every loss term since the last check.
        losses: Vec<(String, f64)>,
    },
    /// A checkpoint cannot be used.
    #[error("{file}: {fault}")]
    Checkpoint {
        /// The file.
        file: String,
        /// Why.
        fault: CheckpointFault,
    },
    /// A device that is not there.
    #[error("{device}: {reason}")]
    Device {
        /// The device asked for.
        device: String,
        /// What this machine has.
        reason: String,
    },
    /// The estimator trains already.
    #[error("already training; stop it or wait for its end")]
    Busy,
    /// The process was forked while another thread used the estimator.
    #[error(
        "this process was forked while another thread used the estimator; fork when it is idle, or use \
         multiprocessing.get_context(\"spawn\")"
    )]
    Forked,
    /// A file could not be read or written.
    #[error("{}: {source}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// The operating system's word.
        source: std::io::Error,
    },
    /// libtorch failed: the first line of its text.
    #[error("{0}")]
    Torch(String),
    /// A fault of ganvas itself.
    #[error("internal error in {0}; please report")]
    Internal(String),
}

/// Why a checkpoint cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum CheckpointFault {
    /// Not a file that ganvas wrote, or a damaged one.
    #[error("not a ganvas checkpoint, or a damaged one ({0})")]
    Damaged(String),
    /// Written by a newer ganvas.
    #[error("has format {found}, this ganvas reads up to {newest}; upgrade ganvas")]
    Format {
        /// Format of the file.
        found: u64,
        /// The newest format this build reads.
        newest: u64,
    },
    /// A tensor has another shape or element type.
    #[error("\"{tensor}\" is {found}, model needs {needed}")]
    Tensor {
        /// Name of the tensor.
        tensor: String,
        /// Its shape or type in the file.
        found: String,
        /// The model's.
        needed: String,
    },
    /// Tensors of the model that the file lacks.
    #[error("lacks {0}")]
    Missing(String),
    /// Tensors of the file that the model lacks.
    #[error("has {0}, which the model lacks")]
    Extra(String),
    /// A tensor with NaN or infinity.
    #[error("\"{0}\" is not finite")]
    NotFinite(String),
}

impl Error {
    /// A parameter outside its range.
    pub fn parameter(name: &str, expected: impl Into<String>, got: impl ToString) -> Self {
        Error::Parameter {
            name: name.into(),
            expected: expected.into(),
            got: got.to_string(),
        }
    }

    /// A file that could not be read or written.
    pub fn io(path: &Path, source: std::io::Error) -> Self {
        Error::Io { path: path.into(), source }
    }

    /// A checkpoint that is not one, or is damaged.
    pub fn damaged(file: &str, why: impl ToString) -> Self {
        Error::Checkpoint {
            file: file.into(),
            fault: CheckpointFault::Damaged(why.to_string()),
        }
    }
}

impl From<tch::TchError> for Error {
    fn from(error: tch::TchError) -> Self {
        let text = error.to_string();
        let line = text.lines().next().unwrap_or("libtorch failed").trim();
        let line = line.strip_prefix("Internal torch error: ").unwrap_or(line);
        Error::Torch(line.to_owned())
    }
}

/// Runs `body`; a panic with which tch reports an error of libtorch becomes that error, other panics go on.
///
/// An operator with a number among its arguments panics where others return an error: tch frees the number, a call that
/// checks for errors, before it looks at what the operator left behind.
///
/// # Errors
/// Those of `body`; [`Error::Torch`].
pub fn caught<T>(body: impl FnOnce() -> Result<T>) -> Result<T> {
    catch_unwind(AssertUnwindSafe(body)).unwrap_or_else(|panic| match torch_text(&*panic) {
        Some(text) => Err(tch::TchError::Torch(text).into()),
        None => resume_unwind(panic),
    })
}

// The first line of the error of libtorch that a failed `unwrap` shows as `Torch("...")`.
fn torch_text(panic: &(dyn Any + Send)) -> Option<String> {
    let shown = panic.downcast_ref::<String>()?.split_once("on an `Err` value: Torch(\"")?.1;
    let (mut text, mut letters) = (String::new(), shown.chars());
    while let Some(letter) = letters.next() {
        match letter {
            '"' => break,
            '\\' => match letters.next()? {
                'n' | 'r' => break,
                't' => text.push(' '),
                'u' => {
                    let code: String = letters.by_ref().skip(1).take_while(|&letter| letter != '}').collect();
                    text.extend(u32::from_str_radix(&code, 16).ok().and_then(char::from_u32));
                }
                other => text.push(other),
            },
            other => text.push(other),
        }
    }
    Some(text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use tch::{Device, Kind, Tensor};

    #[test]
    fn operators_with_numbers_return_errors_as_others_do() {
        let x = Tensor::zeros([2, 3], (Kind::Float, Device::Cpu));
        let wrong = caught(|| Ok(x.f_lerp(&x.view([3, 2]), 0.5)?)).unwrap_err();
        let other = Error::from(x.f_add(&x.view([3, 2])).unwrap_err());
        assert_eq!(wrong.to_string(), other.to_string());
        // With two of them, the second is freed while the first panics.
        let wide = Tensor::zeros([1], (Kind::Float, Device::Cpu)).expand([1 << 50], false);
        let memory = caught(|| Ok(wide.f_clamp(0.0, 1.0)?)).unwrap_err().to_string();
        assert!(memory.contains("can't allocate memory"), "{memory}");
        assert!(x.f_add_scalar(1.0).is_ok());
    }

    #[test]
    fn text_comes_back_as_it_was_and_other_panics_go_on() {
        let raw = "say \"a\\b\" \u{fffd}\u{1}é\nframe #0";
        let body = || {
            Err::<(), _>(tch::TchError::Torch(raw.into())).unwrap();
            Ok(())
        };
        assert_eq!(caught(body).unwrap_err().to_string(), raw.lines().next().unwrap());
        assert!(catch_unwind(|| caught(|| -> Result<()> { panic!("on purpose") })).is_err());
    }

    #[test]
    fn parameter_errors_name_what_was_expected_and_what_came() {
        let error = Error::parameter("latent_dim", "must be at least 1", 0);
        assert_eq!(error.to_string(), "latent_dim: must be at least 1, got 0");
    }

    #[test]
    fn torch_errors_keep_the_first_line_only() {
        let raw = tch::TchError::Torch("sizes differ\nframe #0: at::native".into());
        assert_eq!(Error::from(raw).to_string(), "sizes differ");
    }
}
