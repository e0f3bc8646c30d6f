//! Byte-level tokenizers of other programs, from the text of a `tokenizer.json`.

use serde_json::{json, Map, Value};

use super::{Bpe, Tokenize, Vocabulary};

/// Passages that tokenizers may change: white space, other forms of characters, numbers, capitals.
const PROBE: &str = "Two  spaces,\n\n\ttabs\r\nand 1234 CAPITALS: na\u{ef}ve e\u{301} \u{fb01} \u{2581}日本 🙂 ";

impl Vocabulary {
    /// The vocabulary of a tokenizer of byte pairs, and the number of each of its tokens there. Special tokens are left
    /// out, so that their names are plain text.
    ///
    /// # Errors
    /// Name of the field, what is expected, and what was found, if the tokenizer is of another kind or changes texts.
    pub fn of_tokenizer(text: &str) -> Result<(Self, Vec<u32>), [String; 3]> {
        let other = |name: &str, expected: &str, got: String| Err([name.to_owned(), expected.to_owned(), got]);
        let mut file: Value = match serde_json::from_str(text) {
            Ok(file) => file,
            Err(error) => return other("text", "JSON", error.to_string()),
        };
        let level = "byte pair encoding of bytes, as in GPT-2 or Llama 3";
        let (model, bytes) = (&file["model"], byte_level(&file["pre_tokenizer"]));
        let kind = model["type"].as_str().unwrap_or(if model["merges"].is_array() { "BPE" } else { "no type" });
        if kind != "BPE" {
            return other("model", level, kind.into());
        }
        if model["byte_fallback"] == true || !bytes {
            let got = if model["byte_fallback"] == true { " with byte_fallback" } else { " of characters" };
            return other("model", level, format!("BPE{got}"));
        }
        if !file["normalizer"].is_null() {
            return other("normalizer", "none, so that texts stay as they are", kind_of(&file["normalizer"]));
        }
        let added = file["added_tokens"].as_array().cloned().unwrap_or_default();
        if let Some(token) = added.iter().find(|token| token["special"] != true) {
            return other("added_tokens", "special tokens only", token["content"].to_string());
        }
        let names: Vec<&str> = added.iter().filter_map(|token| token["content"].as_str()).collect();
        let found = model["vocab"].as_object().cloned().unwrap_or_default();
        let mut tokens: Vec<(String, u32)> = found
            .into_iter()
            .filter(|(name, _)| !names.contains(&name.as_str()))
            .map(|(name, number)| (name, number.as_u64().and_then(|number| number.try_into().ok()).unwrap_or(u32::MAX)))
            .collect();
        tokens.sort_by_key(|(_, number)| *number);
        let numbers: Vec<u32> = tokens.iter().map(|(_, number)| *number).collect();
        let own: Map<String, Value> = tokens.into_iter().zip(0u32..).map(|((name, _), i)| (name, i.into())).collect();
        file["model"]["vocab"] = own.into();
        file["model"]["dropout"] = Value::Null;
        file["model"]["unk_token"] = Value::Null;
        let plain = json!({
            "version": "1.0", "truncation": null, "padding": null, "added_tokens": [], "normalizer": null,
            "pre_tokenizer": file["pre_tokenizer"], "post_processor": null, "decoder": file["decoder"],
            "model": file["model"],
        });
        let bpe = match Bpe::try_from(plain.to_string()) {
            Ok(bpe) => bpe,
            Err(error) => return other("model", level, error),
        };
        if let Some(byte) = (0..=u8::MAX).find(|&byte| !bpe.has(&[byte])) {
            return other("vocab", "a token for each of the 256 bytes", format!("none for {byte:#04x}"));
        }
        let made: Vec<u8> = match bpe.encode(PROBE) {
            Ok(tokens) => tokens.into_iter().flat_map(|token| bpe.bytes(token)).collect(),
            Err(error) => return other("model", level, error.to_string()),
        };
        match made == PROBE.as_bytes() {
            true => Ok((Vocabulary::Bpe(bpe), numbers)),
            false => other(
                "pre_tokenizer",
                "one that keeps texts as they are",
                format!("{:?} for {PROBE:?}", String::from_utf8_lossy(&made)),
            ),
        }
    }
}

fn byte_level(pre_tokenizer: &Value) -> bool {
    let parts = pre_tokenizer["pretokenizers"].as_array();
    pre_tokenizer["type"] == "ByteLevel" || parts.is_some_and(|parts| parts.iter().any(byte_level))
}

fn kind_of(part: &Value) -> String {
    part["type"].as_str().map_or_else(|| part.to_string(), str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::vocabulary::Tokenize;

    // A tokenizer with a special token before its bytes.
    fn file() -> Value {
        let bpe = Bpe::learn(&["banana banana banana bandana"], Some(260)).unwrap();
        let mut file: Value = serde_json::from_str(&String::from(bpe)).unwrap();
        let tokens = file["model"]["vocab"].as_object_mut().unwrap();
        tokens.values_mut().for_each(|number| *number = (number.as_u64().unwrap() + 2).into());
        tokens.insert("<|end|>".into(), 0.into());
        file["added_tokens"] = json!([{"id": 0, "content": "<|end|>", "special": true}]);
        file
    }

    #[test]
    fn special_tokens_are_left_out_and_the_others_keep_their_order() {
        let (vocabulary, numbers) = Vocabulary::of_tokenizer(&file().to_string()).unwrap();
        assert_eq!(numbers, (2..262).collect::<Vec<u32>>());
        assert_eq!(vocabulary.len(), 260);
        let bytes = vocabulary.encode("<|end|>").unwrap();
        assert_eq!(bytes.iter().flat_map(|&token| vocabulary.bytes(token)).collect::<Vec<_>>(), b"<|end|>");
        let own = Bpe::learn(&["banana banana banana bandana"], Some(260)).unwrap();
        assert_eq!(vocabulary.encode("banana bread").unwrap(), own.encode("banana bread").unwrap());
    }

    #[test]
    fn other_tokenizers_are_refused_in_words() {
        let refused = |change: &dyn Fn(&mut Value)| {
            let mut file = file();
            change(&mut file);
            Vocabulary::of_tokenizer(&file.to_string()).unwrap_err().join(" | ")
        };
        let level = "model | byte pair encoding of bytes, as in GPT-2 or Llama 3";
        assert_eq!(refused(&|file| file["model"]["type"] = "Unigram".into()), format!("{level} | Unigram"));
        let fallback = refused(&|file| file["model"]["byte_fallback"] = true.into());
        assert_eq!(fallback, format!("{level} | BPE with byte_fallback"));
        let characters = refused(&|file| file["pre_tokenizer"] = json!({"type": "Whitespace"}));
        assert_eq!(characters, format!("{level} | BPE of characters"));
        let normalised = refused(&|file| file["normalizer"] = json!({"type": "NFC"}));
        assert_eq!(normalised, "normalizer | none, so that texts stay as they are | NFC");
        let added = refused(&|file| file["added_tokens"][0]["special"] = false.into());
        assert_eq!(added, "added_tokens | special tokens only | \"<|end|>\"");
        let prefixed = refused(&|file| file["pre_tokenizer"]["add_prefix_space"] = true.into());
        assert!(!prefixed.is_empty());
        let lacking = refused(&|file| {
            file["model"]["vocab"].as_object_mut().unwrap().remove("!");
        });
        assert_eq!(lacking, "vocab | a token for each of the 256 bytes | none for 0x21");
        assert!(Vocabulary::of_tokenizer("{").unwrap_err().join(" | ").starts_with("text | JSON | "));
    }
}
