//! What a network is asked for, and where labels, noise, norms and attention come into any of them.

use super::{Conditioning, NetSpec, Norm, Pair};
use crate::base::{Code, DataShape};
use crate::layer::chain::Named;
use crate::layer::{
    Activation, Attend, Centre, Chain, Condition, Conv, Embedding, Function, Layer, Linear, MinibatchDeviation,
    Modulate, Noise, Projection, Residual, Spectral,
};

/// Values of a learnt vector of the labels.
const EMBEDDING: i64 = 32;

/// What a network is made for.
#[derive(Clone, Copy, Debug)]
pub struct Request<'a> {
    /// Settings of the network.
    pub spec: &'a NetSpec,
    /// Samples and their labels.
    pub data: &'a DataShape,
}

/// What samples become.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Down {
    /// A score `[1]`; `[1 + width]`, the score and what the network takes the labels for, where it tells them
    /// ([`Conditioning::Auxiliary`]).
    Scores,
    /// A code.
    Code(Code),
}

/// What samples come from.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Up {
    /// A row of so many random values; it becomes a sample in the network's range.
    Latent(i64),
    /// A code; it becomes `outputs` values for each value of a sample: `[outputs * channels, ...sides]` or `[outputs * dim]`.
    Code {
        /// The code.
        code: Code,
        /// Values for each value of a sample.
        outputs: i64,
    },
}

impl Down {
    /// The pair that it is of.
    pub fn pair(self) -> Pair {
        match self {
            Down::Scores => Pair::Gan,
            Down::Code(_) => Pair::Autoencoder,
        }
    }
}

impl Up {
    /// The pair that it is of.
    pub fn pair(self) -> Pair {
        match self {
            Up::Latent(_) => Pair::Gan,
            Up::Code { .. } => Pair::Autoencoder,
        }
    }
}

impl Request<'_> {
    fn labels(&self) -> i64 {
        self.data.labels.width()
    }

    fn conditioned(&self, how: Conditioning) -> bool {
        self.labels() > 0 && self.spec.conditioning == how
    }

    /// Channels of a sample.
    pub fn colours(&self) -> i64 {
        self.data.sample()[0]
    }

    /// A convolution over all axes of a sample that keeps its sides at stride 1 and halves them, rounding up, at stride 2.
    pub fn conv(&self, inputs: i64, outputs: i64, kernel: i64, stride: i64) -> Conv {
        Conv {
            inputs,
            outputs,
            kernel: vec![kernel; self.axes()],
            stride,
            padding: kernel / 2,
            bias: true,
        }
    }

    /// Axes of a sample beside the channels.
    pub fn axes(&self) -> usize {
        self.data.sample().len() - 1
    }

    /// The activation between the layers of an encoder or a decoder.
    pub fn function(&self) -> Function {
        self.spec.activation.unwrap_or(Function::Relu)
    }

    /// A layer with a weight, spectrally normalised if the network is.
    pub fn weight(&self, layer: impl Into<Layer>) -> Layer {
        match self.spec.spectral {
            true => Spectral::new(layer).into(),
            false => layer.into(),
        }
    }

    /// True if the weights before a norm have biases: a norm shifts what it has normalised.
    pub fn bias(&self) -> bool {
        self.spec.norm == Norm::None
    }

    /// Joins the labels, or a learnt vector of them, to what the chain works on, where labels come in so.
    pub fn join_labels(&self, chain: &mut Chain) {
        let labels = self.labels();
        if self.conditioned(Conditioning::Concatenation) {
            chain.push("labels", Condition { labels });
        } else if self.conditioned(Conditioning::Embedding) {
            chain.push("labels", Embedding { labels, features: EMBEDDING });
        }
    }

    /// Subtracts the mean of pictures, of what the chain works on.
    pub fn centre(&self, chain: &mut Chain) {
        if self.data.sample().len() > 1 {
            let shape = chain.output();
            chain.push("centre", Centre { shape });
        }
    }

    /// Appends what stands between a layer and its activation.
    pub fn norm(&self, chain: &mut Chain, name: &str) {
        let shape = chain.output();
        let (labels, features) = (self.labels(), shape[0]);
        self.spec.norm.push(chain, name, features);
        if self.conditioned(Conditioning::Modulation) {
            chain.push(format!("{name}.labels"), Modulate { labels, features });
        }
        if self.spec.noise > 0.0 {
            chain.push(format!("{name}.noise"), Noise { shape, deviation: self.spec.noise });
        }
    }

    /// Appends the same and an activation.
    pub fn activate(&self, chain: &mut Chain, name: &str, function: Function) {
        self.norm(chain, name);
        chain.push(format!("{name}.act"), Activation { function });
    }

    /// Appends a fully connected layer.
    pub fn linear(&self, chain: &mut Chain, name: impl Into<String>, outputs: i64) {
        let inputs = chain.output()[0];
        chain.push(name, self.weight(Linear { inputs, outputs }));
    }

    /// Appends attention, if the longest side is that at which places attend to each other.
    pub fn attend(&self, chain: &mut Chain, name: &str) {
        let shape = chain.output();
        if self.spec.attention != shape[1..].iter().copied().max() || self.spec.attention.is_none() {
            return;
        }
        let channels = shape[0];
        // The paper's widths.
        let attend = Attend { keys: (channels / 8).max(1), values: (channels / 2).max(1) };
        let body = vec![
            Named::new("stack", self.weight(self.conv(channels, attend.inputs(), 1, 1))),
            Named::new("attend", attend),
            Named::new("out", self.weight(self.conv(attend.values, channels, 1, 1))),
        ];
        chain.push(format!("{name}.attention"), Residual { body, shortcut: vec![], scaled: true });
    }

    /// Joins how much a batch differs to what the chain works on.
    pub fn join_deviation(&self, chain: &mut Chain) {
        if self.spec.minibatch_std {
            chain.push("deviation", MinibatchDeviation {});
        }
    }

    /// True if a score is of rows of features and labels together.
    pub fn projects(&self) -> bool {
        self.conditioned(Conditioning::Projection)
    }

    /// Values of [`Down::Scores`]: the score, and what the network says of the labels.
    pub fn scores(&self) -> i64 {
        1 + if self.conditioned(Conditioning::Auxiliary) { self.labels() } else { 0 }
    }

    /// Appends the last layer of [`Down::Scores`], on a row of features.
    pub fn score(&self, chain: &mut Chain) {
        let (labels, inputs) = (self.labels(), chain.output()[0]);
        let linear = self.weight(Linear { inputs, outputs: self.scores() });
        if !self.projects() {
            chain.push("out", linear);
            return;
        }
        let projection = self.weight(Projection { inputs, labels });
        let (body, shortcut) = (vec![Named::new("labels", projection)], vec![Named::new("linear", linear)]);
        chain.push("out", Residual { body, shortcut, scaled: false });
    }
}
