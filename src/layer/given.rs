//! Labels of samples, `[n, width]`, and rows that are broadcast to all pixels of an image.

use tch::Tensor;

use crate::base::axes::tuple;
use crate::error::{Error, Result};

/// Returns the labels if their shape is `[count, width]`.
///
/// # Errors
/// [`Error::Shape`] if they are missing or have another shape.
pub fn fitting(labels: Option<&Tensor>, [count, width]: [i64; 2]) -> Result<&Tensor> {
    labels.filter(|labels| labels.size() == [count, width]).ok_or_else(|| Error::Shape {
        name: "y".into(),
        expected: format!("labels {}", tuple(&[count, width])),
        got: labels.map_or("none".into(), |labels| tuple(&labels.size())),
    })
}

/// Reshapes rows `[n, width]` to `[n, width, 1, ...]`, with as many axes as `x`.
pub fn everywhere(rows: &Tensor, x: &Tensor) -> Result<Tensor> {
    let mut size = rows.size();
    size.resize(x.dim(), 1);
    Ok(rows.f_view(&size[..])?)
}

/// Appends rows `[n, width]` to `x`: to rows as columns, to images as constant channels.
pub fn join(x: &Tensor, rows: &Tensor) -> Result<Tensor> {
    let rows = everywhere(rows, x)?;
    let mut size = rows.size();
    size.truncate(2);
    size.extend(x.size().iter().skip(2));
    Ok(Tensor::f_cat(&[x, &rows.f_expand(&size[..], false)?], 1)?)
}

/// Shape of the result of [`join`] for a sample of this shape.
pub fn joined(input: &[i64], width: i64) -> Vec<i64> {
    let mut shape = input.to_vec();
    if let Some(features) = shape.first_mut() {
        *features += width;
    }
    shape
}
