//! Chains of layers and whole networks that the tests compare.

#[cfg(test)]
pub mod tests {
    use crate::base::{Code, InitScheme};
    use crate::kind::{DataShape, Labels};
    use crate::layer::chain::Named;
    use crate::layer::Function::*;
    use crate::layer::*;
    use crate::net::{Down, NetSpec, Pair, Request, Up};

    pub fn of(input: &[i64], layers: &[Layer]) -> Chain {
        let mut chain = Chain::new(input, InitScheme::FanIn);
        for (i, layer) in layers.iter().enumerate() {
            chain.push(format!("layer{i}"), layer.clone());
        }
        chain
    }

    pub fn function(function: Function) -> Layer {
        Activation { function }.into()
    }

    pub fn dense(inputs: i64, outputs: i64) -> Layer {
        Linear { inputs, outputs }.into()
    }

    type Sides = (Vec<i64>, Vec<i64>);

    fn down(inputs: i64, outputs: i64, (kernel, stride): Sides, (padding, bias): (i64, bool)) -> Layer {
        Conv { inputs, outputs, kernel, stride, padding, bias }.into()
    }

    fn up(inputs: i64, outputs: i64, (kernel, stride): Sides, (padding, bias): (i64, bool)) -> Layer {
        ConvTranspose { inputs, outputs, kernel, stride, padding, bias }.into()
    }

    pub fn conv(inputs: i64, outputs: i64, [kernel, stride, padding]: [i64; 3], bias: bool) -> Layer {
        down(inputs, outputs, (vec![kernel; 2], vec![stride; 2]), (padding, bias))
    }

    fn transpose(inputs: i64, outputs: i64, [kernel, stride, padding]: [i64; 3], bias: bool) -> Layer {
        up(inputs, outputs, (vec![kernel; 2], vec![stride; 2]), (padding, bias))
    }

    pub fn rows() -> Vec<Chain> {
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

    pub fn pictures() -> Vec<Chain> {
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

    pub fn residuals() -> Vec<Chain> {
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

    pub fn convolutions() -> Vec<Chain> {
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
    pub fn unequal() -> Vec<Chain> {
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

    pub fn spec(base: i64, depth: i64) -> NetSpec {
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
            let small = |net: &str| NetSpec {
                base_channels: Some(4),
                patch: Some(if side > 8 { 2 } else { 1 }),
                hidden: Some(vec![7, 5]),
                activation: Some(Silu),
                time: 3,
                ..Pair::Map.net(net).unwrap().defaults(Pair::Map, &data).net
            };
            let maps = ["unet", "mlp"].map(|name| {
                let (net, request) = (Pair::Map.net(name).unwrap(), Request { spec: &small(name), data: &data });
                net.across(&request, data.sample()[0]).unwrap()
            });
            chains.extend(maps);
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
    pub fn sequences() -> Vec<Chain> {
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

    // Layers of labels, of normalisation and of discriminators.
    pub fn judges() -> Vec<Chain> {
        let named = |name: &str, layer: Layer| Named { name: name.into(), layer };
        let labels = 2;
        let group = |features, groups| -> Layer { GroupNorm { features, groups }.into() };
        let spectral = |layer: Layer| -> Layer { Spectral::new(layer).into() };
        let modulate = |features| -> Layer { Modulate { labels, features }.into() };
        let block = |pool: bool| -> Layer {
            let mut body = vec![
                named("act", function(Relu)),
                named("conv", spectral(conv(4, 5, [3, 1, 1], true))),
                named("act2", function(Relu)),
                named("conv2", spectral(conv(5, 5, [3, 1, 1], true))),
            ];
            let mut shortcut = vec![named("conv", spectral(conv(4, 5, [1, 1, 0], true)))];
            if pool {
                body.push(named("pool", Pool {}.into()));
                shortcut.insert(0, named("pool", Pool {}.into()));
            }
            Residual { body, shortcut, scaled: !pool }.into()
        };
        // Norms in both branches of a block.
        let block_of = |norm: Layer| -> Layer {
            let body = vec![
                named("norm", norm.clone()),
                named("act", function(Relu)),
                named("conv", conv(6, 6, [3, 1, 1], true)),
            ];
            let shortcut = vec![named("conv", conv(6, 6, [1, 1, 0], true)), named("norm", norm)];
            Residual { body, shortcut, scaled: true }.into()
        };
        let score = Residual {
            body: vec![named("labels", spectral(Projection { inputs: 5, labels }.into()))],
            shortcut: vec![named("linear", spectral(dense(5, 1)))],
            scaled: false,
        };
        let (ends, noise) =
            ([function(Relu), Sum {}.into(), score.into()], Noise { shape: vec![5, 3, 2], deviation: 0.7 });
        let judge = |pool| {
            let first = [conv(3, 4, [3, 1, 1], true), Embedding { labels, features: 3 }.into()];
            let second = [conv(7, 4, [1, 1, 0], false), block(pool)];
            of(&[3, 5, 4], &[&first[..], &second, &ends].concat())
        };
        let body = vec![named("act", function(LeakyRelu)), named("conv", conv(4, 3, [3, 1, 1], true))];
        let inner = Skip { body: [&body[..], &[named("norm", group(3, 1))]].concat() };
        let skip = Skip {
            body: vec![named("inner", inner.into()), named("out", conv(7, 2, [1, 1, 0], true))],
        };
        let halves = [vec![7], vec![5, 8], vec![1, 3, 5], vec![4, 2, 1]];
        let pools = halves.map(|sides| of(&[&[3], &sides[..]].concat(), &[Pool {}.into(), function(LeakyRelu)]));
        let chains = vec![
            judge(true),
            judge(false),
            of(&[7], &[Embedding { labels, features: 4 }.into(), dense(11, 6), function(LeakyRelu), modulate(6)]),
            of(&[5], &[dense(5, 3), Waves { octaves: 3 }.into(), function(Tanh), dense(21, 2)]),
            of(&[5], &[spectral(dense(5, 8)), Maxout { pieces: 4 }.into(), dense(2, 3), function(Relu)]),
            of(&[5], &[dense(5, 12), group(12, 3), function(LeakyRelu), dense(12, 2)]),
            of(&[3, 5, 4], &[conv(3, 6, [3, 1, 1], false), group(6, 1), modulate(6), function(Relu)]),
            of(&[3, 5, 4], &[conv(3, 6, [3, 2, 1], false), group(6, 6), function(Tanh), Sum {}.into()]),
            of(
                &[3, 5, 4],
                &[conv(3, 6, [3, 1, 1], true), group(6, 2), function(LeakyRelu), block_of(group(6, 1)), Sum {}.into()],
            ),
            of(&[3, 5, 4], &[conv(3, 4, [3, 1, 1], true), skip.into(), function(LeakyRelu), Sum {}.into()]),
            of(&[6, 3, 2], &[conv(6, 5, [3, 1, 1], true), noise.into(), function(LeakyRelu), Sum {}.into()]),
            of(&[5], &[dense(5, 9), MinibatchDeviation {}.into(), function(LeakyRelu), dense(10, 2)]),
            of(
                &[3, 5, 4],
                &[conv(3, 6, [3, 2, 1], true), MinibatchDeviation {}.into(), conv(7, 2, [3, 1, 1], true)],
            ),
            of(&[3, 5, 4], &[conv(3, 9, [1, 1, 0], true), Attend { keys: 2, values: 5 }.into(), function(Tanh)]),
            of(&[7, 13, 12], &[Attend { keys: 2, values: 3 }.into(), conv(3, 1, [3, 2, 1], true)]),
            of(&[4, 5, 4], &[spectral(transpose(4, 3, [4, 2, 1], true)), function(LeakyRelu)]),
        ];
        chains.into_iter().chain(pools).collect()
    }

    pub fn all() -> Vec<Chain> {
        let layers = [rows(), pictures(), residuals(), convolutions(), unequal(), choices(), judges()];
        [layers.concat(), networks(), sequences()].concat()
    }

    // True if a finite difference is not the gradient: the vectors of spectral norms follow the weights but count as
    // constants, and deviations of batches are in float32.
    pub fn iterates(chain: &Chain) -> bool {
        chain
            .buffers()
            .iter()
            .any(|spec| spec.name.ends_with("left") || spec.name.ends_with("running_deviation"))
    }

    pub fn takes_tokens(chain: &Chain) -> bool {
        matches!(chain.layers[0].layer, Layer::Lookup(_) | Layer::Tied(_) | Layer::EncoderDecoder(_))
    }
}
