//! Tests that compare this executor with libtorch, for all layers and for whole networks.

#[cfg(test)]
mod tests {
    use tch::{Device, Kind, Tensor};

    use crate::base::pool::Alone;
    use crate::base::{Code, InitScheme, ParamStore, Philox, Stream};
    use crate::kind::{DataShape, Labels};
    use crate::layer::chain::Named;
    use crate::layer::Function::*;
    use crate::layer::*;
    use crate::native::{Executor, Plan, Wanted};
    use crate::net::{Down, NetSpec, Pair, Request, Up};

    fn numbers(size: &[i64], index: u64) -> Tensor {
        let mut values = vec![0f32; size.iter().product::<i64>() as usize];
        Philox::new(5).fill_normal(Stream::Latent, index, &mut values);
        Tensor::from_slice(&values).view(size)
    }

    fn of(input: &[i64], layers: &[Layer]) -> Chain {
        let mut chain = Chain::new(input, InitScheme::FanIn);
        for (i, layer) in layers.iter().enumerate() {
            chain.push(format!("layer{i}"), layer.clone());
        }
        chain
    }

    fn function(function: Function) -> Layer {
        Activation { function }.into()
    }

    fn dense(inputs: i64, outputs: i64) -> Layer {
        Linear { inputs, outputs }.into()
    }

    type Sides = (Vec<i64>, Vec<i64>);

    fn down(inputs: i64, outputs: i64, (kernel, stride): Sides, (padding, bias): (i64, bool)) -> Layer {
        Conv { inputs, outputs, kernel, stride, padding, bias }.into()
    }

    fn up(inputs: i64, outputs: i64, (kernel, stride): Sides, (padding, bias): (i64, bool)) -> Layer {
        ConvTranspose { inputs, outputs, kernel, stride, padding, bias }.into()
    }

    fn conv(inputs: i64, outputs: i64, [kernel, stride, padding]: [i64; 3], bias: bool) -> Layer {
        down(inputs, outputs, (vec![kernel; 2], vec![stride; 2]), (padding, bias))
    }

    fn transpose(inputs: i64, outputs: i64, [kernel, stride, padding]: [i64; 3], bias: bool) -> Layer {
        up(inputs, outputs, (vec![kernel; 2], vec![stride; 2]), (padding, bias))
    }

    fn rows() -> Vec<Chain> {
        let mut chains: Vec<Chain> = [Relu, LeakyRelu, Tanh, Elu, Softplus, Sigmoid, Silu, Gelu, GeluTanh, SquaredRelu]
            .map(|f| {
                let labels = Condition { labels: 2 }.into();
                of(&[5], &[function(f), dense(5, 7), function(f), labels, dense(9, 6), function(Tanh)])
            })
            .into();
        let features = 20;
        chains.push(of(&[5], &[dense(5, 20), BatchNorm { features }.into(), function(Relu), dense(20, 1)]));
        chains
    }

    fn pictures() -> Vec<Chain> {
        let shape = vec![2, 3, 2];
        let flat = [Flatten {}.into(), dense(24, 12), function(LeakyRelu), Unflatten { shape }.into()];
        let (features, shape) = (3, vec![3, 5, 4]);
        vec![
            of(&[3, 2, 4], &flat),
            of(&[3, 5, 4], &[Centre { shape }.into(), Condition { labels: 2 }.into(), function(Tanh)]),
            of(&[3, 5, 4], &[Crop { sides: vec![4, 2] }.into(), function(Tanh), BatchNorm { features }.into()]),
            of(&[3, 5, 5], &[Pad { sides: vec![6, 6] }.into(), BatchNorm { features }.into(), function(LeakyRelu)]),
            of(&[3, 5, 4], &[Resize { sides: vec![10, 7] }.into(), function(Tanh)]),
            of(&[3, 5, 4], &[Resize { sides: vec![3, 4] }.into(), conv(3, 4, [1, 1, 0], true)]),
        ]
    }

    fn residuals() -> Vec<Chain> {
        let named = |name: &str, layer: Layer| Named { name: name.into(), layer };
        [Relu, Gelu]
            .map(|f| {
                let body = vec![
                    named("act", function(f)),
                    named("conv", conv(3, 4, [3, 2, 1], true)),
                    named("norm", BatchNorm { features: 4 }.into()),
                ];
                let shortcut = vec![named("conv", conv(3, 4, [1, 2, 0], true))];
                let inner = vec![named("act", function(f)), named("conv", conv(4, 4, [3, 1, 1], true))];
                let first = Residual { body, shortcut, scaled: true };
                let second = Residual { body: inner, shortcut: vec![], scaled: f == Relu };
                let blocks = [first, second];
                let [first, second] = blocks.map(Layer::from);
                of(&[3, 5, 4], &[first, second, function(f), conv(4, 1, [3, 1, 1], true)])
            })
            .into()
    }

    fn convolutions() -> Vec<Chain> {
        let mut chains = Vec::new();
        for kernel in [1, 3, 4, 5, 7] {
            for (stride, padding) in [(1, 0), (1, 1), (2, 0), (2, 1), (2, kernel / 2), (1, kernel)] {
                for (i, channels) in [1, 3, 5].into_iter().enumerate() {
                    let (bias, place) = ((i as i64 + kernel + stride + padding) % 2 == 0, [kernel, stride, padding]);
                    let act = function([Tanh, Relu, LeakyRelu][i]);
                    chains.push(of(&[channels, 9, 7], &[conv(channels, 4, place, bias), act.clone()]));
                    if kernel > 2 * padding {
                        chains.push(of(&[4, 5, 4], &[transpose(4, channels, place, bias), act]));
                    }
                }
            }
        }
        chains.push(of(&[3, 4, 4], &[conv(3, 5, [4, 1, 0], true), function(Tanh), Flatten {}.into()]));
        chains.push(of(&[6, 1, 1], &[transpose(6, 3, [4, 1, 0], true), function(Tanh)]));
        // Several blocks, which begin and end within a sample.
        chains.push(of(&[20, 26, 25], &[conv(20, 30, [7, 1, 3], true), transpose(30, 3, [7, 2, 3], true)]));
        chains
    }

    // Windows with unequal sides, in one to three dimensions.
    fn unequal() -> Vec<Chain> {
        let mut chains = Vec::new();
        let sizes = [vec![7], vec![5, 8], vec![4, 3, 5]];
        for (sides, kernel) in sizes.into_iter().zip([vec![4], vec![3, 2], vec![2, 3, 4]]) {
            let input = [&[2], &sides[..]].concat();
            let steps = [[1; 3], [2; 3], [2; 3], [1, 3, 2], [2, 1, 4]];
            let rest = [(0, true), (1, false), (0, true), (1, true), (0, false)];
            for (steps, rest) in steps.into_iter().zip(rest) {
                let shape = || (kernel.clone(), steps[..sides.len()].to_vec());
                let (to, back) = (down(2, 3, shape(), rest), up(3, 2, shape(), rest));
                let (features, function) = (3, Tanh);
                let between = [BatchNorm { features }.into(), Activation { function }.into()];
                chains.push(of(&input, &[&[to.clone()], &between[..], &[back]].concat()));
                chains.push(of(&input, &[to, Flatten {}.into()]));
            }
            let whole = down(2, 3, (sides.clone(), vec![1; sides.len()]), (0, true));
            let more: Vec<i64> = sides.iter().map(|side| side + 2).collect();
            let less: Vec<i64> = sides.iter().map(|side| side - 1).collect();
            let other = [&sides[1..], &[6]].concat();
            let labels = Condition { labels: 2 };
            chains.push(of(&input, &[Pad { sides: more }.into(), labels.into(), Crop { sides: less }.into()]));
            chains.push(of(&input, &[Resize { sides: other }.into(), function(Tanh), Flatten {}.into()]));
            chains.push(of(&input, &[Centre { shape: input.clone() }.into(), whole]));
        }
        chains
    }

    fn spec(base: i64, depth: i64) -> NetSpec {
        NetSpec {
            base_channels: Some(base),
            depth: Some(depth),
            hidden: Some(vec![12]),
            norm: crate::net::Norm::Batch,
            ..NetSpec::default()
        }
    }

    fn networks() -> Vec<Chain> {
        let mut chains = Vec::new();
        let sized = |side, channels| (side, DataShape::image([side, side, channels], 0.0, 255.0));
        let images = [(8, 1), (16, 3), (28, 1), (33, 3), (64, 3)].map(|(side, channels)| sized(side, channels));
        for data in [[4, 16, 30, 2], [1, 5, 12, 1]].map(|size| DataShape::volume(size, 0.0, 1.0)) {
            let (net, request) = (Pair::Gan.net("pianoroll").unwrap(), Request { spec: &spec(3, 1), data: &data });
            chains.extend([net.up(&request, Up::Latent(10)), net.down(&request, Down::Scores)].map(Result::unwrap));
        }
        let volumes = [[8, 9, 5, 1], [4, 4, 4, 2]].map(|size| (size[0], DataShape::volume(size, 0.0, 1.0)));
        for (side, mut data) in images.into_iter().chain(volumes) {
            let spec = spec(3, if side < 20 { 2 } else { 1 });
            let (dcgan, request) = (Pair::Gan.net("dcgan").unwrap(), Request { spec: &spec, data: &data });
            chains.extend([dcgan.up(&request, Up::Latent(10)), dcgan.down(&request, Down::Scores)].map(Result::unwrap));
            if side > 40 {
                continue;
            }
            data.labels = Labels::Classes { shares: vec![0.5; 2], balanced: false };
            for (name, code) in [("conv", Code::Row(6)), ("conv", Code::Map(2)), ("resnet", Code::Row(6))] {
                let (net, request) = (Pair::Autoencoder.net(name).unwrap(), Request { spec: &spec, data: &data });
                let both = [net.down(&request, Down::Code(code)), net.up(&request, Up::Code { code, outputs: 1 })];
                chains.extend(both.map(Result::unwrap));
            }
        }
        chains
    }

    // Chains with one-hot vectors and binary neurons, whose gradient is not the derivative of their result.
    fn choices() -> Vec<Chain> {
        let (shape, line) = (vec![3, 2, 4], down(2, 3, (vec![3], vec![1]), (1, true)));
        vec![
            of(&[3, 5, 4], &[conv(3, 6, [3, 1, 1], true), OneHot {}.into()]),
            of(&[3, 2, 4], &[Flatten {}.into(), dense(24, 24), Unflatten { shape }.into(), OneHot {}.into()]),
            of(&[2, 3], &[OneHot {}.into(), line, function(Tanh)]),
            of(
                &[3, 5, 4],
                &[conv(3, 6, [3, 1, 1], true), Binary {}.into(), function(Tanh), conv(6, 2, [3, 1, 1], true)],
            ),
            of(&[7], &[dense(7, 90), Binary {}.into()]),
        ]
    }

    // Sequences of features, and of tokens.
    fn sequences() -> Vec<Chain> {
        let attention = |shared, places, causal, rotary| -> Chain {
            let layer = SelfAttention { heads: 4, shared, length: 6, places, causal, rotary };
            of(&[layer.inputs(), places], &[layer.into(), function(Tanh)])
        };
        let conv = |inputs, outputs| -> Layer { Conv::product(inputs, outputs, false).into() };
        let recurrent = |cell, inputs, states, places| Recurrent { cell, inputs, states, places };
        let cells = [Cell::Lstm, Cell::Gru].map(|cell| {
            let layers = [(7, 30), (30, 5), (5, 5)].map(|(inputs, states)| recurrent(cell, inputs, states, 6).into());
            of(&[7, 6], &[&layers[..], &[function(Tanh)]].concat())
        });
        let short = of(&[3, 1], &[recurrent(Cell::Lstm, 3, 4, 1).into(), recurrent(Cell::Gru, 4, 2, 1).into()]);
        let norm = RmsNorm { features: 8, eps: 1e-6 };
        let attend = SelfAttention {
            heads: 2,
            shared: 1,
            length: 4,
            places: 9,
            causal: true,
            rotary: Some(50.0),
        };
        let named = |name: &str, layer: Layer| Named { name: name.into(), layer };
        let drop = |rate| -> Layer { Dropout { shape: vec![8, 9], rate }.into() };
        let branch = vec![
            named("norm", norm.into()),
            named("in", conv(8, attend.inputs())),
            named("attention", attend.into()),
            named("out", conv(8, 8)),
            named("dropout", drop(0.4)),
        ];
        let block = Residual { body: branch, shortcut: vec![], scaled: true };
        let lookup = Lookup { tokens: 11, features: 8 };
        let dropped = named("dropout", drop(0.1));
        let body = vec![dropped, named("block", block.into()), named("norm", norm.into())];
        let tied = Tied { lookup, outputs: 7, body };
        let whole = SelfAttention { places: 12, causal: false, ..attend };
        let crossed = |first| CrossAttention { heads: 2, length: 4, places: 9, sources: 12, first };
        let encoder =
            vec![named("in", conv(8, whole.inputs())), named("attention", whole.into()), named("memory", conv(8, 32))];
        let branch =
            |first| vec![named("in", conv(8, 8)), named("cross", crossed(first).into()), named("out", conv(8, 8))];
        let block = |first| Residual { body: branch(first), shortcut: vec![], scaled: true };
        let body = vec![named("block1", block(0).into()), named("block2", block(16).into())];
        let decoder = Tied { lookup, outputs: 7, body };
        let pairs = EncoderDecoder { sources: 12, places: 9, encoder, decoder };
        vec![
            attention(4, 5, true, None),
            attention(2, 70, true, Some(100.0)),
            attention(1, 150, true, Some(10_000.0)),
            attention(2, 150, false, Some(100.0)),
            of(&[8, 5], &[norm.into(), function(Gelu), conv(8, 3)]),
            of(&[37, 5], &[LayerNorm { features: 37, eps: 1e-5 }.into(), function(Tanh), conv(37, 3)]),
            of(&[8, 5], &[Gate {}.into(), function(Tanh), conv(4, 6), Gate {}.into()]),
            of(&[6, 9], &[Positions { places: 9, features: 6 }.into(), function(Tanh), conv(6, 3)]),
            of(&[9], &[lookup.into(), function(Tanh)]),
            of(&[8, 9], &[conv(8, 8), drop(0.3), function(Relu), drop(0.8)]),
            of(&[9], &[tied.into()]),
            of(&[21], &[pairs.into()]),
            short,
        ]
        .into_iter()
        .chain(cells)
        .collect()
    }

    fn all() -> Vec<Chain> {
        [rows(), pictures(), residuals(), convolutions(), unequal(), choices(), networks(), sequences()].concat()
    }

    fn takes_tokens(chain: &Chain) -> bool {
        matches!(chain.layers[0].layer, Layer::Lookup(_) | Layer::Tied(_) | Layer::EncoderDecoder(_))
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
    struct Case {
        chain: Chain,
        flat: Tensor,
        buffers: Tensor,
        x: Tensor,
        labels: Tensor,
        noise: Vec<Tensor>,
        slope: Tensor,
    }

    impl Case {
        fn new(chain: Chain, count: i64) -> Case {
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
        fn torch(&self, flat: &Tensor, x: &Tensor, buffers: &Tensor) -> Tensor {
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

    fn near(found: &Tensor, expected: &Tensor, what: &str, chain: &Chain) {
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
            let runs = [(1, 4), (2, 5), (3, 3), (4, 7)];
            for (threads, count) in if large { vec![runs[i % 4]] } else { runs.to_vec() } {
                let case = Case::new(chain.clone(), count);
                let executor = Executor::new(Plan::new(&chain).unwrap(), threads).unwrap();
                let (buffers, expected_buffers) = (case.buffers.copy(), case.buffers.copy());
                let wanted = Wanted { weights: true, input: true };
                let [flat, x] = [&case.flat, &case.x].map(|leaf| leaf.copy().set_requires_grad(true));
                let expected = case.torch(&flat, &x, &expected_buffers);
                let _ = case.torch(&case.flat, &case.x, &expected_buffers);
                let mut dx = Tensor::new();
                for _ in 0..2 {
                    let pass =
                        executor.forward((&case.flat, &buffers), &case.x, Some(&case.labels), &case.noise).unwrap();
                    near(&executor.result(&pass).unwrap(), &expected, "y", &chain);
                    dx = executor.backward(&case.flat, pass, &case.slope, wanted).unwrap().unwrap();
                }
                near(&buffers, &expected_buffers, "statistics", &chain);
                let loss = (expected * &case.slope).sum(Kind::Float);
                let leaves = if case.flat.numel() > 0 { vec![&x, &flat] } else { vec![&x] };
                let leaves = if takes_tokens(&chain) { vec![&flat] } else { leaves };
                let mut expected = Tensor::run_backward(&[loss], &leaves, false, false);
                if takes_tokens(&chain) {
                    expected.insert(0, dx.zeros_like());
                }
                // The gradients of two backward passes are added.
                let gradient = executor.gradient().unwrap() * 0.5;
                near(&dx, &expected[0], "dx", &chain);
                expected.get(1).iter().for_each(|expected| near(&gradient, expected, "weights", &chain));
                assert!(executor.gradient().is_none());
            }
        }
    }

    #[test]
    fn gradients_are_those_of_finite_differences_in_float64() {
        let _alone = Alone::begin();
        for chain in [rows(), pictures(), residuals(), convolutions(), unequal()].concat() {
            let case = Case::new(chain, 3);
            let executor = Executor::new(Plan::new(&case.chain).unwrap(), 2).unwrap();
            let pass = executor.forward((&case.flat, &case.buffers), &case.x, Some(&case.labels), &case.noise).unwrap();
            let wanted = Wanted { weights: true, input: true };
            let dx = executor.backward(&case.flat, pass, &case.slope, wanted).unwrap().unwrap();
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
                let pass = executor
                    .forward((&case.flat, &case.buffers.copy()), &case.x, Some(&case.labels), &case.noise)
                    .unwrap();
                let wanted = Wanted { weights: true, input: true };
                let dx = executor.backward(&case.flat, pass, &case.slope, wanted).unwrap().unwrap();
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
            let pass = executor.forward((&case.flat, &case.buffers), &case.x, None, &case.noise).unwrap();
            let dx = executor.backward(&case.flat, pass, &case.slope, wanted).unwrap();
            assert_eq!((dx.is_some(), executor.gradient().is_some()), (wanted.input, wanted.weights));
        }
    }
}
