//! Counts of n-grams as a tree: the children of a sequence are the sequences with one more token at the end.

/// Number of the empty sequence.
pub const ROOT: u32 = 0;
/// Smallest number of slots, a power of two.
const SLOTS: usize = 1 << 8;

/// A sequence of tokens and what followed it.
#[derive(Clone, Debug)]
struct Node {
    // The sequence without its last token, and this token.
    parent: u32,
    token: u32,
    count: u32,
    // Number of tokens after this sequence, and of different ones.
    total: u32,
    distinct: u32,
}

/// Sequences of tokens with their counts. Sequences are numbered; children are found by a hash table with linear
/// probing, which stores numbers only, so that a sequence takes 24 to 31 bytes.
#[derive(Clone, Debug)]
pub struct Ngrams {
    nodes: Vec<Node>,
    // Numbers of sequences; the root, which is no child, marks an empty slot.
    slots: Vec<u32>,
}

impl Ngrams {
    /// The empty sequence only.
    pub fn new() -> Self {
        let root = Node { parent: ROOT, token: 0, count: 0, total: 0, distinct: 0 };
        Ngrams { nodes: vec![root], slots: vec![ROOT; SLOTS] }
    }

    /// The sequence followed by a token, if known.
    pub fn child(&self, parent: u32, token: u32) -> Option<u32> {
        Some(self.slots[self.slot(parent, token)]).filter(|&node| node != ROOT)
    }

    /// The sequence followed by a token, which is added if it is not known. There must be less than 2^32 sequences.
    pub fn grow(&mut self, parent: u32, token: u32) -> u32 {
        let slot = self.slot(parent, token);
        if self.slots[slot] != ROOT {
            return self.slots[slot];
        }
        let node = self.nodes.len() as u32;
        self.slots[slot] = node;
        self.nodes.push(Node { parent, token, count: 0, total: 0, distinct: 0 });
        // At most three quarters of the slots are used.
        if self.nodes.len() > self.slots.len() / 4 * 3 {
            self.widen();
        }
        node
    }

    /// Counts one occurrence of a sequence that is not empty.
    pub fn count(&mut self, node: u32) {
        let Node { parent, count, .. } = &mut self.nodes[node as usize];
        *count += 1;
        let (parent, new) = (*parent as usize, *count == 1);
        self.nodes[parent].total += 1;
        self.nodes[parent].distinct += u32::from(new);
    }

    /// Number of occurrences of a sequence.
    pub fn occurrences(&self, node: u32) -> u32 {
        self.nodes[node as usize].count
    }

    /// Number of tokens that followed a sequence, and of different ones.
    pub fn followers(&self, node: u32) -> (u32, u32) {
        let node = &self.nodes[node as usize];
        (node.total, node.distinct)
    }

    /// Returns memory that was reserved for more sequences.
    pub fn shrink(&mut self) {
        self.nodes.shrink_to_fit();
    }

    // The slot of a child, or the empty one where it belongs.
    fn slot(&self, parent: u32, token: u32) -> usize {
        let mask = self.slots.len() - 1;
        let mut slot = hash(parent, token) & mask;
        loop {
            let found = self.slots[slot];
            let node = &self.nodes[found as usize];
            if found == ROOT || (node.parent == parent && node.token == token) {
                return slot;
            }
            slot = (slot + 1) & mask;
        }
    }

    fn widen(&mut self) {
        self.slots = vec![ROOT; 2 * self.slots.len()];
        for node in 1..self.nodes.len() {
            let Node { parent, token, .. } = self.nodes[node];
            let slot = self.slot(parent, token);
            self.slots[slot] = node as u32;
        }
    }
}

// The finaliser of MurmurHash3, which spreads neighbouring numbers over all bits.
fn hash(parent: u32, token: u32) -> usize {
    let mut key = u64::from(parent) << 32 | u64::from(token);
    key = (key ^ (key >> 33)).wrapping_mul(0xFF51_AFD7_ED55_8CCD);
    key = (key ^ (key >> 33)).wrapping_mul(0xC4CE_B9FE_1A85_EC53);
    (key ^ (key >> 33)) as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_child_is_found_after_the_table_has_grown() {
        let mut ngrams = Ngrams::new();
        let firsts: Vec<u32> = (0..1000).map(|token| ngrams.grow(ROOT, token)).collect();
        let seconds: Vec<u32> = firsts.iter().map(|&first| ngrams.grow(first, first % 7)).collect();
        for (token, (&first, &second)) in firsts.iter().zip(&seconds).enumerate() {
            assert_eq!(ngrams.child(ROOT, token as u32), Some(first));
            assert_eq!(ngrams.child(first, first % 7), Some(second));
            assert_eq!(ngrams.child(first, 7), None);
            assert_eq!(ngrams.grow(first, first % 7), second);
        }
    }

    #[test]
    fn followers_are_counted_when_they_occur() {
        let mut ngrams = Ngrams::new();
        let (one, two) = (ngrams.grow(ROOT, 5), ngrams.grow(ROOT, 6));
        assert_eq!(ngrams.followers(ROOT), (0, 0));
        for node in [one, one, two] {
            ngrams.count(node);
        }
        assert_eq!(ngrams.followers(ROOT), (3, 2));
        assert_eq!((ngrams.occurrences(one), ngrams.occurrences(two)), (2, 1));
    }
}
