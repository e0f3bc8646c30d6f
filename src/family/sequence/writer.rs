//! Scores and continues documents with the weights of a fitted model.
//!
//! A network sees the last tokens only. A document that is longer is seen in windows that overlap: each token is predicted
//! from at least half of a window, in scores as in continuations.

use std::sync::{Arc, Mutex, PoisonError};

use tch::{Device, Kind, Tensor};

use super::draft::Draft;
use super::policy::Policy;
use super::reader::Reader;
use crate::base::axes::channels_last;
use crate::base::pool::Alone;
use crate::error::{Error, Result};
use crate::kind::Language;
use crate::layer::{Chain, Forward, Layer};
use crate::native::{Executor, Plan, Sources};
use crate::net::Weighted;

/// Tokens that are scored at a time.
pub(super) const SCORED: usize = 16_384;

/// Values of a thread's cache that what is kept of texts may take, 8 MB: with four times as many texts of 1 MB each, a
/// token takes half as long again.
const CACHE: usize = 1 << 21;
/// Limits of the number of texts that a thread writes at the same time.
const FEWEST: usize = 8;
const MOST: usize = 64;

/// A fitted network and its language.
pub struct Writer {
    pub(super) language: Language,
    pub(super) context: usize,
    pub(super) network: Mutex<Weighted<'static>>,
    pub(super) device: Device,
    // Reads the sources of pairs.
    pub(super) reader: Option<Reader>,
    // The network for one place at a time, and its weights, on the CPU.
    pub(super) steps: Executor,
    pub(super) weights: Vec<f32>,
}

/// A part of a document, for scores: its window, and the targets in it that are scored.
struct Window {
    document: usize,
    first: usize,
    targets: std::ops::Range<usize>,
}

impl Writer {
    /// Creates a writer of a network with these weights; `threads` is the number of threads for one place at a time.
    ///
    /// # Errors
    /// [`Error::Internal`] if a layer has no native implementation.
    pub fn new(
        (network, device): (Weighted<'static>, Device),
        (chain, weights): (Chain, Tensor),
        language: &Language,
        threads: usize,
    ) -> Result<Self> {
        let weights = Vec::<f32>::try_from(weights)?;
        let (mut of_steps, mut steps, mut reader) = (weights.len(), chain.clone(), None);
        if let Some(Layer::EncoderDecoder(pairs)) = chain.layers.first().map(|named| &named.layer) {
            of_steps = pairs.decoder.parameters().iter().map(|spec| spec.len() as usize).sum();
            steps = Chain::new(&[pairs.places], chain.init);
            steps.push("tokens", pairs.decoder.clone());
            reader = Some(Reader::new(pairs, weights.split_at(of_steps), threads)?);
        }
        let context = steps.input.first().map_or(1, |&context| context as usize);
        let mut plan = Plan::new(&Chain { input: vec![1], ..steps }).map_err(unsupported)?;
        let mut weights = weights[..of_steps].to_vec();
        plan.settle(&mut weights);
        Ok(Writer {
            language: language.clone(),
            context,
            network: Mutex::new(network),
            device,
            reader,
            steps: Executor::evaluating(plan, threads)?,
            weights,
        })
    }

    /// What the tokens stand for.
    pub fn language(&self) -> &Language {
        &self.language
    }

    /// Number of tokens that the network sees.
    pub fn context(&self) -> usize {
        self.context
    }

    /// Number of texts to write at the same time: what layers keep of them fits in the threads' caches, and they are enough
    /// for efficient products.
    pub fn together(&self) -> usize {
        self.steps.threads() * (CACHE / self.steps.kept_of_one().max(1)).clamp(FEWEST, MOST)
    }

    /// Tokens of a window that were in the window before it.
    pub(super) fn kept(&self) -> usize {
        self.context / 2
    }

    /// Logarithm of the probability of each token of documents but the first `given` ones, from those before it.
    pub fn scores(&self, documents: &[Vec<u32>], given: usize) -> Result<Vec<Vec<f32>>> {
        let _guard = (tch::no_grad_guard(), Alone::begin());
        let mut scores: Vec<Vec<f32>> =
            documents.iter().map(|document| Vec::with_capacity(document.len().saturating_sub(given))).collect();
        let windows: Vec<Window> =
            documents.iter().enumerate().flat_map(|(i, document)| self.windows(i, document.len())).collect();
        for part in windows.chunks((SCORED / self.context).max(1)) {
            let values = self.measured(documents, part)?;
            for (window, values) in part.iter().zip(values.chunks(self.context)) {
                let targets = window.targets.clone().filter(|&target| target >= given);
                scores[window.document].extend(targets.map(|target| values[target - window.first - 1]));
            }
        }
        Ok(scores)
    }

    fn windows(&self, document: usize, len: usize) -> impl Iterator<Item = Window> + '_ {
        let stride = self.context - self.kept();
        (0..).map(move |number| number * stride).enumerate().map_while(move |(number, first)| {
            let scored = first + 1 + if number == 0 { 0 } else { self.kept() };
            let targets = scored..(first + self.context + 1).min(len);
            (!targets.is_empty()).then_some(Window { document, first, targets })
        })
    }

    // Log probabilities of the tokens after each place of windows, [windows * context].
    fn measured(&self, documents: &[Vec<u32>], windows: &[Window]) -> Result<Vec<f32>> {
        let (context, end) = (self.context, self.language.end());
        // Places after the end of a document do not count.
        let token = |window: &Window, place: usize| {
            documents[window.document].get(window.first + place).copied().unwrap_or(end)
        };
        let inputs = windows.iter().flat_map(|window| (0..context).map(move |place| token(window, place) as f32));
        let targets = windows.iter().flat_map(|window| (1..=context).map(move |place| i64::from(token(window, place))));
        let (inputs, targets): (Vec<f32>, Vec<i64>) = (inputs.collect(), targets.collect());
        let size = [windows.len() as i64, context as i64];
        let inputs = Tensor::f_from_slice(&inputs)?.f_view(size)?.f_to_device(self.device)?;
        let targets = Tensor::f_from_slice(&targets)?.f_view(size)?.f_to_device(self.device)?;
        // Classes are not predicted, and their scores not used.
        let targets = targets.f_clamp_max(self.language.outputs() - 1)?;
        let network = self.network.lock().unwrap_or_else(PoisonError::into_inner);
        let logits = network.given(&inputs, Some(&inputs.f_zeros_like()?))?;
        let logs = channels_last(&logits)?.f_log_softmax(-1, Kind::Float)?;
        let found = logs.f_gather(-1, &targets.f_unsqueeze(-1)?, false)?;
        Ok(Vec::<f32>::try_from(found.f_flatten(0, -1)?.f_to_device(Device::Cpu)?)?)
    }

    /// Starts to continue documents, given as their first tokens; `first` is the number of the first one in the stream of
    /// random numbers of the seed.
    ///
    /// # Errors
    /// [`Error::Parameter`] if the policy is out of range.
    pub fn begin(
        self: &Arc<Self>,
        documents: Vec<Vec<u32>>,
        policy: Policy,
        (seed, first): (u64, u64),
    ) -> Result<Draft> {
        policy.check()?;
        documents.iter().try_for_each(|document| self.language.check(document))?;
        Ok(Draft::new((self.clone(), Sources::default()), documents, policy, (seed, first)))
    }

    /// Starts to write a text for each source, see [`Writer::begin`].
    ///
    /// # Errors
    /// As [`Writer::begin`].
    pub fn answer(self: &Arc<Self>, sources: &[Vec<u32>], policy: Policy, random: (u64, u64)) -> Result<Draft> {
        policy.check()?;
        let documents = vec![self.language.start(None); sources.len()];
        let draft = Draft::new((self.clone(), self.read(sources, 1)?), documents, policy, random);
        // The network sees no more places.
        Ok(draft.until(self.context, Vec::new()))
    }
}

pub(super) fn unsupported(layer: String) -> Error {
    Error::Internal(format!("a network with the layer {layer:?}"))
}
