//! Softmax cross-entropy of rows of logits, and its gradient in the same pass over them.

use crate::base::math::{exp, total, wide};
use crate::base::pool;
use crate::base::slice::Shares;
use crate::error::Result;

/// Mean, in nats, of the surprise of the targets that are at least 0, and its gradient with respect to the logits, `[targets,
/// tokens]`, whose rows of other targets are 0. The sum does not depend on the number of threads.
///
/// # Errors
/// [`crate::Error::Internal`] if a thread fails.
pub fn surprise(logits: &[f32], targets: &[i64], gradient: &mut [f32], threads: usize) -> Result<f32> {
    let (rows, tokens) = (targets.len(), logits.len() / targets.len().max(1));
    let counted = targets.iter().filter(|target| **target >= 0).count();
    let scale = 1.0 / counted as f32;
    let mut losses = vec![0f32; rows];
    let (gradient, all) = (Shares::new(gradient), Shares::new(&mut losses));
    pool::run(threads.clamp(1, rows.max(1)), &|worker| {
        for row in worker.share(rows) {
            let range = row * tokens..(row + 1) * tokens;
            // SAFETY: threads' rows do not overlap.
            let (slope, loss) = unsafe { (gradient.part(range.clone()), all.part(row..row + 1)) };
            match usize::try_from(targets[row]) {
                Ok(target) => loss.fill(measure(&logits[range], target.min(tokens - 1), scale, slope)),
                Err(_) => slope.fill(0.0),
            }
        }
    })?;
    Ok((losses.iter().copied().map(f64::from).sum::<f64>() / counted as f64) as f32)
}

// Values that are reduced side by side.
const LANES: usize = 16;

wide! {
    // Surprise of a target, and its gradient times `scale`.
    fn measure(logits: &[f32], target: usize, scale: f32, slope: &mut [f32]) -> f32 {
        let mut most = [f32::MIN; LANES];
        for chunk in logits.chunks_exact(LANES) {
            for i in 0..LANES {
                most[i] = if chunk[i] > most[i] { chunk[i] } else { most[i] };
            }
        }
        let rest = logits.chunks_exact(LANES).remainder();
        let most = most.iter().chain(rest).fold(f32::MIN, |most, &value| if value > most { value } else { most });
        slope.iter_mut().zip(logits).for_each(|(slope, logit)| *slope = exp(logit - most));
        let mut sums = [0f32; LANES];
        for chunk in slope.chunks_exact(LANES) {
            for i in 0..LANES {
                sums[i] += chunk[i];
            }
        }
        let sum = total(sums) + slope.chunks_exact(LANES).remainder().iter().sum::<f32>();
        let factor = scale / sum;
        slope.iter_mut().for_each(|slope| *slope *= factor);
        slope[target] -= scale;
        most + sum.ln() - logits[target]
    }
}

#[cfg(test)]
mod tests {
    use tch::{Kind, Reduction, Tensor};

    use super::*;
    use crate::base::{Philox, Stream};

    #[test]
    fn the_mean_and_its_gradient_are_those_of_libtorch() {
        for (rows, tokens, threads) in [(1, 1, 1), (7, 66, 3), (40, 513, 2), (5, 16, 4)] {
            let mut logits = vec![0f32; rows * tokens];
            Philox::new(3).fill_normal(Stream::Latent, 0, &mut logits);
            logits.iter_mut().for_each(|logit| *logit *= 9.0);
            let ignored = |row: usize| row % 3 == 1;
            let target = |row: usize| if ignored(row) { -100 } else { (row * 31 % tokens) as i64 };
            let targets: Vec<i64> = (0..rows).map(target).collect();
            let mut gradient = vec![f32::NAN; rows * tokens];
            let loss = surprise(&logits, &targets, &mut gradient, threads).unwrap();
            let size = [rows as i64, tokens as i64];
            let x = Tensor::from_slice(&logits).view(size).set_requires_grad(true);
            let targets = Tensor::from_slice(&targets);
            let expected = x.cross_entropy_loss::<Tensor>(&targets, None, Reduction::Mean, -100, 0.0);
            let slope = Tensor::run_backward(&[&expected], &[&x], false, false).remove(0);
            assert!((f64::from(loss) - expected.double_value(&[])).abs() < 1e-5);
            let off = (Tensor::from_slice(&gradient).view(size) - slope).abs().max();
            assert!(off.to_kind(Kind::Double).double_value(&[]) < 1e-6);
        }
    }
}
