//! Parameters of an estimator, as Python hands them over, read with their types checked.

use pyo3::prelude::*;
use pyo3::types::{PyBool, PyDict, PyFloat, PyInt, PyString};

use crate::base::DataShape;
use crate::error::{Error, Result};
use crate::family::autoencoder::AutoencoderOptions;
use crate::family::gan::{Attention, GanOptions, PenaltyOptions};
use crate::family::Spec;

/// The settings that these options make for `n` samples of this shape, of the family of `like`.
///
/// # Errors
/// Those of reading options, and of resolving them.
pub fn resolved(like: &Spec, options: &Bound<'_, PyDict>, data: DataShape, n: i64) -> Result<Spec> {
    Ok(match like {
        Spec::Gan(_) => Spec::Gan(Box::new(GanOptions::read(options)?.resolve(&data, n)?)),
        Spec::Autoencoder(_) => Spec::Autoencoder(Box::new(AutoencoderOptions::read(options)?.resolve(data, n)?.0)),
    })
}

impl GanOptions {
    /// Reads the options of a GAN.
    ///
    /// # Errors
    /// [`Error::Parameter`] for a value of the wrong type, [`Error::UnknownName`] for a parameter that is none.
    pub fn read(options: &Bound<'_, PyDict>) -> Result<Self> {
        let mut read = Reader { options, asked: Vec::new() };
        let result = GanOptions {
            net: read.text("net")?,
            objective: read.text("objective")?,
            latent_dim: read.integer("latent_dim")?,
            base_channels: read.integer("base_channels")?,
            depth: read.integer("depth")?,
            hidden: read.integers("hidden")?,
            batch_size: read.integer("batch_size")?,
            epochs: read.integer("epochs")?,
            lr: read.number("lr")?,
            discriminator_lr: read.number("discriminator_lr")?,
            lr_schedule: read.text("lr_schedule")?,
            max_grad_norm: read.number("max_grad_norm")?,
            betas: read.pair("betas")?,
            n_critic: read.integer("n_critic")?,
            norm: read.text("norm")?,
            discriminator_norm: read.text("discriminator_norm")?,
            spectral_norm: read.flag("spectral_norm")?,
            penalty: read.penalties("penalty")?,
            conditioning: read.text("conditioning")?,
            discriminator_conditioning: read.text("discriminator_conditioning")?,
            auxiliary_weight: read.number("auxiliary_weight")?,
            attention: read.attention("attention")?,
            maxout: read.integer("maxout")?,
            minibatch_std: read.flag("minibatch_std")?,
            pac: read.integer("pac")?,
            instance_noise: read.number("instance_noise")?,
            instance_noise_schedule: read.text("instance_noise_schedule")?,
            latent_noise: read.number("latent_noise")?,
            label_smoothing: read.number("label_smoothing")?,
            label_flip: read.number("label_flip")?,
            ema: read.number("ema")?,
            seed: read.integer("seed")?.unwrap_or(0) as u64,
        };
        read.finish()?;
        Ok(result)
    }
}

impl AutoencoderOptions {
    /// Reads the options of an autoencoder.
    ///
    /// # Errors
    /// As [`GanOptions::read`].
    pub fn read(options: &Bound<'_, PyDict>) -> Result<Self> {
        let mut read = Reader { options, asked: Vec::new() };
        let result = AutoencoderOptions {
            net: read.text("net")?,
            latent_dim: read.integer("latent_dim")?,
            base_channels: read.integer("base_channels")?,
            depth: read.integer("depth")?,
            hidden: read.integers("hidden")?,
            activation: read.text("activation")?,
            bottleneck: read.text("bottleneck")?,
            prior: read.text("prior")?,
            n_components: read.integer("n_components")?,
            l2: read.number("l2")?,
            n_codes: read.integer("n_codes")?,
            commitment: read.number("commitment")?,
            likelihood: read.text("likelihood")?,
            variance: read.number("variance")?,
            levels: read.integer("levels")?,
            binarize: read.text("binarize")?,
            bound: read.text("bound")?,
            n_importance: read.integer("n_importance")?,
            beta: read.number("beta")?,
            beta_schedule: read.text("beta_schedule")?,
            warmup_epochs: read.number("warmup_epochs")?,
            free_bits: read.number("free_bits")?,
            capacity: read.number("capacity")?,
            batch_size: read.integer("batch_size")?,
            epochs: read.integer("epochs")?,
            lr: read.number("lr")?,
            lr_schedule: read.text("lr_schedule")?,
            betas: read.pair("betas")?,
            ema: read.number("ema")?,
            seed: read.integer("seed")?.unwrap_or(0) as u64,
        };
        read.finish()?;
        Ok(result)
    }
}

struct Reader<'a, 'py> {
    options: &'a Bound<'py, PyDict>,
    asked: Vec<&'static str>,
}

impl<'py> Reader<'_, 'py> {
    // None where the key is missing or its value is None.
    fn value(&mut self, name: &'static str) -> Option<Bound<'py, PyAny>> {
        self.asked.push(name);
        self.options.get_item(name).ok().flatten().filter(|value| !value.is_none())
    }

    fn text(&mut self, name: &'static str) -> Result<Option<String>> {
        let Some(value) = self.value(name) else {
            return Ok(None);
        };
        match value.downcast::<PyString>() {
            Ok(text) => Ok(Some(text.to_string_lossy().into_owned())),
            Err(_) => Err(expected(name, "expected a name", &value)),
        }
    }

    fn integer(&mut self, name: &'static str) -> Result<Option<i64>> {
        self.value(name).map(|value| integer(name, &value)).transpose()
    }

    fn number(&mut self, name: &'static str) -> Result<Option<f64>> {
        self.value(name).map(|value| number(name, &value)).transpose()
    }

    fn integers(&mut self, name: &'static str) -> Result<Option<Vec<i64>>> {
        let Some(value) = self.value(name) else {
            return Ok(None);
        };
        let wrong = || expected(name, "expected a sequence of integers", &value);
        if value.is_instance_of::<PyString>() {
            return Err(wrong());
        }
        let items = value.try_iter().map_err(|_| wrong())?;
        items.map(|item| integer(name, &item.map_err(|_| wrong())?)).collect::<Result<_>>().map(Some)
    }

    fn pair(&mut self, name: &'static str) -> Result<Option<(f64, f64)>> {
        let Some(value) = self.value(name) else {
            return Ok(None);
        };
        let pair: Option<(Bound<'py, PyAny>, Bound<'py, PyAny>)> = value
            .try_iter()
            .ok()
            .and_then(|items| items.collect::<PyResult<Vec<_>>>().ok())
            .and_then(|items| <[_; 2]>::try_from(items).ok())
            .map(|[first, second]| (first, second));
        match pair {
            Some((first, second)) => Ok(Some((number(name, &first)?, number(name, &second)?))),
            None => Err(expected(name, "expected two numbers", &value)),
        }
    }

    fn flag(&mut self, name: &'static str) -> Result<Option<bool>> {
        let Some(value) = self.value(name) else {
            return Ok(None);
        };
        match is_bool(&value) {
            true => value.is_truthy().map(Some).map_err(|_| expected(name, "expected True or False", &value)),
            false => Err(expected(name, "expected True or False", &value)),
        }
    }

    // True for the usual side, or a side.
    fn attention(&mut self, name: &'static str) -> Result<Option<Attention>> {
        match self.value(name) {
            Some(value) if is_bool(&value) => Ok(self.flag(name)?.filter(|wanted| *wanted).map(|_| Attention::Usual)),
            Some(value) => Ok(Some(Attention::At(integer(name, &value)?))),
            None => Ok(None),
        }
    }

    // A name, a table of name, weight and every, or several of these.
    fn penalties(&mut self, name: &'static str) -> Result<Option<Vec<PenaltyOptions>>> {
        let Some(value) = self.value(name) else {
            return Ok(None);
        };
        if value.is_instance_of::<PyString>() || value.is_instance_of::<PyDict>() {
            return penalty(name, &value).map(|one| Some(vec![one]));
        }
        let wrong = || expected(name, "expected a name, a dictionary, or a sequence of these", &value);
        let items = value.try_iter().map_err(|_| wrong())?;
        items.map(|item| penalty(name, &item.map_err(|_| wrong())?)).collect::<Result<_>>().map(Some)
    }

    fn finish(self) -> Result<()> {
        for key in self.options.keys() {
            let key = key.to_string();
            if !self.asked.contains(&key.as_str()) {
                return Err(crate::registry::unknown("parameter", &key, &self.asked));
            }
        }
        Ok(())
    }
}

fn penalty(name: &'static str, value: &Bound<'_, PyAny>) -> Result<PenaltyOptions> {
    if let Ok(text) = value.downcast::<PyString>() {
        return Ok(PenaltyOptions {
            name: text.to_string_lossy().into_owned(),
            ..PenaltyOptions::default()
        });
    }
    let wrong = || expected(name, "expected a name, or a dictionary with \"name\"", value);
    let mut read = Reader {
        options: value.downcast::<PyDict>().map_err(|_| wrong())?,
        asked: Vec::new(),
    };
    let options = PenaltyOptions {
        name: read.text("name")?.ok_or_else(wrong)?,
        weight: read.number("weight")?,
        every: read.integer("every")?,
        one_sided: read.flag("one_sided")?,
    };
    read.finish()?;
    Ok(options)
}

// Python's integers and numpy's, through __index__; a bool is no number here.
fn integer(name: &str, value: &Bound<'_, PyAny>) -> Result<i64> {
    if is_bool(value) || value.is_instance_of::<PyFloat>() {
        return Err(expected(name, "expected an integer", value));
    }
    let index = value.call_method0("__index__").map_err(|_| expected(name, "expected an integer", value))?;
    match index.extract::<i64>() {
        Ok(integer) => Ok(integer),
        Err(_) if index.is_instance_of::<PyInt>() => Err(expected(name, "must be below 2^63", value)),
        Err(_) => Err(expected(name, "expected an integer", value)),
    }
}

fn number(name: &str, value: &Bound<'_, PyAny>) -> Result<f64> {
    if is_bool(value) || value.is_instance_of::<PyString>() {
        return Err(expected(name, "expected a number", value));
    }
    value.extract().map_err(|_| expected(name, "expected a number", value))
}

fn is_bool(value: &Bound<'_, PyAny>) -> bool {
    let numpy = value.get_type().name().is_ok_and(|name| name == "bool_" || name == "bool");
    numpy || value.is_instance_of::<PyBool>()
}

fn expected(name: &str, what: &str, value: &Bound<'_, PyAny>) -> Error {
    let text = value.repr().map(|text| text.to_string()).unwrap_or_default();
    let short: String = text.chars().take(60).collect();
    Error::parameter(name, what, short)
}
