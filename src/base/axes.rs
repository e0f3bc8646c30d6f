//! Axes: networks have the channels first, arrays and memory have them last; sizes in messages.

use tch::Tensor;

use crate::error::Result;

/// A view of `[n, channels, ...sides]` as `[n, ...sides, channels]`.
pub fn channels_last(x: &Tensor) -> Result<Tensor> {
    Ok(x.f_movedim_int(1, -1)?)
}

/// A view of `[n, ...sides, channels]` as `[n, channels, ...sides]`.
pub fn channels_first(x: &Tensor) -> Result<Tensor> {
    Ok(x.f_movedim_int(-1, 1)?)
}

/// Sizes as Python writes them: `(28, 28, 1)`, `(2,)`.
pub fn tuple(sizes: &[i64]) -> String {
    match sizes {
        [one] => format!("({one},)"),
        _ => {
            let sizes: Vec<String> = sizes.iter().map(i64::to_string).collect();
            format!("({})", sizes.join(", "))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_read_as_python_writes_them() {
        assert_eq!(tuple(&[2]), "(2,)");
        assert_eq!(tuple(&[28, 28, 1]), "(28, 28, 1)");
    }
}
