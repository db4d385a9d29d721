//! Check of all themes for colour vision deficiencies.
//!
//! Colours whose difference has a meaning must be distinguishable by everybody: for each pair a minimum CIEDE2000
//! difference is required, with normal vision and with each of three deficiencies at full severity. The matrices are
//! those of Machado, Oliveira and Fernandes, "A Physiologically-based Model for Simulation of Color Vision Deficiency",
//! IEEE Transactions on Visualization and Computer Graphics 15(6), 2009, for linear sRGB. The difference is that of
//! Sharma, Wu and Dalal, "The CIEDE2000 Color-Difference Formula: Implementation Notes, Supplementary Test Data, and
//! Mathematical Observations", Color Research and Application 30(1), 2005.

use super::builtin::{names, theme};
use super::colour::Rgb;
use super::theme::{Attribute, Role, Theme};

/// Matrix over linear red, green and blue.
type Matrix = [[f64; 3]; 3];

const VISIONS: [(&str, Matrix); 4] = [
    ("normal", [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]]),
    (
        "protanopia",
        [[0.152_286, 1.052_583, -0.204_868], [0.114_503, 0.786_281, 0.099_216], [-0.003_882, -0.048_116, 1.051_998]],
    ),
    (
        "deuteranopia",
        [[0.367_322, 0.860_646, -0.227_968], [0.280_085, 0.672_501, 0.047_413], [-0.011_820, 0.042_940, 0.968_881]],
    ),
    (
        "tritanopia",
        [[1.255_528, -0.076_749, -0.178_779], [-0.078_411, 0.930_809, 0.147_602], [0.004_733, 0.691_367, 0.303_900]],
    ),
];

/// CIELAB colour: lightness and the two colour axes.
type Lab = [f64; 3];

/// Colour as it is perceived through `matrix`.
fn lab((red, green, blue): Rgb, matrix: &Matrix) -> Lab {
    let linear = [red, green, blue].map(|channel| match f64::from(channel) / 255.0 {
        low if low <= 0.040_45 => low / 12.92,
        high => ((high + 0.055) / 1.055).powf(2.4),
    });
    let product = |row: &[f64; 3], values: &[f64; 3]| row.iter().zip(values).map(|(a, b)| a * b).sum::<f64>();
    let seen = matrix.map(|row| product(&row, &linear).clamp(0.0, 1.0));
    // sRGB to XYZ, divided by the white of D65.
    let relative = [
        product(&[0.412_456_4, 0.357_576_1, 0.180_437_5], &seen) / 0.950_47,
        product(&[0.212_672_9, 0.715_152_2, 0.072_175], &seen),
        product(&[0.019_333_9, 0.119_192, 0.950_304_1], &seen) / 1.088_83,
    ];
    let [x, y, z] = relative
        .map(|value| if value > 216.0 / 24_389.0 { value.cbrt() } else { (24_389.0 / 27.0 * value + 16.0) / 116.0 });
    [116.0 * y - 16.0, 500.0 * (x - y), 200.0 * (y - z)]
}

/// Hue: the angle of two axes in degrees, 0 to 360.
fn hue(a: f64, b: f64) -> f64 {
    if a == 0.0 && b == 0.0 { 0.0 } else { b.atan2(a).to_degrees().rem_euclid(360.0) }
}

/// CIEDE2000 difference of two colours; 1 is about the smallest difference that is noticed side by side.
fn difference(one: Lab, other: Lab) -> f64 {
    let mean_chroma = f64::midpoint(one[1].hypot(one[2]), other[1].hypot(other[2]));
    let power = |chroma: f64| (chroma.powi(7) / (chroma.powi(7) + 25_f64.powi(7))).sqrt();
    let stretch = 1.5 - 0.5 * power(mean_chroma);
    let [(c1, h1), (c2, h2)] = [one, other].map(|[_, a, b]| ((a * stretch).hypot(b), hue(a * stretch, b)));
    let is_grey = c1 * c2 == 0.0;
    let (lightness, chroma) = (other[0] - one[0], c2 - c1);
    let turn = if is_grey { 0.0 } else { (h2 - h1 + 540.0).rem_euclid(360.0) - 180.0 };
    let turned = 2.0 * (c1 * c2).sqrt() * (turn / 2.0).to_radians().sin();
    let (l, c) = (f64::midpoint(one[0], other[0]), f64::midpoint(c1, c2));
    let h = match (h1 + h2, (h1 - h2).abs() > 180.0) {
        (sum, _) if is_grey => sum,
        (sum, false) => sum / 2.0,
        (sum, true) if sum < 360.0 => f64::midpoint(sum, 360.0),
        (sum, true) => (sum - 360.0) / 2.0,
    };
    let cosine = |degrees: f64| degrees.to_radians().cos();
    let weight = 1.0 - 0.17 * cosine(h - 30.0) + 0.24 * cosine(2.0 * h) + 0.32 * cosine(3.0 * h + 6.0)
        - 0.2 * cosine(4.0 * h - 63.0);
    let of_lightness = lightness / (1.0 + 0.015 * (l - 50.0).powi(2) / (20.0 + (l - 50.0).powi(2)).sqrt());
    let of_chroma = chroma / (1.0 + 0.045 * c);
    let of_hue = turned / (1.0 + 0.015 * c * weight);
    let rotation = -2.0 * power(c) * (60.0 * (-((h - 275.0) / 25.0).powi(2)).exp()).to_radians().sin();
    (of_lightness.powi(2) + of_chroma.powi(2) + of_hue.powi(2) + rotation * of_chroma * of_hue).sqrt()
}

/// Smallest difference over all kinds of vision, with the kind.
fn least(one: Rgb, other: Rgb) -> (f64, &'static str) {
    let apart = VISIONS.map(|(name, matrix)| (difference(lab(one, &matrix), lab(other, &matrix)), name));
    apart.into_iter().min_by(|one, other| one.0.total_cmp(&other.0)).unwrap()
}

const GREW: [Role; 3] = [Role::GrewLight, Role::GrewMedium, Role::GrewStrong];
const SHRANK: [Role; 3] = [Role::ShrankLight, Role::ShrankMedium, Role::ShrankStrong];
const OWNERS: [Role; 4] = [Role::Own, Role::Vendor, Role::Standard, Role::Runtime];
const NARROW: [Role; 4] = [Role::Gathered, Role::Narrow, Role::Root, Role::Unsymbolized];

/// All pairs of two lists.
fn pairs(these: &[Role], those: &[Role]) -> Vec<(Role, Role)> {
    let pair = |this: &Role| those.iter().map(|that| (*this, *that)).collect::<Vec<_>>();
    these.iter().flat_map(pair).filter(|(this, that)| this != that).collect()
}

/// Pairs of fills with their required minimum difference. A colour with a sign, letter or attribute beside it needs
/// less; two owners, and the selection, differ only in colour at a glance.
fn requirements() -> Vec<(f64, Vec<(Role, Role)>)> {
    let changed = [GREW, SHRANK].concat();
    let steps = [GREW, SHRANK].into_iter().flat_map(|[light, medium, strong]| [(light, medium), (medium, strong)]);
    vec![
        (10.0, pairs(&OWNERS, &OWNERS)),
        (15.0, pairs(&GREW, &SHRANK)),
        (10.0, pairs(&[GREW[1], GREW[2], SHRANK[1], SHRANK[2]], &[Role::Same])),
        (7.0, pairs(&[GREW[0], SHRANK[0]], &[Role::Same])),
        (6.5, steps.collect()),
        (6.5, vec![(Role::SelfLittle, Role::SelfSome), (Role::SelfSome, Role::SelfMuch)]),
        (10.0, pairs(&[Role::Selected], &[&OWNERS[..], &changed, &NARROW, &[Role::Same, Role::Hit]].concat())),
        // Frames of the selected function are underlined too.
        (7.0, vec![(Role::Selected, Role::SameFunction)]),
        (8.0, pairs(&[Role::Hit], &[&OWNERS[..], &[Role::Same, Role::Root]].concat())),
    ]
}

fn fill(theme: &Theme, role: Role) -> Option<Rgb> {
    theme.style_of(role)?.bg?.rgb()
}

fn text(theme: &Theme, role: Role) -> Option<Rgb> {
    theme.style_of(role)?.fg?.rgb()
}

/// Descriptions of the pairs of a theme that are too similar.
fn too_close(theme: &Theme) -> Vec<String> {
    let mut close = Vec::new();
    for (wanted, pairs) in requirements() {
        for (this, that) in pairs {
            let Some((one, other)) = fill(theme, this).zip(fill(theme, that)) else { continue };
            let (apart, vision) = least(one, other);
            if apart < wanted {
                close.push(format!("{}: {this:?} and {that:?} {apart:.1} < {wanted} in {vision}", theme.name()));
            }
        }
    }
    if let Some((grew, shrank)) = text(theme, Role::GrewText).zip(text(theme, Role::ShrankText))
        && least(grew, shrank).0 < 20.0
    {
        close.push(format!("{}: texts of growth and shrinkage", theme.name()));
    }
    close
}

#[test]
fn colours_with_a_meaning_stay_apart_for_every_kind_of_vision() {
    let themes = || names().map(|name| theme(name).unwrap());
    assert_eq!(themes().flat_map(|theme| too_close(&theme)).collect::<Vec<_>>(), Vec::<String>::new());
    // All but `mono` have colours to compare.
    assert_eq!(themes().filter(|theme| fill(theme, Role::Own).is_none()).count(), 1);
}

#[test]
fn the_check_finds_red_beside_green() {
    let toml = "[roles]\nown = { bg = \"#4caf50\" }\nvendor = { bg = \"#d9803a\" }\n";
    let close = too_close(&Theme::parse("red-green", toml).unwrap());
    assert!(close.iter().any(|line| line.contains("Own and Vendor")), "{close:?}");
}

#[test]
fn matches_and_the_selected_function_have_more_than_a_colour() {
    for name in names() {
        let theme = theme(name).unwrap();
        for role in [Role::Hit, Role::SameFunction] {
            let attributes = theme.style_of(role).and_then(|style| style.attributes.clone()).unwrap_or_default();
            assert!(attributes.contains(&Attribute::Underline), "{name}: {role:?}");
        }
    }
}

/// Pairs of the supplementary data of Sharma, Wu and Dalal, with their differences.
#[test]
fn differences_are_those_of_the_publication() {
    let cases = [
        ([50.0, 2.6772, -79.7751], [50.0, 0.0, -82.7485], 2.0425),
        ([50.0, -1.3802, -84.2814], [50.0, 0.0, -82.7485], 1.0),
        ([50.0, 2.49, -0.001], [50.0, -2.49, 0.0011], 7.2195),
        ([50.0, 2.5, 0.0], [73.0, 25.0, -18.0], 27.1492),
        ([60.2574, -34.0099, 36.2677], [60.4626, -34.1751, 39.4387], 1.2644),
        ([22.7233, 20.0904, -46.694], [23.0331, 14.973, -42.5619], 2.0373),
        ([90.8027, -2.0831, 1.441], [91.1528, -1.6435, 0.0447], 1.4441),
        ([2.0776, 0.0795, -1.135], [0.9033, -0.0636, -0.5514], 0.9082),
    ];
    for (one, other, expected) in cases {
        assert!((difference(one, other) - expected).abs() < 5e-5, "{one:?} {other:?}: {}", difference(one, other));
    }
}

#[test]
fn a_kind_of_vision_leaves_grey_alone() {
    for (name, matrix) in VISIONS {
        assert!(difference(lab((128, 128, 128), &matrix), lab((128, 128, 128), &VISIONS[0].1)) < 0.1, "{name}");
    }
}
