//! Specification of a network, and the layers for labels, noise, norms and attention common to all networks.

use super::{Conditioning, NetSpec, Norm, Pair};
use crate::base::Code;
use crate::kind::DataShape;
use crate::layer::chain::Named;
use crate::layer::{
    Activation, Attend, Centre, Chain, Condition, Conv, Dropout, Embedding, Function, Layer, Linear,
    MinibatchDeviation, Modulate, Noise, Projection, Residual, Spectral,
};

/// Length of the learnt vector of the labels.
const EMBEDDING: i64 = 32;

/// Specification of a network.
#[derive(Clone, Copy, Debug)]
pub struct Request<'a> {
    /// Settings of the network.
    pub spec: &'a NetSpec,
    /// Samples and their labels.
    pub data: &'a DataShape,
}

/// Output of a network that takes samples.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Down {
    /// Scores `[1]`; with [`Conditioning::Auxiliary`] `[1 + width]`, the score and the predicted labels.
    Scores,
    /// A code.
    Code(Code),
}

/// Input of a network that generates samples.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Up {
    /// A row of this many random values; the output is a sample in the network's range.
    Latent(i64),
    /// A code; the output has `outputs` values per value of a sample: `[outputs * channels, ...sides]` or `[outputs *
    /// dim]`.
    Code {
        /// The code.
        code: Code,
        /// Outputs per value of a sample.
        outputs: i64,
    },
}

impl Down {
    /// Pair of networks that it belongs to.
    pub fn pair(self) -> Pair {
        match self {
            Down::Scores => Pair::Gan,
            Down::Code(_) => Pair::Autoencoder,
        }
    }
}

impl Up {
    /// Pair of networks that it belongs to.
    pub fn pair(self) -> Pair {
        match self {
            Up::Latent(_) => Pair::Gan,
            Up::Code { .. } => Pair::Autoencoder,
        }
    }
}

impl Request<'_> {
    // Values that the network is given with each sample.
    fn labels(&self) -> i64 {
        self.data.labels.width() + self.spec.time
    }

    fn conditioned(&self, how: Conditioning) -> bool {
        self.labels() > 0 && self.spec.conditioning == how
    }

    /// Channels of a sample.
    pub fn colours(&self) -> i64 {
        self.data.sample()[0]
    }

    /// Convolution over all axes of a sample that keeps its sides at stride 1 and halves them, rounding up, at stride
    /// 2.
    pub fn conv(&self, inputs: i64, outputs: i64, kernel: i64, stride: i64) -> Conv {
        Conv {
            inputs,
            outputs,
            kernel: vec![kernel; self.axes()],
            stride: vec![stride; self.axes()],
            padding: kernel / 2,
            bias: true,
        }
    }

    /// Number of axes of a sample except the channels.
    pub fn axes(&self) -> usize {
        self.data.sample().len() - 1
    }

    /// Activation function of an encoder or decoder.
    pub fn function(&self) -> Function {
        self.spec.activation.unwrap_or(Function::Relu)
    }

    /// Wraps a layer in spectral normalisation if the network uses it.
    pub fn weight(&self, layer: impl Into<Layer>) -> Layer {
        match self.spec.spectral {
            true => Spectral::new(layer).into(),
            false => layer.into(),
        }
    }

    /// True if weights before a norm have biases; norms have their own shift.
    pub fn bias(&self) -> bool {
        self.spec.norm == Norm::None
    }

    /// Appends the labels, or a learnt vector of them, if the conditioning concatenates them.
    pub fn join_labels(&self, chain: &mut Chain) {
        let labels = self.labels();
        if self.conditioned(Conditioning::Concatenation) {
            chain.push("labels", Condition { labels });
        } else if self.conditioned(Conditioning::Embedding) {
            chain.push("labels", Embedding { labels, features: EMBEDDING });
        }
    }

    /// Subtracts the mean of the data, for images.
    pub fn centre(&self, chain: &mut Chain) {
        if self.data.sample().len() > 1 {
            let shape = chain.output();
            chain.push("centre", Centre { shape });
        }
    }

    /// Appends the normalisation between a layer and its activation.
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

    /// Appends the normalisation and an activation.
    pub fn activate(&self, chain: &mut Chain, name: &str, function: Function) {
        self.norm(chain, name);
        chain.push(format!("{name}.act"), Activation { function });
    }

    /// Appends the last layer of a generator, if samples of this kind have one.
    pub fn head(&self, chain: &mut Chain) {
        if let Some(head) = self.data.scale().head() {
            chain.push("out.act", head);
        }
    }

    /// Appends a fully connected layer.
    pub fn linear(&self, chain: &mut Chain, name: impl Into<String>, outputs: i64) {
        let inputs = chain.output()[0];
        chain.push(name, self.weight(Linear { inputs, outputs }));
    }

    /// Appends self-attention, if the longest side is the resolution of self-attention.
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

    /// Appends dropout, if the network uses it.
    pub fn drop(&self, layers: &mut Vec<Named>, name: &str, shape: &[i64]) {
        if self.spec.dropout > 0.0 {
            layers
                .push(Named::new(format!("{name}.dropout"), Dropout { shape: shape.into(), rate: self.spec.dropout }));
        }
    }

    /// Appends the standard deviation over the batch as a feature.
    pub fn join_deviation(&self, chain: &mut Chain) {
        if self.spec.minibatch_std {
            chain.push("deviation", MinibatchDeviation {});
        }
    }

    /// True if the score depends on features and labels by projection.
    pub fn projects(&self) -> bool {
        self.conditioned(Conditioning::Projection)
    }

    /// Number of values of [`Down::Scores`]: the score and the predicted labels.
    pub fn scores(&self) -> i64 {
        1 + if self.conditioned(Conditioning::Auxiliary) { self.labels() } else { 0 }
    }

    /// Appends the last layer of [`Down::Scores`] to a row of features.
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
