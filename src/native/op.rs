//! Maps a layer's description to its implementation.

use super::attend::Attend;
use super::centre::Centre;
use super::condition::Condition;
use super::conv::Conv;
use super::conv_transpose::ConvTranspose;
use super::corner::Corner;
use super::cross_attention::CrossAttention;
use super::dropout::Dropout;
use super::embedding::Embedding;
use super::encoder_decoder::EncoderDecoder;
use super::gate::Gate;
use super::label_vectors::LabelVectors;
use super::layer_norm::LayerNorm;
use super::lookup::Lookup;
use super::maxout::Maxout;
use super::minibatch_deviation::MinibatchDeviation;
use super::modulate::Modulate;
use super::noise::Noise;
use super::one_hot::OneHot;
use super::permute::Permute;
use super::plan::values;
use super::pool::Pool;
use super::positions::Positions;
use super::product::Product;
use super::projection::Projection;
use super::recurrent::Recurrent;
use super::residual::Residual;
use super::resize::Resize;
use super::rms_norm::RmsNorm;
use super::self_attention::SelfAttention;
use super::skip::Skip;
use super::spectral::Spectral;
use super::sum::Sum;
use super::tied::Tied;
use super::waves::Waves;
use super::windows::Windows;
use super::winograd::Winograd;
use super::{Op, Plan, Sides};
use crate::layer::{self, Forward, Layer, Residual as Block};

/// Creates the implementation of `layer` for samples of this shape.
///
/// # Errors
/// Name of the inner layer that is not supported; empty if it is the layer itself.
pub fn op(layer: &Layer, shape: &[i64]) -> Result<Box<dyn Op>, String> {
    let after = layer.output(shape);
    let corner = || -> Result<Corner, String> {
        Ok(Corner {
            channels: shape[0] as usize,
            from: sides(&shape[1..], 1)?,
            to: sides(&after[1..], 1)?,
        })
    };
    let (channels, pixels) = picture(shape);
    Ok(match layer {
        Layer::Activation(activation) => Box::new(*activation),
        Layer::Attend(layer) => {
            let [keys, values] = [layer.keys, layer.values].map(|side| side as usize);
            Box::new(Attend { keys, values, pixels })
        }
        Layer::BatchNorm(norm) => Box::new(*norm),
        Layer::Binary(binary) => Box::new(*binary),
        Layer::Centre(_) => Box::new(Centre { channels, pixels }),
        Layer::Condition(condition) => Box::new(Condition { labels: condition.labels as usize, channels, pixels }),
        Layer::Conv(conv) => {
            let windows = windows((&conv.kernel, &conv.stride, conv.padding), shape, &after)?;
            let product = Product {
                inputs: windows.width(),
                outputs: windows.others,
                rows: windows.pixels(),
                turned: false,
                biases: if conv.bias { windows.others } else { 0 },
            };
            match apart(&windows) {
                true => Box::new(product),
                false => Box::new(Conv { windows, bias: conv.bias, fewer: Winograd::of(&windows) }),
            }
        }
        Layer::ConvTranspose(conv) => {
            let windows = windows((&conv.kernel, &conv.stride, conv.padding), &after, shape)?;
            let product = Product {
                inputs: windows.others,
                outputs: windows.width(),
                rows: windows.pixels(),
                turned: true,
                biases: if conv.bias { windows.channels } else { 0 },
            };
            match apart(&windows) {
                true => Box::new(product),
                false => Box::new(ConvTranspose { windows, bias: conv.bias, fewer: Winograd::of(&windows) }),
            }
        }
        Layer::Crop(_) | Layer::Pad(_) => Box::new(corner()?),
        Layer::CrossAttention(attention) if pixels as i64 == attention.places || pixels == 1 => {
            Box::new(CrossAttention::new(attention, pixels))
        }
        Layer::EncoderDecoder(layer) => Box::new(encoder_decoder(layer)?),
        Layer::Embedding(layer) => {
            let vectors = vectors(layer.labels, layer.features);
            Box::new(Embedding { vectors, channels, pixels })
        }
        Layer::Dropout(layer) => {
            let quantile = layer.quantile().map_err(|_| String::new())? as f32;
            Box::new(Dropout { quantile, scale: (1.0 / (1.0 - layer.rate)) as f32 })
        }
        Layer::Flatten(_) => Box::new(Permute { channels, pixels, to_picture: false }),
        Layer::Gate(_) => Box::new(Gate { features: channels / 2 }),
        Layer::GroupNorm(norm) => Box::new(*norm),
        Layer::LayerNorm(norm) => Box::new(LayerNorm { features: channels, eps: norm.eps as f32 }),
        Layer::Linear(linear) => {
            let (inputs, outputs) = (linear.inputs as usize, linear.outputs as usize);
            Box::new(Product { inputs, outputs, rows: 1, turned: false, biases: outputs })
        }
        Layer::Lookup(layer) => Box::new(lookup(layer)),
        Layer::Maxout(layer) => Box::new(Maxout { pieces: layer.pieces as usize }),
        Layer::MinibatchDeviation(_) => Box::new(MinibatchDeviation { channels, pixels }),
        Layer::Modulate(layer) => {
            let vectors = vectors(layer.labels, 2 * layer.features);
            Box::new(Modulate { vectors, channels, pixels })
        }
        Layer::Noise(layer) => Box::new(Noise { deviation: layer.deviation as f32 }),
        Layer::OneHot(_) => Box::new(OneHot { channels, pixels }),
        Layer::Pool(_) => {
            let Corner { channels, from, to } = corner()?;
            Box::new(Pool { channels, from, to })
        }
        Layer::Projection(layer) => Box::new(Projection { vectors: vectors(layer.labels, layer.inputs) }),
        Layer::Positions(layer) if pixels as i64 == layer.places || pixels == 1 => {
            let (places, features) = (layer.places as usize, layer.features as usize);
            Box::new(Positions { places, at_once: pixels, features })
        }
        Layer::Recurrent(layer) if pixels as i64 == layer.places || pixels == 1 => {
            Box::new(Recurrent::new(layer, pixels))
        }
        Layer::Residual(block) => Box::new(residual(block, shape)?),
        Layer::Resize(_) => {
            let Corner { channels, from, to } = corner()?;
            Box::new(Resize { channels, from, to })
        }
        Layer::Skip(layer) => Box::new(skip(layer, shape)?),
        Layer::RmsNorm(norm) => Box::new(RmsNorm { features: channels, eps: norm.eps as f32 }),
        Layer::SelfAttention(attention) if pixels as i64 == attention.places || pixels == 1 => {
            Box::new(SelfAttention::new(attention, pixels))
        }
        Layer::Spectral(layer) => Box::new(spectral(layer, shape)?),
        Layer::Sum(_) => Box::new(Sum { channels, pixels }),
        Layer::Tied(layer) => Box::new(tied(layer, shape)?),
        Layer::Unflatten(unflatten) => {
            let (channels, pixels) = picture(&unflatten.shape);
            Box::new(Permute { channels, pixels, to_picture: true })
        }
        Layer::Waves(layer) => Box::new(Waves { octaves: layer.octaves as usize, features: channels * pixels }),
        // Other layers run on libtorch only.
        _ => return Err(String::new()),
    })
}

// Channels and pixels; a row counts as one channel.
fn picture(shape: &[i64]) -> (usize, usize) {
    match shape {
        [channels, rest @ ..] => (*channels as usize, rest.iter().product::<i64>() as usize),
        [] => (1, 1),
    }
}

// Pads `values` to three axes, with `missing` in front.
fn sides(values: &[i64], missing: usize) -> Result<Sides, String> {
    let mut sides = [missing; 3];
    let first = sides.len().checked_sub(values.len()).ok_or_else(String::new)?;
    sides[first..].iter_mut().zip(values).for_each(|(side, &value)| *side = value as usize);
    Ok(sides)
}

type Place<'a> = (&'a [i64], &'a [i64], i64);

fn windows((kernel, stride, padding): Place, picture: &[i64], grid: &[i64]) -> Result<Windows, String> {
    Ok(Windows {
        channels: picture[0] as usize,
        size: sides(&picture[1..], 1)?,
        kernel: sides(kernel, 1)?,
        stride: sides(stride, 1)?,
        padding: sides(&vec![padding; kernel.len()], 0)?,
        grid: sides(&grid[1..], 1)?,
        others: grid[0] as usize,
    })
}

// True if no rows need to be gathered: each window is one pixel, or one window covers the image.
fn apart(windows: &Windows) -> bool {
    let pixels = windows.kernel == [1; 3] && windows.grid == windows.size;
    windows.padding == [0; 3] && (pixels || windows.size == windows.kernel)
}

fn vectors(labels: i64, features: i64) -> LabelVectors {
    LabelVectors { labels: labels as usize, features: features as usize }
}

fn spectral(layer: &layer::Spectral, shape: &[i64]) -> Result<Spectral, String> {
    let (parameters, inner) = (layer.inner.parameters(), op(&layer.inner, shape)?);
    let weight = parameters.first().ok_or_else(String::new)?;
    let outputs = weight.shape[0] as usize;
    Ok(Spectral {
        inner,
        parameters: values(&parameters),
        buffers: values(&layer.inner.buffers()),
        outputs,
        columns: weight.len() as usize / outputs,
        pixels: weight.shape.iter().skip(2).product::<i64>() as usize,
    })
}

fn lookup(layer: &layer::Lookup) -> Lookup {
    Lookup {
        features: layer.features as usize,
        tokens: layer.tokens as usize,
    }
}

fn tied(layer: &layer::Tied, shape: &[i64]) -> Result<Tied, String> {
    let body = Plan::of(&layer.body, &layer.lookup.output(shape))?;
    let product = Product {
        inputs: layer.lookup.features as usize,
        outputs: layer.outputs as usize,
        rows: shape.iter().product::<i64>() as usize,
        turned: false,
        biases: 0,
    };
    let ends = body.nodes.last().is_some_and(|node| node.activation.is_some());
    match ends {
        true => Err(String::new()),
        false => Ok(Tied { lookup: lookup(&layer.lookup), body, product }),
    }
}

fn encoder_decoder(layer: &layer::EncoderDecoder) -> Result<EncoderDecoder, String> {
    let encoder = Plan::of(&layer.encoder, &layer.decoder.lookup.output(&[layer.sources]))?;
    match encoder.nodes.last().is_some_and(|node| node.activation.is_some()) {
        true => Err(String::new()),
        false => Ok(EncoderDecoder {
            sources: layer.sources as usize,
            places: layer.places as usize,
            lookup: lookup(&layer.decoder.lookup),
            encoder,
            decoder: tied(&layer.decoder, &[layer.places])?,
        }),
    }
}

fn skip(layer: &layer::Skip, shape: &[i64]) -> Result<Skip, String> {
    let body = Plan::of(&layer.body, shape)?;
    let ((inputs, pixels), (made, _)) = (picture(shape), picture(&body.output));
    Ok(Skip { body, channels: [inputs, made], pixels })
}

fn residual(block: &Block, shape: &[i64]) -> Result<Residual, String> {
    let body = Plan::of(&block.body, shape)?;
    let shortcut = match block.shortcut.is_empty() {
        true => None,
        false => Some(Plan::of(&block.shortcut, shape)?),
    };
    let ends = shortcut.as_ref().and_then(|plan| plan.nodes.last()).is_some_and(|node| node.activation.is_some());
    let size = |shape: &[i64]| shape.iter().product::<i64>() as usize;
    let (inputs, outputs) = (size(shape), size(&body.output));
    match ends {
        true => Err(String::new()),
        false => Ok(Residual { body, shortcut, scaled: block.scaled, inputs, outputs }),
    }
}
