//! Punycode (RFC 3492): the ASCII spelling of a label of a domain name, without its prefix `xn--`.

const BASE: u32 = 36;
const T_MIN: u32 = 1;
const T_MAX: u32 = 26;
const SKEW: u32 = 38;
const DAMP: u32 = 700;
const INITIAL_BIAS: u32 = 72;
const FIRST: u32 = 128;

/// Decodes a label in lower case. `None` for what is not Punycode.
pub(super) fn decode(text: &str) -> Option<String> {
    let (basic, digits) = text.rsplit_once('-').unwrap_or(("", text));
    let mut decoded: Vec<char> = basic.chars().collect();
    let mut digits = digits.bytes().peekable();
    let (mut code_point, mut place, mut bias) = (FIRST, 0_u32, INITIAL_BIAS);
    while digits.peek().is_some() {
        let before = place;
        let mut weight = 1_u32;
        for k in (BASE..).step_by(36) {
            let digit = value(digits.next()?)?;
            place = place.checked_add(digit.checked_mul(weight)?)?;
            let t = threshold(k, bias);
            if digit < t {
                break;
            }
            weight = weight.checked_mul(BASE.checked_sub(t)?)?;
        }
        let length = u32::try_from(decoded.len()).ok()?.checked_add(1)?;
        bias = adapt(place.checked_sub(before)?, length, before == 0);
        code_point = code_point.checked_add(place.checked_div(length)?)?;
        place = place.checked_rem(length)?;
        decoded.insert(usize::try_from(place).ok()?, char::from_u32(code_point)?);
        place = place.checked_add(1)?;
    }
    Some(decoded.into_iter().collect())
}

/// Encodes a label. `None` when it is far longer than any label.
pub(super) fn encode(text: &str) -> Option<String> {
    let mut encoded: String = text.chars().filter(char::is_ascii).collect();
    let basic = u32::try_from(encoded.len()).ok()?;
    if basic > 0 {
        encoded.push('-');
    }
    let all = u32::try_from(text.chars().count()).ok()?;
    let (mut code_point, mut delta, mut bias) = (FIRST, 0_u32, INITIAL_BIAS);
    let mut handled = basic;
    while handled < all {
        let next = text
            .chars()
            .map(u32::from)
            .filter(|c| *c >= code_point)
            .min()?;
        let step = next.checked_sub(code_point)?;
        delta = delta.checked_add(step.checked_mul(handled.checked_add(1)?)?)?;
        code_point = next;
        for c in text.chars().map(u32::from) {
            if c < code_point {
                delta = delta.checked_add(1)?;
            } else if c == code_point {
                push_number(&mut encoded, delta, bias)?;
                handled = handled.checked_add(1)?;
                bias = adapt(delta, handled, handled.checked_sub(1)? == basic);
                delta = 0;
            }
        }
        delta = delta.checked_add(1)?;
        code_point = code_point.checked_add(1)?;
    }
    Some(encoded)
}

/// Writes a number with digits whose weights depend on the bias.
fn push_number(encoded: &mut String, number: u32, bias: u32) -> Option<()> {
    let mut rest = number;
    for k in (BASE..).step_by(36) {
        let t = threshold(k, bias);
        if rest < t {
            break;
        }
        let (above, base) = (rest.checked_sub(t)?, BASE.checked_sub(t)?);
        encoded.push(digit(t.checked_add(above.checked_rem(base)?)?)?);
        rest = above.checked_div(base)?;
    }
    encoded.push(digit(rest)?);
    Some(())
}

fn threshold(k: u32, bias: u32) -> u32 {
    k.saturating_sub(bias).clamp(T_MIN, T_MAX)
}

fn adapt(delta: u32, length: u32, is_first: bool) -> u32 {
    let mut delta = if is_first { delta / DAMP } else { delta / 2 };
    delta = delta.saturating_add(delta.checked_div(length).unwrap_or_default());
    let mut k = 0_u32;
    while delta > ((BASE - T_MIN) * T_MAX) / 2 {
        delta /= BASE - T_MIN;
        k = k.saturating_add(BASE);
    }
    let scaled = (BASE - T_MIN + 1).saturating_mul(delta);
    let scaled = scaled.checked_div(delta.saturating_add(SKEW));
    k.saturating_add(scaled.unwrap_or_default())
}

fn value(digit: u8) -> Option<u32> {
    match digit {
        b'a'..=b'z' => Some(u32::from(digit).saturating_sub(u32::from(b'a'))),
        b'0'..=b'9' => Some(
            u32::from(digit)
                .saturating_sub(u32::from(b'0'))
                .saturating_add(26),
        ),
        _ => None,
    }
}

fn digit(value: u32) -> Option<char> {
    char::from_digit(
        value.checked_sub(26).unwrap_or(value.saturating_add(10)),
        BASE,
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn spells_the_samples_of_rfc_3492() {
        for (unicode, ascii) in [
            ("bücher", "bcher-kva"),
            ("他们为什么不说中文", "ihqwcrb4cv8a8dqg056pqjye"),
            (
                "почемужеонинеговорятпорусски",
                "b1abfaaepdrnnbgefbadotcwatmq2g4l",
            ),
            ("3年b組金八先生", "3b-ww4c5e180e575a65lsy2b"),
            ("そのスピードで", "d9juau41awczczp"),
            ("ليهمابتكلموشعربي؟", "egbpdaj6bu4bxfgehfvwxn"),
            ("δοκιμή", "jxalpdlp"),
        ] {
            assert_eq!(decode(ascii).as_deref(), Some(unicode));
            assert_eq!(encode(unicode).as_deref(), Some(ascii));
        }
    }

    #[test]
    fn what_is_no_punycode_is_refused() {
        for text in [
            "9",
            "bcher-kva9999999",
            "b!cher",
            "-99999999",
            "ü",
            "bcher-KVA",
        ] {
            assert_eq!(decode(text), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn what_was_encoded_is_decoded(text in "[a-z0-9ä-ÿα-ωа-я一-三𐐀-𐐐]{1,60}") {
            let encoded = encode(&text).unwrap();
            prop_assume!(!text.is_ascii());
            prop_assert!(encoded.is_ascii());
            prop_assert_eq!(decode(&encoded), Some(text));
        }

        #[test]
        fn no_text_panics(text in any::<String>(), ascii in "[a-z0-9-]{0,80}") {
            let _ = (decode(&text), encode(&text), decode(&ascii));
        }
    }
}
