//! Element-wise functions that compilers vectorise: no branches, calls or tables.
//!
//! exp reduces its argument by powers of two and evaluates a polynomial (Cody and Waite, "Software Manual for the
//! Elementary Functions", 1980); the others are based on it. The absolute or relative error of all is below 3e-7.

/// Compiles functions for the widest instructions of the processor; results are bit-identical.
macro_rules! wide {
    ($($(#[$doc:meta])* $vis:vis fn $name:ident($($arg:ident: $kind:ty),* $(,)?) $(-> $made:ty)? $body:block)*) => {$(
        $(#[$doc])*
        #[allow(clippy::too_many_arguments)] // defines loops
        $vis fn $name($($arg: $kind),*) $(-> $made)? {
            #[inline(always)]
            fn any($($arg: $kind),*) $(-> $made)? $body
            #[cfg(target_arch = "x86_64")]
            {
                #[target_feature(enable = "avx2")]
                fn avx2($($arg: $kind),*) $(-> $made)? {
                    any($($arg),*)
                }
                if std::is_x86_feature_detected!("avx2") {
                    // SAFETY: the processor has AVX2.
                    return unsafe { avx2($($arg),*) };
                }
            }
            any($($arg),*)
        }
    )*};
}
pub(crate) use wide;

/// Sum of a power of two of values, by halves.
#[inline(always)]
pub fn total<const N: usize>(mut values: [f32; N]) -> f32 {
    let mut half = N / 2;
    while half > 0 {
        for i in 0..half {
            values[i] += values[i + half];
        }
        half /= 2;
    }
    values[0]
}

/// e^x for x in [-87, 88]; clamped outside.
#[inline(always)]
pub fn exp(x: f32) -> f32 {
    // 1.5 * 2^23: adding it leaves the nearest integer in the lowest bits.
    const ROUND: f32 = 12_582_912.0;
    let x = x.clamp(-87.0, 88.0);
    let shifted = x * std::f32::consts::LOG2_E + ROUND;
    let whole = shifted - ROUND;
    // ln 2 in two parts; the first has few enough bits for an exact product.
    let r = (x - whole * 0.693_359_4) - whole * -2.121_944_4e-4;
    let tail =
        ((((1.987_569_1e-4 * r + 1.398_199_9e-3) * r + 8.333_452e-3) * r + 4.166_579_6e-2) * r + 0.166_666_66) * r;
    let y = (tail + 0.5) * r * r + r + 1.0;
    f32::from_bits(y.to_bits().wrapping_add(shifted.to_bits() << 23))
}

/// Hyperbolic tangent.
#[inline(always)]
pub fn tanh(x: f32) -> f32 {
    let t = exp(-2.0 * x.abs());
    ((1.0 - t) / (1.0 + t)).copysign(x)
}

/// The error function (Abramowitz and Stegun, "Handbook of Mathematical Functions", 1964, 7.1.26).
#[inline(always)]
pub fn erf(x: f32) -> f32 {
    let size = x.abs();
    let t = 1.0 / (1.0 + 0.327_591_1 * size);
    let series = ((((1.061_405_4 * t - 1.453_152) * t + 1.421_413_8) * t - 0.284_496_72) * t + 0.254_829_6) * t;
    (1.0 - series * exp(-size * size)).copysign(x)
}

/// 1 / (1 + e^-x).
#[inline(always)]
pub fn sigmoid(x: f32) -> f32 {
    1.0 / (1.0 + exp(-x))
}

/// ln(1 + e^x).
#[inline(always)]
pub fn softplus(x: f32) -> f32 {
    x.max(0.0) + ln_1p(exp(-x.abs()))
}

/// ln(1 + x) for x from 0 to 1, by the series of the inverse hyperbolic tangent.
#[inline(always)]
pub fn ln_1p(x: f32) -> f32 {
    let s = x / (2.0 + x);
    let q = s * s;
    let series = 1.0
        + q * (0.333_333_34
            + q * (0.2 + q * (0.142_857_15 + q * (0.111_111_11 + q * (0.090_909_09 + q * 0.076_923_08)))));
    2.0 * s * series
}

/// ln(x) for x from the smallest normal number up.
#[inline(always)]
pub fn ln(x: f32) -> f32 {
    // Normalises the mantissa to [sqrt(1/2), sqrt(2)).
    const ROOT: u32 = 0x3f35_04f3;
    let power = (x.to_bits().wrapping_sub(ROOT) as i32) >> 23;
    let f = f32::from_bits(x.to_bits().wrapping_sub((power << 23) as u32)) - 1.0;
    let s = f / (2.0 + f);
    let q = s * s;
    let series = 1.0 + q * (0.333_333_34 + q * (0.2 + q * (0.142_857_15 + q * (0.111_111_11 + q * 0.090_909_09))));
    power as f32 * std::f32::consts::LN_2 + 2.0 * s * series
}

/// Sine and cosine of an angle in turns, in [0, 1].
#[inline(always)]
pub fn sin_cos(turns: f32) -> (f32, f32) {
    let quarter = (4.0 * turns + 0.5) as i32;
    let x = (turns - 0.25 * quarter as f32) * std::f32::consts::TAU;
    let q = x * x;
    let sin = x * (1.0 + q * (-0.166_666_67 + q * (8.333_333e-3 + q * (-1.984_127e-4 + q * 2.755_731_9e-6))));
    let cos = 1.0 + q * (-0.5 + q * (4.166_666_8e-2 + q * (-1.388_888_9e-3 + q * 2.480_158_8e-5)));
    let (a, b) = if quarter & 1 == 1 { (cos, sin) } else { (sin, cos) };
    let a = if quarter & 2 == 2 { -a } else { a };
    let b = if (quarter + 1) & 2 == 2 { -b } else { b };
    (a, b)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn worst(f: impl Fn(f32) -> f32, exact: impl Fn(f64) -> f64, low: f32, high: f32) -> f64 {
        let points = (0..=100_000).map(|i| low + (high - low) * i as f32 / 100_000.0);
        let error = points.map(|x| {
            let (found, exact) = (f64::from(f(x)), exact(f64::from(x)));
            (found - exact).abs() / exact.abs().max(1.0)
        });
        error.fold(0.0, f64::max)
    }

    #[test]
    fn functions_are_within_their_error() {
        assert!(worst(exp, f64::exp, -87.0, 88.0) < 3e-7);
        assert!(worst(tanh, f64::tanh, -20.0, 20.0) < 3e-7);
        let known = [(0.0, 0.0), (0.1, 0.112_462_9), (0.5, 0.520_499_9), (1.0, 0.842_700_8), (2.0, 0.995_322_3)];
        assert!(known.iter().all(|(x, y)| (erf(*x) - y).abs() < 3e-7 && (erf(-*x) + y).abs() < 3e-7));
        assert!(worst(sigmoid, |x| 1.0 / (1.0 + (-x).exp()), -40.0, 40.0) < 3e-7);
        assert!(worst(softplus, |x| x.max(0.0) + (-x.abs()).exp().ln_1p(), -60.0, 60.0) < 3e-7);
        assert!(worst(ln_1p, f64::ln_1p, 0.0, 1.0) < 3e-7);
        assert!(worst(ln, f64::ln, 1e-7, 1.0) < 3e-7 && worst(ln, f64::ln, 1.0, 1e6) < 3e-7);
        assert!(worst(|x| sin_cos(x).0, |x| (x * std::f64::consts::TAU).sin(), 0.0, 1.0) < 3e-7);
        assert!(worst(|x| sin_cos(x).1, |x| (x * std::f64::consts::TAU).cos(), 0.0, 1.0) < 3e-7);
    }

    #[test]
    fn extremes_stay_finite_and_not_a_number_stays_so() {
        for x in [f32::INFINITY, f32::NEG_INFINITY, 1e30, -1e30, 0.0] {
            assert!(exp(x).is_finite() && tanh(x).abs() <= 1.0 && (0.0..=1.0).contains(&sigmoid(x)));
        }
        assert_eq!(tanh(0.0), 0.0);
        assert!(exp(f32::NAN).is_nan() && tanh(f32::NAN).is_nan() && softplus(f32::NAN).is_nan());
    }
}
