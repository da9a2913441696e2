//! Characters that must not distinguish two addresses, since people do not see the difference.

/// The characters that Unicode calls `Default_Ignorable_Code_Point`: they are not displayed, also
/// those of them that are letters (RFC 8264 §9.13).
const INVISIBLE: [(char, char); 17] = [
    ('\u{ad}', '\u{ad}'),
    ('\u{34f}', '\u{34f}'),
    ('\u{61c}', '\u{61c}'),
    ('\u{115f}', '\u{1160}'),
    ('\u{17b4}', '\u{17b5}'),
    ('\u{180b}', '\u{180f}'),
    ('\u{200b}', '\u{200f}'),
    ('\u{202a}', '\u{202e}'),
    ('\u{2060}', '\u{206f}'),
    ('\u{3164}', '\u{3164}'),
    ('\u{fe00}', '\u{fe0f}'),
    ('\u{feff}', '\u{feff}'),
    ('\u{ffa0}', '\u{ffa0}'),
    ('\u{fff0}', '\u{fff8}'),
    ('\u{1bca0}', '\u{1bca3}'),
    ('\u{1d173}', '\u{1d17a}'),
    ('\u{e0000}', '\u{e0fff}'),
];

/// Letters and digits that are another spelling of others: ligatures, forms of presentation,
/// letters in circles or of mathematics (RFC 8264 §9.17). Those that [`unfold`] knows are not among
/// them. The ranges hold no other letter or digit.
const COMPATIBLE: [(char, char); 60] = [
    ('\u{aa}', '\u{be}'),
    ('\u{13f}', '\u{140}'),
    ('\u{149}', '\u{149}'),
    ('\u{17f}', '\u{17f}'),
    ('\u{1c4}', '\u{1cc}'),
    ('\u{1f1}', '\u{1f3}'),
    ('\u{2b0}', '\u{2b8}'),
    ('\u{2e0}', '\u{2e4}'),
    ('\u{37a}', '\u{37a}'),
    ('\u{3d0}', '\u{3d6}'),
    ('\u{3f0}', '\u{3f2}'),
    ('\u{3f4}', '\u{3f5}'),
    ('\u{3f9}', '\u{3f9}'),
    ('\u{675}', '\u{678}'),
    ('\u{f77}', '\u{f77}'),
    ('\u{f79}', '\u{f79}'),
    ('\u{10fc}', '\u{10fc}'),
    ('\u{1d2c}', '\u{1d2e}'),
    ('\u{1d30}', '\u{1d3a}'),
    ('\u{1d3c}', '\u{1d4d}'),
    ('\u{1d4f}', '\u{1d6a}'),
    ('\u{1d78}', '\u{1d78}'),
    ('\u{1d9b}', '\u{1dbf}'),
    ('\u{1e9a}', '\u{1e9b}'),
    ('\u{2070}', '\u{209c}'),
    ('\u{2102}', '\u{2124}'),
    ('\u{2128}', '\u{2128}'),
    ('\u{212c}', '\u{2131}'),
    ('\u{2133}', '\u{2149}'),
    ('\u{2150}', '\u{217f}'),
    ('\u{2189}', '\u{2189}'),
    ('\u{2460}', '\u{24ea}'),
    ('\u{2c7c}', '\u{2c7d}'),
    ('\u{2d6f}', '\u{2d6f}'),
    ('\u{3038}', '\u{303a}'),
    ('\u{309f}', '\u{309f}'),
    ('\u{30ff}', '\u{30ff}'),
    ('\u{3131}', '\u{3195}'),
    ('\u{3220}', '\u{3229}'),
    ('\u{3251}', '\u{32bf}'),
    ('\u{a69c}', '\u{a69d}'),
    ('\u{a770}', '\u{a770}'),
    ('\u{a7f1}', '\u{a7f4}'),
    ('\u{a7f8}', '\u{a7f9}'),
    ('\u{ab5c}', '\u{ab5f}'),
    ('\u{ab69}', '\u{ab69}'),
    ('\u{fb00}', '\u{fb17}'),
    ('\u{fb20}', '\u{fb28}'),
    ('\u{fb4f}', '\u{fdfb}'),
    ('\u{fe70}', '\u{fe72}'),
    ('\u{fe74}', '\u{fefc}'),
    ('\u{ff66}', '\u{ffdc}'),
    ('\u{10781}', '\u{107ba}'),
    ('\u{1ccd6}', '\u{1ccf9}'),
    ('\u{1d400}', '\u{1d7ff}'),
    ('\u{1e030}', '\u{1e06d}'),
    ('\u{1ee00}', '\u{1eebb}'),
    ('\u{1f100}', '\u{1f10a}'),
    ('\u{1f130}', '\u{1f16c}'),
    ('\u{1fbf0}', '\u{1fbf9}'),
];

/// Whether a key must not contain `c`.
pub(super) fn is_refused(c: char) -> bool {
    let is_in = |ranges: &[(char, char)]| {
        let after = ranges.partition_point(|(first, _)| *first <= c);
        let range = after.checked_sub(1).and_then(|index| ranges.get(index));
        range.is_some_and(|(_, last)| c <= *last)
    };
    !c.is_ascii() && (is_in(&INVISIBLE) || is_in(&COMPATIBLE))
}

/// The characters that a lower-case `c` stands for, if it is a full-width form or a ligature that
/// keyboards of a living language have; else `c` alone. UTS #46 maps them alike.
pub(super) fn unfold(c: char) -> impl Iterator<Item = char> {
    let (first, second) = match c {
        '０'..='９' | 'ａ'..='ｚ' | '－' | '．' => (narrow(c), None),
        '。' | '｡' => ('.', None),
        'ĳ' => ('i', Some('j')),
        'և' => ('ե', Some('ւ')),
        '\u{e33}' => ('\u{e4d}', Some('\u{e32}')),
        '\u{eb3}' => ('\u{ecd}', Some('\u{eb2}')),
        '\u{edc}' => ('\u{eab}', Some('\u{e99}')),
        '\u{edd}' => ('\u{eab}', Some('\u{ea1}')),
        other => (other, None),
    };
    core::iter::once(first).chain(second)
}

/// The ASCII character of a full-width form, which stands as far behind it in Unicode as all do.
fn narrow(c: char) -> char {
    const DISTANCE: u32 = '！' as u32 - '!' as u32;
    u32::from(c)
        .checked_sub(DISTANCE)
        .and_then(char::from_u32)
        .unwrap_or(c)
}
