//! Settings of a model in its `config.json`.

use std::path::{Path, PathBuf};

use serde_json::{Map, Value};

use super::{unfit, Architecture};
use crate::error::{Error, Result};
use crate::family::checks::{MAX_COUNT, MAX_LAYERS, MAX_SIZE};
use crate::net::Feed;

/// What a `config.json` says.
pub struct Config {
    pub architecture: Architecture,
    pub width: i64,
    pub depth: i64,
    pub heads: i64,
    pub kv_heads: i64,
    pub inner: i64,
    /// Number of places that the model was trained with.
    pub places: i64,
    /// Number of vectors of tokens.
    pub tokens: i64,
    pub eps: f64,
    /// Base of the rotary angles; `None` for learnt places.
    pub rotary_base: Option<f64>,
    pub feed: Feed,
    /// True if the output has the vectors of the input.
    pub tied: bool,
    /// Numbers of the tokens that start and end a text.
    pub ends: [i64; 2],
    /// Places beyond which attention does not reach, if any.
    pub reach: Option<i64>,
}

// Fields of a file; a field that is null counts as missing.
struct Fields {
    file: PathBuf,
    table: Map<String, Value>,
}

impl Config {
    /// Reads a file.
    ///
    /// # Errors
    /// [`Error::Checkpoint`] that names the field, what is expected, and what was found.
    pub fn read(file: &Path) -> Result<Self> {
        let text = std::fs::read_to_string(file).map_err(|error| Error::io(file, error))?;
        let table = match serde_json::from_str(&text) {
            Ok(Value::Object(table)) => table,
            Ok(other) => return Err(unfit(file, "text", "a JSON object", &other.to_string())),
            Err(error) => return Err(unfit(file, "text", "JSON", &error.to_string())),
        };
        let fields = Fields { file: file.into(), table };
        fields.only("quantization_config", "none, the weights must not be quantised", &[])?;
        let config = match fields.text("model_type", "")? {
            "gpt2" => fields.gpt2()?,
            "llama" => fields.llama(None)?,
            // The default of the first models of this kind.
            "mistral" => {
                let given = fields.table.contains_key("sliding_window");
                let usual = if given { None } else { Some(4_096) };
                fields.llama(fields.get("sliding_window").and_then(Value::as_i64).or(usual))?
            }
            other => {
                let expected = "\"gpt2\", \"llama\" or \"mistral\"";
                return Err(unfit(file, "model_type", expected, &format!("{other:?}")));
            }
        };
        config.check(file)?;
        Ok(config)
    }

    fn check(&self, file: &Path) -> Result<()> {
        let [of_width, of_heads, _] = self.architecture.heads();
        let divides = |name: &str, value: i64, whole: i64| match whole % value {
            0 => Ok(()),
            _ => Err(unfit(file, name, &format!("a divisor of {whole}"), &value.to_string())),
        };
        divides(of_width, self.heads, self.width)?;
        divides(of_heads, self.kv_heads, self.heads)?;
        if self.rotary_base.is_some() && self.width / self.heads % 2 != 0 {
            let got = format!("{} features", self.width / self.heads);
            return Err(unfit(file, of_width, "heads with an even number of features", &got));
        }
        Ok(())
    }
}

impl Fields {
    fn gpt2(&self) -> Result<Config> {
        self.only("add_cross_attention", "false", &[Value::Bool(false)])?;
        self.only("scale_attn_weights", "true", &[Value::Bool(true)])?;
        self.only("scale_attn_by_inverse_layer_idx", "false", &[Value::Bool(false)])?;
        let feed = match self.text("activation_function", "gelu_new")? {
            "gelu_new" | "gelu_pytorch_tanh" => Feed::GeluTanh,
            "gelu" => Feed::Gelu,
            "relu" => Feed::Relu,
            "silu" | "swish" => Feed::Silu,
            other => {
                let expected = "\"gelu_new\", \"gelu\", \"relu\" or \"silu\"";
                return Err(unfit(&self.file, "activation_function", expected, &format!("{other:?}")));
            }
        };
        let (width, heads) = (self.integer("n_embd", None, MAX_SIZE)?, self.integer("n_head", None, MAX_SIZE)?);
        Ok(Config {
            architecture: Architecture::Gpt2,
            width,
            depth: self.integer("n_layer", None, MAX_LAYERS)?,
            heads,
            kv_heads: heads,
            inner: self.integer("n_inner", Some(4 * width), MAX_SIZE)?,
            places: self.integer("n_positions", Some(1_024), MAX_COUNT)?,
            tokens: self.integer("vocab_size", None, MAX_COUNT)?,
            eps: self.number("layer_norm_epsilon", 1e-5)?,
            rotary_base: None,
            feed,
            tied: self.flag("tie_word_embeddings", true)?,
            ends: self.ends()?,
            reach: None,
        })
    }

    fn llama(&self, reach: Option<i64>) -> Result<Config> {
        self.only("attention_bias", "false", &[Value::Bool(false)])?;
        self.only("mlp_bias", "false", &[Value::Bool(false)])?;
        self.only("hidden_act", "\"silu\"", &["silu".into(), "swish".into()])?;
        let width = self.integer("hidden_size", None, MAX_SIZE)?;
        let heads = self.integer("num_attention_heads", None, MAX_SIZE)?;
        let length = width / heads;
        self.only("head_dim", &format!("hidden_size / num_attention_heads = {length}"), &[length.into()])?;
        Ok(Config {
            architecture: Architecture::Llama,
            width,
            depth: self.integer("num_hidden_layers", None, MAX_LAYERS)?,
            heads,
            kv_heads: self.integer("num_key_value_heads", Some(heads), MAX_SIZE)?,
            inner: self.integer("intermediate_size", None, MAX_SIZE)?,
            places: self.integer("max_position_embeddings", Some(2_048), MAX_COUNT)?,
            tokens: self.integer("vocab_size", None, MAX_COUNT)?,
            eps: self.number("rms_norm_eps", 1e-6)?,
            rotary_base: Some(self.rotary_base()?),
            feed: Feed::Swiglu,
            tied: self.flag("tie_word_embeddings", false)?,
            ends: self.ends()?,
            reach,
        })
    }

    // Older files have `rope_theta` and `rope_scaling`, newer ones both in `rope_parameters`.
    fn rotary_base(&self) -> Result<f64> {
        for name in ["rope_scaling", "rope_parameters"] {
            let Some(value) = self.get(name) else { continue };
            let kind = value.get("rope_type").or(value.get("type"));
            let scaled = kind.is_some_and(|kind| kind != "default");
            let part = value.get("partial_rotary_factor").is_some_and(|part| part.as_f64() != Some(1.0));
            if scaled || part {
                let expected = "rotary positions without scaling (rope_type \"default\")";
                return Err(unfit(&self.file, name, expected, &value.to_string()));
            }
        }
        let inner = self.get("rope_parameters").and_then(|value| value.get("rope_theta")).and_then(Value::as_f64);
        match inner {
            Some(base) => Ok(base),
            None => self.number("rope_theta", 10_000.0),
        }
    }

    // The first end token, if there are several.
    fn ends(&self) -> Result<[i64; 2]> {
        let token = |name: &str| -> Result<Option<i64>> {
            let Some(value) = self.get(name) else { return Ok(None) };
            let first = value.as_array().and_then(|values| values.first()).unwrap_or(value);
            let number = first.as_i64().filter(|number| *number >= 0);
            number.map(Some).ok_or_else(|| unfit(&self.file, name, "the number of a token", &value.to_string()))
        };
        let missing = || unfit(&self.file, "eos_token_id", "the number of a token", "none");
        let end = token("eos_token_id")?.ok_or_else(missing)?;
        Ok([token("bos_token_id")?.unwrap_or(end), end])
    }

    fn get(&self, name: &str) -> Option<&Value> {
        self.table.get(name).filter(|value| !value.is_null())
    }

    // Refuses a value that is none of these.
    fn only(&self, name: &str, expected: &str, known: &[Value]) -> Result<()> {
        match self.get(name).filter(|value| !known.contains(value)) {
            Some(value) => Err(unfit(&self.file, name, expected, &value.to_string())),
            None => Ok(()),
        }
    }

    fn integer(&self, name: &str, usual: Option<i64>, most: i64) -> Result<i64> {
        let got = self.get(name).map_or_else(|| "none".into(), Value::to_string);
        let found = self.get(name).map_or(usual, Value::as_i64).filter(|value| (1..=most).contains(value));
        found.ok_or_else(|| unfit(&self.file, name, &format!("an integer from 1 to {most}"), &got))
    }

    fn number(&self, name: &str, usual: f64) -> Result<f64> {
        let Some(value) = self.get(name) else { return Ok(usual) };
        let found = value.as_f64().filter(|number| *number > 0.0);
        found.ok_or_else(|| unfit(&self.file, name, "a number above 0", &value.to_string()))
    }

    fn flag(&self, name: &str, usual: bool) -> Result<bool> {
        let Some(value) = self.get(name) else { return Ok(usual) };
        value.as_bool().ok_or_else(|| unfit(&self.file, name, "true or false", &value.to_string()))
    }

    fn text<'a>(&'a self, name: &str, usual: &'a str) -> Result<&'a str> {
        let Some(value) = self.get(name) else { return Ok(usual) };
        value.as_str().ok_or_else(|| unfit(&self.file, name, "a name", &value.to_string()))
    }
}
