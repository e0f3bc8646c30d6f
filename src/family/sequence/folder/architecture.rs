//! Kinds of models of other programs: where each of our parameters is in their files.

/// A kind of model.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Architecture {
    /// Radford et al., "Language Models are Unsupervised Multitask Learners", 2019.
    Gpt2,
    /// Touvron et al., "LLaMA: Open and Efficient Foundation Language Models", 2023.
    Llama,
}

/// Where a parameter comes from.
#[derive(Debug, PartialEq)]
pub struct Source {
    /// Tensors that are joined along the first axis.
    pub names: Vec<String>,
    /// True if a matrix is stored as `[inputs, outputs]`.
    pub turned: bool,
}

impl Architecture {
    /// Names of the fields of a `config.json` that hold the numbers of heads and the width.
    pub fn heads(self) -> [&'static str; 3] {
        match self {
            Architecture::Gpt2 => ["n_head", "n_head", "n_embd"],
            Architecture::Llama => ["num_attention_heads", "num_key_value_heads", "hidden_size"],
        }
    }

    /// Name of the field that holds the number of places.
    pub fn places(self) -> &'static str {
        match self {
            Architecture::Gpt2 => "n_positions",
            Architecture::Llama => "max_position_embeddings",
        }
    }

    /// What names may begin with.
    pub fn prefix(self) -> &'static str {
        match self {
            Architecture::Gpt2 => "transformer.",
            Architecture::Llama => "model.",
        }
    }

    /// True for tensors that are no weights: masks, and angles of places.
    pub fn ignores(self, name: &str) -> bool {
        let ends: &[&str] = match self {
            Architecture::Gpt2 => &[".attn.bias", ".attn.masked_bias"],
            Architecture::Llama => &[".rotary_emb.inv_freq"],
        };
        ends.iter().any(|end| name.ends_with(end))
    }

    /// Where the parameter with this name is; `None` for a name that no model of this kind has.
    pub fn source(self, name: &str) -> Option<Source> {
        let one = |name: &str| Some(Source { names: vec![name.into()], turned: false });
        let name = name.strip_prefix("tokens.").unwrap_or(name);
        let [first, middle, last] = match self {
            Architecture::Gpt2 => ["wte", "wpe", "ln_f"],
            Architecture::Llama => ["embed_tokens", "", "norm"],
        };
        match name {
            "weight" => return one(&format!("{first}.weight")),
            "positions.weight" => return one(&format!("{middle}.weight")),
            "head.weight" => return one("lm_head.weight"),
            "norm.weight" | "norm.bias" => return one(&name.replace("norm", last)),
            _ => {}
        }
        // block1.attention.in.weight
        let (block, rest) = name.strip_prefix("block")?.split_once('.')?;
        let (layer, part) = rest.rsplit_once('.')?;
        let number = block.parse::<u64>().ok()?.checked_sub(1)?;
        let names: &[&str] = match (self, layer) {
            (Architecture::Gpt2, "attention.norm") => &["ln_1"],
            (Architecture::Gpt2, "attention.in") => &["attn.c_attn"],
            (Architecture::Gpt2, "attention.out") => &["attn.c_proj"],
            (Architecture::Gpt2, "feed.norm") => &["ln_2"],
            (Architecture::Gpt2, "feed.in") => &["mlp.c_fc"],
            (Architecture::Gpt2, "feed.out") => &["mlp.c_proj"],
            (Architecture::Llama, "attention.norm") => &["input_layernorm"],
            (Architecture::Llama, "attention.in") => &["self_attn.q_proj", "self_attn.k_proj", "self_attn.v_proj"],
            (Architecture::Llama, "attention.out") => &["self_attn.o_proj"],
            (Architecture::Llama, "feed.norm") => &["post_attention_layernorm"],
            (Architecture::Llama, "feed.in") => &["mlp.gate_proj", "mlp.up_proj"],
            (Architecture::Llama, "feed.out") => &["mlp.down_proj"],
            _ => return None,
        };
        let folder = if self == Architecture::Gpt2 { "h" } else { "layers" };
        Some(Source {
            names: names.iter().map(|name| format!("{folder}.{number}.{name}.{part}")).collect(),
            turned: self == Architecture::Gpt2 && part == "weight" && !layer.ends_with("norm"),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_have_their_names() {
        let of = |of: Architecture, name: &str| of.source(name).map(|source| (source.names.join(" "), source.turned));
        let named = |name: &str, turned: bool| Some((name.to_owned(), turned));
        assert_eq!(of(Architecture::Gpt2, "tokens.weight"), named("wte.weight", false));
        assert_eq!(of(Architecture::Gpt2, "tokens.positions.weight"), named("wpe.weight", false));
        assert_eq!(of(Architecture::Gpt2, "tokens.block3.feed.in.weight"), named("h.2.mlp.c_fc.weight", true));
        assert_eq!(of(Architecture::Gpt2, "tokens.block1.attention.norm.bias"), named("h.0.ln_1.bias", false));
        assert_eq!(of(Architecture::Llama, "norm.weight"), named("norm.weight", false));
        assert_eq!(of(Architecture::Llama, "head.weight"), named("lm_head.weight", false));
        let gates = "layers.0.mlp.gate_proj.weight layers.0.mlp.up_proj.weight";
        assert_eq!(of(Architecture::Llama, "block1.feed.in.weight"), named(gates, false));
        assert_eq!(of(Architecture::Llama, "block1.feed.scale"), None);
    }
}
