//! EksBlowfish, the function in bcrypt (Provos and Mazières, 1999), for several passwords at once.
//!
//! Each of its steps waits for memory: the address of a load is what the load before it gave. While
//! one password waits, a core can work for others. So the states of up to [`LANES`] passwords go
//! through the same steps side by side: four of them take 1.46 times as long as one alone.

mod pi;

use zeroize::Zeroize;

/// The most passwords that are computed side by side.
pub(crate) const LANES: usize = 4;

/// The words of a key: 72 bytes.
const KEY_WORDS: usize = 18;

/// "OrpheanBeholderScryDoubt", which bcrypt encrypts 64 times.
const TEXT: [[u32; 2]; 3] = [
    [0x4f72_7068, 0x6561_6e42],
    [0x6568_6f6c, 0x6465_7253],
    [0x6372_7944, 0x6f75_6274],
];

/// What one digest is computed from.
pub(crate) struct Input {
    key: [u32; KEY_WORDS],
    salt: [u32; 4],
}

impl Input {
    /// Takes a salt and a key, which is repeated until it fills 72 bytes, and cut there.
    pub(crate) fn new(salt: [u8; 16], key: impl Iterator<Item = u8> + Clone) -> Self {
        Self {
            key: words(key),
            salt: words(salt.into_iter()),
        }
    }
}

/// Reads big-endian words from the bytes, which are repeated.
fn words<const N: usize>(bytes: impl Iterator<Item = u8> + Clone) -> [u32; N] {
    let mut bytes = bytes.cycle();
    std::array::from_fn(|_| (0..4).fold(0, |word, _| word << 8 | bytes.next().map_or(0, u32::from)))
}

impl Drop for Input {
    fn drop(&mut self) {
        self.key.zeroize();
    }
}

/// Computes the digest of each input, all of this cost: the binary logarithm of the rounds.
pub(super) fn digests(cost: u32, inputs: &[&Input]) -> Vec<[u8; 24]> {
    inputs
        .chunks(LANES)
        .flat_map(|inputs| match *inputs {
            [a, b, c, d] => side_by_side(cost, [a, b, c, d]).to_vec(),
            [a, b, c] => side_by_side(cost, [a, b, c]).to_vec(),
            [a, b] => side_by_side(cost, [a, b]).to_vec(),
            [a] => side_by_side(cost, [a]).to_vec(),
            _ => Vec::new(),
        })
        .collect()
}

/// Computes the digests of `N` inputs side by side.
#[inline(never)]
fn side_by_side<const N: usize>(cost: u32, inputs: [&Input; N]) -> [[u8; 24]; N] {
    let mut states = Box::new(States::new());
    states.expand_salted(&inputs);
    for _ in 0..1_u64 << cost {
        states.expand(|lane, word| inputs[lane].key[word]);
        states.expand(|lane, word| inputs[lane].salt[word % 4]);
    }
    let digests = states.digests();
    states.wipe();
    digests
}

/// The halves of one block for each lane.
type Halves<const N: usize> = [[u32; N]; 2];

/// `N` states of Blowfish, which make the same steps.
struct States<const N: usize> {
    subkeys: [[u32; 18]; N],
    boxes: [[[u32; 256]; 4]; N],
}

// The loops over lanes are unrolled, and read best with a number.
#[allow(clippy::needless_range_loop)]
impl<const N: usize> States<N> {
    fn new() -> Self {
        Self {
            subkeys: [pi::SUBKEYS; N],
            boxes: [pi::BOXES; N],
        }
    }

    /// Mixes keys and salts into the states.
    fn expand_salted(&mut self, inputs: &[&Input; N]) {
        self.mix(|lane, word| inputs[lane].key[word]);
        let mut salt_word = 0;
        self.replace(|halves| {
            for half in halves {
                for (lane, half) in half.iter_mut().enumerate() {
                    *half ^= inputs[lane].salt[salt_word];
                }
                salt_word = (salt_word + 1) % 4;
            }
        });
    }

    /// Mixes 18 words for each lane into the states.
    #[inline(always)]
    fn expand(&mut self, word: impl Fn(usize, usize) -> u32) {
        self.mix(word);
        self.replace(|_| {});
    }

    #[inline(always)]
    fn mix(&mut self, word: impl Fn(usize, usize) -> u32) {
        for (lane, subkeys) in self.subkeys.iter_mut().enumerate() {
            for (number, subkey) in subkeys.iter_mut().enumerate() {
                *subkey ^= word(lane, number);
            }
        }
    }

    /// Replaces subkeys and boxes by the states' own output, two words at a time. `salt` changes
    /// each block before it is encrypted.
    #[inline(always)]
    fn replace(&mut self, mut salt: impl FnMut(&mut Halves<N>)) {
        let mut halves = [[0; N]; 2];
        for pair in 0..9 {
            salt(&mut halves);
            halves = self.encrypt(halves);
            for lane in 0..N {
                self.subkeys[lane][2 * pair] = halves[0][lane];
                self.subkeys[lane][2 * pair + 1] = halves[1][lane];
            }
        }
        for number in 0..4 {
            for pair in 0..128 {
                salt(&mut halves);
                halves = self.encrypt(halves);
                for lane in 0..N {
                    self.boxes[lane][number][2 * pair] = halves[0][lane];
                    self.boxes[lane][number][2 * pair + 1] = halves[1][lane];
                }
            }
        }
    }

    /// Encrypts one block in each lane.
    #[inline(always)]
    fn encrypt(&self, [mut left, mut right]: Halves<N>) -> Halves<N> {
        for round in 0..8 {
            for lane in 0..N {
                left[lane] ^= self.subkeys[lane][2 * round];
                right[lane] ^= mixed(&self.boxes[lane], left[lane]);
            }
            for lane in 0..N {
                right[lane] ^= self.subkeys[lane][2 * round + 1];
                left[lane] ^= mixed(&self.boxes[lane], right[lane]);
            }
        }
        for lane in 0..N {
            left[lane] ^= self.subkeys[lane][16];
            right[lane] ^= self.subkeys[lane][17];
        }
        [right, left]
    }

    fn digests(&self) -> [[u8; 24]; N] {
        let mut digests = [[0; 24]; N];
        for (number, block) in TEXT.into_iter().enumerate() {
            let mut halves = block.map(|half| [half; N]);
            for _ in 0..64 {
                halves = self.encrypt(halves);
            }
            for (lane, digest) in digests.iter_mut().enumerate() {
                digest[8 * number..][..4].copy_from_slice(&halves[0][lane].to_be_bytes());
                digest[8 * number + 4..][..4].copy_from_slice(&halves[1][lane].to_be_bytes());
            }
        }
        digests
    }

    fn wipe(&mut self) {
        self.subkeys.as_flattened_mut().zeroize();
        self.boxes.as_flattened_mut().as_flattened_mut().zeroize();
    }
}

/// Blowfish's function of one half.
#[inline(always)]
fn mixed(boxes: &[[u32; 256]; 4], half: u32) -> u32 {
    let [a, b, c, d] = half.to_be_bytes().map(usize::from);
    (boxes[0][a].wrapping_add(boxes[1][b]) ^ boxes[2][c]).wrapping_add(boxes[3][d])
}

#[cfg(test)]
mod tests {
    use super::*;

    use proptest::prelude::*;

    #[test]
    fn words_repeat_their_bytes() {
        let bytes = b"abcde".iter().copied();
        assert_eq!(words(bytes), [0x6162_6364, 0x6561_6263, 0x6465_6162]);
        assert_eq!(words([0].into_iter()), [0]);
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

        #[test]
        fn each_lane_gives_what_the_crate_gives(
            cost in 4_u32..7,
            inputs in prop::collection::vec(
                (any::<[u8; 16]>(), prop::collection::vec(any::<u8>(), 1..=72)),
                1..=2 * LANES + 1,
            ),
        ) {
            let lanes = inputs.iter().map(|(salt, key)| Input::new(*salt, key.iter().copied()));
            let lanes: Vec<_> = lanes.collect();
            let expected: Vec<_> = inputs
                .iter()
                .map(|(salt, key)| bcrypt::bcrypt(cost, *salt, key))
                .collect();
            let lanes: Vec<_> = lanes.iter().collect();
            prop_assert_eq!(digests(cost, &lanes), expected);
        }
    }
}
