//! Models of other programs: a folder with `config.json`, `tokenizer.json` and safetensors files, as Hugging Face's
//! `transformers` writes them.
//!
//! Our network has the tokens of texts in their order and then one that starts and ends a text. The rows of their matrices
//! are brought into this order; rows of special tokens and of padding are left out, because no text has them.

mod architecture;
mod config;
mod weights;

use std::path::{Path, PathBuf};

use architecture::Architecture;
use config::Config;
use weights::Weights;

use super::settings::{AnyPlaces, Places, SequenceOptions, SequenceSpec};
use crate::base::ParamStore;
use crate::error::{CheckpointFault, Error, Result};
use crate::family::checks::MAX_COUNT;
use crate::kind::DataShape;
use crate::net::{AnyFeed, Norm, SequenceNet, SequenceNorm};
use crate::settings::Table;
use crate::vocabulary::Vocabulary;
use tch::Tensor;

const CONFIG: &str = "config.json";
const TOKENIZER: &str = "tokenizer.json";
/// Places that the network sees by default, if the model was trained with more.
const CONTEXT: i64 = 1_024;
/// Learning rate of further training, unless the user passes one.
const RATE: f64 = 5e-5;

/// A model of another program.
pub struct Folder {
    path: PathBuf,
    config: Config,
    vocabulary: Vocabulary,
    // Their numbers of the tokens of the vocabulary.
    numbers: Vec<u32>,
}

impl Folder {
    /// Reads everything but the weights.
    ///
    /// # Errors
    /// [`Error::Checkpoint`] that names the file, the field, what is expected and what was found.
    pub fn open(path: &Path) -> Result<Self> {
        for name in [CONFIG, TOKENIZER] {
            if !path.join(name).is_file() {
                let got = if path.is_dir() { "no such file" } else { "no such folder" };
                return Err(unfit(path, name, "a local file", got));
            }
        }
        let config = Config::read(&path.join(CONFIG))?;
        let file = path.join(TOKENIZER);
        let text = std::fs::read_to_string(&file).map_err(|error| Error::io(&file, error))?;
        let (vocabulary, numbers) =
            Vocabulary::of_tokenizer(&text).map_err(|[name, expected, got]| unfit(&file, &name, &expected, &got))?;
        let mut all = numbers.iter().map(|&number| i64::from(number)).chain(config.ends);
        if let Some(beyond) = all.find(|number| *number >= config.tokens) {
            let expected = format!("a number above that of each token, such as {beyond}");
            return Err(unfit(&path.join(CONFIG), "vocab_size", &expected, &config.tokens.to_string()));
        }
        Ok(Folder { path: path.into(), config, vocabulary, numbers })
    }

    /// Settings of the model with those of training that the user passed, and its data with this context.
    ///
    /// # Errors
    /// [`Error::Parameter`] for the first invalid setting.
    pub fn resolve(&self, said: &Table, context: Option<i64>) -> Result<(SequenceSpec, DataShape)> {
        let Config { architecture, width, depth, heads, kv_heads, places, .. } = self.config;
        let most = self.config.reach.map_or(places, |reach| reach.min(places));
        let context = context.unwrap_or(most.min(CONTEXT));
        if context > most {
            let name = if most < places { "sliding_window" } else { architecture.places() };
            let expected = format!("must be at most {most}, the {name} in {}", self.path.join(CONFIG).display());
            return Err(Error::parameter("context", expected, context));
        }
        let data = DataShape::texts(context, self.vocabulary.clone(), 0);
        let (norm, positions) = match architecture {
            Architecture::Gpt2 => (Norm::Layer, Places::Learnt),
            Architecture::Llama => (Norm::Rms, Places::Rotary),
        };
        let options = SequenceOptions::read(said)?;
        let options = SequenceOptions {
            net: Some(SequenceNet::named("transformer")?),
            width: Some(width),
            depth: Some(depth),
            heads: Some(heads),
            kv_heads: Some(kv_heads),
            positions: Some(AnyPlaces(positions)),
            norm: Some(SequenceNorm(norm)),
            activation: Some(AnyFeed(self.config.feed)),
            inner: Some(self.config.inner),
            rotary_base: self.config.rotary_base,
            eps: Some(self.config.eps),
            biases: Some(architecture == Architecture::Gpt2),
            plain: Some(true),
            // With one matrix, one row cannot start texts and another end them.
            untied: Some(!self.config.tied || self.config.ends[0] != self.config.ends[1]),
            lr: options.lr.or(Some(RATE)),
            epochs: options.epochs.or(Some(1)),
            ..options
        };
        Ok((options.resolve(&data, MAX_COUNT)?, data))
    }

    /// The weights in the layout of a network with these settings, flat.
    ///
    /// # Errors
    /// [`Error::Checkpoint`] that names the first tensor that does not fit.
    pub fn weights(&self, params: &ParamStore) -> Result<Tensor> {
        let mut weights = Weights::read(&self.path, &self.config, &self.numbers)?;
        let flat = params.gather(|spec| weights.part(spec))?;
        weights.finish()?;
        Ok(flat)
    }
}

fn unfit(file: &Path, name: &str, expected: &str, got: &str) -> Error {
    Error::Checkpoint {
        file: file.display().to_string(),
        fault: CheckpointFault::Unfit {
            name: name.into(),
            expected: expected.into(),
            got: got.into(),
        },
    }
}
