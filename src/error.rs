//! All errors of the crate: fields here, messages in `#[error]`.

use std::any::Any;
use std::panic::{catch_unwind, resume_unwind, AssertUnwindSafe};
use std::path::{Path, PathBuf};

/// Result with this crate's [`Error`].
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Errors. Messages are lower case: what, expected, got, remedy.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A parameter is out of range or has the wrong type.
    #[error("{name}: {expected}, got {got}")]
    Parameter {
        /// Name of the parameter as used by the user.
        name: String,
        /// Accepted values.
        expected: String,
        /// Value received.
        got: String,
    },
    /// A name is not in a registry.
    #[error("unknown {what} \"{name}\"; did you mean \"{nearest}\"? known: {known}")]
    UnknownName {
        /// Kind of registry: `objective`, `net`.
        what: String,
        /// Unknown name.
        name: String,
        /// Known name with the smallest edit distance.
        nearest: String,
        /// All known names.
        known: String,
    },
    /// An array has the wrong shape.
    #[error("{name}: expected {expected}, got {got}")]
    Shape {
        /// Name of the array.
        name: String,
        /// Accepted shapes.
        expected: String,
        /// Actual shape.
        got: String,
    },
    /// An array has the wrong dtype.
    #[error("{name}: expected {expected}, got {got}")]
    Dtype {
        /// Name of the array.
        name: String,
        /// Accepted dtypes.
        expected: String,
        /// Actual dtype.
        got: String,
    },
    /// Data has another shape than the training data.
    #[error("{call}: fitted on {fitted}, got {got}")]
    DataDiffers {
        /// Method called.
        call: String,
        /// Shape of one training sample.
        fitted: String,
        /// Shape of one sample of the data.
        got: String,
    },
    /// The data's values or files cannot be used.
    #[error("{0}")]
    Data(String),
    /// Error raised by a callback from outside the crate.
    #[error("{0}")]
    Outside(Box<dyn std::error::Error + Send + Sync>),
    /// A loss is not finite.
    #[error("{term} is not finite after {samples} samples; lower lr")]
    Diverged {
        /// Loss term.
        term: String,
        /// Samples seen by the discriminator when the error was detected.
        samples: u64,
        /// Mean of each loss term since the last check.
        losses: Vec<(String, f64)>,
    },
    /// A checkpoint cannot be loaded.
    #[error("{file}: {fault}")]
    Checkpoint {
        /// Path of the file.
        file: String,
        /// Reason.
        fault: CheckpointFault,
    },
    /// A device is not available.
    #[error("{device}: {reason}")]
    Device {
        /// Requested device.
        device: String,
        /// Available devices.
        reason: String,
    },
    /// The estimator is already training.
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
        /// Path of the file.
        path: PathBuf,
        /// Error of the operating system.
        source: std::io::Error,
    },
    /// libtorch failed; holds the first line of its message.
    #[error("{0}")]
    Torch(String),
    /// Internal error.
    #[error("internal error in {0}; please report")]
    Internal(String),
}

/// Reason why a checkpoint cannot be loaded.
#[derive(Debug, thiserror::Error)]
pub enum CheckpointFault {
    /// Not written by ganvas, or damaged.
    #[error("not a ganvas checkpoint, or a damaged one ({0})")]
    Damaged(String),
    /// A field or a file of a model of another program.
    #[error("{name}: expected {expected}, got {got}")]
    Unfit {
        /// Name of the field or file.
        name: String,
        /// Accepted values.
        expected: String,
        /// Value found.
        got: String,
    },
    /// Written by an earlier version of ganvas.
    #[error("expected format {expected}, got format {found}; fit again, or use the version of ganvas that wrote it")]
    Older {
        /// Format of the file.
        found: u64,
        /// Format that this build supports.
        expected: u64,
    },
    /// Written by a newer version of ganvas.
    #[error("has format {found}, this ganvas reads up to {newest}; upgrade ganvas")]
    Newer {
        /// Format of the file.
        found: u64,
        /// Format that this build supports.
        newest: u64,
    },
    /// A tensor has another shape or dtype.
    #[error("\"{tensor}\" is {found}, model needs {needed}")]
    Tensor {
        /// Name of the tensor.
        tensor: String,
        /// Shape or dtype in the file.
        found: String,
        /// Shape or dtype of the model.
        needed: String,
    },
    /// Tensors of the model that are missing in the file.
    #[error("lacks {0}")]
    Missing(String),
    /// Tensors of the file that are not in the model.
    #[error("has {0}, which the model lacks")]
    Extra(String),
    /// A tensor contains NaN or infinity.
    #[error("\"{0}\" is not finite")]
    NotFinite(String),
}

impl Error {
    /// Error for a parameter out of range.
    pub fn parameter(name: &str, expected: impl Into<String>, got: impl ToString) -> Self {
        Error::Parameter {
            name: name.into(),
            expected: expected.into(),
            got: got.to_string(),
        }
    }

    /// Error for a file that cannot be read or written.
    pub fn io(path: &Path, source: std::io::Error) -> Self {
        Error::Io { path: path.into(), source }
    }

    /// Error for a damaged checkpoint.
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

/// Runs `body` and converts panics caused by libtorch errors to [`Error::Torch`]; other panics are resumed.
///
/// Needed because tch operators with scalar arguments panic where others return an error: dropping the scalar checks
/// for a pending error before the operator does.
///
/// # Errors
/// Errors of `body`; [`Error::Torch`].
pub fn caught<T>(body: impl FnOnce() -> Result<T>) -> Result<T> {
    catch_unwind(AssertUnwindSafe(body)).unwrap_or_else(|panic| match torch_text(&*panic) {
        Some(text) => Err(tch::TchError::Torch(text).into()),
        None => resume_unwind(panic),
    })
}

// First line of the libtorch error in the message of a failed `unwrap`, `Torch("...")`.
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
        // With two scalars, the second is dropped while the first panics.
        let wide = Tensor::zeros([1], (Kind::Float, Device::Cpu)).expand([1 << 50], false);
        let memory = caught(|| Ok(wide.f_clamp(0.0, 1.0)?)).unwrap_err().to_string();
        assert!(memory.contains("can't allocate memory"), "{memory}");
        assert!(x.f_add_scalar(1.0).is_ok());
    }

    #[test]
    fn text_comes_back_as_it_was_and_other_panics_go_on() {
        let raw = "say \"a\\b\" \u{fffd}\u{1}é\nframe #0";
        let failed = || Err::<(), _>(tch::TchError::Torch(raw.into()));
        let body = || {
            failed().unwrap();
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
