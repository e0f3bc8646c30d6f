//! Tests that a network computes one place of a sequence at a time as it computes all of them at once.

#[cfg(test)]
mod tests {
    use tch::{Device, Kind, Tensor};

    use crate::base::pool::{self, Worker};
    use crate::base::slice::Shares;
    use crate::base::{Philox, Stream};
    use crate::layer::chain::{collect, Named};
    use crate::layer::*;
    use crate::native::{Executor, Memory, Plan, Sources, Work};

    const PLACES: usize = 6;
    const COUNT: usize = 5;
    const OUTPUTS: usize = 7;

    fn product(name: &str, inputs: i64, outputs: i64) -> Named {
        Named::new(name, Conv::product(inputs, outputs, true))
    }

    fn residual(body: Vec<Named>, scaled: bool) -> Vec<Named> {
        vec![Named::new("block", Residual { body, shortcut: vec![], scaled })]
    }

    fn attention(shared: i64, length: i64, rotary: Option<f64>) -> Vec<Named> {
        let (heads, places, causal) = (4, PLACES as i64, true);
        let layer = SelfAttention { heads, shared, length, places, causal, rotary };
        let body =
            vec![product("in", 8, layer.inputs()), Named::new("attention", layer), product("out", heads * length, 8)];
        residual(body, shared > 1)
    }

    fn recurrent(cell: Cell) -> Vec<Named> {
        let layer = |inputs, states| Recurrent { cell, inputs, states, places: PLACES as i64 };
        let tanh = Activation { function: Function::Tanh };
        vec![Named::new("a", layer(8, 50)), Named::new("act", tanh), Named::new("b", layer(50, 8))]
    }

    fn numbers(count: usize, index: u64) -> Vec<f32> {
        let mut values = vec![0f32; count];
        Philox::new(6).fill_normal(Stream::Latent, index, &mut values);
        values
    }

    // Output of a pass with this memory.
    fn pass(plan: &Plan, (threads, place): (usize, usize), weights: &[f32], x: &[f32], kept: &mut [f32]) -> Vec<f32> {
        let mut scratch = vec![f32::NAN; plan.scratch(COUNT, threads)];
        let mut y = vec![f32::NAN; COUNT * plan.output.iter().product::<i64>() as usize];
        let (kept, scratch, made) = (Shares::new(kept), Shares::new(&mut scratch), Shares::new(&mut y));
        let forward = |worker: Worker| {
            let work = Work {
                worker,
                count: COUNT,
                room: COUNT,
                first: 0,
                weights,
                buffers: &Shares::new(&mut []),
                given: &[],
                memory: Memory::default(),
                noise: &[],
                training: true,
                at: None,
                curves: None,
                place,
                kept: &kept,
                scratch: &scratch,
            };
            plan.forward(&work, x, &made);
        };
        pool::run(threads, &forward).unwrap();
        y
    }

    #[test]
    fn places_one_by_one_are_those_of_the_whole_window() {
        let bodies = [
            attention(4, 2, None),
            attention(2, 10, Some(100.0)),
            attention(1, 42, Some(100.0)),
            recurrent(Cell::Lstm),
            recurrent(Cell::Gru),
            residual(vec![Named::new("positions", Positions { places: PLACES as i64, features: 8 })], true),
        ];
        for (body, threads) in bodies.into_iter().zip([1, 2, 3, 1, 2, 3]) {
            let lookup = Lookup { tokens: 11, features: 8 };
            let layers = [Named::new("tokens", Tied { lookup, outputs: OUTPUTS as i64, body })];
            let len: i64 = collect(&layers, |layer| layer.parameters()).iter().map(|spec| spec.len()).sum();
            let weights: Vec<f32> = numbers(len as usize, 0).iter().map(|value| 0.4 * value).collect();
            let tokens: Vec<f32> =
                numbers(COUNT * PLACES, 1).iter().map(|x| (4.0 * x.abs()).floor().min(10.0)).collect();
            let whole = Plan::of(&layers, &[PLACES as i64]).unwrap();
            let mut kept = vec![f32::NAN; whole.kept(COUNT)];
            let expected = pass(&whole, (threads, 0), &weights, &tokens, &mut kept);
            let mut steps = Plan::of(&layers, &[1]).unwrap();
            let mut settled = weights.clone();
            steps.settle(&mut settled);
            // The second time, the memory holds the values of the first.
            let mut kept = vec![f32::NAN; steps.kept(COUNT)];
            for place in (0..PLACES).chain(0..PLACES) {
                let x: Vec<f32> = tokens.iter().skip(place).step_by(PLACES).copied().collect();
                let y = pass(&steps, (threads, place), &settled, &x, &mut kept);
                for (sample, y) in y.chunks_exact(OUTPUTS).enumerate() {
                    let expected = &expected[(sample * PLACES + place) * OUTPUTS..][..OUTPUTS];
                    let near = y.iter().zip(expected).all(|(y, expected)| (y - expected).abs() < 1e-5);
                    assert!(near, "place {place}: {y:?} {expected:?} in {layers:?}");
                }
            }
        }
    }
    // A decoder that sees 4 places of a source.
    fn decoder() -> Vec<Named> {
        let layer = CrossAttention {
            heads: 2,
            length: 4,
            places: PLACES as i64,
            sources: 4,
            first: 0,
        };
        let cross = vec![product("in", 8, 8), Named::new("cross", layer), product("out", 8, 8)];
        [attention(4, 2, None), residual(cross, true), recurrent(Cell::Lstm), recurrent(Cell::Gru)].concat()
    }

    #[test]
    fn sequences_that_are_continued_from_others_or_leave_are_those_of_the_whole_window() {
        let lookup = Lookup { tokens: 11, features: 8 };
        let decoder = Tied { lookup, outputs: OUTPUTS as i64, body: decoder() };
        let encoder = vec![product("memory", 8, 16)];
        let layer = EncoderDecoder {
            sources: 4,
            places: PLACES as i64,
            encoder,
            decoder: decoder.clone(),
        };
        let len: i64 = layer.parameters().iter().map(|spec| spec.len()).sum();
        let weights: Vec<f32> = numbers(len as usize, 0).iter().map(|value| 0.4 * value).collect();
        let whole = Plan::of(&[Named::new("pairs", layer)], &[4 + PLACES as i64]).unwrap();
        // The first three places of all sequences are those of the sequences `from`.
        let from = [1, 1, 0, 4, 2];
        let token = |i: usize, place: usize| ((7 * i + 3 * place + i * place) % 11) as f32;
        let written = |i: usize, place: usize| token(if place < 3 { from[i] } else { i }, 10 + place);
        // All sequences have the same source: two places, and two that belong to another.
        let source = [3f32, 5.0, 1.0, 2.0];
        let starts = [0f32, 0.0, 2.0, 2.0];
        let x: Vec<f32> = (0..COUNT)
            .flat_map(|i| source.into_iter().chain((0..PLACES).map(move |place| written(i, place))))
            .collect();
        let given: Vec<f32> = (0..COUNT).flat_map(|_| starts.into_iter().chain([0.0; 2 * PLACES])).collect();
        let executor = Executor::new(whole, 2).unwrap();
        let tensor = |values: &[f32], width: usize| Tensor::from_slice(values).view([-1, width as i64]);
        let flat = Tensor::from_slice(&weights);
        let none = Tensor::zeros([0], (Kind::Float, Device::Cpu));
        let x = tensor(&x, 4 + PLACES);
        let pass = executor.forward((&flat, &none), &x, Some(&tensor(&given, 4 + 2 * PLACES)), &[]).unwrap();
        let expected = executor.result(&pass).unwrap();

        let len: i64 = decoder.parameters().iter().map(|spec| spec.len()).sum();
        let (of_decoder, of_encoder) = weights.split_at(len as usize);
        let vectors = source.iter().flat_map(|&token| of_decoder[token as usize * 8..][..8].to_vec());
        let matrix = tensor(&of_encoder[..128], 8);
        let states =
            tensor(&vectors.collect::<Vec<_>>(), 8).matmul(&matrix.tr()) + Tensor::from_slice(&of_encoder[128..]);
        let sources = Sources {
            states: Vec::<f32>::try_from(states.repeat([COUNT as i64, 1]).flatten(0, -1)).unwrap(),
            width: 16,
            starts: starts.repeat(COUNT),
            seen: vec![0.0; COUNT],
        };
        let steps = Executor::new(Plan::of(&[Named::new("tokens", decoder)], &[1]).unwrap(), 3).unwrap();
        let mut walk = steps.walk(COUNT, sources);
        let mut y = vec![0f32; COUNT * OUTPUTS];
        let mut open: Vec<i64> = (0..COUNT as i64).collect();
        for place in 0..PLACES {
            if place == 3 {
                steps.reorder(&mut walk, &from);
            }
            if place > 3 {
                // The last sequence takes the number of the one that leaves.
                steps.remove(&mut walk, 1);
                open.swap_remove(1);
            }
            let next = |i: usize| if place < 3 { token(i, 10 + place) } else { written(i, place) };
            let x: Vec<f32> = open.iter().map(|&i| next(i as usize)).collect();
            steps.step(of_decoder, (&mut walk, place), &x, &mut y[..open.len() * OUTPUTS]).unwrap();
            if place >= 3 {
                let found = tensor(&y[..open.len() * OUTPUTS], OUTPUTS);
                let expected = expected.select(2, place as i64).index_select(0, &Tensor::from_slice(&open));
                assert!(found.allclose(&expected, 1e-4, 1e-5, false), "place {place}");
            }
        }
    }
}
