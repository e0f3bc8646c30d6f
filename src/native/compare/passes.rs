//! Tests that compare this executor with libtorch, for all layers and for whole networks.

#[cfg(test)]
pub mod tests {
    use tch::{Device, Kind, Tensor};

    use super::super::chains::tests::*;
    use crate::base::pool::Alone;
    use crate::base::{ParamStore, Philox, Stream};
    use crate::kind::DataShape;
    use crate::layer::*;
    use crate::native::{Executor, Plan, Wanted};
    use crate::net::{Down, Pair, Request};

    pub fn numbers(size: &[i64], index: u64) -> Tensor {
        let mut values = vec![0f32; size.iter().product::<i64>() as usize];
        Philox::new(5).fill_normal(Stream::Latent, index, &mut values);
        Tensor::from_slice(&values).view(size)
    }

    // Documents that start at some places, in each sample at others.
    fn starts(count: i64, places: i64) -> Tensor {
        let start = |sample: i64, place: i64| (place - (place + sample) % 4).max(0) as f32;
        let all: Vec<f32> = (0..count).flat_map(|sample| (0..places).map(move |place| start(sample, place))).collect();
        Tensor::from_slice(&all).view([count, places])
    }

    // First places of the sources of 9 places, of documents as those of [`starts`]; the last place has none.
    fn sources(count: i64) -> Tensor {
        let starts = starts(count, 12);
        let seen = |sample: i64, place: i64| match place {
            8 => -1.0,
            _ => starts.double_value(&[sample, 11 - 4 * (place / 3)]) as f32,
        };
        let all: Vec<f32> = (0..count).flat_map(|sample| (0..9).map(move |place| seen(sample, place))).collect();
        Tensor::from_slice(&all).view([count, 9])
    }

    // A chain with input values.
    pub struct Case {
        pub chain: Chain,
        pub flat: Tensor,
        pub buffers: Tensor,
        pub x: Tensor,
        pub labels: Tensor,
        pub noise: Vec<Tensor>,
        pub slope: Tensor,
    }

    impl Case {
        pub fn new(chain: Chain, count: i64) -> Case {
            let sized = |shape: &[i64]| [&[count], shape].concat();
            let [len, buffers] = [chain.parameters(), chain.buffers()].map(|specs| specs.iter().map(|s| s.len()).sum());
            Case {
                flat: numbers(&[len], 3) * 0.3,
                buffers: numbers(&[buffers], 7),
                x: match takes_tokens(&chain) {
                    true => numbers(&sized(&chain.input), 1).abs().multiply_scalar(4.0).floor().clamp_max(10.0),
                    false => numbers(&sized(&chain.input), 1),
                },
                labels: match chain.given() {
                    Some(30) => Tensor::cat(&[starts(count, 12), starts(count, 9), sources(count)], 1),
                    Some(places) if places != 2 => starts(count, places),
                    _ => numbers(&[count, 2], 2),
                },
                noise: (9..).zip(chain.noise()).map(|(i, shape)| numbers(&sized(&shape), i)).collect(),
                slope: numbers(&sized(&chain.output()), 4),
                chain,
            }
        }

        // libtorch's results, in the dtype of the input.
        pub fn torch(&self, flat: &Tensor, x: &Tensor, buffers: &Tensor) -> Tensor {
            let (chain, device) = (&self.chain, Device::Cpu);
            let store = ParamStore::new(chain.parameters(), chain.init, &Philox::new(0), 0, device).unwrap();
            let parts = Parts {
                parameters: &store.views(flat).unwrap(),
                buffers: &ParamStore::constants(chain.buffers(), device).unwrap().views(buffers).unwrap(),
                given: Some(&self.labels.to_kind(x.kind())),
                noise: &self.noise,
                training: true,
                ..Parts::default()
            };
            chain::run(&chain.layers, x * 1.0, &parts).unwrap()
        }
    }

    pub fn near(found: &Tensor, expected: &Tensor, what: &str, chain: &Chain) {
        let (found, expected) = (found.detach().contiguous(), expected.detach().contiguous());
        assert_eq!(found.size(), expected.size());
        if found.numel() > 0 {
            let error = (found - &expected).abs().max().double_value(&[]);
            let size = expected.abs().max().double_value(&[]);
            assert!(error <= 1e-4 * size + 1e-6, "{what}: {error} of {size} in {chain:?}");
        }
    }

    #[test]
    fn results_gradients_and_statistics_are_those_of_libtorch_on_any_number_of_threads() {
        // libtorch's idle threads would spin on the cores of the executor's threads.
        let _alone = Alone::begin();
        for (i, chain) in all().into_iter().enumerate() {
            let large = chain.input.iter().product::<i64>() > 500;
            // The vectors of labels are computed in blocks of 32 samples.
            let runs = [(1, 40), (2, 5), (3, 3), (4, 7)];
            for (threads, count) in if large { vec![runs[i % 4]] } else { runs.to_vec() } {
                let case = Case::new(chain.clone(), count);
                let executor = Executor::new(Plan::new(&chain).unwrap(), threads).unwrap();
                let (buffers, expected_buffers) = (case.buffers.copy(), case.buffers.copy());
                let wanted = Wanted { weights: true, input: true };
                let [flat, x] = [&case.flat, &case.x].map(|leaf| leaf.copy().set_requires_grad(true));
                let expected = [0, 1].map(|_| case.torch(&flat, &x, &expected_buffers));
                let (mut dx, mut loss) = (case.x.zeros_like(), Tensor::from(0f32));
                for expected in expected {
                    let mut pass =
                        executor.forward((&case.flat, &buffers), &case.x, Some(&case.labels), &case.noise).unwrap();
                    near(&executor.result(&pass).unwrap(), &expected, "y", &chain);
                    dx += executor.backward(&case.flat, &mut pass, &case.slope, wanted).unwrap().unwrap();
                    loss += (expected * &case.slope).sum(Kind::Float);
                }
                near(&buffers, &expected_buffers, "statistics", &chain);
                let leaves = if case.flat.numel() > 0 { vec![&x, &flat] } else { vec![&x] };
                let leaves = if takes_tokens(&chain) { vec![&flat] } else { leaves };
                let mut expected = Tensor::run_backward(&[loss], &leaves, false, false);
                if takes_tokens(&chain) {
                    expected.insert(0, dx.zeros_like());
                }
                // The gradients of two backward passes are added.
                let gradient = executor.gradient().unwrap();
                near(&dx, &expected[0], "dx", &chain);
                expected.get(1).iter().for_each(|expected| near(&gradient, expected, "weights", &chain));
                assert!(executor.gradient().is_none());
            }
        }
    }

    #[test]
    fn gradients_are_those_of_finite_differences_in_float64() {
        let _alone = Alone::begin();
        let chains = [rows(), pictures(), residuals(), convolutions(), unequal(), judges()].concat();
        for chain in chains.into_iter().filter(|chain| !iterates(chain)) {
            let case = Case::new(chain, 3);
            let executor = Executor::new(Plan::new(&case.chain).unwrap(), 2).unwrap();
            let mut pass =
                executor.forward((&case.flat, &case.buffers), &case.x, Some(&case.labels), &case.noise).unwrap();
            let wanted = Wanted { weights: true, input: true };
            let dx = executor.backward(&case.flat, &mut pass, &case.slope, wanted).unwrap().unwrap();
            let double = |tensor: &Tensor| tensor.to_kind(Kind::Double);
            let (along, across) = (numbers(&case.flat.size(), 6), numbers(&case.x.size(), 8));
            let found = (executor.gradient().unwrap() * &along).sum(Kind::Double) + (dx * &across).sum(Kind::Double);
            let loss = |at: f64| {
                let flat = double(&case.flat) + double(&along) * at;
                let x = double(&case.x) + double(&across) * at;
                (case.torch(&flat, &x, &double(&case.buffers)) * double(&case.slope)).sum(Kind::Double)
            };
            let exact = (loss(1e-6) - loss(-1e-6)).double_value(&[]) / 2e-6;
            let found = found.double_value(&[]);
            assert!((found - exact).abs() < 1e-4 * exact.abs().max(10.0), "{:?}: {found} {exact}", case.chain);
        }
    }

    #[test]
    fn the_same_numbers_give_the_same_bits() {
        let data = DataShape::image([16, 16, 3], 0.0, 255.0);
        let request = Request { spec: &spec(4, 2), data: &data };
        let pictures = Pair::Gan.net("dcgan").unwrap().down(&request, Down::Scores).unwrap();
        let recurrent = sequences().into_iter().filter(|chain| matches!(chain.layers[0].layer, Layer::Recurrent(_)));
        for chain in recurrent.chain([pictures]) {
            let case = Case::new(chain, 7);
            let run = || {
                let executor = Executor::new(Plan::new(&case.chain).unwrap(), 3).unwrap();
                let mut pass = executor
                    .forward((&case.flat, &case.buffers.copy()), &case.x, Some(&case.labels), &case.noise)
                    .unwrap();
                let wanted = Wanted { weights: true, input: true };
                let dx = executor.backward(&case.flat, &mut pass, &case.slope, wanted).unwrap().unwrap();
                [dx, executor.gradient().unwrap()]
            };
            let first = run();
            assert!((0..5).all(|_| run().iter().zip(&first).all(|(a, b)| a.equal(b))));
        }
    }

    #[test]
    fn gradients_that_are_not_wanted_are_not_found() {
        let case = Case::new(convolutions().swap_remove(40), 3);
        let executor = Executor::new(Plan::new(&case.chain).unwrap(), 2).unwrap();
        for wanted in [Wanted { weights: false, input: true }, Wanted { weights: true, input: false }] {
            let mut pass = executor.forward((&case.flat, &case.buffers), &case.x, None, &case.noise).unwrap();
            let dx = executor.backward(&case.flat, &mut pass, &case.slope, wanted).unwrap();
            assert_eq!((dx.is_some(), executor.gradient().is_some()), (wanted.input, wanted.weights));
        }
    }
}
