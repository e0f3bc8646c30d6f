//! From a layer's description to what runs it.

use super::centre::Centre;
use super::condition::Condition;
use super::conv::Conv;
use super::conv_transpose::ConvTranspose;
use super::corner::Corner;
use super::permute::Permute;
use super::product::Product;
use super::residual::Residual;
use super::resize::Resize;
use super::windows::Windows;
use super::{Op, Plan};
use crate::layer::{Layer, Residual as Block};

/// What runs `layer` on samples of this shape.
///
/// # Errors
/// Which layer within it this executor does not have; empty if it is the layer itself.
pub fn op(layer: &Layer, shape: &[i64]) -> Result<Box<dyn Op>, String> {
    let after = layer.output(shape);
    let corner = || match (shape, &after[..]) {
        (&[channels, height, width], &[_, rows, columns]) => Ok(Corner {
            channels: channels as usize,
            from: [height as usize, width as usize],
            to: [rows as usize, columns as usize],
        }),
        _ => Err(String::new()),
    };
    let (channels, pixels) = picture(shape);
    Ok(match layer {
        Layer::Activation(activation) => Box::new(*activation),
        Layer::BatchNorm(norm) => Box::new(*norm),
        Layer::Centre(_) => Box::new(Centre { channels, pixels }),
        Layer::Condition(condition) => Box::new(Condition { labels: condition.labels as usize, channels, pixels }),
        Layer::Conv(conv) => {
            let windows = windows([conv.kernel, conv.stride, conv.padding], shape, &after)?;
            let product = Product {
                inputs: windows.width(),
                outputs: windows.others,
                rows: windows.pixels(),
                turned: false,
                biases: if conv.bias { windows.others } else { 0 },
            };
            match apart(&windows) {
                true => Box::new(product),
                false => Box::new(Conv { windows, bias: conv.bias }),
            }
        }
        Layer::ConvTranspose(conv) => {
            let windows = windows([conv.kernel, conv.stride, conv.padding], &after, shape)?;
            let product = Product {
                inputs: windows.others,
                outputs: windows.width(),
                rows: windows.pixels(),
                turned: true,
                biases: if conv.bias { windows.channels } else { 0 },
            };
            match apart(&windows) {
                true => Box::new(product),
                false => Box::new(ConvTranspose { windows, bias: conv.bias }),
            }
        }
        Layer::Crop(_) | Layer::Pad(_) => Box::new(corner()?),
        Layer::Flatten(_) => Box::new(Permute { channels, pixels, to_picture: false }),
        Layer::Linear(linear) => {
            let (inputs, outputs) = (linear.inputs as usize, linear.outputs as usize);
            Box::new(Product { inputs, outputs, rows: 1, turned: false, biases: outputs })
        }
        Layer::Residual(block) => Box::new(residual(block, shape)?),
        Layer::Resize(_) => {
            let Corner { channels, from, to } = corner()?;
            Box::new(Resize { channels, from, to })
        }
        Layer::Unflatten(unflatten) => {
            let (channels, pixels) = picture(&unflatten.shape);
            Box::new(Permute { channels, pixels, to_picture: true })
        }
        // libtorch alone has the others.
        _ => return Err(String::new()),
    })
}

// Channels and pixels; a row is one channel.
fn picture(shape: &[i64]) -> (usize, usize) {
    match shape {
        [channels, rest @ ..] => (*channels as usize, rest.iter().product::<i64>() as usize),
        [] => (1, 1),
    }
}

fn windows(layer: [i64; 3], picture: &[i64], grid: &[i64]) -> Result<Windows, String> {
    let [kernel, stride, padding] = layer.map(|value| value as usize);
    match (picture, grid) {
        (&[channels, height, width], &[others, rows, columns]) => Ok(Windows {
            channels: channels as usize,
            size: [height as usize, width as usize],
            kernel,
            stride,
            padding,
            grid: [rows as usize, columns as usize],
            others: others as usize,
        }),
        _ => Err(String::new()),
    }
}

// Whether the windows are the picture's pixels, or one is the whole picture: they then lie as rows already.
fn apart(windows: &Windows) -> bool {
    let pixels = windows.kernel == 1 && windows.grid == windows.size;
    windows.padding == 0 && (pixels || windows.size == [windows.kernel; 2])
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
    match ends || !block.scaled {
        true => Err(String::new()),
        false => Ok(Residual { body, shortcut, inputs, outputs }),
    }
}
