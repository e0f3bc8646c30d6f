//! Sources of pairs: what a network sees of them, and the scores of texts that belong to them.

use std::sync::PoisonError;

use tch::{Device, Kind, Tensor};

use super::writer::{unsupported, Writer, SCORED};
use crate::base::axes::channels_last;
use crate::base::pool::Alone;
use crate::data::{Packing, Pairs, Place};
use crate::error::{Error, Result};
use crate::layer::chain::Named;
use crate::layer::{Chain, EncoderDecoder};
use crate::native::{Executor, Plan, Sources};

/// Sources that are read at a time.
const READ: usize = 32;

/// Network of the sources, on the CPU.
pub struct Reader {
    executor: Executor,
    weights: Vec<f32>,
    places: usize,
    width: usize,
}

/// Windows of pairs as a network's input.
struct Windows {
    x: Tensor,
    given: Tensor,
    // Their targets, [windows, places].
    targets: Tensor,
}

impl Reader {
    /// The encoder of a network with the weights of the decoder and of the encoder; `threads` is the number of threads.
    ///
    /// # Errors
    /// [`Error::Internal`] if a layer has no native implementation.
    pub fn new(pairs: &EncoderDecoder, (decoder, encoder): (&[f32], &[f32]), threads: usize) -> Result<Self> {
        let mut chain = Chain::new(&[pairs.sources], crate::base::InitScheme::FanIn);
        chain.layers = [&[Named::new("tokens", pairs.decoder.lookup)], &pairs.encoder[..]].concat();
        let vectors = (pairs.decoder.lookup.tokens * pairs.decoder.lookup.features) as usize;
        Ok(Reader {
            executor: Executor::evaluating(Plan::new(&chain).map_err(unsupported)?, threads)?,
            weights: [&decoder[..vectors], encoder].concat(),
            places: pairs.sources as usize,
            width: pairs.memory()[0] as usize,
        })
    }
}

impl Writer {
    pub(super) fn reader(&self) -> Result<&Reader> {
        self.reader.as_ref().ok_or_else(|| Error::Internal("sources of a model without sources".into()))
    }

    /// Numbers of places of sources and of texts.
    ///
    /// # Errors
    /// [`Error::Internal`] if the model is not one of pairs.
    pub fn sides(&self) -> Result<[usize; 2]> {
        Ok([self.reader()?.places, self.context])
    }

    /// What the network sees of sources, each for a number of texts. A source that is too long ends early.
    ///
    /// # Errors
    /// [`Error::Internal`] if the model is not one of pairs.
    pub(super) fn read(&self, sources: &[Vec<u32>], copies: usize) -> Result<Sources> {
        let (_alone, reader, end) = (Alone::begin(), self.reader()?, self.language.end());
        let (weights, none) =
            (Tensor::f_from_slice(&reader.weights)?, Tensor::f_zeros([0], (Kind::Float, Device::Cpu))?);
        let mut found = Sources { width: reader.width, ..Sources::default() };
        for part in sources.chunks(READ) {
            let (mut tokens, mut starts) = (Vec::new(), Vec::new());
            for source in part {
                self.language.check(source)?;
                let len = source.len().min(reader.places);
                tokens.extend(source[..len].iter().map(|&token| token as f32));
                tokens.extend(std::iter::repeat_n(end as f32, reader.places - len));
                starts.extend(std::iter::repeat_n(0.0, len));
                starts.extend(std::iter::repeat_n(len as f32, reader.places - len));
            }
            let size = [part.len() as i64, reader.places as i64];
            let [x, given] = [&tokens, &starts].map(|values| Tensor::f_from_slice::<f32>(values)?.f_view(size));
            let pass = reader.executor.forward((&weights, &none), &x?, Some(&given?), &[])?;
            let states = channels_last(&reader.executor.result(&pass)?)?.f_contiguous()?;
            let states = Vec::<f32>::try_from(states.f_flatten(0, -1)?)?;
            let each = states.chunks(reader.places * reader.width).zip(starts.chunks(reader.places));
            for (states, starts) in each {
                for _ in 0..copies {
                    found.states.extend_from_slice(states);
                    found.starts.extend_from_slice(starts);
                }
            }
        }
        found.seen = vec![0.0; sources.len() * copies];
        Ok(found)
    }

    fn packed(&self, pairs: &[[Vec<u32>; 2]]) -> Result<Pairs> {
        pairs.iter().flatten().try_for_each(|tokens| self.language.check(tokens))?;
        Ok(Pairs::new(pairs.iter().cloned(), self.sides()?, self.language.end()))
    }

    // Calls `measured` with parts of the windows and the number of their first.
    fn each(&self, pairs: &Pairs, mut measured: impl FnMut(usize, &Windows) -> Result<()>) -> Result<()> {
        let [sources, places] = self.sides()?;
        let (width, given_width) = (sources + places, pairs.given(0));
        let count = pairs.windows(0);
        let numbers: Vec<usize> = (0..count).collect();
        for part in numbers.chunks((SCORED / width).max(1)) {
            let n = part.len();
            let (mut tokens, mut given) = (vec![0f32; n * (width + 1)], vec![0f32; n * given_width]);
            let rows = tokens.chunks_mut(width + 1).zip(given.chunks_mut(given_width));
            part.iter()
                .zip(rows)
                .try_for_each(|(&number, (tokens, given))| pairs.window(number, 0, tokens, given))?;
            let tensor = |values: &[f32], width: usize| -> Result<Tensor> {
                Ok(Tensor::f_from_slice(values)?.f_view([n as i64, width as i64])?.f_to_device(self.device)?)
            };
            let (tokens, given) = (tensor(&tokens, width + 1)?, tensor(&given, given_width)?);
            let windows = Windows {
                x: tokens.f_narrow(1, 0, width as i64)?,
                targets: tokens.f_narrow(1, sources as i64 + 1, places as i64)?.f_to_kind(Kind::Int64)?,
                given,
            };
            measured(part[0], &windows)?;
        }
        Ok(())
    }

    /// Logarithm of the probability of each token of the texts of pairs, and of their ends.
    ///
    /// # Errors
    /// [`Error::Internal`] if the model is not one of pairs.
    pub fn pair_scores(&self, pairs: &[[Vec<u32>; 2]]) -> Result<Vec<Vec<f32>>> {
        let _guard = (tch::no_grad_guard(), Alone::begin());
        let (pairs, [_, places]) = (self.packed(pairs)?, self.sides()?);
        let mut all = Vec::new();
        self.each(&pairs, |_, windows| {
            let network = self.network.lock().unwrap_or_else(PoisonError::into_inner);
            let logits = network.given(&windows.x, Some(&windows.given))?;
            let logs = channels_last(&logits)?.f_log_softmax(-1, Kind::Float)?;
            let found = logs.f_gather(-1, &windows.targets.f_unsqueeze(-1)?, false)?;
            all.extend(Vec::<f32>::try_from(found.f_flatten(0, -1)?.f_to_device(Device::Cpu)?)?);
            Ok(())
        })?;
        let own = |(i, place): (usize, Place)| {
            let first = place.window * places + place.first;
            all[first..first + pairs.sizes(i)[1]].to_vec()
        };
        Ok(pairs.places().into_iter().enumerate().map(own).collect())
    }

    /// How much each place of a text, and its end, sees each place of its source: the mean over all layers and heads,
    /// `[text + 1, source]` for each pair.
    ///
    /// # Errors
    /// [`Error::Internal`] if the model is not one of pairs.
    pub fn attention(&self, pairs: &[[Vec<u32>; 2]]) -> Result<Vec<Tensor>> {
        let _guard = (tch::no_grad_guard(), Alone::begin());
        let pairs = self.packed(pairs)?;
        let mut all = Vec::new();
        self.each(&pairs, |_, windows| {
            let network = self.network.lock().unwrap_or_else(PoisonError::into_inner);
            let weights = network.source_weights(&windows.x, Some(&windows.given))?;
            let mean = Tensor::f_stack(&weights, 0)?.f_mean_dim([0i64, 2].as_slice(), false, Kind::Float)?;
            all.push(mean.f_to_device(Device::Cpu)?);
            Ok(())
        })?;
        let all = Tensor::f_cat(&all, 0)?;
        let own = |(i, place): (usize, Place)| -> Result<Tensor> {
            let [source, text] = pairs.sizes(i);
            let window = all.f_get(place.window as i64)?.f_narrow(0, place.first as i64, text as i64)?;
            Ok(window.f_narrow(1, place.source as i64, source as i64)?)
        };
        pairs.places().into_iter().enumerate().map(own).collect()
    }
}
