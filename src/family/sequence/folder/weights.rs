//! Weights of a model in safetensors files.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use safetensors::tensor::{Dtype, SafeTensors, TensorView};
use serde_json::Value;
use tch::{Kind as Type, Tensor};

use super::{unfit, Config};
use crate::base::axes::tuple;
use crate::base::ParamSpec;
use crate::error::{CheckpointFault, Error, Result};

const ONE: &str = "model.safetensors";
const INDEX: &str = "model.safetensors.index.json";

/// Named tensors of a folder, float32.
pub struct Weights<'a> {
    // The file that lists them.
    file: PathBuf,
    config: &'a Config,
    // Numbers of the tokens in their order here, without the end.
    numbers: &'a [u32],
    // The name in the file, by the name without a prefix.
    tensors: BTreeMap<String, (String, Tensor)>,
}

impl<'a> Weights<'a> {
    /// Reads all tensors of a folder; `numbers` are those of the tokens of texts.
    ///
    /// # Errors
    /// [`Error::Checkpoint`] if a file is missing or damaged, or a tensor has another dtype.
    pub fn read(folder: &Path, config: &'a Config, numbers: &'a [u32]) -> Result<Self> {
        let mut weights = Weights {
            file: folder.join(ONE),
            config,
            numbers,
            tensors: BTreeMap::new(),
        };
        let mut files = vec![ONE.to_owned()];
        if !weights.file.exists() {
            if !folder.join(INDEX).exists() {
                return Err(unsaved(folder));
            }
            weights.file = folder.join(INDEX);
            files = parts(&weights.file)?;
        }
        for file in files {
            let path = folder.join(&file);
            if !path.exists() {
                return Err(unfit(&weights.file, &file, "a file in the folder", "none"));
            }
            weights.add(&path)?;
        }
        Ok(weights)
    }

    fn add(&mut self, path: &Path) -> Result<()> {
        let name = path.display().to_string();
        let damaged =
            |error: safetensors::SafeTensorError| unfit(path, "contents", "the safetensors format", &error.to_string());
        let bytes = fs::read(path).map_err(|error| Error::io(path, error))?;
        let found = SafeTensors::deserialize(&bytes).map_err(damaged)?;
        for (key, view) in found.tensors() {
            let own = key.strip_prefix(self.config.architecture.prefix()).unwrap_or(&key).to_owned();
            // A head that is tied is a copy of the vectors of the input.
            if self.config.architecture.ignores(&own) || self.config.tied && own == "lm_head.weight" {
                continue;
            }
            let tensor = floats(&view)?.ok_or_else(|| Error::Checkpoint {
                file: name.clone(),
                fault: CheckpointFault::Tensor {
                    tensor: key.clone(),
                    found: format!("{:?}", view.dtype()),
                    needed: "F32, F16 or BF16".into(),
                },
            })?;
            if tensor.f_isfinite()?.f_all()?.f_int64_value(&[])? == 0 {
                return Err(Error::Checkpoint { file: name, fault: CheckpointFault::NotFinite(key) });
            }
            self.tensors.insert(own, (key, tensor));
        }
        Ok(())
    }

    /// The value of a parameter in the order of our tokens and channels.
    ///
    /// # Errors
    /// [`Error::Checkpoint`] if it is missing or has another shape.
    pub fn part(&mut self, spec: &ParamSpec) -> Result<Tensor> {
        let source = self.config.architecture.source(&spec.name);
        let source = source.ok_or_else(|| Error::Internal(format!("a parameter {}", spec.name)))?;
        let [start, end] = self.config.ends;
        match spec.name.as_str() {
            "tokens.weight" => return self.tokens(&source.names[0], start, self.config.tied && start != end),
            // Start and end differ in a tied model: each gets its row of the same matrix.
            "head.weight" if self.config.tied => {
                let input = self.config.architecture.source("tokens.weight");
                let input = input.ok_or_else(|| Error::Internal("no vectors".into()))?;
                return self.tokens(&input.names[0], end, false);
            }
            "head.weight" => return self.tokens(&source.names[0], end, false),
            "tokens.positions.weight" | "positions.weight" => {
                let stored = self.take(&source.names[0], &[self.config.places, spec.shape[1]], false)?;
                return Ok(stored.f_narrow(0, 0, spec.shape[0])?);
            }
            _ => {}
        }
        let mut shape: Vec<i64> = spec.shape.iter().copied().take(2).collect();
        let mut parts = Vec::new();
        for (i, name) in source.names.iter().enumerate() {
            shape[0] = self.rows(source.names.len(), i, spec.shape[0]);
            let stored: Vec<i64> = if source.turned { shape.iter().rev().copied().collect() } else { shape.clone() };
            let tensor = self.take(name, &stored, false)?;
            parts.push(if source.turned { tensor.f_transpose(0, 1)? } else { tensor });
        }
        Ok(Tensor::f_cat(&parts, 0)?.f_reshape(&spec.shape[..])?)
    }

    // Rows of one of several tensors that are joined: queries, keys and values, or halves.
    fn rows(&self, count: usize, i: usize, all: i64) -> i64 {
        let length = self.config.width / self.config.heads;
        match (count, i) {
            (1, _) => all,
            (3, 0) => self.config.width,
            (3, _) => self.config.kv_heads * length,
            _ => all / 2,
        }
    }

    // Rows of the tokens of texts, then that of the token that starts or ends them.
    fn tokens(&mut self, name: &str, last: i64, keep: bool) -> Result<Tensor> {
        let stored = self.take(name, &[self.config.tokens, self.config.width], keep)?;
        let rows: Vec<i64> = self.numbers.iter().map(|&number| i64::from(number)).chain([last]).collect();
        Ok(stored.f_index_select(0, &Tensor::f_from_slice(&rows)?)?)
    }

    fn take(&mut self, name: &str, shape: &[i64], keep: bool) -> Result<Tensor> {
        let fault = |fault| Error::Checkpoint { file: self.file.display().to_string(), fault };
        let found = self.tensors.get(name);
        let (key, tensor) = found.ok_or_else(|| fault(CheckpointFault::Missing(format!("\"{name}\""))))?;
        if tensor.size() != shape {
            return Err(fault(CheckpointFault::Tensor {
                tensor: key.clone(),
                found: tuple(&tensor.size()),
                needed: tuple(shape),
            }));
        }
        let tensor = tensor.shallow_clone();
        if !keep {
            self.tensors.remove(name);
        }
        Ok(tensor)
    }

    /// Checks that every tensor was used.
    ///
    /// # Errors
    /// [`Error::Checkpoint`] that names one that was not.
    pub fn finish(&self) -> Result<()> {
        match self.tensors.values().next() {
            Some((key, _)) => Err(Error::Checkpoint {
                file: self.file.display().to_string(),
                fault: CheckpointFault::Extra(format!("\"{key}\"")),
            }),
            None => Ok(()),
        }
    }
}

// Files of the weights in an index.
fn parts(index: &Path) -> Result<Vec<String>> {
    let text = fs::read_to_string(index).map_err(|error| Error::io(index, error))?;
    let read: Value = serde_json::from_str(&text).unwrap_or_default();
    let Some(map) = read["weight_map"].as_object() else {
        return Err(unfit(index, "weight_map", "an object of tensors and files", &read["weight_map"].to_string()));
    };
    let mut files = Vec::new();
    for file in map.values().filter_map(Value::as_str) {
        // A name with folders would leave the folder of the model.
        if Path::new(file).file_name().and_then(|name| name.to_str()) != Some(file) {
            return Err(unfit(index, "weight_map", "names of files", &format!("{file:?}")));
        }
        files.push(file.to_owned());
    }
    files.sort();
    files.dedup();
    Ok(files)
}

// Error for a folder without weights in this format.
fn unsaved(folder: &Path) -> Error {
    let other = ["pytorch_model.bin", "pytorch_model.bin.index.json", "model.gguf", "tf_model.h5"];
    let found = other.into_iter().find(|name| folder.join(name).exists());
    let got = match found {
        Some(name) => format!("{name}; save the model with save_pretrained(path, safe_serialization=True)"),
        None => "none".into(),
    };
    unfit(folder, ONE, &format!("this file or {INDEX}"), &got)
}

// The values of a tensor; `None` for another dtype.
fn floats(view: &TensorView) -> Result<Option<Tensor>> {
    let kind = match view.dtype() {
        Dtype::F32 => Type::Float,
        Dtype::F16 => Type::Half,
        Dtype::BF16 => Type::BFloat16,
        _ => return Ok(None),
    };
    let size: Vec<i64> = view.shape().iter().map(|&side| side as i64).collect();
    Ok(Some(Tensor::f_from_data_size(view.data(), &size, kind)?.f_to_kind(Type::Float)?))
}
