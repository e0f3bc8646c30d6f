//! Comparison with the definition in float64, and with the direct product.

#[cfg(test)]
mod tests {
    use super::super::Winograd;
    use crate::base::pool;
    use crate::base::slice::Shares;
    use crate::base::{Philox, Stream};
    use crate::layer::{Activation, Function};
    use crate::native::conv::Conv;
    use crate::native::conv_transpose::ConvTranspose;
    use crate::native::windows::Windows;
    use crate::native::{Memory, Op, Slopes, Work};

    fn numbers(count: usize, index: u64) -> Vec<f32> {
        let mut values = vec![0f32; count];
        Philox::new(7).fill_normal(Stream::Latent, index, &mut values);
        values
    }

    fn windows([kernel, stride]: [usize; 2], [height, width]: [usize; 2], [channels, others]: [usize; 2]) -> Windows {
        Windows {
            channels,
            size: [1, height * stride, width * stride],
            kernel: [1, kernel, kernel],
            stride: [1, stride, stride],
            padding: [0, 1, 1],
            grid: [1, height, width],
            others,
        }
    }

    // Calls `each` with the indices of a sample's pixel in the smaller image, in the larger one, and in the weights, in pixels.
    fn pairs(windows: &Windows, mut each: impl FnMut(usize, usize, usize)) {
        let ([_, height, width], [_, kernel, _]) = (windows.size, windows.kernel);
        for small in 0..windows.pixels() {
            for tap in 0..kernel * kernel {
                let y = (small / windows.grid[2] * windows.stride[1] + tap / kernel) as isize - 1;
                let x = (small % windows.grid[2] * windows.stride[2] + tap % kernel) as isize - 1;
                if (0..height as isize).contains(&y) && (0..width as isize).contains(&x) {
                    each(small, y as usize * width + x as usize, tap);
                }
            }
        }
    }

    // Convolution, its adjoint, and the gradient of the weights, in float64.
    fn defined(windows: &Windows, large: &[f32], small: &[f32], weights: &[f32]) -> [Vec<f64>; 3] {
        let (channels, others) = (windows.channels, windows.others);
        let [mut narrow, mut wide, mut gradient] = [small.len(), large.len(), weights.len()].map(|len| vec![0f64; len]);
        for sample in 0..large.len() / windows.picture() {
            pairs(windows, |at, pixel, tap| {
                let (first, from) =
                    ((sample * windows.pixels() + at) * others, sample * windows.picture() + pixel * channels);
                for other in 0..others {
                    let row = other * windows.width() + tap * channels;
                    for channel in 0..channels {
                        let [x, y, w] =
                            [large[from + channel], small[first + other], weights[row + channel]].map(f64::from);
                        narrow[first + other] += x * w;
                        wide[from + channel] += y * w;
                        gradient[row + channel] += x * y;
                    }
                }
            });
        }
        [narrow, wide, gradient]
    }

    // Calls `each` on several threads with the arguments of a layer's passes.
    fn run(op: &dyn Op, (count, threads): (usize, usize), weights: &[f32], each: impl Fn(&Work) + Sync) {
        let mut scratch = vec![f32::NAN; op.scratch(count, threads)];
        let scratch = Shares::new(&mut scratch);
        pool::run(threads, &|worker| {
            each(&Work {
                worker,
                count,
                room: count,
                first: 0,
                weights,
                buffers: &Shares::new(&mut []),
                given: &[],
                memory: Memory::default(),
                noise: &[],
                training: true,
                at: None,
                curves: None,
                place: 0,
                kept: &Shares::new(&mut []),
                scratch: &scratch,
            });
        })
        .unwrap();
    }

    // Output, gradient of the input and gradient of the parameters of a layer.
    fn passes(op: &dyn Op, sizes: (usize, usize), weights: &[f32], x: &[f32], dy: &[f32]) -> [Vec<f32>; 3] {
        let mut made = [dy.len(), x.len(), weights.len()].map(|len| vec![f32::NAN; len]);
        let [y, dx, dw] = made.each_mut().map(|values| Shares::new(values));
        run(op, sizes, weights, |work| {
            op.forward(work, x, &y, None);
            work.worker.wait();
            for add in [false, true] {
                op.backward(work, x, &Slopes { y: dy, x: Some(&dx), weights: Some((&dw, add)) });
                work.worker.wait();
            }
        });
        made
    }

    fn error(values: &[f32], exact: impl Iterator<Item = f64>) -> f64 {
        let (mut error, mut size) = (0f64, 0f64);
        for (value, exact) in values.iter().zip(exact) {
            error += (f64::from(*value) - exact).powi(2);
            size += exact.powi(2);
        }
        (error / size).sqrt()
    }

    #[test]
    fn results_are_those_of_the_definition() {
        let shapes = [
            ([4, 2], [9, 6], [16, 24]),
            ([4, 2], [4, 2], [24, 16]),
            ([3, 1], [6, 5], [16, 16]),
            ([3, 1], [3, 8], [16, 40]),
        ];
        for (shape, threads) in shapes.into_iter().zip([2, 1, 3, 2]) {
            let windows = windows(shape.0, shape.1, shape.2);
            let fewer = Winograd::of(&windows).unwrap();
            let count = (1..).find(|&count| fewer.pays(count)).unwrap();
            let (large, small) =
                (numbers(count * windows.picture(), 0), numbers(count * windows.pixels() * windows.others, 1));
            let weights = numbers(windows.weights(), 2);
            let [narrow, wide, gradient] = defined(&windows, &large, &small, &weights);
            // It is added to itself.
            let gradient: Vec<f64> = gradient.iter().map(|value| 2.0 * value).collect();
            let of = |fewer: Option<Winograd>| -> [f64; 6] {
                let down = Conv { windows, bias: false, fewer };
                let up = ConvTranspose { windows, bias: false, fewer };
                let [a, b, c] = passes(&down, (count, threads), &weights, &large, &small);
                let [d, e, f] = passes(&up, (count, threads), &weights, &small, &large);
                let exact = [&narrow, &wide, &gradient, &wide, &narrow, &gradient];
                let mut both = [a, b, c, d, e, f].into_iter().zip(exact);
                std::array::from_fn(|_| {
                    both.next().map_or(0.0, |(values, exact)| error(&values, exact.iter().copied()))
                })
            };
            for (direct, fewer) in of(None).into_iter().zip(of(Some(fewer))) {
                assert!(fewer < 4.0 * direct.max(3e-8), "{shape:?}: {fewer} against {direct}");
            }
        }
    }

    #[test]
    fn biases_activations_and_small_batches_are_those_of_the_direct_product() {
        let windows = windows([4, 2], [4, 4], [16, 16]);
        let fewer = Winograd::of(&windows);
        let then = Activation { function: Function::Tanh };
        for count in [2, 70] {
            let weights = numbers(windows.weights() + 16, 2);
            let x = numbers(count * windows.picture(), 0);
            let out = |fewer: Option<Winograd>| {
                let op = Conv { windows, bias: true, fewer };
                let mut y = vec![f32::NAN; count * 256];
                let made = Shares::new(&mut y);
                run(&op, (count, 2), &weights, |work| op.forward(work, &x, &made, Some(&then)));
                y
            };
            let (direct, fewer) = (out(None), out(fewer));
            assert!(direct.iter().zip(&fewer).all(|(a, b)| (a - b).abs() < 1e-4));
            // Too few tiles: it is the direct product.
            assert_eq!(count == 2, direct == fewer);
        }
    }

    #[test]
    fn other_convolutions_have_no_fewer_products() {
        let usual = windows([4, 2], [4, 4], [16, 16]);
        assert!(Winograd::of(&usual).is_some());
        for other in [
            Windows { padding: [0, 0, 0], grid: [1, 3, 3], ..usual },
            Windows { kernel: [1, 5, 5], ..usual },
            Windows { channels: 3, ..usual },
            Windows { others: 20, ..usual },
            Windows { size: [2, 8, 8], kernel: [4, 4, 4], ..usual },
            Windows { size: [1, 9, 8], ..usual },
            windows([4, 2], [7, 7], [16, 16]),
        ] {
            assert!(Winograd::of(&other).is_none(), "{other:?}");
        }
    }
}
