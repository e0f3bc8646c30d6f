//! Simplification for evaluation: folds batch norms into the preceding layers and removes noise and dropout.
//!
//! In evaluation a batch norm scales and shifts each channel by constants, which can be applied to the weights and
//! biases of the preceding layer (Jacob et al., "Quantization and Training of Neural Networks", 2018, section 3.2).

use tch::{Device, Tensor};

use crate::base::ParamStore;
use crate::error::Result;
use crate::layer::batch_norm::EPS;
use crate::layer::chain::Named;
use crate::layer::{Chain, Conv, ConvTranspose, EncoderDecoder, Layer, Residual, Skip, Tied};

/// A simplified network with its values in the order of flat buffers.
pub struct Folded {
    /// The layers.
    pub chain: Chain,
    /// Parameters.
    pub params: Tensor,
    /// Running statistics, without those of folded batch norms.
    pub buffers: Tensor,
}

// Indices of a layer that is kept, and of the batch norm that is folded into it.
struct Kept {
    layer: usize,
    norm: Option<usize>,
}

/// The simplified chain. Batch norms that do not follow a layer with weights stay.
pub fn folded(chain: &Chain) -> Chain {
    let mut left = Chain::new(&chain.input, chain.init);
    for kept in plan(chain) {
        let named = &chain.layers[kept.layer];
        let layer = match &named.layer {
            Layer::Conv(conv) => Conv { bias: conv.bias || kept.norm.is_some(), ..conv.clone() }.into(),
            Layer::ConvTranspose(conv) => {
                ConvTranspose { bias: conv.bias || kept.norm.is_some(), ..conv.clone() }.into()
            }
            layer => calm(layer),
        };
        left.push(named.name.clone(), layer);
    }
    left
}

/// Like [`folded`], with values. `parameters` and `buffers` are views on the CPU, as returned by [`ParamStore::views`].
pub fn fold(chain: &Chain, parameters: &[Tensor], buffers: &[Tensor]) -> Result<Folded> {
    let left = folded(chain);
    let (own, running) =
        (ranges(chain, |layer| layer.parameters().len()), ranges(chain, |layer| layer.buffers().len()));
    let (mut made, mut kept_buffers) = (Vec::new(), Vec::new());
    for Kept { layer, norm } in plan(chain) {
        let parameters = |at: usize| &parameters[own[at].clone()];
        kept_buffers.extend(buffers[running[layer].clone()].iter().map(Tensor::shallow_clone));
        let Some(norm) = norm else {
            made.extend(parameters(layer).iter().map(Tensor::shallow_clone));
            continue;
        };
        let (weight, statistics) = (&parameters(layer)[0], &buffers[running[norm].clone()]);
        let scale = parameters(norm)[0].f_div(&statistics[1].f_add_scalar(EPS)?.f_sqrt()?)?;
        let shift = parameters(norm)[1].f_sub(&statistics[0].f_mul(&scale)?)?;
        // Axis of the output channels in the weight.
        let mut along = vec![1; weight.dim()];
        along[usize::from(matches!(chain.layers[layer].layer, Layer::ConvTranspose(_)))] = -1;
        made.push(weight.f_mul(&scale.f_view(&along[..])?)?);
        made.push(match parameters(layer).get(1) {
            Some(bias) => bias.f_mul(&scale)?.f_add(&shift)?,
            None => shift,
        });
    }
    Ok(Folded {
        params: gathered(left.parameters(), made)?,
        buffers: gathered(left.buffers(), kept_buffers)?,
        chain: left,
    })
}

fn gathered(specs: Vec<crate::base::ParamSpec>, parts: Vec<Tensor>) -> Result<Tensor> {
    let mut parts = parts.into_iter();
    ParamStore::constants(specs, Device::Cpu)?.gather(|_| Ok(parts.next().unwrap_or_default()))
}

fn plan(chain: &Chain) -> Vec<Kept> {
    let mut kept: Vec<Kept> = Vec::new();
    for (i, named) in chain.layers.iter().enumerate() {
        if noisy(&named.layer) {
            continue;
        }
        if let Layer::BatchNorm(norm) = &named.layer {
            // A crop does not change the channels.
            let before = kept.iter_mut().rev().find(|kept| !matches!(chain.layers[kept.layer].layer, Layer::Crop(_)));
            let takes =
                |kept: &Kept| kept.norm.is_none() && makes(&chain.layers[kept.layer].layer) == Some(norm.features);
            if let Some(before) = before.filter(|kept| takes(kept)) {
                before.norm = Some(i);
                continue;
            }
        }
        kept.push(Kept { layer: i, norm: None });
    }
    kept
}

// True for layers that are the identity in evaluation.
fn noisy(layer: &Layer) -> bool {
    matches!(layer, Layer::Dropout(_) | Layer::Noise(_))
}

// The layer without noisy layers inside, which have no values.
fn calm(layer: &Layer) -> Layer {
    let each = |layers: &[Named]| -> Vec<Named> {
        let left = layers.iter().filter(|named| !noisy(&named.layer));
        left.map(|named| Named { name: named.name.clone(), layer: calm(&named.layer) }).collect()
    };
    match layer {
        Layer::Residual(block) => {
            let (body, shortcut) = (each(&block.body), each(&block.shortcut));
            Residual { body, shortcut, ..*block }.into()
        }
        Layer::Skip(layer) => Skip { body: each(&layer.body) }.into(),
        Layer::Tied(layer) => Tied { body: each(&layer.body), ..*layer }.into(),
        Layer::EncoderDecoder(layer) => {
            let decoder = Tied { body: each(&layer.decoder.body), ..layer.decoder };
            EncoderDecoder { encoder: each(&layer.encoder), decoder, ..*layer }.into()
        }
        layer => layer.clone(),
    }
}

// Number of output channels of a layer with weights.
fn makes(layer: &Layer) -> Option<i64> {
    match layer {
        Layer::Linear(linear) => Some(linear.outputs),
        Layer::Conv(conv) => Some(conv.outputs),
        Layer::ConvTranspose(conv) => Some(conv.outputs),
        _ => None,
    }
}

// Range of each layer's values among all.
fn ranges(chain: &Chain, count: impl Fn(&Layer) -> usize) -> Vec<std::ops::Range<usize>> {
    let mut end = 0;
    let sizes = chain.layers.iter().map(|named| count(&named.layer));
    sizes
        .map(|size| {
            end += size;
            end - size..end
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use tch::Kind;

    use super::*;
    use crate::base::{InitScheme, Philox, Stream};
    use crate::layer::{Activation, BatchNorm, Cell, Crop, Dropout, Flatten, Function, Linear, Lookup, Noise, Parts};
    use crate::layer::{Positions, Recurrent};
    use crate::net::Network;

    fn chain() -> Chain {
        let mut chain = Chain::new(&[2, 8, 8], InitScheme::FanIn);
        let shape = |inputs, outputs, bias| (inputs, outputs, vec![4, 4], vec![2, 2], 1, bias);
        let (inputs, outputs, kernel, stride, padding, bias) = shape(2, 3, false);
        chain.push("a", Conv { inputs, outputs, kernel, stride, padding, bias });
        chain.push("a.norm", BatchNorm { features: 3 });
        chain.push("a.noise", Noise { shape: vec![3, 4, 4], deviation: 1.0 });
        chain.push("a.act", Activation { function: Function::Elu });
        let (inputs, outputs, kernel, stride, padding, bias) = shape(3, 5, true);
        chain.push("b", ConvTranspose { inputs, outputs, kernel, stride, padding, bias });
        chain.push("b.crop", Crop { sides: vec![7, 6] });
        chain.push("b.norm", BatchNorm { features: 5 });
        chain.push("flat", Flatten {});
        chain.push("c", Linear { inputs: 5 * 7 * 6, outputs: 9 });
        chain.push("c.norm", BatchNorm { features: 9 });
        chain
    }

    fn random(step: u64, size: &[i64]) -> Tensor {
        let mut values = vec![0f32; size.iter().product::<i64>() as usize];
        Philox::new(1).fill_uniform(Stream::Latent, step, &mut values);
        Tensor::from_slice(&values).view(size)
    }

    #[test]
    fn a_folded_network_is_the_network_in_evaluation() {
        let network = Network::new(chain(), &Philox::new(0), 0, Device::Cpu).unwrap();
        let (params, buffers) = (random(1, &[network.params.len()]) - 0.4, random(2, &[network.buffers.len()]) + 0.1);
        let (params, buffers) = (network.params.views(&params).unwrap(), network.buffers.views(&buffers).unwrap());
        let parts = |parameters, buffers| Parts { parameters, buffers, ..Parts::default() };
        let x = random(3, &[4, 2, 8, 8]);
        let expected = crate::layer::chain::run(&network.chain.layers, x.shallow_clone(), &parts(&params, &buffers));
        let small = fold(&network.chain, &params, &buffers).unwrap();
        assert_eq!(small.chain.layers.len(), network.chain.layers.len() - 4);
        assert!(small.chain.buffers().is_empty());
        let store = ParamStore::constants(small.chain.parameters(), Device::Cpu).unwrap();
        let views = store.views(&small.params).unwrap();
        let found = crate::layer::chain::run(&small.chain.layers, x, &parts(&views, &[])).unwrap();
        let expected = expected.unwrap();
        let largest = expected.abs().max().to_kind(Kind::Double).double_value(&[]);
        assert!((&found - &expected).abs().max().double_value(&[]) < 1e-5 * largest);
    }

    #[test]
    fn a_batch_norm_after_an_activation_stays_and_evaluates_with_its_statistics() {
        let mut chain = Chain::new(&[4], InitScheme::FanIn);
        chain.push("a", Linear { inputs: 4, outputs: 3 });
        chain.push("a.act", Activation { function: Function::Relu });
        chain.push("a.norm", BatchNorm { features: 3 });
        assert_eq!(folded(&chain), chain);
        let network = Network::new(chain, &Philox::new(0), 0, Device::Cpu).unwrap();
        let (params, buffers) = (random(1, &[network.params.len()]) - 0.4, random(2, &[network.buffers.len()]) + 0.1);
        let x = random(3, &[5, 4]);
        let found = network.fixed(&params, &buffers).unwrap().forward(&x).unwrap();
        let expected = network.bind(&params, &buffers, false).unwrap().forward(&x).unwrap();
        assert!(network.evaluates_natively() && found.allclose(&expected, 1e-5, 1e-6, false));
    }

    #[test]
    fn a_network_with_dropout_inside_blocks_evaluates_natively() {
        let dropout = |name: &str| Named::new(name, Dropout { shape: vec![6, 4], rate: 0.5 });
        let noise = Named::new("noise", Noise { shape: vec![6, 4], deviation: 1.0 });
        let (inputs, states, places, features) = (6, 6, 4, 6);
        let recurrent = Named::new("recurrent", Recurrent { cell: Cell::Gru, inputs, states, places });
        let inner = Residual {
            body: vec![noise, recurrent, dropout("b")],
            shortcut: vec![],
            scaled: true,
        };
        let outer = Residual {
            body: vec![Named::new("positions", Positions { places, features }), Named::new("inner", inner)],
            shortcut: vec![],
            scaled: true,
        };
        let body = vec![dropout("a"), Named::new("outer", outer), dropout("c")];
        let mut chain = Chain::new(&[places], InitScheme::FanIn);
        let lookup = Lookup { tokens: 9, features };
        chain.push("tokens", Tied { lookup, outputs: 5, body });
        let network = Network::new(chain, &Philox::new(0), 0, Device::Cpu).unwrap();
        assert!(network.evaluates_natively());
        let (params, buffers) = (random(1, &[network.params.len()]) - 0.4, network.buffers.flat().shallow_clone());
        let x = (random(2, &[3, places]) * 9.0).floor();
        let starts = Tensor::from_slice(&[0f32, 0.0, 2.0, 2.0].repeat(3)).view([3, places]);
        let found = network.fixed(&params, &buffers).unwrap().given(&x, Some(&starts)).unwrap();
        let expected = network.bind(&params, &buffers, false).unwrap().given(&x, Some(&starts)).unwrap();
        assert!(found.allclose(&expected, 1e-5, 1e-6, false));
    }
}
